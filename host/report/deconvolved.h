/* A result of deconvolution as it was written: what a report shows of it. */
#ifndef UM_REPORT_DECONVOLVED_H
#define UM_REPORT_DECONVOLVED_H

#include "core/matrix.h"
#include "report/shown_intervals.h"
#include "report/text.h"

typedef struct um_deconvolved {
    const char *path;      /* not owned */
    um_matrix proportions; /* samples x types */
    um_shown_intervals intervals; /* of the proportions */
    char held[64];         /* what they hold, as the run says it ("genes, donors"); empty: not said */
    um_matrix metrics;     /* samples x those of the metrics that the result has */
    um_names fit, fit_reasons, inseparable; /* words for each sample; empty where the result has none */
    um_text run;           /* how it was made: "key \t value" lines, or the run.json of a folder */
    int predicted;         /* 1: it has predicted counts */
    size_t *order;         /* samples, from left to right; owned */
    double *linkage;       /* of the samples, rows of scipy's Z (left, right, height, size); NULL: none. Owned */
    um_names groups;       /* of samples, by name; empty: not grouped */
    size_t *group;         /* of each sample; owned */
} um_deconvolved;

/* Zero-initialise; leaves it empty. */
void um_deconvolved_clear(um_deconvolved *result);

/* 1 when path is a folder or an AnnData file with proportions, else 0. Errors: INPUT where it cannot be read. */
unmix_status um_is_deconvolved(unmix_context *cx, const char *path, int *is);

/* Reads it. `order` is that of the file, without linkage and groups. Errors: INPUT, MEMORY. */
unmix_status um_deconvolved_read(unmix_context *cx, const char *path, um_deconvolved *result);

/* Groups of a sample sheet (names in its first column); `order` is then by group, within them as it was. */
unmix_status um_deconvolved_group(unmix_context *cx, um_deconvolved *result, const char *sheet, const char *column);

/* Values of a metric, one a sample, into values[samples]; 0 when the result does not have it, or no number of it. */
int um_deconvolved_metric(const um_deconvolved *result, const char *metric, double *values);

#endif
