"""Several devices, devices with less room than they say, and the memory of a run."""

import os
import subprocess

import cells
import harness

FRAMES = ("proportions.tsv", "exposures.tsv", "metrics.tsv", "standard_errors.tsv")


class Workers(harness.Case):
    def make(self, genes, types, samples):
        self.run_unmix("simulate", "--genes", genes, "--types", types, "--samples", samples, "-o", "s/", "--quiet")
        self.bulk = ("deconvolve", "--signatures", "s/signatures.tsv", "--bulk", "s/bulk.tsv")

    def fit(self, name, *options):
        """Into the folder `name`; gives its frames as bytes and what was said, with --verbose."""
        said = self.run_unmix(*self.bulk, *options, "-o", f"{name}/", "--verbose").stderr
        return [(self.folder / name / frame).read_bytes() for frame in FRAMES], said

    def test_results_do_not_depend_on_workers_and_blocks(self):
        self.make(500, 6, 200)
        want, said = self.fit("one")
        self.assertIn("1 blocks of 200 samples for 1 workers", said)
        several = min(2, len(os.sched_getaffinity(0)))
        for name, *options in (("two", "--device", "auto,auto"), ("all", "--device", "auto,auto,auto")):
            got, said = self.fit(name, *options)
            self.assertIn(f"for {min(several, options[1].count('auto'))} workers", said)
            self.assertEqual(got, want, name)
        got, said = self.fit("large", "--tune", "largest-buffer=1")
        self.assertEqual(got, want)
        self.assertNotIn(" 1 blocks", said)
        got, said = self.fit("little", "--tune", "memory=1")
        self.assertEqual(got, want)
        self.assertIn("samples at a time instead", said)

    def test_a_device_that_is_not_there(self):
        for device in ("auto,9:9", "9:9,auto", "auto,"):
            done = self.deconvolve_refused(["no device fits", device], "--device", device, status=4)
            self.assertIn("unmix devices", done.stderr)
        self.refused(4, "9:9", "nmf", "bulk.tsv", "--device", "auto,9:9", "-o", "nmf.h5ad")

    def test_no_room_at_all(self):
        self.make(20000, 8, 3)
        self.refused(1, ["cannot allocate", "samples at a time"], *self.bulk, "--tune", "memory=1", "-o", "out/")

    def test_other_commands_use_the_first(self):
        planted = cells.Planted()
        planted.write(self.folder / "cells.h5ad", planted.counts)
        said = self.run_unmix("nmf", "cells.h5ad", "--components", 3, "--device", "auto,auto", "-o", "nmf.h5ad").stderr
        self.assertRegex(said, "nmf uses one device: .*, the first of 2")

    def test_memory_with_error_bars(self):
        """What samples with many types take beside their counts - Hessians, factors, errors - is planned for."""
        if os.environ.get("UNMIX_SANITIZE"):
            self.skipTest("sanitizers take memory of their own")
        self.make(300, 60, 4000)
        process = subprocess.Popen([harness.PROGRAM, *self.bulk, "-o", "out/", "--quiet"], cwd=self.folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        # 256 MiB for the block, 110 MB of the OpenCL driver, and the results: 9 values a sample and source, or 18 MB.
        self.assertLess(usage.ru_maxrss * 1024, (256 << 20) + 110e6 + 2 * 18e6)


if __name__ == "__main__":
    harness.main()
