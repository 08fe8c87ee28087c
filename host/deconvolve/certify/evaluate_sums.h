/* Below evaluate: what the dense and the sparse evaluation share. */
#ifndef UM_EVALUATE_SUMS_H
#define UM_EVALUATE_SUMS_H

#include "core/source.h"
#include "deconvolve/certify/evaluator.h"

/* Sums over the genes of one sample. */
typedef struct um_sample_sums {
    struct {
        double w, l, z, ll, zz, lz; /* sums of the weights, and of what they weigh */
    } length;
    double T, k, y, kk, yy, ky, residual2, pearson2, relative, nll, null_nll;
} um_sample_sums;

/* One call of um_evaluate(). */
typedef struct um_evaluation {
    um_evaluator *evaluator;
    const um_block *block;
    const size_t *column;
    const double *E;
    um_metrics *metrics;
    double *predicted;
    um_sample_sums *sums; /* n */
} um_evaluation;

/* The deviance of a count from the null model, whose log yhat is that of the gene plus that of the sample. */
double um_null_deviance(const um_evaluator *evaluator, size_t gene, double k, double T, double log_T);

/* The metrics of a sample from its sums; fold is A' (w k / (y + eps)). */
void um_finish_metrics(const um_problem *problem, const um_sample_sums *sums, const double *fold, const double *E,
                       um_metrics *metrics);

#endif
