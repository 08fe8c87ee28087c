#!/usr/bin/python3
"""The EM iteration of `unmix` in numpy: float32, in place, division by D included; and the peak of its BLAS.

    numpy_em.py FOLDER [--seconds 1]        FOLDER holds problem.npz (problem.py)

One iteration is  E *= (A' (k / (A E))) / D  with no array made inside the loop; with OpenBLAS both products are sgemm.
The result is first compared with double precision. Prints one JSON line for the iteration, one for a square sgemm.
"""

import argparse
import json
import time

import numpy as np

from problem import Problem


class Iteration:
    def __init__(self, problem, dtype):
        A, k, D = (np.ascontiguousarray(a, dtype=dtype) for a in (problem.A, problem.k, problem.D))
        self.A, self.At, self.k, self.D = A, np.ascontiguousarray(A.T), k, D[:, None]
        E = np.empty((len(problem.D), k.shape[1]))
        E[:] = problem.T / len(problem.types)
        E[-1] = 0.05 * problem.T
        self.E = E.astype(dtype)
        self.ratio, self.folded = np.empty_like(k), np.empty_like(self.E)

    def __call__(self):
        np.matmul(self.A, self.E, out=self.ratio)
        np.divide(self.k, self.ratio, out=self.ratio)
        np.matmul(self.At, self.ratio, out=self.folded)
        np.divide(self.folded, self.D, out=self.folded)
        np.multiply(self.E, self.folded, out=self.E)


def repeat(run, seconds, least=3):
    taken, end = [], time.perf_counter() + seconds
    while len(taken) < least or time.perf_counter() < end:
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return {"seconds": float(np.median(taken)), "fastest": min(taken), "repeats": len(taken)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--seconds", type=float, default=1.0)
    given = parser.parse_args()
    problem = Problem(given.folder)
    genes, samples = problem.k.shape
    iterate, exact = Iteration(problem, np.float32), Iteration(problem, np.float64)
    for _ in range(10):
        iterate()
        exact()
    share = exact.E / exact.E.sum(axis=0)
    error = float(np.abs(iterate.E / iterate.E.sum(axis=0) - share).max())
    # Sums over the genes in float32: a few units of 6e-8 for each of the ten iterations.
    if not error < 1e-4:
        raise SystemExit(f"numpy float32 differs from double by {error:g} in a share")
    program = f"numpy {np.__version__}"
    timing = repeat(iterate, given.seconds)
    work = 4.0 * genes * len(problem.D) * samples
    print(json.dumps({"bench": "em_iteration", "program": program, "genes": genes, "types": len(problem.types),
                      "samples": samples, **timing, "gflops": work / timing["seconds"] / 1e9, "error": error}))

    size = 2048
    a, b = (np.random.RandomState(i).rand(size, size).astype(np.float32) for i in (1, 2))
    c = np.empty_like(a)
    timing = repeat(lambda: np.matmul(a, b, out=c), given.seconds)
    print(json.dumps({"bench": "sgemm", "program": program, "size": size, **timing,
                      "gflops": 2.0 * size**3 / timing["seconds"] / 1e9,
                      "peak_gflops": 2.0 * size**3 / timing["fastest"] / 1e9}))


if __name__ == "__main__":
    main()
