#!/usr/bin/python3
"""The EM iteration of `unmix` in numpy: float32, in place, division by D included. The peer of bench/em.c.

    numpy_em.py [--genes 18879] [--sources 22] [--samples 81] [--iterations 100]

One iteration is  E *= (A' (w k / (A E))) / D  with no array made inside the loop; with OpenBLAS both products are sgemm.
Prints one JSON line with the median seconds of an iteration. The result is first compared with double precision.
"""

import argparse
import json
import time

import numpy as np


def problem(genes, sources, samples, dtype):
    rng = np.random.RandomState(42)
    signatures = rng.lognormal(0.0, 2.0, (genes, sources))
    signatures[:, -1] = 1.0
    signatures /= signatures.sum(axis=0)
    lengths = rng.uniform(0.4, 20.0, genes)
    weights = rng.uniform(0.05, 1.0, genes)
    A = lengths[:, None] * signatures
    mixture = rng.dirichlet(np.ones(sources), samples).T
    rates = A @ mixture
    counts = rng.poisson(2e7 * rates / rates.sum(axis=0))
    E = np.empty((sources, samples))
    E[:] = counts.sum(axis=0) / (sources - 1)
    E[-1] = 0.05 * counts.sum(axis=0)
    arrays = A, weights[:, None] * counts, weights @ A, E
    return [np.ascontiguousarray(a, dtype=dtype) for a in arrays]


class Iteration:
    def __init__(self, A, wk, D, E):
        self.A, self.At, self.wk, self.E = A, np.ascontiguousarray(A.T), wk, E
        self.D = D[:, None]
        self.ratio = np.empty_like(wk)
        self.folded = np.empty_like(E)

    def __call__(self):
        np.matmul(self.A, self.E, out=self.ratio)
        np.divide(self.wk, self.ratio, out=self.ratio)
        np.matmul(self.At, self.ratio, out=self.folded)
        np.divide(self.folded, self.D, out=self.folded)
        np.multiply(self.E, self.folded, out=self.E)


def main():
    parser = argparse.ArgumentParser()
    for name, default in (("genes", 18879), ("sources", 22), ("samples", 81), ("iterations", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    shape = given.genes, given.sources, given.samples

    iterate, exact = Iteration(*problem(*shape, np.float32)), Iteration(*problem(*shape, np.float64))
    for _ in range(10):
        iterate()
        exact()
    share = exact.E / exact.E.sum(axis=0)
    error = float(np.abs(iterate.E / iterate.E.sum(axis=0) - share).max())
    # Sums over the genes in float32: a few units of 6e-8 for each of the ten iterations.
    if not error < 1e-4:
        raise SystemExit(f"numpy float32 differs from double by {error:g} in a share")

    seconds = []
    for _ in range(given.iterations):
        start = time.perf_counter()
        iterate()
        seconds.append(time.perf_counter() - start)
    print(json.dumps({
        "bench": "em", "program": f"numpy {np.__version__}", "genes": given.genes, "sources": given.sources,
        "samples": given.samples, "iterations": given.iterations,
        "seconds_per_iteration": float(np.median(seconds)), "fastest": min(seconds), "error": error,
    }))


if __name__ == "__main__":
    main()
