"""
`pip install tools/python` in a plain virtual environment, by every Python that is here (this one, UNMIX_TEST_PYTHONS, those
of pyenv). pip takes what it needs from an index, so this runs where UNMIX_TEST_INDEX is set (to anything) and is skipped
elsewhere; test_python_module.py does without.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LEAST = (3, 9)
PROGRAM = """
import unmix
cohort = unmix.simulate(genes=300, types=4, samples=5)
result = unmix.deconvolve(cohort.signatures, cohort.bulk, gene_lengths=cohort.genes["length"])
assert abs(result.proportions.sum(axis=1) - 1).max() < 1e-12
print(unmix.compare(result, cohort.truth).loc["all", "r"])
"""


def pythons():
    found = [sys.executable, *os.environ.get("UNMIX_TEST_PYTHONS", "").split()]
    return found + sorted(map(str, pathlib.Path.home().glob(".pyenv/versions/3.*/bin/python3")))


def version(python):
    done = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=True)
    return tuple(map(int, done.stdout.split()))


class Versions(unittest.TestCase):
    def test_each(self):
        for python in pythons():
            if version(python) < LEAST:
                continue
            with self.subTest(python=python), tempfile.TemporaryDirectory(dir=os.environ.get("UNMIX_TEST_FOLDER")) as folder:
                self.install(python, pathlib.Path(folder))

    def install(self, python, folder):
        shutil.copytree(ROOT / "tools" / "python", folder / "python", ignore=shutil.ignore_patterns("build", "*.egg-info"))
        environment = {**os.environ, "UNMIX_INCLUDE": str(ROOT / "include")}
        for command in ([python, "-m", "venv", "env"], ["env/bin/pip", "install", "-q", "./python"],
                        ["env/bin/python", "-c", PROGRAM]):
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, f"{command[:3]}\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
        print(f"{python}: {'.'.join(map(str, version(python)))}, r {done.stdout.strip()}", file=sys.stderr)


if __name__ == "__main__":
    reason = ("set UNMIX_TEST_INDEX to let pip use its index" if not os.environ.get("UNMIX_TEST_INDEX") else
              "a library with sanitizers cannot be loaded into an ordinary Python" if os.environ.get("UNMIX_SANITIZE") else None)
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    unittest.main()
