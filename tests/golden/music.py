"""Weighted least squares of MuSiC in plain numpy and double precision, written from a description of the method in
words (Wang et al., Nature Communications 2019) and from neither its code nor that of unmix.

BASIS   counts X, type c, subject s, over their cells:  theta_gcs = sum X_g / sum X,  S_cs = sum X / cells
        mean_gc and variance_gc (n - 1) of theta and size_c of S over the subjects that have counts of the type;
        with fewer than two of them variance_gc = mean_gc / counts of the type
        D_gc = mean_gc size_c
SAMPLE  Y = 100 B / sum B over the genes in common (B divided by lengths first, where there are any), genes with B > 0
        q = NNLS(D, Y);  w_g = 1 / (nu + r_g^2 + sum_c (q_c S_c)^2 variance_gc);  q = NNLS(sqrt(w) D, sqrt(w) Y);
        p = q / sum q;  again with new weights until sum |p - p before| < eps.
        r = Y - D q; compat: r = sqrt(w) (Y - D q), the residual of the weighted system, as the published code has it
        (not for the first weights).

nnls() is scipy's where there is scipy, else Lawson and Hanson's algorithm in a few lines of numpy.

    music.py REFERENCE.csv.gz METADATA.csv.gz BULK.csv.gz [--compat]     prints proportions for the sc_mixology files
"""

import csv
import gzip
import sys

import numpy as np

try:
    from scipy.optimize import nnls as scipy_nnls
except ImportError:
    scipy_nnls = None

NU, EPS, MOST = 1e-4, 0.01, 1000


def lawson_hanson(A, y):
    n = A.shape[1]
    x, inside = np.zeros(n), np.zeros(n, bool)
    tolerance = 1e-13 * np.abs(A.T @ y).max()
    for _ in range(10 * n):
        gradient = np.where(inside, -np.inf, A.T @ (y - A @ x))
        if gradient.max() <= tolerance:
            break
        inside[gradient.argmax()] = True
        while True:
            z = np.zeros(n)
            z[inside] = np.linalg.lstsq(A[:, inside], y, rcond=None)[0]
            if (z[inside] > 0).all():
                break
            low = inside & (z <= 0)
            step = (x[low] / (x[low] - z[low])).min()
            x += step * (z - x)
            inside &= x > 1e-15 * x.max()
            x[~inside] = 0
        x = z
    return x


def nnls(A, y):
    return scipy_nnls(A, y)[0] if scipy_nnls else lawson_hanson(A, y)


def basis(X, types, subjects):
    """X genes x cells, a type and a subject for every cell. Returns names of types, mean, variance, size."""
    types, subjects = np.asarray(types), np.asarray(subjects)
    names = sorted(set(types))
    mean, variance, size = [], [], []
    for name in names:
        theta, S, counts = [], [], 0.0
        for subject in sorted(set(subjects)):
            cells = X[:, (types == name) & (subjects == subject)]
            if cells.sum() > 0:
                theta.append(cells.sum(axis=1) / cells.sum())
                S.append(cells.sum() / cells.shape[1])
                counts += cells.sum()
        theta = np.array(theta)
        mean.append(theta.mean(axis=0))
        variance.append(theta.var(axis=0, ddof=1) if len(theta) > 1 else theta[0] / counts)
        size.append(np.mean(S))
    return names, np.array(mean).T, np.array(variance).T, np.array(size)


class Fit:
    """One sample. Y over the genes in common, sums to 100."""

    def __init__(self, Y, D, size, variance, compat, eps=EPS, weighted=True):
        used = Y > 0
        Y, D, variance = Y[used], D[used], variance[used]
        w, self.iterations, self.converged = np.ones(len(Y)), 1, True
        q = nnls(D, Y)
        self.unweighted = q / q.sum()
        r = Y - D @ q
        p = None
        for iteration in range(MOST + 1 if weighted else 0):
            w = 1 / (NU + r**2 + variance @ (q * size) ** 2)
            q = nnls(np.sqrt(w)[:, None] * D, np.sqrt(w) * Y)
            r = Y - D @ q
            if compat:
                r = np.sqrt(w) * r
            before, p = p, q / q.sum()
            self.iterations = iteration
            self.converged = before is not None and np.abs(p - before).sum() < eps
            if self.converged:
                break
        self.q, self.p, self.w = q, q / q.sum(), w
        self.r2 = 1 - np.var(Y - D @ q) / np.var(Y)
        weighted_D = np.sqrt(w)[:, None] * D
        scale = np.sqrt((weighted_D**2).sum(axis=0))
        inverse = np.linalg.pinv(weighted_D.T @ weighted_D / np.outer(scale, scale), rcond=1e-12) / np.outer(
            scale, scale
        )
        self.var_p = np.diag(inverse) * np.mean(w * (Y - D @ q) ** 2) / q.sum() ** 2


def deconvolve(bulk, lengths, mean, variance, size, **options):
    """bulk genes x samples over the genes in common, all in the same order. A list of Fit."""
    bulk = bulk if lengths is None else bulk / lengths[:, None]
    expressed = mean.sum(axis=1) > 0
    bulk, mean, variance = bulk[expressed], mean[expressed], variance[expressed]
    return [Fit(100 * b / b.sum(), mean * size, size, variance, **options) for b in bulk.T]


def read_counts(path):
    with gzip.open(path, "rt") as stream:
        lines = csv.reader(stream)
        columns = next(lines)
        rows = [(line[0], line[1:]) for line in lines]
    return [name for name, _ in rows], columns, np.array([values for _, values in rows], float)


def sc_mixology(cells_path, metadata_path, bulk_path, **options):
    """Singlets as reference, subject = row number mod 3. Returns types, samples and a list of Fit."""
    genes, cells, X = read_counts(cells_path)
    with gzip.open(metadata_path, "rt") as stream:
        lines = csv.reader(stream)
        header = next(lines)
        metadata = [(row, line) for row, line in enumerate(lines)]
    type_at, class_at = header.index("cell_line_demuxlet") + 1, header.index("demuxlet_cls") + 1
    used = {line[0]: (line[type_at], row % 3) for row, line in metadata if line[class_at] == "SNG"}
    keep = [i for i, cell in enumerate(cells) if cell in used]
    labels = [used[cells[i]] for i in keep]
    types, mean, variance, size = basis(X[:, keep], [t for t, _ in labels], [s for _, s in labels])
    bulk_genes, samples, B = read_counts(bulk_path)
    where = {gene: i for i, gene in enumerate(genes)}
    common = sorted(set(genes) & set(bulk_genes))
    at = [where[gene] for gene in common]
    bulk_at = {gene: i for i, gene in enumerate(bulk_genes)}
    fits = deconvolve(B[[bulk_at[gene] for gene in common]], None, mean[at], variance[at], size, **options)
    return types, samples, fits


if __name__ == "__main__":
    paths = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if len(paths) != 3:
        sys.exit(__doc__)
    found_types, found_samples, found = sc_mixology(*paths, compat="--compat" in sys.argv)
    print("\t".join(["sample", *found_types]))
    for name, fit in zip(found_samples, found):
        print("\t".join([name, *("%.17g" % value for value in fit.p)]))
