"""unmix bench: lines that a program can read, and refusals. Nothing here looks at a time."""

import json
import re
import unittest

import harness

TINY = ["--genes", "300", "--types", "4", "--samples", "19", "--seconds", "0.000001"]
KEYS = ["bench", "device", "driver", "platform", "version", "precision", "genes", "types", "samples", "seconds", "fastest",
        "repeats", "gflops", "gbs", "peak_fraction", "copy_fraction", "error", "bound",
        "cpu_seconds", "verified"]


class Bench(harness.Case):
    def lines(self, *options):
        return [json.loads(line) for line in self.run_unmix("bench", *TINY, *options).stdout.splitlines()]

    def test_all(self):
        lines = self.lines()
        self.assertEqual([line["bench"] for line in lines],
                         ["multiply_add", "copy", "start", "multipliers", "multipliers_loss", "em_iteration", "gram",
                          "quadratic_programs", "line_search", "adam_step", "exact", "gd"])
        for line in lines:
            self.assertEqual(list(line)[: len(KEYS)], KEYS)
            self.assertEqual((line["genes"], line["types"], line["samples"]), (300, 4, 19))
            if line["bench"] != "start":
                self.assertGreater(line["fastest"], 0)
                self.assertLessEqual(line["fastest"], line["seconds"])
                self.assertLessEqual(line["error"], line["bound"])
        by_name = {line["bench"]: line for line in lines}
        self.assertGreater(by_name["start"]["build_seconds"], 0)
        self.assertLessEqual(by_name["exact"]["gap"], 1e-6)
        self.assertEqual(by_name["gd"]["iterations"], 3000)
        # Work is counted unpadded: 4 G M N, and G N M (M + 1).
        for name, work in (("em_iteration", 4 * 300 * 5 * 19), ("gram", 300 * 19 * 5 * 6)):
            line = by_name[name]
            self.assertAlmostEqual(line["gflops"] * 1e9 * line["seconds"] / work, 1, delta=1e-4)

    def test_parts(self):
        for part, last in (("em", "em_iteration"), ("gram", "gram"), ("exact", "exact"), ("gd", "gd")):
            self.assertEqual(self.lines(part)[-1]["bench"], last)

    def test_nmf(self):
        lines = self.lines("nmf", "--cells", "60", "--program-genes", "50", "--density", "0.3", "--components", "4",
                           "--replicates", "2")
        self.assertEqual([line["bench"] for line in lines],
                         ["multiply_add", "copy", "nmf_start", "hals_iteration", "mu_iteration", "kl_iteration", "hals_fit",
                          "kl_fit", "hals_replicates"])
        for line in lines:
            self.assertEqual((line["genes"], line["cells"], line["components"]), (50, 60, 4))
            self.assertLessEqual(line["error"], line["bound"])
        self.assertEqual(lines[-1]["replicates"], 2)
        self.assertEqual(lines[-2]["iterations"], 100)

    def test_nmf_of_a_file(self):
        (self.folder / "cells.tsv").write_text("gene\ta\tb\tc\nx\t1\t0\t2\ny\t0\t3\t1\nz\t2\t1\t0\n")
        lines = self.lines("nmf", "--input", "cells.tsv", "--components", "2", "--replicates", "1")
        self.assertEqual((lines[-1]["genes"], lines[-1]["cells"]), (3, 3))

    def test_tuning_and_precision(self):
        line = self.lines("em", "--precision", "double", "--tune", "vector=4 genes=4")[-1]
        self.assertEqual(line["precision"], "double")
        self.assertLess(line["error"], 1e-12)

    def test_refusals(self):
        self.refused(2, "no part 'hessian'", "bench", *TINY, "hessian")
        self.refused(2, "unexpected argument", "bench", *TINY, "em", "gd")
        self.refused(2, "genes", "bench", "--genes", "4", "--types", "4")
        self.refused(2, "seconds", "bench", "--seconds", "0")
        self.refused(2, "components", "bench", "nmf", "--cells", "3", "--components", "4")
        self.refused(2, "density", "bench", "nmf", "--density", "1")
        self.refused(2, "vector must be", "bench", *TINY, "--tune", "vector=3")

    def test_tune_is_hidden(self):
        self.assertFalse(re.search("tune", self.run_unmix("help", "bench").stdout))


if __name__ == "__main__":
    harness.main()
