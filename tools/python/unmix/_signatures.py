"""signatures(): the mean expression of each label."""

import os

import numpy as np
import pandas as pd

from ._data import frame, is_path, read_options, source
from ._errors import ArgumentError
from ._library import ffi, lib
from ._run import Run, choice

SCALES = {"detect": lib.UNMIX_CELLS_DETECT, "counts": lib.UNMIX_CELLS_COUNTS, "log1p": lib.UNMIX_CELLS_LOG1P}
NO_LABEL = ("", "NA", "NaN", "nan")


def labels_of(column):
    """The types, and for each cell the number of its own or -1: categories in their order, other labels sorted."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        types = list(map(str, column.cat.categories))
        kept = [i for i, name in enumerate(types) if name]
        place = np.full(len(types) + 1, -1, dtype=np.int64)  # the last one is for the code -1
        place[kept] = np.arange(len(kept))
        return [types[i] for i in kept], place[column.cat.codes.to_numpy()]
    types = sorted({str(label) for label in column.dropna().unique()} - set(NO_LABEL))
    place = {label: i for i, label in enumerate(types)}
    return types, np.array([-1 if pd.isna(label) else place.get(str(label), -1) for label in column], dtype=np.int64)


def column_of(adata, groupby):
    if isinstance(groupby, str):
        if groupby not in adata.obs:
            raise ArgumentError(f"there is no column '{groupby}' in obs; the columns are: {', '.join(adata.obs)}")
        return adata.obs[groupby]
    column = pd.Series(groupby)
    return column.reindex(adata.obs_names) if isinstance(groupby, pd.Series) else column


def signatures(adata, groupby, drop=(), *, layer=None, scale="detect", duplicates="refuse", verbose=0, progress=None):
    """
    Signatures of cell types: a data frame genes x types with the mean over the cells of each label.

    adata     AnnData, or the path of an .h5ad
    groupby   column of obs, or labels of the cells
    drop      labels to leave out
    scale     detect, counts (mean of the values) or log1p (mean of expm1 of the values)
    """
    with Run(verbose, progress) as run:
        options = ffi.new("unmix_signature_options *")
        lib.unmix_signature_options_init(options)
        drop = [drop] if isinstance(drop, str) else list(drop)
        options.drop, options.n_drop = run.names(drop), len(drop)
        options.scale = choice("scale", scale, SCALES)
        read = read_options(run, layer, duplicates == "sum")
        options.read = read[0]
        if is_path(adata):
            options.groupby = run.names([groupby])[0]
            made = run.make(lib.unmix_matrix_free, "unmix_matrix **", lib.unmix_signatures, os.fsencode(adata), options)
            return frame(made)
        types, codes = labels_of(column_of(adata, groupby))
        if len(codes) != adata.n_obs:
            raise ArgumentError(f"{len(codes)} labels for {adata.n_obs} cells")
        run.alive.append(codes)
        made = run.make(lib.unmix_matrix_free, "unmix_matrix **", lib.unmix_signatures_of,
                        source(run, adata, "cells", layer), len(types), run.names(types),
                        ffi.cast("int64_t *", codes.ctypes.data), options)
        return frame(made)
