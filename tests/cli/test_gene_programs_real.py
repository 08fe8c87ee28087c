"""
Gene programs of real data. Skipped (exit status 77) where the data is absent.

pbmc3k: iterations and loss are those of scikit-learn 1.9.1 in double on the 2,000 genes that scanpy 1.11.5 chooses. The
other bounds are those that were set beforehand; what is reached stands beside them.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import anndata
import numpy as np

import cells

PROGRAM = os.environ.get("UNMIX", "unmix")
DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", ""))


class RealData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keeper = tempfile.TemporaryDirectory(dir=os.environ.get("UNMIX_TEST_FOLDER"))
        cls.addClassCleanup(cls.keeper.cleanup)
        cls.folder = pathlib.Path(cls.keeper.name)

    def unmix(self, *arguments):
        done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, f"unmix {' '.join(map(str, arguments))}\n{done.stderr}")
        return done

    def nmf(self, name, path, *options):
        output = self.folder / f"{name}.h5ad"
        self.unmix("nmf", DATA / path, *options, "-o", output, "--force")
        return anndata.read_h5ad(output)

    def test_as_scikit_learn(self):
        for precision in ("single", "double"):
            found = self.nmf("pbmc3k", "pbmc3k/pbmc3k_lognorm.h5ad", "--precision", precision)
            run = found.uns["unmix_nmf"]
            self.assertEqual(found.var["highly_variable"].sum(), 2000)
            self.assertEqual(run["iterations"], 488)
            self.assertAlmostEqual(run["loss"] / 502561.9038, 1, delta=1e-5 if precision == "single" else 1e-9)

    def test_counts_are_what_scanpy_would_make_of_them(self):
        """Normalised on the way: the genes and programs of the log-normalised file."""
        options = ["-k", 5, "--max-iter", 20]
        of_counts = self.nmf("counts", "pbmc3k/pbmc3k_counts.h5ad", "--normalize", "1e4", *options)
        of_logs = self.nmf("logs", "pbmc3k/pbmc3k_lognorm.h5ad", *options)
        self.assertEqual(list(of_counts.uns["X_nmf_genes"]), list(of_logs.uns["X_nmf_genes"]))
        a, b = of_counts.uns["X_nmf_components"], of_logs.uns["X_nmf_components"]
        self.assertLess(np.abs(a - b).max(), 1e-3 * b.max())
        self.assertTrue(of_counts.obs["cell_type"].equals(of_logs.obs["cell_type"]))

    def test_designed_mixtures(self):
        """Reached: .962, .978, .963."""
        found = self.nmf("mixology", "sc_mixology/RNAmix_celseq2.h5ad", "--normalize", "1e4", "--no-log", "--loss", "kl", "-k", 3,
                         "--init", "random", "--starts", 4)
        truth = found.obs[["H2228", "H1975", "HCC827"]].to_numpy()
        w = found.obsm["X_nmf"] / found.obsm["X_nmf"].sum(axis=1, keepdims=True)
        for reached, least in zip(cells.best_match(w, truth), (0.95, 0.97, 0.95)):
            self.assertGreaterEqual(reached, least)

    def layers(self, found):
        known = (found.obs["layer"] != "unlabelled").to_numpy()
        return cells.adjusted_rand_index(found.obs["layer"][known], found.obs["nmf_program"][known])

    def test_layers_of_the_olfactory_bulb(self):
        """Reached: .54 and .66."""
        spots = ["mOB_spatial/mOB_counts.h5ad", "--normalize", "1e4", "-k", 5]
        self.assertGreaterEqual(self.layers(self.nmf("mob", *spots)), 0.53)
        options = ["--gene-selection", "variance", "--top-genes", 1000]
        self.assertGreaterEqual(self.layers(self.nmf("mob_variance", *spots, *options)), 0.64)

    def test_consensus_of_the_olfactory_bulb(self):
        self.nmf("spots", "mOB_spatial/mOB_counts.h5ad", "--normalize", "1e4", "-k", 5)
        done = self.unmix("consensus", self.folder / "spots.h5ad", "--resamples", 10, "--max-clusters", 6, "-o",
                          self.folder / "consensus.h5ad")
        self.assertRegex(done.stderr, r"(?m)^[56] clusters: mean silhouette 0\.[89][0-9]* is the largest")
        found = anndata.read_h5ad(self.folder / "consensus.h5ad")
        self.assertEqual(found.obsm["spatial"].shape, (262, 2))
        self.assertEqual(np.asarray(found.obsm["X_nmf_consensus"]).shape, (262, found.uns["nmf_consensus"]["n_clusters"]))
        marker = {gene for name in found.uns["nmf_consensus"]["genes"] for gene in found.uns["nmf_consensus"]["genes"][name]}
        self.assertTrue({"Doc2g", "Penk", "Kctd12", "S100a5"} <= marker)  # of mitral, granular and olfactory nerve layer

    def test_raw_of_scaled_data(self):
        found = self.nmf("raw", "pbmc68k_reduced/pbmc68k_reduced.h5ad", "--layer", "raw", "-k", 6)
        self.assertEqual(found.uns["unmix_nmf"]["layer"], "raw")
        self.assertLess(np.asarray(found.X).min(), 0)  # X is as it was
        kinds = found.obs["bulk_labels"]
        self.assertGreater(cells.adjusted_rand_index(kinds, found.obs["nmf_program"]), 0.3)

    def test_older_files(self):
        for name, options in (("anndata_archive_v0.7.0.h5ad", ["--layer", "raw"]),
                              ("anndata_archive_v0.7.8.h5ad", ["--layer", "raw"]),
                              ("10x_v3_filtered_feature_bc_matrix.h5", ["--normalize", "1e4"])):
            with self.subTest(name):
                found = self.nmf("old", f"h5ad_fixtures/{name}", "-k", 4, "--max-iter", 50, *options)
                self.assertEqual(found.obsm["X_nmf"].shape, (found.n_obs, 4))


if __name__ == "__main__":
    if not DATA.is_dir() or not (DATA / "pbmc3k").is_dir():
        print("skipped: no real data; set UNMIX_SHARED_DATA to its folder")
        sys.exit(77)
    unittest.main(verbosity=2)
