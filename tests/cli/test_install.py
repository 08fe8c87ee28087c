"""What cmake --install puts into a prefix: the program runs from there, separate projects build against the library."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

BUILD = os.environ.get("UNMIX_BUILD")
INCLUDE = pathlib.Path(__file__).resolve().parents[2] / "include" / "unmix"

SOURCE = """
#include <stdio.h>
#include <unmix/unmix.h>

int main(void)
{
    unmix_context *cx = unmix_context_new();
    unmix_matrix *matrix = NULL;
    if (!cx || unmix_matrix_read(cx, "sig.tsv", NULL, &matrix) != UNMIX_OK)
        return 1;
    printf("%s %zu %zu", UNMIX_VERSION, unmix_matrix_rows(matrix), unmix_matrix_columns(matrix));
    unmix_matrix_free(matrix);
    if (unmix_matrix_read(cx, "nowhere.tsv", NULL, &matrix) == UNMIX_OK)
        return 1;
    printf(" %s\\n", unmix_error_message(cx));
    unmix_context_free(cx);
    return 0;
}
"""

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES C CXX)
find_package(unmix {version} REQUIRED)
add_executable(in_c user.c)
target_link_libraries(in_c PRIVATE unmix::unmix)
add_executable(in_cxx user.cc)
target_link_libraries(in_cxx PRIVATE unmix::unmix)
"""


@unittest.skipUnless(BUILD, "UNMIX_BUILD does not name a folder of a build")
@unittest.skipIf(os.environ.get("UNMIX_SANITIZE"), "a library with sanitizers is not what others link")
class Install(harness.Case):
    @classmethod
    def setUpClass(cls):
        cls.prefix = pathlib.Path(os.environ["UNMIX_TEST_FOLDER"]).resolve() / "prefix"
        shutil.rmtree(cls.prefix, ignore_errors=True)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", str(cls.prefix)], check=True, capture_output=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.prefix, ignore_errors=True)

    def found(self, name):
        paths = list(self.prefix.rglob(name))
        self.assertEqual(len(paths), 1, f"{name}: {paths}")
        return paths[0]

    def does(self, *command, **environment):
        done = subprocess.run([str(word) for word in command], cwd=self.folder, capture_output=True, text=True,
                              env={**os.environ, **environment})
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def project(self, version):
        for name in ("user.c", "user.cc"):
            (self.folder / name).write_text(SOURCE)
        (self.folder / "CMakeLists.txt").write_text(PROJECT.format(version=version))
        return ["cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.prefix}"]

    def check_user(self, program, **environment):
        text = self.does(program, **environment)
        self.assertRegex(text, r"^\d+\.\d+\.\d+ 30 3 nowhere\.tsv: .+\n$")

    def test_program_runs_from_the_prefix(self):
        program = self.prefix / "bin" / "unmix"
        self.assertRegex(self.does(program, "version"), r"^unmix \d+\.\d+\.\d+$")
        self.assertNotIn("libunmix", self.does("ldd", program))
        self.assertNotIn("not found", self.does("ldd", program))

    def test_pages_and_completions(self):
        for name in ("", *(f"-{command}" for command in self.run_unmix("help", "--commands").stdout.split())):
            page = self.found(f"unmix{name}.1.gz")
            self.assertEqual(page.parent, self.prefix / "share" / "man" / "man1")
            self.assertIn(".TH UNMIX", self.does("gzip", "-dc", page))
        completion = self.prefix / "share" / "bash-completion" / "completions" / "unmix"
        self.does("bash", "-c", '. "$1" && complete -p unmix', "bash", completion)

    def test_library_shows_its_interface_alone(self):
        """What is exported is what the headers declare, no more and no less."""
        symbols = {line.split()[-1] for line in self.does("nm", "-D", "--defined-only",
                                                          self.found("libunmix.so")).splitlines()}
        declared = set()
        for header in INCLUDE.glob("*.h"):
            declared |= set(re.findall(r"UNMIX_API[^;{]*?\b(unmix_\w+)\(", header.read_text()))
        self.assertGreater(len(declared), 50)
        self.assertEqual(symbols, declared)
        self.assertRegex(self.does("readelf", "-d", self.found("libunmix.so")), r"SONAME.*\[libunmix\.so\.\d+\]")

    def test_tarball(self):
        """It holds the same files, and its program runs where it is unpacked."""
        self.does("cpack", "-G", "TGZ", "--config", f"{BUILD}/CPackConfig.cmake", "-B", self.folder / "packed")
        archive, = (self.folder / "packed").glob("unmix-*.tar.gz")
        self.does("tar", "xzf", archive)
        top = self.folder / archive.name.removesuffix(".tar.gz")
        files = [{path.relative_to(root) for path in root.rglob("*") if not path.is_dir()}
                 for root in (top, self.prefix)]
        self.assertEqual(*files)
        self.assertRegex(self.does(top / "bin" / "unmix", "version"), r"^unmix \d+\.\d+\.\d+$")

    def test_headers(self):
        installed = {path.name: path.read_bytes() for path in (self.prefix / "include" / "unmix").iterdir()}
        self.assertEqual(installed, {path.name: path.read_bytes() for path in INCLUDE.glob("*.h")})

    def test_find_package(self):
        version = self.does(self.prefix / "bin" / "unmix", "version").split()[1]
        self.does(*self.project(version))
        self.does("cmake", "--build", "build")
        self.check_user("build/in_c")
        self.check_user("build/in_cxx")

    def test_find_package_of_another_version(self):
        done = subprocess.run(self.project("99.0"), cwd=self.folder, capture_output=True, text=True)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("99.0", done.stderr)

    def test_pkg_config(self):
        self.project("")
        path = str(self.found("unmix.pc").parent)
        flags = self.does("pkg-config", "--cflags", "--libs", "unmix", PKG_CONFIG_PATH=path).split()
        for compiler, source in (("cc", "user.c"), ("c++", "user.cc")):
            self.does(compiler, source, "-o", "user", *flags)
            self.check_user("./user", LD_LIBRARY_PATH=str(self.found("libunmix.so").parent))


if __name__ == "__main__":
    harness.main()
