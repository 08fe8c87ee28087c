#!/usr/bin/python3
"""Makes the golden values for variable genes: genes_golden.h, from scanpy and numpy on the cells of cells.py.

    python3 genes.py       writes the file beside this script; needs scanpy 1.11.5. Not recomputed by the tests.
"""

import pathlib
import sys
import textwrap
import warnings
from importlib.metadata import version

import anndata
import numpy as np
import pandas as pd
import scanpy
import scipy.sparse

sys.dont_write_bytecode = True
import cells

# 500: more than there are; 0: the cut-offs. Two genes alone in a bin get +-sqrt(1/2) but for rounding: no cut is there.
TOPS = [1, 45, 120, 500, 0]


def seurat(values, top, batch):
    data = anndata.AnnData(scipy.sparse.csr_matrix(values), var=pd.DataFrame(index=cells.names()))
    data.obs["batch"] = pd.Categorical(cells.batches())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        table = scanpy.pp.highly_variable_genes(data, n_top_genes=top or None, batch_key="batch" if batch else None,
                                                inplace=False)
    table.index = table.index if batch else data.var_names
    return table.loc[data.var_names]


def normalised(counts):
    """As scanpy leaves counts in a file."""
    data = anndata.AnnData(scipy.sparse.csr_matrix(counts.astype(np.float32)))
    scanpy.pp.normalize_total(data, target_sum=1e4)
    scanpy.pp.log1p(data)
    return data.X.toarray()


def variance(values, top, batch):
    """Written down independently of the C code: by numpy's own variance and a stable sort."""
    def best(score):
        chosen = np.zeros(cells.GENES, int)
        chosen[np.argsort(-score, kind="stable")[:top]] = 1
        return chosen
    if not batch:
        return best(values.var(axis=0, ddof=1))
    score, times = np.zeros(cells.GENES), np.zeros(cells.GENES, int)
    for b in range(cells.BATCHES):
        of_batch = values[np.arange(cells.CELLS) % cells.BATCHES == b].var(axis=0, ddof=1)
        score, times = score + of_batch / cells.BATCHES, times + best(of_batch)
    chosen = np.zeros(cells.GENES, int)
    chosen[np.lexsort((np.arange(cells.GENES), -score, -times))[:top]] = 1
    return chosen


def numbers(name, values):
    text = ", ".join("NAN" if np.isnan(v) else "%.17g" % v for v in np.asarray(values, float))
    lines = "\n".join(textwrap.wrap(text, 116, initial_indent="    ", subsequent_indent="    "))
    return f"static const double {name}[{len(values)}] = {{\n{lines}\n}};\n"


def flags(values):
    text = "".join(str(int(v)) for v in values)
    half = len(text) // 2
    return f'"{text[:half]}"\n     "{text[half:]}"'


def made_with(package):
    return f"{package} {version(package)}"


def main():
    values = {"single": cells.single(), "double": cells.double(), "counts": normalised(cells.counts())}
    parts, rows = [], []
    for precision, table in values.items():
        for batch in (0, 1):
            name = f"golden_{precision}_{'batches' if batch else 'whole'}"
            full = seurat(table, TOPS[1], batch)
            for column, of in (("means", "means"), ("dispersions", "dispersions"), ("normalised", "dispersions_norm")):
                parts.append(numbers(f"{name}_{column}", full[of]))
            for top in TOPS:
                got = seurat(table, top, batch)
                times = flags(got["highly_variable_nbatches"]) if batch else "NULL"
                rows.append(f"    {{UM_GENES_SEURAT, GOLDEN_{precision.upper()}, {batch}, {top},\n"
                            f"     {flags(got['highly_variable'])},\n     {times},\n"
                            f"     {name}_means, {name}_dispersions, {name}_normalised}},\n")
    spread = values["double"].var(axis=0, ddof=1)
    order = np.argsort(-spread, kind="stable")
    cut = int(np.flatnonzero(order == 10)[0]) + 1  # between the equal genes 10 and 11
    for top in (50, cut, 500):
        for batch in (0, 1):
            rows.append(f"    {{UM_GENES_VARIANCE, GOLDEN_DOUBLE, {batch}, {top},\n"
                        f"     {flags(variance(values['double'], top, batch))},\n     NULL, NULL, NULL, NULL}},\n")
    text = f"""/*
 * Golden values for variable genes. Made by tests/golden/genes.py with {made_with("scanpy")}, {made_with("pandas")} and
 * {made_with("numpy")}; do not edit. The cells are those of cells.h.
 */
#ifndef UM_GENES_GOLDEN_H
#define UM_GENES_GOLDEN_H

/* clang-format off */
{"".join(parts)}
/* counts: whole numbers, of which scanpy made 10,000 a cell and log1p before it chose. */
typedef enum golden_values {{ GOLDEN_DOUBLE, GOLDEN_SINGLE, GOLDEN_COUNTS }} golden_values;

typedef struct golden_choice {{
    um_genes_flavour flavour;
    golden_values values;
    int batches;
    size_t top;         /* 0: the cut-offs */
    const char *chosen; /* a digit for each gene */
    const char *times;  /* number of batches that chose it; or NULL */
    const double *means, *dispersions, *normalised;
}} golden_choice;

static const golden_choice golden_choices[] = {{
{"".join(rows)}}};
#endif
"""
    pathlib.Path(__file__).with_name("genes_golden.h").write_text(text)


if __name__ == "__main__":
    main()
