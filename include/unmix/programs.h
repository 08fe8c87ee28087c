/*
 * Gene programs: which programs a matrix of cells (or spots) and genes is made of.
 *
 *   X ~ W H     X cells x genes, W usages (cells x programs), H programs (programs x genes), all >= 0
 *
 *   frobenius       1/2 sum (x - WH)^2              kl   sum [ x log(x / WH) - x + WH ]
 *   itakura-saito   sum [ x / WH - log(x / WH) - 1 ]
 *   beta            sum [ x^b + (b - 1) WH^b - b x WH^(b - 1) ] / (b (b - 1)), of which those are b = 2, 1 and 0
 *
 * over the entries that are not missing, plus penalties m alpha_W [l1_ratio |W|_1 + (1 - l1_ratio)/2 |W|^2] and n alpha_H
 * [the same of H] (scikit-learn's scaling; n cells, m genes). Sources hold genes in rows and cells in columns.
 */
#ifndef UNMIX_PROGRAMS_H
#define UNMIX_PROGRAMS_H

#include <stdint.h>

#include "data.h"
#include "device.h"
#include "elements.h"
#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Cells and genes ---- */

typedef enum unmix_values {
    UNMIX_VALUES_DETECT, /* decide from the values and say so */
    UNMIX_VALUES_COUNTS,
    UNMIX_VALUES_LOG1P, /* log-normalised already */
    UNMIX_VALUES_LINEAR /* normalised, without a logarithm */
} unmix_values;

typedef enum unmix_gene_selection {
    UNMIX_GENES_SEURAT,   /* scanpy's highly_variable_genes(flavor='seurat'), numerically */
    UNMIX_GENES_VARIANCE, /* the largest variance of the log1p values */
    UNMIX_GENES_ALL       /* every gene with a value above zero */
} unmix_gene_selection;

/* Which cells and genes are used, and how. Strings and arrays are not kept. */
typedef struct unmix_cells_options {
    unmix_values values;
    double normalize; /* 0: values as they are; else cells are scaled to this total over all genes, e.g. 1e4 */
    int log1p;        /* 1: and the logarithm of 1 + x is taken (only where they are scaled) */
    unmix_gene_selection selection;
    size_t top_genes; /* 2000 */
    const char *const *batch; /* a label for each cell: genes are chosen in each batch and combined; NULL: one batch */
} unmix_cells_options;

/* ---- nmf ---- */

typedef enum unmix_nmf_solver {
    UNMIX_NMF_HALS, /* cyclic coordinate descent, as scikit-learn's "cd"; losses that say so */
    UNMIX_NMF_MU    /* multiplicative updates of Lee and Seung */
} unmix_nmf_solver;

/* X(NAME): the losses, the first being the default. What each is it says itself: unmix_nmf_loss_info(). */
#define UNMIX_NMF_LOSSES(X) \
    X(FROBENIUS)            \
    X(KL)                   \
    X(ITAKURA_SAITO)        \
    X(BETA) /* the beta-divergence of any other beta */

typedef enum unmix_nmf_loss {
#define UNMIX_NMF_LOSS_ENTRY(NAME) UNMIX_NMF_##NAME,
    UNMIX_NMF_LOSSES(UNMIX_NMF_LOSS_ENTRY)
#undef UNMIX_NMF_LOSS_ENTRY
} unmix_nmf_loss;

/* What a loss is: the rules that the library, the program and the bindings go by. */
typedef struct unmix_nmf_loss_traits {
    unmix_nmf_loss loss;
    const char *name;
    const char *also;        /* scikit-learn's name for it; NULL: the same, or none */
    const char *description; /* a few words */
    double beta;             /* of the beta-divergence that it is; NaN: unmix_nmf_options.beta. 0 or less: for X above 0 */
    int hals;                /* 1: the solver hals minimises it, and is then the default; mu minimises all */
} unmix_nmf_loss_traits;

/* The losses are 0 .. unmix_nmf_loss_count() - 1. Static storage; NULL for what is none. */
UNMIX_API size_t unmix_nmf_loss_count(void);
UNMIX_API const unmix_nmf_loss_traits *unmix_nmf_loss_info(unmix_nmf_loss loss);

typedef enum unmix_nmf_init { UNMIX_NMF_NNDSVDA, UNMIX_NMF_NNDSVD, UNMIX_NMF_RANDOM } unmix_nmf_init;

typedef struct unmix_nmf_options {
    unmix_cells_options cells;
    size_t components;      /* 10 */
    size_t last_components; /* 0; above components: every number from components to this is tried, see "ranks" */
    unmix_nmf_solver solver;
    unmix_nmf_loss loss;
    unmix_nmf_init init;
    size_t starts;          /* 1; more: seeds seed, seed + 1, ..., the fit of the smallest loss is kept */
    size_t sweeps;          /* hals: over the programs for each product with X. 1, as scikit-learn; 3 saves iterations */
    double tolerance;       /* 1e-4 */
    size_t max_iterations;  /* 1000 */
    double alpha_W, alpha_H, l1_ratio; /* 0 */
    uint64_t seed;          /* 42; below 2^32, as numpy's */
    const unmix_matrix *programs; /* programs (columns) of genes (rows): only the usages are fitted. NULL. Not kept */
    int start_from_programs;      /* 1: they are where the fit starts instead */
    size_t resamples;       /* 10: for the stability of each number of programs */
    double resample_fraction; /* 0.8 */
    size_t masks;           /* 3: for the held out entries of each number */
    double held_out;        /* 0.05 of the entries */
    double beta;            /* of a loss that has none of its own */
} unmix_nmf_options;

UNMIX_API void unmix_nmf_options_init(unmix_nmf_options *options);

/*
 * Sets loss, beta and the loss's default solver from a text: a name of a loss, scikit-learn's name for it, or its beta.
 * Errors: ARGUMENT (none of these).
 */
UNMIX_API unmix_status unmix_nmf_set_loss(unmix_context *cx, unmix_nmf_options *options, const char *text);

/* What was found; the handle of nmf, consensus and score alike. */
typedef struct unmix_programs unmix_programs;

/*
 * Factorises the cells of `source`, which is read twice (and once more for the loadings of all genes). Entries that the
 * source delivers as missing (unmix_read_options.missing) take no part. Freed with unmix_programs_free(). Errors: INPUT,
 * ARGUMENT, MEMORY, DEVICE, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_nmf(unmix_context *cx, unmix_device *device, const unmix_source *source,
                                 const unmix_nmf_options *options, unmix_programs **programs);
UNMIX_API void unmix_programs_free(unmix_programs *programs);

/* ---- consensus ---- */

typedef enum unmix_resample {
    UNMIX_RESAMPLE_SPOTS,   /* factorisations of resampled cells; their programs are clustered */
    UNMIX_RESAMPLE_PROGRAMS /* the programs of the one factorisation are resampled, as published with tardis_spac */
} unmix_resample;

typedef struct unmix_consensus_options {
    unmix_nmf_options nmf;       /* as the factorisation that `given` comes from was made; init is for the resamples */
    unmix_resample resample;
    size_t min_clusters, max_clusters; /* 4, 10 */
    size_t resamples;            /* 100 */
    double resample_fraction;    /* 0.8 */
    size_t cluster_genes;        /* 50 */
} unmix_consensus_options;

UNMIX_API void unmix_consensus_options_init(unmix_consensus_options *options);

/*
 * Consensus programs of the cells of `source`. `usages` (cells x programs) and `components` (programs x genes) are those of
 * a factorisation: its genes are used, with UNMIX_RESAMPLE_PROGRAMS its programs too. Errors: as unmix_nmf().
 */
UNMIX_API unmix_status unmix_consensus(unmix_context *cx, unmix_device *device, const unmix_source *source,
                                       const unmix_matrix *usages, const unmix_matrix *components,
                                       const unmix_consensus_options *options, unmix_programs **programs);

/* ---- score ---- */

/* Named lists of genes. */
typedef struct unmix_gene_sets unmix_gene_sets;

/* Reads a GMT file or a table with the columns set and gene. Freed with unmix_gene_sets_free(). Errors: INPUT, MEMORY. */
UNMIX_API unmix_status unmix_gene_sets_read(unmix_context *cx, const char *path, unmix_gene_sets **sets);

/*
 * n lists from memory: list i has the name names[i] and the next sizes[i] entries of `genes`. Texts are copied; a gene
 * counts once in a list. Errors: ARGUMENT (no list, an empty one, an empty or repeated name), MEMORY.
 */
UNMIX_API unmix_status unmix_gene_sets_new(unmix_context *cx, size_t n, const char *const *names, const size_t *sizes,
                                           const char *const *genes, unmix_gene_sets **sets);

/* The genes of the clusters of a result of consensus (an .h5ad file). Errors: INPUT (none there), MEMORY. */
UNMIX_API unmix_status unmix_gene_sets_of_result(unmix_context *cx, const char *path, unmix_gene_sets **sets);
UNMIX_API void unmix_gene_sets_free(unmix_gene_sets *sets);
UNMIX_API size_t unmix_gene_sets_count(const unmix_gene_sets *sets);
UNMIX_API const char *unmix_gene_sets_name(const unmix_gene_sets *sets, size_t i);

typedef struct unmix_score_options {
    unmix_cells_options cells; /* values, normalize and log1p; the choice of genes does not matter */
    size_t controls;           /* 50: control genes for each bin */
    size_t bins;               /* 25 */
    uint64_t seed;             /* 0; below 2^32 */
    int controls_as_reference; /* 1: scanpy's ctrl_as_ref */
} unmix_score_options;

UNMIX_API void unmix_score_options_init(unmix_score_options *options);

/* Scores every cell for every list, as scanpy's score_genes(). Errors: as unmix_nmf(), without DEVICE. */
UNMIX_API unmix_status unmix_score(unmix_context *cx, const unmix_source *source, const unmix_gene_sets *sets,
                                   const unmix_score_options *options, unmix_programs **programs);

/* ---- Results ---- */

/* Numbers over the whole run; zero or NaN where they do not apply. */
typedef struct unmix_programs_summary {
    size_t cells, genes, genes_used;
    size_t components;  /* programs: of the fit, or the clusters of a consensus */
    size_t iterations;
    int converged;
    double loss;        /* without penalties, evaluated in double */
    double error;       /* share of the loss of no programs that is left */
    const char *reason; /* consensus and sweep: why this number, one line; else "" */
} unmix_programs_summary;

UNMIX_API const unmix_programs_summary *unmix_programs_get_summary(const unmix_programs *programs);

/*
 * Matrices of the result, owned by it; NULL for a name that does not apply:
 *   "usages"      cells x programs
 *   "components"  programs x genes that take part, in the order of the source
 *   "loadings"    all genes x programs
 *   "ranks"       numbers of programs x (iterations, loss, error, stability, held_out, held_out_se: of its difference from
 *                 the least)
 *   "clusters"    numbers of clusters x (silhouette, cophenetic, area, area_change, ambiguous, error, support)
 *   "scores"      cells x lists, as scanpy gives them;  "z_scores" the same, standardised
 */
UNMIX_API const unmix_matrix *unmix_programs_matrix(const unmix_programs *programs, const char *name);

/*
 * Writes the result. path ends in .h5ad: everything that is in `input` (the file the source was opened from, with the same
 * options; whatever format), X included, and the result beside it. path ends in '/': a folder of tables and run.json. It
 * appears whole or not at all; an existing one is replaced only with overwrite != 0.
 * Errors: ARGUMENT (another ending), INPUT, EXISTS, WRITE, MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_programs_write(unmix_context *cx, const unmix_programs *programs, const char *input,
                                            const unmix_read_options *options, const char *path, int overwrite);

/* Adds facts of the run, to be written and handed out; see unmix/run.h. A key that is there is replaced. Errors: ARGUMENT, MEMORY. */
UNMIX_API unmix_status unmix_programs_record(unmix_context *cx, unmix_programs *programs, const unmix_fact *facts, size_t count);

/*
 * Hands out, one after another, what unmix_programs_write() puts into an .h5ad; see unmix/elements.h. `layer` is the
 * matrix that the source holds, as the result shall name it (NULL: X). Errors: MEMORY.
 */
UNMIX_API unmix_status unmix_programs_elements(unmix_context *cx, const unmix_programs *programs, const char *layer,
                                               unmix_element_callback callback, void *payload);

/* ---- Earlier results ---- */

/*
 * Reads a factorisation out of a result of nmf (.h5ad): usages (cells x programs), components (programs x genes), and the
 * options it was made with as far as the file tells. Freed by the caller. Errors: INPUT ("run 'unmix nmf' first"), MEMORY.
 */
UNMIX_API unmix_status unmix_nmf_read(unmix_context *cx, const char *path, unmix_nmf_options *options,
                                      unmix_matrix **usages, unmix_matrix **components);

/*
 * Fails (INPUT) when the file says that its factorisation was made from another layer than this one (NULL: X). Results of
 * other programs do not say.
 */
UNMIX_API unmix_status unmix_nmf_check_layer(unmix_context *cx, const char *path, const char *layer);

/* Programs as genes x programs: from a table, or from a result of nmf or consensus (.h5ad). Errors: INPUT, MEMORY. */
UNMIX_API unmix_status unmix_programs_read(unmix_context *cx, const char *path, unmix_matrix **programs);

/*
 * A column of obs as a label for each cell: *labels (count entries and their text in one piece) is freed by the caller with
 * unmix_labels_free(). "" stands for a missing label. Errors: INPUT, MEMORY.
 */
UNMIX_API unmix_status unmix_labels_read(unmix_context *cx, const char *path, const char *column, const char ***labels,
                                         size_t *count);
UNMIX_API void unmix_labels_free(const char **labels);

#ifdef __cplusplus
}
#endif
#endif
