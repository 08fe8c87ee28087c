"""Reference values for tests/golden/deconvolve_compare.c, from numpy and scipy. Prints the C tables; run by hand:
/usr/bin/python3 tests/golden/compare.py"""
import numpy as np
from scipy import stats

SAMPLES, TYPES = 6, 3
# Multiples of 1/64, so that both languages hold the same numbers; ties in both tables, type 2 constant in b.
a = np.array([[12, 30, 22], [12, 20, 32], [0, 64, 0], [40, 12, 12], [5, 30, 29], [0, 33, 31]]) / 64
b = np.array([[10, 33, 21], [12, 31, 21], [0, 43, 21], [33, 10, 21], [10, 33, 21], [12, 31, 21]]) / 64


def agreement(x, y):
    constant = np.ptp(x) == 0 or np.ptp(y) == 0
    r = np.nan if constant else stats.pearsonr(x, y)[0]
    rho = np.nan if constant else stats.spearmanr(x, y)[0]
    return len(x), r, rho, np.sqrt(np.mean((x - y) ** 2)), np.mean(np.abs(x - y))


def show(name, values):
    print(f'{{"{name}", {values[0]}, ' + ', '.join('NAN' if np.isnan(v) else f'{v:.17g}' for v in values[1:]) + '},')


show('all', agreement(a.T.ravel(), b.T.ravel()))
for t in range(TYPES):
    show(f't{t}', agreement(a[:, t], b[:, t]))
