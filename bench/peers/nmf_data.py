#!/usr/bin/python3
"""Cells for run-peers-nmf, as .h5ad.

    nmf_data.py simulate OUT --components K     10,000 cells x 2,000 genes, 7.5% above zero, log1p of Poisson counts
    nmf_data.py subset FACTORISED OUT           the cells of a result of `unmix nmf`, the genes that it chose alone
"""

import argparse

import anndata
import numpy as np
import scipy.sparse


def simulate(cells, genes, components, density):
    rng = np.random.default_rng(1)
    mean = rng.gamma(0.3, 1, (cells, components)) @ rng.gamma(0.3, 1, (components, genes))
    low, high, some = 0.0, 1e3, mean[:200]
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if (1 - np.exp(-middle * some)).mean() < density else (low, middle)
    blocks = [scipy.sparse.csr_matrix(np.log1p(rng.poisson(high * mean[i : i + 1000]))) for i in range(0, cells, 1000)]
    return anndata.AnnData(scipy.sparse.vstack(blocks, format="csr"))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["simulate", "subset"])
    parser.add_argument("files", nargs="+")
    for name, kind, default in (("cells", int, 10000), ("genes", int, 2000), ("components", int, 10),
                                ("density", float, 0.075)):
        parser.add_argument(f"--{name}", type=kind, default=default)
    given = parser.parse_args()
    if given.what == "simulate":
        data = simulate(given.cells, given.genes, given.components, given.density)
    else:
        whole = anndata.read_h5ad(given.files[0])
        data = anndata.AnnData(whole[:, whole.var["highly_variable"]].X)
    data.write_h5ad(given.files[-1])


if __name__ == "__main__":
    main()
