"""
Cells for the tests of gene programs: counts with planted programs, files of them in every format, and factorisations
that were written from the formulas alone (numpy and scipy, in double), which the program must agree with.
"""

import gzip
import warnings

import anndata
import h5py
import numpy as np
import pandas as pd
import scipy.io
import scipy.linalg
import scipy.optimize
import scipy.sparse as sparse

warnings.simplefilter("ignore")


class Planted:
    """Poisson counts of `programs` programs; every program has genes of its own and shares a few."""

    def __init__(self, cells=120, genes=90, programs=4, depth=600.0, seed=3):
        draw = np.random.RandomState(seed)
        self.k = programs
        self.usages = draw.gamma(0.5, size=(cells, programs)) + 0.02
        self.programs = draw.gamma(0.4, size=(programs, genes)) * 0.15
        for program in range(programs):
            self.programs[program, program::programs] += draw.gamma(2.0, size=len(range(program, genes, programs)))
        self.programs /= self.programs.sum(axis=1, keepdims=True)
        totals = depth * draw.uniform(0.5, 1.5, size=(cells, 1))
        share = self.usages / self.usages.sum(axis=1, keepdims=True)
        self.counts = draw.poisson(totals * (share @ self.programs)).astype(float)
        self.counts[0, self.counts.sum(axis=0) == 0] = 1  # every gene is there
        self.cells = [f"cell{i}" for i in range(cells)]
        self.genes = [f"gene{i}" for i in range(genes)]
        self.batch = ["first" if i % 3 else "second" for i in range(cells)]

    def logged(self):
        """Log-normalised, in double and not to be had in single precision."""
        return np.log1p(self.counts / self.counts.sum(axis=1, keepdims=True) * 1e4)

    def data(self, x, dtype="float64"):
        made = anndata.AnnData(x, obs=pd.DataFrame(index=self.cells), var=pd.DataFrame(index=self.genes), dtype=dtype)
        made.obs["batch"] = pd.Categorical(self.batch)
        return made

    def write(self, path, x, dtype="float64"):
        self.data(x, dtype).write_h5ad(path)
        return path


def write_tenx(path, planted):
    """As Cell Ranger 3 and later writes it."""
    with h5py.File(path, "w") as file:
        group, columns = file.create_group("matrix"), sparse.csc_matrix(planted.counts.T.astype("i4"))
        for part in ("data", "indices", "indptr"):
            group[part] = getattr(columns, part)
        group["shape"] = np.array(columns.shape)
        group["barcodes"] = np.array(planted.cells, dtype="S")
        features = group.create_group("features")
        features["id"] = np.array([f"ENS{i}" for i in range(len(planted.genes))], dtype="S")
        features["name"] = np.array(planted.genes, dtype="S")
        features["feature_type"] = np.array(["Gene Expression"] * len(planted.genes), dtype="S")
    return path


def write_market(folder, planted):
    folder.mkdir()
    scipy.io.mmwrite(folder / "matrix.mtx", sparse.coo_matrix(planted.counts.T.astype("i4")))
    lines = [f"ENS{i}\t{gene}\tGene Expression\n" for i, gene in enumerate(planted.genes)]
    with gzip.open(folder / "features.tsv.gz", "wt") as stream:
        stream.writelines(lines)
    (folder / "barcodes.tsv").write_text("".join(f"{cell}\n" for cell in planted.cells))
    return folder


# --- Factorisations from the formulas ---------------------------------------------------------------------------------


def randomized_svd(x, k, seed):
    """Halko, Martinsson, Tropp 2011, with ten more columns and LU between the powers, as scikit-learn chooses them."""
    turned = x.shape[0] < x.shape[1]
    a = x.T if turned else x
    powers = 7 if k < 0.1 * min(x.shape) else 4
    q = np.random.RandomState(seed).normal(size=(a.shape[1], k + 10))
    for _ in range(powers):
        q = scipy.linalg.lu(a @ q, permute_l=True)[0]
        q = scipy.linalg.lu(a.T @ q, permute_l=True)[0]
    q = scipy.linalg.qr(a @ q, mode="economic")[0]
    u, s, v = scipy.linalg.svd(q.T @ a, full_matrices=False)
    u = q @ u
    return (v.T[:, :k], s[:k], u.T[:k]) if turned else (u[:, :k], s[:k], v[:k])


def nndsvda(x, k, seed):
    """Boutsidis, Gallopoulos 2008; zeros become the mean of x."""
    u, s, v = randomized_svd(x, k, seed)
    w, h = np.zeros((x.shape[0], k)), np.zeros((k, x.shape[1]))
    w[:, 0], h[0] = np.sqrt(s[0]) * np.abs(u[:, 0]), np.sqrt(s[0]) * np.abs(v[0])
    for j in range(1, k):
        parts = [(np.maximum(sign * u[:, j], 0), np.maximum(sign * v[j], 0)) for sign in (1, -1)]
        sizes = [(np.linalg.norm(a), np.linalg.norm(b)) for a, b in parts]
        best = 0 if sizes[0][0] * sizes[0][1] > sizes[1][0] * sizes[1][1] else 1
        (a, b), (of_a, of_b) = parts[best], sizes[best]
        scale = np.sqrt(s[j] * of_a * of_b)
        w[:, j], h[j] = scale * a / of_a, scale * b / of_b
    w[w < 1e-6], h[h < 1e-6] = 0, 0
    w[w == 0], h[h == 0] = x.mean(), x.mean()
    return w, h


def random_start(x, k, seed):
    draw = np.random.RandomState(seed)
    scale = np.sqrt(x.mean() / k)
    h = np.abs(scale * draw.standard_normal((k, x.shape[1])))
    return np.abs(scale * draw.standard_normal((x.shape[0], k))), h


def sweep(x, w, h, l1, l2):
    """One coordinate descent over the columns of w for 1/2 |x - w h|^2 + l1 sum w + l2/2 sum w^2; the violation."""
    gram, product, violation = h @ h.T + l2 * np.eye(len(h)), x @ h.T - l1, 0.0
    for t in range(len(h)):
        slope = w @ gram[t] - product[:, t]
        violation += np.abs(np.where(w[:, t] == 0, np.minimum(slope, 0), slope)).sum()
        if gram[t, t]:
            w[:, t] = np.maximum(w[:, t] - slope / gram[t, t], 0)
    return violation


def coordinate_descent(x, w, h, tol=1e-4, most=1000, alpha=0.0, l1_ratio=0.0):
    """Cichocki, Phan 2009, with scikit-learn's rule to stop; alpha is that of both factors."""
    n, m = x.shape
    first = None
    for iteration in range(1, most + 1):
        violation = sweep(x, w, h, m * alpha * l1_ratio, m * alpha * (1 - l1_ratio))
        turned = h.T.copy()
        violation += sweep(x.T, turned, w.T, n * alpha * l1_ratio, n * alpha * (1 - l1_ratio))
        h = turned.T
        first = violation if first is None else first
        if violation <= tol * first:
            break
    return w, h, iteration


def kl_loss(x, w, h):
    model = w @ h
    some = x > 0
    return (x[some] * np.log(x[some] / model[some])).sum() - x.sum() + model.sum()


def kl_updates(x, w, h, tol=1e-4, most=1000):
    """Lee, Seung 2001; every tenth iteration the gain in sqrt(2 loss) is looked at."""
    first = previous = np.sqrt(2 * kl_loss(x, w, h))
    for iteration in range(1, most + 1):
        w = w * ((x / (w @ h)) @ h.T) / h.sum(axis=1)
        h = h * (w.T @ (x / (w @ h))) / w.sum(axis=0)[:, None]
        if iteration % 10 == 0:
            error = np.sqrt(2 * kl_loss(x, w, h))
            if (previous - error) / first < tol:
                break
            previous = error
    return w, h, iteration


# --- Agreement ----------------------------------------------------------------------------------------------------------


def beta_updates(x, w, h, beta, most):
    """Multiplicative updates of the beta-divergence for x above 0, `most` of them."""
    exponent = 1 / (2 - beta) if beta < 1 else 1 / (beta - 1) if beta > 2 else 1
    for _ in range(most):
        y = w @ h
        w = w * ((x * y ** (beta - 2)) @ h.T / (y ** (beta - 1) @ h.T)) ** exponent
        y = w @ h
        h = h * (w.T @ (x * y ** (beta - 2)) / (w.T @ y ** (beta - 1))) ** exponent
    return w, h, most


def adjusted_rand_index(a, b):
    table = pd.crosstab(np.asarray(a), np.asarray(b)).to_numpy()

    def pairs(counts):
        return (counts * (counts - 1) / 2).sum()

    both, of_a, of_b = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = of_a * of_b / pairs(np.array([table.sum()]))
    return (both - expected) / ((of_a + of_b) / 2 - expected)


def best_match(a, b):
    """Correlation of each column of b with a column of a, matched so that their sum is largest (k is small)."""
    size = a.shape[1]
    r = np.corrcoef(a.T, b.T)[:size, size:]
    rows, columns = scipy.optimize.linear_sum_assignment(-r)
    return r[rows[np.argsort(columns)], np.sort(columns)]
