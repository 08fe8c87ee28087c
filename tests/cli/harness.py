"""Helpers of the command-line tests: scratch folders, small inputs with a known answer, and assertions on a run."""

import csv
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.path.abspath(os.environ.get("UNMIX", "unmix")) if "UNMIX" in os.environ else "unmix"
TIMEOUT = 300


def write_table(path, header, rows, separator="\t"):
    path.write_text("\n".join(separator.join(map(str, row)) for row in [header, *rows]) + "\n")
    return path


def read_table(path_or_text):
    """A tab-separated table as {first field of the row: {header: text}}."""
    text = path_or_text.read_text() if isinstance(path_or_text, pathlib.Path) else path_or_text
    lines = list(csv.reader(text.splitlines(), delimiter="\t"))
    return {line[0]: dict(zip(lines[0][1:], line[1:])) for line in lines[1:]}


class Mixture:
    """
    Samples that are k = L/500 S E, exactly when there is no noise: what a deconvolution must find is known. With noise
    (relative, uniform) the likelihood at the optimum is not perfect, so that iterations end at ordinary tolerances.
    """

    def __init__(self, genes=30, types=3, samples=4, seed=1, noise=0.0):
        draw = random.Random(seed)
        self.genes = [f"gene{i}" for i in range(genes)]
        self.types = [f"type{i}" for i in range(types)]
        self.samples = [f"sample{i}" for i in range(samples)]
        self.signatures = [[draw.expovariate(1 / 50) for _ in self.types] for _ in self.genes]
        sums = [sum(row[t] for row in self.signatures) for t in range(types)]
        self.signatures = [[50 * genes * row[t] / sums[t] for t in range(types)] for row in self.signatures]
        self.lengths = [draw.randrange(300, 5000) for _ in self.genes]
        self.weights = [1.0] * genes
        self.proportions = []
        for _ in self.samples:
            part = [draw.uniform(0.2, 1) for _ in self.types]
            self.proportions.append([p / sum(part) for p in part])
        depths = [draw.uniform(1e6, 2e6) for _ in self.samples]
        self.bulk = [
            [
                length / 500 * depth * sum(row[t] / (50 * genes) * part[t] for t in range(types))
                * (1 + draw.uniform(-noise, noise))
                for depth, part in zip(depths, self.proportions)
            ]
            for row, length in zip(self.signatures, self.lengths)
        ]

    def write(self, folder):
        write_table(folder / "sig.tsv", ["gene", *self.types], zip_rows(self.genes, self.signatures))
        write_table(folder / "bulk.tsv", ["gene", *self.samples], zip_rows(self.genes, self.bulk))
        write_table(folder / "genes.tsv", ["gene", "length", "weight"], zip(self.genes, self.lengths, self.weights))
        write_table(folder / "truth.tsv", ["sample", *self.types], zip_rows(self.samples, self.proportions))
        return self


def zip_rows(names, rows):
    return [[name, *row] for name, row in zip(names, rows)]


def limit_file_size(size):
    """For preexec_fn: writing beyond `size` bytes fails, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


class Case(unittest.TestCase):
    """A test in a scratch folder of its own, which holds the files of a Mixture."""

    def setUp(self):
        scratch = tempfile.mkdtemp(prefix="unmix-cli-", dir=os.environ.get("UNMIX_TEST_FOLDER"))
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        self.folder = pathlib.Path(scratch)
        self.mixture = Mixture().write(self.folder)

    def listing(self):
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*"))

    def start(self, *arguments, program=(PROGRAM,), **options):
        """Text streams, in the scratch folder. SIGINT works also where the tests themselves run in the background."""
        before = options.pop("preexec_fn", None)

        def prepare():
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            if before:
                before()

        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        command = [*program, *map(str, arguments)]
        return subprocess.Popen(command, cwd=self.folder, text=True, preexec_fn=prepare, **streams)

    def run_unmix(self, *arguments, status=0, **options):
        process = self.start(*arguments, **options)
        out, err = process.communicate(timeout=TIMEOUT)
        self.assertEqual(process.returncode, status, f"unmix {' '.join(map(str, arguments))}\n{out}\n{err}")
        self.assertNotIn("runtime error", err)  # of the sanitizers
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def refused(self, status, parts, *arguments, **options):
        """The run ends with `status` and one error line that holds all `parts`, and leaves no file behind."""
        before = self.listing()
        done = self.run_unmix(*arguments, status=status, **options)
        prefix = f"unmix {arguments[0]}: "
        errors = [line for line in done.stderr.splitlines() if line.startswith(prefix)]
        self.assertEqual(len(errors), 1, done.stderr)
        for part in [parts] if isinstance(parts, str) else parts:
            self.assertIn(part, errors[0])
        self.assertEqual(self.listing(), before, "a file was left behind, or taken away")
        return done

    # --- shorthands for deconvolve --------------------------------------------------------------------------------

    def assert_same_result(self, a, b):
        """Two results are the same but for what differs from run to run."""
        done = self.run_unmix("compare", "--exact", "-q", a, b)
        self.assertEqual((done.stdout, done.stderr), ("", ""))

    def command(self, *options, output="out.h5ad", signatures="sig.tsv", bulk="bulk.tsv", info="genes.tsv"):
        info = ["--gene-info", info] if info else []
        return ["deconvolve", "--signatures", signatures, "--bulk", bulk, *info, *options, "-o", output]

    def deconvolve(self, *options, output="out/", **files):
        self.run_unmix(*self.command(*options, output=output, **files))
        return self.folder / output

    def proportions(self, *options, output="out/", **files):
        """Runs into a folder and gives {sample: {type: proportion}}."""
        table = read_table(self.deconvolve(*options, output=output, **files) / "proportions.tsv")
        return {sample: {name: float(value) for name, value in row.items()} for sample, row in table.items()}

    def deconvolve_refused(self, parts, *options, status=3, **files):
        return self.refused(status, parts, *self.command(*options, **files))

    # --- changes to the inputs --------------------------------------------------------------------------------------

    def edit(self, name, change):
        """Applies change(rows) to a table, rows[0] being the header; a row is a list of fields."""
        path = self.folder / name
        rows = [line.split("\t") for line in path.read_text().splitlines()]
        change(rows)
        path.write_text("\n".join("\t".join(row) for row in rows) + "\n")

    def put(self, name, row, column, value):
        """Sets one field; row 1 is line 2, the first below the header."""

        def change(rows):
            rows[row][column] = str(value)

        self.edit(name, change)


def main():
    """unittest.main() for CTest: 77 when every test was skipped."""
    program = unittest.main(exit=False)
    result = program.result
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(77 if result.testsRun and len(result.skipped) == result.testsRun else 0)
