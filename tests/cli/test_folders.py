"""
Folders of counts as the programs for single cells leave them: one set of cells in all of them gives the same signatures, and
what cannot be read is refused by its name with a way out.
"""

import gzip
import random
import unittest

import harness
from harness import write_table


class Folders(harness.Case):
    """Twelve cells of three types and eight genes; entries as (gene, cell, count), from 1."""

    def setUp(self):
        super().setUp()
        draw = random.Random(4)
        self.ids = [f"ENSG{i:011}" for i in range(8)]
        self.symbols = [f"GENE{i}" for i in range(8)]
        self.cells = [f"ACGT{i:04}" for i in range(12)]
        self.types = ["BTN"[i % 3] for i in range(12)]
        self.entries = [(g + 1, c + 1, draw.randrange(1, 30)) for c in range(12) for g in range(8) if draw.random() < 0.7]
        write_table(self.folder / "labels.tsv", ["cell", "type"], zip(self.cells, self.types))
        self.write("plain/matrix.mtx", self.matrix())
        self.write("plain/features.tsv", self.lines(zip(self.ids, self.symbols)))
        self.write("plain/barcodes.tsv", self.lines(zip(self.cells)))
        self.want = self.signatures("plain").stdout

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())

    @staticmethod
    def lines(rows, separator="\t"):
        return "".join(separator.join(row) + "\n" for row in rows)

    def matrix(self, turned=False, kind="integer"):
        size = "12 8" if turned else "8 12"
        rows = [(c, g, n) if turned else (g, c, n) for g, c, n in self.entries]
        return (f"%%MatrixMarket matrix coordinate {kind} general\n%\n{size} {len(rows)}\n"
                + "".join(f"{a} {b} {n}\n" for a, b, n in rows))

    def signatures(self, path, *options, cells="labels.tsv", **run):
        options = [*options, *(["--cells", cells] if cells else [])]
        return self.run_unmix("signatures", path, "--groupby", "type", *options, **run)

    def same(self, path, *notes, **options):
        done = self.signatures(path, **options)
        self.assertEqual(done.stdout, self.want)
        for note in notes:
            self.assertIn(note, done.stderr)
        self.assertNotIn("repeated", done.stderr)
        self.assertNotIn("by the numbers of names", done.stderr)

    def signatures_refused(self, parts, path, *options):
        self.refused(3, parts, "signatures", path, "--cells", "labels.tsv", "--groupby", "type", *options)

    # --- what is read -------------------------------------------------------------------------------------------------

    def test_cell_ranger(self):
        above = "sample/outs/filtered_feature_bc_matrix/"
        self.write(above + "matrix.mtx.gz", self.matrix())
        kinds = [[*names, "Gene Expression"] for names in zip(self.ids, self.symbols)]
        self.write(above + "features.tsv.gz", self.lines(kinds))
        self.write(above + "barcodes.tsv.gz", self.lines(zip(self.cells)))
        self.same(above[:-1])
        self.same("sample", f"sample: the matrix is {above}matrix.mtx.gz")

    def test_star_solo(self):
        for folder in "raw", "filtered":
            for name in "matrix.mtx", "features.tsv", "barcodes.tsv":
                self.write(f"Solo.out/Gene/{folder}/{name}", (self.folder / "plain" / name).read_text())
        self.write("Solo.out/Gene/raw/UniqueAndMult-EM.mtx", self.matrix(kind="real"))
        self.same("Solo.out/Gene/filtered")
        self.same("Solo.out/Gene/raw")
        self.same("Solo.out/Gene/raw/UniqueAndMult-EM.mtx")
        self.signatures_refused(["3 matrices; name the one that is meant", "Gene/filtered/matrix.mtx, Gene/raw/"], "Solo.out")

    def test_bustools(self):
        self.write("kb/counts_unfiltered/cells_x_genes.mtx", self.matrix(turned=True, kind="real"))
        self.write("kb/counts_unfiltered/cells_x_genes.genes.txt", self.lines(zip(self.ids)))
        self.write("kb/counts_unfiltered/cells_x_genes.genes.names.txt", self.lines(zip(self.symbols)))
        self.write("kb/counts_unfiltered/cells_x_genes.barcodes.txt", self.lines(zip(self.cells)))
        self.same("kb/counts_unfiltered")
        self.same("kb/counts_unfiltered/cells_x_genes.mtx")
        self.same("kb")

    def test_alevin(self):
        self.write("out/alevin/quants_mat.mtx.gz", self.matrix(turned=True))
        self.write("out/alevin/quants_mat.gz", "x")
        self.write("out/alevin/quants_mat_cols.txt", self.lines(zip(self.symbols)))
        self.write("out/alevin/quants_mat_rows.txt", self.lines(zip(self.cells)))
        self.same("out")
        (self.folder / "out/alevin/quants_mat.mtx.gz").unlink()
        self.signatures_refused("out: is a folder of alevin with its binary matrix, which is not read; let 'salmon alevin'", "out")

    def test_alevin_fry(self):
        """Every count split into spliced and ambiguous ones, with unspliced ones beside them."""
        rows = [(c, g + 8 * state, part) for g, c, n in self.entries
                for state, part in ((0, n - n // 3), (1, 7), (2, n // 3)) if part]
        self.write("fry/alevin/quants_mat.mtx", f"%%MatrixMarket matrix coordinate real general\n12 24 {len(rows)}\n"
                   + "".join(f"{c} {g} {n}\n" for c, g, n in rows))
        self.write("fry/alevin/quants_mat_cols.txt", "".join(f"{s}{e}\n" for e in ("", "-U", "-A") for s in self.symbols))
        self.write("fry/alevin/quants_mat_rows.txt", self.lines(zip(self.cells)))
        self.same("fry", "8 genes, each spliced, unspliced (-U) and ambiguous (-A)")

    def test_split_pipe(self):
        for name in "count_matrix.mtx", "DGE.mtx":
            folder = name[:3]
            self.write(f"{folder}/{name}", self.matrix(turned=True))
            self.write(f"{folder}/all_genes.csv", self.lines([["gene_id", "gene_name", "genome"],
                                                              *zip(self.ids, self.symbols, 8 * ["hg38"])], ","))
            self.write(f"{folder}/cell_metadata.csv", self.lines([["bc_wells", "sample", "type"],
                                                                  *zip(self.cells, 12 * ["s"], self.types)], ","))
            self.same(folder)
            self.same(folder, cells=None)
            self.refused(3, f"{folder}/cell_metadata.csv: there is no column 'x'; the columns are: bc_wells, sample, type",
                         "signatures", folder, "--groupby", "x")

    def test_prefixes(self):
        for sample in "GSM1_a", "GSM2_b":
            self.write(f"geo/{sample}_matrix.mtx.gz", self.matrix())
            self.write(f"geo/{sample}_genes.tsv.gz", self.lines(zip(self.ids, self.symbols)))
            self.write(f"geo/{sample}_barcodes.tsv.gz", self.lines(zip(self.cells)))
            self.same(f"geo/{sample}_matrix.mtx.gz")
            if sample == "GSM1_a":
                self.same("geo")
        self.signatures_refused(["geo: is a folder with 2 matrices; name the one that is meant: GSM1_a_matrix.mtx.gz, GSM2_b_"],
                                "geo")

    def test_cells_by_other_names(self):
        """Labels of R, of other programs and of merged samples: the same cells."""
        for change, words in [(lambda c: c.replace("-", "."), "points for dashes"), (lambda c: c[:-2], "number behind the dash"),
                              (lambda c: f"S1_{c}", "stands before '_'")]:
            cells = [cell + "-1" for cell in self.cells]
            self.write("plain/barcodes.tsv", self.lines(zip(cells)))
            write_table(self.folder / "labels.tsv", ["cell", "type"], zip(map(change, cells), self.types))
            self.same("plain", "labels.tsv: names of cells are matched with those of plain", words)

    def test_cells_in_another_column(self):
        """As R writes row numbers, and as sheets are sorted by people."""
        rows = [[i + 1, type_, cell] for i, (type_, cell) in enumerate(zip(self.types, self.cells))]
        write_table(self.folder / "labels.tsv", ["", "type", "barcode"], rows)
        self.same("plain", "labels.tsv: the names of the cells are those of column 'barcode'")
        write_table(self.folder / "labels.tsv", ["type", "barcode"], [row[1:] for row in rows])
        self.same("plain", "labels.tsv: the names of the cells are those of column 'barcode'")

    # --- what is refused ----------------------------------------------------------------------------------------------

    def test_refused_by_name(self):
        for sign, parts in [
            ("ref.zarr/.zgroup", ["is a Zarr store", "anndata.read_zarr('PATH').write_h5ad('cells.h5ad')"]),
            ("v3.zarr/zarr.json", ["is a Zarr store"]),
            ("tcc/cells_x_tcc.mtx", ["transcript classes"]),
            ("se/se.rds", ["saveHDF5SummarizedExperiment", "zellkonverter::writeH5AD"]),
            ("bp/storage_order", ["BPCells"]),
            ("soma/__tiledb_group.tdb", ["TileDB-SOMA", "to_h5ad"]),
        ]:
            self.write(sign, "x")
            self.signatures_refused(parts, sign.split("/")[0])
        self.write("empty/readme.txt", "x")
        self.signatures_refused("empty: is a folder; a file is wanted, or a folder with matrix.mtx", "empty")
        self.write("cells.rds.gz", "RDX3\nX\n")
        self.signatures_refused(["an R data file", "zellkonverter", "anndataR"], "cells.rds.gz")

    def test_names_that_lack(self):
        (self.folder / "plain/barcodes.tsv").unlink()
        self.signatures_refused("plain/matrix.mtx: there is no 'plain/barcodes.tsv' beside it, nor the same with .gz", "plain")
        rows = [[cell, *("1" * 8)] for cell in self.cells]
        self.write("turned.tsv", self.lines([["cell", *self.symbols], *rows]))
        self.signatures_refused("turned.tsv looks transposed: 12 of its rows are cells of labels.tsv", "turned.tsv")
        self.write("p/DGE.mtx", self.matrix())
        self.signatures_refused("p/DGE.mtx: there is no 'p/all_genes.csv' or 'genes.csv' beside it", "p")


if __name__ == "__main__":
    harness.main()
