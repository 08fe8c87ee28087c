#include "deconvolve/certify/evaluate_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/problem/counts.h"
#include "core/parallel.h"

/* Measured: a sample of fewer non-zeros is faster without its zeros. */
static const double sparse_below = 0.25;

/* Counts are mostly small and whole: their logarithms come from a table. */
enum { LOGS = 1024 };

static unmix_status form_products(unmix_context *cx, um_evaluator *ev)
{
    const um_problem *p = ev->problem;
    const size_t M = p->n_sources;
    UM_TRY(UM_ALLOC(cx, &ev->column, M, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &ev->square, M * M, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &ev->log_null, p->genes.count, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &ev->log_count, LOGS, "evaluation"));
    for (size_t i = 1; i < LOGS; i++)
        ev->log_count[i] = log((double)i);
    for (size_t g = 0; g < p->genes.count; g++) {
        const double *a = p->A + g * M;
        ev->weight_null += p->w[g] * p->null[g];
        ev->log_null[g] = log(p->null[g]);
        for (size_t i = 0; i < M; i++) {
            ev->column[i] += a[i];
            for (size_t j = 0; a[i] > 0.0 && j < M; j++)
                ev->square[i * M + j] += a[i] * a[j];
        }
    }
    return UNMIX_OK;
}

unmix_status um_evaluator_open(unmix_context *cx, um_evaluator *evaluator, const um_problem *problem)
{
    const size_t M = problem->n_sources;
    *evaluator = (um_evaluator){.problem = problem, .sparse_below = sparse_below, .threads = um_threads(cx)};
    UM_TRY(form_products(cx, evaluator));
    UM_TRY(UM_ALLOC(cx, &evaluator->totals.gene, um_product_size(problem->genes.count, 5, 1), "metrics"));
    UM_TRY(UM_ALLOC(cx, &evaluator->totals.E, M, "metrics"));
    return UM_ALLOC(cx, &evaluator->totals.EE, M * M, "metrics");
}

void um_evaluator_close(um_evaluator *evaluator)
{
    free(evaluator->column);
    free(evaluator->square);
    free(evaluator->log_null);
    free(evaluator->log_count);
    free(evaluator->totals.gene);
    free(evaluator->totals.E);
    free(evaluator->totals.EE);
    *evaluator = (um_evaluator){0};
}

double um_evaluator_r2(const um_evaluator *evaluator)
{
    const um_totals *t = &evaluator->totals;
    const double mean = t->k / t->n;
    return 1.0 - t->residual2 / (t->kk - t->n * mean * mean);
}

double um_evaluator_deviance_r2(const um_evaluator *evaluator)
{
    return 1.0 - evaluator->totals.nll / evaluator->totals.null_nll;
}

double um_evaluator_mape(const um_evaluator *evaluator)
{
    return evaluator->totals.relative / evaluator->totals.n;
}

/* Pearson correlation from sums over n values; NaN where a side is constant. */
static double correlation(double n, double x, double y, double xx, double yy, double xy)
{
    const double cov = xy - x * y / n, vx = xx - x * x / n, vy = yy - y * y / n;
    /* A constant side leaves rounding noise of about n eps of its square sum. */
    if (!(vx > 1e-14 * n * xx) || !(vy > 1e-14 * n * yy))
        return NAN;
    return cov / sqrt(vx * vy);
}

double um_evaluator_gene_correlation(const um_evaluator *evaluator)
{
    const um_totals *t = &evaluator->totals;
    const size_t M = evaluator->problem->n_sources, G = evaluator->problem->genes.count;
    double sum = 0.0;
    size_t defined = 0;
    for (size_t g = 0; g < G; g++) {
        const double *s = t->gene + 5 * g, *a = evaluator->problem->A + g * M;
        double y = s[1], yy = s[3];
        for (size_t i = 0; i < M; i++) {
            double row = 0.0;
            for (size_t j = 0; j < M; j++)
                row += t->EE[i * M + j] * a[j];
            y += a[i] * t->E[i];
            yy += a[i] * row;
        }
        const double r = correlation((double)t->samples, s[0], y, s[2], yy, s[4]);
        if (isnan(r))
            continue;
        sum += r;
        defined++;
    }
    return defined ? sum / (double)defined : NAN;
}

double um_host_deviance(double k, double y)
{
    if (!(k > 0.0))
        return y;
    const double t = (y + UM_LIKELIHOOD_EPS - k) / k;
    return fabs(t) < 0.5 ? k * (t - log1p(t)) - UM_LIKELIHOOD_EPS : k * log(k / (y + UM_LIKELIHOOD_EPS)) - k + y;
}

static double log_of_count(const um_evaluator *evaluator, double k)
{
    return k < (double)LOGS && k == floor(k) ? evaluator->log_count[(size_t)k] : log(k);
}

double um_null_deviance(const um_evaluator *evaluator, size_t gene, double k, double T, double log_T)
{
    const double y = evaluator->problem->null[gene] * T;
    if (!(k > 0.0))
        return y;
    /* log(y + eps) = log y + eps / y, up to (eps / y)^2 / 2 < 1e-16 */
    const double log_y = y > 1e-2 ? evaluator->log_null[gene] + log_T + UM_LIKELIHOOD_EPS / y : log(y + UM_LIKELIHOOD_EPS);
    return k * (log_of_count(evaluator, k) - log_y) - k + y;
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

void um_finish_metrics(const um_problem *problem, const um_sample_sums *s, const double *fold, const double *E,
                       um_metrics *metrics)
{
    const double n = (double)problem->genes.count, free_genes = n - (double)sources_in_use(problem, E);
    *metrics = (um_metrics){.total_counts = s->k, .nll = s->nll, .null_nll = s->null_nll};
    metrics->gap = gap_of(problem, fold, E, s->T);
    metrics->pearson = correlation(n, s->k, s->y, s->kk, s->yy, s->ky);
    metrics->rmse = sqrt(s->residual2 / n);
    metrics->nrmse = metrics->rmse / (s->k / n);
    metrics->count_ratio = s->y / s->k;
    metrics->dispersion = free_genes > 0.0 ? s->pearson2 / free_genes : NAN;
}

/* In the order of the samples, whatever thread each was evaluated on. */
static void add_to_totals(um_totals *totals, size_t genes, const um_sample_sums *s)
{
    totals->samples++;
    totals->n += (double)genes;
    totals->k += s->k;
    totals->kk += s->kk;
    totals->residual2 += s->residual2;
    totals->relative += s->relative;
    totals->nll += s->nll;
    totals->null_nll += s->null_nll;
}

static unmix_status evaluate(unmix_context *cx, um_evaluation *call, size_t *which, size_t n)
{
    const um_evaluator *ev = call->evaluator;
    const size_t G = ev->problem->genes.count;
    size_t n_sparse = 0, n_dense = 0; /* sparse from the front, dense from the back */
    for (size_t i = 0; i < n; i++) {
        const size_t nonzeros = um_counts_above_zero(ev->problem, call->block, call->column[i]);
        if ((double)nonzeros < ev->sparse_below * (double)G)
            which[n_sparse++] = i;
    }
    size_t *dense = which + n_sparse;
    for (size_t i = 0, s = 0; i < n; i++) {
        if (s < n_sparse && which[s] == i)
            s++;
        else
            dense[n_dense++] = i;
    }
    if (n_dense)
        UM_TRY(um_evaluate_dense(cx, call, dense, n_dense));
    return n_sparse ? um_evaluate_sparse(cx, call, which, n_sparse) : UNMIX_OK;
}

unmix_status um_evaluate(unmix_context *cx, um_evaluator *evaluator, const um_block *block, const size_t *column, size_t n,
                         const double *E, um_metrics *metrics, double *predicted)
{
    um_evaluation call = {
        .evaluator = evaluator, .block = block, .column = column, .E = E, .metrics = metrics, .predicted = predicted};
    size_t *which = NULL;
    unmix_status status = UM_ALLOC(cx, &call.sums, n, "evaluation");
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &which, n, "evaluation");
    if (status == UNMIX_OK)
        status = evaluate(cx, &call, which, n);
    for (size_t i = 0; i < n && status == UNMIX_OK; i++)
        add_to_totals(&evaluator->totals, evaluator->problem->genes.count, &call.sums[i]);
    free(call.sums);
    free(which);
    return status;
}
