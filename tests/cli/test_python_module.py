"""
The Python module: installed by pip into a virtual environment of its own, without network, and compared with the program,
number for number. Run by the system's Python this file makes the environment, then runs itself in there.
"""

import importlib.util
import logging
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from harness import Case, main

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INSIDE = "UNMIX_TEST_INSIDE"
PACKAGES = {"ensurepip": "python3-venv", "setuptools": "python3-setuptools", "wheel": "python3-wheel", "cffi": "python3-cffi",
            "numpy": "python3-numpy", "scipy": "python3-scipy", "pandas": "python3-pandas", "anndata": "python3-anndata"}


def why_not():
    """A reason to skip, or None."""
    absent = [package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None]
    if not pathlib.Path(f"/usr/include/python3.{sys.version_info.minor}/Python.h").exists():
        absent.append("python3-dev")
    if absent:
        return f"not installed: {' '.join(absent)}"
    if os.environ.get("UNMIX_SANITIZE"):
        return "a library with sanitizers cannot be loaded into an ordinary Python"
    return None


def make_environment(folder):
    """A virtual environment with the module, from a copy of tools/python, so that the sources stay as they are."""
    subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", folder / "venv"], check=True)
    shutil.copytree(ROOT / "tools" / "python", folder / "python", ignore=shutil.ignore_patterns("build", "*.egg-info"))
    environment = {**os.environ, "UNMIX_INCLUDE": str(ROOT / "include"), "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1",
                   "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    subprocess.run([folder / "venv" / "bin" / "pip", "install", "-q", "--no-build-isolation", folder / "python"], check=True,
                   env=environment)
    return folder / "venv" / "bin" / "python"


def outside():
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        return 77
    with tempfile.TemporaryDirectory(prefix="unmix-venv-", dir=os.environ.get("UNMIX_TEST_FOLDER")) as folder:
        python = make_environment(pathlib.Path(folder))
        return subprocess.run([python, __file__, *sys.argv[1:]], env={**os.environ, INSIDE: "1"}).returncode


if INSIDE not in os.environ:
    if __name__ == "__main__":
        sys.exit(outside())
    raise SystemExit(77)

import anndata  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import scipy.sparse as sp  # noqa: E402

import unmix  # noqa: E402

DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", "")) / "corces_GSE74246"


def table(path):
    return pd.read_table(path, index_col=0, float_precision="round_trip")


class Module(Case):
    def setUp(self):
        super().setUp()
        self.signatures, self.bulk = table(self.folder / "sig.tsv"), table(self.folder / "bulk.tsv")
        self.genes = table(self.folder / "genes.tsv")

    def assert_same(self, got, want, where="result"):
        """Equal to the last bit, through dictionaries and data frames, but for what differs from run to run."""
        if isinstance(want, dict):
            self.assertEqual(sorted(got), sorted(want), where)
            for key in want.keys() - {"run"}:
                self.assert_same(got[key], want[key], f"{where}/{key}")
            return
        if isinstance(want, pd.DataFrame):
            self.assertEqual([list(got.columns), list(got.index)], [list(want.columns), list(want.index)], where)
        got, want = np.asarray(got), np.asarray(want)
        self.assertEqual(got.shape, want.shape, where)
        self.assertEqual(got.dtype.kind in "OU", want.dtype.kind in "OU", where)
        if want.dtype.kind not in "OU":
            self.assertEqual(got.dtype, want.dtype, where)
        self.assertEqual(got.tolist() if want.dtype.kind in "OU" else got.tobytes(),
                         want.tolist() if want.dtype.kind in "OU" else want.tobytes(), where)

    def raised(self, kind, function, *arguments, **options):
        with self.assertRaises(kind) as caught:
            function(*arguments, **options)
        return str(caught.exception)


class Deconvolve(Module):
    def test_gene_weights_by_name(self):
        self.run_unmix(*self.command("--force", "--gene-weights", "specificity"))
        want = anndata.read_h5ad(self.folder / "out.h5ad")
        info = self.genes[["length", "weight"]]
        got = unmix.deconvolve(self.signatures, self.bulk, gene_info=info, gene_weights="specificity")
        np.testing.assert_array_equal(got.proportions, want.obsm["proportions"])
        self.assertIn("specificity", self.raised(unmix.ArgumentError, self.fit_weights, "specific"))

    def fit_weights(self, weights):
        return unmix.deconvolve(self.signatures, self.bulk, gene_weights=weights)

    def fit(self, bulk=None, **options):
        return unmix.deconvolve(self.signatures, self.bulk if bulk is None else bulk, gene_lengths=self.genes["length"],
                                gene_weights=self.genes["weight"], **options)

    def test_as_the_program(self):
        for method in ("exact", "em", "gd"):
            with self.subTest(method=method):
                self.run_unmix(*self.command("--force", "--predicted", "--method", method))
                want = anndata.read_h5ad(self.folder / "out.h5ad")
                got = self.fit(method=method, predicted=True)
                for name, frame in want.obsm.items():
                    self.assert_same(getattr(got, name), frame, name)
                for name in want.obs:
                    self.assert_same(got.metrics[name], want.obs[name], name)
                self.assert_same(got.genes, want.var)
                self.assert_same(got.predicted.to_numpy(), want.layers["predicted"])
                files = {"signatures", "bulk", "gene_info"}
                self.assert_same({k: v for k, v in got.settings.items() if k not in files},
                                 {k: v for k, v in want.uns["unmix"].items() if k not in files})
                self.assertIsNone(got.bootstrap_low)

    def test_warnings_about_the_result(self):
        """What the program says of a result is logged: fits that are not good and samples that did not converge as warnings."""
        with self.assertNoLogs("unmix", "WARNING"):
            self.fit()
        with self.assertLogs("unmix", "WARNING") as said:
            self.fit(method="gd", max_iterations=3)
        self.assertTrue(any("4 of 4 samples did not converge; raise max_iterations" in line for line in said.output), said)
        mixed = self.bulk.set_axis([*self.bulk.index[7:], *self.bulk.index[:7]])
        with self.assertLogs("unmix", "WARNING") as said:
            found = self.fit(mixed, permutations=19)
        self.assertTrue(any("fit: " in line and "the worst is 'sample" in line for line in said.output), said)
        self.assertLess(found.summary["good"], 4)
        self.assertTrue(found.metrics["p_value"].between(1 / 20, 1).all())
        self.assertNotIn("p_value", self.fit().metrics)

    def test_files_are_read_as_the_program_reads_them(self):
        got = unmix.deconvolve(self.folder / "sig.tsv", self.folder / "bulk.tsv", gene_info=self.folder / "genes.tsv")
        self.assert_same(got.proportions, self.fit().proportions)
        self.assertEqual(got.settings["run"]["bulk"], str(self.folder / "bulk.tsv"))

    def test_tables_of_other_programs(self):
        """A file a sample, joined, with the lengths that they hold; and what is said of a table goes before."""
        for sample in self.bulk:
            pd.DataFrame({"target_id": self.bulk.index, "length": 9, "eff_length": self.genes["length"].values,
                          "est_counts": self.bulk[sample].values, "tpm": 1.5}).to_csv(
                              self.folder / f"{sample}.abundance.tsv", sep="\t", index=False)
        files = [self.folder / f"{sample}.abundance.tsv" for sample in self.bulk]
        want = unmix.deconvolve(self.signatures, self.bulk, self.genes["length"]).proportions
        self.assert_same(unmix.deconvolve(self.signatures, files).proportions, want)
        length = unmix.deconvolve(self.signatures, files[0], table={"columns": ["length"]}, scale="linear")
        self.assertFalse(np.array_equal(length.proportions, want[:1]))
        self.assertIn("nonsense=1 is none of", self.raised(unmix.ArgumentError, unmix.deconvolve, self.signatures, files[0],
                                                           table={"nonsense": 1}))

    def test_every_kind_of_bulk(self):
        values, want = self.bulk.to_numpy(), self.fit().proportions
        samples = pd.DataFrame(index=self.bulk.columns)
        genes = pd.DataFrame(index=self.bulk.index)
        adata = anndata.AnnData(sp.csr_matrix(values.T), obs=samples, var=genes, dtype=np.float64)
        adata.layers["counts"], adata.X = adata.X, adata.X * 0
        kinds = {
            "order of Fortran": pd.DataFrame(np.asfortranarray(values), self.bulk.index, self.bulk.columns),
            "csc": unmix.Matrix(sp.csc_matrix(values), self.bulk.index, self.bulk.columns),
            "csr": unmix.Matrix(sp.csr_matrix(values), self.bulk.index, self.bulk.columns),
            "coo": unmix.Matrix(sp.coo_matrix(values), self.bulk.index, self.bulk.columns),
            "backwards": unmix.Matrix(values[:, ::-1], self.bulk.index, self.bulk.columns[::-1]),
            "sparse frame": self.bulk.astype(pd.SparseDtype(float, 0)),
        }
        for name, bulk in kinds.items():
            with self.subTest(name):
                self.assert_same(self.fit(bulk).proportions.loc[want.index], want)
        self.assert_same(self.fit(adata, layer="counts").proportions, want)

    def test_every_type_of_number(self):
        whole = self.bulk.round()
        want = self.fit(whole).proportions
        for kind in ("float32", "int64", "int32", "uint32", ">f8"):
            with self.subTest(kind):
                self.assert_same(self.fit(whole.astype(kind)).proportions, want)

    def test_lengths_in_every_form(self):
        want = self.fit().proportions
        lengths, weights = self.genes["length"], self.genes["weight"]
        shuffled = self.genes.sample(frac=1, random_state=1)
        for got in (unmix.deconvolve(self.signatures, self.bulk, list(lengths), weights.to_numpy()),
                    unmix.deconvolve(self.signatures, self.bulk, dict(lengths), weights),
                    unmix.deconvolve(self.signatures, self.bulk, gene_info=shuffled),
                    unmix.deconvolve(self.signatures.iloc[::-1], self.bulk, shuffled["length"], weights)):
            self.assert_same(got.proportions, want)

    def test_duplicates(self):
        half = pd.concat([self.bulk, self.bulk]) / 2
        self.assertIn("gene 'gene0' stands in row 1", self.raised(unmix.InputError, self.fit, half))
        self.assert_same(self.fit(half, duplicates="sum").proportions, self.fit().proportions)

    def test_genes_that_did_not_match(self):
        self.assertEqual(len(self.fit().unmatched), 0)
        fewer = unmix.deconvolve(self.signatures.iloc[2:], self.bulk.iloc[:-1], signature_scale="none")
        self.assertEqual(fewer.unmatched["where"].tolist(), ["signatures", "bulk", "bulk"])
        self.assertEqual(fewer.unmatched["gene"].tolist(), [self.signatures.index[-1], *self.bulk.index[:2]])
        self.assertEqual((fewer.settings["signature_scale"], fewer.settings["proportions_of"]), ("none", "RNA"))

    def test_one_sample(self):
        want = self.fit().proportions
        self.assert_same(self.fit(self.bulk[["sample2"]]).proportions, want.loc[["sample2"]])

    def test_written_and_as_anndata(self):
        got = self.fit(bootstrap=20, predicted=True)
        got.write(self.folder / "mine.h5ad")
        self.assertIn("mine.h5ad exists already", self.raised(FileExistsError, got.write, self.folder / "mine.h5ad"))
        got.write(self.folder / "mine.h5ad", overwrite=True)
        got.write(f"{self.folder}/mine/")
        file, memory = anndata.read_h5ad(self.folder / "mine.h5ad"), got.to_anndata()
        self.assert_same(dict(memory.obsm), dict(file.obsm))
        self.assert_same(memory.obs, file.obs)
        self.assert_same(memory.layers["predicted"], file.layers["predicted"])
        self.assert_same(memory.uns["unmix"], file.uns["unmix"])
        self.assertIn("bootstrap_low", file.obsm)
        self.assertTrue((self.folder / "mine" / "proportions.tsv").exists())

    def test_errors_have_the_text_of_the_program(self):
        self.put("bulk.tsv", 3, 2, -4)
        self.put("sig.tsv", 4, 1, "x")
        cases = [(["--bulk", "bulk.tsv", "--signatures", "truth.tsv"], ["truth.tsv", "bulk.tsv"], {}),
                 (["--bulk", "bulk.tsv", "--signatures", "sig.tsv"], ["sig.tsv", "bulk.tsv"], {}),
                 (["--bulk", "none.tsv", "--signatures", "truth.tsv"], ["truth.tsv", "none.tsv"], {}),
                 (["--bulk", "bulk.tsv", "--signatures", "truth.tsv", "--device", "mine"], ["truth.tsv", "bulk.tsv"],
                  {"device": "mine"})]
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        for arguments, files, options in cases:
            with self.subTest(arguments):
                with self.assertRaises(unmix.Error) as caught:
                    unmix.deconvolve(*files, **options)
                self.refused(caught.exception.status, f"unmix deconvolve: {caught.exception}", "deconvolve", *arguments, "-o",
                             "out.h5ad")

    def test_refusals(self):
        wrong = self.bulk.copy()
        wrong.iloc[2, 1] = -4
        text = self.raised(ValueError, self.fit, wrong)
        self.assertIn("bulk: column 'sample1', gene 'gene2': -4 is negative", text)
        wrong.iloc[2, 1] = np.nan
        self.assertIn("nan is not finite", self.raised(unmix.InputError, self.fit, wrong))
        self.assertIn("look log-transformed", self.raised(unmix.InputError, self.fit, np.log1p(self.bulk)))
        self.assertIn("'best' is not one of exact, em, gd, music, nnls", self.raised(unmix.ArgumentError, self.fit, method="best"))
        self.assertIn("l1 is for em and gd", self.raised(unmix.ArgumentError, self.fit, l1=1))
        self.assertIn("DataFrame (genes x samples)", self.raised(unmix.ArgumentError, self.fit, self.bulk.to_numpy()))
        self.assertIn("column 'gene' holds no numbers", self.raised(unmix.Error, self.fit, self.bulk.reset_index()))
        self.assertIn("2 values for the 30 genes", self.raised(unmix.Error, unmix.deconvolve, self.signatures, self.bulk, [1, 2]))
        self.assertIn("no device fits", self.raised(unmix.DeviceError, self.fit, device="mine"))
        twice = pd.concat([self.genes["length"], self.genes["length"].iloc[:1]])
        self.assertIn("gene 'gene0' has more than one", self.raised(unmix.Error, unmix.deconvolve, self.signatures, self.bulk,
                                                                   twice))

    def test_compare(self):
        truth = table(self.folder / "truth.tsv")
        got = unmix.compare(self.fit(), truth)
        self.assertEqual(list(got.index), ["all", *self.mixture.types])
        self.assertGreater(got.loc["all", "r"], 0.999)
        self.assertEqual(got.loc["all", "n"], truth.size)

    def test_compare_counts_what_intervals_hold(self):
        truth, fit = table(self.folder / "truth.tsv"), self.fit()
        held = (fit.lower <= truth) & (truth <= fit.upper)
        got = unmix.compare(fit, truth)
        self.assertEqual(got.loc["all", "held"], held.to_numpy()[fit.lower.notna().to_numpy()].mean())
        self.assertAlmostEqual(got.loc["type1", "width"], (fit.upper - fit.lower)["type1"].mean(), delta=1e-12)
        fit.write(self.folder / "out.h5ad")
        self.assert_same(unmix.compare(self.folder / "out.h5ad", truth), got)
        bootstrapped = unmix.compare(self.fit(errors=False, bootstrap=20), truth)
        self.assertTrue((bootstrapped["width"] >= 0).all())
        for without in (self.fit(errors=False), fit.proportions, self.folder / "truth.tsv"):
            self.assertNotIn("held", unmix.compare(without, truth))

    def test_what_intervals_hold(self):
        self.assertEqual(self.fit().settings["intervals"], "genes, misfit")
        self.assertEqual(self.fit(errors=False).settings["intervals"], "none")
        self.assertIn("'all' is not one of full, reference, gene", self.raised(unmix.Error, self.fit, intervals="all"))
        # Two donors of each type, each with half the genes too high and half too low.
        up = np.resize([1.5, 0.5], len(self.signatures))
        donors = pd.concat([(self.signatures.mul(factor, axis=0)).add_suffix(f"|donor:{name}")
                            for name, factor in (("a", up), ("b", 2 - up))], axis=1)
        wide, narrow = self.fit(profiles=donors, intervals="reference"), self.fit(profiles=donors, intervals="gene")
        self.assertEqual([wide.settings["intervals"], narrow.settings["intervals"]], ["genes, donors", "genes"])
        self.assert_same(wide.proportions, narrow.proportions)
        self.assertGreater((wide.upper - wide.lower).to_numpy().mean(), 2 * (narrow.upper - narrow.lower).to_numpy().mean())

    def test_devices(self):
        devices = unmix.devices()
        self.assertIn(devices["kind"].iloc[0], ("CPU", "GPU", "other"))
        self.assert_same(self.fit(device=devices.index[0]).proportions.shape, (4, 3))


class Calls(Module):
    """Long calls: interruption, progress, log, threads."""

    def endless(self, **options):
        cohort = unmix.simulate(genes=2000, types=8, samples=60)
        return unmix.deconvolve(cohort.signatures, cohort.bulk, bootstrap=100000, **options)

    def test_interrupt(self):
        for seconds in (0.3, 1.0):
            with self.subTest(seconds=seconds):
                before = time.monotonic()
                signal.signal(signal.SIGINT, signal.default_int_handler)
                threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()
                self.assertRaises(KeyboardInterrupt, self.endless)
                self.assertLess(time.monotonic() - before, 60)

    def test_progress_stops(self):
        told = []

        def stop(stage, fraction):
            told.append((stage, fraction))
            return len(told) > 3

        self.assertIn("interrupted", self.raised(unmix.Interrupted, self.endless, progress=stop))
        self.assertEqual(len(told), 4)
        self.assertIsInstance(told[0][0], str)
        self.assertLessEqual(told[0][1], 1)

    def test_an_exception_in_progress_is_raised(self):
        def fail(stage, fraction):
            raise LookupError("mine")

        self.assertEqual(self.raised(LookupError, self.endless, progress=fail), "mine")

    def test_other_threads_run_meanwhile(self):
        counted, done = [0], threading.Event()

        def count():
            while not done.is_set():
                counted[0] += 1

        thread = threading.Thread(target=count)
        thread.start()
        seen = []
        self.assertRaises(unmix.Interrupted, self.endless, progress=lambda *_: seen.append(counted[0]) or len(seen) > 20)
        done.set()
        thread.join()
        self.assertGreater(seen[-1] - seen[0], 1000)

    def test_notes_go_to_logging(self):
        few = self.bulk.iloc[:20]
        with self.assertLogs("unmix", logging.INFO) as caught:
            cells = anndata.AnnData(self.bulk.T.astype(float), obs=pd.DataFrame({"t": ["a", "b", "a", None]},
                                                                              index=self.bulk.columns), dtype=np.float64)
            unmix.signatures(cells, "t", scale="counts")
            unmix.deconvolve(self.signatures, few)
        self.assertIn("2 types from 3 cells", "\n".join(caught.output))

    def test_verbose(self):
        code = ("import unmix, sys; import pandas as pd\n"
                "s, b = (pd.read_table(p, index_col=0) for p in ('sig.tsv', 'bulk.tsv'))\n"
                "unmix.deconvolve(s, b, verbose=int(sys.argv[1]))\n")
        for verbose, said in ((0, False), (1, True)):
            done = subprocess.run([sys.executable, "-c", code, str(verbose)], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual("unmix: most similar types" in done.stderr, said, done.stderr)
            self.assertEqual(done.stdout, "")


class Programs(Module):
    """Gene programs put into the AnnData, against the file that the program writes."""

    def setUp(self):
        super().setUp()
        self.run_unmix("simulate", "--genes", 600, "--types", 5, "--samples", 90, "--depth", 5000, "--dispersion", 0,
                       "--format", "h5ad", "-o", "cells/")
        self.path = self.folder / "cells" / "bulk.h5ad"
        self.cells = anndata.read_h5ad(self.path)

    def assert_as_file(self, got, name):
        """But for the run: a call of Python has no command line."""
        want = anndata.read_h5ad(self.folder / name)
        for part in ("obsm", "varm"):
            self.assert_same(dict(getattr(got, part)), dict(getattr(want, part)), part)
        self.assert_same(*({key: {k: v for k, v in kept.items() if k != "run"} if isinstance(kept, dict) else kept
                            for key, kept in one.uns.items()} for one in (got, want)), "uns")
        for part in ("obs", "var"):
            got_frame, want_frame = getattr(got, part), getattr(want, part)
            self.assertEqual(list(got_frame), list(want_frame))
            for column in want_frame:
                self.assert_same(got_frame[column], want_frame[column], column)

    def test_nmf_consensus_and_score(self):
        self.run_unmix("nmf", self.path, "--normalize", "1e4", "-k", 5, "--top-genes", 200, "--seed", 3, "-o", "nmf.h5ad")
        made = unmix.nmf(self.cells, n_components=5, n_top_genes=200, random_state=3, normalize=1e4)
        self.assertIs(made, self.cells)
        self.assert_as_file(made, "nmf.h5ad")
        self.run_unmix("consensus", "nmf.h5ad", "--resamples", 8, "--min-clusters", 3, "--max-clusters", 6, "-o", "c.h5ad")
        for _ in range(2):  # a second run leaves nothing of the first
            unmix.nmf_consensus(made, min_clusters=3, max_clusters=6, n_resamples=8)
            self.assert_as_file(made, "c.h5ad")
        self.run_unmix("score", "c.h5ad", "--normalize", "1e4", "-o", "s.h5ad")
        self.assert_as_file(unmix.score(made, normalize=1e4), "s.h5ad")
        made.write_h5ad(self.folder / "mine.h5ad")
        self.assert_as_file(made, "mine.h5ad")

    def test_arguments_of_the_published_functions(self):
        made = unmix.nmf(self.cells, 4, 1, 200, 0, 100)
        self.assertEqual(made.obsm["X_nmf"].shape, (90, 4))
        made = unmix.nmf_consensus(made, 2, 3, 10, 0.8, 42, 5, resample="programs")
        self.assertIn("nmf_cluster_1", made.obs)

    def test_range_of_components(self):
        self.run_unmix("nmf", self.path, "--normalize", "1e4", "-k", "2:4", "--resamples", 3, "--masks", 1, "-o", "nmf.h5ad")
        for numbers in ((2, 4), range(2, 5)):
            made = unmix.nmf(anndata.read_h5ad(self.path), numbers, normalize=1e4, resamples=3, masks=1)
            self.assert_as_file(made, "nmf.h5ad")

    def test_every_kind_of_cells(self):
        want = unmix.nmf(self.cells.copy(), 3, normalize=1e4).obsm["X_nmf"]
        dense = self.cells.X.toarray() if sp.issparse(self.cells.X) else np.asarray(self.cells.X)
        csr = sp.csr_matrix(dense)
        long = sp.csr_matrix((csr.data, csr.indices.astype(np.int64), csr.indptr.astype(np.int64)), csr.shape)
        for values in (dense, np.asfortranarray(dense), csr, long, sp.csc_matrix(dense), csr.astype(np.float32)):
            made = anndata.AnnData(values, obs=self.cells.obs, var=self.cells.var, dtype=values.dtype)
            self.assert_same(unmix.nmf(made, 3, normalize=1e4).obsm["X_nmf"], want)

    def test_programs_are_used_again(self):
        first = unmix.nmf(self.cells, 3, normalize=1e4)
        first.write_h5ad(self.folder / "first.h5ad")
        self.run_unmix("nmf", self.path, "--normalize", "1e4", "--programs", "first.h5ad", "-o", "again.h5ad")
        self.assert_as_file(unmix.nmf(anndata.read_h5ad(self.path), normalize=1e4, programs=first), "again.h5ad")

    def test_losses(self):
        """By name, scikit-learn's name or number; consensus goes on with that of the factorisation."""
        self.run_unmix("nmf", self.path, "--normalize", "1e4", "-k", 3, "--loss", "0.5", "-o", "nmf.h5ad")
        made = unmix.nmf(anndata.read_h5ad(self.path), 3, normalize=1e4, loss=0.5)
        self.assert_as_file(made, "nmf.h5ad")
        self.run_unmix("consensus", "nmf.h5ad", "--resamples", 4, "--max-clusters", 4, "-o", "c.h5ad")
        self.assert_as_file(unmix.nmf_consensus(made, max_clusters=4, n_resamples=4), "c.h5ad")
        one, other = (unmix.nmf(self.cells.copy(), 3, normalize=1e4, loss=loss) for loss in ("kl", "kullback-leibler"))
        self.assert_same(one.obsm["X_nmf"], other.obsm["X_nmf"])
        self.assertEqual(other.uns["unmix_nmf"]["loss_function"], "kl")
        self.assertIn("expected frobenius, kl, itakura-saito or a number",
                      self.raised(unmix.ArgumentError, unmix.nmf, self.cells, 3, loss="poisson"))
        said = self.raised(unmix.InputError, unmix.nmf, self.cells, 3, normalize=1e4, loss="itakura-saito")
        self.assertIn("where the itakura-saito loss (beta 0) has no value", said)
        self.assertNotIn("X_nmf", self.cells.obsm)

    def test_missing_and_batches(self):
        dense = np.array(self.cells.X.toarray() if sp.issparse(self.cells.X) else self.cells.X, dtype=float)
        dense[3, 7] = np.nan
        made = anndata.AnnData(dense, obs=self.cells.obs, var=self.cells.var, dtype=dense.dtype)
        self.assertIn("is not finite", self.raised(unmix.InputError, unmix.nmf, made, 3))
        self.assertTrue(np.isfinite(unmix.nmf(made, 3, missing=True).obsm["X_nmf"]).all())
        self.cells.obs["batch"] = ["a", "b", None] * 30
        self.assertIn("highly_variable_nbatches", unmix.nmf(self.cells, 3, normalize=1e4, batch_key="batch").var)
        self.assertIn("no column 'none' in obs", self.raised(unmix.Error, unmix.nmf, self.cells, 3, batch_key="none"))

    def test_raw(self):
        self.cells.raw = self.cells
        fewer = self.cells[:, 100:].copy()
        made = unmix.nmf(fewer, 3, layer="raw", normalize=1e4)
        self.assertEqual(made.varm["X_nmf"].shape, (500, 3))
        whole = unmix.nmf(self.cells, 3, normalize=1e4)
        self.assert_same(made.varm["X_nmf"], whole.varm["X_nmf"][100:])
        self.assertIn("made from 'raw', not from 'X'", self.raised(unmix.InputError, unmix.nmf_consensus, made, layer="X"))
        made = unmix.nmf_consensus(made, 2, 3, n_resamples=5)
        self.assertEqual(made.uns["nmf_consensus"]["layer"], "raw")

    def test_gene_sets(self):
        sets = {"mine": list(self.cells.var_names[:30]), "other": list(self.cells.var_names[50:90])}
        (self.folder / "sets.gmt").write_text("".join(f"{name}\t\t" + "\t".join(genes) + "\n" for name, genes in sets.items()))
        self.run_unmix("score", self.path, "--normalize", "1e4", "--gene-sets", "sets.gmt", "-o", "s.h5ad")
        self.assert_as_file(unmix.score(self.cells.copy(), sets, normalize=1e4), "s.h5ad")
        self.assert_as_file(unmix.score(self.cells, self.folder / "sets.gmt", normalize=1e4), "s.h5ad")
        self.assertIn("set 'none' has no genes", self.raised(unmix.ArgumentError, unmix.score, self.cells, {"none": []}))

    def test_order_of_calls(self):
        self.assertIn("run unmix.nmf() first", self.raised(unmix.InputError, unmix.nmf_consensus, self.cells))
        self.assertIn("run unmix.nmf_consensus() first", self.raised(unmix.InputError, unmix.score, self.cells))

    def test_signatures(self):
        labels = pd.Series(["z", "b", "a", "NK", None, "drop"] * 15, index=self.cells.obs_names)
        self.cells.obs["text"], self.cells.obs["kind"] = labels, pd.Categorical(labels, ["z", "drop", "b", "NK"])
        self.cells.write_h5ad(self.folder / "labelled.h5ad")
        for column in ("text", "kind"):
            self.run_unmix("signatures", "labelled.h5ad", "--groupby", column, "--drop", "drop", "-o", f"{column}.tsv")
            want = table(self.folder / f"{column}.tsv")
            for cells in (anndata.read_h5ad(self.folder / "labelled.h5ad"), self.folder / "labelled.h5ad"):
                self.assert_same(unmix.signatures(cells, column, drop=["drop"]), want)
        self.assert_same(unmix.signatures(self.cells, labels, drop="drop"), table(self.folder / "text.tsv"))
        unlabelled = labels.where(labels != "a", "").where(labels != "NK", "NA")
        for column in (unlabelled, unlabelled.replace("NA", "").astype("category")):
            self.assertEqual(list(unmix.signatures(self.cells, column, drop="drop")), ["b", "z"])
        self.assertIn("no column 'none' in obs", self.raised(unmix.Error, unmix.signatures, self.cells, "none"))


class References(Module):
    def test_music_as_the_program(self):
        rng = np.random.default_rng(1)
        genes, kinds = self.signatures.index, np.array(self.mixture.types)
        of = np.arange(60) % 3
        cells = anndata.AnnData(sp.csr_matrix(rng.poisson(self.signatures.to_numpy().T[of] / 5.0).astype(float)),
                                obs=pd.DataFrame({"kind": kinds[of], "donor": [f"d{i % 4}" for i in range(60)]},
                                                 index=[f"c{i}" for i in range(60)]),
                                var=pd.DataFrame(index=genes), dtype=np.float64)
        cells.write_h5ad(self.folder / "atlas.h5ad")
        made = unmix.reference(cells, "kind", "donor")
        self.assertEqual(made.subjects, 4)
        self.assert_same(made.signatures, unmix.signatures(cells, "kind"))
        self.assert_same(made.variance, unmix.reference(self.folder / "atlas.h5ad", "kind", "donor").variance)
        twice = unmix.reference([self.folder / "atlas.h5ad", str(self.folder / "atlas.h5ad")], "kind", "donor")
        np.testing.assert_allclose(twice.signatures, made.signatures, rtol=1e-12)
        for method in ("music", "nnls", "exact"):
            with self.subTest(method=method):
                self.run_unmix("deconvolve", "--reference", "atlas.h5ad", "--groupby", "kind", "--subject", "donor", "--bulk",
                               "bulk.tsv", "--gene-info", "genes.tsv", "--method", method, "--force", "-o", "m.h5ad")
                want = anndata.read_h5ad(self.folder / "m.h5ad")
                got = unmix.deconvolve(made, self.bulk, gene_info=self.genes, method=method)
                for name, frame in want.obsm.items():
                    self.assert_same(getattr(got, name), frame, name)
        self.assertIn("reference", self.raised(unmix.ArgumentError, unmix.deconvolve, self.signatures, self.bulk,
                                               method="music"))


class RealData(Module):
    def test_sorted_blood_cells(self):
        if not DATA.exists():
            self.skipTest("no data in UNMIX_SHARED_DATA")
        cells = anndata.read_h5ad(DATA.parent / "pbmc3k" / "pbmc3k_lognorm.h5ad")
        signatures = unmix.signatures(cells, "cell_type", drop=["unlabelled"])
        bulk = table(DATA / "GSE74246_RNAseq_All_Counts.txt.gz")
        info = pd.read_table(DATA / "geneWeights_withSymbol.tsv").set_index("symbol")
        got = unmix.deconvolve(signatures, bulk, gene_lengths=info["length"], gene_weights=info["weight"])
        self.run_unmix("signatures", DATA.parent / "pbmc3k" / "pbmc3k_lognorm.h5ad", "--groupby", "cell_type", "--drop",
                       "unlabelled", "-o", "pbmc.tsv")
        self.run_unmix("deconvolve", "--signatures", "pbmc.tsv", "--bulk", DATA / "GSE74246_RNAseq_All_Counts.txt.gz",
                       "--gene-info", DATA / "geneWeights_withSymbol.tsv", "-o", "real.h5ad")
        want = anndata.read_h5ad(self.folder / "real.h5ad")
        for name, frame in want.obsm.items():
            self.assert_same(getattr(got, name), frame, name)


if __name__ == "__main__":
    main()
