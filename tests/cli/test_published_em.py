"""em and gd as viewmastR publishes them: against its em in single precision, and what its gd reaches on its own data."""

import os
import pathlib
import sys
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "golden"))
DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", "")) / "corces_GSE74246"
COUNTS, GENES = "GSE74246_RNAseq_All_Counts.txt.gz", "geneWeights_withSymbol.tsv"


class Rules(harness.Case):
    """The stopping rules of em on small data."""

    def cohort(self, samples, genes=400):
        self.run_unmix("simulate", "-o", "cohort/", "--genes", genes, "--types", 6, "--samples", samples)
        return ["--signatures", "cohort/signatures.tsv", "--bulk", "cohort/bulk.tsv", "--gene-info", "cohort/genes.tsv"]

    def metrics(self, command, *options, output="out/"):
        self.run_unmix("deconvolve", *command, *options, "--force", "-o", output)
        return list(harness.read_table(self.folder / output / "metrics.tsv").values())

    def test_the_gap_is_what_was_asked_for(self):
        command = self.cohort(12)
        for options, gap in (((), 1e-4), (("--tolerance", "1e-3"), 1e-3), (("--m-step", "lengths"), 1e-4)):
            for sample in self.metrics(command, "--method", "em", *options):
                self.assertEqual(sample["converged"], "true")
                self.assertLessEqual(float(sample["gap"]), gap)

    def test_together_is_the_same_number_of_iterations(self):
        command = self.cohort(12)
        for step in ("exact", "counts", "lengths"):
            found = self.metrics(command, "--method", "em", "--m-step", step, "--stop", "together")
            self.assertEqual(len({sample["iterations"] for sample in found}), 1)
            self.assertEqual(int(found[0]["iterations"]) % 10, 1)
            self.assertGreaterEqual(int(found[0]["iterations"]), 21)

    def test_samples_that_do_not_fit_at_once(self):
        command = self.cohort(600, genes=3000)
        done = self.run_unmix("deconvolve", *command, "--method", "em", "--stop", "together", "--tune", "largest-buffer=4", "-o", "out/",
                              status=2)
        self.assertRegex(done.stderr, r"--stop together fits all 600 samples at once, and here is room for \d+; leave it out, or")
        self.assertFalse((self.folder / "out").exists())


@unittest.skipUnless(DATA.is_dir(), "UNMIX_SHARED_DATA has no corces_GSE74246")
class OwnData(harness.Case):
    """The data of viewmastR's vignette, with the means of its healthy samples as signatures."""

    def setUp(self):
        super().setUp()
        self.run_unmix("signatures", DATA / COUNTS, "--cells", DATA / "samples.tsv", "--groupby", "celltype", "--drop",
                       "rHSC,LSC,Blasts", "-o", "signatures.tsv")

    def fit(self, *options):
        self.run_unmix("deconvolve", "--signatures", "signatures.tsv", "--bulk", DATA / COUNTS, "--gene-info", DATA / GENES,
                       "--signature-scale", "none", "--no-errors", *options, "--force", "-o", "out/")

    def column(self, name):
        return [float(row[name]) for row in harness.read_table(self.folder / "out/metrics.tsv").values()]

    def proportions(self):
        import numpy as np

        rows = harness.read_table(self.folder / "out/proportions.tsv").values()
        return np.array([[float(value) for value in row.values()] for row in rows])

    def case(self):
        """Signatures, counts, lengths and weights of the genes in common, and the samples."""
        import truth

        rows = [line.rstrip("\n").split("\t") for line in (DATA / GENES).read_text().splitlines()[1:]]
        info = [row[2] for row in rows], ["length", "weight"], truth.np.array([[float(row[3]), float(row[4])] for row in rows])
        return truth.Case(truth.table(self.folder / "signatures.tsv"), truth.table(DATA / COUNTS), ([], [], None), info)

    def test_em_is_that_of_viewmastr(self):
        import model

        case = self.case()
        for step, divisors in (("counts", None), ("lengths", case.lengths / 500)):
            with self.subTest(step=step):
                exposures, iterations = model.published_em(case.signatures, case.counts, case.weights, divisors)
                self.fit("--method", "em", "--m-step", step, "--stop", "together")
                self.assertEqual(set(self.column("iterations")), {iterations})
                want = model.proportions(exposures.astype(float), len(case.types)).T
                self.assertLess(abs(self.proportions() - want).max(), 1e-5)

    def test_gd_is_as_good_as_viewmastr(self):
        """2.7819e8 there after 3,000 steps; 2.7836e8 from a start at -5."""
        self.fit("--method", "gd", "--max-iterations", "3000")
        self.assertLess(sum(self.column("nll")), 2.7821e8)


if __name__ == "__main__":
    harness.main()
