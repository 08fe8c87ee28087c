/* Factorisations in double on the host, written from the formulas of nmf_problem.h alone. */
#include "bench/bench_programs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/constants.h"

typedef struct reference {
    const um_sparse *X;
    const unsigned char *uses;
    const um_nmf_options *options;
    size_t k;
    double *W, *T; /* cells x k, and H turned: genes x k */
    double *A;     /* genes x k: products with the usages */
    double *gram, *total, *p;
    double violation;
} reference;

static double dot(size_t k, const double *a, const double *b)
{
    double sum = 0;
    for (size_t t = 0; t < k; t++)
        sum += a[t] * b[t];
    return sum;
}

/* F'F and the sums of F. */
static void form_gram(reference *r, const double *F, size_t rows)
{
    const size_t k = r->k;
    memset(r->gram, 0, k * k * sizeof *r->gram);
    memset(r->total, 0, k * sizeof *r->total);
    for (size_t i = 0; i < rows; i++, F += k)
        for (size_t t = 0; t < k; t++) {
            r->total[t] += F[t];
            for (size_t u = 0; u < k && F[t] != 0; u++)
                r->gram[t * k + u] += F[t] * F[u];
        }
}

static void step_hals(reference *r, const double *p, double *w)
{
    for (size_t t = 0; t < r->k; t++) {
        const double slope = dot(r->k, r->gram + t * r->k, w) - p[t], whole = r->gram[t * r->k + t];
        r->violation += fabs(w[t] == 0 ? fmin(slope, 0) : slope);
        if (whole > 0)
            w[t] = fmax(w[t] - slope / whole, 0);
    }
}

static double positive(double d)
{
    return d == 0 ? UM_NMF_TINY : d;
}

/* All from the same w: p becomes the new one. */
static void step_multiply(reference *r, double *p, double *w)
{
    for (size_t t = 0; t < r->k; t++) {
        const double d = r->options->loss == UM_NMF_KL ? r->total[t] : dot(r->k, r->gram + t * r->k, w);
        p[t] *= w[t] / positive(d);
    }
    memcpy(w, p, r->k * sizeof *w);
}

static void step(reference *r, double *p, double *w)
{
    if (r->options->solver == UM_NMF_HALS)
        step_hals(r, p, w);
    else
        step_multiply(r, p, w);
}

static double share(const reference *r, size_t cell, size_t entry)
{
    const double x = r->X->value[entry];
    return r->options->loss == UM_NMF_KL
               ? x / fmax(dot(r->k, r->W + cell * r->k, r->T + r->X->column[entry] * r->k), UM_NMF_TINY)
               : x;
}

static void update_cell(reference *r, size_t cell)
{
    const um_sparse *X = r->X;
    const size_t k = r->k;
    double *w = r->W + cell * k;
    memset(r->p, 0, k * sizeof *r->p);
    for (size_t i = X->start[cell]; i < X->start[cell + 1]; i++) {
        const double x = share(r, cell, i), *h = r->T + X->column[i] * k;
        for (size_t t = 0; t < k; t++)
            r->p[t] += x * h[t];
    }
    step(r, r->p, w);
    for (size_t i = X->start[cell]; i < X->start[cell + 1]; i++) {
        const double x = share(r, cell, i);
        double *a = r->A + X->column[i] * k;
        for (size_t t = 0; t < k; t++)
            a[t] += x * w[t];
    }
}

static void iterate(reference *r)
{
    r->violation = 0;
    memset(r->A, 0, r->X->columns * r->k * sizeof *r->A);
    form_gram(r, r->T, r->X->columns);
    for (size_t cell = 0; cell < r->X->rows; cell++)
        if (!r->uses || r->uses[cell])
            update_cell(r, cell);
    form_gram(r, r->W, r->X->rows);
    for (size_t j = 0; j < r->X->columns; j++)
        step(r, r->A + j * r->k, r->T + j * r->k);
}

static size_t iterate_until(reference *r)
{
    double first = 0;
    for (size_t iteration = 1; iteration <= r->options->max_iterations; iteration++) {
        iterate(r);
        if (iteration == 1)
            first = r->violation;
        if (r->options->solver == UM_NMF_HALS && r->violation <= r->options->tolerance * first)
            return iteration;
    }
    return r->options->max_iterations;
}

unmix_status um_programs_reference(unmix_context *cx, const um_sparse *X, const unsigned char *uses,
                                   const um_nmf_options *options, um_factors *factors, size_t *iterations)
{
    const size_t k = options->components, m = X->columns;
    double *memory = NULL;
    UM_TRY(UM_ALLOC(cx, &memory, um_product_size(2 * m + k + 2, k, 1), "reference"));
    reference r = {.X = X, .uses = uses, .options = options, .k = k, .W = factors->W, .T = memory, .A = memory + m * k};
    r.gram = r.A + m * k;
    r.total = r.gram + k * k;
    r.p = r.total + k;
    for (size_t j = 0; j < m; j++)
        for (size_t t = 0; t < k; t++)
            r.T[j * k + t] = factors->H[t * m + j];
    *iterations = iterate_until(&r);
    for (size_t j = 0; j < m; j++)
        for (size_t t = 0; t < k; t++)
            factors->H[t * m + j] = r.T[j * k + t];
    free(memory);
    return UNMIX_OK;
}
