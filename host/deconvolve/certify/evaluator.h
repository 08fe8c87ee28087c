/* What evaluation keeps: what does not depend on the sample, and sums over samples for the numbers of the whole run. */
#ifndef UM_EVALUATOR_H
#define UM_EVALUATOR_H

#include "deconvolve/problem/problem.h"

/* One row of metrics.tsv. */
typedef struct um_metrics {
    double total_counts;  /* over the genes that take part */
    double nll, null_nll, gap;
    double pearson, rmse, nrmse, count_ratio, dispersion;
    /*
     * Of log((k + 1) / (yhat + 1)) on the log of the length, genes weighing min(k + yhat, 100): slope and correlation. Not in
     * the table; NaN where all lengths are the same, or only counts above zero were visited.
     */
    double length_slope, length_correlation;
} um_metrics;

/* Sums over all samples, for the numbers of the whole run. */
typedef struct um_totals {
    size_t samples;
    double n, k, kk, residual2, relative, nll, null_nll;
    double *gene;     /* G x 5: sums of k, y, kk, yy, ky over samples; y and yy of those evaluated densely */
    double *E, *EE;   /* M and M x M: sums of E and E E' over the others */
} um_totals;

/* Counts are mostly small and whole: their logarithms come from a table. */
enum { UM_EVALUATOR_LOGS = 1024 };

/* What does not depend on the sample. */
typedef struct um_evaluator {
    const um_problem *problem;
    double *column;       /* M: 1'A */
    double *square;       /* M x M: A'A */
    double weight_null;   /* sum_g w null_g */
    double *log_null;     /* G */
    double *log_length;   /* G, about their mean; NULL where all lengths are the same */
    double *log_count;    /* UM_EVALUATOR_LOGS: of whole numbers */
    double sparse_below;  /* share of counts above zero below which only they are visited; 0: never */
    unsigned threads;     /* results do not depend on it */
    um_totals totals;
} um_evaluator;

/* Uses the threads of the context. Released with um_evaluator_close(). */
unmix_status um_evaluator_open(unmix_context *cx, um_evaluator *evaluator, const um_problem *problem);
void um_evaluator_close(um_evaluator *evaluator);

/* Of all samples evaluated so far. */
double um_evaluator_r2(const um_evaluator *evaluator);
double um_evaluator_deviance_r2(const um_evaluator *evaluator);
double um_evaluator_mape(const um_evaluator *evaluator);
double um_evaluator_gene_correlation(const um_evaluator *evaluator);

/* Pearson correlation from sums over n values; NaN where a side is constant. */
double um_correlation_of_sums(double n, double x, double y, double xx, double yy, double xy);

#endif
