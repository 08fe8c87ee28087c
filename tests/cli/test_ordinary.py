"""
Twenty ordinary inputs, of which nothing is wrong: no warning, and of the notes those alone that say what was taken. A
detection that cries wolf is a defect.
"""

import gzip

import h5py
import numpy as np

import harness
from harness import write_table, zip_rows
from test_kinds import frame


def csc_or_csr(file, matrix, kind):
    """X of cells x genes, compressed by rows or columns."""
    dense = matrix if kind == "csr" else matrix.T
    rows, columns = np.nonzero(dense)
    group = file.create_group("X")
    group.attrs.update({"encoding-type": f"{kind}_matrix", "encoding-version": "0.1.0", "shape": matrix.shape})
    group.create_dataset("data", data=dense[rows, columns].astype("f4"))
    group.create_dataset("indices", data=columns.astype("i4"))
    group.create_dataset("indptr", data=np.concatenate([[0], np.cumsum((dense != 0).sum(axis=1))]).astype("i4"))


class Ordinary(harness.Case):
    """A cohort with the depth of a sequencing run, and cells of its types."""

    # Parts of the lines that say what was taken; anything else is a complaint.
    EXPECTED = ("genes are taken from column", "no gene information", "the lengths of genes are those of", "a table of featureCounts: ",
                "most similar types", "genes in common", "within 1e-6 of the optimum", "R2 ", "proportions, exposures and metrics",
                "fit: all", "unmix 0.", "taken as counts of reads", "4 types from 80 cells", "cells of each type: ", "taken as counts (",
                "120 genes x 4 types", "lists scored in", "means of counts", "intervals: ")

    def setUp(self):
        super().setUp()
        self.mixture = harness.Mixture(genes=120, types=4, samples=4, seed=11, noise=0.1).write(self.folder)
        mixture = self.mixture
        self.counts = np.round(mixture.bulk).astype(int)
        write_table(self.folder / "bulk.tsv", ["gene", *mixture.samples], zip_rows(mixture.genes, self.counts))
        draw = np.random.RandomState(3)
        sums = [sum(column) for column in zip(*mixture.signatures)]
        self.types = [mixture.types[i % 4] for i in range(80)]
        self.cells = np.array([draw.poisson([row[i % 4] / sums[i % 4] * 2000 * (1 + i % 4) for row in mixture.signatures]) for i in range(80)])
        self.names = [f"AAAC{i:04}-1" for i in range(80)]
        write_table(self.folder / "labels.tsv", ["cell", "type"], zip(self.names, self.types))

    def clean(self, *arguments):
        done = self.run_unmix(*arguments)
        for line in done.stderr.splitlines():
            self.assertFalse(line.startswith("warning"), done.stderr)
            self.assertTrue(any(part in line for part in self.EXPECTED), line)
        return done

    def fits(self, *options, **files):
        return self.clean(*self.command("--force", *options, output="out/", **files))

    def table(self, name, separator="\t", header="gene", values=None, quote=""):
        values = self.counts if values is None else values
        rows = [[header, *self.mixture.samples], *zip_rows(self.mixture.genes, values)]
        text = "".join(separator.join(f"{quote}{field}{quote}" if isinstance(field, str) else str(field) for field in row) + "\n"
                       for row in rows)
        path = self.folder / name
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
        return name

    def h5ad(self, name, kind, matrix=None, obs=None, index=None):
        matrix = self.cells if matrix is None else matrix
        index = self.names if index is None else index
        with h5py.File(self.folder / name, "w") as file:
            file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
            frame(file, "obs", index, {"type": self.types} if obs is None else obs)
            frame(file, "var", self.mixture.genes, {})
            if kind == "dense":
                file.create_dataset("X", data=matrix.astype("f4")).attrs.update(
                    {"encoding-type": "array", "encoding-version": "0.2.0"})
            else:
                csc_or_csr(file, matrix, kind)
        return name

    def market(self, folder):
        (self.folder / folder).mkdir()
        entries = [(g + 1, c + 1, n) for c, row in enumerate(self.cells) for g, n in enumerate(row) if n]
        parts = {"matrix.mtx": f"%%MatrixMarket matrix coordinate integer general\n%\n120 80 {len(entries)}\n"
                               + "".join("%d %d %d\n" % entry for entry in entries),
                 "features.tsv": "".join(f"ID{i}\t{gene}\tGene Expression\n" for i, gene in enumerate(self.mixture.genes)),
                 "barcodes.tsv": "\n".join(self.names) + "\n"}
        for name, text in parts.items():
            (self.folder / folder / f"{name}.gz").write_bytes(gzip.compress(text.encode()))
        return folder

    def tenx(self, name):
        rows, columns = np.nonzero(self.cells)
        with h5py.File(self.folder / name, "w") as file:
            group = file.create_group("matrix")
            group.create_dataset("barcodes", data=np.array(self.names, dtype="S16"))
            group.create_dataset("data", data=self.cells[rows, columns].astype("i4"))
            group.create_dataset("indices", data=columns.astype("i8"))
            group.create_dataset("indptr", data=np.concatenate([[0], np.cumsum((self.cells != 0).sum(axis=1))]).astype("i8"))
            group.create_dataset("shape", data=np.array([120, 80], dtype="i4"))
            features = group.create_group("features")
            genes = np.array(self.mixture.genes, dtype="S16")
            features.create_dataset("id", data=genes)
            features.create_dataset("name", data=genes)
            features.create_dataset("feature_type", data=np.array(["Gene Expression"] * 120, dtype="S16"))
        return name

    # --- bulk: 1 to 11 ------------------------------------------------------------------------------------------------

    def test_tables(self):
        self.fits(bulk=self.table("plain.tsv"))
        self.fits(bulk=self.table("plain.csv", ","))
        self.fits(bulk=self.table("packed.tsv.gz"))
        self.fits(bulk=self.table("quoted.csv", ",", "", quote='"'))  # as R's write.csv
        self.fits(bulk=self.table("blanks.txt", " "))
        self.fits(bulk=self.table("estimated.tsv", values=np.round(np.array(self.mixture.bulk), 2)))  # tximport's counts

    def test_without_lengths(self):
        umi = np.round(np.array(self.mixture.bulk) / np.array(self.mixture.lengths)[:, None] * 500).astype(int)
        self.fits(bulk=self.table("umi.tsv", values=umi), info=None)

    def test_tpm_without_lengths(self):
        molecules = np.array(self.mixture.bulk) / np.array(self.mixture.lengths)[:, None]
        self.fits("--bulk-units", "tpm", bulk=self.table("tpm.tsv", values=np.round(molecules / molecules.sum(axis=0) * 1e6, 3)), info=None)

    def test_bulk_in_h5ad(self):
        for kind in ("csr", "dense"):
            self.fits(bulk=self.h5ad(f"{kind}.h5ad", kind, self.counts.T, {}, self.mixture.samples))

    def test_program_tables(self):
        rows = [[gene, "chr1", 1, length, "+", length, *row]
                for gene, length, row in zip(self.mixture.genes, self.mixture.lengths, self.counts.tolist())]
        write_table(self.folder / "counts.txt", ["Geneid", "Chr", "Start", "End", "Strand", "Length", *self.mixture.samples], rows)
        self.fits(bulk="counts.txt", info=None)

    # --- cells and signatures: 12 to 20 -----------------------------------------------------------------------------------

    def test_cells_in_h5ad(self):
        for kind in ("csr", "csc", "dense"):
            self.clean("signatures", self.h5ad(f"{kind}.h5ad", kind), "--groupby", "type")

    def test_cells_of_10x(self):
        for path in (self.tenx("filtered_feature_bc_matrix.h5"), self.market("filtered_feature_bc_matrix")):
            self.clean("signatures", path, "--cells", "labels.tsv", "--groupby", "type")

    def test_own_signatures(self):
        self.h5ad("cells.h5ad", "csr")
        self.clean("signatures", "cells.h5ad", "--groupby", "type", "-o", "own.tsv")
        self.fits(signatures="own.tsv")

    def test_a_reference(self):
        self.h5ad("cells.h5ad", "csr")
        self.clean("deconvolve", "--reference", "cells.h5ad", "--groupby", "type", "--bulk", "bulk.tsv", "--gene-info", "genes.tsv",
                   "-o", "reference/")

    def test_gene_sets(self):
        self.h5ad("cells.h5ad", "csr")
        (self.folder / "sets.gmt").write_text("".join(
            f"set{i}\tna\t" + "\t".join(self.mixture.genes[i::10]) + "\n" for i in range(3)))
        self.clean("score", "cells.h5ad", "--normalize", "1e4", "--gene-sets", "sets.gmt", "-o", "scores.tsv")


if __name__ == "__main__":
    harness.main()
