#!/usr/bin/python3
"""Makes the golden values of references, music and nnls: music_golden.h.

    python3 music_golden.py            writes the header beside this script
    python3 music_golden.py --check    fails when it differs from what would be written (see golden.py)

The reference is drawn from a fixed seed: five donors, with a type that two of them lack, a type of a single donor, a
gene that no cell shows and genes on one side only. The bulk has zeros and lengths.
"""

import sys

import numpy as np

sys.dont_write_bytecode = True  # nothing is left beside the sources
import golden
import music

GENES, CELLS, SAMPLES, DONORS, ONE_SIDED = 70, 90, 7, 5, 4
TYPES = ["alpha", "beta", "gamma", "rare"]


def draw():
    rng = np.random.RandomState(20251006)
    own = rng.lognormal(0.0, 1.6, (GENES, len(TYPES)))
    own /= own.sum(axis=0)
    of_donor = own[:, :, None] * rng.gamma(5.0, 0.2, (GENES, len(TYPES), DONORS))
    types = rng.randint(3, size=CELLS)
    donors = rng.randint(DONORS, size=CELLS)
    types[:6], donors[:6] = 3, 2  # rare: of one donor
    donors[(types == 1) & (donors >= 3)] = 0  # beta: not of the last two
    depth = np.array([900, 1500, 2500, 600])[types] * rng.lognormal(0, 0.3, CELLS)
    X = rng.poisson(of_donor[:, types, donors] / of_donor.sum(axis=0)[types, donors] * depth)
    X[13] = 0  # no cell shows it
    lengths = np.round(rng.uniform(300, 6000, GENES))
    shares = rng.dirichlet([1.2, 1.0, 0.8, 0.3], SAMPLES).T
    rates = lengths[:, None] * (own @ (shares * np.array([[900], [1500], [2500], [600]])))
    bulk = rng.poisson(rates / rates.sum(axis=0) * 3e4 * rng.gamma(4.0, 0.25, (GENES, SAMPLES)))
    bulk[rng.uniform(size=bulk.shape) < 0.1] = 0
    return X.astype(float), types, donors, bulk.astype(float), lengths


def build():
    X, types, donors, bulk, lengths = draw()
    names = [TYPES[t] for t in types]
    found, mean, variance, size = music.basis(X, names, donors)
    assert found == TYPES
    # The last genes are of one side only: the first two of them of the cells, the others of the bulk.
    cells_of, bulk_of = np.arange(GENES - 2), np.r_[np.arange(GENES - ONE_SIDED), GENES - 2, GENES - 1]
    found, mean, variance, size = music.basis(X[cells_of], names, donors)
    common = np.arange(GENES - ONE_SIDED)
    header = golden.Header("music_golden.h")
    header.text("/* Made by music_golden.py from music.py; do not edit. */\n"
                "#ifndef UM_MUSIC_GOLDEN_H\n#define UM_MUSIC_GOLDEN_H\n")
    header.text("enum { GOLDEN_CELL_GENES = %d, GOLDEN_CELLS = %d, GOLDEN_BULK_GENES = %d, GOLDEN_SAMPLES = %d,\n"
                "       GOLDEN_TYPES = %d, GOLDEN_DONORS = %d };\n"
                % (len(cells_of), CELLS, len(bulk_of), SAMPLES, len(TYPES), DONORS))
    header.text("/* clang-format off */\n")
    header.strings("golden_types", TYPES, "Types, in the order of the columns")
    header.array("golden_cell_gene", cells_of, "Genes of the cells: called gene%03d by these numbers", "int")
    header.array("golden_bulk_gene", bulk_of, "Genes of the bulk", "int")
    header.array("golden_type", types, "Type of each cell", "int")
    header.array("golden_donor", donors, "Donor of each cell", "int")
    header.array("golden_cells", X[cells_of], "Counts, genes x cells")
    header.array("golden_bulk", bulk[bulk_of], "Counts, genes x samples")
    header.array("golden_lengths", lengths[bulk_of], "Lengths of the genes of the bulk")
    header.array("golden_mean", mean, "Means over donors, genes x types")
    header.array("golden_variance", variance, "Variances between donors, genes x types")
    header.array("golden_size", size, "RNA a cell, of each type")
    for name, options in (
        ("plain", {"compat": False}),
        ("compat", {"compat": True}),
        ("nnls", {"compat": False, "weighted": False}),
    ):
        fits = music.deconvolve(bulk[common], lengths[common], mean[common], variance[common], size, **options)
        header.array(f"golden_{name}_p", [f.p for f in fits], f"{name}: proportions, samples x types")
        header.array(f"golden_{name}_var_p", [f.var_p for f in fits], f"{name}: their variances")
        header.array(f"golden_{name}_r2", [f.r2 for f in fits], f"{name}: r2 of each sample")
        if name != "nnls":
            header.array(f"golden_{name}_iterations", [f.iterations for f in fits], f"{name}: iterations", "int")
        if name == "plain":
            header.array("golden_unweighted", [f.unweighted for f in fits], "Proportions before the weights")
    header.text("/* clang-format on */\n\n#endif\n")
    return header


if __name__ == "__main__":
    golden.main([build()])
