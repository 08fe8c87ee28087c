"""C headers of golden values: how the arrays are written, and whether a header is still what its script makes.

A script fills a Header and ends with golden.main(headers). `--check` compares values array by array, and what stands
around them word by word; line breaks do not count, because they follow from how many digits a number has. Two machines
differ by rounding (BLAS, vector width, threads, libm), so that a value may be off by

    1e-9 |value| + floor

The first term is for results of many steps, each of which multiplies and adds numbers above zero. The floor is 0 but for
arrays that say otherwise, where a difference of larger numbers is left: a sum of n terms of size s is known to n s eps
and no better, however small the sum. Who passes a floor writes down n and s.
"""

import itertools
import pathlib
import re
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
EPS = np.finfo(float).eps
RELATIVE = 1e-9
WIDTH = 116
ARRAY = re.compile(r"(static const \w+ (\w+)\[\w+\] = \{)([^{}\"]*)\}")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


def wrapped(words):
    lines, line = [], "   "
    for word in words:
        if len(line) + len(word) + 2 > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {word},"
    return "\n".join([*lines, line])


class Header:
    def __init__(self, name):
        self.path = HERE / name
        self.parts = []
        self.floors = {}

    def text(self, text):
        self.parts.append(text)

    def array(self, name, values, what, kind="double", floor=0.0):
        values = np.asarray(values)
        shape = " x ".join(str(n) for n in values.shape)
        flat = [("%.17g" if kind == "double" else "%d") % v for v in values.ravel()]
        self.parts.append(f"/* {what}; {shape}. */\nstatic const {kind} {name}[{values.size}] = {{\n{wrapped(flat)}\n}};\n")
        self.floors[name] = floor

    def strings(self, name, values, what):
        listed = ", ".join(f'"{v}"' for v in values)
        self.parts.append(f"/* {what}. */\nstatic const char *const {name}[{len(values)}] = {{\n    {listed}\n}};\n")

    def write(self):
        self.path.write_text("\n".join(self.parts))

    def stale(self):
        """What is not as it would be written: a line for people, or None."""
        if not self.path.exists():
            return f"{self.path.name} is not there"
        return difference(self.path.read_text(), "\n".join(self.parts), self.floors)


def arrays(text):
    return {name: np.array([float(v) for v in values.replace(",", " ").split()]) for _, name, values in ARRAY.findall(text)}


def around(text):
    """The words outside arrays and comments, which name versions."""
    return COMMENT.sub("", ARRAY.sub(r"\1 }", text)).split()


def same_word(a, b):
    try:
        return a == b or abs(float(a.rstrip(",")) - float(b.rstrip(","))) <= RELATIVE * abs(float(b.rstrip(",")))
    except ValueError:
        return False


def difference(old, new, floors):
    """The first thing in which two headers differ by more than rounding, or None."""
    for a, b in itertools.zip_longest(around(old), around(new), fillvalue=""):
        if not same_word(a, b):
            return f"'{a}' where '{b}' would be written"
    have, want = arrays(old), arrays(new)
    for name, b in want.items():
        a = have[name]
        if a.shape != b.shape:
            return f"{name} has {a.size} values, not {b.size}"
        wrong = np.flatnonzero(~(np.abs(a - b) <= RELATIVE * np.abs(b) + floors.get(name, 0.0)))
        if wrong.size:
            return f"{name}[{wrong[0]}] is {a[wrong[0]]:.17g}, not {b[wrong[0]]:.17g}"
    return None


def main(headers, texts=()):
    """Writes the headers and the texts (name, content), or with --check says which are out of date."""
    script = pathlib.Path(sys.argv[0]).name
    if "--check" not in sys.argv[1:]:
        for header in headers:
            header.write()
        for name, content in texts:
            (HERE / name).write_text(content)
        return
    stale = [(h.path.name, h.stale()) for h in headers]
    stale += [(name, None if (HERE / name).exists() and (HERE / name).read_text() == content else "another text")
              for name, content in texts]
    stale = [f"{name}: {what}" for name, what in stale if what]
    if stale:
        sys.exit(f"out of date, run tests/golden/{script}: " + "; ".join(stale))
