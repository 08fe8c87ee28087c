"""
Builds the module unmix over the C library and brings the library along. Where the library comes from, in this order:
UNMIX_LIBRARY (path of a libunmix.so), the sources two folders up (built with cmake, in build/library there), an installed
one (pkg-config).
"""

import os
import pathlib
import shlex
import shutil
import subprocess
import sys

from setuptools import setup
from setuptools.command.build_ext import build_ext

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SONAME = "libunmix.so.0"


def installed(*flags):
    """What pkg-config says of an installed library; an empty list where there is none."""
    try:
        done = subprocess.run(["pkg-config", *flags, "unmix"], capture_output=True, text=True)
    except FileNotFoundError:
        return []
    return shlex.split(done.stdout) if done.returncode == 0 else []


def built(folder):
    """The library made from the sources two folders up."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cmake", "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release", "-DUNMIX_TESTS=OFF"], check=True)
    subprocess.run(["cmake", "--build", folder, "--target", "unmix", "--parallel", str(os.cpu_count() or 1)],
                   check=True)
    return folder / "libunmix.so"


class Build(build_ext):
    def find(self):
        """The library to bring along, or None for one that is installed."""
        if os.environ.get("UNMIX_LIBRARY"):
            return pathlib.Path(os.environ["UNMIX_LIBRARY"])
        if (ROOT / "include" / "unmix" / "unmix.h").exists():
            return built(ROOT / "build" / "library")
        if installed("--libs"):
            return None
        sys.exit("unmix: no library: set UNMIX_LIBRARY to a libunmix.so, install from the sources, or install the library "
                 "where pkg-config finds it")

    def run(self):
        self.force = True
        library = self.find()
        extension = self.extensions[0]
        include = os.environ.get("UNMIX_INCLUDE", ROOT / "include")
        extension.include_dirs = [str(include)] if pathlib.Path(include).exists() else []
        if library is None:
            extension.extra_compile_args = installed("--cflags")
            extension.extra_link_args = installed("--libs")
        else:
            beside = pathlib.Path(self.build_lib, "unmix")
            beside.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(library, beside / SONAME)
            extension.extra_link_args = [str((beside / SONAME).resolve()), "-Wl,-rpath,$ORIGIN"]
        super().run()


def beside_the_library():
    """In the sources what is made stands in build/; it is made anew, for the headers may be others than last time."""
    if not (ROOT / "CMakeLists.txt").exists():
        return {}
    base = ROOT / "build" / "python"
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True, exist_ok=True)
    return {"build": {"build_base": str(base)}, "egg_info": {"egg_base": str(base)}}


setup(cffi_modules=["interface.py:ffi"], cmdclass={"build_ext": Build}, options=beside_the_library())
