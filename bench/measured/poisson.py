"""The Poisson fit in numpy, in double, written from the formulas: for each sample minimise
sum_g w_g (y_g - k_g log y_g) over E >= 0 with y = A E. 30 EM steps, then SQP with the exact Hessian
A' diag(w k / y^2) A, all samples at once."""

import numpy as np

TINY = 1e-300


def with_background(S):
    return np.column_stack([S, np.full(len(S), 1 / len(S))])


def objective(A, w, k, E):
    """sum w (y - k log y) of each sample; w is (genes, 1)."""
    y = np.maximum(A @ E.T, TINY)
    return (w * (y - np.where(k > 0, k * np.log(y), 0))).sum(0)


def quadratic_programs(H, g, low, sweeps=400):
    """min 1/2 d'Hd + g'd with d >= low, one a row, by coordinate descent. H: N x M x M, g and low: N x M."""
    d = np.zeros_like(g)
    slope = g.copy()
    diagonal = np.maximum(np.einsum("nii->ni", H), TINY)
    scale = np.maximum(np.sqrt((g * g / diagonal).max(1)), TINY)
    for _ in range(sweeps):
        largest = np.zeros(len(g))
        for j in range(g.shape[1]):
            to = np.maximum(d[:, j] - slope[:, j] / diagonal[:, j], low[:, j])
            change = to - d[:, j]
            d[:, j] = to
            slope += H[:, :, j] * change[:, None]
            largest = np.maximum(largest, np.abs(change) * np.sqrt(diagonal[:, j]))
        if (largest <= 1e-9 * scale).all():
            break
    return d


class Pairs:
    """Products of two columns of A, so that all Gram matrices A' diag(h_n) A are one product."""

    def __init__(self, A):
        self.M = A.shape[1]
        self.a, self.b = np.triu_indices(self.M)
        self.table = (A[:, self.a] * A[:, self.b]).T.copy()

    def gram(self, h):
        entries = (self.table @ h).T
        H = np.empty((h.shape[1], self.M, self.M))
        H[:, self.a, self.b] = H[:, self.b, self.a] = entries
        return H


def fit(A, k, w=None, start=None, gap=1e-9, steps=60):
    """E (samples x sources) of counts k (genes x samples); w: (genes,) or (genes, samples)."""
    w = np.ones((len(A), 1)) if w is None else np.asarray(w, float).reshape(len(A), -1)
    used = (w.max(1) > 0) & (A.max(1) > 0)
    A, k, w = A[used], k[used], w[used]
    wk = w * k
    D = np.broadcast_to((A.T @ w).T, (k.shape[1], A.shape[1]))  # samples x sources
    total = wk.sum(0)
    if start is None:
        E = np.repeat(total[:, None], A.shape[1], 1) / A.shape[1] / np.maximum(D, TINY)
        for _ in range(30):
            E = E * (A.T @ (wk / np.maximum(A @ E.T, TINY))).T / np.maximum(D, TINY)
    else:
        E = start.copy()
    pairs = Pairs(A)
    now = objective(A, w, k, E)
    for _ in range(steps):
        y = np.maximum(A @ E.T, TINY)
        slope = D - (A.T @ (wk / y)).T
        H = pairs.gram(wk / y**2)
        H[:, np.arange(A.shape[1]), np.arange(A.shape[1])] *= 1 + 1e-10
        d = quadratic_programs(H, slope, -E)
        promised = -(slope * d).sum(1)
        if (promised <= gap * np.maximum(total, TINY)).all():
            break
        length = np.ones(len(E))
        for _ in range(30):
            to = np.maximum(E + length[:, None] * d, 0)
            value = objective(A, w, k, to)
            worse = value > now - 1e-4 * length * promised + 1e-13 * np.abs(now)
            if not worse.any():
                break
            length[worse] /= 2
        better = value <= now
        E, now = np.where(better[:, None], to, E), np.where(better, value, now)
    return E


def specificity(S, cap=0.3, power=1.0):
    """w_g = min(CV^2 / (C - 1), cap)^power, CV over the columns (population sd over mean):
    CV^2 / (C - 1) is 1 for a gene of one type alone and 0 for one alike in all."""
    mean = np.maximum(S.mean(1), 1e-100)
    ratio = (S.std(1) / mean)**2 / (S.shape[1] - 1)
    return np.minimum(ratio, cap)**power


def proportions(E, sums):
    """Of exposures without the background."""
    P = E / sums
    return P / np.maximum(P.sum(1, keepdims=True), TINY)
