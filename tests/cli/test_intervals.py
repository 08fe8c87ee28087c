"""Intervals that know the reference, through the program: where profiles come from, what is said, and what is refused."""

import json

import harness
from test_music import TYPES, Cells, numbers


class Intervals(Cells):
    """Cells of five donors (test_music.py); in setUp() every type has cells of all of them."""

    SIGNATURES = ["--signatures", "s.tsv"]

    def setUp(self):
        super().setUp()
        self.make_signatures()

    def make_signatures(self):
        self.run_unmix("signatures", "cells.tsv", "--cells", "labels.tsv", "--groupby", "type", "--subject", "donor", "--force",
                       "-o", "s.tsv")

    def run_to(self, output, *options):
        """What is said, the folder being written."""
        files = ["--bulk", "bulk.tsv", "--gene-info", "genes.tsv"]
        return self.run_unmix("deconvolve", *files, *options, "-o", f"{output}/").stderr

    def text(self, output, name):
        return (self.folder / output / f"{name}.tsv").read_text()

    def held(self, output):
        return json.loads((self.folder / output / "run.json").read_text())["intervals"]

    def width(self, output):
        lower, upper = (numbers(self.folder / output / f"{name}.tsv") for name in ("lower", "upper"))
        widths = [upper[s][t] - lower[s][t] for s in lower for t in TYPES]
        return sum(widths) / len(widths)

    def test_profiles_are_those_of_the_reference(self):
        said = self.run_to("a", *self.SIGNATURES, "--profiles", "s.profiles.tsv")
        self.run_to("b", *self.REFERENCE, "--subject", "donor")
        self.assertNotIn("missing", said)
        for name in ("proportions", "standard_errors", "lower", "upper"):
            self.assertEqual(self.text("a", name), self.text("b", name), name)
        self.assertEqual((self.held("a"), self.held("b")), ("genes, misfit, donors", "genes, misfit, donors"))

    def test_profiles_are_the_sums_of_the_donors(self):
        table = numbers(self.folder / "s.profiles.tsv")
        names = [f"{name}|donor:d{d}" for name in TYPES for d in range(self.DONORS)]
        self.assertEqual(list(next(iter(table.values()))), names)
        for g, gene in enumerate(self.genes):
            want = [self.X[g, (self.types == t) & (self.donors == d)].sum() for t in range(len(TYPES))
                    for d in range(self.DONORS)]
            self.assertEqual([table[gene][name] for name in names], want)

    def test_what_is_in_them(self):
        self.run_to("gene", *self.REFERENCE, "--subject", "donor", "--intervals", "gene")
        self.run_to("donors", *self.REFERENCE, "--subject", "donor", "--intervals", "reference")
        self.run_to("full", *self.REFERENCE, "--subject", "donor")
        said = self.run_to("cells", *self.REFERENCE, "--intervals", "reference")
        self.assertIn("intervals: no donors known (--subject); the sampling of cells is in, what donors differ by is missing",
                      said)
        said = self.run_to("none", *self.REFERENCE, "--no-errors", "--force")
        self.assertNotIn("intervals:", said)
        self.assertEqual([self.held(name) for name in ("gene", "donors", "cells", "full", "none")],
                         ["genes", "genes, donors", "genes, cells", "genes, misfit, donors", "none"])
        self.assertFalse((self.folder / "none" / "lower.tsv").exists())
        for name in ("donors", "cells", "full"):
            self.assertEqual(self.text("gene", "standard_errors"), self.text(name, "standard_errors"))  # know nothing of it
        self.assertLess(self.width("gene"), self.width("cells"))
        self.assertLess(self.width("cells"), self.width("donors"))  # these differ by more than their cells do
        self.assertLess(self.width("donors"), self.width("full"))

    def test_a_type_of_a_single_donor(self):
        self.label([0 if TYPES[t] == "NK" else d for t, d in zip(self.types, self.donors)])
        said = self.run_to("out", *self.REFERENCE, "--subject", "donor")
        self.assertIn("intervals: fewer than two donors have cells of NK; what donors differ by is missing there, the sampling "
                      "of cells is in", said)
        self.assertEqual(self.held("out"), "genes, misfit, donors, cells")
        self.make_signatures()
        names = list(next(iter(numbers(self.folder / "s.profiles.tsv").values())))
        self.assertEqual([name for name in names if name.startswith("NK")], [f"NK|cells:{i}" for i in range(1, 11)])
        self.run_to("again", *self.SIGNATURES, "--profiles", "s.profiles.tsv")
        self.assertEqual(self.text("again", "upper"), self.text("out", "upper"))

    def test_without_anything_about_the_reference(self):
        self.assertNotIn("intervals:", self.run_to("full", *self.SIGNATURES))  # nothing was asked for
        self.run_to("gene", *self.SIGNATURES, "--intervals", "gene")
        said = self.run_to("asked", *self.SIGNATURES, "--intervals", "reference")
        self.assertIn("warning: intervals: signatures come without donors, so what the reference adds is missing; give "
                      "--reference with --subject, or the profiles", said)
        self.assertEqual([self.held(name) for name in ("full", "gene", "asked")], ["genes, misfit", "genes", "genes"])
        self.assertEqual(self.text("gene", "upper"), self.text("asked", "upper"))

    def test_refusals(self):
        def refused(status, parts, *options):
            self.refused(status, parts, "deconvolve", "--bulk", "bulk.tsv", "--profiles", "p.tsv", *options, "-o", "out/")

        good = (self.folder / "s.profiles.tsv").read_text()
        (self.folder / "p.tsv").write_text(good)
        refused(2, "--profiles belongs to --signatures; a reference has its own", *self.REFERENCE, "--subject", "donor")
        for parts, change in ((["p.tsv", "Treg|donor:d0"], ("T|donor:d0", "Treg|donor:d0")),
                              (["p.tsv", "'T'"], ("T|donor:d0", "T")), (["line 6", "T|donor:d4", "-7"], None),
                              (["s.tsv", "no gene in common"], ("gene", "other"))):
            rows = [line.split("\t") for line in good.splitlines()]
            if change:
                (self.folder / "p.tsv").write_text(good.replace(*change))
            else:
                rows[5][-1] = "-7"
                (self.folder / "p.tsv").write_text("\n".join("\t".join(row) for row in rows) + "\n")
            with self.subTest(parts=parts):
                refused(3, parts, *self.SIGNATURES)
        refused(2, ["--intervals", "all", "full|reference|gene"], *self.SIGNATURES, "--intervals", "all")


if __name__ == "__main__":
    harness.main()
