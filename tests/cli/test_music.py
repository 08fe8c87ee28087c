"""music, nnls, references and gene weights: against an independent program, on real data, and what is refused.

tests/golden/music.py is the program to agree with (scipy's NNLS where there is scipy). The parts on real data are
skipped where it is absent.
"""

import csv
import gzip
import json
import os
import pathlib
import sys
import unittest

import numpy

import harness

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))
import music

DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", ""))
TYPES = ["B", "Mono", "NK", "T"]


def numbers(path):
    """{row: {column: number}} of a table written by the program."""
    return {
        row: {name: float(value) for name, value in values.items()} for row, values in harness.read_table(path).items()
    }


class Cells(harness.Case):
    """Cells of five donors over the genes of the mixture, with a sheet of labels."""

    DONORS = 5

    def setUp(self):
        super().setUp()
        rng = numpy.random.RandomState(4)
        genes = 300
        own = rng.lognormal(0, 1.5, (genes, len(TYPES)))
        of_donor = own[:, :, None] * rng.gamma(4, 0.25, (genes, len(TYPES), self.DONORS))
        of_donor /= of_donor.sum(axis=0)
        self.types = rng.randint(len(TYPES), size=120)
        self.donors = rng.randint(self.DONORS, size=120)
        depth = numpy.array([800, 2000, 1200, 1500])[self.types]
        self.X = rng.poisson(of_donor[:, self.types, self.donors] * depth).astype(float)
        self.lengths = numpy.round(rng.uniform(300, 6000, genes))
        shares = rng.dirichlet(numpy.ones(len(TYPES)), 12).T
        rates = self.lengths[:, None] * ((own / own.sum(axis=0)) @ shares)
        self.B = rng.poisson(rates / rates.sum(axis=0) * 2e5 * rng.gamma(5, 0.2, rates.shape)).astype(float)
        self.genes = [f"gene{i:03d}" for i in range(genes)]
        self.cells = [f"cell{i}" for i in range(120)]
        self.samples = [f"sample{i}" for i in range(12)]
        harness.write_table(
            self.folder / "cells.tsv", ["gene", *self.cells], harness.zip_rows(self.genes, self.X.astype(int).tolist())
        )
        harness.write_table(
            self.folder / "bulk.tsv", ["gene", *self.samples], harness.zip_rows(self.genes, self.B.astype(int).tolist())
        )
        harness.write_table(self.folder / "genes.tsv", ["gene", "length"], zip(self.genes, self.lengths))
        self.label(self.donors)

    def label(self, donors):
        harness.write_table(
            self.folder / "labels.tsv",
            ["cell", "type", "donor"],
            [[cell, TYPES[t], d if d == "NA" else f"d{d}"] for cell, t, d in zip(self.cells, self.types, donors)],
        )

    REFERENCE = ["--reference", "cells.tsv", "--cells", "labels.tsv", "--groupby", "type"]

    def music(self, *options, output="out/", info=True, subject=True):
        self.run_unmix(
            "deconvolve",
            *self.REFERENCE,
            *(["--subject", "donor"] if subject else []),
            "--bulk",
            "bulk.tsv",
            *(["--gene-info", "genes.tsv"] if info else []),
            *options,
            "-o",
            output,
        )
        return self.folder / output

    def wanted(self, donors=None, lengths=True, **options):
        names, *basis = music.basis(
            self.X, [TYPES[t] for t in self.types], list(self.donors if donors is None else donors)
        )
        self.assertEqual(names, TYPES)
        return music.deconvolve(self.B, self.lengths if lengths else None, *basis, **options)

    def assert_equal(self, folder, fits, tolerance):
        p, variance = numbers(folder / "proportions.tsv"), numbers(folder / "var_p.tsv")
        r2 = harness.read_table(folder / "metrics.tsv")
        for sample, fit in zip(self.samples, fits):
            for t, name in enumerate(TYPES):
                self.assertAlmostEqual(p[sample][name], fit.p[t], delta=tolerance)
                self.assertAlmostEqual(variance[sample][name], fit.var_p[t], delta=100 * tolerance * fit.var_p[t])
            self.assertAlmostEqual(float(r2[sample]["r2"]), fit.r2, delta=tolerance)


class Agreement(Cells):
    def test_both_residuals(self):
        for compat in (False, True):
            with self.subTest(compat=compat):
                fits = self.wanted(compat=compat)
                options = [
                    "--method",
                    "music",
                    *(["--music-compat"] if compat else []),
                    "--precision",
                    "double",
                    "--force",
                ]
                folder = self.music(*options)
                self.assert_equal(folder, fits, 1e-9)
                unweighted = numbers(folder / "unweighted_proportions.tsv")
                for sample, fit in zip(self.samples, fits):
                    self.assertEqual(
                        int(harness.read_table(folder / "metrics.tsv")[sample]["iterations"]), fit.iterations
                    )
                    for t, name in enumerate(TYPES):
                        self.assertAlmostEqual(unweighted[sample][name], fit.unweighted[t], delta=1e-9)
        differ = max(abs(a.p - b.p).max() for a, b in zip(self.wanted(compat=True), self.wanted(compat=False)))
        self.assertGreater(differ, 1e-3)  # the option has a meaning

    def test_nnls(self):
        self.assert_equal(
            self.music("--method", "nnls", "--precision", "double"), self.wanted(compat=False, weighted=False), 1e-9
        )

    def test_without_lengths(self):
        self.assert_equal(
            self.music("--method", "music", "--precision", "double", info=False),
            self.wanted(compat=False, lengths=False),
            1e-9,
        )

    def test_nnls_of_signatures(self):
        """With signatures alone proportions are of RNA, D being the signatures with columns that sum to 1."""
        sig = self.folder / "s.tsv"
        self.run_unmix("signatures", "cells.tsv", "--cells", "labels.tsv", "--groupby", "type", "-o", sig)
        self.run_unmix(
            "deconvolve",
            "--method",
            "nnls",
            "--signatures",
            sig,
            "--bulk",
            "bulk.tsv",
            "--precision",
            "double",
            "-o",
            "o/",
        )
        found, table = numbers(self.folder / "o/proportions.tsv"), numbers(sig)
        D = numpy.array([[table[gene][name] for name in TYPES] for gene in self.genes])
        D /= D.sum(axis=0)
        for n, sample in enumerate(self.samples):
            used = self.B[:, n] > 0
            q = music.nnls(D[used], self.B[used, n] / self.B[:, n].sum())
            for t, name in enumerate(TYPES):
                self.assertAlmostEqual(found[sample][name], q[t] / q.sum(), delta=1e-9)

    def test_of_the_result(self):
        """An .h5ad holds the same as the folder."""
        import anndata

        folder = self.music("--method", "music")
        self.music("--method", "music", output="o.h5ad")
        result = anndata.read_h5ad(self.folder / "o.h5ad")
        p = numbers(folder / "var_p.tsv")
        self.assertEqual(float(result.obsm["var_p"].loc["sample3", "NK"]), p["sample3"]["NK"])
        self.assertIn("unweighted_proportions", result.obsm)
        self.assertIn("r2", result.obs)
        self.assertNotIn("standard_errors", result.obsm)
        self.assertEqual(result.uns["unmix"]["method"], "music")
        self.assertEqual(result.uns["unmix"]["residual"], "plain")
        self.assertEqual(int(result.uns["unmix"]["subjects"]), self.DONORS)


class Subjects(Cells):
    def err(self, *options, **more):
        return self.run_unmix(
            "deconvolve",
            *self.REFERENCE,
            "--bulk",
            "bulk.tsv",
            "--method",
            "music",
            "--precision",
            "double",
            *options,
            "--force",
            "-o",
            "out/",
            **more,
        ).stderr

    def test_none(self):
        self.assertIn("no subjects given, so all cells count as one subject", self.err())
        self.assert_equal(self.folder / "out", self.wanted(donors=[0] * 120, lengths=False, compat=False), 1e-9)

    def test_one(self):
        self.label([1] * 120)
        self.assertIn(
            "warning: cells.tsv: fewer than two subjects have cells of any type", self.err("--subject", "donor")
        )
        self.assert_equal(self.folder / "out", self.wanted(donors=[0] * 120, lengths=False, compat=False), 1e-9)

    def test_types_missing_in_subjects(self):
        donors = self.donors.copy()
        donors[self.types == 0] = 2  # B: of one donor
        donors[(self.types == 1) & (donors > 2)] = 0  # Mono: not of all
        self.label(donors)
        err = self.err("--subject", "donor")
        self.assertIn("fewer than two subjects have cells of these types", err)
        self.assertRegex(err, r"not between people: B\n")
        self.assertRegex(err, r"not all subjects have cells of these types, .*: Mono\n")
        self.assert_equal(self.folder / "out", self.wanted(donors=donors, lengths=False, compat=False), 1e-9)

    def test_cells_without(self):
        donors = list(self.donors)
        donors[5] = donors[9] = "NA"
        self.label(donors)
        self.assertIn("2 cells have no subject and are left out", self.err("--subject", "donor"))

    def test_few_genes_in_common(self):
        self.edit("bulk.tsv", lambda rows: [row.__setitem__(0, "other" + row[0]) for row in rows[30:]])
        self.assertIn("warning: only 29 genes are in common, less than a fifth of the 300", self.err())


class Refusals(Cells):
    def music_refused(self, status, parts, *options):
        self.refused(status, parts, "deconvolve", "--bulk", "bulk.tsv", "--method", "music", *options, "-o", "out.h5ad")

    def test_bad_input(self):
        self.music_refused(
            3, "there is no column 'person'; the columns are: cell, type, donor", *self.REFERENCE, "--subject", "person"
        )
        self.music_refused(3, "holds the names of the cells", *self.REFERENCE, "--subject", "cell")
        harness.write_table(
            self.folder / "own.tsv",
            ["cell", "type", "donor"],
            [[cell, TYPES[t], cell] for cell, t in zip(self.cells, self.types)],
        )
        self.music_refused(
            3,
            "each of the 120 cells has a subject of its own",
            "--reference",
            "cells.tsv",
            "--cells",
            "own.tsv",
            "--groupby",
            "type",
            "--subject",
            "donor",
        )
        self.edit("bulk.tsv", lambda rows: [row.__setitem__(0, "other" + row[0]) for row in rows[1:]])
        self.music_refused(3, "no gene in common", *self.REFERENCE, "--subject", "donor")

    def test_log_values(self):
        logs = numpy.log1p(self.X / self.X.sum(axis=0) * 1e4)
        harness.write_table(
            self.folder / "cells.tsv", ["gene", *self.cells], harness.zip_rows(self.genes, logs.tolist())
        )
        self.music_refused(3, ["cells.tsv", "log1p", "give counts"], *self.REFERENCE)

    def test_wrong_command_lines(self):
        self.music_refused(2, "--method music needs --reference", "--signatures", "sig.tsv")
        self.music_refused(2, "--reference needs --groupby", "--reference", "cells.tsv")
        self.music_refused(2, "not both", *self.REFERENCE, "--signatures", "sig.tsv")
        self.music_refused(2, "--bootstrap belongs to", *self.REFERENCE, "--bootstrap", "50")
        self.music_refused(2, "--l1 belongs to", *self.REFERENCE, "--l1", "1")
        self.music_refused(2, "takes the cell sizes from the reference", *self.REFERENCE, "--cell-size", "column-sums")
        common = ["deconvolve", "--bulk", "bulk.tsv", "-o", "out.h5ad"]
        self.refused(2, "--music-compat belongs to --method music", *common, *self.REFERENCE, "--music-compat")
        self.refused(2, "--subject belongs to --reference", *common, "--signatures", "sig.tsv", "--subject", "donor")
        self.refused(2, "--tolerance belongs to --method exact, em, gd or music; nnls has none", *common, *self.REFERENCE, "--method", "nnls", "--tolerance", "1")
        self.refused(2, "needs --subject", *common, *self.REFERENCE, "--gene-weights", "variance")
        self.refused(2, "needs --variance FILE", *common, "--signatures", "sig.tsv", "--gene-weights", "variance")
        self.refused(2, "belongs to --gene-weights variance", *common, "--signatures", "sig.tsv", "--variance", "v.tsv")


class Weights(Cells):
    SIGNATURES = ["signatures", "cells.tsv", "--cells", "labels.tsv", "--groupby", "type"]

    def test_variance(self):
        """The table is that of the definition; weights from it equal those of the reference, and change the answer."""
        self.run_unmix(*self.SIGNATURES, "--subject", "donor", "-o", "s.tsv")
        _, mean, variance, _ = music.basis(self.X, [TYPES[t] for t in self.types], list(self.donors))
        table = numbers(self.folder / "s.variance.tsv")
        found = numpy.array([[table[gene][name] for name in TYPES] for gene in self.genes])
        numpy.testing.assert_allclose(found, variance, rtol=1e-12, atol=1e-20)
        self.run_unmix(*self.SIGNATURES, "-o", "plain.tsv")
        self.assertEqual((self.folder / "s.tsv").read_text(), (self.folder / "plain.tsv").read_text())
        common = ["deconvolve", "--bulk", "bulk.tsv", "--gene-info", "genes.tsv"]
        for method in ("exact", "em", "gd"):
            with self.subTest(method=method):
                files = [*common, "--method", method, "--signatures", "s.tsv"]
                self.run_unmix(
                    *files, "--variance", "s.variance.tsv", "--gene-weights", "variance", "-o", f"{method}_a/"
                )
                self.run_unmix(
                    *common,
                    "--method",
                    method,
                    *self.REFERENCE,
                    "--subject",
                    "donor",
                    "--gene-weights",
                    "variance",
                    "-o",
                    f"{method}_b/",
                )
                self.run_unmix(*files, "-o", f"{method}_c/")
                a, b, c = (numbers(self.folder / f"{method}_{x}" / "proportions.tsv") for x in "abc")
                self.assertLess(max(abs(a[s][t] - b[s][t]) for s in a for t in a[s]), 1e-6)
                self.assertGreater(max(abs(a[s][t] - c[s][t]) for s in a for t in a[s]), 1e-3)
        weights = harness.read_table(self.folder / "exact_a" / "genes.tsv")
        pooled = self.X @ (self.types[:, None] == numpy.arange(len(TYPES)))
        shares = pooled / pooled.sum(axis=0)
        want = 1 / (1 + variance.sum(axis=1) / (shares**2).sum(axis=1))
        for g, gene in enumerate(self.genes):
            self.assertAlmostEqual(float(weights[gene]["weight"]), want[g], delta=1e-12)

    def test_specificity(self):
        """The weights are those of the formula over the genes in common, and the same as a file of them."""
        self.run_unmix(*self.SIGNATURES, "-o", "s.tsv")
        files = ["deconvolve", "--signatures", "s.tsv", "--bulk", "bulk.tsv", "--gene-info", "genes.tsv"]
        self.run_unmix(*files, "--gene-weights", "specificity", "-o", "by_name/")
        table = numbers(self.folder / "s.tsv")
        genes = [gene for gene in table if gene in set(self.genes)]
        shares = numpy.array([list(table[gene].values()) for gene in genes])
        shares /= shares.sum(axis=0)
        C, mean = len(TYPES), shares.mean(axis=1)
        unit = numpy.where(shares > 0, shares, 1).min(axis=0)
        beyond = shares.var(axis=1) - 2 * (1 - 1 / C) * (shares * unit).mean(axis=1)
        want = numpy.minimum(numpy.maximum(beyond, 0) / mean**2 / (C - 1), 0.1)
        self.assertGreater(len(set(want)), 10)
        found = harness.read_table(self.folder / "by_name" / "genes.tsv")
        got = [float(found[gene]["weight"]) if gene in found else 0 for gene in genes]
        numpy.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)
        self.assertLess(len(found), len(genes))
        harness.write_table(self.folder / "w.tsv", ["gene", "weight"], [[g, repr(float(w))] for g, w in zip(genes, want)])
        self.run_unmix(*files, "--gene-weights", "w.tsv", "-o", "by_file/")
        a, b = (numbers(self.folder / name / "proportions.tsv") for name in ("by_name", "by_file"))
        self.assertLess(max(abs(a[s][t] - b[s][t]) for s in a for t in a[s]), 1e-6)
        settings = json.loads((self.folder / "by_name" / "run.json").read_text())
        self.assertIn('"gene_weighting": "specificity"', json.dumps(settings))

    def test_markers(self):
        self.run_unmix(*self.SIGNATURES, "--markers", "7", "-o", "s.csv.gz")
        with gzip.open(self.folder / "s.markers.csv.gz", "rt") as stream:
            rows = list(csv.reader(stream))
        self.assertEqual(rows[0], ["gene", "weight", "ratio"])
        sums = self.X @ (self.types[:, None] == numpy.arange(len(TYPES)))
        shares, least = sums / sums.sum(axis=0), 1 / sums.sum(axis=0)
        want = set()
        for t in range(len(TYPES)):
            others = [j for j in range(len(TYPES)) if j != t]
            ratio = shares[:, t] / numpy.maximum(shares[:, others], least[others]).max(axis=1)
            want |= {self.genes[g] for g in numpy.argsort(-ratio)[:7]}
        self.assertEqual({row[0] for row in rows[1:] if float(row[1]) == 1}, want)
        self.assertEqual(len(rows) - 1, len(self.genes))
        for method in ("exact", "em", "gd", "music", "nnls"):
            with self.subTest(method=method):
                done = self.run_unmix(
                    "deconvolve",
                    "--method",
                    method,
                    *self.REFERENCE,
                    "--bulk",
                    "bulk.tsv",
                    "--gene-info",
                    "genes.tsv",
                    "--gene-weights",
                    "s.markers.csv.gz",
                    "-o",
                    f"{method}/",
                )
                self.assertIn(f"({len(want)} with weight above 0)", done.stderr)

    def test_refusals(self):
        self.refused(2, "give -o FILE", *self.SIGNATURES, "--markers", "7")
        self.refused(2, "give -o FILE", *self.SIGNATURES, "--subject", "donor")
        self.refused(2, "markers", *self.SIGNATURES, "--markers", "0", "-o", "s.tsv")
        (self.folder / "s.markers.tsv").write_text("")
        self.refused(2, "s.markers.tsv: exists", *self.SIGNATURES, "--markers", "7", "-o", "s.tsv")
        common = ["deconvolve", *self.REFERENCE, "--bulk", "bulk.tsv", "-o", "out.h5ad", "--gene-weights"]
        harness.write_table(self.folder / "w.tsv", ["gene", "value"], [[gene, 1] for gene in self.genes])
        self.refused(3, "w.tsv: there is no column 'weight'", *common, "w.tsv")
        harness.write_table(self.folder / "w.tsv", ["gene", "weight"], [[gene, 2] for gene in self.genes])
        self.refused(3, "has weight 2; weights must be in [0, 1]", *common, "w.tsv")
        harness.write_table(self.folder / "w.tsv", ["gene", "weight"], [["x" + gene, 1] for gene in self.genes])
        self.refused(3, "no gene in common", *common, "w.tsv")

    def test_compare_any_number(self):
        for method in ("exact", "music", "nnls"):
            self.music("--method", method, output=f"{method}/")
        lines = self.run_unmix("compare", "exact/", "music/", "nnls/").stdout.splitlines()
        self.assertEqual(lines[0].split("\t"), ["a", "b", "scope", "n", "r", "rho", "rmse", "mae"])
        self.assertEqual(
            [tuple(line.split("\t")[:3]) for line in lines[1:] if "\tall\t" in line],
            [("exact/", "music/", "all"), ("exact/", "nnls/", "all"), ("music/", "nnls/", "all")],
        )
        self.assertEqual(len(lines), 1 + 3 * (1 + len(TYPES)))


@unittest.skipUnless((DATA / "sc_mixology").is_dir(), "no real data; set UNMIX_SHARED_DATA to its folder")
class RealData(harness.Case):
    def test_cell_lines(self):
        """Drop-seq singlets as reference, subject = row number mod 3: equal to the independent program."""
        d = DATA / "sc_mixology"
        files = [d / "sc_dropseq.count.csv.gz", d / "sc_dropseq.metadata.csv.gz", d / "RNAmix_celseq2.count.csv.gz"]
        with gzip.open(files[1], "rt") as stream:
            rows = list(csv.reader(stream))
        kind, single = rows[0].index("cell_line_demuxlet") + 1, rows[0].index("demuxlet_cls") + 1
        harness.write_table(
            self.folder / "labels.tsv",
            ["cell", "type", "subject"],
            [[row[0], row[kind], f"s{i % 3}"] for i, row in enumerate(rows[1:]) if row[single] == "SNG"],
        )
        for compat in (True, False):
            with self.subTest(compat=compat):
                types, samples, fits = music.sc_mixology(*files, compat=compat)
                self.run_unmix(
                    "deconvolve",
                    "--method",
                    "music",
                    *(["--music-compat"] if compat else []),
                    "--reference",
                    files[0],
                    "--cells",
                    "labels.tsv",
                    "--groupby",
                    "type",
                    "--subject",
                    "subject",
                    "--bulk",
                    files[2],
                    "--precision",
                    "double",
                    "--force",
                    "-o",
                    "out/",
                )
                found = numbers(self.folder / "out" / "proportions.tsv")
                self.assertEqual(len(found), 340)
                worst = max(
                    abs(found[sample][name] - fit.p[t])
                    for sample, fit in zip(samples, fits)
                    for t, name in enumerate(types)
                )
                self.assertLess(worst, 1e-6)

    def test_sorted_blood_cells(self):
        """Each method names the monocytes, B and NK cells right; side by side in compare."""
        corces = DATA / "corces_GSE74246"
        names = {"Mono": ("CD14+ Mono", "FCGR3A+ Mono"), "Bcell": ("B",), "NKcell": ("NK",)}
        for method in ("music", "em", "gd", "exact"):
            self.run_unmix(
                "deconvolve",
                "--method",
                method,
                "--reference",
                DATA / "pbmc3k" / "pbmc3k_counts.h5ad",
                "--groupby",
                "cell_type",
                "--drop",
                "unlabelled",
                "--bulk",
                corces / "GSE74246_RNAseq_All_Counts.txt.gz",
                "--gene-info",
                corces / "geneWeights_withSymbol.tsv",
                "-o",
                f"{method}/",
            )
            found = numbers(self.folder / method / "proportions.tsv")
            looked = 0
            for sample, p in found.items():
                kind = sample.split("-")[-1]
                if kind in names:
                    looked += 1
                    self.assertIn(max(p, key=p.get), names[kind], f"{method}: {sample}")
            self.assertEqual(looked, 12)
        done = self.run_unmix("compare", "music/", "em/", "gd/", "exact/").stdout
        self.assertEqual(sum("\tall\t" in line for line in done.splitlines()), 6)


if __name__ == "__main__":
    harness.main()
