/* The result of a deconvolution, and its view as annotated data for writing. */
#ifndef UM_RESULT_H
#define UM_RESULT_H

#include <stdint.h>

#include "core/annotated.h"
#include "core/record.h"
#include "deconvolve/certify/evaluate.h"
#include "unmix/deconvolve.h"

/* The columns of metrics, in the order of the file. */
#define UM_METRICS(X)                                                                        \
    X(total_counts, UM_REAL)                                                                 \
    X(nll, UM_REAL)                                                                          \
    X(null_nll, UM_REAL)                                                                     \
    X(gap, UM_REAL)                                                                          \
    X(iterations, UM_INTEGER)                                                                \
    X(converged, UM_BOOLEAN)                                                                 \
    X(intercept_fraction, UM_REAL)                                                           \
    X(noise_ratio, UM_REAL)                                                                  \
    X(pearson, UM_REAL)                                                                      \
    X(rmse, UM_REAL)                                                                         \
    X(nrmse, UM_REAL)                                                                        \
    X(count_ratio, UM_REAL)                                                                  \
    X(dispersion, UM_REAL)                                                                   \
    X(r2, UM_REAL) /* the last: only methods that state variances have it */

enum um_metric {
#define UM_ENTRY(name, kind) UM_METRIC_##name,
    UM_METRICS(UM_ENTRY)
#undef UM_ENTRY
    UM_METRIC_COUNT
};

enum { UM_MAX_ENTRIES = 48, UM_MAX_REMARKS = 4 };

/* A sentence on the whole result, and how much it matters. */
typedef struct um_remark {
    unmix_log_level level;
    char *text; /* owned */
} um_remark;

typedef struct um_result {
    unmix_summary summary;
    um_matrix proportions;                /* samples x C */
    um_matrix exposures;                  /* samples x M */
    um_matrix proportions_with_intercept; /* samples x M */
    um_matrix metrics;                    /* samples x UM_METRIC_COUNT */
    um_matrix standard_errors;            /* samples x C, or empty */
    um_matrix lower, upper;               /* samples x C: interval, or empty */
    um_matrix low, high;                  /* samples x C: bootstrap interval, or empty */
    um_matrix unweighted, variance;       /* samples x C, or empty */
    um_matrix predicted;                  /* samples x G; empty when not asked for or too large for memory, then: */
    um_spill predicted_spill;             /* samples x G */
    double *predicted_rows;               /* rows on their way into the spill */
    size_t predicted_capacity;
    unsigned char *fit;                   /* samples: unmix_fit */
    char **fit_reasons;                   /* samples; owned */
    /* With standard errors (verdict_types.h): */
    uint16_t *type_group;                 /* samples x C: 0, or the number of the group of types in this sample */
    char **types_text;                    /* samples: the same in words, NULL: nothing to say; owned */
    um_matrix inseparable;                /* C x C: samples in which the two are together; diagonal: with any */
    um_remark remark[UM_MAX_REMARKS];
    size_t n_remarks;
    double *p_value;                      /* samples, or NULL: no permutations were asked for */
    int penalised;                        /* 1: the gap is that of the likelihood without the penalty */
    um_names genes;                       /* G */
    um_unmatched unmatched;
    double *length, *weight;              /* G */
    um_entry entry[UM_MAX_ENTRIES + 1];   /* how it was made; keys are static, texts owned */
    size_t n_entries;
    um_record run;                        /* what differs from run to run */
    /* The view; points into the above. */
    double *metric_columns; /* UM_METRIC_COUNT x samples */
    um_names fit_names, fit_texts, type_texts; /* columns of the three */
    um_column obs_columns[UM_METRIC_COUNT + 4];
    um_column var_columns[2];
    um_entry obsm[10];
    um_entry uns;
    um_layer layers[1];
    um_annotated annotated;
} um_result;

void um_result_clear(um_result *result);

/* Allocates the matrices that the method gives; `samples` are the names of those that take part. */
unmix_status um_result_open(unmix_context *cx, um_result *result, const um_problem *problem, const um_names *samples,
                            const unmix_method_traits *method, const unmix_deconvolve_options *options);

/*
 * Where the predicted counts of rows first .. first+n go: n x G, or NULL when they are not kept. Rows come in order;
 * um_result_keep_predicted() takes them over.
 */
unmix_status um_result_predicted_rows(unmix_context *cx, um_result *result, size_t first, size_t n, double **rows);
unmix_status um_result_keep_predicted(unmix_context *cx, um_result *result, size_t n);

/*
 * Fills row `row` from the exposures of one sample (M). `cell_size` (C, or NULL) divides the exposures of the types
 * before they are normalised.
 */
void um_result_set_sample(um_result *result, size_t row, const double *E, const double *cell_size, const um_metrics *metrics,
                          double iterations, double converged);

/* What only some methods give of a sample: variances of the proportions (C) and R^2; exposures without weights (M). */
void um_result_set_variances(um_result *result, size_t row, const double *variance, double r2);
void um_result_set_unweighted(um_result *result, size_t row, const double *unweighted, const double *cell_size);

/* The verdict of a sample (verdict.h); `reasons` is copied. */
unmix_status um_result_set_fit(unmix_context *cx, um_result *result, size_t row, unmix_fit fit, const char *reasons);

/* Adds a remark; `text` is copied. */
unmix_status um_result_add_remark(unmix_context *cx, um_result *result, unmix_log_level level, const char *text);

/* Adds an entry to the dictionary; text (may be NULL) is copied. */
unmix_status um_result_add_text(unmix_context *cx, um_result *result, const char *key, const char *text);
unmix_status um_result_add_number(unmix_context *cx, um_result *result, const char *key, um_kind kind, double number);
unmix_status um_result_add_frame(unmix_context *cx, um_result *result, const char *key, const um_matrix *frame);

/* Makes the view. The result must not move afterwards, nor change but by um_result_record(). */
unmix_status um_result_view(unmix_context *cx, um_result *result);

/* Adds facts of the run, also to the view. */
unmix_status um_result_record(unmix_context *cx, um_result *result, const unmix_fact *facts, size_t count);

#endif
