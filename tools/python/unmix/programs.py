"""nmf(), nmf_consensus() and score(): gene programs of an AnnData, put where the program puts them in its file."""

import os

import numpy as np
import pandas as pd

from ._data import Matrix, is_path, small_matrix, source
from ._elements import elements, put
from ._errors import ArgumentError, InputError
from ._library import ffi, lib
from ._run import Run, choice

VALUES = {"detect": lib.UNMIX_VALUES_DETECT, "counts": lib.UNMIX_VALUES_COUNTS, "log1p": lib.UNMIX_VALUES_LOG1P,
          "linear": lib.UNMIX_VALUES_LINEAR}
SELECTIONS = {"seurat": lib.UNMIX_GENES_SEURAT, "variance": lib.UNMIX_GENES_VARIANCE, "all": lib.UNMIX_GENES_ALL}
SOLVERS = {"hals": lib.UNMIX_NMF_HALS, "mu": lib.UNMIX_NMF_MU}
INITS = {"nndsvda": lib.UNMIX_NMF_NNDSVDA, "nndsvd": lib.UNMIX_NMF_NNDSVD, "random": lib.UNMIX_NMF_RANDOM}
RESAMPLES = {"spots": lib.UNMIX_RESAMPLE_SPOTS, "programs": lib.UNMIX_RESAMPLE_PROGRAMS}


# ---- Into the AnnData ----


def beside_var(adata, layer, value):
    """Genes of raw are not those of var: what var does not have is left out, what only var has is 0."""
    if layer != "raw":
        return value
    place = pd.Index(adata.raw.var_names).get_indexer(adata.var_names)
    taken = value[np.maximum(place, 0)]
    taken[place < 0] = 0
    return taken


def keep(run, adata, layer, programs):
    named = run.names([layer or "X"])[0]
    for place, keys, value in elements(run, lib.unmix_programs_elements, programs, named):
        if keys == ["_index"]:
            continue
        if place == "uns":
            put(adata.uns, keys, value)
        elif place in ("obs", "obsm"):
            getattr(adata, place)[keys[0]] = value
        else:
            getattr(adata, place)[keys[0]] = beside_var(adata, layer, value)
    return adata


def forget(adata, run):
    """What an earlier run left does not stay beside what this one found."""
    earlier = adata.uns.pop(run, {})
    for name in earlier.get("genes", {}) if run == "nmf_consensus" else ():
        if name in adata.obs:
            del adata.obs[name]


# ---- Options ----


def set_cells(options, values, normalize, log1p):
    options.values = choice("values", values, VALUES)
    options.normalize, options.log1p = normalize or 0, int(bool(log1p))


def set_components(options, n_components):
    """A number, or a pair or range of which every number is tried."""
    if np.ndim(n_components) == 0 and not isinstance(n_components, range):
        options.components = int(n_components)
        return
    numbers = [int(number) for number in n_components]
    if not numbers:
        raise ArgumentError("n_components: an empty range")
    options.components, options.last_components = numbers[0], numbers[-1]


def set_loss(run, options, loss):
    """A name, scikit-learn's name, or a number: beta. Sets the solver too: hals where it minimises the loss, else mu."""
    run.call(lib.unmix_nmf_set_loss, options, str(loss).encode())


def set_batch(run, options, adata, batch_key):
    if batch_key is None:
        return
    if batch_key not in adata.obs:
        raise ArgumentError(f"there is no column '{batch_key}' in obs; the columns are: {', '.join(adata.obs)}")
    column = adata.obs[batch_key].astype(object)
    options.batch = run.names(["" if pd.isna(label) else label for label in column])


def set_programs(run, options, programs, start):
    """Given programs: genes x programs, or a result (AnnData with a consensus or a factorisation), or a path."""
    if programs is not None and start is not None:
        raise ArgumentError("programs and start exclude each other")
    given = programs if programs is not None else start
    if given is None:
        return
    if hasattr(given, "uns"):
        given = programs_of(given)
    options.programs = small_matrix(run, given, read=lib.unmix_programs_read)
    options.start_from_programs = int(start is not None)


def programs_of(adata):
    consensus = adata.uns.get("nmf_consensus", {})
    if "components" in consensus:
        return named(consensus["components"].T, consensus["component_genes"], "nmf_cluster")
    components, genes = factorisation_of(adata)
    return named(components.T, genes, "nmf")


def named(values, genes, prefix):
    return Matrix(values, genes, [f"{prefix}_{i}" for i in range(values.shape[1])])


def factorisation_of(adata):
    """Programs x genes and the names of the genes, as unmix or others left them."""
    if "X_nmf_components" not in adata.uns:
        raise InputError("uns has no 'X_nmf_components'; run unmix.nmf() first")
    genes = adata.uns.get("X_nmf_genes")
    if genes is None:
        if "highly_variable" not in adata.var:
            raise InputError("var has no 'highly_variable'; run unmix.nmf() first")
        genes = adata.var_names[adata.var["highly_variable"].to_numpy(dtype=bool)]
    components = np.asarray(adata.uns["X_nmf_components"], dtype=np.float64)
    if components.ndim != 2 or components.shape[1] != len(genes):
        raise InputError(f"uns['X_nmf_components'] is {' x '.join(map(str, components.shape))} for {len(genes)} genes; run "
                         "unmix.nmf() again")
    return components, list(genes)


# ---- nmf ----


def nmf(adata, n_components=10, random_state=42, max_iter=1000, verbose=0, n_top_genes=2000, *, layer=None, values="detect",
        normalize=None, log1p=True, missing=False, gene_selection="seurat", batch_key=None, loss="frobenius", solver=None,
        init="nndsvda", starts=1, tol=1e-4, alpha_W=0.0, alpha_H="same", l1_ratio=0.0, programs=None, start=None,
        resamples=10, resample_frac=0.8, masks=3, held_out=0.05, device="auto", precision="single", progress=None):
    """
    Factorises cells x genes into usages and programs, and keeps them in `adata`, which is given back:

      obsm['X_nmf']               usages, cells x programs
      uns['X_nmf_components']     programs x genes that take part, which uns['X_nmf_genes'] names
      varm['X_nmf']               loadings of all genes
      obs['nmf_program']          the program with the largest usage
      var['highly_variable'], ... the choice of genes
      uns['unmix_nmf']            how it was made, and with a range of n_components the table 'ranks'

    n_components may be a range or a pair (first, last): every number is tried and one is chosen. normalize=1e4 brings
    counts to a common total and takes logarithms. programs= keeps given programs and fits the usages alone, start= starts
    from them. The other arguments are the options of `unmix nmf`.
    """
    with Run(verbose, progress) as run:
        options = ffi.new("unmix_nmf_options *")
        lib.unmix_nmf_options_init(options)
        set_components(options, n_components)
        set_cells(options.cells, values, normalize, log1p)
        options.cells.selection = choice("gene_selection", gene_selection, SELECTIONS)
        options.cells.top_genes = n_top_genes
        set_batch(run, options.cells, adata, batch_key)
        set_programs(run, options, programs, start)
        set_loss(run, options, loss)
        if solver is not None:
            options.solver = choice("solver", solver, SOLVERS)
        options.init = choice("init", init, INITS)
        options.starts, options.tolerance, options.max_iterations, options.seed = starts, tol, max_iter, random_state
        options.alpha_W, options.alpha_H = alpha_W, alpha_W if alpha_H == "same" else alpha_H
        options.l1_ratio = l1_ratio
        options.resamples, options.resample_fraction = resamples, resample_frac
        options.masks, options.held_out = masks, held_out
        opened = run.open(device, precision)
        cells = source(run, adata, "cells", layer, missing)
        found = run.make(lib.unmix_programs_free, "unmix_programs **", lib.unmix_nmf, opened, cells, options)
        forget(adata, "unmix_nmf")
        return keep(run, adata, layer, found)


# ---- nmf_consensus ----


def set_as_made(run, options, made):
    """The factorisation's own options, as far as uns tells."""
    cells = options.cells
    cells.normalize = float(made.get("normalize", cells.normalize))
    if cells.normalize > 0:
        cells.log1p = int(bool(made.get("log1p", cells.log1p)))
    options.tolerance = float(made.get("tolerance", options.tolerance))
    options.max_iterations = int(made.get("max_iterations", options.max_iterations))
    for name in ("alpha_W", "alpha_H", "l1_ratio"):
        setattr(options, name, float(made.get(name, getattr(options, name))))
    if "loss_function" in made:
        set_loss(run, ffi.addressof(options), made["loss_function"])
    options.solver = SOLVERS.get(made.get("solver"), lib.UNMIX_NMF_HALS)


def same_layer(made, layer):
    """The layer that the factorisation was made from; another one is refused."""
    used = made.get("layer", layer or "X")
    if layer not in (None, used):
        raise InputError(f"its factorisation was made from '{used}', not from '{layer}': choose that layer")
    return used


def nmf_consensus(adata, min_clusters=4, max_clusters=10, n_resamples=100, resample_frac=0.8, random_state=42,
                  n_cluster_genes=50, *, resample="spots", init="random", layer=None, missing=False, device="auto",
                  precision="single", verbose=0, progress=None):
    """
    Programs that come again when the cells are resampled, and how many there are; after nmf(). Keeps in `adata`, which is
    given back:

      obsm['X_nmf_consensus'], varm['nmf_consensus'], obs['nmf_consensus_program']   as nmf() does
      obs['nmf_cluster_0'], ...   z-scored scores of the top genes of each cluster
      uns['nmf_consensus']        table of the numbers of clusters, reason, genes, consensus matrix, linkage, ...

    resample: spots (a factorisation of each resample of the cells) or programs (the programs of the one factorisation
    are resampled, as published with tardis_spac). layer: that of nmf(). missing: as for nmf().
    """
    if "X_nmf" not in adata.obsm:
        raise InputError("obsm has no 'X_nmf'; run unmix.nmf() first")
    components, genes = factorisation_of(adata)
    usages = np.asarray(adata.obsm["X_nmf"], dtype=np.float64)
    names = [f"nmf_{i}" for i in range(len(components))]
    if usages.shape != (adata.n_obs, len(components)):
        raise InputError(f"obsm['X_nmf'] is {' x '.join(map(str, usages.shape))} for {len(components)} programs; run "
                         "unmix.nmf() again")
    made = adata.uns.get("unmix_nmf", {})
    layer = same_layer(made, layer)
    with Run(verbose, progress) as run:
        options = ffi.new("unmix_consensus_options *")
        lib.unmix_consensus_options_init(options)
        set_as_made(run, options.nmf, made)
        options.nmf.components, options.nmf.seed = len(components), random_state
        options.nmf.init = choice("init", init, INITS)
        options.resample = choice("resample", resample, RESAMPLES)
        options.min_clusters, options.max_clusters = min_clusters, max_clusters
        options.resamples, options.resample_fraction = n_resamples, resample_frac
        options.cluster_genes = n_cluster_genes
        opened = run.open(device, precision)
        cells = source(run, adata, "cells", layer, missing)
        found = run.make(lib.unmix_programs_free, "unmix_programs **", lib.unmix_consensus, opened, cells,
                         small_matrix(run, Matrix(usages, adata.obs_names, names)),
                         small_matrix(run, Matrix(components, names, genes)), options)
        forget(adata, "nmf_consensus")
        return keep(run, adata, layer, found)


# ---- score ----


def gene_sets_of(run, adata, gene_sets):
    if is_path(gene_sets):
        return run.make(lib.unmix_gene_sets_free, "unmix_gene_sets **", lib.unmix_gene_sets_read, os.fsencode(gene_sets))
    if gene_sets is None:
        gene_sets = adata.uns.get("nmf_consensus", {}).get("genes")
        if gene_sets is None:
            raise InputError("uns has no 'nmf_consensus'; run unmix.nmf_consensus() first, or give gene_sets")
    sets = {name: list(genes) for name, genes in gene_sets.items()}
    sizes = ffi.new("size_t[]", [len(genes) for genes in sets.values()] or [0])
    genes = [gene for genes in sets.values() for gene in genes]
    return run.make(lib.unmix_gene_sets_free, "unmix_gene_sets **", lib.unmix_gene_sets_new, len(sets), run.names(sets),
                    sizes, run.names(genes))


def score(adata, gene_sets=None, *, ctrl_size=50, n_bins=25, random_state=0, ctrl_as_ref=True, layer=None, values="detect",
          normalize=None, log1p=True, missing=False, verbose=0, progress=None):
    """
    How active lists of genes are in every cell, numerically as scanpy's score_genes(). Keeps for each list NAME the
    columns obs['NAME'] (z-score) and obs['NAME_score'] (as scanpy gives it) in `adata`, which is given back.

    gene_sets   dict of lists, or the path of a GMT file or table; None: the clusters of nmf_consensus()
    """
    with Run(verbose, progress) as run:
        options = ffi.new("unmix_score_options *")
        lib.unmix_score_options_init(options)
        set_cells(options.cells, values, normalize, log1p)
        options.controls, options.bins, options.seed = ctrl_size, n_bins, random_state
        options.controls_as_reference = int(bool(ctrl_as_ref))
        sets = gene_sets_of(run, adata, gene_sets)
        cells = source(run, adata, "cells", layer, missing)
        found = run.make(lib.unmix_programs_free, "unmix_programs **", lib.unmix_score, cells, sets, options)
        forget(adata, "unmix_score")
        return keep(run, adata, layer, found)
