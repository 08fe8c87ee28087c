"""What the program says of an answer: verdicts of samples, p-values of permutations, and where both are kept."""

import json

import h5py
import harness
from harness import Case, read_table, write_table, zip_rows


class Cohort(Case):
    def setUp(self):
        super().setUp()
        self.mixture = harness.Mixture(genes=200, types=4, samples=5, noise=0.3).write(self.folder)

    def permute_names(self):
        genes = self.mixture.genes
        write_table(self.folder / "wrong.tsv", ["gene", *self.mixture.types],
                    zip_rows([*genes[77:], *genes[:77]], self.mixture.signatures))

    def depth(self, counts):
        """Whole counts, about so many a sample."""
        sums = [sum(row[i] for row in self.mixture.bulk) for i in range(len(self.mixture.samples))]
        rows = [[round(value * counts / total) for value, total in zip(row, sums)] for row in self.mixture.bulk]
        write_table(self.folder / "bulk.tsv", ["gene", *self.mixture.samples], zip_rows(self.mixture.genes, rows))

    def closing_line(self, done):
        lines = [line for line in done.stderr.splitlines() if "fit: " in line]
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]


class Verdict(Cohort):
    def test_good_fits_are_counted_in_a_line_that_promises_nothing(self):
        done = self.run_unmix(*self.command(output="out/"))
        self.assertEqual(self.closing_line(done), "fit: all 5 good (the model explains the counts; whether the proportions are "
                                                  "right it cannot say)")
        for row in read_table(self.folder / "out" / "metrics.tsv").values():
            self.assertEqual((row["fit"], row["fit_reasons"]), ("good", ""))
        self.assertNotIn("p_value", row)

    def test_wrong_names_are_poor_everywhere(self):
        """Standard error, also with --quiet, run.json, metrics.tsv and the .h5ad say the same."""
        self.permute_names()
        done = self.run_unmix(*self.command("--quiet", signatures="wrong.tsv", output="out/"))
        self.assertRegex(self.closing_line(done), r"fit: 0 good, \d+ doubtful, \d+ poor; the worst is 'sample\d' \(poor\): .*"
                                                  r"background has \d+% of the molecules")
        fits = [row["fit"] for row in read_table(self.folder / "out" / "metrics.tsv").values()]
        self.assertNotIn("good", fits)
        run = json.loads((self.folder / "out" / "run.json").read_text())
        self.assertEqual([run[f"samples_fit_{kind}"] for kind in ("good", "doubtful", "poor")],
                         [fits.count(kind) for kind in ("good", "doubtful", "poor")])
        self.deconvolve(signatures="wrong.tsv", output="out.h5ad")
        with h5py.File(self.folder / "out.h5ad") as file:
            self.assertEqual([text.decode() for text in file["obs/fit"]], fits)
            self.assertTrue(all(text for text in file["obs/fit_reasons"]))
            self.assertEqual(file["uns/unmix/samples_fit_poor"][()], fits.count("poor"))

    def test_too_few_counts_for_the_types(self):
        self.depth(70)  # rounding takes some of them
        self.run_unmix(*self.command(output="out/"))
        for row in read_table(self.folder / "out" / "metrics.tsv").values():
            self.assertNotEqual(row["fit"], "good")
            self.assertRegex(row["fit_reasons"], r"[3-7]\d counts for 4 types \(fewer than 20 a type\)")
        self.depth(2000)
        self.run_unmix(*self.command("--force", output="out/"))
        for row in read_table(self.folder / "out" / "metrics.tsv").values():
            self.assertEqual(row["fit_reasons"], "")

    def test_lengths_where_the_values_have_none(self):
        """Counts without lengths in them (UMI), with lengths applied: doubted, with the way out; and with it all is well."""
        rows = [[round(value * 500 / length) for value in row]
                for row, length in zip(self.mixture.bulk, self.mixture.lengths)]
        write_table(self.folder / "umi.tsv", ["gene", *self.mixture.samples], zip_rows(self.mixture.genes, rows))
        self.run_unmix(*self.command("--bulk-units", "reads", bulk="umi.tsv", output="out/"))
        for row in read_table(self.folder / "out" / "metrics.tsv").values():
            self.assertEqual(row["fit"], "doubtful")
            self.assertRegex(row["fit_reasons"], r"falls with gene length \(slope -[01]\.\d\d, correlation -0\.\d\d\).*--bulk-units")
        self.run_unmix(*self.command("--bulk-units", "umi", "--force", bulk="umi.tsv", output="out/"))
        for row in read_table(self.folder / "out" / "metrics.tsv").values():
            self.assertEqual((row["fit"], row["fit_reasons"]), ("good", ""))

    def test_few_genes_for_the_types(self):
        few = [row for gene, row in zip(self.mixture.genes[:15], self.mixture.signatures)]
        write_table(self.folder / "few.tsv", ["gene", *self.mixture.types], zip_rows(self.mixture.genes[:15], few))
        self.deconvolve(signatures="few.tsv")
        for row in read_table(self.folder / "out" / "metrics.tsv").values():
            self.assertIn("15 genes for 4 types (fewer than 5 a type)", row["fit_reasons"])


class Permutations(Cohort):
    def test_mixtures_are_at_the_lower_bound(self):
        for method in ("exact", "em", "nnls"):
            with self.subTest(method=method):
                done = self.run_unmix(*self.command("--method", method, "--permutations", "19", "--force", output="out/"))
                self.assertIn("permutations: 5 of 5 samples have a p-value of at most 0.05; they go from 0.05 to 0.05", done.stderr)
                for row in read_table(self.folder / "out" / "metrics.tsv").values():
                    self.assertEqual(float(row["p_value"]), 0.05)
                self.assertEqual(json.loads((self.folder / "out" / "run.json").read_text())["permutations"], 19)

    def test_wrong_names_are_doubted_for_it(self):
        """Without lengths, which would explain something whatever the names of the signatures are."""
        self.permute_names()
        self.deconvolve("--permutations", "99", signatures="wrong.tsv", info=None)
        table = read_table(self.folder / "out" / "metrics.tsv")
        for row in table.values():
            self.assertEqual("permuted genes are fitted as well" in row["fit_reasons"], float(row["p_value"]) > 0.05)
        self.assertGreater(sum(float(row["p_value"]) > 0.05 for row in table.values()), 2)

    def test_refused(self):
        self.refused(2, "--permutations belongs to --method exact, em, music or nnls; gd has none",
                     *self.command("--method", "gd", "--permutations", "99"))
        self.refused(2, "number of permutations (0, or 19 to 100000", *self.command("--permutations", "18"))

    def test_help_has_the_definition(self):
        said = " ".join(self.run_unmix("deconvolve", "--help").stdout.split())
        self.assertIn("p = (1 + fits with at least its correlation of counts and prediction) / (1 + P)", said)


if __name__ == "__main__":
    harness.main()
