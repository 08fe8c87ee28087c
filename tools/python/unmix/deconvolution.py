"""deconvolve(), its result, and compare()."""

import itertools
import os

import numpy as np
import pandas as pd

from ._data import frame, is_path, matrix_of, small_matrix, source
from ._elements import elements, put
from ._errors import ArgumentError
from ._library import ffi, lib
from ._run import LEVELS, LOG, Run, choice, text
from ._signatures import Reference

METHODS = {text(lib.unmix_method_info(i).name): i for i in range(lib.unmix_method_count())}
M_STEPS = {"exact": lib.UNMIX_M_STEP_EXACT, "counts": lib.UNMIX_M_STEP_COUNTS, "lengths": lib.UNMIX_M_STEP_LENGTHS}
STOPS = {"each": lib.UNMIX_STOP_EACH, "together": lib.UNMIX_STOP_TOGETHER}
UNITS = {"molecules": lib.UNMIX_UNITS_MOLECULES, "reads": lib.UNMIX_UNITS_READS}
BULK_UNITS = {name: getattr(lib, "UNMIX_BULK_" + name.upper()) for name in ("detect", "reads", "umi", "tpm", "fpkm", "cpm")}
INTERVALS = {name: getattr(lib, "UNMIX_INTERVALS_" + name.upper()) for name in ("full", "reference", "gene")}
SCALES = {"detect": lib.UNMIX_SCALE_DETECT, "linear": lib.UNMIX_SCALE_LINEAR}
SIGNATURE_SCALES = {"detect": lib.UNMIX_SIGNATURE_SCALE_DETECT, "columns": lib.UNMIX_SIGNATURE_SCALE_COLUMNS,
                    "none": lib.UNMIX_SIGNATURE_SCALE_NONE}
WEIGHTINGS = {"specificity": lib.UNMIX_GENE_WEIGHTING_SPECIFICITY}
DUPLICATES = {"refuse": lib.UNMIX_DUPLICATES_REFUSE, "sum": lib.UNMIX_DUPLICATES_SUM}
FRAMES = ("proportions", "exposures", "proportions_with_intercept", "standard_errors", "lower", "upper", "bootstrap_low", "bootstrap_high",
          "unweighted_proportions", "var_p")


def indexed(columns):
    """A data frame of columns, the names of its rows being among them."""
    index = columns.pop("_index")
    return pd.DataFrame(columns, index=index)


def unmatched(result):
    """The genes that did not match, and where they are."""
    where, rows = ffi.new("const char **"), []
    for i in itertools.count():
        gene = lib.unmix_result_unmatched(result, i, where)
        if gene == ffi.NULL:
            return pd.DataFrame(rows, columns=["gene", "where"])
        rows.append((text(gene), text(where[0])))


class Result:
    """
    What deconvolve() found. Data frames have a row for each sample:

      proportions, exposures, proportions_with_intercept, standard_errors, lower, upper, bootstrap_low, bootstrap_high,
      unweighted_proportions, var_p   (types; the last two of music)
                  lower and upper: ends of 95% intervals, also of types at zero; standard_errors: of what counts and
                  single genes do to a proportion, nothing of the reference
      metrics     how good each fit is: fit and fit_reasons (good, doubtful, poor, and why), inseparable (types that the sample
                  cannot tell apart), p_value, gap, converged, pearson, dispersion, ...
      predicted   genes, where asked for
      genes       length and weight of the genes in common
      unmatched   genes of signatures and bulk that are not: gene, and where it is ("signatures", "bulk", or "both", where the
                  gene info lacks it)
      summary     numbers over the whole run
      settings    how it was made: uns['unmix'] of the file

    What was not asked for is None.
    """

    def __init__(self, run, result):
        self._handle = result
        for name in FRAMES:
            setattr(self, name, frame(lib.unmix_result_matrix(result, name.encode())))
        parts = {"obs": {}, "var": {}, "uns": {}}
        for place, keys, value in elements(run, lib.unmix_result_elements, result):
            if place in parts:
                put(parts[place], keys, value)
        self.metrics = indexed(parts["obs"])
        self.genes = indexed(parts["var"])
        self.settings = parts["uns"].get("unmix", {})
        self.predicted = frame(lib.unmix_result_matrix(result, b"predicted"))
        self.unmatched = unmatched(result)
        summary = lib.unmix_result_summary(result)
        self.summary = {name: getattr(summary, name) for name, _ in ffi.typeof("unmix_summary").fields}

    def say(self):
        """Logs what to know before the result is used: fits that are not good and samples that did not converge are warnings."""
        level = ffi.new("unmix_log_level *")
        for i in itertools.count():
            remark = lib.unmix_result_remark(self._handle, i, level)
            if remark == ffi.NULL:
                break
            LOG.log(LEVELS[level[0]], "%s", text(remark))
        samples, left = self.summary["samples"], self.summary["samples"] - self.summary["converged"]
        if left:
            LOG.warning("%d of %d samples did not converge; raise max_iterations, or tolerance", left, samples)

    def write(self, path, overwrite=False):
        """Writes an AnnData file (NAME.h5ad) or a folder of tables (NAME/), as the program does."""
        with Run() as run:
            run.call(lib.unmix_result_write, self._handle, os.fsencode(path), int(overwrite))

    def to_anndata(self):
        """The result as an AnnData: metrics in obs, data frames in obsm, settings in uns['unmix']."""
        import anndata

        obsm = {name: getattr(self, name) for name in FRAMES if getattr(self, name) is not None}
        layers = {} if self.predicted is None else {"predicted": self.predicted.to_numpy()}
        made = anndata.AnnData(obs=self.metrics, var=self.genes, obsm=obsm, layers=layers)
        made.uns["unmix"] = self.settings
        return made

    def __repr__(self):
        s = self.summary
        return (f"unmix.Result: {s['samples']} samples x {s['types']} types, {s['genes_used']} genes, {s['converged']} "
                f"samples converged, {s['certified']} within 1e-6 of the optimum; fit: {s['good']} good, {s['doubtful']} "
                f"doubtful, {s['poor']} poor")


# ---- Genes ----


def gene_frame(lengths, weights, genes):
    """One data frame of lengths and weights by gene; lists stand in the order of the genes of the signatures."""
    columns = {}
    for name, values in (("length", lengths), ("weight", weights)):
        if values is None:
            continue
        if isinstance(values, dict):
            values = pd.Series(values, dtype=float)
        if not isinstance(values, pd.Series):
            if genes is None:
                raise ArgumentError(f"gene_{name}s without gene names need signatures in memory; give a pandas Series")
            if len(values) != len(genes):
                raise ArgumentError(f"gene_{name}s: {len(values)} values for the {len(genes)} genes of the signatures")
            values = pd.Series(np.asarray(values, dtype=float), index=list(genes))
        columns[name] = without_needless(values.astype(float), genes)
    return pd.concat(columns, axis=1, join="inner") if columns else None


def without_needless(values, genes):
    """Genes that stand there twice matter only where the signatures have them."""
    values = values.set_axis(values.index.map(str))
    twice = values.index.duplicated(keep=False) | (values.index == "")
    if not twice.any() or genes is None:
        return values
    needed = values.index.isin(set(map(str, genes)))
    again = values.index[twice & needed]
    if len(again):
        raise ArgumentError(f"gene '{again[0]}' has more than one length or weight; keep one of them")
    return values[~twice]


def info_of(run, lengths, weights, info, signatures, genes, bulk):
    if info is not None:
        if lengths is not None or weights is not None:
            raise ArgumentError("gene_info and gene_lengths or gene_weights exclude each other")
        if is_path(info):
            return run.make(lib.unmix_gene_info_free, "unmix_gene_info **", lib.unmix_gene_info_read, os.fsencode(info),
                            ffi.NULL, signatures, bulk)
        lengths, weights = info.get("length"), info.get("weight")
        if lengths is None and weights is None:
            raise ArgumentError("gene_info has neither the column 'length' nor 'weight'")
    table = gene_frame(lengths, weights, genes)
    if table is None:
        place = ffi.new("unmix_gene_info **")  # what the bulk's own table says
        run.call(lib.unmix_source_gene_info, bulk, place)
        return ffi.gc(place[0], lib.unmix_gene_info_free) if place[0] else ffi.NULL
    numbers = {name: np.ascontiguousarray(table[name]) for name in table}
    run.alive.append(numbers)
    lists = [ffi.cast("double *", numbers[name].ctypes.data) if name in numbers else ffi.NULL
             for name in ("length", "weight")]
    return run.make(lib.unmix_gene_info_free, "unmix_gene_info **", lib.unmix_gene_info_new, len(table),
                    run.names(table.index), *lists)


# ---- The call ----


def set_cell_size(run, options, cell_size):
    if isinstance(cell_size, str) and cell_size == "column-sums":
        options.signature_scale = choice("signature_scale", "columns", SIGNATURE_SCALES)
    elif cell_size is not None:
        if not is_path(cell_size):
            cell_size = pd.Series(cell_size, dtype=float).to_frame("size")
        options.cell_size = small_matrix(run, cell_size)


def deconvolve(signatures, bulk, gene_lengths=None, gene_weights=None, method="exact", *, gene_info=None, layer=None,
               table=None, signature_units="molecules", bulk_units="detect", scale="detect", duplicates="refuse",
               drop_empty=False, intercept=True,
               insert_size=500, signature_scale="detect", cell_size=None, m_step="exact", stop="each", tolerance=None, max_iterations=None, l1=0, l2=0,
               learning_rate=0.01, start_exposure=-10, music_compat=False, errors=True, intervals="full", profiles=None, bootstrap=0, permutations=0,
               predicted=False, random_state=42, device="auto",
               precision="single", verbose=0, progress=None):
    """
    Which cell types each bulk sample is made of.

    signatures    genes x types, any scale per column: DataFrame, unmix.Matrix, AnnData with types in obs, or a path; or
                  what unmix.reference() gives, which music needs
    bulk          counts: DataFrame or unmix.Matrix (genes x samples), AnnData (samples in obs; `layer`), or a path; or
                  a list of paths, whose samples are joined
    gene_lengths, gene_weights   Series by gene or dict, or a list in the order of the genes of the signatures;
                  gene_weights="specificity": less for genes that are alike in all types
    gene_info     instead of these: DataFrame with the columns length and weight by gene, or a path
                  without any of these, lengths that a table of the bulk holds itself count
    table         how such a table is read: a dict of gene_column, skip_columns, columns ("all" or names), header, strand
    method        exact, em or gd; music or nnls to compare with
    bulk_units    "reads", "umi", "tpm", "fpkm" or "cpm"; "detect": tpm where the numbers say so, else reads
    signature_scale   "columns": the sums of the signatures' columns divide the exposures; "none"; "detect": of panels and
                  of files whose columns add up to the same
    cell_size     the RNA content of each type: fractions of cells instead of RNA
    permutations  fits of each sample with its genes permuted, for metrics["p_value"]
    intervals     what lower and upper hold: "gene", that counts are drawn and that genes do not follow the model;
                  "reference", also that other donors, or other cells, might have made the signatures; "full", also that
                  genes are wrong together. settings["intervals"] says what came of it: without donors these are too narrow where donors differ
    profiles      of the donors that the signatures are means of, genes x profiles (unmix.Reference.profiles), or a path
    tolerance, max_iterations   None: the method's own
    progress      function of a text and the fraction done (negative: not known); a true value stops

    The other arguments are the options of `unmix deconvolve`. Gives a Result.
    """
    with Run(verbose, progress) as run:
        options = ffi.new("unmix_deconvolve_options *")
        lib.unmix_deconvolve_options_init(options)
        options.method = choice("method", method, METHODS)
        options.m_step = choice("m_step", m_step, M_STEPS)
        options.stop = choice("stop", stop, STOPS)
        options.units = choice("signature_units", signature_units, UNITS)
        options.bulk_units = choice("bulk_units", bulk_units, BULK_UNITS)
        options.scale = choice("scale", scale, SCALES)
        options.signature_scale = choice("signature_scale", signature_scale, SIGNATURE_SCALES)
        options.duplicates = choice("duplicates", duplicates, DUPLICATES)
        options.intercept, options.drop_empty = int(bool(intercept)), int(bool(drop_empty))
        options.errors, options.bootstrap, options.predicted = int(bool(errors)), bootstrap, int(bool(predicted))
        options.permutations = permutations
        options.intervals = choice("intervals", intervals, INTERVALS)
        if profiles is not None:
            options.profiles = small_matrix(run, profiles)
        if isinstance(gene_weights, str):
            options.gene_weighting = choice("gene_weights", gene_weights, WEIGHTINGS)
            gene_weights = None
        options.insert_size, options.l1, options.l2, options.learning_rate = insert_size, l1, l2, learning_rate
        options.start_exposure = start_exposure
        options.tolerance, options.max_iterations = tolerance or 0, max_iterations or 0
        options.seed = random_state
        options.memory = 1 << 62  # predicted counts become a data frame: all of them in memory
        opened = run.open(device, precision)
        options.music_compat = int(bool(music_compat))
        types, genes = ffi.NULL, None
        if isinstance(signatures, Reference):
            options.reference, genes = signatures._handle, signatures.signatures.index
        else:
            genes = None if is_path(signatures) else matrix_of(signatures).genes
            types = small_matrix(run, signatures, sum_duplicates=duplicates == "sum", average=True)
        samples = source(run, bulk, "bulk", layer, table=table)
        set_cell_size(run, options, cell_size)
        info = info_of(run, gene_lengths, gene_weights, gene_info, types, genes, samples)
        place = ffi.new("unmix_result **")
        run.call(lib.unmix_deconvolve, opened, types, samples, info, options, place)
        result = Result(run, ffi.gc(place[0], lib.unmix_result_free))
        result.say()
        return result


# ---- compare ----


def table_of(run, table):
    if isinstance(table, Result):
        table = table.proportions
    return small_matrix(run, table, read=lib.unmix_proportions_read)


def ends_of(run, table):
    """Lower and upper ends of the intervals of a Result or path, as the program takes them; NULL twice where there are none."""
    ends = ffi.NULL, ffi.NULL
    if isinstance(table, Result):
        for names in (b"lower", b"upper"), (b"bootstrap_low", b"bootstrap_high"):
            if ffi.NULL in ends:
                ends = tuple(lib.unmix_result_matrix(table._handle, name) for name in names)
    elif is_path(table):
        upper = ffi.new("unmix_matrix **")
        lower = run.make(lib.unmix_matrix_free, "unmix_matrix **",
                         lambda cx, path, place: lib.unmix_intervals_read(cx, path, place, upper), os.fsencode(table))
        run.stack.callback(lib.unmix_matrix_free, upper[0])
        ends = lower, upper[0]
    return ends


def compare(a, b, verbose=0):
    """
    Agreement of two tables of proportions (samples x types: a Result, a DataFrame, or a path) over what both have: a data
    frame with a row "all" and one for each type: n, r (Pearson), rho (Spearman), rmse, mae. Where `a` is a Result or a
    path with intervals, also: held, the share of them that hold the value of b (the truth), and width, how wide they are.
    """
    with Run(verbose) as run:
        lower, upper = ends_of(run, a)
        comparison = run.make(lib.unmix_comparison_free, "unmix_comparison **", lib.unmix_compare_truth, table_of(run, a),
                              lower, upper, table_of(run, b))
        columns = ["n", "r", "rho", "rmse", "mae"] + ([] if lower == ffi.NULL else ["held", "width"])
        entries = [lib.unmix_comparison_entry(comparison, i) for i in range(lib.unmix_comparison_count(comparison))]
        return pd.DataFrame([{name: getattr(entry, name) for name in columns}
                             for entry in entries], index=[text(entry.scope) for entry in entries])
