#!/usr/bin/python3
"""Factorisations by scikit-learn, start included: one JSON line a kind of input.

    sklearn_nmf.py FILE --components K [--inputs csr32,csr64,dense32,dense64] [--repeats 1] [--loss frobenius|kl]
                        [--resamples N]

hals: the coordinate descent of scikit-learn with its defaults (nndsvda, tol 1e-4) to its own end; kl: 100 multiplicative
updates. `loss` is that of the result in double. --resamples times N fits of 80% of the cells, one after the other, and
again as two processes with one thread each.
"""

import argparse
import json
import os
import time
import warnings

import anndata
import joblib
import numpy as np
import scipy.sparse
import sklearn
import threadpoolctl
from sklearn.decomposition import NMF

warnings.filterwarnings("ignore")


def model(k, loss, seed=42):
    if loss == "kl":
        return NMF(k, init="nndsvda", solver="mu", beta_loss="kullback-leibler", tol=0, max_iter=100, random_state=seed)
    return NMF(k, init="nndsvda", tol=1e-4, max_iter=1000, random_state=seed)


def as_input(X, kind):
    X = X.astype(np.float32 if kind.endswith("32") else np.float64)
    return X if kind.startswith("csr") else np.ascontiguousarray(X.toarray())


def loss_of(X, W, H, loss):
    """In double, some cells at a time."""
    total = 0.0
    for i in range(0, X.shape[0], 500):
        x, y = X[i : i + 500].toarray().astype(float), W[i : i + 500].astype(float) @ H.astype(float)
        if loss == "kl":
            above = x > 0
            total += (x[above] * np.log(x[above] / np.maximum(y[above], np.finfo(np.float32).eps)) - x[above]).sum() + y.sum()
        else:
            total += 0.5 * ((x - y) ** 2).sum()
    return total


def processor_seconds():
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def measure(run, repeats):
    taken = []
    for _ in range(repeats):
        start, used = time.perf_counter(), processor_seconds()
        result = run()
        taken.append((time.perf_counter() - start, processor_seconds() - used))
    seconds = [one[0] for one in taken]
    return result, {"seconds": float(np.median(seconds)), "fastest": min(seconds), "cpu_seconds": min(one[1] for one in taken),
                    "repeats": repeats}


def whole(X, kind, given):
    data = as_input(X, kind)

    def fit():
        nmf = model(given.components, given.loss)
        return nmf.fit_transform(data), nmf

    (W, nmf), times = measure(fit, given.repeats)
    return {**times, "iterations": nmf.n_iter_, "loss": loss_of(X, W, nmf.components_, given.loss)}


def resampled(X, seed, k):
    rng = np.random.default_rng(seed)
    cells = np.sort(rng.choice(X.shape[0], int(0.8 * X.shape[0]), replace=False))
    return model(k, "frobenius", seed).fit(X[cells]).n_iter_


def resampled_alone(X, seed, k):
    with threadpoolctl.threadpool_limits(1):
        return resampled(X, seed, k)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("file")
    parser.add_argument("--components", type=int, default=10)
    parser.add_argument("--inputs", default="csr32,csr64,dense32,dense64")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--loss", choices=["frobenius", "kl"], default="frobenius")
    parser.add_argument("--resamples", type=int, default=0)
    given = parser.parse_args()
    X = scipy.sparse.csr_matrix(anndata.read_h5ad(given.file).X)
    program = f"scikit-learn {sklearn.__version__}"
    for kind in given.inputs.split(","):
        line = {"bench": "kl_fit" if given.loss == "kl" else "hals_fit", "program": program, "input": kind}
        if not given.resamples:
            print(json.dumps({**line, **whole(X, kind, given)}))
            continue
        data, seeds, k = as_input(X, kind), range(42, 42 + given.resamples), given.components
        line = {**line, "bench": "hals_replicates", "replicates": given.resamples}
        ways = {1: lambda: [resampled(data, seed, k) for seed in seeds],
                2: lambda: joblib.Parallel(n_jobs=2)(joblib.delayed(resampled_alone)(data, seed, k) for seed in seeds)}
        for processes, run in ways.items():
            iterations, times = measure(run, given.repeats)
            print(json.dumps({**line, **times, "processes": processes, "iterations": float(np.mean(iterations))}))


if __name__ == "__main__":
    main()
