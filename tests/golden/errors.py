#!/usr/bin/python3
"""Makes the golden values for standard errors: errors_golden.h, for the problem of deconvolve.py.

    python3 errors.py            writes the file beside this script
    python3 errors.py --check    fails when the file there differs from what would be written (see golden.py)

HC3 by another road than the C code takes: leverages from an orthogonal basis of the weighted design, pseudo-inverses by
singular values, the derivative of the proportions by complex steps.

    V = H^+ B H^+,  H = sum w k / y^2 a a',  B = sum (w r)^2 a a',  r = (k - y) / y / (1 - lev),  lev at most 0.99
"""

import sys

import numpy as np

sys.dont_write_bytecode = True
import deconvolve
import golden
import model

ZERO = 1e-6  # share of the reads below which a source counts as zero
CELL_SIZES = [1.0, 0.25, 3.0, 1.7]


def jacobian(exposures, types, cell_size):
    """d proportions / d exposures, by complex steps: exact to rounding."""
    sources = len(exposures)
    result = np.empty((types, sources))
    for j in range(sources):
        moved = exposures.astype(complex)
        moved[j] += 1e-30j
        amounts = moved[:types] / cell_size
        result[:, j] = (amounts / amounts.sum()).imag / 1e-30
    return result


def standard_errors(problem, exposures, cell_size=None):
    """
    Samples x types; 0 for types at zero. And the floor of golden.py: with a = E / c and S = sum a, d p_i / d E_j is
    (delta_ij - p_i) / (c_j S), a difference of numbers of at most 1 / (c_j S), each known to some 4 eps. Where a type is
    alone the difference is 0 and the standard error what rounding leaves of it; the part of any standard error that is
    rounding is at most 4 eps sum_j sqrt(V_jj) / (c_j S).
    """
    types, samples = problem.types, exposures.shape[1]
    cell_size = np.ones(types) if cell_size is None else np.asarray(cell_size, float)
    result, floor = np.zeros((samples, types)), 0.0
    for n in range(samples):
        x = exposures[:, n]
        reads = problem.D * x
        free = np.flatnonzero(reads > ZERO * reads.sum())
        A, w, k = problem.A[:, free], problem.w, problem.k[:, n]
        y = A @ x[free] + model.EPS
        basis = np.linalg.svd(np.sqrt(w / y)[:, None] * A, full_matrices=False)[0]
        leverage = np.minimum((basis**2).sum(axis=1), 0.99)
        r = (k - y) / y / (1 - leverage)
        inverse = np.linalg.pinv((w * k / y**2 * A.T) @ A, rcond=1e-12, hermitian=True)
        V = inverse @ (((w * r)**2 * A.T) @ A) @ inverse
        J = jacobian(x, types, cell_size)[:, free]
        variance = np.einsum("ia,ab,ib->i", J, V, J)
        at = [j for j in range(types) if j in free]
        result[n, at] = np.sqrt(np.maximum(variance[at], 0))
        deviation = np.zeros(len(x))
        deviation[free] = np.sqrt(np.diag(V))
        floor = max(floor, 4 * golden.EPS * (deviation[:types] / cell_size).sum() / (x[:types] / cell_size).sum())
    return result, floor


INTRODUCTION = """\
/*
 * Golden values for standard errors. Made by tests/golden/errors.py (numpy, double precision); do not edit.
 *
 * At the exposures golden_optimum[] of deconvolve_golden.h, samples x types; 0 for types at zero. With cell sizes:
 * golden_cell_sizes for all types of _given, the sums of the signatures' columns for _column_sums.
 */
#ifndef UM_ERRORS_GOLDEN_H
#define UM_ERRORS_GOLDEN_H

/* clang-format off */
"""


def build():
    data = deconvolve.draw()
    signatures, counts, lengths, weights = data
    header = golden.Header("errors_golden.h")
    header.text(INTRODUCTION)
    header.array("golden_cell_sizes", CELL_SIZES, "Cell sizes")

    def add(name, what, cell_size=None, **options):
        problem = model.Problem(signatures, counts, lengths, weights, deconvolve.INSERT, **options)
        sizes = problem.column_sums if cell_size == "sums" else cell_size
        errors, floor = standard_errors(problem, model.optimum(problem), sizes)
        header.array(f"golden_se_{name}", errors, what, floor=floor)

    add("intercept", "With the intercept")
    add("no_intercept", "Without an intercept", intercept=False)
    add("reads", "Signatures in reads", use_lengths=False)
    add("given", "With the intercept, of fractions of cells", cell_size=CELL_SIZES)
    add("column_sums", "The same by column sums", cell_size="sums")
    header.text("/* clang-format on */\n\n#endif\n")
    return header


if __name__ == "__main__":
    golden.main([build()])
