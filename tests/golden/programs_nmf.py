#!/usr/bin/env python3
"""Makes the golden values for factorisations: programs_nmf_golden.h.

    python3 programs_nmf.py            writes the file beside this script
    python3 programs_nmf.py --check    fails when the file there differs from what would be written (see golden.py)

Independent implementation: scikit-learn 1.9.1, non_negative_factorization(init="custom") in double on a sparse X. Its
coordinate descent is hals, its multiplicative updates are mu.

X, the starts and the fixed programs come from whole-number formulas, which programs_nmf.c repeats:

    h(i, j, s) = ((i * 7919 + j * 104729 + s * 1299709) * 2654435761 mod 2^32) >> 16    in 0 .. 65535
    X_ij       = 1 + h(i, j, 1) mod 5 + (6 where i mod 4 == j mod 4)   where h(i, j, 2) < 22938 (+ 26214 where equal), else 0
    W_it       = (1 + h(i, t, 3)) / 65536,  H_tj = (1 + h(t, j, 4)) / 65536          (another start: 5 and 6)

Without zeros: X_ij + (1 + h(i, j, 7) mod 8) / 8.
"""

import os
import sys
import warnings

import numpy as np
import scipy.sparse
import sklearn
from sklearn.decomposition import non_negative_factorization

sys.dont_write_bytecode = True
import golden

CELLS, GENES, K = 23, 19, 4
HERE = os.path.dirname(os.path.abspath(__file__))

# name, solver, loss, tolerance, most iterations, alpha_W, alpha_H, l1_ratio, update_H
SQUARES_AND_KL = [
    ("hals", "cd", "frobenius", 1e-4, 1000, 0, 0, 0, True),
    ("hals, tight", "cd", "frobenius", 1e-6, 3000, 0, 0, 0, True),
    ("hals, l1 and l2", "cd", "frobenius", 1e-4, 1000, 0.02, 0.01, 0.3, True),
    ("hals, l1", "cd", "frobenius", 1e-6, 3000, 0.03, 0.02, 1, True),
    ("hals, fixed programs", "cd", "frobenius", 1e-6, 1000, 0, 0, 0, False),
    ("hals, fixed programs, penalties", "cd", "frobenius", 1e-4, 1000, 0.02, 0, 0.5, False),
    ("hals, cut short", "cd", "frobenius", 1e-6, 7, 0, 0, 0, True),
    ("mu", "mu", "frobenius", 1e-4, 1000, 0, 0, 0, True),
    ("mu, tight", "mu", "frobenius", 1e-6, 3000, 0, 0, 0, True),
    ("mu, l1 and l2", "mu", "frobenius", 1e-4, 1000, 0.02, 0.01, 0.3, True),
    ("mu, fixed programs", "mu", "frobenius", 1e-6, 1000, 0, 0, 0, False),
    ("kl", "mu", "kullback-leibler", 1e-4, 1000, 0, 0, 0, True),
    ("kl, tight", "mu", "kullback-leibler", 1e-6, 3000, 0, 0, 0, True),
    ("kl, l1 and l2", "mu", "kullback-leibler", 1e-4, 1000, 0.02, 0.01, 0.3, True),
    ("kl, fixed programs", "mu", "kullback-leibler", 1e-6, 1000, 0, 0, 0, False),
]

# the same, then whether X has zeros and which of the two starts
CASES = [(*case, True, 0) for case in SQUARES_AND_KL]
for beta in (-1.2, "itakura-saito", 0.2, 0.5, 2.5):
    CASES += [
        (f"{beta}, without zeros", "mu", beta, 1e-4, 1000, 0, 0, 0, True, False, 0),
        (f"{beta}, another start, all iterations", "mu", beta, 0, 60, 0, 0, 0, True, False, 1),
        (f"{beta}, without zeros, l1 and l2", "mu", beta, 1e-4, 1000, 0.02, 0.01, 0.3, True, False, 1),
        (f"{beta}, without zeros, fixed programs", "mu", beta, 1e-4, 300, 0.01, 0, 0.5, False, False, 0),
    ]
for beta in (0.2, 0.5, 1.5, 2.5):
    CASES += [
        (f"{beta}, with zeros", "mu", beta, 1e-4, 1000, 0, 0, 0, True, True, 0),
        (f"{beta}, with zeros, l1 and l2", "mu", beta, 1e-4, 1000, 0.02, 0.01, 0.3, True, True, 1),
    ]
LOSSES = {"frobenius": "UM_NMF_FROBENIUS", "kullback-leibler": "UM_NMF_KL", "itakura-saito": "UM_NMF_ITAKURA_SAITO"}


def hashed(i, j, s):
    return ((i * 7919 + j * 104729 + s * 1299709) * 2654435761 % 2**32) >> 16


def counts():
    X = np.zeros((CELLS, GENES))
    for i in range(CELLS):
        for j in range(GENES):
            same = i % 4 == j % 4
            if hashed(i, j, 2) < 22938 + 26214 * same:
                X[i, j] = 1 + hashed(i, j, 1) % 5 + 6 * same
    return X


def start(rows, columns, s):
    return np.array([[(1 + hashed(i, j, s)) / 65536 for j in range(columns)] for i in range(rows)])


def without_zeros():
    return counts() + np.array([[(1 + hashed(i, j, 7) % 8) / 8 for j in range(GENES)] for i in range(CELLS)])


def beta_loss(X, Y, b):
    """scikit-learn takes its terms with x where x is above eps, and y there not below."""
    eps = np.finfo(np.float32).eps
    there, floored = eps < X, np.maximum(Y, eps)
    if b == 0:
        return np.sum((X / floored - np.log(np.where(there, X / floored, 1))) * there - 1)
    power = np.where(there, X, 1) ** b - b * X * floored ** (b - 1)
    return np.sum((b - 1) * Y ** b + power * there) / (b * (b - 1))


def loss_of(X, W, H, loss):
    Y = W @ H
    if loss not in ("frobenius", "kullback-leibler"):
        return beta_loss(X, Y, 0 if loss == "itakura-saito" else loss)
    if loss == "frobenius":
        return 0.5 * np.sum((X - Y) ** 2)
    there = X > 0
    return np.sum(X[there] * np.log(X[there] / Y[there])) - X.sum() + Y.sum()


def table(text, name, values):
    text.append(f"static const double {name}[{values.size}] = {{")
    line = "   "
    for value in values.ravel():
        item = f" {value:.17g},"
        if len(line) + len(item) > 120:
            text.append(line)
            line = "   "
        line += item
    text += [line, "};", ""]


def make():
    given = {True: scipy.sparse.csr_matrix(counts()), False: scipy.sparse.csr_matrix(without_zeros())}
    X = given[True]
    text = [
        "/*",
        f" * Golden values for factorisations. Made by tests/golden/programs_nmf.py (scikit-learn {sklearn.__version__},",
        " * double precision); do not edit. W is cells x programs, H programs x genes. Data and starts: see the script.",
        " */",
        "#ifndef UM_PROGRAMS_NMF_GOLDEN_H",
        "#define UM_PROGRAMS_NMF_GOLDEN_H",
        "",
        "/* clang-format off */",
        "",
        f"enum {{ GOLDEN_CELLS = {CELLS}, GOLDEN_GENES = {GENES}, GOLDEN_PROGRAMS = {K} }};",
        "",
        "static const double golden_sum_of_X = %.17g, golden_entries_of_X = %d;" % (X.sum(), X.nnz),
        "static const double golden_sum_without_zeros = %.17g;" % given[False].sum(),
        "",
    ]
    rows, floors = [], {}
    for number, (name, solver, loss, tol, most, alpha_W, alpha_H, ratio, update, zeros, which) in enumerate(CASES):
        X = given[zeros] if solver == "cd" or zeros else given[zeros].toarray()
        H = start(K, GENES, 4 + 2 * which)
        if update:
            W, H, iterations = non_negative_factorization(
                X, W=start(CELLS, K, 3 + 2 * which), H=H, n_components=K, init="custom", solver=solver, beta_loss=loss, tol=tol,
                max_iter=most, alpha_W=alpha_W, alpha_H=alpha_H, l1_ratio=ratio)
        else:
            W, iterations = with_fixed(X, H, solver, loss, tol, most, alpha_W, ratio)
        print(f"{name}: {iterations} iterations, loss {loss_of(given[zeros].toarray(), W, H, loss):.6g}")
        for factor, values in (("W", W), ("H", H)):
            table(text, f"golden_{factor}_{number}", values)
            # A step of hals is a difference of sums over the other side and over the programs, cut off at zero.
            floors[f"golden_{factor}_{number}"] = (max(CELLS, GENES) + K) * golden.EPS * values.max()
        rows.append('    {"%s", %s, %s, %.17g, %d, %.17g, %.17g, %.17g, %d, %d, %.17g, golden_W_%d, golden_H_%d, '
                    '%.17g, %d, %d},' % (
            name, "UM_NMF_HALS" if solver == "cd" else "UM_NMF_MU",
            LOSSES.get(loss, "UM_NMF_BETA"), tol, most, alpha_W, alpha_H, ratio, not update,
            iterations, loss_of(given[zeros].toarray(), W, H, loss), number, number,
            0 if loss in LOSSES else loss, zeros, which))
    text += [
        "typedef struct golden_case {",
        "    const char *name;",
        "    um_nmf_solver solver;",
        "    um_nmf_loss loss;",
        "    double tolerance;",
        "    size_t most;",
        "    double alpha_W, alpha_H, l1_ratio;",
        "    int fixed_programs;",
        "    size_t iterations;",
        "    double value;",
        "    const double *W, *H;",
        "    double beta;",
        "    int zeros; /* X has some */",
        "    int start; /* which */",
        "} golden_case;",
        "",
        "static const golden_case golden_cases[] = {",
        *rows,
        "};",
        "",
        "/* clang-format on */",
        "",
        "#endif",
        "",
    ]
    return "\n".join(text), floors


def with_fixed(X, H, solver, loss, tol, most, alpha_W, ratio):
    """Programs given: scikit-learn itself starts W, at sqrt(mean(X) / K) everywhere for mu and at 0 for hals."""
    W, _, iterations = non_negative_factorization(
        X, H=H, n_components=K, update_H=False, solver=solver, beta_loss=loss, tol=tol, max_iter=most,
        alpha_W=alpha_W, alpha_H=0, l1_ratio=ratio)
    return W, iterations


def main():
    path = os.path.join(HERE, "programs_nmf_golden.h")
    warnings.simplefilter("ignore")  # runs that are cut short
    text, floors = make()
    if "--check" in sys.argv[1:]:
        with open(path) as file:
            wrong = golden.difference(file.read(), text, floors)
        if wrong:
            sys.exit(f"{path}: {wrong}")
        return
    with open(path, "w") as file:
        file.write(text)


main()
