"""What differs from run to run stands apart, and compare --exact tells whether anything else does."""

import json
import os
import shutil

import h5py
import numpy as np

from harness import Case, Mixture, main

MEMBER = "member\tplace\ta\tb"


class Same(Case):
    def differences(self, a, b):
        done = self.run_unmix("compare", "--exact", a, b, status=1)
        self.assertRegex(done.stderr, f"{a} and {b} differ in [0-9]+ members\n")
        lines = done.stdout.splitlines()
        self.assertEqual(lines[0], MEMBER)
        return [tuple(line.split("\t")) for line in lines[1:]]

    def changed(self, change, name="a.h5ad"):
        """A copy of a result in which one thing is another, as compare sees it."""
        copy = self.folder / "copy.h5ad"
        shutil.copyfile(self.folder / name, copy)
        with h5py.File(copy, "r+") as file:
            change(file)
        return self.differences(name, "copy.h5ad")


class Deconvolved(Same):
    def setUp(self):
        super().setUp()
        Mixture(noise=0.2).write(self.folder)

    def test_other_name_folder_and_day(self):
        for ending in (".h5ad", "/"):
            a = self.deconvolve("--threads", 1, output=f"a{ending}")
            (self.folder / "elsewhere").mkdir(exist_ok=True)
            for name in ("sig.tsv", "bulk.tsv"):
                shutil.copyfile(self.folder / name, self.folder / "elsewhere" / name)
            b = self.deconvolve("--threads", 1, output=f"b{ending}", signatures="elsewhere/sig.tsv", bulk="elsewhere/bulk.tsv")
            self.assert_same_result(a, b)
            done = self.run_unmix("compare", "--exact", a, b)
            self.assertIn("are the same, but for what differs from run to run\n", done.stderr)

    def test_what_stands_apart(self):
        self.deconvolve("--threads", 1, output="a b.h5ad")
        run = json.loads((self.deconvolve("--threads", 1, output="a/") / "run.json").read_text())
        self.assertEqual(sorted(run["run"]), ["bulk", "command", "date", "device", "driver", "gene_info", "host", "seconds",
                                              "signatures", "threads"])
        self.assertTrue({"version", "method", "precision", "seed"} <= set(run))
        self.assertFalse(set(run) & set(run["run"]))
        self.assertRegex(run["run"]["date"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual((run["run"]["threads"], run["run"]["bulk"], run["run"]["host"]), (1, "bulk.tsv", os.uname().nodename))
        self.assertTrue(0 < run["run"]["seconds"] < 300)
        with h5py.File(self.folder / "a b.h5ad") as file:
            self.assertEqual(file["uns/unmix/run/command"][()].decode(),
                             "unmix deconvolve --signatures sig.tsv --bulk bulk.tsv --gene-info genes.tsv --threads 1 "
                             "-o 'a b.h5ad'")
            self.assertEqual(set(file["uns/unmix/run"]), set(run["run"]))

    def test_source_date_epoch(self):
        """The same command line gives the same bytes."""
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "951782400"}
        for output in ("a.h5ad", "a/"):
            found = []
            for _ in range(2):
                self.run_unmix(*self.command("--force", output=output), env=environment)
                path = self.folder / output
                found.append({p.name: p.read_bytes() for p in (path.iterdir() if path.is_dir() else [path])})
            self.assertEqual(found[0], found[1])
        run = json.loads((self.folder / "a" / "run.json").read_text())["run"]
        self.assertEqual((run["date"], "host" in run, "seconds" in run), ("2000-02-29T00:00:00Z", False, False))
        for wrong in ("today", "-1", "1.5", "99999999999999", "1e9", " 5", "12 "):
            self.refused(2, [f"SOURCE_DATE_EPOCH is '{wrong}'", "whole number of seconds"], *self.command(output="b.h5ad"),
                         env={**os.environ, "SOURCE_DATE_EPOCH": wrong})

    def test_a_changed_value_is_found(self):
        self.deconvolve(output="a.h5ad")
        value = float(h5py.File(self.folder / "a.h5ad")["obsm/proportions/type1"][2])

        def step(file):
            file["obsm/proportions/type1"][2] = np.nextafter(value, 1)

        self.assertEqual(self.changed(step),
                         [("obsm/proportions/type1", "[2]", f"{value:.17g}", f"{np.nextafter(value, 1):.17g}")])
        self.assertEqual(self.changed(lambda f: f["obs/_index"].__setitem__(1, "other")),
                         [("obs/_index", "[1]", "sample1", "other")])
        self.assertEqual(self.changed(lambda f: f["obs/iterations"].__setitem__(0, 77))[0][::3], ("obs/iterations", "77"))
        self.assertEqual(self.changed(lambda f: f["obs/converged"].__setitem__(3, False)),
                         [("obs/converged", "[3]", "1", "0")])
        self.assertEqual(self.changed(lambda f: f["uns/unmix/method"].__setitem__((), "em")),
                         [("uns/unmix/method", "", "exact", "em")])

    def test_members_types_and_attributes(self):
        self.deconvolve(output="a.h5ad")

        def retype(file):
            values = file["obs/gap"][()]
            del file["obs/gap"]
            file["obs/gap"] = values.astype("f4")

        def reshape(file):
            del file["var/length"]
            file["var/length"] = np.zeros((3, 2))

        self.assertEqual(self.changed(lambda f: f.__delitem__("obsm/exposures")), [("obsm/exposures", "", "there", "missing")])
        self.assertEqual(self.changed(lambda f: f.create_group("obsm/more")), [("obsm/more", "", "missing", "there")])
        self.assertIn(("obs/gap", "type", "real numbers, 8 bytes", "real numbers, 4 bytes"), self.changed(retype))
        self.assertIn(("var/length", "shape", "30", "3 x 2"), self.changed(reshape))
        self.assertEqual(self.changed(lambda f: f["obs"].attrs.__setitem__("_index", "other")),
                         [("obs", "attribute '_index'", "_index", "other")])
        self.assertEqual(self.changed(lambda f: f.attrs.__setitem__("more", 1)), [("/", "attribute 'more'", "missing", "there")])
        # What differs from run to run is not looked at; a member of that name elsewhere is.
        copy = self.folder / "apart.h5ad"
        shutil.copyfile(self.folder / "a.h5ad", copy)
        with h5py.File(copy, "r+") as file:
            file["uns/unmix/run/threads"][()] = 77
        self.assert_same_result("a.h5ad", "apart.h5ad")
        with h5py.File(copy, "r+") as file:
            del file["uns/unmix/run"]
        self.assert_same_result("a.h5ad", "apart.h5ad")
        self.assertEqual(self.changed(lambda f: f.__setitem__("uns/run", 1)), [("uns/run", "", "missing", "there")])

    def test_folders(self):
        a, b = self.deconvolve(output="a/"), self.deconvolve(output="b/")
        self.assert_same_result(a, b)
        table = (b / "proportions.tsv").read_text()
        rows = [line.split("\t") for line in table.splitlines()]
        was, rows[2][3] = rows[2][3], "0.5"
        (b / "proportions.tsv").write_text("\n".join(map("\t".join, rows)) + "\n")
        self.assertEqual(self.differences(a, b), [("proportions.tsv", "line 3, field 4", was, "0.5")])
        (b / "proportions.tsv").write_text(table[:-1])
        self.assertEqual(self.differences(a, b)[0][1], f"line {len(rows)}, field 4")
        (b / "proportions.tsv").unlink()
        (b / "more.txt").write_text("x")
        self.assertEqual(self.differences(a, b), [("more.txt", "", "missing", "there"), ("proportions.tsv", "", "there", "missing")])
        (b / "more.txt").unlink()
        shutil.copyfile(a / "proportions.tsv", b / "proportions.tsv")
        run = json.loads((b / "run.json").read_text())
        run["seed"], run["run"] = 43, {}
        run["more"] = {"in": [1, 2]}
        del run["l1"]
        (b / "run.json").write_text(json.dumps(run, indent=2))
        self.assertEqual(self.differences(a, b),
                         [("run.json/l1", "", "there", "missing"), ("run.json/seed", "", "42", "43"),
                          ("run.json/more/in", "", "missing", "there")])

    def test_refusals(self):
        a = self.deconvolve(output="a.h5ad")
        folder = self.deconvolve(output="a/")
        self.refused(2, "--exact compares two results", "compare", "--exact", a)
        self.refused(2, "--exact compares two results", "compare", "--exact", a, a, a)
        self.refused(2, "--exact compares two results", "compare", "--exact", a, a, "--truth", "truth.tsv")
        self.refused(3, ["nothing.h5ad", "no such file or folder"], "compare", "--exact", a, "nothing.h5ad")
        self.refused(3, ["is a folder", "is a file"], "compare", "--exact", folder, a)
        shutil.copytree(folder, self.folder / "b")
        (self.folder / "b" / "run.json").write_text('{"a": [1, 2')
        self.refused(3, ["run.json", "is no complete JSON"], "compare", "--exact", folder, "b")
        data = a.read_bytes()
        (self.folder / "cut.h5ad").write_bytes(data[:len(data) // 2])
        self.refused(3, "cut.h5ad", "compare", "--exact", a, "cut.h5ad")


class Programs(Same):
    def test_nmf_consensus_and_score(self):
        self.run_unmix("simulate", "--genes", 300, "--types", 4, "--samples", 60, "--depth", 3000, "--dispersion", 0, "--format",
                       "h5ad", "-o", "cells/")
        for name in ("a", "b"):
            self.run_unmix("nmf", "cells/bulk.h5ad", "--normalize", "1e4", "-k", 4, "-o", f"nmf_{name}.h5ad")
            self.run_unmix("nmf", "cells/bulk.h5ad", "--normalize", "1e4", "-k", 4, "-o", f"nmf_{name}/")
            self.run_unmix("consensus", f"nmf_{name}.h5ad", "--resamples", 5, "--max-clusters", 4, "-o",
                           f"consensus_{name}.h5ad")
            self.run_unmix("score", f"consensus_{name}.h5ad", "--normalize", "1e4", "-o", f"score_{name}.h5ad")
            self.run_unmix("score", f"consensus_{name}.h5ad", "--normalize", "1e4", "-o", f"score_{name}/")
        for what in ("nmf_{}.h5ad", "nmf_{}/", "consensus_{}.h5ad", "score_{}.h5ad", "score_{}/"):
            self.assert_same_result(what.format("a"), what.format("b"))
        with h5py.File(self.folder / "score_a.h5ad") as file:
            for group, device in (("unmix_nmf", True), ("nmf_consensus", True), ("unmix_score", False)):
                self.assertEqual({"device", "driver"} <= set(file["uns"][group]["run"]), device, group)
                self.assertIn("command", file["uns"][group]["run"])
                self.assertFalse({"device", "date"} & set(file["uns"][group]))
        run = json.loads((self.folder / "nmf_a" / "run.json").read_text())
        self.assertIn("seconds", run["unmix_nmf"]["run"])
        self.assertEqual(self.changed(lambda f: f["uns/unmix_nmf/seed"].__setitem__((), 1), "nmf_a.h5ad"),
                         [("uns/unmix_nmf/seed", "", "42", "1")])
        found = self.changed(lambda f: f["X"].__setitem__((5, 7), 4321), "nmf_a.h5ad")
        self.assertEqual([(member, place, b) for member, place, _, b in found], [("X", "[5,7]", "4321")])


if __name__ == "__main__":
    main()
