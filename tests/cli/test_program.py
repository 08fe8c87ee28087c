"""The program as a person meets it: help that runs as printed, results that are right, output that others can read."""

import csv
import filecmp
import math
import os
import pty
import re
import subprocess
import unittest

import anndata
import numpy

import harness

COMMANDS = ("devices", "signatures", "deconvolve", "compare", "simulate", "nmf", "consensus", "score", "bench")


def examples(text):
    """The commands of a help text: a line '  $ ...' and what continues it (a final backslash, or an open quote)."""
    commands = []
    for line in text.splitlines():
        if commands and (commands[-1].endswith("\\") or commands[-1].count("'") % 2):
            commands[-1] += "\n" + line
        elif line.startswith("  $ "):
            commands.append(line[4:])
    return commands


class Help(harness.Case):
    def test_every_command(self):
        overview = self.run_unmix("--help").stdout
        self.assertEqual(overview, self.run_unmix("help").stdout)
        self.assertEqual(overview, self.run_unmix("-h").stdout)
        for command in COMMANDS:
            self.assertRegex(overview, rf"(?m)^  {command}  +\w")
            done = self.run_unmix(command, "--help")
            self.assertEqual(done.stderr, "")
            self.assertEqual(done.stdout, self.run_unmix("help", command).stdout)
            self.assertEqual(done.stdout, self.run_unmix(command, "-h", "--quiet").stdout)
            for part in ("Usage:", "\nResult\n", "\nExamples\n", "--help", "--quiet"):
                self.assertIn(part, done.stdout)
            self.assertTrue(examples(done.stdout), command)
            self.assertEqual([line for line in done.stdout.splitlines() if len(line) > 80], [])

    def test_defaults_are_told(self):
        text = " ".join(self.run_unmix("help", "deconvolve").stdout.split())
        for part in ("(default: exact)", "(default: 500)", "(default: 42)", "(default: single)"):
            self.assertIn(part, text)

    def test_examples_run_as_printed(self):
        """All of them in one folder, one after another, with nothing prepared."""
        environment = dict(os.environ, PATH=os.path.dirname(harness.PROGRAM) + os.pathsep + os.environ.get("PATH", ""))
        folder = self.folder / "examples"
        folder.mkdir()
        for topic in ("", *COMMANDS):
            for command in examples(self.run_unmix("help", *topic.split()).stdout):
                with self.subTest(topic=topic, command=command):
                    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True,
                                          text=True)
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_version(self):
        for arguments in (["version"], ["--version"]):
            self.assertRegex(self.run_unmix(*arguments).stdout, r"\Aunmix \d+\.\d+\.\d+\n\Z")


class Streams(harness.Case):
    def test_standard_output_is_data(self):
        self.assertEqual(self.run_unmix(*self.command()).stdout, "")
        done = self.run_unmix("simulate", "--genes", "50", "--types", "3", "--samples", "2", "-o", "s")
        self.assertEqual(done.stdout, "")

    def test_provenance(self):
        lines = self.run_unmix(*self.command()).stderr.splitlines()
        self.assertRegex(lines[-1], r"^unmix \d+\.\d+\.\d+, device .+ \(.+\), \d+\.\d\d s, peak \d+ MB$")
        summary = "\n".join(lines)
        for part in ("30 genes in common", "3 types", "4 samples", "within 1e-6 of the optimum", "gap", "R2", "out.h5ad"):
            self.assertIn(part, summary)
        done = self.run_unmix("compare", "truth.tsv", "truth.tsv")
        self.assertRegex(done.stderr, r"unmix [\d.]+, [\d.]+ s, peak \d+ MB\n$")

    def test_quiet_and_verbose(self):
        harness.Mixture(noise=0.2).write(self.folder)
        self.assertEqual(self.run_unmix(*self.command("--quiet")).stderr, "")
        normal = self.run_unmix(*self.command(info=None, output="a.h5ad")).stderr
        verbose = self.run_unmix(*self.command("-v", info=None, output="b.h5ad")).stderr
        self.assertGreaterEqual(len(verbose.splitlines()), len(normal.splitlines()))
        done = self.run_unmix(*self.command("--verbose", bulk="missing.tsv", output="c.h5ad"), status=3)
        self.assertRegex(done.stderr, r"\w+\.c:\d+")

    def test_without_gene_info_is_said(self):
        self.assertRegex(self.run_unmix(*self.command(info=None)).stderr, r"(?i)length")

    def on_terminal(self, *arguments):
        """Standard error of a run on a terminal."""
        try:
            ours, theirs = pty.openpty()
        except OSError as none:
            self.skipTest(f"no pseudo-terminal here: {none}")
        process = self.start(*arguments, stderr=theirs, env=dict(os.environ, TERM="xterm"))
        os.close(theirs)
        text = b""
        while True:
            try:
                more = os.read(ours, 4096)
            except OSError:  # the other side is closed
                break
            if not more:
                break
            text += more
        os.close(ours)
        process.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 0, text)
        return text.decode()

    def test_progress(self):
        self.run_unmix("simulate", "--genes", "3000", "--types", "8", "--samples", "60", "-o", "cohort/")
        command = ["deconvolve", "--method", "gd", "--tolerance", "1e-4", "--signatures", "cohort/signatures.tsv",
                   "--bulk", "cohort/bulk.tsv"]
        text = self.on_terminal(*command, "-o", "a.h5ad")
        self.assertIn("\r", text.replace("\r\n", "\n"))
        self.assertIn("\033[K", text)
        # Taken away before each line that stays: what is left of a line after the last carriage return is whole.
        last = text.replace("\r\n", "\n").splitlines()[-1]
        self.assertRegex(last.split("\033[K")[-1], r"^unmix ")
        self.assertEqual(self.on_terminal(*command, "-o", "b.h5ad", "--quiet"), "")

    def test_time_left(self):
        """From a second on: 1,500 x 10,000 draws take about three."""
        text = self.on_terminal("simulate", "--genes", "10000", "--types", "8", "--samples", "1500", "--format", "h5ad",
                                "-o", "cohort/")
        self.assertRegex(text, r"simulating sample [0-9]+ of 1500 +[0-9]+%  0:0[1-9], 0:[0-9]{2} left")


class Results(harness.Case):
    def worst(self, found, want=None):
        """Largest difference from the truth, or from another result."""
        if want is None:
            rows = zip(self.mixture.samples, self.mixture.proportions)
            want = {sample: dict(zip(self.mixture.types, row)) for sample, row in rows}
        self.assertEqual(list(found), list(want))
        return max(abs(found[s][t] - want[s][t]) for s in want for t in want[s])

    def test_exact_mixture_comes_back(self):
        self.assertLess(self.worst(self.proportions("--tolerance", "1e-12", "--max-iterations", "100000")), 1e-3)

    def test_double_precision(self):
        lines = self.run_unmix("devices", "--no-test").stdout.splitlines()[1:]
        with_double = [line.split()[0] for line in lines if line.split()[-1] == "yes"]
        if not with_double:
            self.skipTest("no device here has double precision")
        found = self.proportions("--precision", "double", "--device", with_double[0], "--tolerance", "1e-14",
                                 "--max-iterations", "200000")
        self.assertLess(self.worst(found), 1e-4)

    def test_methods_agree(self):
        em = self.proportions("--method", "em", "--tolerance", "1e-6", "--max-iterations", "100000", output="em/")
        gd = self.proportions("--method", "gd", "--tolerance", "1e-10", "--max-iterations", "100000", output="gd/")
        self.assertLess(self.worst(gd, em), 1e-3)

    def test_gene_order_and_extra_genes_do_not_matter(self):
        want = self.proportions(output="want/")
        self.edit("bulk.tsv", lambda rows: rows.__setitem__(slice(1, None), rows[:0:-1]))
        self.edit("bulk.tsv", lambda rows: rows.insert(5, ["elsewhere", "1", "2", "3", "4"]))
        self.assertEqual(self.proportions(output="found/"), want)

    def test_intercept(self):
        def add_background(rows):
            for row, length in zip(rows[1:], self.mixture.lengths):
                row[1:] = [repr(float(x) + 20000 * length / 500) for x in row[1:]]

        self.edit("bulk.tsv", add_background)
        options = ["--tolerance", "1e-12", "--max-iterations", "100000"]
        self.assertLess(self.worst(self.proportions(*options, output="with/")), 1e-3)
        self.assertGreater(self.worst(self.proportions(*options, "--no-intercept", output="without/")), 1e-2)
        exposures = harness.read_table(self.folder / "with" / "exposures.tsv")
        for row in exposures.values():
            # 20,000 molecules for each of the 30 genes
            self.assertAlmostEqual(float(row["intercept"]) / (30 * 20000), 1.0, delta=1e-2)
        self.assertNotIn("intercept", harness.read_table(self.folder / "without" / "exposures.tsv")["sample0"])

    def test_lengths_and_units(self):
        """Signatures in reads hold the lengths already: without gene info, or with --signature-units reads."""

        def in_reads(rows):
            for row, length in zip(rows[1:], self.mixture.lengths):
                row[1:] = [repr(float(x) * length) for x in row[1:]]

        options = ["--tolerance", "1e-12", "--max-iterations", "100000", "--no-intercept"]
        self.edit("sig.tsv", in_reads)
        reads = self.proportions(*options, "--signature-units", "reads", output="reads/")
        none = self.proportions(*options, info=None, output="none/")
        self.assertLess(self.worst(reads, none), 1e-6)

    def test_penalties(self):
        for options in (["--l1", "1000", "--method", "em"], ["--method", "gd", "--l1", "0.5", "--l2", "0.5"],
                        ["--m-step", "counts", "--method", "em"]):
            found = self.proportions(*options, output=f"out{len(options)}{options[0].strip('-')}/")
            for row in found.values():
                self.assertAlmostEqual(sum(row.values()), 1.0, delta=1e-6)

    def test_require_convergence(self):
        """The result is written all the same."""
        done = self.run_unmix(*self.command("--max-iterations", "1", "--require-convergence"), status=5)
        self.assertIn("converge", done.stderr)
        self.assertTrue((self.folder / "out.h5ad").exists())
        done = self.run_unmix(*self.command("--max-iterations", "1", output="b.h5ad"))
        self.assertRegex(done.stderr, r"warning: .*converge")
        harness.Mixture(noise=0.2).write(self.folder)
        self.run_unmix(*self.command("--require-convergence", "--tolerance", "1e-3", output="c.h5ad"))

    def test_same_bytes(self):
        for method in ("em", "gd"):
            a, b = (self.deconvolve("--method", method, "--seed", "7", output=f"{method}{i}.h5ad") for i in (1, 2))
            self.assert_same_result(a, b)
            a, b = (self.deconvolve("--method", method, "--seed", "7", output=f"{method}{i}/") for i in (1, 2))
            self.assert_same_result(a, b)

    def test_sample_alone(self):
        """A sample's result does not depend on the others."""
        for method in ("em", "gd"):
            want = self.proportions("--method", method, output=f"all_{method}/")["sample2"]
            harness.write_table(self.folder / "one.tsv", ["gene", "sample2"],
                                [[g, row[2]] for g, row in zip(self.mixture.genes, self.mixture.bulk)])
            found = self.proportions("--method", method, bulk="one.tsv", output=f"one_{method}/")["sample2"]
            for name, value in want.items():
                self.assertAlmostEqual(found[name], value, delta=1e-6)

    def test_ordinary_sizes(self):
        """One sample, one type, one gene."""
        for genes, types, samples, options in ((30, 3, 1, []), (30, 1, 4, []), (30, 1, 1, []), (2, 1, 3, []),
                                               (1, 1, 1, ["--no-intercept"])):
            for method in ("em", "gd"):
                with self.subTest(genes=genes, types=types, samples=samples, method=method):
                    self.mixture = harness.Mixture(genes, types, samples).write(self.folder)
                    found = self.proportions(*options, "--method", method, output=f"o{genes}{types}{samples}{method}/")
                    self.assertEqual(len(found), samples)
                    for row in found.values():
                        self.assertAlmostEqual(sum(row.values()), 1.0, delta=1e-6)

    def test_formats_of_input(self):
        """Commas, gzip, quotes, CRLF: the same data, the same answer."""
        import gzip

        want = self.proportions(output="want/")
        text = (self.folder / "bulk.tsv").read_text()
        lines = [line.split("\t") for line in text.splitlines()]
        variants = {
            "bulk.csv": text.replace("\t", ",").encode(),
            "bulk.txt": text.replace("\t", " ").encode(),
            "bulk.tsv.gz": gzip.compress(text.encode()),
            "crlf.tsv": text.replace("\n", "\r\n").encode(),
            "quoted.csv": "".join(",".join([f'"{row[0]}"', *row[1:]]) + "\n" for row in lines).encode(),
            "r.tsv": text.split("\t", 1)[1].encode(),  # as R writes it: no name for the first column
            "text.tsv": "".join("\t".join([row[0], f"a{i}", *row[1:]]) + "\n" for i, row in enumerate(lines)).encode(),
        }
        for i, (name, content) in enumerate(variants.items()):
            with self.subTest(name=name):
                (self.folder / name).write_bytes(content)
                self.assertEqual(self.proportions(bulk=name, output=f"found{i}/"), want)

    def test_h5ad_bulk(self):
        want = self.proportions(output="want/")
        bulk = anndata.AnnData(numpy.array(self.mixture.bulk).T, dtype="float64")
        bulk.obs_names, bulk.var_names = self.mixture.samples, self.mixture.genes
        bulk.layers["counts"] = bulk.X * 1
        bulk.X = bulk.X * 0 + 1
        bulk.write_h5ad(self.folder / "bulk.h5ad")
        found = self.proportions("--layer", "counts", bulk="bulk.h5ad", output="found/")
        self.assertLess(self.worst(found, want), 1e-6)

    def test_result_opens_in_anndata(self):
        want = self.proportions("--predicted", output="folder/")
        result = anndata.read_h5ad(self.deconvolve("--predicted", output="out.h5ad"))
        self.assertEqual(list(result.obs_names), self.mixture.samples)
        frame = result.obsm["proportions"]
        self.assertEqual(list(frame.columns), self.mixture.types)
        for sample, row in want.items():
            for name, value in row.items():
                self.assertEqual(frame.loc[sample, name], value)
        self.assertIn("intercept", result.obsm["exposures"].columns)
        for name in ("total_counts", "nll", "null_nll", "gap", "iterations", "converged", "intercept_fraction",
                     "noise_ratio", "pearson", "rmse", "nrmse", "count_ratio", "dispersion"):
            self.assertIn(name, result.obs.columns)
        self.assertTrue((result.obs["gap"] >= 0).all())
        self.assertIn("unmix", result.uns)
        metrics = harness.read_table(self.folder / "folder" / "metrics.tsv")
        self.assertEqual(list(metrics), self.mixture.samples)


class Signatures(harness.Case):
    def setUp(self):
        super().setUp()
        self.labels = ["a", "b", "a", "b, naive"]
        harness.write_table(self.folder / "labels.tsv", ["sample", "kind"], zip(self.mixture.samples, self.labels))
        # The mixture's values are not whole; counts are what this command looks for.
        self.counts = [[round(x) for x in row] for row in self.mixture.bulk]
        harness.write_table(self.folder / "counts.tsv", ["gene", *self.mixture.samples],
                            harness.zip_rows(self.mixture.genes, self.counts))

    def test_mean_of_counts(self):
        done = self.run_unmix("signatures", "counts.tsv", "--cells", "labels.tsv", "--groupby", "kind", "-o", "new.tsv")
        self.assertEqual(done.stdout, "")
        self.assertIn("30 genes x 3 types", done.stderr)
        table = harness.read_table(self.folder / "new.tsv")
        self.assertEqual(sorted(next(iter(table.values()))), ["a", "b", "b, naive"])
        for gene, row in zip(self.mixture.genes, self.counts):
            self.assertAlmostEqual(float(table[gene]["a"]), (row[0] + row[2]) / 2, delta=1e-9 * row[0] + 1e-12)
        printed = self.run_unmix("signatures", "counts.tsv", "--cells", "labels.tsv", "--groupby", "kind").stdout
        self.assertEqual(printed, (self.folder / "new.tsv").read_text())

    def test_drop(self):
        command = ["signatures", "counts.tsv", "--cells", "labels.tsv", "--groupby", "kind"]
        for options, left in ((["--drop", "a,b"], ["b, naive"]), (["--drop", "a", "--drop", "b"], ["b, naive"]),
                              (["--drop", r"b\, naive"], ["a", "b"])):
            header = next(csv.reader(self.run_unmix(*command, *options).stdout.splitlines(), delimiter="\t"))
            self.assertEqual(sorted(header[1:]), left)

    def test_h5ad(self):
        cells = anndata.AnnData(numpy.log1p(numpy.array(self.counts).T / 100), dtype="float64")
        cells.obs_names, cells.var_names = self.mixture.samples, self.mixture.genes
        cells.obs["kind"] = self.labels
        cells.obs["kind"] = cells.obs["kind"].astype("category")
        cells.write_h5ad(self.folder / "cells.h5ad")
        text = self.run_unmix("signatures", "cells.h5ad", "--groupby", "kind", "--input", "log1p").stdout
        table = harness.read_table(text)
        for gene, row in zip(self.mixture.genes, self.counts):
            want = (row[0] + row[2]) / 2 / 100
            self.assertAlmostEqual(float(table[gene]["a"]), want, delta=1e-9 * want + 1e-12)


class Compare(harness.Case):
    def test_table(self):
        result = self.deconvolve("--tolerance", "1e-10")
        text = self.run_unmix("compare", result, "--truth", "truth.tsv").stdout
        lines = [line.split("\t") for line in text.splitlines()]
        self.assertEqual(lines[0], ["scope", "n", "r", "rho", "rmse", "mae", "held", "width"])
        self.assertEqual([line[0] for line in lines[1:]], ["all", *self.mixture.types])
        self.assertEqual([line[1] for line in lines[1:]], ["12", "4", "4", "4"])
        self.assertGreater(float(lines[1][2]), 0.999)

    def test_numbers(self):
        one = [["s1", 0.1, 0.9], ["s2", 0.4, 0.6], ["s3", 0.7, 0.3]]
        other = [["s3", 0.4, 0.6], ["s1", 1, 0], ["s2", 0.5, 0.5]]  # samples and types in another order
        harness.write_table(self.folder / "a.tsv", ["sample", "x", "y"], one)
        harness.write_table(self.folder / "b.tsv", ["sample", "y", "x"], other)
        a, b = [0.1, 0.9, 0.4, 0.6, 0.7, 0.3], [0, 1, 0.5, 0.5, 0.6, 0.4]
        row = harness.read_table(self.run_unmix("compare", "a.tsv", "b.tsv").stdout)["all"]
        self.assertEqual(row["n"], "6")
        self.assertAlmostEqual(float(row["r"]), numpy.corrcoef(a, b)[0, 1], delta=1e-6)
        ranks_a, ranks_b = [1, 6, 3, 4, 5, 2], [1, 6, 3.5, 3.5, 5, 2]
        self.assertAlmostEqual(float(row["rho"]), numpy.corrcoef(ranks_a, ranks_b)[0, 1], delta=1e-6)
        self.assertAlmostEqual(float(row["rmse"]), math.sqrt(0.06 / 6), delta=1e-6)
        self.assertAlmostEqual(float(row["mae"]), 0.1, delta=1e-6)

    def test_undefined_is_na(self):
        harness.write_table(self.folder / "one.tsv", ["sample", "x"], [["s1", 1]])
        row = harness.read_table(self.run_unmix("compare", "one.tsv", "one.tsv").stdout)["all"]
        self.assertEqual((row["n"], row["r"], row["rho"], row["rmse"]), ("1", "NA", "NA", "0"))

    def test_several(self):
        for name in ("a.tsv", "b.tsv"):
            (self.folder / name).write_text((self.folder / "truth.tsv").read_text())
        lines = self.run_unmix("compare", "truth.tsv", "a.tsv", "b.tsv").stdout.splitlines()
        self.assertEqual(lines[0].split("\t"), ["a", "b", "scope", "n", "r", "rho", "rmse", "mae"])
        pairs = [tuple(line.split("\t")[:2]) for line in lines if line.split("\t")[2] == "all"]
        self.assertEqual(pairs, [("truth.tsv", "a.tsv"), ("truth.tsv", "b.tsv"), ("a.tsv", "b.tsv")])
        lines = self.run_unmix("compare", "a.tsv", "b.tsv", "--truth", "truth.tsv").stdout.splitlines()
        pairs = [tuple(line.split("\t")[:2]) for line in lines if line.split("\t")[2] == "all"]
        self.assertEqual(pairs, [("a.tsv", "truth.tsv"), ("b.tsv", "truth.tsv")])

    def held(self, result):
        row = harness.read_table(self.run_unmix("compare", result, "--truth", "truth.tsv").stdout)
        return row["all"]["held"], row["type1"]["held"], row["all"]["width"]

    def test_how_often_intervals_hold_the_truth(self):
        harness.Mixture(noise=0.3).write(self.folder)
        options = {"out": [], "boot": ["--no-errors", "--bootstrap", "20"], "both": ["--bootstrap", "20"]}
        for name in options:
            self.deconvolve(*options[name], output=f"{name}.h5ad")
            self.deconvolve(*options[name], output=f"{name}/")
        truth = harness.read_table(self.folder / "truth.tsv")
        for name, ends in (("out", ("lower", "upper")), ("boot", ("bootstrap_low", "bootstrap_high"))):
            low, high = (harness.read_table(self.folder / name / f"{end}.tsv") for end in ends)
            held = {(s, t): float(low[s][t]) <= float(truth[s][t]) <= float(high[s][t]) for s in truth for t in truth[s]}
            width = [float(high[s][t]) - float(low[s][t]) for s, t in held]
            got = self.held(f"{name}/")
            self.assertEqual(self.held(f"{name}.h5ad"), got)
            self.assertAlmostEqual(float(got[0]), sum(held.values()) / len(held), delta=1e-6)
            self.assertAlmostEqual(float(got[1]), sum(held[s, "type1"] for s in truth) / len(truth), delta=1e-6)
            self.assertAlmostEqual(float(got[2]), sum(width) / len(width), delta=1e-6)
        self.assertEqual(self.held("both/"), self.held("out/"))  # the bootstrap stands in only where there is nothing else
        self.deconvolve("--no-errors", output="none/")
        for without in ("none/", "truth.tsv"):
            self.assertEqual(self.held(without), ("NA", "NA", "NA"))

    def test_intervals_of_other_samples(self):
        out = self.deconvolve()
        lower = out / "lower.tsv"
        lower.write_text("".join(lower.read_text().splitlines(keepends=True)[:-1]))
        self.refused(3, ["lower.tsv", "lower ends (3 x 3)", "proportions (4 x 3)"], "compare", "out/", "--truth", "truth.tsv")

    def test_the_rest_is_named(self):
        harness.write_table(self.folder / "part.tsv", ["sample", "type0", "other"],
                            [["sample0", 0.5, 0.5], ["sample1", 0.1, 0.9], ["elsewhere", 1, 0]])
        done = self.run_unmix("compare", "truth.tsv", "part.tsv")
        for name in ("elsewhere", "sample2", "other", "type1"):
            self.assertIn(name, done.stderr)
        self.assertEqual(harness.read_table(done.stdout)["all"]["n"], "2")

    def test_h5ad_and_folder_are_the_same(self):
        a, b = self.deconvolve(output="out.h5ad"), self.deconvolve(output="out/")
        row = harness.read_table(self.run_unmix("compare", a, b).stdout)["all"]
        self.assertEqual((row["rmse"], row["mae"]), ("0", "0"))


class Simulate(harness.Case):
    options = ["--genes", "200", "--types", "5", "--samples", "6"]

    def test_files(self):
        for name in ("a", "b/"):
            self.run_unmix("simulate", *self.options, "-o", name)
        names = ["bulk.tsv", "genes.tsv", "signatures.tsv", "truth.tsv"]
        self.assertEqual(sorted(os.listdir(self.folder / "a")), names)
        same, _, _ = filecmp.cmpfiles(self.folder / "a", self.folder / "b", names, shallow=False)
        self.assertEqual(same, names)
        bulk = harness.read_table(self.folder / "a" / "bulk.tsv")
        self.assertEqual((len(bulk), len(next(iter(bulk.values())))), (200, 6))
        for row in harness.read_table(self.folder / "a" / "truth.tsv").values():
            self.assertAlmostEqual(sum(map(float, row.values())), 1.0, delta=1e-9)

    def test_h5ad(self):
        """The same numbers in the other format: the results of both are equal."""
        for kind in ("tsv", "h5ad"):
            self.run_unmix("simulate", *self.options, "--format", kind, "-o", kind)
            self.deconvolve(signatures=f"{kind}/signatures.tsv", bulk=f"{kind}/bulk.{kind}", info=f"{kind}/genes.tsv",
                            output=f"of_{kind}/")
        self.assertEqual(sorted(os.listdir(self.folder / "h5ad")),
                         ["bulk.h5ad", "genes.tsv", "signatures.tsv", "truth.tsv"])
        for name in ("exposures.tsv", "metrics.tsv"):
            self.assertTrue(filecmp.cmp(self.folder / "of_tsv" / name, self.folder / "of_h5ad" / name, shallow=False))

    def test_seed(self):
        self.run_unmix("simulate", *self.options, "-o", "a/")
        self.run_unmix("simulate", *self.options, "--seed", "43", "-o", "b/")
        self.assertFalse(filecmp.cmp(self.folder / "a" / "bulk.tsv", self.folder / "b" / "bulk.tsv", shallow=False))

    def test_truth_is_found(self):
        self.run_unmix("simulate", "--genes", "2000", "--types", "6", "--samples", "20", "-o", "cohort/")
        self.deconvolve(signatures="cohort/signatures.tsv", bulk="cohort/bulk.tsv", info="cohort/genes.tsv",
                        output="out.h5ad")
        row = harness.read_table(self.run_unmix("compare", "out.h5ad", "--truth", "cohort/truth.tsv").stdout)["all"]
        self.assertGreater(float(row["r"]), 0.9)


class Devices(harness.Case):
    def test_list_and_test(self):
        listed = self.run_unmix("devices", "--no-test").stdout.splitlines()
        self.assertRegex(listed[0], r"^device +kind +name +driver +units +memory +fp64$")
        self.assertRegex(listed[1], r"^\d+:\d+ ")
        tested = self.run_unmix("devices").stdout
        self.assertEqual(tested.splitlines()[: len(listed)], listed)
        results = re.findall(r"(?m)^\d+:\d+ +\S.*  (ok|WRONG) +\S+ +\S+$", tested)
        self.assertTrue(results)
        self.assertEqual(set(results), {"ok"})

    def test_one(self):
        selector = self.run_unmix("devices", "--no-test").stdout.splitlines()[1].split()[0]
        lines = self.run_unmix("devices", "--no-test", "--device", selector).stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["device", selector])

    def test_threads(self):
        self.deconvolve("--threads", "1")


if __name__ == "__main__":
    harness.main()
