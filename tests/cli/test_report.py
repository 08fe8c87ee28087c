"""unmix report: a page that stands alone, its figures and scripts, names of all kinds, and refusals."""

import html
import os
import re
import shutil
import signal
import subprocess
import time
import unittest
import xml.dom.minidom

import harness

GNUPLOT = shutil.which("gnuplot")
NAMES = ["it's <b>&\"q\"", "'T cell'", "a''b]]>", "{/Bold x}_y^2 100%", "@a`id`$HOME", "back\\slash\\n", "µ–日本 ü"]
SAMPLES = ["s'1 <x>&", "s{2}_3", "s@4`", "s\\5 %d", " id=\"x\" href=\"#y\"", "#s7 </svg>"]
METRICS = ("correlation", "residuals", "count_ratio", "intercept", "certificate", "convergence", "dispersion")


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


class Page:
    """What a page consists of, taken apart without a browser."""

    def __init__(self, path):
        self.text = path.read_text(encoding="utf-8")
        self.sections = dict(re.findall(r'(?s)<section id="([^"]+)">(.*?)</section>', self.text))

    def table(self, name):
        """The numbers under a figure as lists of texts, the header first."""
        section = self.sections[name]
        pre = re.search(r"(?s)<pre>\n(.*?)</pre>", section)
        if pre:
            return [line.split("\t") for line in html.unescape(pre.group(1)).splitlines()]
        rows = re.findall(r"(?s)<tr>(.*?)</tr>", section)
        return [[html.unescape(cell) for cell in re.findall(r"(?s)<t[hd]>(.*?)</t[hd]>", row)] for row in rows]

    def identifiers(self):
        tags = re.findall(r"<[^<>]*>", self.text)
        return [name for tag in tags for name in re.findall(r"""\sid=["']([^"']*)["']""", tag)]

    def references(self):
        tags = re.findall(r"<[^<>]*>", self.text)
        return [name for tag in tags for name in re.findall(r"""href=["']#([^"']*)["']|url\(#([^)]*)\)""", tag)]


class Case(harness.Case):
    def report(self, *arguments, output="report.html"):
        self.run_unmix("report", *arguments, "-o", output)
        return Page(self.folder / output)

    def check_alone(self, page):
        """One document that loads nothing, with every identifier once and every reference to one of them."""
        self.assertTrue(page.text.startswith("<!DOCTYPE html>"))
        self.assertTrue(page.text.endswith("</html>\n"))
        self.assertEqual(page.text.count("<svg"), len(page.sections))
        self.assertEqual(page.text.count("<svg"), page.text.count("</svg>"))
        self.assertNotRegex(page.text, r"<(script|link|iframe|object|embed)\b")
        self.assertNotRegex(page.text, r"""(src|href)=["'](?!#|data:)""")
        self.assertEqual(set(re.findall(r"https?://[^\"' ]+", page.text)),
                         {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"})  # names, not addresses
        identifiers = page.identifiers()
        self.assertEqual(len(identifiers), len(set(identifiers)))
        for pair in page.references():
            self.assertIn("".join(pair), identifiers)


@unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
class Deconvolution(Case):
    def setUp(self):
        super().setUp()
        harness.Mixture(noise=0.3).write(self.folder)

    def test_page(self):
        self.deconvolve("--predicted", output="out.h5ad")
        page = self.report("out.h5ad", "--truth", "truth.tsv", "--bulk", "bulk.tsv")
        self.check_alone(page)
        self.assertEqual(list(page.sections),
                         ["proportions", "bars", "fit", "residuals_by_count", *METRICS, "intervals", "truth"])
        for name, section in page.sections.items():
            for part in ("<h3>", "<svg role=\"img\"", "<figcaption>", "<summary>Numbers</summary>"):
                self.assertIn(part, section, name)

    def caption(self, result, *options):
        section = self.report(result, "--force", *options).sections["intervals"]
        return html.unescape(re.search(r"(?s)<figcaption>(.*?)</figcaption>", section).group(1))

    def test_captions_say_what_intervals_hold(self):
        for output in ("out.h5ad", "out/"):
            self.deconvolve(output=output)
            said = self.caption(output, "--truth", "truth.tsv")
            self.assertIn("Intervals are lower and upper", said)
            self.assertIn("not that other donors might have made the signatures", said)
            row = harness.read_table(self.run_unmix("compare", output, "--truth", "truth.tsv").stdout)["all"]
            self.assertIn(f"They held the truth in {100 * float(row['held']):.3g}% of 12 values.", said)
            self.assertNotIn("held the truth", self.caption(output))
        signatures = list(zip(self.mixture.genes, self.mixture.signatures))
        for held, kinds in (("donors", ["donor:a"] * 3), ("cells", ["cells:1"] * 3),
                            ("both", ["donor:a", "donor:a", "cells:1"])):
            other = [kind.translate(str.maketrans("a1", "b2")) for kind in kinds]
            names = [f"{name}|{kind}" for ends in (kinds, other) for name, kind in zip(self.mixture.types, ends)]
            rows = [[gene, *(1.5 * x for x in row), *(0.5 * x for x in row)] if i % 2 else
                    [gene, *(0.5 * x for x in row), *(1.5 * x for x in row)] for i, (gene, row) in enumerate(signatures)]
            harness.write_table(self.folder / "profiles.tsv", ["gene", *names], rows)
            self.deconvolve("--profiles", "profiles.tsv", output=f"{held}.h5ad")
        self.assertIn("that other donors might have made the signatures; not a type", self.caption("donors.h5ad"))
        self.assertIn("other cells of the same donors might have made the signatures; not what", self.caption("cells.h5ad"))
        self.assertIn("other donors, or other cells of a type's only donor", self.caption("both.h5ad"))

    def test_intervals_of_the_bootstrap_and_of_errors(self):
        self.deconvolve("--bootstrap", "20", output="out/")
        self.assertIn("percentiles of the bootstrap over genes", self.caption("out/"))
        for name in ("bootstrap_low", "lower"):  # as versions without lower and upper wrote it
            (self.folder / "out" / f"{name}.tsv").unlink()
        page = self.report("out/", "--force")
        self.assertIn("1.96 standard errors", page.sections["intervals"])
        p, se = (harness.read_table(self.folder / "out" / f"{name}.tsv") for name in ("proportions", "standard_errors"))
        for kind, sample, _, low, high in page.table("intervals")[1:]:
            half = 1.959964 * float(se[sample][kind])
            self.assertAlmostEqual(float(low), max(float(p[sample][kind]) - half, 0), delta=1e-3)
            self.assertAlmostEqual(float(high), min(float(p[sample][kind]) + half, 1), delta=1e-3)

    def test_verdicts_are_at_the_top(self):
        """Before the list of figures: what the program said of the samples; those that are not good in a table."""
        self.deconvolve(output="good.h5ad")
        page = self.report("good.h5ad")
        top = page.text[:page.text.index("<nav>")]
        self.assertIn("The model explains the counts of all 4 samples (fit: good)", top)
        self.assertNotIn("Samples to look at", page.text)
        genes = self.mixture.genes
        harness.write_table(self.folder / "wrong.tsv", ["gene", *self.mixture.types],
                            harness.zip_rows([*genes[7:], *genes[:7]], self.mixture.signatures))
        for output in ("wrong.h5ad", "wrong/"):
            done = self.run_unmix(*self.command(signatures="wrong.tsv", output=output))
            said = re.search(r"fit: (\d+ good, \d+ doubtful, \d+ poor); the worst is ('.*)", done.stderr)
            page = self.report(output, "--force")
            top = html.unescape(page.text[:page.text.index("<nav>")])
            self.assertIn(f"Fit: {said[1]}. The worst is {said[2]}.", top)
            rows = re.search(r"(?s)Samples to look at</summary>.*?</table>", page.text)[0]
            self.assertIn("<th>reasons</th>", rows)
            self.assertRegex(rows, r"<td>sample\d</td><td>(poor|doubtful)</td><td>\S+ ")
        page = self.report("good.h5ad", "wrong/", "--force")
        self.assertEqual(page.text[:page.text.index("<nav>")].count('class="verdict"'), 2)

    def test_numbers_are_those_of_the_result(self):
        folder = self.deconvolve("--predicted")
        self.deconvolve("--predicted", output="out.h5ad")
        proportions = harness.read_table(folder / "proportions.tsv")
        metrics = harness.read_table(folder / "metrics.tsv")
        for result in ("out/", "out.h5ad"):
            page = self.report(result, "--bulk", "bulk.tsv", "--force")
            header, *rows = page.table("proportions")
            self.assertEqual(header, ["sample", *self.mixture.types, "intercept_fraction"])
            self.assertEqual(sorted(row[0] for row in rows), self.mixture.samples)
            for sample, *values in rows:
                for name, value in zip(self.mixture.types, values):
                    self.assertAlmostEqual(float(value), float(proportions[sample][name]), delta=5e-5)
            for name, column in (("correlation", "pearson"), ("certificate", "gap"), ("convergence", "iterations")):
                for sample, value, *_ in page.table(name)[1:]:
                    want = float(metrics[sample][column])
                    self.assertAlmostEqual(float(value), want, delta=1e-4 * abs(want) + 1e-300)
            run = harness.read_table("key\tvalue\n" + "\n".join(
                f"{key}\t{value}" for key, value in re.findall(r'"(r2)": ([-\d.e]+)', (folder / "run.json").read_text())))
            self.assertAlmostEqual(float(dict(page.table("fit"))["r2_of_counts"]), float(run["r2"]["value"]), delta=1e-5)

    def test_samples_are_ordered_or_grouped(self):
        self.deconvolve(output="out.h5ad")
        harness.write_table(self.folder / "sheet.tsv", ["sample", "site"],
                            [("sample3", "B"), ("sample1", "A"), ("sample0", "B"), ("other", "C")])
        rows = self.report("out.h5ad", "--samples", "sheet.tsv", "--group", "site").table("proportions")
        self.assertEqual(rows[0][:2], ["sample", "group"])
        self.assertEqual([row[1] for row in rows[1:]], ["B", "B", "A", "(not in the sheet)"])
        self.assertEqual({row[0] for row in rows[1:3]}, {"sample0", "sample3"})

    def test_two_results(self):
        self.deconvolve(output="exact.h5ad")
        self.deconvolve("--method", "em", "--max-iterations", "5", output="em/")
        page = self.report("exact.h5ad", "em/")
        self.check_alone(page)
        self.assertIn("1_proportions", page.sections)
        self.assertIn("2_proportions", page.sections)
        want = harness.read_table(self.run_unmix("compare", "exact.h5ad", "em/").stdout)
        for scope, n, r, *_ in page.table("1_2_methods")[1:]:
            self.assertEqual(n, want[scope]["n"])
            self.assertAlmostEqual(float(r), float(want[scope]["r"]), delta=1e-5)
        self.assertRegex(page.sections["2_convergence"], r"did not converge")

    def test_truth(self):
        self.deconvolve(output="out.h5ad")
        page = self.report("out.h5ad", "--truth", "truth.tsv")
        want = harness.read_table(self.run_unmix("compare", "truth.tsv", "out.h5ad").stdout)
        self.assertEqual([row[0] for row in page.table("truth")[1:]], ["all", *self.mixture.types])
        for scope, _, r, *_ in page.table("truth")[1:]:
            self.assertAlmostEqual(float(r), float(want[scope]["r"]), delta=1e-5)

    def test_names_of_all_kinds(self):
        mixture = harness.Mixture(genes=60, types=len(NAMES), samples=len(SAMPLES), noise=0.3)
        mixture.types, mixture.samples = [quoted(name) for name in NAMES], [quoted(name) for name in SAMPLES]
        mixture.write(self.folder)
        harness.write_table(self.folder / "sheet.tsv", ["sample", "group"],
                            [(quoted(s), quoted(NAMES[i % 3])) for i, s in enumerate(SAMPLES)])
        self.deconvolve("--predicted", output="out.h5ad")
        page = self.report("out.h5ad", "--samples", "sheet.tsv", "--group", "group", "--truth", "truth.tsv")
        self.check_alone(page)
        header, *rows = page.table("proportions")
        self.assertEqual(header[2:-1], NAMES)
        self.assertEqual(sorted(row[0] for row in rows), sorted(SAMPLES))
        xml.dom.minidom.parseString(re.search(r"(?s)<svg.*?</svg>", page.sections["proportions"]).group(0))
        drawn = [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", page.sections["proportions"])]
        for name in NAMES + SAMPLES:
            self.assertIn(name.strip(), [text.strip() for text in drawn])

    def test_many_samples_and_types(self):
        """Neighbours together, counts instead of points, and all numbers all the same."""
        self.run_unmix("simulate", "--genes", "300", "--types", "40", "--samples", "1500", "-o", "cohort/")
        self.run_unmix("deconvolve", "--signatures", "cohort/signatures.tsv", "--bulk", "cohort/bulk.tsv", "-o", "out.h5ad")
        page = self.report("out.h5ad", "--truth", "cohort/truth.tsv")
        self.check_alone(page)
        self.assertEqual(len(page.table("proportions")), 1501)
        self.assertEqual(len(page.table("certificate")), 1501)
        self.assertIn("Each column is the mean of 2 neighbouring samples", page.sections["proportions"])
        self.assertIn("half width", page.sections["intervals"])
        self.assertLess(len(page.text), 5e6)

    def test_one_sample(self):
        self.edit("bulk.tsv", lambda rows: [row.__setitem__(slice(2, None), []) for row in rows])
        self.deconvolve(output="out.h5ad")
        page = self.report("out.h5ad")
        self.assertEqual(len(page.table("proportions")), 2)
        # Less than gnuplot takes as an image: a rectangle for each type from the left end of the plot on.
        rectangles = re.findall(r"<polygon [^>]*rgb[^>]*points = '66\.00,", page.sections["proportions"])
        self.assertEqual(len(rectangles), len(self.mixture.types))

    def test_same_bytes(self):
        self.deconvolve("--predicted", output="out.h5ad")
        for name in ("a", "b"):
            self.run_unmix("report", "out.h5ad", "--bulk", "bulk.tsv", "-o", f"{name}.html", "--figures", f"{name}/")
        self.assertEqual((self.folder / "a.html").read_bytes(), (self.folder / "b.html").read_bytes())
        for path in sorted((self.folder / "a").iterdir()):
            self.assertEqual(path.read_bytes(), (self.folder / "b" / path.name).read_bytes(), path.name)

    def test_figures_and_scripts(self):
        self.deconvolve(output="out.h5ad")
        self.run_unmix("report", "out.h5ad", "--figures", "figures", "--keep-scripts", "scripts/")
        names = ["proportions", "bars", *METRICS, "intervals"]
        begins = {"svg": b"<?xml", "pdf": b"%PDF-", "png": b"\x89PNG\r\n"}
        self.assertEqual({path.name for path in (self.folder / "figures").iterdir()},
                         {f"{name}.{ending}" for name in names for ending in begins})
        for path in (self.folder / "figures").iterdir():
            self.assertTrue(path.read_bytes().startswith(begins[path.suffix[1:]]), path.name)
        for name in names:
            done = subprocess.run([GNUPLOT, "-d", f"scripts/{name}.gp"], cwd=self.folder, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(done.stdout.rstrip().endswith("</svg>"))

    def test_replaced_only_with_force(self):
        self.deconvolve(output="out.h5ad")
        for options in (["-o", "report.html"], ["--figures", "figures/"], ["--keep-scripts", "scripts/"]):
            self.run_unmix("report", "out.h5ad", *options)
            self.refused(2, [options[1], "--force"], "report", "out.h5ad", *options)
            self.run_unmix("report", "out.h5ad", *options, "--force")
        shutil.copy(self.folder / "truth.tsv", self.folder / "truth.html")
        self.refused(2, "same file", "report", "out.h5ad", "--truth", "truth.html", "-o", "truth.html", "--force")

    def test_a_result_that_was_not_shown_is_told(self):
        self.deconvolve(output="out.h5ad")
        done = self.run_unmix("report", "out.h5ad", "--bulk", "bulk.tsv", "--keep-scripts", "s/")
        self.assertIn("--predicted", done.stderr)


@unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
class Programs(Case):
    def setUp(self):
        super().setUp()
        self.run_unmix("simulate", "--genes", "1000", "--types", "4", "--samples", "200", "--depth", "5000",
                       "--dispersion", "0", "--format", "h5ad", "-o", "cells/")

    def test_nmf(self):
        self.run_unmix("nmf", "cells/bulk.h5ad", "--normalize", "1e4", "--components", "4", "-o", "nmf.h5ad")
        page = self.report("nmf.h5ad")
        self.check_alone(page)
        self.assertEqual([name for name in page.sections if name != "history"], ["top_genes", "usages"])
        self.assertEqual(len(page.table("usages")), 201)
        genes = page.table("top_genes")
        self.assertEqual(genes[0], ["program", "rank", "gene", "loading"])
        loadings = [float(row[3]) for row in genes[1:] if row[0] == "program_2"]
        self.assertEqual(loadings, sorted(loadings, reverse=True))

    def test_consensus_at_coordinates(self):
        self.run_unmix("nmf", "cells/bulk.h5ad", "--normalize", "1e4", "--components", "4", "-o", "nmf.h5ad")
        self.run_unmix("consensus", "nmf.h5ad", "--resamples", "10", "--min-clusters", "3", "--max-clusters", "5",
                       "-o", "consensus.h5ad")
        cells = [row[0] for row in self.report("nmf.h5ad").table("usages")[1:]]
        harness.write_table(self.folder / "places.tsv", ["cell", "x", "y"],
                            [(cell, i % 10 - 3, i // 10) for i, cell in enumerate(cells)])
        page = self.report("consensus.h5ad", "--coordinates", "places.tsv", output="consensus.html")
        self.check_alone(page)
        self.assertEqual(list(page.sections)[:5], ["consensus", "clusters", "top_genes", "usages", "scores"])
        self.assertEqual(page.table("usages")[0][-2:], ["x", "y"])
        self.assertEqual(page.table("usages")[1][-2:], ["-3", "0"])
        self.assertEqual([row[0] for row in page.table("clusters")], ["clusters", "3", "4", "5"])
        header, *rows = page.table("consensus")
        self.assertEqual(len(header), len(rows) + 2)

    def test_coordinates_refused(self):
        self.run_unmix("nmf", "cells/bulk.h5ad", "--normalize", "1e4", "--components", "3", "-o", "nmf.h5ad")
        harness.write_table(self.folder / "no.tsv", ["cell", "x", "y"], [("other", 1, 2)])
        self.refused(3, ["no.tsv", "cell"], "report", "nmf.h5ad", "--coordinates", "no.tsv", "-o", "r.html")
        harness.write_table(self.folder / "two.tsv", ["cell", "x"], [("other", 1)])
        self.refused(3, ["two.tsv", "x and y"], "report", "nmf.h5ad", "--coordinates", "two.tsv", "-o", "r.html")


class Refusals(Case):
    def test_without_gnuplot(self):
        self.deconvolve(output="out.h5ad")
        empty = self.folder / "empty"
        empty.mkdir()
        environment = dict(os.environ, PATH=str(empty))
        self.refused(1, "gnuplot-nox", "report", "out.h5ad", "-o", "report.html", env=environment)
        self.run_unmix("report", "out.h5ad", "--keep-scripts", "scripts/", env=environment)  # that needs none

    def test_gnuplot_that_fails(self):
        self.deconvolve(output="out.h5ad")
        program = self.folder / "bin" / "gnuplot"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "no such terminal" >&2\nexit 1\n')
        program.chmod(0o755)
        environment = dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}")
        self.refused(1, ["gnuplot", "proportions", "no such terminal"], "report", "out.h5ad", "-o", "report.html",
                     env=environment)
        program.write_text("#!/bin/sh\nexit 0\n")
        self.refused(3, ["proportions", "no SVG"], "report", "out.h5ad", "-o", "report.html", env=environment)

    def test_interrupted(self):
        """While gnuplot draws: it is waited for, and nothing is written."""
        self.deconvolve(output="out.h5ad")
        program = self.folder / "bin" / "gnuplot"
        program.parent.mkdir()
        program.write_text('#!/bin/sh\n[ "$1" = --version ] && exit 0\ntouch bin/started\nsleep 1\n')
        program.chmod(0o755)
        before = self.listing()
        process = self.start("report", "out.h5ad", "-o", "report.html", "--figures", "figures/",
                             env=dict(os.environ, PATH=f"{program.parent}:{os.environ['PATH']}"))
        while not (program.parent / "started").exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=harness.TIMEOUT)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.listing(), sorted([*before, "bin/started"]))

    def test_command_line(self):
        self.deconvolve(output="out.h5ad")
        self.refused(2, "a result", "report", "-o", "report.html")
        self.refused(2, "-o REPORT.html", "report", "out.h5ad")
        self.refused(2, ".html", "report", "out.h5ad", "-o", "report.pdf")
        self.refused(2, "--group", "report", "out.h5ad", "--samples", "truth.tsv", "-o", "r.html")
        self.refused(2, "--samples", "report", "out.h5ad", "--group", "site", "-o", "r.html")
        self.refused(2, "own", "report", "out.h5ad", "--figures", "f/", "--keep-scripts", "f/")
        self.refused(1, "folder", "report", "out.h5ad", "-o", "no/report.html")

    @unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
    def test_inputs(self):
        self.deconvolve(output="out.h5ad")
        page = ("-o", "report.html")
        self.refused(3, "missing.h5ad", "report", "missing.h5ad", *page)
        self.refused(3, ["truth.tsv", "no result"], "report", "truth.tsv", *page)
        (self.folder / "empty").mkdir()
        self.refused(3, ["empty", "no result"], "report", "empty/", *page)
        self.refused(3, "missing.tsv", "report", "out.h5ad", "--truth", "missing.tsv", *page)
        harness.write_table(self.folder / "sheet.tsv", ["sample", "site"], [("other", "A")])
        sheet = ("--samples", "sheet.tsv", "--group")
        self.refused(3, ["sheet.tsv", "'place'", "site"], "report", "out.h5ad", *sheet, "place", *page)
        self.refused(3, ["sheet.tsv", "out.h5ad"], "report", "out.h5ad", *sheet, "site", *page)

    @unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
    def test_bulk_of_other_samples(self):
        self.deconvolve("--predicted", output="out.h5ad")
        self.edit("bulk.tsv", lambda rows: rows[0].__setitem__(slice(1, None), ["a", "b", "c", "d"]))
        self.refused(3, ["bulk.tsv", "no sample in common"], "report", "out.h5ad", "--bulk", "bulk.tsv", "-o", "r.html")

    @unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
    def test_full_disk(self):
        self.deconvolve(output="out.h5ad")
        self.refused(1, "report.html", "report", "out.h5ad", "-o", "report.html",
                     preexec_fn=harness.limit_file_size(60_000))


@unittest.skipUnless(GNUPLOT, "gnuplot is not installed")
class Help(Case):
    def test_examples_run_as_printed(self):
        text = self.run_unmix("report", "--help").stdout
        self.assertEqual([line for line in text.splitlines() if len(line) > 80], [])
        commands, environment = [], dict(os.environ)
        environment["PATH"] = os.path.dirname(harness.PROGRAM) + os.pathsep + environment["PATH"]
        for line in text.splitlines():
            if commands and commands[-1].endswith("\\"):
                commands[-1] += "\n" + line
            elif line.startswith("  $ "):
                commands.append(line[4:])
        self.assertEqual(len(commands), 5)
        for command in commands:
            done = subprocess.run(command, shell=True, cwd=self.folder, env=environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.check_alone(Page(self.folder / "report.html"))


if __name__ == "__main__":
    harness.main()
