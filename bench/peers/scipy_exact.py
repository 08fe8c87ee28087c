#!/usr/bin/python3
"""The optimum of every sample with scipy, in double, to the same certified gap as `unmix deconvolve --method exact`.

    scipy_exact.py FOLDER [--gap 1e-6]        FOLDER holds problem.npz (problem.py); writes scipy_exact.npy there

SLSQP with bounds and the analytic gradient, in the variables x_j = D_j E_j / T, which are all of order 1 and sum to 1 at
the optimum. Of what scipy has for bounds it was the fastest here: for one sample of 18,879 genes and 22 sources SLSQP
needs 24-47 ms, L-BFGS-B 50-62, TNC 32-80, trust-constr with the Hessian 640-1340. A sample whose gap is too large is
started again where it ended, with a hundredth of the tolerance. Prints one JSON line.
"""

import argparse
import json
import pathlib
import time

import numpy as np
import scipy
import scipy.optimize

from problem import EPS, Problem


def fit(problem, B, sums, sample, gap):
    """x of one sample: the minimum of sum_j x_j - sum_g k_g / T log((B x)_g)."""
    present = problem.k[:, sample] > 0
    rows, k = B[present], problem.k[present, sample] / problem.T[sample]
    columns, tiny = np.ascontiguousarray(rows.T), EPS / problem.T[sample]

    def value(x):
        y = rows @ x + tiny
        return sums @ x - k @ np.log(y), sums - columns @ (k / y)

    x, tolerance = np.full(B.shape[1], 1.0 / B.shape[1]), 1e-11
    for _ in range(4):
        x = scipy.optimize.minimize(value, x, jac=True, method="SLSQP", bounds=[(0, None)] * len(x),
                                    options={"ftol": tolerance, "maxiter": 1000}).x
        x = np.maximum(x, 0.0)
        x /= sums @ x
        if np.log((columns @ (k / (rows @ x + tiny))).max()) <= gap:
            break
        tolerance *= 0.01
    return x


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--gap", type=float, default=1e-6)
    given = parser.parse_args()
    problem = Problem(given.folder)
    genes, samples = problem.k.shape
    start = time.perf_counter()
    B = problem.A / problem.D
    sums = B.sum(axis=0)
    x = np.column_stack([fit(problem, B, sums, n, given.gap) for n in range(samples)])
    seconds = time.perf_counter() - start
    E = x * problem.T / problem.D[:, None]
    np.save(pathlib.Path(given.folder) / "scipy_exact.npy", E)
    print(json.dumps({"bench": "exact", "program": f"scipy {scipy.__version__} SLSQP", "genes": genes,
                      "types": len(problem.types), "samples": samples, "seconds": seconds, "fastest": seconds, "repeats": 1,
                      "gap": float(problem.gap(E).max())}))


if __name__ == "__main__":
    main()
