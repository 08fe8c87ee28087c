#!/usr/bin/env python3
"""Makes the golden values for starts of factorisations: programs_start_golden.h, by scikit-learn.

    python3 programs_start.py            writes the file beside this script
    python3 programs_start.py --check    fails when the file there differs from what would be written (see golden.py)

Needs scikit-learn (1.9.1 was used) with scipy. The matrices are made by the formula below, here and in the test.
"""

import sys

import numpy as np
import scipy
import scipy.sparse
import sklearn
from sklearn.decomposition import _nmf

sys.dont_write_bytecode = True
import golden

HEADER = golden.HERE / "programs_start_golden.h"

# name, rows, columns, permille of entries that are not zero, kind, k, seed, cells used, entries missing
CASES = [
    ("tall_one", 60, 35, 400, "nndsvda", 1, 0, "all", False),
    ("tall_seven", 60, 35, 400, "nndsvda", 3, 42, "all", False),
    ("tall_four", 60, 35, 400, "nndsvd", 8, 7, "all", False),
    ("tall_exact", 40, 15, 300, "nndsvda", 12, 1, "all", False),
    ("wide_seven", 35, 60, 400, "nndsvda", 3, 42, "all", False),
    ("wide_four", 30, 50, 300, "nndsvda", 5, 4294967295, "all", False),
    ("wide_exact", 15, 40, 400, "nndsvd", 12, 3, "all", False),
    ("square", 30, 30, 500, "nndsvda", 6, 5, "all", False),
    ("dense", 50, 25, 1000, "nndsvda", 4, 9, "all", False),
    ("random", 20, 9, 400, "random", 4, 42, "all", False),
    ("subset", 60, 35, 400, "nndsvda", 4, 11, "two of three", False),
    ("subset_wide", 60, 45, 400, "nndsvda", 3, 12, "two of three", False),
    ("subset_random", 20, 9, 400, "random", 3, 5, "two of three", False),
    ("missing", 60, 35, 400, "nndsvda", 4, 13, "all", True),
]


def mix(i, j, salt):
    """32 bits of a place."""
    h = (i * 73856093 ^ j * 19349663 ^ salt * 83492791) & 0xFFFFFFFF
    h = (h ^ h >> 15) * 2246822519 & 0xFFFFFFFF
    h = (h ^ h >> 13) * 3266489917 & 0xFFFFFFFF
    return h ^ h >> 16


def value(i, j, permille):
    if mix(i, j, 1) % 1000 >= permille:
        return 0.0
    return (mix(i, j, 2) % 31 + 1) / 8 * (4 if i % 4 == j % 4 else 1)


def matrix(rows, columns, permille):
    return np.array([[value(i, j, permille) for j in range(columns)] for i in range(rows)])


def cells(rows, which):
    return np.array([which == "all" or i % 3 != 1 for i in range(rows)])


def start(case):
    name, rows, columns, permille, kind, k, seed, which, missing = case
    X = matrix(rows, columns, permille)[cells(rows, which)]
    if missing:
        gone = np.array([[mix(i, j, 3) % 10 == 0 for j in range(columns)] for i in range(rows)])[cells(rows, which)]
        X = np.where(gone, 0, X)
    return _nmf._initialize_nmf(scipy.sparse.csr_matrix(X), k, init=kind, random_state=seed)


def array(name, values):
    lines, line = [], "   "
    for text in (f" {v:.17g}," for v in values.ravel()):
        if len(line) + len(text) > 118:
            lines.append(line)
            line = "   "
        line += text
    return f"static const double {name}[{values.size}] = {{\n" + "\n".join(lines + [line]) + "\n};\n"


def header():
    text = f"""\
/*
 * Golden starts of factorisations. Made by tests/golden/programs_start.py (scikit-learn {sklearn.__version__}, numpy
 * {np.__version__}, scipy {scipy.__version__}); do not edit. W of the used cells, row-major, then H.
 */
#ifndef UM_PROGRAMS_START_GOLDEN_H
#define UM_PROGRAMS_START_GOLDEN_H

/* clang-format off */

"""
    floors = {}
    for case in CASES:
        W, H = start(case)
        values = np.concatenate([W.ravel(), H.ravel()])
        text += array(f"golden_{case[0]}", values) + "\n"
        # A singular vector's small entries are differences of sums over rows or columns.
        floors[f"golden_{case[0]}"] = max(case[1:3]) * golden.EPS * values.max()
    text += """\
typedef struct golden_case {
    const char *name;
    size_t rows, columns;
    unsigned permille;
    um_nmf_start_kind kind;
    size_t k;
    uint32_t seed;
    int subset, missing;
    const double *want;
    size_t count;
} golden_case;

static const golden_case golden_cases[] = {
"""
    for name, rows, columns, permille, kind, k, seed, which, missing in CASES:
        text += (f'    {{"{name}", {rows}, {columns}, {permille}, UM_NMF_START_{kind.upper()}, {k}, {seed}u, '
                 f"{int(which != 'all')}, {int(missing)},\n     golden_{name}, "
                 f"sizeof golden_{name} / sizeof golden_{name}[0]}},\n")
    return text + "};\n\n/* clang-format on */\n\n#endif\n", floors


def main():
    text, floors = header()
    if "--check" not in sys.argv:
        HEADER.write_text(text)
        return 0
    wrong = golden.difference(HEADER.read_text(), text, floors)
    print(wrong or "the same")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
