"""
unmix takes mixtures apart: which cell types bulk RNA-seq samples are made of, and which gene programs cells are made of.

    result = unmix.deconvolve(signatures, bulk, gene_lengths=lengths, gene_weights=weights)
    adata = unmix.nmf(adata, n_components=10)
    adata = unmix.nmf_consensus(adata)

Data are pandas data frames (genes x samples), AnnData (samples or cells in obs), unmix.Matrix around numpy and scipy
arrays, or paths of files that the program unmix reads. Sparse data stays sparse.
"""

from ._errors import (ArgumentError, DeviceError, Error, ExistsError, InputError, InternalError, Interrupted, OutOfMemory,
                      WriteError)
from ._data import Matrix
from ._run import version as _version
from .deconvolution import Result, compare, deconvolve
from ._devices import devices
from .programs import nmf, nmf_consensus, score
from ._signatures import Reference, reference, signatures
from .simulation import Simulation, simulate

__version__ = _version()
__all__ = ["ArgumentError", "DeviceError", "Error", "ExistsError", "InputError", "InternalError", "Interrupted", "Matrix",
           "OutOfMemory", "Reference", "Result", "Simulation", "WriteError", "compare", "deconvolve", "devices", "nmf", "nmf_consensus",
           "reference", "score", "signatures", "simulate"]
