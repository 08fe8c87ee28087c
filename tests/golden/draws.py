#!/usr/bin/python3
"""Makes the golden values for draws: draws_golden.h, for the problem of deconvolve.py.

    python3 draws.py            writes the file beside this script
    python3 draws.py --check    fails when the file there differs from what would be written (see golden.py)

Where the optimum goes when the signatures, or the counts, are others by parts in 10,000: by solving again, not by the
first-order formula of kernels/draws.cl. And the jackknife over blocks of genes, from its formula.
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


def gene_blocks(problem):
    """Lists of genes: of the same type and about the same level, as host/deconvolve/problem/gene_blocks.h has it."""
    types = problem.types
    parts = max(1, round(30 / types))
    own = np.argmax(problem.A[:, :types], axis=1)
    share = (problem.k / problem.k.sum(axis=0)).sum(axis=1)
    blocks = []
    for t in range(types):
        genes = np.array(sorted(np.flatnonzero(own == t), key=lambda g: (-share[g], g)), int)
        root = np.sqrt(share[genes])
        if not len(genes):
            continue
        at = np.minimum((parts * (np.cumsum(root) - root / 2) / root.sum()).astype(int), parts - 1)
        blocks += [genes[at == p] for p in range(parts) if (at == p).any()]
    return blocks


def bounded(H, g, low, ridge=1e-9):
    """min 1/2 d'Hd + g'd, d >= low, as non-negative least squares in scaled unknowns."""
    from scipy.linalg import cholesky, solve_triangular
    from scipy.optimize import nnls
    scale = 1 / np.sqrt(np.diag(H))
    scaled = H * np.outer(scale, scale) + ridge * np.eye(len(scale))
    upper = cholesky(scaled)
    q = g * scale + scaled @ (low / scale)
    return scale * nnls(upper, -solve_triangular(upper, q, trans="T"), maxiter=1000)[0] + low


def jackknife(problem, exposures):
    blocks, types = gene_blocks(problem), problem.types
    variance = np.zeros((exposures.shape[1], types))
    for n in range(exposures.shape[1]):
        x, k, w, A = exposures[:, n], problem.k[:, n], problem.w, problem.A
        y = A @ x + model.EPS
        H, g = (w * k / y**2 * A.T) @ A, A.T @ (w * (1 - k / y))
        for genes in blocks:
            a = A[genes]
            d = bounded(H - (w[genes] * k[genes] / y[genes]**2 * a.T) @ a, g - a.T @ (w[genes] * (1 - k[genes] / y[genes])), -x)
            p = (x + d)[:types] / (x + d)[:types].sum() - x[:types] / x[:types].sum()
            variance[n] += (len(blocks) - 1) / len(blocks) * p**2
    return variance


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
    # A step is known to the condition of its matrix, up to 1 / ridge, times eps, of proportions of at most 1.
    header.array("golden_jackknife", jackknife(problem, optimum), "Variance of the proportions over blocks of genes, samples x types",
                 floor=1e-6)
    header.text("/* clang-format on */\n\n#endif\n")
    return header


if __name__ == "__main__":
    golden.main([build()])
