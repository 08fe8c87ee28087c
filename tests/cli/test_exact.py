"""The exact solver, its certificate and its error bars through the program: files, messages, coverage."""

import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import sys
import tempfile
import unittest

import harness
from harness import Case, read_table, write_table, zip_rows

DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", ""))
ROOT = pathlib.Path(__file__).resolve().parents[2]


WORDS = ("fit", "fit_reasons", "inseparable")


def numbers(path):
    """A table of results as {sample: {column: number}}."""
    words = {"NA": "nan", "true": "1", "false": "0"}
    return {
        sample: {name: float(words.get(value, value)) for name, value in row.items() if name not in WORDS}
        for sample, row in read_table(path).items()
    }


class Certificate(Case):
    def test_every_sample_is_certified_and_the_run_says_so(self):
        harness.Mixture(genes=200, types=5, samples=7, noise=0.3).write(self.folder)
        done = self.run_unmix(*self.command(output="out/"))
        self.assertIn("7 of 7 samples within 1e-6 of the optimum", done.stderr)
        for name, row in numbers(self.folder / "out" / "metrics.tsv").items():
            self.assertLessEqual(row["gap"], 1e-6, name)
            self.assertGreaterEqual(row["gap"], 0, name)
            self.assertEqual(row["converged"], 1, name)

    def test_exact_is_the_default_and_says_how_alike_the_signatures_are(self):
        run = json.loads((self.deconvolve() / "run.json").read_text())
        self.assertEqual(run["method"], "exact")
        self.assertGreater(run["signature_condition"], 1)
        self.assertLess(run["signature_correlation"], 1)
        self.assertLessEqual(run["largest_gap"], 1e-6)
        self.assertEqual(run["samples_within_1e-6"], 4)

    def test_methods_that_stop_short_say_so(self):
        harness.Mixture(genes=200, types=5, samples=7, noise=0.3).write(self.folder)
        for method in ("em", "gd"):
            done = self.run_unmix(*self.command("--method", method, "--max-iterations", "20", output=f"{method}/"))
            self.assertIn("0 of 7 samples within 1e-6 of the optimum", done.stderr)

    def test_an_exact_mixture_comes_back(self):
        found = self.proportions("--precision", "double", "--tolerance", "1e-13")
        for sample, part in zip(self.mixture.samples, self.mixture.proportions):
            for name, value in zip(self.mixture.types, part):
                self.assertAlmostEqual(found[sample][name], value, delta=1e-6)

    def test_two_copies_of_a_signature(self):
        """Exit status 0, the certificate holds, a warning names both, their sum is what one of them gets."""
        one = self.proportions()
        twins = [[*row, row[1]] for row in self.mixture.signatures]
        write_table(self.folder / "twins.tsv", ["gene", *self.mixture.types, "again"], zip_rows(self.mixture.genes, twins))
        done = self.run_unmix(*self.command(signatures="twins.tsv", output="twins/"))
        warning = [line for line in done.stderr.splitlines() if "cannot be told apart (" in line]
        self.assertEqual(len(warning), 1, done.stderr)
        self.assertIn("'type1'", warning[0])
        self.assertIn("'again'", warning[0])
        self.assertIn("4 of 4 samples within 1e-6 of the optimum", done.stderr)
        both = numbers(self.folder / "twins" / "proportions.tsv")
        errors = numbers(self.folder / "twins" / "standard_errors.tsv")
        for sample in one:
            self.assertAlmostEqual(both[sample]["type1"] + both[sample]["again"], one[sample]["type1"], delta=2e-3)
            if min(both[sample]["type1"], both[sample]["again"]) > 1e-3:
                self.assertNotEqual(errors[sample]["type1"], errors[sample]["type1"])  # nan
            self.assertEqual(errors[sample]["type0"], errors[sample]["type0"])
        self.assert_only_the_sum_is_known(self.folder / "twins", both)
        self.assertIn("types: 'type1' and 'again' cannot be told apart in 4 of 4 samples: look at their sum", done.stderr)

    def assert_only_the_sum_is_known(self, folder, proportions):
        """Every sample names the twins, alone, with an interval around their sum; the dictionary counts them."""
        for sample, row in read_table(folder / "metrics.tsv").items():
            found = re.fullmatch(r"type1 \+ again: cannot be told apart, together (\S+) to (\S+)", row["inseparable"])
            self.assertTrue(found, row)
            low, high = map(float, found.groups())
            total = proportions[sample]["type1"] + proportions[sample]["again"]
            self.assertTrue(max(low - 6e-4, 0) <= total <= high + 6e-4 and high - low < 0.2, row)
        run = json.loads((folder / "run.json").read_text())
        self.assertEqual(run["samples_with_inseparable_types"], 4)
        names, counts = run["inseparable"]["rows"], run["inseparable"]["values"]
        want = [[4.0 * (a in ("type1", "again") and b in ("type1", "again")) for b in names] for a in names]
        self.assertEqual(counts, want)

    def test_types_that_differ_are_not_named(self):
        done = self.run_unmix(*self.command(output="out/"))
        self.assertNotIn("cannot be told apart", done.stderr)
        for row in read_table(self.folder / "out" / "metrics.tsv").values():
            self.assertEqual(row["inseparable"], "")
        self.deconvolve("--no-errors", output="without/")
        self.assertNotIn("inseparable", read_table(self.folder / "without" / "metrics.tsv")["sample0"])


class ErrorBars(Case):
    def test_files_and_options(self):
        out = self.deconvolve("--bootstrap", "20")
        for name in ("standard_errors", "bootstrap_low", "bootstrap_high"):
            self.assertEqual(list(read_table(out / f"{name}.tsv")["sample0"]), self.mixture.types)
        low, high = numbers(out / "bootstrap_low.tsv"), numbers(out / "bootstrap_high.tsv")
        for sample, row in numbers(out / "proportions.tsv").items():
            for name, value in row.items():
                self.assertLessEqual(low[sample][name] - 1e-3, value)
                self.assertLessEqual(value, high[sample][name] + 1e-3)
        without = self.deconvolve("--no-errors", output="without/")
        self.assertFalse((without / "standard_errors.tsv").exists())
        self.assertFalse((without / "bootstrap_low.tsv").exists())

    def test_few_replicates_are_refused(self):
        for replicates in ("1", "19"):
            self.refused(2, ["bootstrap", "20"], *self.command("--bootstrap", replicates))

    def test_no_errors_far_from_the_optimum(self):
        harness.Mixture(genes=200, types=5, samples=3, noise=0.3).write(self.folder)
        done = self.run_unmix(*self.command("--method", "em", "--max-iterations", "10", output="out/"))
        self.assertIn("no standard errors for 3 of 3 samples, whose gap is above 0.0001", done.stderr)
        for row in numbers(self.folder / "out" / "standard_errors.tsv").values():
            self.assertTrue(all(value != value for value in row.values()))


def bench_coverage():
    """The program bench/coverage as a module."""
    loader = importlib.machinery.SourceFileLoader("coverage_table", str(ROOT / "bench" / "coverage"))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


class Coverage(unittest.TestCase):
    """bench/coverage with few samples; what a share of so few intervals may be is in its Row.right()."""

    def check(self, make):
        bench = bench_coverage()
        arguments = type("Arguments", (), {"samples": 24, "bootstrap_samples": 4, "replicates": 60})
        for dispersion in (0.0, 0.1):
            for line in bench.measure(harness.PROGRAM, "test", lambda *a: make(bench, *a), dispersion, arguments):
                self.assertTrue(line.right(), str(line))
                self.assertLess(line.at_zero, 0.06, str(line))

    def test_simulated_signatures(self):
        self.check(lambda bench, *a: bench.simulated(harness.PROGRAM, *a))

    def test_signatures_of_sorted_cells(self):
        table = DATA / "corces_pseudomix" / "signature_counts_13types.tsv.gz"
        if not table.exists():
            self.skipTest("UNMIX_SHARED_DATA has no corces_pseudomix")
        self.check(lambda bench, *a: bench.drawn(table, *a))


@unittest.skipUnless((DATA / "corces_GSE74246").is_dir(), "UNMIX_SHARED_DATA has no corces_GSE74246")
class SortedBlood(unittest.TestCase):
    """81 samples, 13 sorted-cell signatures of other donors, 19,678 genes in common with lengths and weights."""

    def run_in(self, precision, most):
        with tempfile.TemporaryDirectory(dir=os.environ.get("UNMIX_TEST_FOLDER")) as scratch:
            bulk = DATA / "corces_GSE74246"
            command = [harness.PROGRAM, "deconvolve", "--signatures", DATA / "corces_pseudomix" / "signature_counts_13types.tsv.gz",
                       "--bulk", bulk / "GSE74246_RNAseq_All_Counts.txt.gz", "--gene-info", bulk / "geneWeights_withSymbol.tsv",
                       "--precision", precision, "-o", f"{scratch}/out/"]
            done = harness.subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("81 of 81 samples within 1e-6 of the optimum", done.stderr)
            metrics = numbers(pathlib.Path(scratch) / "out" / "metrics.tsv")
            run = json.loads((pathlib.Path(scratch) / "out" / "run.json").read_text())
            self.assertEqual(run["genes"], 19678)
            self.assertEqual(run["types"], 13)
            self.assertEqual(len(metrics), 81)
            for name, row in metrics.items():
                self.assertLessEqual(row["gap"], most, name)
                self.assertLessEqual(row["iterations"], 15, name)
            # HSC and MPP are nearly the same cell; the figures are properties of the signatures alone
            self.assertAlmostEqual(run["signature_correlation"], 0.974, delta=1e-3)
            self.assertAlmostEqual(run["signature_condition"], 469, delta=1)
            errors = numbers(pathlib.Path(scratch) / "out" / "standard_errors.tsv")
            self.assertTrue(all(0 <= value < 1 for row in errors.values() for value in row.values()))

    def test_single_precision(self):
        self.run_in("single", 1e-6)

    def test_double_precision(self):
        self.run_in("double", 1e-9)


if __name__ == "__main__":
    harness.main()
