"""tools/check-kernels: the kernels as they are pass; what is undefined elsewhere, or relaxed, is named."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("UNMIX_BUILD", ROOT / "build" / "release"))


@unittest.skipUnless(shutil.which("clang"), "clang is not installed")
class CheckKernels(unittest.TestCase):
    def check(self, file=None, before=None, after=None):
        """Exit status and messages for a copy of the kernels in which `before` has become `after`."""
        with tempfile.TemporaryDirectory() as folder:
            kernels = pathlib.Path(folder) / "kernels"
            shutil.copytree(ROOT / "kernels", kernels)
            if file:
                text = (kernels / file).read_text()
                self.assertIn(before, text, f"{file} has no '{before}' any more")
                (kernels / file).write_text(text.replace(before, after, 1))
            done = subprocess.run([ROOT / "tools" / "check-kernels", "--build", BUILD, "--kernels", kernels, "--few"],
                                  capture_output=True, text=True)
            return done.returncode, done.stderr

    def assert_refused(self, part, *change):
        status, messages = self.check(*change)
        self.assertEqual(status, 1, messages)
        self.assertIn(part, messages)

    def test_the_kernels_pass(self):
        self.assertEqual(self.check(), (0, ""))

    def test_a_function_without_static_is_undefined(self):
        self.assert_refused("for amdgcn: undefined: um_pass", "pass.cl", "static inline void um_pass(", "inline void um_pass(")
        self.assert_refused("for spir64: undefined: um_entry", "gram.cl", "static inline size_t um_entry(", "inline size_t um_entry(")

    def test_and_seen_in_the_source(self):
        self.assert_refused("kernels/vectors.cl:", "vectors.cl", "static inline realv um_sums_of", "inline realv um_sums_of")

    def test_a_kernel_that_is_gone(self):
        self.assert_refused("DECONVOLVE has no kernel um_em_step", "em.cl", "void um_em_step(", "void um_other_step(")

    def test_warnings(self):
        self.assert_refused("em.cl", "em.cl", "um_sum sum = UM_SUM_ZERO;", "um_sum sum = UM_SUM_ZERO; int x = 1.5;")

    def test_what_may_not_stand_in_a_kernel(self):
        for code, part in (("get_local_size(0);", "get_local_size"), ("atomic_add(0, 1);", "atomics"),
                           ("native_exp(1.0f);", "relaxed"), ("\n#ifndef UM_X\n#endif\n", "default"),
                           ("\n" * 400, "lines; at most 400")):
            self.assert_refused(part, "em.cl", "const uint j =", code + " const uint j =")
        self.assertEqual(self.check("em.cl", "const uint j =", "/* get_local_size inline */ const uint j ="), (0, ""))


if __name__ == "__main__":
    unittest.main(verbosity=2)
