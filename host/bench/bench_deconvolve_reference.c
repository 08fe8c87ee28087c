#include "bench/bench_deconvolve_reference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/problem/likelihood.h"

unmix_status um_reference_open(unmix_context *cx, um_reference *reference, const um_problem *problem)
{
    reference->problem = problem;
    UM_TRY(UM_ALLOC(cx, &reference->k, problem->genes.count, "reference"));
    UM_TRY(UM_ALLOC(cx, &reference->y, problem->genes.count, "reference"));
    return UM_ALLOC(cx, &reference->fold, problem->n_sources, "reference");
}

void um_reference_clear(um_reference *reference)
{
    free(reference->k);
    free(reference->y);
    free(reference->fold);
    *reference = (um_reference){0};
}

static void spread(um_reference *r, const um_block *block, size_t column)
{
    memset(r->k, 0, r->problem->genes.count * sizeof *r->k);
    for (size_t at = block->start[column]; at < block->start[column + 1]; at++) {
        const uint32_t g = r->problem->gene_of_row[block->row[at]];
        if (g != UM_NO_GENE)
            r->k[g] += block->value[at];
    }
}

static double product(const double *row, const double *x, size_t stride, size_t M)
{
    double sum = 0.0;
    for (size_t j = 0; j < M; j++)
        sum += row[j] * x[j * stride];
    return sum;
}

void um_reference_pass(um_reference *r, const um_block *block, size_t column, const double *E, size_t stride)
{
    const um_problem *p = r->problem;
    const size_t M = p->n_sources;
    spread(r, block, column);
    memset(r->fold, 0, M * sizeof *r->fold);
    r->loss = r->loss_scale = 0.0;
    for (size_t g = 0; g < p->genes.count; g++) {
        const double *row = p->A + g * M, k = r->k[g];
        const double y = r->y[g] = product(row, E, stride, M);
        for (size_t j = 0; j < M; j++)
            r->fold[j] += UM_COUNT_RATIO(p->w[g], k, y) * row[j];
        r->loss += p->w[g] * (um_count_deviance(k, y) + UM_LIKELIHOOD_EPS);
        r->loss_scale += p->w[g] * (k + y);
    }
}

double um_reference_gram(const um_reference *r, size_t i, size_t j)
{
    const um_problem *p = r->problem;
    double sum = 0.0;
    for (size_t g = 0; g < p->genes.count; g++) {
        const double *row = p->A + g * p->n_sources;
        sum += um_count_curvature(p->w[g], r->k[g], r->y[g]) * row[i] * row[j];
    }
    return sum;
}

double um_reference_search(const um_reference *r, const double *d, size_t stride, double t, double *scale)
{
    const um_problem *p = r->problem;
    const size_t M = p->n_sources;
    double sum = 0.0;
    *scale = 0.0;
    for (size_t g = 0; g < p->genes.count; g++) {
        const double *row = p->A + g * M;
        double largest = 0.0;
        for (size_t j = 0; j < M; j++)
            largest += row[j] * fabs(d[j * stride]);
        const double y = r->y[g] + UM_LIKELIHOOD_EPS, share = t * product(row, d, stride, M) / y;
        const double gain = um_count_gain(p->w[g], r->k[g], share);
        if (isinf(gain))
            return INFINITY; /* a gene would starve: refused */
        sum -= gain;
        *scale += fabs(gain) + p->w[g] * r->k[g] * t * largest / y / fmax(1.0 + share, 1e-6);
    }
    return sum;
}

/* Cyclic coordinate descent until nothing moves; r is the gradient H x + g. */
static void descend(const double *H, size_t M, const double *low, double *x, double *r)
{
    enum { SWEEPS = 20000 };
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        double moved = 0.0;
        for (size_t j = 0; j < M; j++) {
            const double next = fmax(x[j] - r[j] / H[j * M + j], low[j]), step = next - x[j];
            x[j] = next;
            moved = fmax(moved, fabs(step) * sqrt(H[j * M + j]));
            for (size_t i = 0; i < M; i++)
                r[i] += H[i * M + j] * step;
        }
        if (moved < 1e-9)
            return;
    }
}

static double quadratic(const double *H, const double *g, size_t M, const double *d, size_t stride)
{
    double value = 0.0;
    for (size_t i = 0; i < M; i++)
        value += d[i * stride] * (g[i] + 0.5 * product(H + i * M, d, stride, M));
    return value;
}

double um_reference_program(const um_reference *reference, const double *E, const double *d, size_t stride, double tau,
                            double *value)
{
    const size_t M = reference->problem->n_sources;
    double *H = calloc(M * (M + 4), sizeof *H), least = NAN;
    if (!H)
        return least;
    double *g = H + M * M, *low = g + M, *x = low + M, *r = x + M;
    for (size_t i = 0; i < M; i++) {
        g[i] = r[i] = reference->problem->D[i] - reference->fold[i];
        low[i] = -tau * E[i * stride];
        for (size_t j = 0; j <= i; j++)
            H[i * M + j] = H[j * M + i] = um_reference_gram(reference, i, j);
    }
    descend(H, M, low, x, r);
    least = quadratic(H, g, M, x, 1);
    *value = quadratic(H, g, M, d, stride);
    free(H);
    return least;
}
