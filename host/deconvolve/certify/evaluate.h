/*
 * The last word in double precision, on the host: NLL, certificate and fit metrics at the exposures found, whatever
 * precision found them.
 *
 *   gap = log( max_j m_j ) after scaling E so that sum_j D_j E_j = T: LL(optimum) - LL(E) <= T gap   (DESIGN 2.3)
 *
 * A sample with few counts above zero is evaluated from those alone: what the zeros add is linear or quadratic in E.
 *
 *   sum_g y = (1'A) E     sum_g w y = D'E     sum_g y^2 = E'(A'A) E     and per gene over samples
 *   sum_n y_gn = A_g (sum_n E_n)              sum_n y_gn^2 = A_g (sum_n E_n E_n') A_g'
 */
#ifndef UM_EVALUATE_H
#define UM_EVALUATE_H

#include "core/source.h"
#include "deconvolve/problem/problem.h"

/* One row of metrics.tsv. */
typedef struct um_metrics {
    double total_counts;  /* over the genes that take part */
    double nll, null_nll, gap;
    double pearson, rmse, nrmse, count_ratio, dispersion;
} um_metrics;

/* Sums over all samples, for the numbers of the whole run. */
typedef struct um_totals {
    size_t samples;
    double n, k, kk, residual2, relative, nll, null_nll;
    double *gene;     /* G x 5: sums of k, y, kk, yy, ky over samples; y and yy of those evaluated densely */
    double *E, *EE;   /* M and M x M: sums of E and E E' over the others */
} um_totals;

/* What does not depend on the sample. */
typedef struct um_evaluator {
    const um_problem *problem;
    double *column;       /* M: 1'A */
    double *square;       /* M x M: A'A */
    double weight_null;   /* sum_g w null_g */
    double *log_null;     /* G */
    double *log_count;    /* of small whole counts */
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

/*
 * Evaluates columns column[0..n) of a block. E + column[i] * M are the exposures of column[i]; metrics[i] are written;
 * predicted (n x G, or NULL) gets yhat.
 */
unmix_status um_evaluate(unmix_context *cx, um_evaluator *evaluator, const um_block *block, const size_t *column, size_t n,
                         const double *E, um_metrics *metrics, double *predicted);

#endif
