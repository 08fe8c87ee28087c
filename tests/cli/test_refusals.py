"""What the program refuses: the exit status, one line that says what, where and what to do, and no file left behind."""

import gzip
import json
import math
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

import h5py
import numpy

import harness


def write_h5ad(path, obs, var, values, labels=None):
    """An AnnData file of the simplest kind, obs x var, with labels in obs['cell_type']."""

    def frame(name, index):
        group = file.create_group(name)
        group.attrs.update({"encoding-type": "dataframe", "encoding-version": "0.2.0", "_index": "_index"})
        group.attrs["column-order"] = numpy.array([], dtype=h5py.string_dtype())
        group.create_dataset("_index", data=index, dtype=h5py.string_dtype())
        return group

    with h5py.File(path, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        table = frame("obs", obs)
        frame("var", var)
        if labels:
            table.attrs["column-order"] = numpy.array(["cell_type"], dtype=h5py.string_dtype())
            table.create_dataset("cell_type", data=labels, dtype=h5py.string_dtype())
        file.create_dataset("X", data=numpy.array(values, dtype="float64"))
    return path


class Usage(harness.Case):
    """Status 2, before any work."""

    def usage(self, parts, *arguments):
        done = self.refused(2, parts, *arguments)
        self.assertEqual(done.stdout, "")

    def test_commands(self):
        for arguments in (["nonsense"], ["--nonsense"], ["help", "nonsense"]):
            done = self.run_unmix(*arguments, status=2)
            lines = done.stderr.splitlines()
            self.assertEqual(len(lines), 2, done.stderr)
            self.assertIn(arguments[-1], lines[0])
            self.assertIn("unmix --help", lines[1])
            self.assertEqual(done.stdout, "")
        self.assertIn("Usage", self.run_unmix(status=2).stderr)

    def test_unknown_options(self):
        for command in ("devices", "signatures", "deconvolve", "compare", "simulate"):
            done = self.refused(2, ["unknown option", "--nonsense"], command, "--nonsense")
            self.assertIn(f"unmix {command} --help", done.stderr)
            self.usage(["unknown option", "-x"], command, "-x")
            self.usage("takes no value", command, "--quiet=yes")

    def test_suggestions(self):
        for word, meant in [("deconvole", "deconvolve"), ("decnovolve", "deconvolve"), ("sig", "signatures"), ("nfm", "nmf"),
                            ("--hepl", "--help"), ("xyz", None), ("--xyzzy", None)]:
            line = self.run_unmix(word, status=2).stderr.splitlines()[0]
            self.assertTrue(line.endswith(f"; did you mean '{meant}'?" if meant else f"'{word}'"), line)
        for option, meant in [("--referense", "--reference"), ("--bluk=x", "--bulk"), ("--gene-inof", "--gene-info"),
                              ("--insert", "--insert-size"), ("--frobnicate", None), ("-z", None)]:
            line = self.run_unmix("deconvolve", option, status=2).stderr.splitlines()[0]
            self.assertTrue(line.endswith(f"; did you mean '{meant}'?" if meant else f"'{option}'"), line)
        self.usage("not 'musci'; did you mean 'music'?", *self.command("--method", "musci"))
        line = self.run_unmix(*self.command("--method", "svr"), status=2).stderr.splitlines()[0]
        self.assertTrue(line.endswith("not 'svr'"), line)

    def test_missing_arguments(self):
        self.usage("--signatures", "deconvolve")
        self.usage("--bulk", "deconvolve", "--signatures", "sig.tsv")
        self.usage("-o", "deconvolve", "--signatures", "sig.tsv", "--bulk", "bulk.tsv")
        self.usage("needs a value", "deconvolve", "--bulk")
        self.usage("needs a value", *self.command("--layer="))
        self.usage("input", "signatures")
        self.usage("--groupby", "signatures", "bulk.tsv")
        self.usage("results", "compare")
        self.usage("--truth", "compare", "truth.tsv")
        self.usage("-o", "simulate")

    def test_arguments_too_many(self):
        self.usage("rubbish", *self.command(), "rubbish")
        self.usage("rubbish", "simulate", "-o", "cohort/", "rubbish")
        self.usage("rubbish", "devices", "rubbish")
        self.usage("rubbish", "signatures", "bulk.tsv", "rubbish", "--groupby", "type")
        self.usage(["--gene-info", "twice"], *self.command("--gene-info", "other.tsv"))

    def test_values(self):
        cases = {
            "--tolerance": ["0", "-1", "x", "1e", "1e-6x", "nan", "inf", "0x1", ""],
            "--max-iterations": ["0", "-5", "2.5", "1e3", "x", "99999999999999999999"],
            "--insert-size": ["0", "-1", "x"],
            "--l1": ["-1", "x", "nan"],
            "--threads": ["0", "x"],
            "--seed": ["-1", "1.5", "99999999999999999999999"],
            "--method": ["bayes", "EM"],
            "--m-step": ["x"],
            "--stop": ["x"],
            "--start-exposure": ["x", "nan", "0.1", "-20.5"],
            "--precision": ["half"],
            "--signature-units": ["cells"],
            "--scale": ["log"],
            "--duplicates": ["first"],
        }
        for option, values in cases.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    self.usage([option, value], *self.command(f"{option}={value}"))
        for value in ("0", "-1"):
            self.usage("--learning-rate", *self.command("--method", "gd", "--learning-rate", value))
        self.usage("--l2", *self.command("--method", "gd", "--l2", "-1"))

    def test_options_of_the_other_method(self):
        self.usage(["--l2", "gd"], *self.command("--l2", "1"))
        self.usage(["--learning-rate", "gd"], *self.command("--learning-rate", "0.1"))
        self.usage(["--m-step", "em"], *self.command("--method", "gd", "--m-step", "exact"))
        self.usage(["--stop", "em"], *self.command("--stop", "together"))
        self.usage(["--start-exposure", "gd"], *self.command("--method", "em", "--start-exposure", "-5"))
        self.usage(["--gene-column", "--gene-info"], *self.command("--gene-column", "gene", info=None))

    def test_values_of_simulate(self):
        for option, value in (("--genes", "0"), ("--types", "0"), ("--samples", "-1"), ("--families", "0"),
                              ("--similarity", "1"), ("--similarity", "-0.1"), ("--depth", "0"), ("--dispersion", "-1"),
                              ("--background", "1"), ("--insert-size", "0"), ("--types-per-sample", "x")):
            self.usage(option, "simulate", option, value, "-o", "cohort/")
        self.usage("--types-per-sample", "simulate", "--types", "3", "--types-per-sample", "4", "-o", "cohort/")


class Output(harness.Case):
    def test_wrong_ending(self):
        for name in ("out", "out.tsv", "out.h5", "out.h5ad.gz"):
            self.deconvolve_refused([name, ".h5ad"], status=2, output=name)
        self.refused(2, "out.h5ad", "signatures", "bulk.tsv", "--groupby", "type", "-o", "out.h5ad")

    def test_exists(self):
        (self.folder / "out.h5ad").write_text("precious")
        (self.folder / "out").mkdir()
        (self.folder / "out" / "proportions.tsv").write_text("precious")
        # Refused before any work: the inputs are not even looked at.
        self.deconvolve_refused(["out.h5ad", "--force"], status=2, bulk="missing.tsv")
        self.deconvolve_refused(["out/", "--force"], status=2, output="out/", bulk="missing.tsv")
        self.refused(2, ["out.h5ad"], "signatures", "missing.tsv", "--groupby", "type", "-o", "out.h5ad")
        self.refused(2, ["bulk.tsv", "--force"], "signatures", "missing.tsv", "--groupby", "type", "-o", "bulk.tsv")
        self.refused(2, ["bulk.tsv", "--force"], "simulate", "-o", ".")
        self.assertEqual((self.folder / "out.h5ad").read_text(), "precious")
        self.assertEqual((self.folder / "out" / "proportions.tsv").read_text(), "precious")

    def test_force_replaces(self):
        (self.folder / "out.h5ad").write_text("old")
        self.run_unmix(*self.command("--force"))
        self.assertTrue(h5py.is_hdf5(self.folder / "out.h5ad"))
        folder = self.deconvolve()
        (folder / "mine.txt").write_text("kept")
        (folder / "proportions.tsv").write_text("old")
        self.deconvolve("--force")
        self.assertEqual((folder / "mine.txt").read_text(), "kept")
        self.assertNotEqual((folder / "proportions.tsv").read_text(), "old")

    def test_of_the_other_kind(self):
        (self.folder / "dir.h5ad").mkdir()
        (self.folder / "file").write_text("precious")
        self.deconvolve_refused("dir.h5ad", "--force", status=2, output="dir.h5ad")
        self.deconvolve_refused("file", "--force", status=2, output="file/")
        self.refused(2, "file", "simulate", "--force", "-o", "file")

    def test_is_an_input(self):
        before = (self.folder / "bulk.tsv").read_text()
        os.symlink("bulk.tsv", self.folder / "link.h5ad")
        os.link(self.folder / "genes.tsv", self.folder / "hard.h5ad")
        self.deconvolve_refused(["link.h5ad", "bulk.tsv"], "--force", status=2, output="link.h5ad")
        self.deconvolve_refused(["hard.h5ad", "genes.tsv"], "--force", status=2, output="hard.h5ad")
        # genes.tsv is a file that a result in a folder has as well
        self.deconvolve_refused(["./", "sig.tsv"], "--force", status=2, output="./")
        self.refused(2, "bulk.tsv", "signatures", "bulk.tsv", "--groupby", "x", "--cells", "sig.tsv", "--force", "-o",
                     "bulk.tsv")
        self.assertEqual((self.folder / "bulk.tsv").read_text(), before)

    def test_folder_is_missing(self):
        self.deconvolve_refused(["nowhere"], status=1, output="nowhere/out.h5ad")
        self.deconvolve_refused(["nowhere"], status=1, output="nowhere/out/")
        self.refused(1, ["nowhere"], "simulate", "-o", "nowhere/cohort/")
        self.refused(1, ["nowhere"], "signatures", "bulk.tsv", "--groupby", "x", "-o", "nowhere/sig.tsv")

    def test_disk_is_full(self):
        """
        The limit must leave room for what an OpenCL driver writes when it compiles (PoCL: 0.3 to 1 MB, even with its
        cache filled by the first run), so the result is made larger: 4,000 x 80 predicted counts are over 2 MB.
        """
        self.run_unmix("simulate", "--genes", "4000", "--types", "3", "--samples", "80", "-o", "cohort/")
        command = ["deconvolve", "--signatures", "cohort/signatures.tsv", "--bulk", "cohort/bulk.tsv", "--predicted",
                   "--max-iterations", "10", "-o"]
        self.run_unmix(*command, "good.h5ad")
        self.assertGreater((self.folder / "good.h5ad").stat().st_size, 1_700_000)
        full = {"preexec_fn": harness.limit_file_size(1_500_000)}
        self.refused(1, "out.h5ad", *command, "out.h5ad", **full)
        self.refused(1, " out/predicted.tsv: ", *command, "out/", **full)
        self.refused(1, "small", "simulate", "--genes", "100", "--types", "3", "--samples", "3", "-o", "small/",
                     preexec_fn=harness.limit_file_size(128))

    def test_disk_is_full_for_signatures(self):
        harness.write_table(self.folder / "labels.tsv", ["sample", "type"], [[s, "x"] for s in self.mixture.samples])
        self.refused(1, "new.tsv", "signatures", "bulk.tsv", "--cells", "labels.tsv", "--groupby", "type", "--input",
                     "counts", "-o", "new.tsv", preexec_fn=harness.limit_file_size(128))

    def test_standard_output_is_full(self):
        with open("/dev/full", "w") as full:
            done = self.run_unmix("compare", "truth.tsv", "truth.tsv", status=1, stdout=full)
            self.assertIn("standard output", done.stderr)
            self.run_unmix("help", "deconvolve", status=1, stdout=full)

    def test_standard_output_is_closed(self):
        """`unmix ... | head` ends without a word about it."""
        read, write = os.pipe()
        os.close(read)
        try:
            done = self.run_unmix("compare", "truth.tsv", "truth.tsv", status=1, stdout=write)
        finally:
            os.close(write)
        self.assertEqual(done.stderr, "")


class BadTable(harness.Case):
    """Files that are not what they should be, for every command that reads them: status 3."""

    def for_each_input(self, spoil, parts):
        """spoil(path) is done to each input of deconvolve in turn; the message must name the file and hold `parts`."""
        for name in ("sig.tsv", "bulk.tsv", "genes.tsv"):
            with self.subTest(file=name):
                path = self.folder / name
                content = path.read_bytes()
                spoil(path)
                self.deconvolve_refused([name, *parts])
                if path.is_dir():
                    path.rmdir()
                path.write_bytes(content)

    def test_missing(self):
        self.deconvolve_refused("missing.tsv", bulk="missing.tsv")
        self.deconvolve_refused("missing.tsv", signatures="missing.tsv")
        self.deconvolve_refused("missing.tsv", info="missing.tsv")
        self.deconvolve_refused("missing.tsv", "--cell-size", "missing.tsv")
        self.refused(3, "missing.h5ad", "signatures", "missing.h5ad", "--groupby", "x", "-o", "new.tsv")
        self.refused(3, "missing.tsv", "signatures", "bulk.tsv", "--cells", "missing.tsv", "--groupby", "x")
        self.refused(3, "missing.h5ad", "compare", "truth.tsv", "missing.h5ad")
        self.refused(3, "missing.tsv", "compare", "truth.tsv", "--truth", "missing.tsv")

    def test_empty(self):
        self.for_each_input(lambda path: path.write_text(""), ["empty"])
        (self.folder / "none.tsv").write_text("")
        self.refused(3, "none.tsv", "compare", "truth.tsv", "none.tsv")
        self.refused(3, "none.tsv", "signatures", "none.tsv", "--cells", "truth.tsv", "--groupby", "x")

    def test_header_only(self):
        self.for_each_input(lambda path: path.write_text(path.read_text().splitlines()[0] + "\n"), [])

    def test_ragged(self):
        def shorten(path):
            lines = path.read_text().splitlines()
            lines[6] = lines[6].rsplit("\t", 1)[0]
            path.write_text("\n".join(lines) + "\n")

        self.for_each_input(shorten, ["line 7"])

    def test_folder(self):
        def replace(path):
            path.unlink()
            path.mkdir()

        self.for_each_input(replace, ["folder"])

    def test_truncated_gzip(self):
        def truncate(path):
            packed = gzip.compress(path.read_bytes())
            path.write_bytes(packed[: len(packed) // 2])

        self.for_each_input(truncate, [])

    def test_truncated_hdf5(self):
        self.run_unmix(*self.command(output="good.h5ad"))
        good = (self.folder / "good.h5ad").read_bytes().rstrip(b"\0")
        (self.folder / "cut.h5ad").write_bytes(good[: len(good) // 2])
        self.deconvolve_refused("cut.h5ad", bulk="cut.h5ad")
        self.refused(3, "cut.h5ad", "compare", "cut.h5ad", "truth.tsv")
        self.refused(3, "cut.h5ad", "signatures", "cut.h5ad", "--groupby", "x", "-o", "new.tsv")

    def test_no_permission(self):
        """Root may read everything, so there the program runs as nobody, from a folder that nobody may enter."""
        as_root = os.geteuid() == 0
        if as_root and not shutil.which("setpriv"):
            self.skipTest("setpriv is missing")
        folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        self.folder = folder
        self.mixture.write(folder)
        program = folder / "unmix"
        built = pathlib.Path(shutil.which(harness.PROGRAM) or harness.PROGRAM)
        shutil.copy(built, program)
        for library in built.parent.glob("libunmix.so.*"):
            shutil.copy(library, folder)
        program.chmod(0o755)
        cache = folder / "cache"
        cache.mkdir()
        cache.chmod(0o777)
        folder.chmod(0o755)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if as_root else []
        environment = dict(os.environ, POCL_CACHE_DIR=str(cache), HOME=str(cache), LD_LIBRARY_PATH=str(folder))
        self.listing = lambda: sorted(path.name for path in folder.iterdir())
        options = {"program": [*nobody, str(program)], "env": environment}
        for name in ("sig.tsv", "bulk.tsv", "genes.tsv", "truth.tsv"):
            (folder / name).chmod(0o000)
            if name == "truth.tsv":
                self.refused(3, [name, "permission"], "compare", "sig.tsv", name, **options)
            else:
                # a folder that nobody may write to is found before; the output goes where writing is allowed
                self.refused(3, [name, "permission"], *self.command(output="cache/out.h5ad"), **options)
            (folder / name).chmod(0o644)
        if as_root:
            self.refused(1, "ermission", *self.command(), **options)


class BadValues(harness.Case):
    """Values that make no sense: status 3, with file, place, name and value."""

    def test_bulk_values(self):
        for value in ("-3", "NA", "nan", "inf", "-inf", "1e999", "12abc", "1,5", "0x10", ""):
            with self.subTest(value=value):
                self.mixture.write(self.folder)
                self.put("bulk.tsv", 4, 2, value)
                self.deconvolve_refused(["bulk.tsv", "line 5", "sample1", value])

    def test_signature_values(self):
        for value in ("-0.5", "NA", "nan", "inf", "7x", ""):
            with self.subTest(value=value):
                self.mixture.write(self.folder)
                self.put("sig.tsv", 7, 1, value)
                self.deconvolve_refused(["sig.tsv", "line 8", "type0", value])

    def test_values_of_signatures(self):
        harness.write_table(self.folder / "labels.tsv", ["sample", "type"], [[s, "x"] for s in self.mixture.samples])
        for value in ("-3", "NA", "inf", "12abc"):
            self.mixture.write(self.folder)
            self.put("bulk.tsv", 4, 2, value)
            self.refused(3, ["bulk.tsv", "line 5", "sample1", value], "signatures", "bulk.tsv", "--cells", "labels.tsv",
                         "--groupby", "type", "-o", "new.tsv")

    def test_values_of_compare(self):
        for value in ("-0.1", "inf", "x"):
            self.mixture.write(self.folder)
            (self.folder / "other.tsv").write_text((self.folder / "truth.tsv").read_text())
            self.put("other.tsv", 2, 1, value)
            self.refused(3, ["other.tsv", "line 3", "type0", value], "compare", "truth.tsv", "other.tsv")

    def test_h5ad_values(self):
        bulk = numpy.array(self.mixture.bulk).T
        for value in (-3.0, math.nan, math.inf):
            bulk[1, 4] = value
            write_h5ad(self.folder / "bulk.h5ad", self.mixture.samples, self.mixture.genes, bulk)
            self.deconvolve_refused(["bulk.h5ad", "sample1", "gene4"], bulk="bulk.h5ad")
            (self.folder / "bulk.h5ad").unlink()

    def test_lengths(self):
        for value in ("0", "-100", "NA", "inf", "12bp"):
            with self.subTest(value=value):
                self.mixture.write(self.folder)
                self.put("genes.tsv", 3, 1, value)
                self.deconvolve_refused(["genes.tsv", "line 4", "length"])

    def test_weights(self):
        for value in ("-0.1", "1.5", "NA", "nan", "x"):
            with self.subTest(value=value):
                self.mixture.write(self.folder)
                self.put("genes.tsv", 3, 2, value)
                self.deconvolve_refused(["genes.tsv", "line 4", "weight"])

    def test_lengths_of_genes_that_are_not_used(self):
        self.edit("genes.tsv", lambda rows: rows.append(["other", "0", "7"]))
        self.deconvolve()

    def test_columns_that_are_missing(self):
        self.deconvolve_refused(["bulk.tsv", "symbol"], "--bulk-gene-column", "symbol")
        self.deconvolve_refused(["sig.tsv", "symbol"], "--signature-gene-column", "symbol")
        self.deconvolve_refused(["genes.tsv", "symbol"], "--gene-column", "symbol")
        self.edit("genes.tsv", lambda rows: rows[0].__setitem__(1, "bases"))
        self.deconvolve_refused(["genes.tsv", "length"])
        self.refused(3, ["bulk.tsv", "symbol"], "signatures", "bulk.tsv", "--cells", "truth.tsv", "--groupby", "type0",
                     "--gene-column", "symbol")
        write_h5ad(self.folder / "cells.h5ad", ["a", "b"], ["g1", "g2"], [[1, 2], [3, 4]], ["x", "y"])
        self.refused(3, ["cells.h5ad", "kind", "cell_type"], "signatures", "cells.h5ad", "--groupby", "kind")
        command = ["signatures", "cells.h5ad", "--groupby", "cell_type"]
        self.refused(3, ["cells.h5ad", "nosuch"], *command, "--layer", "nosuch")
        self.refused(3, ["labels", "nosuch"], *command, "--drop", "nosuch")

    def test_log_transformed(self):
        def logarithm(rows):
            for row in rows[1:]:
                row[1:] = [repr(math.log1p(float(x))) for x in row[1:]]

        self.edit("bulk.tsv", logarithm)
        self.deconvolve_refused(["bulk.tsv", "log", "--scale linear"])
        self.deconvolve("--scale", "linear")


class BadNames(harness.Case):
    def test_repeated_genes(self):
        for name, sheet in (("bulk.tsv", None), ("sig.tsv", None)):
            with self.subTest(file=name):
                self.mixture.write(self.folder)
                self.edit(name, lambda rows: rows.append(rows[3]))
                self.deconvolve_refused([name, "gene2", "line 4", "line 32", "--duplicates sum"])

    def test_repeated_genes_in_gene_info(self):
        self.edit("genes.tsv", lambda rows: rows.append(rows[3]))
        self.deconvolve_refused(["genes.tsv", "gene2", "line 4", "line 32"])

    def test_sum_of_repeated_genes(self):
        """A gene split over two rows, in both tables, is the same data again."""
        want = self.proportions(output="want/")

        def split(rows):
            half = [rows[3][0], *(repr(float(x) / 2) for x in rows[3][1:])]
            rows[3] = half
            rows.append(half)

        self.edit("bulk.tsv", split)
        self.edit("sig.tsv", split)
        found = self.proportions("--duplicates", "sum", output="found/")
        for sample, row in want.items():
            for name, value in row.items():
                # sums in another order, in single precision
                self.assertAlmostEqual(found[sample][name], value, delta=1e-5)

    def test_repeated_samples_and_types(self):
        self.put("bulk.tsv", 0, 2, "sample0")
        self.deconvolve_refused(["bulk.tsv", "sample0"])
        self.mixture.write(self.folder)
        self.put("sig.tsv", 0, 2, "type0")
        self.deconvolve_refused(["sig.tsv", "type0"])
        self.mixture.write(self.folder)
        self.put("truth.tsv", 2, 0, "sample0")
        self.refused(3, ["truth.tsv", "sample0"], "compare", "truth.tsv", "--truth", "truth.tsv")

    def test_genes_of_another_kind(self):
        def rename(rows):
            for row in rows[1:]:
                row[0] = "ENSG" + row[0]

        self.edit("bulk.tsv", rename)
        self.deconvolve_refused(["sig.tsv", "bulk.tsv", "in common"])

    def test_fewer_genes_than_sources(self):
        self.edit("bulk.tsv", lambda rows: rows.__delitem__(slice(4, None)))
        self.deconvolve_refused(["3 genes in common", "4 sources"])
        self.deconvolve("--no-intercept")  # three genes are enough for three sources

    def test_nothing_to_compare(self):
        harness.write_table(self.folder / "other.tsv", ["sample", "type0"], [["elsewhere", 1.0]])
        self.refused(3, ["truth.tsv", "other.tsv", "in common"], "compare", "truth.tsv", "other.tsv")


class Zeros(harness.Case):
    """Columns without anything in the genes that count."""

    def zero(self, name, column, rows=range(1, 31), value="0"):
        def change(table):
            for row in rows:
                table[row][column] = value

        self.edit(name, change)

    def test_signature_column(self):
        self.zero("sig.tsv", 2)
        self.deconvolve_refused(["sig.tsv", "type1", "zero"])

    def test_sample(self):
        self.zero("bulk.tsv", 3)
        self.deconvolve_refused(["bulk.tsv", "sample2", "--drop-empty"])
        done = self.run_unmix(*self.command("--drop-empty", output="out/"))
        self.assertIn("sample2", done.stderr)
        left = harness.read_table(self.folder / "out" / "proportions.tsv")
        self.assertEqual(list(left), ["sample0", "sample1", "sample3"])

    def test_all_samples(self):
        for column in range(1, 5):
            self.zero("bulk.tsv", column)
        self.deconvolve_refused(["bulk.tsv"])
        self.deconvolve_refused(["bulk.tsv"], "--drop-empty")

    def test_judged_on_genes_in_common(self):
        """What only genes outside of the other table hold does not count."""
        self.zero("bulk.tsv", 1)
        self.edit("bulk.tsv", lambda rows: rows.append(["elsewhere", "1000", "0", "0", "0"]))
        self.deconvolve_refused(["bulk.tsv", "sample0"])
        self.mixture.write(self.folder)
        self.zero("sig.tsv", 1)
        self.edit("sig.tsv", lambda rows: rows.append(["elsewhere", "1000", "0", "0"]))
        self.deconvolve_refused(["sig.tsv", "type0"])

    def test_judged_on_genes_with_weight(self):
        self.zero("bulk.tsv", 1, range(6, 31))
        self.zero("genes.tsv", 2, range(1, 6))
        self.deconvolve_refused(["bulk.tsv", "sample0"])
        self.mixture.write(self.folder)
        self.zero("sig.tsv", 1, range(6, 31))
        self.zero("genes.tsv", 2, range(1, 6))
        self.deconvolve_refused(["sig.tsv", "type0"])

    def test_all_weights(self):
        self.zero("genes.tsv", 2)
        self.deconvolve_refused(["genes in common"])


class CellSize(harness.Case):
    def test_column_sums_that_are_equal(self):
        """The same values in each column, in another order, have the same sum."""

        def rotate(rows):
            values = [str(round(float(row[1])) + 1) for row in rows[1:]]
            for i, row in enumerate(rows[1:]):
                row[1:] = [values[(i + 7 * t) % len(values)] for t in range(3)]

        self.edit("sig.tsv", rotate)
        for option in (("--cell-size", "column-sums"), ("--signature-scale", "columns")):
            self.deconvolve_refused(["sig.tsv", "all signature columns add up to"], *option)

    def test_column_sums_as_sizes_and_no_scale(self):
        self.deconvolve_refused("and not none", "--cell-size", "column-sums", "--signature-scale", "none", status=2)

    def test_scale_is_said_and_overruled(self):
        """Signatures of a few genes, not whole, of different sums: a panel. Made whole they are counts."""
        def scale(rows):
            for row in rows[1:]:
                row[1:] = [str(float(value) * (t + 1)) for t, value in enumerate(row[1:])]

        def cut(rows):
            for row in rows[1:]:
                row[1:] = [str(round(float(value))) for value in row[1:]]

        def more_genes(rows):
            rows += [[f"other{i}", *("10" for _ in rows[0][1:])] for i in range(len(rows))]

        self.edit("bulk.tsv", more_genes)
        self.assertNotIn("columns", self.run_unmix(*self.command(output="equal/")).stderr)
        self.edit("sig.tsv", scale)
        said = self.run_unmix(*self.command(output="said/")).stderr
        self.assertIn("sig.tsv: a panel of genes whose columns add up to different sums, which are used", said)
        self.assertIn("--signature-scale none does without", said)
        run = json.loads((self.folder / "said" / "run.json").read_text())
        self.assertEqual((run["signature_scale"], run["proportions_of"]), ("columns", "RNA or cells"))
        by_sums = self.proportions("--signature-scale", "columns", output="sums/")
        self.assertEqual((self.folder / "said" / "proportions.tsv").read_text(),
                         (self.folder / "sums" / "proportions.tsv").read_text())
        for sample, row in self.proportions("--signature-scale", "none", output="none/").items():
            parts = [value / (t + 1) for t, value in enumerate(row.values())]
            for got, part in zip(by_sums[sample].values(), parts):
                self.assertAlmostEqual(got, part / sum(parts), delta=1e-6)
        self.edit("sig.tsv", cut)
        self.assertIn("sig.tsv: the values are whole", self.run_unmix(*self.command(output="whole/")).stderr)

    def write_sizes(self, rows, header=("type", "size")):
        harness.write_table(self.folder / "sizes.tsv", header, rows)

    def test_file(self):
        self.write_sizes([["type2", 2.0], ["type0", 1.0], ["type1", 0.5], ["unknown", 9.0]])
        rna = self.proportions("--signature-scale", "none", output="rna/")
        cells = self.proportions("--cell-size", "sizes.tsv", "--signature-scale", "none", output="cells/")
        for sample, row in rna.items():
            parts = [row["type0"] / 1.0, row["type1"] / 0.5, row["type2"] / 2.0]
            for name, part in zip(("type0", "type1", "type2"), parts):
                self.assertAlmostEqual(cells[sample][name], part / sum(parts), delta=1e-6)

    def test_file_with_columns_in_another_order(self):
        self.write_sizes([[1.0, "type0"], [0.5, "type1"], [2.0, "type2"]], header=("size", "type"))
        self.deconvolve("--cell-size", "sizes.tsv")

    def test_type_that_is_missing(self):
        self.write_sizes([["type0", 1.0], ["type1", 0.5]])
        self.deconvolve_refused(["sizes.tsv", "type2"], "--cell-size", "sizes.tsv")

    def test_bad_files(self):
        self.write_sizes([["type0", 1.0], ["type1", 0.0], ["type2", 1.0]])
        self.deconvolve_refused(["sizes.tsv", "type1"], "--cell-size", "sizes.tsv")
        self.write_sizes([["type0", 1.0], ["type1", -1.0], ["type2", 1.0]])
        self.deconvolve_refused(["sizes.tsv", "line 3"], "--cell-size", "sizes.tsv")
        self.write_sizes([["type0", 1.0], ["type1", 1.0], ["type2", 1.0]], header=("type", "rna"))
        self.deconvolve_refused(["sizes.tsv", "size"], "--cell-size", "sizes.tsv")
        self.write_sizes([["type0", 1.0], ["type1", 1.0], ["type2", 1.0]], header=("name", "size"))
        self.deconvolve_refused(["sizes.tsv", "type"], "--cell-size", "sizes.tsv")
        self.write_sizes([["type0", 1.0], ["type0", 2.0], ["type1", 1.0], ["type2", 1.0]])
        self.deconvolve_refused(["sizes.tsv", "type0"], "--cell-size", "sizes.tsv")


class Devices(harness.Case):
    def test_unknown(self):
        for device in ("no such device", "99:0", "0:99"):
            self.deconvolve_refused(device, "--device", device, status=4)
            self.refused(4, device, "devices", "--device", device)

    def test_none(self):
        """Without any OpenCL driver the program says what to install."""
        (self.folder / "vendors").mkdir()
        environment = dict(os.environ, OCL_ICD_VENDORS=str(self.folder / "vendors"))
        for arguments in (["devices"], self.command()):
            done = self.refused(4, "device", *arguments, env=environment)
            self.assertIn("pocl-opencl-icd", done.stderr)

    def test_no_double_precision(self):
        lines = self.run_unmix("devices", "--no-test").stdout.splitlines()[1:]
        without = [line.split()[0] for line in lines if line.split()[-1] == "no"]
        if not without:
            self.skipTest("every device here has double precision")
        self.deconvolve_refused("double", "--device", without[0], "--precision", "double", status=4)


class Interrupt(harness.Case):
    def test_signals(self):
        self.run_unmix("simulate", "--genes", "4000", "--types", "12", "--samples", "200", "-o", "cohort/")
        before = self.listing()
        for number, output in ((signal.SIGINT, "out.h5ad"), (signal.SIGTERM, "out/")):
            with self.subTest(signal=number):
                process = self.start("deconvolve", "--method", "gd", "--tolerance", "1e-300", "--max-iterations",
                                     "100000000", "--signatures", "cohort/signatures.tsv", "--bulk", "cohort/bulk.tsv",
                                     "-o", output)
                time.sleep(2.0)
                self.assertIsNone(process.poll(), "ended before it could be interrupted")
                process.send_signal(number)
                out, err = process.communicate(timeout=harness.TIMEOUT)
                self.assertEqual(process.returncode, 130, err)
                errors = [line for line in err.splitlines() if line.startswith("unmix deconvolve: ")]
                self.assertEqual(len(errors), 1, err)
                self.assertIn("interrupted", errors[0])
                self.assertEqual(out, "")
                self.assertEqual(self.listing(), before)


if __name__ == "__main__":
    harness.main()
