"""signatures() and reference(): what is known of cell types from labelled cells."""

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


def labels(run, adata, groupby):
    """The labels of the cells for the library."""
    types, codes = labels_of(column_of(adata, groupby))
    if len(codes) != adata.n_obs:
        raise ArgumentError(f"{len(codes)} labels for {adata.n_obs} cells")
    made = ffi.new("unmix_cell_labels *")
    made.n, made.names, made.of_cell = len(types), run.names(types), ffi.cast("int64_t *", codes.ctypes.data)
    run.alive += [codes, made]
    return made


def signature_options(run, drop, layer, scale, duplicates):
    options = ffi.new("unmix_signature_options *")
    lib.unmix_signature_options_init(options)
    drop = [drop] if isinstance(drop, str) else list(drop)
    options.drop, options.n_drop = run.names(drop), len(drop)
    options.scale = choice("scale", scale, SCALES)
    options.read = read_options(run, layer, duplicates == "sum")[0]
    return options


def signatures(adata, groupby, drop=(), *, layer=None, scale="detect", duplicates="refuse", verbose=0, progress=None):
    """
    Signatures of cell types: a data frame genes x types with the mean over the cells of each label.

    adata     AnnData, or the path of an .h5ad
    groupby   column of obs, or labels of the cells
    drop      labels to leave out
    scale     detect, counts (mean of the values) or log1p (mean of expm1 of the values)
    """
    with Run(verbose, progress) as run:
        options = signature_options(run, drop, layer, scale, duplicates)
        if is_path(adata):
            options.groupby = run.names([groupby])[0]
            return frame(run.make(lib.unmix_matrix_free, "unmix_matrix **", lib.unmix_signatures, os.fsencode(adata), options))
        return frame(run.make(lib.unmix_matrix_free, "unmix_matrix **", lib.unmix_signatures_of,
                              source(run, adata, "cells", layer), labels(run, adata, groupby), options))


class Reference:
    """
    What the methods music and nnls need of single cells; given to deconvolve() in place of signatures. Data frames genes x
    types: signatures (means), mean and variance of the relative abundance over the subjects, basis; cell_size by type;
    profiles (genes x profiles: sums of single subjects or of parts of the cells).
    """

    def __init__(self, reference):
        self._handle = reference
        for name in ("signatures", "mean", "variance", "cell_size", "basis", "profiles"):
            setattr(self, name, frame(lib.unmix_reference_matrix(reference, name.encode())))
        self.subjects = lib.unmix_reference_subjects(reference)


def reference(adata, groupby, subject=None, drop=(), *, layer=None, scale="detect", duplicates="refuse", verbose=0,
              progress=None):
    """
    A Reference of labelled cells: AnnData, a path, or a list of paths, which are one reference of the genes that all have.
    subject: column of obs with the donors, or a label for each cell; None: all cells are of
    one. The other arguments are those of signatures().
    """
    with Run(verbose, progress) as run:
        options = signature_options(run, drop, layer, scale, duplicates)
        place = ffi.new("unmix_reference **")
        files = [adata] if is_path(adata) else adata
        if isinstance(files, (list, tuple)) and files and all(map(is_path, files)):
            options.groupby = run.names([groupby])[0]
            if subject is not None:
                options.subject = run.names([subject])[0]
            run.call(lib.unmix_reference_read_files, run.names([os.fspath(path) for path in files]), len(files), options, place)
        else:
            subjects = ffi.NULL if subject is None else labels(run, adata, subject)
            run.call(lib.unmix_reference_of, source(run, adata, "cells", layer), labels(run, adata, groupby), subjects, options,
                     place)
        return Reference(ffi.gc(place[0], lib.unmix_reference_free))
