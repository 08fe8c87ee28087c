"""How near estimates are to the truth, and how often and how tightly intervals hold it."""

import numpy as np

MISS = 2 / 0.05  # what the interval score of a 95% interval charges for each unit of distance outside

COLUMNS = ["entries", "r", "rmse", "coverage", "coverage_above", "width", "score"]
ABOVE = 0.02


def interval_score(low, high, truth):
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return high - low + MISS * outside


def scores(P, truth, low=None, high=None):
    """A dict of COLUMNS over the entries with a truth; an interval that is not known is [0, 1]."""
    known = np.isfinite(truth)
    p, t = P[known], truth[known]
    found = {"entries": known.sum(), "rmse": np.sqrt(((p - t)**2).mean()),
             "r": np.corrcoef(p, t)[0, 1] if p.std() > 0 and t.std() > 0 else np.nan}
    if low is not None:
        a, b = np.nan_to_num(low[known], nan=0.0), np.nan_to_num(high[known], nan=1.0)
        held = (a <= t) & (t <= b)
        found |= {"coverage": held.mean(), "coverage_above": held[t > ABOVE].mean() if (t > ABOVE).any() else np.nan,
                  "width": (b - a).mean(), "score": interval_score(a, b, t).mean()}
    return {name: found.get(name, np.nan) for name in COLUMNS}
