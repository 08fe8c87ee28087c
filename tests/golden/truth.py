#!/usr/bin/python3
"""Runs the reference model on the real data of ../shared/data and prints its agreement with the truth.

    python3 truth.py [FOLDER]        default: $UNMIX_SHARED_DATA, else ../shared/data beside the project

These are the values that tests/cli/test_real_data.py expects of the program, with a margin; nothing of the data is kept
here. Each line names the files and options that give it.
"""

import gzip
import os
import pathlib
import sys

import numpy as np

sys.dont_write_bytecode = True  # nothing is left beside the sources
import model


def table(path, gene_column=0, skip=()):
    """Names of rows and columns and the values of a TSV; columns in `skip` are left out."""
    opener = gzip.open if str(path).endswith(".gz") else open
    with opener(path, "rt") as stream:
        separator = "," if ".csv" in str(path) else "\t"
        header = [f.strip('"') for f in stream.readline().rstrip("\n").split(separator)]
        first = [f.strip('"') for f in stream.readline().rstrip("\n").split(separator)]
        lines = [first] + [[f.strip('"') for f in line.rstrip("\n").split(separator)] for line in stream]
    if len(first) == len(header) + 1:
        header.insert(0, "")
    kept = [i for i in range(len(header)) if i != gene_column and header[i] not in skip]
    values = np.array([[float(row[i]) for i in kept] for row in lines])
    return [row[gene_column] for row in lines], [header[i] for i in kept], values


class Case:
    """Signatures, bulk and gene information (length, weight) matched by name, and the truth of the samples."""

    def __init__(self, signatures, bulk, truth, info=None):
        self.types, self.truth = signatures[1], truth
        self.samples = bulk[1]
        position = {name: i for i, name in enumerate(bulk[0])}
        known = None if info is None else dict(zip(info[0], info[2]))
        common = [(i, position[name]) for i, name in enumerate(signatures[0])
                  if name in position and (known is None or name in known)]
        rows, places = (np.array(v) for v in zip(*common))
        self.signatures, self.counts = signatures[2][rows], bulk[2][places]
        columns = [] if known is None else np.array([known[signatures[0][i]] for i in rows]).T
        self.lengths = columns[0] if len(columns) > 0 else None
        self.weights = columns[1] if len(columns) > 1 else None

    def problem(self, **options):
        return model.Problem(self.signatures, self.counts, self.lengths, self.weights, **options)

    def agreement(self, exposures, cell_size=None):
        """r and RMSE over the samples and types that result and truth share."""
        p = model.proportions(exposures, len(self.types), cell_size)
        samples = [n for n in self.samples if n in self.truth[0]]
        types = [t for t in self.types if t in self.truth[1]]
        got = p[np.ix_([self.types.index(t) for t in types], [self.samples.index(n) for n in samples])].T
        want = self.truth[2][np.ix_([self.truth[0].index(n) for n in samples], [self.truth[1].index(t) for t in types])]
        return model.correlation(got.ravel(), want.ravel()), np.sqrt(((got - want)**2).mean())


def cell_means(path, groupby, drop):
    """Signatures from log-normalised single cells: the mean of expm1 over the cells of each label."""
    import h5py

    with h5py.File(path) as f:
        genes = [v.decode() for v in f["var"][f["var"].attrs["_index"]]]
        labels = [v.decode() for v in f["obs"][groupby]["categories"]]
        codes = f["obs"][groupby]["codes"][:]
        data, indices, indptr = (f["X"][part][:] for part in ("data", "indices", "indptr"))
    values = np.zeros((len(genes), len(labels)))
    for cell, code in enumerate(codes):
        part = slice(indptr[cell], indptr[cell + 1])
        values[indices[part], code] += np.expm1(data[part].astype(float))
    kept = [i for i, label in enumerate(labels) if label not in drop]
    return genes, [labels[i] for i in kept], (values / np.bincount(codes, minlength=len(labels)))[:, kept]


def report(what, case, exposures, gap, **options):
    r, rmse = case.agreement(exposures, **options)
    print(f"{what:58s} {case.counts.shape[0]:6d} genes {len(case.types):3d} types {case.counts.shape[1]:4d} samples "
          f"r {r:.4f} rmse {rmse:.4f} largest gap {gap.max():.1e}", flush=True)


def main():
    here = pathlib.Path(__file__).resolve().parent
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else
                          os.environ.get("UNMIX_SHARED_DATA", here / "../../../shared/data"))

    def run(what, case, tolerance=1e-8, iterations=20000, sizes=False, **options):
        problem = case.problem(**options)
        exposures, done, converged = model.em(problem, tolerance, iterations)
        report(what, case, exposures, problem.gap(exposures))
        if sizes:
            report(what + ", column-sums", case, exposures, problem.gap(exposures), cell_size=problem.column_sums)
        return exposures

    d = folder / "corces_GSE74246"
    signature = cell_means(folder / "pbmc3k" / "pbmc3k_lognorm.h5ad", "cell_type", {"unlabelled"})
    info = table(d / "geneWeights_withSymbol.tsv", gene_column=2, skip=("", "ens"))
    case = Case(signature, table(d / "GSE74246_RNAseq_All_Counts.txt.gz"), None, info)
    problem = case.problem()
    exposures, done, converged = model.em(problem)
    p = dict(zip(case.samples, model.proportions(exposures, len(case.types)).T))
    print(f"GSE74246 with pbmc3k signatures: {len(signature[0])} genes x {len(case.types)} types, "
          f"{len(case.counts)} in common, {int(problem.used.sum())} used, {converged.sum()} of {len(done)} converged")
    for sample, label in (("6792-Mono", "CD14+ Mono"), ("2596-Bcell", "B")):
        print(f"{sample}: {p[sample][case.types.index(label)]:.4f} {label}")

    d = folder / "cdseq_synthetic"
    counts, signature = table(d / "counts.tsv"), table(d / "signature_counts.tsv")
    lengths = table(d / "gene_length.tsv")
    case = Case(signature, counts, table(d / "truth_rna_fraction.tsv"), lengths)
    em = run("cdseq, lengths, against RNA, 1e-10", case, 1e-10, 100000)
    start = np.random.RandomState(1).normal(-5, 0.1, len(case.types))
    problem = case.problem()
    gd, done, _ = model.gd(problem, start, 1e-10, 100000)
    difference = np.abs(model.proportions(em, 6) - model.proportions(gd, 6)).max()
    print(f"cdseq: em and gd (after {done.max()} steps) differ by at most {difference:.2e} in a proportion")
    case = Case(signature, counts, table(d / "truth_cell_fraction.tsv"))
    run("cdseq, no gene info, against cells", case, sizes=True)

    d = folder / "corces_pseudomix"
    run("corces_pseudomix", Case(table(d / "signature_counts_13types.tsv.gz"), table(d / "counts.tsv.gz"),
                                 table(d / "truth.tsv")))

    d = folder / "sc_mixology"
    wells, truth = table(d / "RNAmix_celseq2.count.csv.gz"), table(d / "RNAmix_celseq2.truth.tsv", skip=("mix",))
    case = Case(table(d / "sc_dropseq.pseudobulk_by_line.tsv.gz"), wells, truth)
    run("sc_mixology, Drop-seq signature", case)
    run("sc_mixology, Drop-seq signature, no intercept", case, intercept=False)
    run("sc_mixology, pure wells", Case(table(d / "RNAmix_celseq2.pure_signature.tsv.gz"), wells, truth))

    d = folder / "pbmc_GSE107011_ABIS"
    run("ABIS", Case(table(d / "signature_abis_rnaseq_17types.tsv"), table(d / "tpm_abis_17487.tsv.gz"),
                     table(d / "truth.tsv")), sizes=True)

    d = folder / "deconrnaseq_mixtures"
    run("deconrnaseq, 1570 transcripts", Case(table(d / "multi_tissue_signature_rpkm_1570.tsv", skip=("symbol",)),
                                              table(d / "multi_tissue_bulk_rpkm.tsv.gz", skip=("symbol",)),
                                              table(d / "multi_tissue_truth.tsv")))


if __name__ == "__main__":
    main()
