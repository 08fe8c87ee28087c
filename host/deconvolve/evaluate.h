/*
 * The last word in double precision, on the host: NLL, certificate and fit metrics at the exposures found, whatever
 * precision found them.
 *
 *   gap = log( max_j m_j ) after scaling E so that sum_j D_j E_j = T: LL(optimum) - LL(E) <= T gap   (DESIGN 2.3)
 */
#ifndef UM_EVALUATE_H
#define UM_EVALUATE_H

#include "core/source.h"
#include "deconvolve/problem.h"

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
    double *gene; /* G x 5: sums of k, y, kk, yy, ky over samples */
    size_t genes;
} um_totals;

unmix_status um_totals_open(unmix_context *cx, um_totals *totals, size_t genes);
void um_totals_clear(um_totals *totals);
double um_totals_r2(const um_totals *totals);
double um_totals_deviance_r2(const um_totals *totals);
double um_totals_mape(const um_totals *totals);
double um_totals_gene_correlation(const um_totals *totals);

enum { UM_EVALUATE_LANES = 8 };

/*
 * Evaluates n <= UM_EVALUATE_LANES columns of a block together. E[i] are the M exposures of column[i]. metrics[i] are
 * written, `totals` (may be NULL) are added to; predicted[i] (may be NULL, also single ones) get yhat per gene.
 */
unmix_status um_evaluate(unmix_context *cx, const um_problem *problem, const um_block *block, const size_t *column, size_t n,
                         const double *const *E, um_metrics *metrics, um_totals *totals, double *const *predicted);

#endif
