#include "deconvolve/certify/sandwich.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "linalg/small.h"

unmix_status um_sandwich_open(unmix_context *cx, um_sandwich *s, size_t M)
{
    *s = (um_sandwich){.M = M};
    UM_TRY(UM_ALLOC(cx, &s->source, M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &s->H, M * M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &s->B, M * M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &s->inverse, M * M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &s->V, M * M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &s->product, M * M, "standard errors"));
    return UM_ALLOC(cx, &s->hidden, M, "standard errors");
}

void um_sandwich_close(um_sandwich *s)
{
    free(s->source);
    free(s->H);
    free(s->B);
    free(s->inverse);
    free(s->V);
    free(s->product);
    free(s->hidden);
    *s = (um_sandwich){0};
}

/* The part of an M x M matrix over the free sources, n x n. */
static void take_free(const um_sandwich *s, const double *matrix, double *to)
{
    for (size_t a = 0; a < s->n; a++)
        for (size_t b = 0; b < s->n; b++)
            to[a * s->n + b] = matrix[s->source[a] * s->M + s->source[b]];
}

/* to = x y, all n x n. */
static void multiply(const double *x, const double *y, size_t n, double *to)
{
    memset(to, 0, n * n * sizeof *to);
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < n; q++)
            for (size_t j = 0; j < n; j++)
                to[i * n + j] += x[i * n + q] * y[q * n + j];
}

unmix_status um_sandwich_form(unmix_context *cx, um_sandwich *s, double cutoff)
{
    take_free(s, s->H, s->inverse);
    UM_TRY(um_small_inverse(cx, s->inverse, s->n, cutoff, NULL, s->hidden));
    take_free(s, s->B, s->V);
    multiply(s->inverse, s->V, s->n, s->product);
    multiply(s->product, s->inverse, s->n, s->V);
    return UNMIX_OK;
}

static double size_of(const um_mixture *m, size_t type)
{
    return m->cell_size ? m->cell_size[type] : 1.0;
}

/* sum_q E_q / s_q over all types (in NULL) or some. */
static double cells_of(const um_mixture *m, const unsigned char *in)
{
    double cells = 0.0;
    for (size_t j = 0; j < m->C; j++)
        cells += !in || in[j] ? m->E[j] / size_of(m, j) : 0.0;
    return cells;
}

double um_mixture_sum(const um_mixture *m, const unsigned char *in)
{
    return cells_of(m, in) / cells_of(m, NULL);
}

/* J V J' with J_a = (in_a - P) / (s_a sum_q E_q / s_q), P the sum of the proportions. */
double um_sandwich_variance(const um_sandwich *s, const um_mixture *m, const unsigned char *in)
{
    const double cells = cells_of(m, NULL), P = um_mixture_sum(m, in);
    double variance = 0.0;
    for (size_t a = 0; a < s->n; a++)
        for (size_t b = 0; b < s->n; b++) {
            const size_t i = s->source[a], j = s->source[b];
            if (i >= m->C || j >= m->C)
                continue;
            variance += (in[i] - P) / (size_of(m, i) * cells) * s->V[a * s->n + b] * (in[j] - P) / (size_of(m, j) * cells);
        }
    return fmax(variance, 0.0);
}
