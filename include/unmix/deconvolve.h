/*
 * Deconvolution: which cell types a bulk sample is made of.
 *
 *   q = S E,  yhat_g = L_g / insert_size q_g,  k_g ~ Poisson(yhat_g)
 *   NLL_n = sum_g w_g [ k log k - k - k log(yhat + 1e-10) + yhat ]
 *
 * S signatures (genes x types, columns scaled to sum 1 over the genes in common; the last source is the intercept,
 * 1/G), k counts, L lengths, w weights, E exposures. exact, em and gd minimise this one convex function. music and nnls
 * are least squares of counts divided by lengths on the basis of a reference (unmix/reference.h), there to be compared
 * with.
 */
#ifndef UNMIX_DECONVOLVE_H
#define UNMIX_DECONVOLVE_H

#include <stdint.h>

#include "data.h"
#include "device.h"
#include "elements.h"
#include "reference.h"
#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, name): the methods, the first one being the default. What each is it says itself: unmix_method_info(). */
#define UNMIX_METHODS(X)                                                                     \
    X(EXACT, exact) /* sequential quadratic programming to the optimum */                    \
    X(EM, em)       /* expectation-maximisation: E_j <- E_j m_j */                           \
    X(GD, gd)       /* gradient descent: Adam on log exposures */                            \
    X(MUSIC, music) /* MuSiC: least squares weighted by the variance between subjects */     \
    X(NNLS, nnls)   /* non-negative least squares without weights */

typedef enum unmix_method {
#define UNMIX_METHOD_ENTRY(NAME, name) UNMIX_METHOD_##NAME,
    UNMIX_METHODS(UNMIX_METHOD_ENTRY)
#undef UNMIX_METHOD_ENTRY
} unmix_method;

/* An option that not every method takes, named as on the command line ("m-step" is m_step in the options). */
typedef struct unmix_method_option {
    const char *name;
    const char *text; /* what the method makes of it, for a help; "" where the option says it all */
} unmix_method_option;

/* What a method is, needs, takes and gives: the rules that the library, the program and the bindings go by. */
typedef struct unmix_method_traits {
    unmix_method method;
    const char *name;
    const char *description; /* one line */
    const char *objective;   /* what it makes small, for a summary */
    const unmix_method_option *options; /* that it takes, ended by one without a name; it refuses those of others */
    double tolerance[2];     /* its own, by unmix_precision */
    long max_iterations;     /* its own */
    int needs_reference;     /* 1: single cells of subjects, whose variance signatures do not have */
    int takes_basis;         /* 1: of a reference it takes basis and cell sizes, which needs counts; 0: signatures */
    int intercept;           /* 1: fits the background, where it is wanted */
    /* What it gives. What is not a number there is a device that computes wrongly. */
    int nll;                 /* 1: the likelihood at its result, to be held against the host's */
    int gap;                 /* 1: likewise; it comes to the optimum itself */
    int errors;              /* 1: standard errors, where they are wanted */
    int variances;           /* 1: "var_p", and the metric r2 */
    int unweighted;          /* 1: "unweighted_proportions" */
} unmix_method_traits;

/* The methods are 0 .. unmix_method_count() - 1. Static storage; NULL for what is none. */
UNMIX_API size_t unmix_method_count(void);
UNMIX_API const unmix_method_traits *unmix_method_info(unmix_method method);
UNMIX_API const unmix_method_traits *unmix_method_named(const char *name);

/* An option of the method by its name; NULL when it does not take it. */
UNMIX_API const unmix_method_option *unmix_method_takes(const unmix_method_traits *method, const char *option);

/* Writes the names of the methods that take the option into text[size], "em, gd or music" with `last` "or". */
UNMIX_API const char *unmix_methods_that_take(const char *option, const char *last, char *text, size_t size);

typedef enum unmix_m_step {
    UNMIX_M_STEP_EXACT, /* the true M-step: divided by D_j = sum_g w_g A_gj */
    UNMIX_M_STEP_COUNTS, /* as published by viewmastR: no division, lengths ignored; not monotone */
    UNMIX_M_STEP_LENGTHS /* as its newer branch: counts divided by lengths first, which is the true M-step with weights w / c */
} unmix_m_step;

/* When em stops. */
typedef enum unmix_stop {
    UNMIX_STOP_EACH,    /* each sample when its gap is small; with l1 or M_STEP_COUNTS, when its loss hardly changes */
    UNMIX_STOP_TOGETHER /* as published by viewmastR: all, when their likelihood in single precision does not change */
} unmix_stop;

typedef enum unmix_signature_units {
    UNMIX_UNITS_MOLECULES, /* UMI counts, TPM: lengths apply */
    UNMIX_UNITS_READS      /* read counts: lengths are in the signature already */
} unmix_signature_units;

/* What a gene's expected count is multiplied with follows from these and the units of the signatures. */
typedef enum unmix_bulk_units {
    UNMIX_BULK_DETECT, /* TPM where the values are not whole and the samples add up to the same, about 1e6; else reads */
    UNMIX_BULK_READS,  /* counts of full-length protocols, also estimated ones */
    UNMIX_BULK_UMI,    /* counts of molecules, or of reads of one end: no lengths in them */
    UNMIX_BULK_TPM,    /* divided by lengths already */
    UNMIX_BULK_FPKM,   /* likewise */
    UNMIX_BULK_CPM     /* reads, scaled */
} unmix_bulk_units;

typedef enum unmix_bulk_scale {
    UNMIX_SCALE_DETECT, /* refuse values that look log-transformed: not whole, all under 30 */
    UNMIX_SCALE_LINEAR  /* the values are linear, whatever they look like */
} unmix_bulk_scale;

/* Whether the sums of the signatures' columns divide the exposures, which keeps what the columns are to each other. */
typedef enum unmix_signature_scale {
    UNMIX_SIGNATURE_SCALE_DETECT,  /* not those of counts and their means; those of panels and of what sums to the same */
    UNMIX_SIGNATURE_SCALE_COLUMNS, /* they do */
    UNMIX_SIGNATURE_SCALE_NONE     /* they do not: columns may have any scale */
} unmix_signature_scale;

/* What an interval holds; each word with what stands before it. */
typedef enum unmix_intervals {
    UNMIX_INTERVALS_FULL,      /* also that genes are wrong together: blocks of genes left out in turn. The blocks are cut by the
                                  counts of all samples, so this part depends on which samples are in a run */
    UNMIX_INTERVALS_REFERENCE, /* other donors, or other cells of the same donor, might have made the signatures */
    UNMIX_INTERVALS_GENE       /* counts, and genes that do not follow the model, one by one */
} unmix_intervals;

/* Weights that the signatures give to genes, which multiply those of the gene information. */
typedef enum unmix_gene_weighting {
    UNMIX_GENE_WEIGHTING_NONE,
    UNMIX_GENE_WEIGHTING_SPECIFICITY /* by what differs between the types beyond counting noise, 0 to 0.1 */
} unmix_gene_weighting;

typedef struct unmix_deconvolve_options {
    unmix_method method;
    unmix_m_step m_step;
    unmix_stop stop;            /* em */
    unmix_signature_units units;
    unmix_bulk_units bulk_units;
    unmix_bulk_scale scale;
    unmix_duplicates duplicates;
    int intercept;              /* 1: fit the uniform background */
    int drop_empty;             /* 1: leave out samples without any count (and say which) instead of refusing */
    int errors;                 /* 1: standard errors of the proportions, and intervals */
    unmix_intervals intervals;
    size_t bootstrap;           /* 0; replicates of the bootstrap over genes */
    size_t permutations;        /* 0; fits of each sample with its genes permuted, for its p-value (not gd) */
    int predicted;              /* 1: keep the predicted counts */
    unmix_signature_scale signature_scale;
    unmix_gene_weighting gene_weighting;
    const unmix_matrix *cell_size; /* types x 1: RNA content of each type, beside the scale; NULL: none. Not kept */
    double insert_size;         /* 500 bases */
    double tolerance;           /* 0: the method's own, see unmix_method_info() */
    long max_iterations;        /* 0: likewise */
    double l1, l2;              /* 0; of em in reads off each exposure, of gd in per cent of the NLL */
    double learning_rate;       /* 0.01, gd */
    double start_exposure;      /* -10, gd: log of the exposures at the start, in units of the background that explains all */
    int music_compat;           /* 1: music weighs the residual of the weighted system, as MuSiC's code does */
    const unmix_reference
        *reference;             /* instead of signatures: its basis for music and nnls, else its means. Not kept */
    const unmix_matrix
        *profiles;              /* genes x profiles of a reference, which signatures come from; NULL: those of `reference`. Not kept */
    uint64_t seed;              /* 42 */
    const char *scratch;        /* folder for a temporary file; NULL: the system's, P_tmpdir. Not kept */
    size_t memory;              /* bytes of predicted counts to keep in memory, more go to that file; 0: 256 MiB */
} unmix_deconvolve_options;

UNMIX_API void unmix_deconvolve_options_init(unmix_deconvolve_options *options);

typedef struct unmix_result unmix_result;

/*
 * Deconvolves every sample of `bulk`. `signatures` is NULL with options->reference, which music needs. `info` may be
 * NULL: lengths count as insert_size and weights as 1. Genes are matched by name. Samples are processed in blocks that
 * fit the device; a sample's result does not depend on the others, but for lower and upper with
 * UNMIX_INTERVALS_FULL. Freed with unmix_result_free(). Errors: INPUT, ARGUMENT, MEMORY, DEVICE, WRONG_DEVICE, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_deconvolve(unmix_context *cx, unmix_device *device, const unmix_matrix *signatures,
                                        const unmix_source *bulk, const unmix_gene_info *info,
                                        const unmix_deconvolve_options *options, unmix_result **result);
UNMIX_API void unmix_result_free(unmix_result *result);

/*
 * Whether the model explains the counts of a sample. It never says that the proportions are right: signatures that are
 * wrong in the same way as the sample, or a type that others can stand in for, leave a fit good.
 */
typedef enum unmix_fit { UNMIX_FIT_GOOD, UNMIX_FIT_DOUBTFUL, UNMIX_FIT_POOR } unmix_fit;

/* "good", "doubtful", "poor": static storage. */
UNMIX_API const char *unmix_fit_name(unmix_fit fit);

/* The verdict of a sample (0 .. summary samples - 1) and its reasons, "" for a good fit; owned by the result. */
UNMIX_API unmix_fit unmix_result_fit(const unmix_result *result, size_t sample, const char **reasons);

/*
 * The p-value of a sample (with options.permutations; else NaN): p = (1 + #{b : r_b >= r}) / (1 + P), with r the Pearson
 * correlation of counts and predicted counts (the metric pearson) and r_b that of the fit to the same counts given to
 * the genes that take part in a random order, b = 1..P. It is never below 1 / (1 + P), and the draws of a sample depend
 * on the seed and its name alone. It says whether the signatures explain anything, not whether they explain enough.
 */
UNMIX_API double unmix_result_p_value(const unmix_result *result, size_t sample);

/*
 * The types of a sample that its data cannot tell apart, with the interval of their sum: what is added to one of them the
 * fit takes from the other at hardly any cost. "" where there are none, or where standard errors are not known.
 */
UNMIX_API const char *unmix_result_inseparable(const unmix_result *result, size_t sample);

/*
 * What to know of the result before it is used, one sentence each: the fits counted and the worst named, types that cannot
 * be told apart. Sets *level (may be NULL) to how much it matters. NULL behind the last; owned by the result.
 */
UNMIX_API const char *unmix_result_remark(const unmix_result *result, size_t i, unmix_log_level *level);

/* Numbers over the whole run. */
typedef struct unmix_summary {
    size_t genes;          /* in common */
    size_t genes_used;     /* of these with weight > 0 */
    size_t types;
    size_t samples;
    unmix_bulk_units bulk_units; /* as given or detected */
    unmix_signature_scale signature_scale; /* likewise */
    const char *proportions_of;  /* "RNA", "cells", or "RNA or cells" where only who made the signatures knows. Static */
    size_t converged;      /* samples that met the stopping rule */
    size_t certified;      /* samples whose gap is at most 1e-6 */
    size_t good, doubtful, poor; /* samples, by their fit */
    size_t worst;          /* the sample with the worst fit: the first of the lowest class with the lowest correlation */
    size_t significant;    /* samples with a p-value of at most 0.05 (with options.permutations) */
    size_t inseparable;    /* samples with types that their data cannot tell apart (with options.errors) */
    double largest_gap;    /* over the samples; see the column gap of the metrics */
    double r2;             /* of all counts */
    double deviance_r2;    /* 1 - NLL / null NLL */
    double mape;           /* mean |k - yhat| / (k + 1) */
    double gene_correlation; /* mean over genes of the correlation across samples */
} unmix_summary;

UNMIX_API const unmix_summary *unmix_result_summary(const unmix_result *result);

/*
 * Matrices of the result, owned by it; rows are samples but where it is said.
 *   "proportions"                 types, rows sum to 1
 *   "exposures"                   types and, last, "intercept" (where fitted)
 *   "proportions_with_intercept"  the same, rows sum to 1
 *   "metrics"                     total_counts, nll, null_nll, gap, iterations, converged, ...
 *   "standard_errors"             types (with options.errors); NaN where the gap is above 1e-4 or types are the same
 *                                 of the noise of the genes alone
 *   "lower", "upper"              types (likewise): 95% interval, of all that options->intervals says and that is known
 *   "bootstrap_low", "bootstrap_high"  types (with options.bootstrap): 95% percentile interval
 *   "unweighted_proportions"      types (music): before the weights, MuSiC's Est.prop.allgene
 *   "var_p"                       types (music, nnls): variance of the proportions as MuSiC states it
 *   "inseparable"                 rows and columns are types (with options.errors): samples in which the two cannot be told
 *                                 apart; on the diagonal those in which the type cannot be told from some other
 *   "predicted"                   genes (only with options.predicted, and where it fits options.memory: a larger one
 *                                 is there for unmix_result_write() and unmix_result_read_predicted() alone)
 * NULL for any other name, and for what the method does not give.
 */
UNMIX_API const unmix_matrix *unmix_result_matrix(const unmix_result *result, const char *name);

/*
 * Reads the predicted counts of samples first .. first+count, samples x genes row-major, wherever they lie. Errors:
 * ARGUMENT (there are none, or not so many samples), MEMORY, INTERNAL (the temporary file).
 */
UNMIX_API unmix_status unmix_result_read_predicted(unmix_context *cx, unmix_result *result, size_t first, size_t count,
                                                   double *values);

/*
 * Writes the result: an AnnData file when the path ends in .h5ad, a folder of TSV tables and run.json when it ends in
 * '/'. It appears whole or not at all. An existing one is replaced only with overwrite != 0.
 * Errors: ARGUMENT (another ending), EXISTS, WRITE, MEMORY.
 */
UNMIX_API unmix_status unmix_result_write(unmix_context *cx, const unmix_result *result, const char *path, int overwrite);

/*
 * Gene i (0, 1, ...) of signatures and bulk that did not match, by the name that its file has, and where it is: in
 * "signatures", in "bulk", or in "both", so that the gene information lacks it. NULL beyond the last.
 */
UNMIX_API const char *unmix_result_unmatched(const unmix_result *result, size_t i, const char **where);

/* Writes them as a table with the columns gene and where, as unmix_matrix_write() does. Errors: EXISTS, WRITE, MEMORY. */
UNMIX_API unmix_status unmix_result_write_unmatched(unmix_context *cx, const unmix_result *result, const char *path,
                                                    int overwrite);

/* Adds facts of the run, to be written and handed out; see unmix/run.h. A key that is there is replaced. Errors: ARGUMENT, MEMORY. */
UNMIX_API unmix_status unmix_result_record(unmix_context *cx, unmix_result *result, const unmix_fact *facts, size_t count);

/* Hands out, one after another, what unmix_result_write() puts into an .h5ad; see unmix/elements.h. Errors: MEMORY. */
UNMIX_API unmix_status unmix_result_elements(unmix_context *cx, const unmix_result *result, unmix_element_callback callback,
                                             void *payload);

#ifdef __cplusplus
}
#endif
#endif
