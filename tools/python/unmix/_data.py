"""Data of Python as matrices and sources of the library, and back."""

import os

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ._errors import ArgumentError
from ._library import ffi, lib
from ._run import text

TYPES = {np.dtype(np.float64): lib.UNMIX_NUMBER_DOUBLE, np.dtype(np.float32): lib.UNMIX_NUMBER_FLOAT,
         np.dtype(np.int32): lib.UNMIX_NUMBER_INT32, np.dtype(np.int64): lib.UNMIX_NUMBER_INT64}


class Matrix:
    """A numpy array or scipy matrix with names: genes x samples (or types, or cells)."""

    def __init__(self, values, genes, columns=None):
        if not sp.issparse(values):
            values = np.asarray(values)
        if values.ndim != 2:
            raise ArgumentError(f"a matrix has 2 dimensions, not {values.ndim}")
        columns = range(values.shape[1]) if columns is None else columns
        self.values, self.genes, self.columns = values, list(genes), list(columns)
        if values.shape != (len(self.genes), len(self.columns)):
            raise ArgumentError(f"a matrix of {values.shape[0]} x {values.shape[1]} has {len(self.genes)} gene names and "
                                f"{len(self.columns)} column names")


def is_path(data):
    return isinstance(data, (str, os.PathLike))


def is_anndata(data):
    return all(hasattr(data, part) for part in ("X", "obs", "var", "layers"))


def cells_of(adata, layer=None):
    """X, raw or a layer of an AnnData as genes x cells."""
    if layer == "raw":
        if adata.raw is None:
            raise ArgumentError("the AnnData has no raw")
        return Matrix(adata.raw.X.T, adata.raw.var_names, adata.obs_names)
    if layer not in (None, "X") and layer not in adata.layers:
        raise ArgumentError(f"the AnnData has no layer {layer!r}; it has: {', '.join(adata.layers) or 'none'}")
    values = adata.X if layer in (None, "X") else adata.layers[layer]
    if values is None:
        raise ArgumentError("the AnnData has no X")
    if not isinstance(values, np.ndarray) and not sp.issparse(values):
        values = values[:] if hasattr(values, "__getitem__") else np.asarray(values)  # a file in backed mode
    return Matrix(values.T, adata.var_names, adata.obs_names)


def matrix_of(data, layer=None):
    if isinstance(data, Matrix):
        return data
    if is_anndata(data):
        return cells_of(data, layer)
    if isinstance(data, pd.DataFrame):
        values = data.sparse.to_coo().tocsc() if len(data.columns) and all(map(is_sparse, data.dtypes)) else numeric(data)
        return Matrix(values, data.index, data.columns)
    raise ArgumentError(f"{type(data).__name__}: data is a pandas DataFrame (genes x samples), an AnnData, an unmix.Matrix "
                        "(arrays with names), or the path of a file")


def is_sparse(dtype):
    return isinstance(dtype, pd.SparseDtype)


def numeric(frame):
    """The numbers of a data frame; a column of something else is named."""
    for name, dtype in frame.dtypes.items():
        if not pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype):
            raise ArgumentError(f"column '{name}' holds no numbers ({dtype}); gene names belong into the index")
    return frame.to_numpy(dtype=None if len(set(frame.dtypes)) == 1 else np.float64)


def known_type(values):
    """The array as it is where the library knows its type, else as doubles."""
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    return values if values.dtype in TYPES else values.astype(np.float64)


def pointer(run, array):
    """Where an array lies; the run keeps it."""
    run.alive.append(array)
    return ffi.cast("void *", array.ctypes.data)


# ---- To the library ----


def arrays_of(run, matrix, values, name, missing):
    arrays = ffi.new("unmix_arrays *")
    arrays.name = run.names([name])[0]
    arrays.genes, arrays.columns = len(matrix.genes), len(matrix.columns)
    arrays.gene_names, arrays.column_names = run.names(matrix.genes), run.names(matrix.columns)
    arrays.type, arrays.values = TYPES[values.dtype], pointer(run, values)
    arrays.stored, arrays.missing = values.size, int(missing)
    return arrays


def dense_source(run, matrix, name, missing):
    values = known_type(matrix.values)
    if any(stride < 0 or stride % values.itemsize for stride in values.strides):
        values = np.ascontiguousarray(values)
    arrays = arrays_of(run, matrix, values, name, missing)
    strides = [stride // values.itemsize for stride in values.strides]
    return run.make(lib.unmix_source_close, "unmix_source **", lib.unmix_source_from_dense, arrays, *strides)


def sparse_source(run, matrix, name, missing):
    values = matrix.values if matrix.values.format in ("csr", "csc") else matrix.values.tocsc()
    kind = np.int64 if np.int64 in (values.indptr.dtype, values.indices.dtype) else np.int32
    function = lib.unmix_source_from_csc if values.format == "csc" else lib.unmix_source_from_csr
    start, index = values.indptr.astype(kind, copy=False), values.indices.astype(kind, copy=False)
    arrays = arrays_of(run, matrix, np.ascontiguousarray(known_type(values.data)), name, missing)
    return run.make(lib.unmix_source_close, "unmix_source **", function, arrays, TYPES[np.dtype(kind)],
                    pointer(run, np.ascontiguousarray(start)), pointer(run, np.ascontiguousarray(index)))


HEADERS = {None: "DETECT", True: "FIRST", False: "NONE"}
STRANDS = ("detect", "none", "forward", "reverse")


def read_options(run, layer, duplicates=False, missing=False, table=None):
    """`table`: how a table is read: gene_column, skip_columns, columns (lists, or "all"), header (True, False), strand."""
    options = ffi.new("unmix_read_options *")
    for name, value in (table or {}).items():
        if name in ("gene_column", "skip_columns", "columns"):
            value = value if isinstance(value, str) else ",".join(map(str, value))
            setattr(options, name, run.names([value])[0])
        elif name == "header" and value in HEADERS:
            options.header = getattr(lib, "UNMIX_HEADER_" + HEADERS[value])
        elif name == "strand" and value in STRANDS:
            options.strand = getattr(lib, "UNMIX_STRAND_" + value.upper())
        else:
            raise ArgumentError(f"table: {name}={value!r} is none of gene_column, skip_columns, columns, header (True or "
                                f"False), strand ({', '.join(STRANDS)})")
    if layer is not None:
        options.layer = run.names([layer])[0]
    options.duplicates = lib.UNMIX_DUPLICATES_SUM if duplicates else lib.UNMIX_DUPLICATES_REFUSE
    options.missing = int(missing)
    return options


def source(run, data, name, layer=None, missing=False, table=None):
    """Samples or cells, whatever they come as. Arrays are not copied where the library knows their type."""
    if isinstance(data, (list, tuple)) and data and all(map(is_path, data)):
        return run.make(lib.unmix_source_close, "unmix_source **", lib.unmix_source_open_files,
                        run.names([os.fspath(path) for path in data]), len(data),
                        read_options(run, layer, missing=missing, table=table))
    if is_path(data):
        return run.make(lib.unmix_source_close, "unmix_source **", lib.unmix_source_open, os.fsencode(data),
                        read_options(run, layer, missing=missing, table=table))
    matrix = matrix_of(data, layer)
    return (sparse_source if sp.issparse(matrix.values) else dense_source)(run, matrix, name, missing)


def add_up(matrix):
    """Rows of the same gene added up, in their order."""
    names = list(dict.fromkeys(map(str, matrix.genes)))
    if len(names) == len(matrix.genes):
        return matrix
    place = {name: i for i, name in enumerate(names)}
    values = np.zeros((len(names), len(matrix.columns)))
    dense = matrix.values.toarray() if sp.issparse(matrix.values) else matrix.values
    np.add.at(values, [place[str(gene)] for gene in matrix.genes], dense)
    return Matrix(values, names, matrix.columns)


def small_matrix(run, data, read=lib.unmix_matrix_read, sum_duplicates=False, average=False):
    """Signatures, proportions and other small tables: rows x columns, copied."""
    if is_path(data):
        options = [read_options(run, None)] if read is lib.unmix_matrix_read else []
        for reading in options:
            reading.average_columns = int(average)
        return run.make(lib.unmix_matrix_free, "unmix_matrix **", read, os.fsencode(data), *options)
    matrix = matrix_of(data)
    if sum_duplicates:
        matrix = add_up(matrix)
    values = matrix.values.toarray() if sp.issparse(matrix.values) else matrix.values
    values = np.ascontiguousarray(values, dtype=np.float64)
    return run.make(lib.unmix_matrix_free, "unmix_matrix **", lib.unmix_matrix_new, len(matrix.genes), len(matrix.columns),
                    run.names(matrix.genes), run.names(matrix.columns), ffi.cast("double *", pointer(run, values)))


# ---- From the library ----


def copied(numbers, *shape):
    count = int(np.prod(shape))
    if not count:
        return np.zeros(shape)
    return np.frombuffer(ffi.buffer(numbers, count * 8), dtype=np.float64).reshape(shape).copy()


def frame(matrix):
    """A matrix of the library as a data frame; None for NULL."""
    if matrix == ffi.NULL:
        return None
    rows, columns = lib.unmix_matrix_rows(matrix), lib.unmix_matrix_columns(matrix)
    return pd.DataFrame(copied(lib.unmix_matrix_values(matrix), rows, columns),
                        index=[text(lib.unmix_matrix_row_name(matrix, i)) for i in range(rows)],
                        columns=[text(lib.unmix_matrix_column_name(matrix, i)) for i in range(columns)])
