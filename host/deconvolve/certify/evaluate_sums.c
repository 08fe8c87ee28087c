#include "deconvolve/certify/evaluate_sums.h"

#include <math.h>

#include "deconvolve/problem/likelihood.h"

static double log_of_count(const um_evaluator *evaluator, double k)
{
    return k < (double)UM_EVALUATOR_LOGS && k == floor(k) ? evaluator->log_count[(size_t)k] : log(k);
}

double um_null_deviance(const um_evaluator *evaluator, size_t gene, double k, double T, double log_T)
{
    const double y = evaluator->problem->null[gene] * T;
    if (!(k > 0.0))
        return y;
    return um_count_deviance_from_logs(k, y, log_of_count(evaluator, k), evaluator->log_null[gene] + log_T);
}

static size_t sources_in_use(const um_problem *problem, const double *E)
{
    size_t n = 0;
    for (size_t j = 0; j < problem->n_sources; j++)
        n += E[j] > 0.0;
    return n;
}

/* gap = log(max_j m_j sum_j D_j E_j / T): m_j scale inversely to E. */
static double gap_of(const um_problem *problem, const double *fold, const double *E, double T)
{
    double largest = 0.0, predicted = 0.0;
    for (size_t j = 0; j < problem->n_sources; j++) {
        const double m = fold[j] / problem->D[j];
        largest = m > largest ? m : largest;
        predicted += problem->D[j] * E[j];
    }
    if (!(predicted > 0.0))
        return INFINITY; /* no exposure at all: nothing to scale, so nothing is certified */
    const double gap = log(largest * predicted / T);
    return gap > 0.0 ? gap : 0.0; /* >= 0 by Jensen; eps and rounding may leave -1e-15 */
}

static void finish_lengths(const um_sample_sums *s, um_metrics *metrics)
{
    const double w = s->length.w, l = s->length.l, z = s->length.z;
    metrics->length_correlation = um_correlation_of_sums(w, l, z, s->length.ll, s->length.zz, s->length.lz);
    metrics->length_slope = (w * s->length.lz - l * z) / (w * s->length.ll - l * l);
}

void um_finish_metrics(const um_problem *problem, const um_sample_sums *s, const double *fold, const double *E,
                       um_metrics *metrics)
{
    const double n = (double)problem->genes.count, free_genes = n - (double)sources_in_use(problem, E);
    *metrics = (um_metrics){.total_counts = s->k, .nll = s->nll, .null_nll = s->null_nll};
    metrics->gap = gap_of(problem, fold, E, s->T);
    metrics->pearson = um_correlation_of_sums(n, s->k, s->y, s->kk, s->yy, s->ky);
    metrics->rmse = sqrt(s->residual2 / n);
    metrics->nrmse = metrics->rmse / (s->k / n);
    metrics->count_ratio = s->y / s->k;
    finish_lengths(s, metrics);
    metrics->dispersion = free_genes > 0.0 ? s->pearson2 / free_genes : NAN;
}
