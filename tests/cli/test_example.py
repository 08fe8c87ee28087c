"""tools/fetch-example: what it brings from a folder, or through a curl that stands in for the network."""

import os
import pathlib
import shutil
import subprocess
import unittest

import harness

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "fetch-example"
DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", "")) / "corces_GSE74246"
COUNTS, GENES = "GSE74246_RNAseq_All_Counts.txt.gz", "geneWeights_withSymbol.tsv"

# Takes the file of the address from a folder, from where the output ends; fails once behind half of it.
CURL = """#!/usr/bin/env bash
echo "$@" >> {folder}/curl.log
while (($# > 1)); do [[ "$1" == --output ]] && output="$2"; shift; done
source={source}/"${{1##*/}}"
have="$(stat -c %s "$output" 2>/dev/null || echo 0)"
if [[ ! -e {folder}/broke ]]; then
    touch {folder}/broke
    head -c 100000 "$source" > "$output"
    exit 18
fi
tail -c +$((have + 1)) "$source" >> "$output"
"""


class Example(harness.Case):
    def fetch(self, *arguments, status=0, path=""):
        environment = {**os.environ, "PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
        done = subprocess.run([SCRIPT, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True,
                              env=environment)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def refused(self, parts, *arguments):
        lines = self.fetch(*arguments, status=1).stderr.splitlines()
        self.assertEqual(len(lines), 1, lines)
        for part in ("tools/fetch-example: ", *parts):
            self.assertIn(part, lines[0])

    def files(self, folder="example"):
        return sorted(path.name for path in (self.folder / folder).iterdir())


class Refusals(Example):
    def test_other_contents(self):
        (self.folder / COUNTS).write_bytes(b"not what it should be")
        self.refused([COUNTS, "SHA-256"], "--from", self.folder, "-o", "example")
        self.assertEqual(self.files(), [])

    def test_missing_file(self):
        self.refused([COUNTS, "is not there"], "--from", "nowhere", "-o", "example")

    def test_existing_file_is_not_replaced(self):
        (self.folder / "example").mkdir()
        mine = self.folder / "example" / "counts.tsv.gz"
        mine.write_text("mine")
        self.refused(["counts.tsv.gz", "move it away"], "-o", "example")
        self.assertEqual(mine.read_text(), "mine")

    def test_arguments(self):
        self.refused(["unknown argument '--form'", "usage"], "--form", "x")
        self.refused(["--from needs a folder"], "--from")
        (self.folder / "file").write_text("")
        self.refused(["file/example", "cannot be made"], "-o", "file/example")


@unittest.skipUnless((DATA / COUNTS).exists(), "the data is not there")
class Data(Example):
    def check(self):
        self.assertEqual(self.files(), ["counts.tsv.gz", "genes.tsv", "samples.tsv"])
        for name, original in (("counts.tsv.gz", COUNTS), ("genes.tsv", GENES)):
            self.assertEqual((self.folder / "example" / name).read_bytes(), (DATA / original).read_bytes())

    def test_from_a_folder(self):
        self.fetch("--from", DATA)
        self.check()
        sheet = harness.read_table(self.folder / "example" / "samples.tsv")
        known = harness.read_table(DATA / "samples.tsv")
        self.assertEqual(list(sheet), list(known))
        for sample, row in sheet.items():
            self.assertEqual(row, {name: known[sample][name] for name in ("donor", "celltype", "group")})
        # Again: everything is there.
        self.assertIn("counts.tsv.gz is there", self.fetch("--from", DATA).stdout)
        self.check()

    def test_commands_that_it_prints(self):
        """13 types; the sorted healthy samples come out as what they are."""
        printed = self.fetch("--from", DATA).stdout
        commands = printed[printed.index("  unmix signatures"):]
        path = os.path.dirname(harness.PROGRAM) + os.pathsep + os.environ["PATH"]
        done = subprocess.run(["bash", "-euc", commands.replace("result.h5ad", "result/")], cwd=self.folder,
                              env={**os.environ, "PATH": path}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("13 types from 49 cells", done.stderr)
        self.assertIn("81 of 81 samples within 1e-6 of the optimum", done.stderr)
        sheet = harness.read_table(self.folder / "example" / "samples.tsv")
        proportions = harness.read_table(self.folder / "result" / "proportions.tsv")
        right = [sheet[sample]["celltype"] == max(row, key=lambda name: float(row[name]))
                 for sample, row in proportions.items() if sheet[sample]["group"] == "healthy"]
        self.assertEqual(len(right), 49)
        self.assertGreaterEqual(sum(right), 44)

    def test_download_goes_on_where_it_broke_off(self):
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "curl").write_text(CURL.format(folder=self.folder, source=DATA))
        (tools / "curl").chmod(0o755)
        done = self.fetch(status=1, path=tools)
        self.assertIn("could not be fetched; run again to go on", done.stderr)
        self.assertEqual(self.files(), ["counts.tsv.gz.part"])
        self.fetch(path=tools)
        self.check()
        log = (self.folder / "curl.log").read_text().splitlines()
        self.assertEqual(len(log), 3)
        self.assertRegex(log[0], r"--continue-at - .*https://\S+/GSE74246/suppl/GSE74246_RNAseq_All_Counts\.txt\.gz$")
        self.assertRegex(log[2], r"https://\S+/geneWeights_withSymbol\.tsv$")
        # A download that is whole, but was not put in its place.
        shutil.move(self.folder / "example" / "genes.tsv", self.folder / "example" / "genes.tsv.part")
        self.fetch(path=tools)
        self.check()
        self.assertEqual(len((self.folder / "curl.log").read_text().splitlines()), 3)


if __name__ == "__main__":
    harness.main()
