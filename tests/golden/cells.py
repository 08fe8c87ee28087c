"""The cells of the golden tests for variable genes and scores: tests/golden/cells.h draws the same ones in C."""

import numpy as np

CELLS, GENES, BATCHES = 60, 200, 3


def counts():
    """Cells x genes, whole numbers up to 40, many zeros."""
    state = np.random.RandomState(11)
    table = np.zeros((CELLS, GENES), int)
    for c in range(CELLS):
        for g in range(GENES):
            most = 2 + g * 7 % 39
            table[c, g] = max(0, state.randint(0, most + 1, dtype=np.int64) - g % 4 * most // 5 - c % 3)
    table[:, 0] = 0                      # nowhere
    table[:, 2] = 0
    table[7, 2] = 5                      # in one cell
    table[:, 10:13] = table[:, [9]]      # equal genes
    table[np.arange(CELLS) % BATCHES > 0, 13] = 0  # in the first batch alone
    return table


def names():
    """Their order by name is not their order."""
    return [f"g{g * 37 % GENES:03d}" for g in range(GENES)]


def batches():
    return [f"b{c % BATCHES}" for c in range(CELLS)]


def single():
    """Log values that single precision holds."""
    return (counts() / 8).astype(np.float32)


def double():
    """Log values that it does not."""
    return counts() * 0.13


def with_missing():
    """The latter with every 17th entry missing, and all of gene 20."""
    table = double()
    table.ravel()[::17] = np.nan
    table[:, 20] = np.nan
    return table
