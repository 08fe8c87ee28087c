"""--threads 1: in every command at most one thread of the process is busy at a time."""

import os
import subprocess
import time

import cells
import harness

# Where one thread hands over to another both can be seen for a moment, longer when others use the processors too.
HANDOVERS = 0.25


class Threads(harness.Case):
    def watch(self, *arguments):
        """Runs the program; gives processor and wall time, and the share of looks with two or more threads that want to run."""
        started = time.monotonic()
        process = subprocess.Popen([harness.PROGRAM, *map(str, arguments), "--quiet"], cwd=self.folder, stderr=subprocess.PIPE)
        busy = several = 0
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            running = sum(self.wants_to_run(process.pid, task) for task in self.tasks(process.pid))
            busy += running >= 1
            several += running >= 2
            time.sleep(0.003)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(ended[1])
        self.assertEqual(process.returncode, 0, process.stderr.read())
        process.stderr.close()
        return ended[2].ru_utime + ended[2].ru_stime, wall, several / max(busy, 40)

    @staticmethod
    def tasks(process):
        try:
            return os.listdir(f"/proc/{process}/task")
        except OSError:
            return []

    @staticmethod
    def wants_to_run(process, task):
        try:
            with open(f"/proc/{process}/task/{task}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] == "R"
        except OSError:
            return False

    def assert_one(self, *arguments):
        processor, wall, several = self.watch(*arguments, "--threads", "1")
        self.assertLessEqual(processor, 1.05 * wall + 0.05, arguments[0])
        self.assertLessEqual(several, HANDOVERS, arguments[0])

    def test_one_thread_is_busy_in_every_command(self):
        cells.Planted().write(self.folder / "cells.h5ad", cells.Planted().counts)
        (self.folder / "sets.gmt").write_text("one\tna\t" + "\t".join(cells.Planted().genes[:5]) + "\n")
        self.assert_one("simulate", "--genes", 2000, "--types", 15, "--samples", 300, "-o", "s/")
        bulk = ("--signatures", "s/signatures.tsv", "--bulk", "s/bulk.tsv")
        for method in ("exact", "em", "nnls"):
            self.assert_one("deconvolve", *bulk, "--method", method, "-o", f"{method}.h5ad")
        self.assert_one("compare", "exact.h5ad", "s/truth.tsv")
        self.assert_one("nmf", "cells.h5ad", "--components", 4, "-o", "nmf.h5ad")
        self.assert_one("consensus", "nmf.h5ad", "--resamples", 3, "--max-clusters", 5, "-o", "consensus.h5ad")
        self.assert_one("score", "cells.h5ad", "--gene-sets", "sets.gmt", "-o", "score.h5ad")
        self.assert_one("report", "exact.h5ad", "-o", "report.html")
        self.assert_one("bench", "--genes", 500, "--types", 5, "--samples", 32, "--seconds", 0.1)

    def test_more_threads_are_used_where_they_may_be(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("one processor")
        self.run_unmix("simulate", "--genes", 4000, "--types", 25, "--samples", 400, "-o", "s/", "--quiet")
        bulk = ("--signatures", "s/signatures.tsv", "--bulk", "s/bulk.tsv")
        self.assertGreater(self.watch("deconvolve", *bulk, "-o", "all.h5ad")[2], HANDOVERS)

    def test_results_do_not_depend_on_it(self):
        self.run_unmix("simulate", "--genes", 500, "--types", 5, "--samples", 30, "-o", "s/", "--quiet")
        bulk = ("--signatures", "s/signatures.tsv", "--bulk", "s/bulk.tsv")
        for threads in (1, 2):
            self.run_unmix("deconvolve", *bulk, "--threads", threads, "-o", f"t{threads}/", "--quiet")
        for name in ("proportions.tsv", "exposures.tsv", "metrics.tsv"):
            self.assertEqual((self.folder / "t1" / name).read_bytes(), (self.folder / "t2" / name).read_bytes(), name)
        # LAPACK's own: with one thread OpenBLAS takes another order of summation. The inverses are of 6 unknowns, whose
        # condition is below 1e4 here.
        one, two = (harness.read_table(self.folder / name / "standard_errors.tsv") for name in ("t1", "t2"))
        for sample, row in one.items():
            for kind, value in row.items():
                self.assertAlmostEqual(float(value), float(two[sample][kind]), delta=6 * 6 * 1e4 * 2.3e-16)


if __name__ == "__main__":
    harness.main()
