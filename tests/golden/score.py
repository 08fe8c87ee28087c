#!/usr/bin/python3
"""Makes the golden values for gene scores: score_golden.h, from scanpy on the cells of cells.py (sparse, float64).

    python3 score.py       writes the file beside this script; needs scanpy 1.11.5. Not recomputed by the tests.
"""

import pathlib
import sys
import textwrap
import warnings
from importlib.metadata import version

import anndata
import numpy as np
import pandas as pd
import scanpy
import scipy.sparse

sys.dont_write_bytecode = True
import cells

NAMES = cells.names()
LISTS = [[NAMES[g] for g in (3, 77, 5, 77, 150)] + ["absent"], [NAMES[g] for g in range(21, 199, 6)]]
FEW = 10  # genes of the last case: less than half a gene a bin, so that all are in one
FEW_LISTS = [[NAMES[g] for g in (3, 5)], [NAMES[8]]]
# name, controls, bins, seed, ctrl_as_ref, data, lists
CASES = [
    ("usual", 50, 25, 0, 1, cells.double(), LISTS),
    ("drawn", 5, 10, 0, 1, cells.double(), LISTS),
    ("apart", 5, 10, 0, 0, cells.double(), LISTS),
    ("missing", 4, 7, 123, 1, cells.with_missing(), LISTS),
    ("few", 4, 25, 0, 0, cells.double()[:, :FEW], FEW_LISTS),
]


def stored(values):
    """Zeros are not stored, missing entries are."""
    return scipy.sparse.csr_matrix(values)


def scores(controls, bins, seed, reference, values, lists):
    data = anndata.AnnData(stored(values), var=pd.DataFrame(index=NAMES[:values.shape[1]]))
    for i, genes in enumerate(lists):
        scanpy.tl.score_genes(data, genes, ctrl_as_ref=bool(reference), ctrl_size=controls, n_bins=bins,
                              random_state=seed, score_name=str(i))
    return np.column_stack([data.obs[str(i)] for i in range(len(lists))])


def numbers(name, values, what):
    text = ", ".join("%.17g" % v for v in np.asarray(values, float).ravel())
    lines = "\n".join(textwrap.wrap(text, 116, initial_indent="    ", subsequent_indent="    "))
    return f"/* {what}. */\nstatic const double {name}[{np.size(values)}] = {{\n{lines}\n}};\n"


def strings(name, values):
    text = ", ".join(f'"{v}"' for v in values)
    lines = "\n".join(textwrap.wrap(text, 116, initial_indent="    ", subsequent_indent="    "))
    return f"static const char *const {name}[{len(values)}] = {{\n{lines}\n}};\n"


def main():
    warnings.simplefilter("ignore")
    parts, rows = [], []
    for name, controls, bins, seed, reference, values, lists in CASES:
        got = scores(controls, bins, seed, reference, values, lists)
        assert np.isfinite(got).all()
        parts.append(numbers(f"golden_scores_{name}", got, "Cells x 2 lists"))
        rows.append(f"    {{{controls}, {bins}, {seed}, {reference}, {int(name == 'missing')}, {values.shape[1]}, "
                    f"golden_scores_{name}}},\n")
        if name == "drawn":
            standard = (got - got.mean(axis=0)) / np.std(got, axis=0)
            parts.append(numbers("golden_standard_scores", standard, "z-scores of the scores just above"))
    for i, lists in enumerate((LISTS, FEW_LISTS)):
        for j, genes in enumerate(lists):
            parts.append(strings(f"golden_list_{'few_' if i else ''}{j}", genes))
    text = f"""/*
 * Golden values for gene scores. Made by tests/golden/score.py with scanpy {version("scanpy")},
 * pandas {version("pandas")} and numpy {version("numpy")}; do not edit. The cells are those of cells.h.
 */
#ifndef UM_SCORE_GOLDEN_H
#define UM_SCORE_GOLDEN_H

/* clang-format off */
{"".join(parts)}
typedef struct golden_score {{
    size_t controls, bins;
    uint32_t seed;
    int reference, missing;
    size_t genes; /* the first ones only */
    const double *scores;
}} golden_score;

static const golden_score golden_scores[] = {{
{"".join(rows)}}};
#endif
"""
    pathlib.Path(__file__).with_name("score_golden.h").write_text(text)


if __name__ == "__main__":
    main()
