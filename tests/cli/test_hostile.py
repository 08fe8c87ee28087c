"""Files of strangers: a crash or an endless loop inside the HDF5 library, and what is left behind then."""

import os
import shutil
import signal
import subprocess
import time
import unittest

import harness

CC = shutil.which("cc")
SANITIZED = bool(os.environ.get("UNMIX_SANITIZE"))

# In place of a function of HDF5, for the program under test: a crash, or a loop without end that says when it begins.
INSTEAD = """
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
static long fall(long depth) { volatile char room[4096]; room[0] = (char)depth; return fall(depth + 1) + room[0]; }
long %s(void)
{
    (void)close(open("began", O_CREAT | O_WRONLY, 0666));
    switch (%d) {
    case 0: raise(SIGSEGV); break;
    case 1: abort();
    case 2: return fall(0);
    }
    for (;;)
        ;
}
"""
SEGV, ABORT, OVERFLOW, LOOP = range(4)


@unittest.skipUnless(CC, "no C compiler")
@unittest.skipIf(SANITIZED, "sanitizers report crashes themselves")
class InsideHdf5(harness.Case):
    def setUp(self):
        super().setUp()
        self.run_unmix("simulate", "--genes", "50", "--types", "2", "--samples", "40", "--format", "h5ad", "-o", "c/")
        self.before = self.listing()

    def instead(self, function, what):
        source, library = self.folder / "instead.c", self.folder / "instead.so"
        source.write_text(INSTEAD % (function, what))
        subprocess.run([CC, "-O0", "-w", "-shared", "-fPIC", str(source), "-o", str(library)], check=True)
        return dict(os.environ, LD_PRELOAD=str(library))

    def cleared(self):
        for name in ("instead.c", "instead.so", "began"):
            (self.folder / name).unlink()
        return self.listing()

    def test_a_crash_is_a_line(self):
        for function in ("H5Fopen", "H5Dread", "H5Ocopy"):  # the last one while a copy is being written
            for what in (SEGV, ABORT, OVERFLOW):
                with self.subTest(function=function, what=what):
                    environment = self.instead(function, what)
                    done = self.run_unmix("nmf", "c/bulk.h5ad", "--components", "2", "-o", "out.h5ad", "-q", status=3,
                                          env=environment)
                    lines = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
                    self.assertEqual(len(lines), 1, done.stderr)
                    self.assertIn("c/bulk.h5ad: the HDF5 library crashes on this file", lines[0])
                    self.assertEqual(self.cleared(), self.before)

    def ended(self, number, environment, *, again=None):
        """Status, seconds from the signal on, and the last line."""
        process = self.start("nmf", "c/bulk.h5ad", "--components", "2", "-o", "out.h5ad", "-q", env=environment)
        while not (self.folder / "began").exists() and process.poll() is None:
            time.sleep(0.01)
        begin = time.monotonic()
        process.send_signal(number)
        if again:
            process.send_signal(again)
        _, err = process.communicate(timeout=20)
        return process.returncode, time.monotonic() - begin, err.splitlines()[-1]

    def test_a_loop_ends_with_the_first_signal(self):
        for function in ("H5Dread", "H5Ocopy"):
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                with self.subTest(function=function, number=number):
                    status, seconds, line = self.ended(number, self.instead(function, LOOP))
                    self.assertEqual(status, 130)
                    self.assertLess(seconds, 2)
                    self.assertIn("interrupted while reading c/bulk.h5ad", line)
                    self.assertEqual(self.cleared(), self.before)

    def test_a_second_signal_ends_at_once(self):
        status, seconds, _ = self.ended(signal.SIGTERM, self.instead("H5Ocopy", LOOP), again=signal.SIGINT)
        self.assertEqual(status, 130)
        self.assertLess(seconds, 0.9)
        self.assertEqual(self.cleared(), self.before)


if __name__ == "__main__":
    harness.main()
