"""
What people's files are like where things go wrong, a test for each kind of situation, with the outcome that is right. The
others stand where their subject is:

    featureCounts, also with whole numbers for places       test_tables.py    test_feature_counts
    Salmon, RSEM and kallisto by genes, and by transcripts  test_tables.py    test_one_sample, test_transcripts
    numbers of genes and places beside the counts           test_tables.py    test_columns_that_are_no_samples
    htseq-count without a header                            test_tables.py    test_htseq
    STAR counts of the GDC                                  test_tables.py    test_gdc
    GEO series matrices                                     test_tables.py    test_series_matrix_and_gct
    dates among the symbols                                 test_tables.py    test_dates
    thousands separators in one sample                      test_tables.py    test_thousands
    semicolons and decimal commas                           test_tables.py    test_separators
    folders of kallisto | bustools and of split-pipe        test_folders.py   test_bustools, test_split_pipe
    Zarr stores and other things that are refused by name   test_folders.py   test_refused_by_name
    names of genes in another order than their rows         test_verdict.py   test_wrong_names_are_poor_everywhere
"""

import math
import random

import h5py
import numpy as np

import harness
from harness import read_table, write_table, zip_rows


def frame(file, path, index, columns):
    """A data frame of strings as AnnData keeps it."""
    group = file.create_group(path)
    group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
    group.attrs["column-order"] = np.array(list(columns), dtype=h5py.string_dtype())
    for name, values in {"_index": index, **columns}.items():
        data = group.create_dataset(name, data=np.array(values, dtype=h5py.string_dtype()))
        data.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})


def write_h5ad(path, cells, obs, var_names, var, counts):
    with h5py.File(path, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        frame(file, "obs", cells, obs)
        frame(file, "var", var_names, var)
        data = file.create_dataset("X", data=np.array(counts, dtype="f4"))
        data.attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})


class Kinds(harness.Case):
    def setUp(self):
        super().setUp()
        self.mixture = harness.Mixture(genes=120, types=4, samples=4, seed=7, noise=0.1).write(self.folder)
        draw = random.Random(8)
        self.genes = [f"ENSG{number:011}" for number in draw.sample(range(10**6), 120)]
        self.symbols = self.mixture.genes

    def rewrite(self, signatures=None, bulk=None, info=None):
        """Tables with other names in their first column, or other first columns."""
        for name, header, names, rows in [("sig.tsv", self.mixture.types, signatures, self.mixture.signatures),
                                          ("bulk.tsv", self.mixture.samples, bulk, self.mixture.bulk)]:
            if names:
                write_table(self.folder / name, ["gene", *header], zip_rows(names, rows))
        if info:
            write_table(self.folder / "genes.tsv", [*info, "length"], zip(*info.values(), self.mixture.lengths))

    def right(self, *options, notes=(), within=0.05, **files):
        done = self.run_unmix(*self.command("--force", *options, output="out/", **files))
        got = read_table(self.folder / "out" / "proportions.tsv")
        for row, want in zip(got.values(), self.mixture.proportions):
            for type_, value in zip(self.mixture.types, want):
                self.assertAlmostEqual(float(row[type_]), value, delta=within)
        for note in [notes] if isinstance(notes, str) else notes:
            self.assertIn(note, done.stderr)
        return done

    # --- units and scales ---------------------------------------------------------------------------------------------

    def test_tpm_beside_lengths(self):
        """Lengths do not enter twice."""
        molecules = [[value / length for value in row] for row, length in zip(self.mixture.bulk, self.mixture.lengths)]
        sums = [sum(column) for column in zip(*molecules)]
        tpm = [[value / total * 1e6 for value, total in zip(row, sums)] for row in molecules]
        write_table(self.folder / "bulk.tsv", ["gene", *self.mixture.samples], zip_rows(self.symbols, tpm))
        done = self.right()
        self.assertIn("TPM", done.stderr)

    def test_logarithms_of_signatures(self):
        rows = [[math.log2(value * 1e4 + 1) for value in row] for row in self.mixture.signatures]
        write_table(self.folder / "sig.tsv", ["gene", *self.mixture.types], zip_rows(self.symbols, rows))
        done = self.run_unmix(*self.command(output="out/"), status=3)
        self.assertRegex(done.stderr, r"sig\.tsv.*log")
        self.assertFalse((self.folder / "out").exists())

    def test_a_type_that_is_missing(self):
        """Three genes of nobody else are most of two samples."""
        mixture = self.mixture
        other = [random.Random(9 + i).expovariate(1 / 50) for i in range(120)]
        scale = 2 * sum(map(sum, mixture.signatures)) / sum(other)
        for row, length, value in zip(mixture.bulk, mixture.lengths, other):
            for sample in range(2):
                row[sample] += 4e3 * scale * value * length / 500
        self.rewrite(bulk=self.symbols)
        done = self.run_unmix(*self.command(output="out/"))
        fits = [row["fit"] for row in read_table(self.folder / "out" / "metrics.tsv").values()]
        self.assertNotIn("good", fits[:2])
        self.assertIn("a type may be missing", done.stderr)

    # --- names of genes -----------------------------------------------------------------------------------------------

    def test_versions_of_identifiers(self):
        self.rewrite(signatures=self.genes, bulk=[f"{gene}.{i % 9 + 1}" for i, gene in enumerate(self.genes)],
                     info={"gene": self.genes})
        self.right(notes="without versions")

    def test_two_kinds_of_names_and_a_table_with_both(self):
        self.rewrite(bulk=self.genes, info={"ensembl": self.genes, "symbol": self.symbols})
        self.right(notes="names of genes: ")

    def test_joined_names(self):
        for join in (lambda gene, symbol: f"{gene}.3_{symbol}", lambda gene, symbol: f"{symbol}|{int(gene[4:])}"):
            self.rewrite(bulk=list(map(join, self.genes, self.symbols)))
            self.right(notes="of their two names")

    def test_columns_of_var(self):
        """An atlas whose names are identifiers, with the symbols in feature_name."""
        draw = np.random.RandomState(1)
        sums = [sum(column) for column in zip(*self.mixture.signatures)]
        cells = [draw.poisson([row[i % 4] / sums[i % 4] * 2e5 for row in self.mixture.signatures]) for i in range(48)]
        write_h5ad(self.folder / "atlas.h5ad", [f"cell{i}" for i in range(48)],
                   {"type": [self.mixture.types[i % 4] for i in range(48)]}, self.genes, {"feature_name": self.symbols}, cells)
        command = ["deconvolve", "--reference", "atlas.h5ad", "--groupby", "type", "--bulk", "bulk.tsv", "--gene-info", "genes.tsv"]
        self.run_unmix(*command, "--signature-gene-column", "feature_name", "-o", "out/")
        got = read_table(self.folder / "out" / "proportions.tsv")
        for row, want in zip(got.values(), self.mixture.proportions):
            for type_, value in zip(self.mixture.types, want):
                self.assertAlmostEqual(float(row[type_]), value, delta=0.05)

    def test_transposed(self):
        columns = list(zip(*self.mixture.bulk))
        write_table(self.folder / "turned.tsv", ["sample", *self.symbols], zip_rows(self.mixture.samples, columns))
        self.deconvolve_refused("turned.tsv looks transposed: 120 of its columns are genes", bulk="turned.tsv")

    # --- labels ---------------------------------------------------------------------------------------------------------

    def cells(self, types):
        draw = np.random.RandomState(2)
        names = [f"cell{i}" for i in range(len(types))]
        write_h5ad(self.folder / "cells.h5ad", names, {"type": types}, self.symbols, {}, draw.poisson(3, (len(types), 120)))
        write_table(self.folder / "cells.tsv", ["cell", "type"], zip(names, types))

    def test_blank_labels(self):
        """Blank in an .h5ad as in a table: no label, and said so."""
        self.cells(["B", "", "T", "nan", "B", "NA"] * 6)
        for options in ([], ["--cells", "cells.tsv"]):
            done = self.run_unmix("signatures", "cells.h5ad", "--groupby", "type", *options)
            self.assertEqual(done.stdout.splitlines()[0].split("\t"), ["gene", "B", "T"])
            self.assertIn("18 of 36 cells have no label", done.stderr)
            self.assertIn("cells of each type: B 12, T 6", done.stderr)

    def test_a_type_of_one_cell(self):
        self.cells(["B"] * 20 + ["T"] * 20 + ["rare"])
        done = self.run_unmix("signatures", "cells.h5ad", "--groupby", "type", "-o", "sig.tsv", "--force")
        self.assertIn("B 20, T 20, rare 1", done.stderr)
        warnings = [line for line in done.stderr.splitlines() if line.startswith("warning")]
        self.assertEqual(len(warnings), 1, done.stderr)
        self.assertIn("rare", warnings[0])

    # --- smaller things ---------------------------------------------------------------------------------------------------

    def test_gene_sets_in_csv(self):
        self.cells(["B", "T"] * 20)
        rows = [[symbol, "T" if i % 2 else "B", 0.5] for i, symbol in enumerate(self.symbols[:20])]
        (self.folder / "sets.csv").write_text("\n".join(["gene,cluster,avg_log2FC", *(",".join(map(str, row)) for row in rows)]))
        done = self.run_unmix("score", "cells.h5ad", "--normalize", "1e4", "--gene-sets", "sets.csv", "-o", "out.tsv")
        self.assertIn("sets.csv: sets from column 2 and genes from column 1 of 3", done.stderr)
        self.assertEqual(list(read_table(self.folder / "out.tsv")["cell0"]), ["B", "T"])

    def test_notes_are_said_once(self):
        self.mixture.types = ["CD4+ T/x", "B", "NK", "M / DC"]
        self.rewrite(signatures=self.symbols)
        done = self.run_unmix(*self.command())
        self.assertEqual(done.stderr.count("is stored as"), 2)

    def test_cells_that_use_no_program(self):
        self.cells(["B", "T"] * 20)
        with h5py.File(self.folder / "cells.h5ad", "r+") as file:
            file["X"][3] = 0
        self.run_unmix("nmf", "cells.h5ad", "-k", "3", "--normalize", "1e4", "-o", "out/")
        programs = read_table(self.folder / "out" / "cells.tsv")
        self.assertEqual(programs["cell3"]["nmf_program"], "-1")  # none
        self.assertEqual({row["nmf_program"] for cell, row in programs.items() if cell != "cell3"}, {"0", "1", "2"})

    def test_truth_in_percent(self):
        self.deconvolve()
        percent = [[100 * value for value in row] for row in self.mixture.proportions]
        write_table(self.folder / "truth.tsv", ["sample", *self.mixture.types], zip_rows(self.mixture.samples, percent))
        done = self.run_unmix("compare", "out", "--truth", "truth.tsv")
        self.assertRegex(done.stderr, r"add up to 1, those of truth\.tsv to 100: is one of them in per cent")

    def test_file_of_a_newer_hdf5(self):
        """Newer formats differ in the version of the message that says where the numbers are."""
        self.cells(["B", "T"] * 20)
        path = self.folder / "cells.h5ad"
        with h5py.File(path) as file:
            place, size = file["X"].id.get_offset(), file["X"].id.get_storage_size()
        layout = b"\x01" + place.to_bytes(8, "little") + size.to_bytes(8, "little")
        content = path.read_bytes()
        self.assertEqual(content.count(b"\x03" + layout), 1)
        path.write_bytes(content.replace(b"\x03" + layout, b"\x05" + layout))
        self.refused(3, ["cells.h5ad", "newer HDF5", "libver='earliest'", "h5repack"], "signatures", "cells.h5ad", "--groupby", "type")


if __name__ == "__main__":
    harness.main()
