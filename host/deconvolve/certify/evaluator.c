#include "deconvolve/certify/evaluator.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/parallel.h"

/* Measured: a sample of fewer non-zeros is faster without its zeros. */
static const double sparse_below = 0.25;

static unmix_status form_products(unmix_context *cx, um_evaluator *ev)
{
    const um_problem *p = ev->problem;
    const size_t M = p->n_sources;
    UM_TRY(UM_ALLOC(cx, &ev->column, M, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &ev->square, M * M, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &ev->log_null, p->genes.count, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &ev->log_count, UM_EVALUATOR_LOGS, "evaluation"));
    for (size_t i = 1; i < UM_EVALUATOR_LOGS; i++)
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

static unmix_status form_lengths(unmix_context *cx, um_evaluator *ev)
{
    const um_problem *p = ev->problem;
    const size_t G = p->genes.count;
    size_t others = 0;
    double mean = 0.0;
    for (size_t g = 0; g < G; g++) {
        others += p->length[g] != p->length[0];
        mean += log(p->length[g]) / (double)G;
    }
    if (!others)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, &ev->log_length, G, "evaluation"));
    for (size_t g = 0; g < G; g++)
        ev->log_length[g] = log(p->length[g]) - mean;
    return UNMIX_OK;
}

unmix_status um_evaluator_open(unmix_context *cx, um_evaluator *evaluator, const um_problem *problem)
{
    const size_t M = problem->n_sources;
    *evaluator = (um_evaluator){.problem = problem, .sparse_below = sparse_below, .threads = um_threads(cx)};
    UM_TRY(form_products(cx, evaluator));
    UM_TRY(form_lengths(cx, evaluator));
    UM_TRY(UM_ALLOC(cx, &evaluator->totals.gene, um_product_size(problem->genes.count, 5, 1), "metrics"));
    UM_TRY(UM_ALLOC(cx, &evaluator->totals.E, M, "metrics"));
    return UM_ALLOC(cx, &evaluator->totals.EE, M * M, "metrics");
}

void um_evaluator_close(um_evaluator *evaluator)
{
    free(evaluator->column);
    free(evaluator->square);
    free(evaluator->log_null);
    free(evaluator->log_length);
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

double um_correlation_of_sums(double n, double x, double y, double xx, double yy, double xy)
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
        const double r = um_correlation_of_sums((double)t->samples, s[0], y, s[2], yy, s[4]);
        if (isnan(r))
            continue;
        sum += r;
        defined++;
    }
    return defined ? sum / (double)defined : NAN;
}
