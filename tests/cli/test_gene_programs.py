"""Gene programs on cells with planted programs: nmf, consensus and score, against factorisations from the formulas."""

import math
import re

import anndata
import numpy as np
import scipy.optimize
import scipy.sparse as sparse

import cells
import harness


class Case(harness.Case):
    """A test with counts.h5ad and logged.h5ad (in double) of the same planted cells."""

    @classmethod
    def setUpClass(cls):
        cls.planted = cells.Planted()

    def setUp(self):
        super().setUp()
        self.planted.write(self.folder / "counts.h5ad", self.planted.counts)
        self.planted.write(self.folder / "logged.h5ad", self.planted.logged())

    def nmf(self, path, *options, output="nmf.h5ad"):
        self.run_unmix("nmf", path, *options, "-o", output, "--force", "--quiet")
        return anndata.read_h5ad(self.folder / output)

    def double(self, *options, **others):
        """All genes of logged.h5ad, in double; skipped where no device has it."""
        return self.nmf("logged.h5ad", "--all-genes", "--precision", "double", *options, **others)

    def assert_near(self, found, want, tolerance, what=""):
        """To `tolerance` of the largest entry."""
        self.assertEqual(np.shape(found), np.shape(want), what)
        self.assertLessEqual(np.abs(np.asarray(found) - want).max(), tolerance * np.abs(want).max(), what)

    def assert_factors(self, result, factors, tolerance):
        self.assert_near(result.obsm["X_nmf"], factors[0], tolerance, "usages")
        self.assert_near(result.uns["X_nmf_components"], factors[1], tolerance, "programs")

    def assert_same(self, a, b):
        """Exactly."""
        self.assertTrue(np.array_equal(a.obsm["X_nmf"], b.obsm["X_nmf"]))
        self.assertTrue(np.array_equal(a.uns["X_nmf_components"], b.uns["X_nmf_components"]))


class Factorisation(Case):
    def begin(self, kind=cells.nndsvda):
        x = self.planted.logged()
        return x, *kind(x, self.planted.k, 42)

    def test_coordinate_descent(self):
        """Single precision: 1e-3 of the factors and 1e-5 of the loss are what float reals leave after all iterations."""
        x, w, h = self.begin()
        w, h, iterations = cells.coordinate_descent(x, w, h)
        loss = 0.5 * np.linalg.norm(x - w @ h) ** 2
        for precision, tolerance, of_loss in (("double", 1e-6, 1e-9), ("single", 1e-3, 1e-5)):
            with self.subTest(precision):
                found = self.nmf("logged.h5ad", "--all-genes", "-k", 4, "--precision", precision)
                run = found.uns["unmix_nmf"]
                self.assert_factors(found, (w, h), tolerance)
                self.assertAlmostEqual(run["loss"] / loss, 1, delta=of_loss)
                self.assertTrue(run["converged"])
                self.assertLessEqual(abs(run["iterations"] - iterations), 0 if precision == "double" else 3)

    def test_numbers_of_programs(self):
        """One, the widths of vectors and what is between them; twenty iterations, so that rounding has no time to grow."""
        x = self.planted.logged()
        for k in (1, 2, 3, 6, 8, 9, 17, 33):
            w, h, _ = cells.coordinate_descent(x, *cells.nndsvda(x, k, 42), most=20)
            for precision, tolerance in (("double", 1e-6), ("single", 1e-3)):
                with self.subTest(k=k, precision=precision):
                    found = self.nmf("logged.h5ad", "--all-genes", "-k", k, "--precision", precision, "--max-iter", 20)
                    self.assert_factors(found, (w, h), tolerance)

    def test_penalties(self):
        x, w, h = self.begin()
        for ratio in (0.0, 0.5, 1.0):
            want = cells.coordinate_descent(x, w.copy(), h.copy(), alpha=0.002, l1_ratio=ratio)
            self.assert_factors(self.double("-k", 4, "--alpha-W", "0.002", "--l1-ratio", ratio), want, 1e-6)

    def test_penalties_that_leave_nothing(self):
        done = self.run_unmix("nmf", "logged.h5ad", "-k", 2, "--alpha-W", 1e6, "--l1-ratio", 1, "-o", "nothing.h5ad")
        self.assertIn("penalties are too large", done.stderr)

    def test_standing_still_is_converged(self):
        """The start of one program is so near the end that its first gradient is small, too, but the factors stop soon."""
        run = self.nmf("counts.h5ad", "-k", 1, "--top-genes", 5).uns["unmix_nmf"]
        self.assertTrue(run["converged"])
        self.assertLess(run["iterations"], 500)

    def test_kl(self):
        x, w, h = self.begin(cells.random_start)
        want = cells.kl_updates(x, w, h)
        found = self.double("-k", 4, "--loss", "kl", "--init", "random")
        self.assert_factors(found, want, 1e-6)
        self.assertEqual(found.uns["unmix_nmf"]["iterations"], want[2])
        self.assertAlmostEqual(found.uns["unmix_nmf"]["loss"] / cells.kl_loss(x, *want[:2]), 1, delta=1e-9)

    def test_beta_losses(self):
        """By number or scikit-learn's name; consensus goes on with the loss that the file names."""
        x = self.planted.counts + 0.5
        self.planted.write(self.folder / "positive.h5ad", x)
        for text, beta, kept in (("itakura-saito", 0, "itakura-saito"), ("0", 0, "itakura-saito"), ("-1.2", -1.2, "-1.2"),
                                 ("2.50", 2.5, "2.5"), ("1.0", 1, "kl"), ("kullback-leibler", 1, "kl")):
            with self.subTest(text):
                want = cells.beta_updates(x, *cells.random_start(x, 4, 42), beta, 20)
                self.run_unmix("nmf", "positive.h5ad", "--all-genes", "--input", "linear", "--precision", "double", "-k", 4,
                               "--loss", text, "--init", "random", "--tol", 0, "--max-iter", 20, "--force", "-o", "out.h5ad")
                found = anndata.read_h5ad(self.folder / "out.h5ad")
                self.assert_factors(found, want, 1e-9)
                self.assertEqual(found.uns["unmix_nmf"]["loss_function"], kept)
                self.assertEqual(found.uns["unmix_nmf"]["solver"], "mu")
        self.run_unmix("consensus", "out.h5ad", "--resamples", 4, "--max-clusters", 4, "-o", "consensus.h5ad")
        self.run_unmix("nmf", "positive.h5ad", "--all-genes", "--input", "linear", "-k", "2:3", "--loss", "0", "--resamples", 2,
                       "--masks", 2, "--max-iter", 20, "--force", "-o", "range.h5ad")

    def test_updates_never_raise_the_loss(self):
        for options in (["--solver", "mu"], ["--loss", "kl"], ["--solver", "mu", "--alpha-W", "0.01"], ["--loss", "1.5"]):
            history = self.double("-k", 4, *options, "--tol", "0", "--max-iter", 200).uns["unmix_nmf"]["history"]
            self.assertEqual(len(history), 20)
            self.assertLessEqual(np.diff(history).max(), 1e-12 * history[0], options)

    def test_planted_programs_come_back(self):
        truth = self.planted.usages / self.planted.usages.sum(axis=1, keepdims=True)
        w = self.nmf("counts.h5ad", "--normalize", "1e4", "--no-log", "--loss", "kl", "-k", 4, "--all-genes").obsm["X_nmf"]
        found = w / w.sum(axis=1, keepdims=True)
        self.assertGreater(cells.best_match(found, truth).min(), 0.95)

    def test_projection(self):
        """Usages of given programs are non-negative least squares; the cells are those of another file."""
        fit = self.double("-k", 4, output="fit.h5ad")
        h = fit.uns["X_nmf_components"]
        other = cells.Planted(cells=30, seed=8)
        other.write(self.folder / "other.h5ad", other.logged())
        found = self.nmf("other.h5ad", "--programs", "fit.h5ad", "--precision", "double", "--tol", "1e-10")
        want = np.array([scipy.optimize.nnls(h.T, row)[0] for row in other.logged()])
        self.assert_near(found.obsm["X_nmf"], want, 1e-6)
        self.assert_near(found.uns["X_nmf_components"], h, 1e-15)
        # From a table, of which the file has some genes only, in another order.
        rows = [[gene, *h[:, j]] for j, gene in enumerate(self.planted.genes)][::-1]
        harness.write_table(self.folder / "table.tsv", ["gene", "a", "b", "c", "d"], rows[:60] + [["elsewhere", 1, 1, 1, 1]])
        found = self.nmf("other.h5ad", "--programs", "table.tsv", "--precision", "double", "--tol", "1e-10")
        part = slice(30, 90)
        want = np.array([scipy.optimize.nnls(h[:, part].T, row[part])[0] for row in other.logged()])
        self.assert_near(found.obsm["X_nmf"], want, 1e-6)
        self.assertEqual(list(found.uns["X_nmf_genes"]), self.planted.genes[part])

    def test_start(self):
        """From its own result a fit goes on: a few iterations, and never a larger loss."""
        fit = self.double("-k", 4, output="fit.h5ad").uns["unmix_nmf"]
        run = self.double("--start", "fit.h5ad").uns["unmix_nmf"]
        self.assertLess(run["loss"], fit["loss"] * (1 + 1e-9))
        self.assertEqual(run["init"], "given")

    def test_starts(self):
        """The best of the seeds 42 to 44, each as if it were alone."""
        options = ["-k", 4, "--init", "random", "--max-iter", 60]
        alone = [self.double(*options, "--seed", seed) for seed in (42, 43, 44)]
        best = min(alone, key=lambda result: result.uns["unmix_nmf"]["loss"])
        self.assert_same(self.double(*options, "--starts", 3), best)

    def test_permuted_cells(self):
        """The same start, in the order of the cells: usages are permuted, programs stay."""
        order = np.random.RandomState(0).permutation(len(self.planted.cells))
        self.double("-k", 4, "--max-iter", 5, output="fit.h5ad")
        data = anndata.read_h5ad(self.folder / "logged.h5ad")[order].copy()
        data.write_h5ad(self.folder / "permuted.h5ad")
        options = ["--start", "fit.h5ad", "--precision", "double", "--max-iter", 50]
        plain, permuted = self.nmf("logged.h5ad", *options), self.nmf("permuted.h5ad", *options)
        self.assert_near(permuted.obsm["X_nmf"], plain.obsm["X_nmf"][order], 1e-8)
        self.assert_near(permuted.uns["X_nmf_components"], plain.uns["X_nmf_components"], 1e-8)

    def test_same_bytes(self):
        for name in ("a", "b"):
            self.nmf("counts.h5ad", "--normalize", "1e4", "-k", 4, output=f"{name}.h5ad")
        self.nmf("counts.h5ad", "--normalize", "1e4", "-k", 4, "--threads", 1, output="one.h5ad")
        self.assert_same_result("a.h5ad", "b.h5ad")
        one, two = (anndata.read_h5ad(self.folder / f"{name}.h5ad") for name in ("one", "a"))
        self.assert_near(one.obsm["X_nmf"], two.obsm["X_nmf"], 1e-3)  # a device of one unit folds in other panels


class Missing(Case):
    """A matrix of rank 3 with a tenth of its entries taken away is completed."""

    def setUp(self):
        super().setUp()
        draw = np.random.RandomState(5)
        self.whole = (draw.gamma(1.0, size=(60, 3)) + 0.1) @ draw.gamma(0.5, size=(3, 40)) + 0.01
        self.hidden = draw.uniform(size=self.whole.shape) < 0.1
        self.x = np.where(self.hidden, np.nan, self.whole)
        self.small = cells.Planted(cells=60, genes=40)
        self.small.write(self.folder / "missing.h5ad", self.x)

    options = ["--missing", "--input", "linear", "--all-genes", "-k", 4, "--precision", "double", "--tol", "1e-9",
               "--max-iter", 5000]

    def test_completed(self):
        found = self.nmf("missing.h5ad", *self.options)
        model = found.obsm["X_nmf"] @ found.uns["X_nmf_components"]
        error = np.linalg.norm((model - self.whole)[self.hidden]) / np.linalg.norm(self.whole[self.hidden])
        self.assertLess(error, 0.05)
        self.assertTrue(np.array_equal(np.isnan(found.X), self.hidden))  # the input is as it was

    def test_table(self):
        """NA, an empty field and NaN are the same."""
        words = ["NA", "", "NaN"]
        rows = [[gene, *[words[c % 3] if math.isnan(x) else repr(float(x)) for c, x in enumerate(self.x[:, g])]]
                for g, gene in enumerate(self.small.genes)]
        harness.write_table(self.folder / "missing.tsv", ["gene", *self.small.cells], rows)
        self.assert_same(self.nmf("missing.tsv", *self.options), self.nmf("missing.h5ad", *self.options, output="h.h5ad"))

    def test_kl(self):
        found = self.nmf("missing.h5ad", *self.options, "--loss", "kl")
        model = found.obsm["X_nmf"] @ found.uns["X_nmf_components"]
        error = np.linalg.norm((model - self.whole)[self.hidden]) / np.linalg.norm(self.whole[self.hidden])
        self.assertLess(error, 0.05)

    def test_refused_without_the_option(self):
        cell, gene = (names[i[0]] for names, i in zip((self.small.cells, self.small.genes), np.nonzero(self.hidden)))
        self.refused(3, ["missing.h5ad", cell, gene, "--missing"], "nmf", "missing.h5ad", "-k", 4, "-o", "x.h5ad")


class Genes(Case):
    def test_choice(self):
        """What is chosen has the largest normalised dispersions; variance: the largest variances of the logs."""
        found = self.nmf("counts.h5ad", "--normalize", "1e4", "--top-genes", 30, "-k", 3)
        chosen = found.var["highly_variable"].to_numpy()
        self.assertEqual(chosen.sum(), 30)
        score = found.var["dispersions_norm"].to_numpy()
        self.assertGreaterEqual(score[chosen].min(), np.nanmax(score[~chosen]))
        self.assertEqual(list(found.uns["X_nmf_genes"]), list(found.var_names[chosen]))
        self.assertEqual(found.uns["X_nmf_components"].shape, (3, 30))
        found = self.nmf("counts.h5ad", "--normalize", "1e4", "--top-genes", 30, "-k", 3, "--gene-selection", "variance")
        spread = np.var(self.planted.logged(), axis=0, ddof=1)
        self.assertEqual(set(np.argsort(spread)[-30:]), set(np.nonzero(found.var["highly_variable"].to_numpy())[0]))

    def test_loadings_of_all_genes(self):
        """Those of the programs, and non-negative least squares on the usages for the other genes."""
        found = self.nmf("logged.h5ad", "--top-genes", 30, "-k", 3)
        chosen = found.var["highly_variable"].to_numpy()
        loadings = np.asarray(found.varm["X_nmf"])
        self.assert_near(loadings[chosen], found.uns["X_nmf_components"].T, 1e-15)
        x = self.planted.logged()
        want = np.array([scipy.optimize.nnls(found.obsm["X_nmf"], x[:, g])[0] for g in np.nonzero(~chosen)[0]])
        self.assert_near(loadings[~chosen], want, 1e-6)

    def test_batches(self):
        found = self.nmf("counts.h5ad", "--normalize", "1e4", "--top-genes", 30, "-k", 3, "--batch-key", "batch")
        batches = found.var["highly_variable_nbatches"].to_numpy()
        self.assertEqual(set(batches), {0, 1, 2})
        self.assertTrue(np.array_equal(found.var["highly_variable_intersection"], batches == 2))
        self.assertTrue(found.var["highly_variable"][batches == 2].all())
        self.assertFalse(found.var["highly_variable"][batches == 0].any())


class Files(Case):
    options = ["--normalize", "1e4", "-k", 3, "--top-genes", 50]

    def test_formats_of_input(self):
        want, p, counts = self.nmf("counts.h5ad", *self.options), self.planted, self.planted.counts
        p.write(self.folder / "csr.h5ad", sparse.csr_matrix(counts), "float32")
        p.write(self.folder / "csc.h5ad", sparse.csc_matrix(counts), "float32")
        elsewhere = p.data(counts * 0 - 1)
        elsewhere.layers["counts"] = sparse.csr_matrix(counts)
        elsewhere.write_h5ad(self.folder / "layer.h5ad")
        whole = p.data(counts)
        whole.raw = whole
        whole[:, :20].copy().write_h5ad(self.folder / "raw.h5ad")
        cells.write_tenx(self.folder / "tenx.h5", p)
        cells.write_market(self.folder / "market", p)
        rows = [[gene, *counts[:, g].astype(int)] for g, gene in enumerate(p.genes)]
        harness.write_table(self.folder / "table.tsv", ["gene", *p.cells], rows)
        harness.write_table(self.folder / "table.csv", ["gene", *p.cells], rows, ",")
        for name, options in (("csr.h5ad", []), ("csc.h5ad", []), ("layer.h5ad", ["--layer", "counts"]),
                              ("raw.h5ad", ["--layer", "raw"]), ("tenx.h5", []), ("market", []), ("table.tsv", []),
                              ("table.csv", [])):
            with self.subTest(name):
                found = self.nmf(name, *self.options, *options, output="found.h5ad")
                self.assert_same(found, want)
                self.assertEqual(list(found.obs_names), p.cells)
                if name != "raw.h5ad":
                    self.assertEqual(list(found.var_names), p.genes)
                if name not in ("layer.h5ad", "raw.h5ad"):
                    x = found.X.toarray() if sparse.issparse(found.X) else found.X
                    self.assertTrue(np.array_equal(x, counts))

    def test_everything_is_kept(self):
        data = self.planted.data(sparse.csr_matrix(self.planted.counts), "float32")
        data.raw = data
        data.layers["twice"] = data.X * 2
        data.obs["kind"] = np.array(["x", "y", None] * 40, dtype=object)
        data.obs["kind"] = data.obs["kind"].astype("category")
        data.obs["number"] = np.linspace(0, 1, 120)
        data.obsm["place"] = np.arange(240.0).reshape(120, 2)
        data.varm["PCs"] = np.ones((90, 3))
        data.obsp["near"] = sparse.identity(120, format="csr")
        data.uns["deep"] = {"text": "yes", "list": np.array(["a", "b"], dtype=object), "number": 3}
        data.write_h5ad(self.folder / "full.h5ad", compression="gzip")
        found, data = self.nmf("full.h5ad", *self.options), anndata.read_h5ad(self.folder / "full.h5ad")
        for a, b in ((found.X, data.X), (found.layers["twice"], data.layers["twice"]), (found.raw.X, data.raw.X),
                     (found.obsp["near"], data.obsp["near"])):
            self.assertEqual((a != b).nnz, 0)
        self.assertTrue(found.obs[data.obs.columns].equals(data.obs))
        self.assertEqual(list(found.raw.var_names), self.planted.genes)
        self.assertTrue(np.array_equal(found.obsm["place"], data.obsm["place"]))
        self.assertTrue(np.array_equal(found.varm["PCs"], data.varm["PCs"]))
        self.assertEqual(found.uns["deep"]["text"], "yes")
        self.assertEqual(list(found.uns["deep"]["list"]), ["a", "b"])
        self.assertEqual(set(found.uns) - set(data.uns), {"X_nmf_components", "X_nmf_genes", "unmix_nmf"})
        self.assertEqual(set(found.obs) - set(data.obs), {"nmf_program"})

    def test_again_on_its_own_result(self):
        """An earlier result in the input is replaced, also of another size."""
        self.nmf("counts.h5ad", *self.options, output="first.h5ad")
        again = self.nmf("first.h5ad", "--normalize", "1e4", "-k", 5, "--all-genes", output="again.h5ad")
        self.assertEqual(again.obsm["X_nmf"].shape, (120, 5))
        self.assertEqual(len(again.uns["X_nmf_genes"]), 90)
        self.assertNotIn("means", again.uns["unmix_nmf"])

    def test_folder(self):
        result = self.nmf("counts.h5ad", *self.options)
        self.run_unmix("nmf", "counts.h5ad", *self.options, "-o", "out/")
        self.assertEqual(sorted(path.name for path in (self.folder / "out").iterdir()),
                         ["cells.tsv", "genes.tsv", "loadings.tsv", "run.json", "usages.tsv"])
        usages = harness.read_table(self.folder / "out" / "usages.tsv")
        self.assertEqual(list(usages), self.planted.cells)
        self.assertEqual([list(map(float, row.values())) for row in usages.values()], result.obsm["X_nmf"].tolist())
        loadings = harness.read_table(self.folder / "out" / "loadings.tsv")
        self.assertEqual(list(loadings), self.planted.genes)
        programs = harness.read_table(self.folder / "out" / "cells.tsv")
        self.assertEqual([int(row["nmf_program"]) for row in programs.values()], result.obs["nmf_program"].tolist())
        w = result.obsm["X_nmf"] / result.obsm["X_nmf"].sum(axis=0)
        self.assertEqual(w.argmax(axis=1).tolist(), result.obs["nmf_program"].tolist())


class Range(Case):
    def test_planted_number_is_found(self):
        done = self.run_unmix("nmf", "counts.h5ad", "--normalize", "1e4", "--no-log", "--all-genes", "--loss", "kl",
                              "--components", "2:6", "--resamples", 5, "--masks", 3, "-o", "nmf.h5ad")
        table = harness.read_table(done.stdout)
        self.assertEqual(list(table), ["2", "3", "4", "5", "6"])
        self.assertEqual(list(table["2"]), ["iterations", "loss", "error", "stability", "held_out", "held_out_se"])
        held_out = [float(row["held_out"]) for row in table.values()]
        errors = [float(row["error"]) for row in table.values()]
        self.assertEqual(min(range(5), key=held_out.__getitem__), 2, held_out)
        self.assertEqual(sorted(errors, reverse=True), errors)
        self.assertIn("4 programs", done.stderr)
        found = anndata.read_h5ad(self.folder / "nmf.h5ad")
        self.assertEqual(found.obsm["X_nmf"].shape, (120, 4))
        ranks = found.uns["unmix_nmf"]["ranks"]
        self.assertEqual(list(ranks["components"]), [2, 3, 4, 5, 6])
        self.assertEqual(list(ranks["held_out"]), held_out)

    def test_without_output(self):
        done = self.run_unmix("nmf", "counts.h5ad", "--normalize", "1e4", "-k", "2:3", "--masks", 0, "--resamples", 3)
        table = harness.read_table(done.stdout)
        self.assertEqual([row["held_out"] for row in table.values()], ["NA", "NA"])
        self.assertRegex(done.stderr, r"(?m)^[23] programs: the most stable")


class Consensus(Case):

    def setUp(self):
        super().setUp()
        self.run_unmix("nmf", "counts.h5ad", "--normalize", "1e4", "-k", 4, "--all-genes", "-o", "nmf.h5ad")

    def consensus(self, *options, output="consensus.h5ad", most=6):
        done = self.run_unmix("consensus", "nmf.h5ad", "--resamples", 10, "--min-clusters", 2, "--max-clusters", most,
                              *options, "-o", output)
        return done, anndata.read_h5ad(self.folder / output)

    def test_planted_programs(self):
        done, found = self.consensus("--cluster-genes", 7)
        table = harness.read_table(done.stdout)
        self.assertEqual(list(table), ["2", "3", "4", "5", "6"])
        silhouettes = {number: float(row["silhouette"]) for number, row in table.items()}
        self.assertEqual(max(silhouettes, key=silhouettes.get), "4", silhouettes)
        self.assertRegex(done.stderr, r"(?m)^4 clusters: ")
        truth = self.planted.usages / self.planted.usages.sum(axis=1, keepdims=True)
        w = np.asarray(found.obsm["X_nmf_consensus"])
        self.assertGreater(cells.best_match(w / w.sum(axis=1, keepdims=True), truth).min(), 0.9)
        self.elements(found)

    def elements(self, found):
        """What is in the file, and that it belongs together."""
        run, names = found.uns["nmf_consensus"], [f"nmf_cluster_{i}" for i in range(4)]
        self.assertEqual(run["n_clusters"], 4)
        self.assertEqual(list(run["genes"]), names)
        self.assertEqual({len(run["genes"][name]) for name in names}, {7})
        for name in names:
            self.assertAlmostEqual(found.obs[name].mean(), 0, places=9)
            self.assertAlmostEqual(found.obs[name].std(ddof=0), 1, places=2)
        self.assertEqual(run["consensus"].shape, (40, 40))
        self.assertTrue(np.array_equal(run["consensus"], run["consensus"].T))
        self.assertEqual(sorted(run["order"]), list(range(40)))
        self.assertEqual(run["linkage"].shape, (39, 4))
        self.assertEqual(len(run["labels"]), 40)
        self.assertEqual(list(run["replicates"]), [i // 4 for i in range(40)])
        self.assertEqual(list(run["table"]["clusters"]), [2, 3, 4, 5, 6])
        self.assertTrue(np.allclose(run["components"].sum(axis=1), 1))
        self.assertEqual(list(run["component_genes"]), self.planted.genes)
        self.assertEqual(np.asarray(found.varm["nmf_consensus"]).shape, (90, 4))
        self.assertIn("nmf_consensus_program", found.obs)
        self.assertIn("X_nmf", found.obsm)  # what it was made from is still there
        # Median programs of genes that stand out: most of the first ones are the planted program's own.
        own = [{f"gene{g}" for g in range(p, 90, 4)} for p in range(4)]
        for name in names:
            self.assertGreaterEqual(max(len(set(run["genes"][name]) & genes) for genes in own), 4, name)

    def test_published_way(self):
        """The programs of the one factorisation are resampled: the same every time, and another for another seed."""
        table = self.consensus("--resample", "programs", most=3, output="a.h5ad")[0].stdout
        self.assertEqual(self.consensus("--resample", "programs", most=3, output="b.h5ad")[0].stdout, table)
        self.assert_same_result("a.h5ad", "b.h5ad")
        self.assertEqual(list(harness.read_table(table)), ["2", "3"])

    def test_same_bytes(self):
        for name in ("a", "b"):
            self.consensus(output=f"{name}.h5ad")
        self.assert_same_result("a.h5ad", "b.h5ad")

    def test_folder_and_uses(self):
        """Tables; programs of a consensus describe other cells; its clusters are scored again as they were."""
        _, found = self.consensus()
        self.run_unmix("consensus", "nmf.h5ad", "--resamples", 10, "--min-clusters", 2, "--max-clusters", 6, "-o", "out/")
        self.assertEqual(sorted(path.name for path in (self.folder / "out").iterdir()),
                         ["cells.tsv", "loadings.tsv", "run.json", "usages.tsv"])
        usages = self.nmf("counts.h5ad", "--normalize", "1e4", "--programs", "consensus.h5ad").obsm["X_nmf"]
        self.assert_near(usages, np.asarray(found.obsm["X_nmf_consensus"]), 1e-5)
        self.run_unmix("score", "consensus.h5ad", "--normalize", "1e4", "-o", "score.h5ad")
        scored = anndata.read_h5ad(self.folder / "score.h5ad")
        for i in range(4):
            self.assertTrue(np.array_equal(scored.obs[f"nmf_cluster_{i}"], found.obs[f"nmf_cluster_{i}"]))


class Score(Case):
    def setUp(self):
        super().setUp()
        self.lists = {"first": ["gene0", "gene4", "gene8"], "second list": ["gene1", "gene5", "absent"]}
        (self.folder / "sets.gmt").write_text("".join("\t".join([name, "what", *genes]) + "\n"
                                                      for name, genes in self.lists.items()))
        rows = [[name, gene] for name, genes in self.lists.items() for gene in genes]
        harness.write_table(self.folder / "sets.tsv", ["set", "gene"], rows)

    def test_every_form(self):
        """Few bins: every control gene is taken, so nothing is drawn and the score is a formula."""
        common = ["--controls", 200, "--bins", 3, "--gene-sets"]
        for sets in ("sets.gmt", "sets.tsv"):
            done = self.run_unmix("score", "logged.h5ad", *common, sets, "-o", f"{sets}.h5ad")
            self.assertIn("absent", done.stderr)
        a, b = (anndata.read_h5ad(self.folder / f"{sets}.h5ad").obs for sets in ("sets.gmt", "sets.tsv"))
        x = self.planted.logged()
        bins = (np.argsort(np.argsort(x.mean(axis=0))) + 1) // round(90 / (3 - 1))
        for name, genes in self.lists.items():
            mine = [self.planted.genes.index(gene) for gene in genes if gene != "absent"]
            controls = [g for g in range(90) if bins[g] in bins[mine] and g not in mine]
            want = x[:, mine].mean(axis=1) - x[:, controls].mean(axis=1)
            self.assert_near(a[f"{name}_score"], want, 1e-6, name)
            self.assert_near(a[name], (want - want.mean()) / want.std(), 1e-6, name)
            self.assertTrue(np.array_equal(a[name], b[name]))

    def test_table_and_folder(self):
        command = ["score", "counts.h5ad", "--normalize", "1e4", "--gene-sets", "sets.gmt"]
        self.run_unmix(*command, "-o", "z.tsv")
        self.run_unmix(*command, "-o", "out/")
        z = harness.read_table(self.folder / "z.tsv")
        rows = harness.read_table(self.folder / "out" / "cells.tsv")
        self.assertEqual(list(z), self.planted.cells)
        self.assertEqual(list(z["cell0"]), list(self.lists))
        for cell, row in z.items():
            self.assertEqual([rows[cell][name] for name in self.lists], list(row.values()))
        numbers = np.array([[float(v) for v in row.values()] for row in z.values()])
        self.assertLess(np.abs(numbers.mean(axis=0)).max(), 1e-9)

    def test_seed(self):
        command = ["score", "logged.h5ad", "--controls", 5, "--gene-sets", "sets.gmt", "--bins", 3]
        for name, seed in (("a", 0), ("b", 0), ("c", 1)):
            self.run_unmix(*command, "--seed", seed, "-o", f"{name}.tsv")
        a, b, c = ((self.folder / f"{name}.tsv").read_text() for name in "abc")
        self.assertEqual(a, b)
        self.assertNotEqual(a, c)


if __name__ == "__main__":
    harness.main()
