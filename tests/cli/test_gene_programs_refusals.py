"""What nmf, consensus and score refuse: the status, one line that says what, where and what to do, and nothing left."""

import os
import pathlib
import signal
import subprocess
import time
import unittest

import anndata
import h5py
import numpy as np

import cells
import harness

DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", "/nowhere"))


class Case(harness.Case):
    """counts.h5ad: 20 cells x 12 genes; nmf.h5ad: 3 programs of them."""

    @classmethod
    def setUpClass(cls):
        cls.planted = cells.Planted(cells=20, genes=12, programs=3)

    def setUp(self):
        super().setUp()
        self.planted.write(self.folder / "counts.h5ad", self.planted.counts)

    def factorise(self):
        self.run_unmix("nmf", "counts.h5ad", "--all-genes", "-k", 3, "-o", "nmf.h5ad")

    def nmf_refused(self, parts, *options, path="counts.h5ad", status=3, output="out.h5ad"):
        return self.refused(status, parts, "nmf", path, *options, "-o", output)

    def changed(self, change):
        """counts.h5ad with another X: nowhere near as it was."""
        x = self.planted.counts.copy()
        change(x)
        self.planted.write(self.folder / "changed.h5ad", x)
        return "changed.h5ad"


class CommandLine(Case):
    def test_components(self):
        for text in ("0", "-1", "4:", ":4", "5:4", "4:12:2", "x", "1e1", "4 ", "5000", "99999999999999999999"):
            with self.subTest(text):
                self.nmf_refused(["--components", f"'{text}'", "4:12"], f"--components={text}", status=2)

    def test_options_that_do_not_go_together(self):
        self.nmf_refused(["kl", "mu", "hals"], "--loss", "kl", "--solver", "hals", status=2)
        for one, other in ((["--programs", "a"], ["--start", "b"]), (["--programs", "a"], ["-k", 3]),
                           (["--all-genes"], ["--top-genes", 10])):
            self.nmf_refused("exclude each other", *one, *other, status=2)
        self.nmf_refused(["--masks", "4:12"], "--masks", 2, status=2)
        self.nmf_refused(["--no-log", "--normalize"], "--no-log", status=2)
        self.nmf_refused(["resamples", "1"], "-k", "2:3", "--resamples", 1, status=2)
        self.nmf_refused(["seed", "4294967295"], "--seed", "4294967296", status=2)

    def test_values(self):
        for option, value in (("--tol", "-1"), ("--max-iter", "0"), ("--alpha-W", "-1"), ("--l1-ratio", "2"),
                              ("--normalize", "0"), ("--top-genes", "0"), ("--starts", "0"), ("--held-out", "1"),
                              ("--init", "zeros"), ("--solver", "cd"), ("--input", "scaled")):
            with self.subTest(option):
                self.nmf_refused([option, value], f"{option}={value}", status=2)

    def test_losses(self):
        for text in ("is", "1.5x", "nan", "inf", "BETA"):
            with self.subTest(text):
                self.nmf_refused([f"loss '{text}'", "frobenius, kl, itakura-saito or a number"], "--loss", text, status=2)
        for text in ("itakura-saito", "0.5"):
            self.nmf_refused([text, "solver mu", "hals"], "--loss", text, "--solver", "hals", status=2)

    def test_zeros_where_the_loss_has_no_value(self):
        path = self.changed(lambda x: x.__setitem__((3, 7), 0))
        named = ["cell 'cell3'", "gene 'gene7'", ": 0,", "beta above 0"]
        for text in ("itakura-saito", "0", "-1.2"):
            with self.subTest(text):
                self.nmf_refused(named, "--loss", text, "--all-genes", path=path)
                self.assertFalse((self.folder / "out.h5ad").exists())
        path = self.changed(lambda x: x.__iadd__(0.5))
        self.nmf_refused(["nndsvd", "itakura-saito", "random"], "--loss", "itakura-saito", "--init", "nndsvd", "--all-genes",
                         path=path, status=2)

    def test_output(self):
        (self.folder / "there.h5ad").write_text("precious")
        self.nmf_refused(["there.h5ad", "--force"], output="there.h5ad", status=2)
        self.assertEqual((self.folder / "there.h5ad").read_text(), "precious")
        for options in ([], ["--force"]):
            self.nmf_refused(["same file as the input"], *options, output="counts.h5ad", status=2)
        self.nmf_refused([".h5ad", "folder"], output="out.tsv", status=2)
        self.nmf_refused(["nosuch"], output="nosuch/out.h5ad", status=1)
        self.refused(2, "-o", "nmf", "counts.h5ad", "-k", 3)
        self.factorise()
        self.refused(2, "same file as the input", "consensus", "nmf.h5ad", "-o", "nmf.h5ad", "--force")
        self.refused(2, "same file as the input", "nmf", "counts.h5ad", "--programs", "nmf.h5ad", "-o", "nmf.h5ad", "--force")

    @unittest.skipIf(os.geteuid() == 0, "every folder can be written by root")
    def test_folder_that_cannot_be_written(self):
        (self.folder / "locked").mkdir(mode=0o555)
        self.nmf_refused(["locked"], "-k", 3, output="locked/out.h5ad", status=1)


class Values(Case):
    def test_more_components_than_there_are(self):
        self.nmf_refused(["13 components", "genes", "20 cells", "12 genes", "fewer"], "-k", 13)
        few = cells.Planted(cells=5, genes=30)
        few.write(self.folder / "few.h5ad", few.counts)
        self.nmf_refused(["6 components", "cells", "5 cells"], "-k", 6, "--all-genes", path="few.h5ad")
        self.nmf_refused(["13 components"], "-k", "2:13")
        self.nmf_refused(["20 cells x 0.1 = 2 cells", "3 components", "larger fraction"], "-k", "2:3",
                         "--resample-fraction", 0.1)

    def test_scaled(self):
        path = self.changed(lambda x: np.subtract(x, 1.5, out=x))
        self.nmf_refused(["changed.h5ad", "'X'", "'cell", "'gene", "negative", "raw"], path=path)

    @unittest.skipUnless((DATA / "pbmc68k_reduced").is_dir(), "no real data")
    def test_scaled_real_data(self):
        self.nmf_refused(["'X'", "negative", "raw"], path=DATA / "pbmc68k_reduced" / "pbmc68k_reduced.h5ad")

    def test_not_finite(self):
        def put(value):
            return self.changed(lambda x: x.__setitem__((3, 4), value))

        self.nmf_refused(["'cell3'", "'gene4'", "nan", "--missing"], path=put(np.nan))
        self.nmf_refused(["'cell3'", "'gene4'", "inf is not finite"], path=put(np.inf))
        self.nmf_refused(["inf is not finite"], "--missing", path=put(np.inf))

    def test_nothing_there(self):
        self.nmf_refused(["changed.h5ad", "all values are zero"], path=self.changed(lambda x: x.fill(0)))
        self.nmf_refused(["no gene stands out", "take all genes"], path=self.changed(lambda x: x.fill(3)))
        self.nmf_refused(["a share of 1e-09", "larger"], "-k", "2:3", "--held-out", "1e-9")

    def test_out_of_range(self):
        self.nmf_refused(["no gene has so many reads"], path=self.changed(lambda x: np.multiply(x, 1e30, out=x)))
        self.nmf_refused(["single precision", "double"], "--all-genes", "-k", 2,
                         path=self.changed(lambda x: np.multiply(x, 1e-30, out=x)))

    def test_repeated_names(self):
        for axis, name in (("obs", "cell0"), ("var", "gene0")):
            data = self.planted.data(self.planted.counts)
            names = list(getattr(data, f"{axis}_names"))
            setattr(data, f"{axis}_names", [names[0], names[0], *names[2:]])
            data.write_h5ad(self.folder / "twice.h5ad")
            self.nmf_refused(["twice.h5ad", f"'{name}'", "row 1", "row 2"], path="twice.h5ad")

    def test_table(self):
        harness.write_table(self.folder / "t.tsv", ["gene", "a", "b"], [["x", 1, 2], ["y", 3, "NA"], ["z", 0, 1]])
        self.nmf_refused(["t.tsv", "line 3", "'b'", "NA"], "-k", 2, path="t.tsv")
        harness.write_table(self.folder / "t.tsv", ["gene", "a", "b"], [["x", 1, 2], ["y", 3, -1]])
        self.nmf_refused(["t.tsv", "line 3", "'b'", "negative"], "-k", 2, "--missing", path="t.tsv")
        harness.write_table(self.folder / "t.tsv", ["gene", "a", "b"], [["x", 1, 2], ["y", 3, 1]])
        self.nmf_refused(["labels of cells", ".h5ad"], "-k", 2, "--batch-key", "batch", path="t.tsv")

    def test_files_that_are_not_there(self):
        self.nmf_refused(["nosuch.h5ad", "no such file"], path="nosuch.h5ad")
        self.nmf_refused(["no layer 'spliced'"], "--layer", "spliced")
        self.nmf_refused(["'batch_of'", "batch"], "--batch-key", "batch_of")
        (self.folder / "bare").mkdir()
        self.nmf_refused(["bare", "matrix.mtx"], path="bare")

    def test_pipe(self):
        """Read once, so that a folder can be written of it but not a file with the data in it."""
        harness.write_table(self.folder / "t.tsv", ["gene", "a", "b", "c"], [["x", 1, 2, 0], ["y", 3, 0, 1], ["z", 0, 1, 5]])
        for output, status in (("out.h5ad", 2), ("out/", 0)):
            fifo = self.folder / "fifo"
            os.mkfifo(fifo)
            feeder = subprocess.Popen(["/bin/sh", "-c", "cat t.tsv > fifo"], cwd=self.folder)
            done = self.run_unmix("nmf", "fifo", "-k", 2, "-o", output, status=status)
            feeder.kill()
            feeder.wait()
            fifo.unlink()
            self.assertEqual("pipe" in done.stderr, status == 2)

    def test_unreadable_filter(self):
        with h5py.File(self.folder / "counts.h5ad", "r+") as file:
            del file["X"]
            plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plist.set_chunk((4, 12))
            plist.set_filter(32015, h5py.h5z.FLAG_OPTIONAL, (3,))
            h5py.h5d.create(file.id, b"X", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((20, 12)), plist)
        self.nmf_refused(["counts.h5ad", "'X'", "zstd", "compression='gzip'"])


class Programs(Case):
    def test_of_other_genes(self):
        harness.write_table(self.folder / "p.tsv", ["gene", "p", "q"], [["ENSG1", 1, 2], ["ENSG2", 0, 1]])
        self.nmf_refused(["none of the 2 genes", "'ENSG1'", "same kind"], "--programs", "p.tsv")

    def test_that_cannot_be(self):
        cases = (([["gene1", 1, 2], ["gene1", 0, 1]], ["p.tsv", "'gene1'", "line 2", "line 3"]),
                 ([["gene1", 0, 2], ["gene2", 0, 1]], ["p.tsv", "'p'", "zero"]),
                 ([["gene1", 1, "NA"], ["gene2", 0, 1]], ["p.tsv", "line 2", "NA"]))
        for rows, parts in cases:
            harness.write_table(self.folder / "p.tsv", ["gene", "p", "q"], rows)
            self.nmf_refused(parts, "--programs", "p.tsv")
        self.nmf_refused(["'uns/X_nmf_components'", "unmix nmf"], "--programs", "counts.h5ad")


class Consensus(Case):
    def setUp(self):
        super().setUp()
        self.factorise()

    def consensus_refused(self, parts, *options, path="nmf.h5ad", status=3):
        self.refused(status, parts, "consensus", path, *options, "-o", "out.h5ad")

    def test_without_a_factorisation(self):
        self.consensus_refused(["counts.h5ad", "'obsm/X_nmf'", "unmix nmf"], path="counts.h5ad")
        (self.folder / "t.tsv").write_text("gene\ta\nx\t1\n")
        self.consensus_refused(["t.tsv", "unmix nmf"], path="t.tsv")

    def test_fewer_than_clusters(self):
        self.consensus_refused(["9 programs", "20 clusters", "--max-clusters"], "--resamples", 3, "--max-clusters", 20, status=2)
        self.consensus_refused(["3 components x 0.8 = 2 programs", "4 clusters", "--max-clusters 2", "5 components"],
                               "--resample", "programs", "--min-clusters", 2, "--max-clusters", 4, status=2)
        self.consensus_refused(["20 cells x 0.1 = 2 cells", "3 components", "larger fraction"], "--resample-fraction", 0.1)
        self.consensus_refused(["clusters from 6 to 5"], "--min-clusters", 6, "--max-clusters", 5, status=2)
        self.consensus_refused(["clusters from 1"], "--min-clusters", 1, status=2)
        self.consensus_refused(["2 resamples", "3 or more"], "--resamples", 2, status=2)
        self.consensus_refused(["--resamples", "0"], "--resamples", 0, status=2)

    def test_another_layer(self):
        data = self.planted.data(self.planted.counts * 0 + 1)
        data.layers["counts"] = self.planted.counts
        data.write_h5ad(self.folder / "layers.h5ad")
        self.run_unmix("nmf", "layers.h5ad", "--layer", "counts", "--all-genes", "-k", 3, "-o", "of_layer.h5ad")
        options = ["--resamples", 4, "--min-clusters", 2, "--max-clusters", 3]
        self.consensus_refused(["'counts'", "'X'", "choose that layer"], *options, path="of_layer.h5ad")
        self.run_unmix("consensus", "of_layer.h5ad", "--layer", "counts", *options, "-o", "out.h5ad")

    def test_small_panel(self):
        """As many genes as a cluster is scored by: no controls are left. That is said, and the programs are written."""
        done = self.run_unmix("consensus", "nmf.h5ad", "--resamples", 4, "--min-clusters", 2, "--max-clusters", 3, "-o", "c.h5ad")
        self.assertIn("is not scored", done.stderr)
        found = anndata.read_h5ad(self.folder / "c.h5ad")
        self.assertTrue(found.obs["nmf_cluster_0"].isna().all())
        self.assertIn("X_nmf_consensus", found.obsm)


class Score(Case):
    def score_refused(self, parts, text, *options, name="sets.gmt"):
        (self.folder / name).write_text(text)
        self.refused(3, parts, "score", "counts.h5ad", "--gene-sets", name, *options, "-o", "out.h5ad")

    def test_lists(self):
        self.score_refused(["none of the 2 genes", "'mine'", "CD3E"], "mine\tx\tCD3E\tCD4\n")
        self.score_refused(["sets.gmt", "empty"], "")
        self.score_refused(["sets.tsv", "only a header"], "set\tgene\n", name="sets.tsv")
        self.score_refused(["'mine'", "line 1", "line 2"], "mine\tx\tgene1\nmine\tx\tgene2\n")
        self.score_refused(["no control genes", "'all'"], "all\tx\t" + "\t".join(self.planted.genes) + "\n")
        self.score_refused(["'mine_score'", "rename"], "mine\tx\tgene1\nmine_score\tx\tgene2\n")

    def test_without_lists(self):
        self.refused(3, ["counts.h5ad", "unmix consensus", "--gene-sets"], "score", "counts.h5ad", "-o", "out.h5ad")

    def test_names_that_a_column_cannot_have(self):
        (self.folder / "sets.gmt").write_text("Th1/Th17\tx\tgene1\tgene2\nbatch\tx\tgene3\n")
        done = self.run_unmix("score", "counts.h5ad", "--gene-sets", "sets.gmt", "--bins", 3, "-o", "out.h5ad")
        self.assertIn("'Th1_Th17'", done.stderr)
        self.assertIn("obs['batch'] is replaced", done.stderr)
        self.assertEqual(anndata.read_h5ad(self.folder / "out.h5ad").obs["Th1_Th17"].dtype, float)


class Ends(Case):
    def big(self):
        """1.9 MB: more than a compiler of kernels writes."""
        data = cells.Planted(cells=600, genes=400, programs=8)
        data.write(self.folder / "big.h5ad", data.counts)

    def test_full_disk(self):
        self.big()
        self.refused(1, "out.h5ad", "nmf", "big.h5ad", "-k", 3, "--max-iter", 5, "-o", "out.h5ad",
                     preexec_fn=harness.limit_file_size(1_500_000))
        (self.folder / "sets.gmt").write_text("mine\tx\tgene1\tgene2\n")
        for output in ("out.h5ad", "out/", "out.tsv"):
            self.refused(1, "out", "score", "big.h5ad", "--gene-sets", "sets.gmt", "-o", output,
                         preexec_fn=harness.limit_file_size(128))

    def test_interrupt(self):
        """While it fits: 130, and no half file."""
        self.big()
        before = self.listing()
        process = self.start("nmf", "big.h5ad", "-k", "2:30", "--tol", "0", "--all-genes", "-o", "out.h5ad")
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 130, err)
        self.assertEqual(self.listing(), before)


if __name__ == "__main__":
    harness.main()
