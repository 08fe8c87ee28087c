"""The Poisson fit in numpy, in double, written from the formulas: for each sample minimise
sum_g w_g (y_g - k_g log y_g) over E >= 0 with y = A E. 30 EM steps, then SQP with the exact Hessian
A' diag(w k / y^2) A, all samples at once."""

import numpy as np

TINY = 1e-100


def with_background(S):
    return np.column_stack([S, np.full(len(S), 1 / len(S))])


def objective(A, w, k, E):
    """sum w (y - k log y) of each sample; w: (genes, 1) or (genes, samples)."""
    y = np.maximum(A @ E.T, TINY)
    return (w * (y - k * np.log(y))).sum(0)


def quadratic_programs(H, g, low, sweeps=300):
    """min 1/2 d'Hd + g'd with d >= low, one a row, by coordinate descent. H: N x M x M, g and low: N x M."""
    d = np.zeros_like(g)
    slope = g.copy()
    diagonal = np.maximum(np.einsum("nii->ni", H), TINY)
    root = np.sqrt(diagonal)
    enough = 1e-7 * np.maximum((np.abs(g) / root).max(1), TINY)
    for _ in range(sweeps):
        largest = np.zeros(len(g))
        for j in range(g.shape[1]):
            to = np.maximum(d[:, j] - slope[:, j] / diagonal[:, j], low[:, j])
            change = to - d[:, j]
            d[:, j] = to
            slope += H[:, :, j] * change[:, None]
            largest = np.maximum(largest, np.abs(change) * root[:, j])
        if (largest <= enough).all():
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


def _start(A, wk, D):
    """30 EM steps from equal shares."""
    E = wk.sum(0)[:, None] / A.shape[1] / np.maximum(D, TINY)
    for _ in range(30):
        E = E * (A.T @ (wk / np.maximum(A @ E.T, TINY))).T / np.maximum(D, TINY)
    return E


def _step(A, pairs, w, k, D, E, now):
    """One SQP step with halving: E and objective of each sample, and what the quadratic model promised."""
    y = np.maximum(A @ E.T, TINY)
    ratio = w * k / y
    slope = D - (A.T @ ratio).T
    H = pairs.gram(ratio / y)
    H[:, np.arange(A.shape[1]), np.arange(A.shape[1])] *= 1 + 1e-10
    d = quadratic_programs(H, slope, -E)
    promised = -(slope * d).sum(1)
    length = np.ones(len(E))
    for _ in range(30):
        to = np.maximum(E + length[:, None] * d, 0)
        value = objective(A, w, k, to)
        worse = value > now - 1e-4 * length * promised + 1e-13 * np.abs(now)
        if not worse.any():
            break
        length[worse] /= 2
    better = value <= now
    return np.where(better[:, None], to, E), np.where(better, value, now), promised


def fit(A, k, w=None, start=None, gap=1e-9, steps=60):
    """E (samples x sources) of counts k (genes x samples); w: (genes,) or (genes, samples). A sample leaves when what
    the next step promises is below gap x the sum of its counts."""
    w = np.ones((len(A), 1)) if w is None else np.asarray(w, float).reshape(len(A), -1)
    used = (w.max(1) > 0) & (A.max(1) > 0)
    A, k, w = A[used], k[used], np.broadcast_to(w[used], (used.sum(), k.shape[1]))
    D = (A.T @ w).T
    total = (w * k).sum(0)
    E = _start(A, w * k, D) if start is None else start.copy()
    pairs, left = Pairs(A), np.arange(k.shape[1])
    now = objective(A, w, k, E)
    for _ in range(steps):
        E[left], now[left], promised = _step(A, pairs, w[:, left], k[:, left], D[left], E[left], now[left])
        left = left[promised > gap * total[left]]
        if not left.size:
            break
    return E


def specificity(S, cap=0.1, power=1.0, counting=2.0):
    """w_g = min(max(v, 0) / (m^2 (C - 1)), cap)^power, m the mean over the columns of S and v their variance (over C)
    without `counting` times that of counts: 1 for a gene of one type alone, 0 for one alike in all."""
    C, mean = S.shape[1], np.maximum(S.mean(1), 1e-100)
    unit = np.where(S > 0, S, 1).min(0)
    beyond = S.var(1) - counting * (1 - 1 / C) * (S * unit).mean(1)
    return np.minimum(np.maximum(beyond, 0) / mean**2 / (C - 1), cap)**power


def proportions(E, sums):
    """Of exposures without the background."""
    P = E / sums
    return P / np.maximum(P.sum(1, keepdims=True), TINY)
