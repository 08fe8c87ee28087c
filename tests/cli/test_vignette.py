"""The example of the README, line by line: it runs, makes the figures that are shown, and says the numbers quoted."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import unittest

import harness

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = pathlib.Path(os.environ.get("UNMIX_SHARED_DATA", "")) / "corces_GSE74246"
SECTION = (ROOT / "README.md").read_text().split("\n## An example: ")[1].split("\n## ")[0]
COMMANDS = re.findall(r"(?m)^    (\S.*)$", SECTION)
SHOWN = re.findall(r"!\[[^\]]+\]\((tools/report/figures/[^)]+)\)", SECTION)
WORDS = " ".join(SECTION.split())


def texts(path):
    """The words of a drawing, not where they stand: other versions of gnuplot and its fonts place them elsewhere."""
    return sorted(re.findall(r">([^<>]*\S[^<>]*)</(?:text|tspan)>", path.read_text()))


class Shown(harness.Case):
    def test_figures_are_kept(self):
        kept = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tools/report/figures").iterdir())
        self.assertEqual(sorted(SHOWN), kept)
        for name in kept:
            self.assertLess((ROOT / name).stat().st_size, 150000, name)


@unittest.skipUnless((DATA / "samples.tsv").exists(), "the data is not there")
@unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not there")
class Example(harness.Case):
    def run_line(self, line):
        if line == "tools/fetch-example":
            line += " --from " + shlex.quote(str(DATA))
        path = os.path.dirname(harness.PROGRAM) + os.pathsep + os.environ["PATH"]
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", line], cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, "PATH": path}, timeout=harness.TIMEOUT)
        self.assertEqual(done.returncode, 0, line + "\n" + done.stderr)
        return done

    def check_agreement(self, printed):
        """The table of the README has the numbers of `unmix compare`, rounded to four places."""
        rows = [line.split("\t") for line in printed.splitlines()]
        name = {f"example/{method}.h5ad": method for method in ("exact", "em", "gd", "music")}
        expected = [f"| {name[a]} | {name[b]} | {float(r):.4f} | {float(rmse):.4f} |"
                    for a, b, _, _, r, _, rmse, _ in rows]
        self.assertEqual(re.findall(r"(?m)^\| (?:exact|em|gd) \|.*$", SECTION), expected)

    def check_proportions(self):
        sheet = harness.read_table(self.folder / "example/samples.tsv")
        # Once more as a folder, which is read without anndata.
        line = next(line for line in COMMANDS if "exact.h5ad" in line and "deconvolve" in line)
        self.run_line(line.replace("exact.h5ad", "exact/"))
        table = harness.read_table(self.folder / "example/exact/proportions.tsv")
        healthy = [sample for sample in table if sheet[sample]["group"] == "healthy"]
        right = sum(max(table[sample], key=lambda name: float(table[sample][name])) == sheet[sample]["celltype"]
                    for sample in healthy)
        self.assertIn(f"in {right} of {len(healthy)}.", WORDS)

        def mean(of, name):
            values = [float(row[name]) for sample, row in table.items() if sheet[sample]["celltype"] == of]
            return f"{100 * sum(values) / len(values):.0f}%"

        self.assertIn(f"blasts come out as monocytes ({mean('Blasts', 'Mono')} on average), LMPP "
                      f"({mean('Blasts', 'LMPP')}) and GMP ({mean('Blasts', 'GMP')}), LSC as LMPP "
                      f"({mean('LSC', 'LMPP')}) and HSC ({mean('LSC', 'HSC')}), and rHSC, the cells before leukaemia, "
                      f"as MPP ({mean('rHSC', 'MPP')}) and HSC ({mean('rHSC', 'HSC')}).", WORDS)

    def test_line_by_line(self):
        shutil.copytree(ROOT / "tools", self.folder / "tools", ignore=lambda folder, names: [
            name for name in names if name != "fetch-example"])
        said = {}
        for line in COMMANDS:
            done = self.run_line(line)
            said[line] = done.stderr
            if line.startswith("unmix compare"):
                self.check_agreement(done.stdout)
        everything = "".join(said.values())
        self.assertIn("13 types from 49 cells", everything)
        for quoted in ("81 of 81 samples within 1e-6 of the optimum", "0 of 81 samples within 1e-6"):
            self.assertIn(f"`{quoted}`", WORDS)
            self.assertIn("\n" + quoted, everything)
        similar = re.search(r"most similar types: 'HSC' and 'MPP', (correlation [0-9.]+)", everything).group(1)
        self.assertIn(f"({similar})", WORDS)
        self.check_proportions()
        for name in SHOWN:
            made = self.folder / "example/figures" / pathlib.Path(name).name
            self.assertTrue(made.exists(), name)
            if made.suffix == ".svg":
                self.assertEqual(texts(made), texts(ROOT / name), name)


if __name__ == "__main__":
    harness.main()
