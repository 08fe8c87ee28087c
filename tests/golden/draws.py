#!/usr/bin/python3
"""Makes the golden values for draws: draws_golden.h, for the problem of deconvolve.py.

    python3 draws.py            writes the file beside this script
    python3 draws.py --check    fails when the file there differs from what would be written (see golden.py)

Where the optimum goes when the signatures, or the counts, are others by parts in 10,000: by solving again, not by the
first-order formula of kernels/draws.cl.
"""

import sys

import numpy as np

sys.dont_write_bytecode = True
import deconvolve
import errors
import golden
import model

SCALE = 1e-4

INTRODUCTION = """\
/*
 * Golden values for draws. Made by tests/golden/draws.py (numpy, double precision); do not edit.
 *
 * At the optimum "intercept" of deconvolve_golden.h: what another A, A + golden_dA, moves it by, and what other counts
 * do, k + sign (k - y) / (1 - leverage), with the signs golden_sign. Samples x sources.
 */
#ifndef UM_DRAWS_GOLDEN_H
#define UM_DRAWS_GOLDEN_H

/* clang-format off */
"""


def leverages(problem, x):
    free = np.flatnonzero(problem.D * x > errors.ZERO * (problem.D @ x))
    y = problem.A[:, free] @ x[free] + model.EPS
    basis = np.linalg.svd(np.sqrt(problem.w / y)[:, None] * problem.A[:, free], full_matrices=False)[0]
    return y, np.minimum((basis**2).sum(axis=1), 0.99)


def changed(problem, **parts):
    other = model.Problem.__new__(model.Problem)
    other.__dict__.update(problem.__dict__)
    other.__dict__.update(parts)
    other.D = other.w @ other.A
    other.T = other.w @ other.k
    return other


def build():
    signatures, counts, lengths, weights = deconvolve.draw()
    problem = model.Problem(signatures, counts, lengths, weights, deconvolve.INSERT)
    rng = np.random.RandomState(5)
    optimum = model.optimum(problem)
    dA = SCALE * problem.A * rng.normal(size=problem.A.shape)
    dA[:, -1] = 0.0  # the background has no reference
    # A count of zero can only rise, which it does with the sign -1: k - y is below zero.
    sign = SCALE * np.where((problem.k == 0).any(axis=1), -1.0, rng.choice([-1.0, 1.0], len(problem.w)))
    other = np.empty_like(problem.k)
    for n in range(problem.k.shape[1]):
        y, leverage = leverages(problem, optimum[:, n])
        other[:, n] = problem.k[:, n] + sign * (problem.k[:, n] - y) / (1 - leverage)
    header = golden.Header("draws_golden.h")
    header.text(INTRODUCTION)
    header.array("golden_dA", dA, "Another reference, genes that take part x sources")
    header.array("golden_sign", sign, "Signs of the genes that take part, times 1e-4")
    # Two optima, each known to a gap of 1e-12, so to about the root of it times the exposures that hardly matter.
    floor = 1e-6 * optimum.max()
    header.array("golden_moved_by_reference", (model.optimum(changed(problem, A=problem.A + dA)) - optimum).T,
                 "By the reference", floor=floor)
    header.array("golden_moved_by_counts", (model.optimum(changed(problem, k=other)) - optimum).T, "By the counts",
                 floor=floor)
    header.text("/* clang-format on */\n\n#endif\n")
    return header


if __name__ == "__main__":
    golden.main([build()])
