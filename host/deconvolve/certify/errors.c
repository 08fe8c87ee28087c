#include "deconvolve/certify/errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/trust.h"
#include "linalg/small.h"

/* A source with a smaller share of the reads counts as zero: em and gd come close to zero but never reach it. */
static const double smallest_share = 1e-6;

/* Share of a type in directions that the data do not determine above which its error is not a number. */
static const double hidden_share = 1e-3;

unmix_status um_errors_open(um_batch *batch, um_errors *errors)
{
    const size_t width = um_batch_width(batch, batch->capacity);
    *errors = (um_errors){0};
    um_gram_open(batch, &errors->gram);
    um_buffer_reals(batch->queue, &errors->h, batch->padded_genes * width, "weights of the standard errors");
    errors->E.rows = batch->M;
    errors->inverse.rows = um_gram_rows(&errors->gram);
    um_buffer_reals(batch->queue, &errors->E.buffer, errors->E.rows * width, "exposures");
    um_buffer_reals(batch->queue, &errors->inverse.buffer, errors->inverse.rows * width, "inverses");
    um_batch_reserve_transfer(batch, errors->inverse.rows);
    const size_t n = um_gram_rows(&errors->gram) * batch->capacity;
    UM_TRY(UM_ALLOC(batch->cx, &errors->H, n, "standard errors"));
    UM_TRY(UM_ALLOC(batch->cx, &errors->F, n, "standard errors"));
    UM_TRY(UM_ALLOC(batch->cx, &errors->B, n, "standard errors"));
    return um_queue_status(batch->queue);
}

void um_errors_close(um_errors *errors)
{
    um_gram_close(&errors->gram);
    um_buffer_release(&errors->h);
    um_buffer_release(&errors->E.buffer);
    um_buffer_release(&errors->inverse.buffer);
    free(errors->H);
    free(errors->F);
    free(errors->B);
}

/* Which sources of a sample are not zero. Returns their number. */
static size_t find_free(const um_problem *problem, const double *E, size_t *source)
{
    double total = 0.0;
    size_t n = 0;
    for (size_t j = 0; j < problem->n_sources; j++)
        total += problem->D[j] * E[j];
    for (size_t j = 0; j < problem->n_sources; j++)
        if (problem->D[j] * E[j] > smallest_share * total)
            source[n++] = j;
    return n;
}

/* The free part of sample i's matrix in the block layout (rows x count), as n x n. */
static unmix_status take_free(const um_batch *batch, const double *blocks, size_t i, const size_t *source, size_t n,
                              double *matrix)
{
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b <= a; b++)
            matrix[a * n + b] = matrix[b * n + a] = blocks[um_gram_entry(source[a], source[b]) * batch->count + i];
    return um_trust(batch->queue, matrix, n * n, "the Gram matrices of the standard errors");
}

/* Relative rounding of a Gram matrix formed by the device: what a smaller eigenvalue is made of. */
static double cutoff(const um_batch *batch)
{
    return um_queue_real_size(batch->queue) == sizeof(float) ? 1e-6 : 1e-12;
}

typedef struct sample_work {
    size_t *source;   /* M */
    double *a, *b, *c; /* M x M */
    double *hidden;   /* M */
} sample_work;

static unmix_status work_open(unmix_context *cx, sample_work *w, size_t M)
{
    UM_TRY(UM_ALLOC(cx, &w->source, M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &w->a, M * M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &w->b, M * M, "standard errors"));
    UM_TRY(UM_ALLOC(cx, &w->c, M * M, "standard errors"));
    return UM_ALLOC(cx, &w->hidden, M, "standard errors");
}

static void work_close(sample_work *w)
{
    free(w->source);
    free(w->a);
    free(w->b);
    free(w->c);
    free(w->hidden);
}

/* F (block layout) becomes F^-1 over the free sources, off-diagonal entries doubled, zero elsewhere. */
static unmix_status invert_fisher(um_errors *errors, um_batch *batch, const double *E, sample_work *w)
{
    const size_t count = batch->count, M = batch->M, rows = um_gram_rows(&errors->gram);
    for (size_t i = 0; i < count; i++) {
        const size_t n = find_free(batch->problem, E + batch->column[i] * M, w->source);
        UM_TRY(take_free(batch, errors->F, i, w->source, n, w->a));
        UM_TRY(um_small_inverse(batch->cx, w->a, n, cutoff(batch), NULL, NULL));
        for (size_t r = 0; r < rows; r++)
            errors->F[r * count + i] = 0.0;
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b <= a; b++)
                errors->F[um_gram_entry(w->source[a], w->source[b]) * count + i] = (a == b ? 1.0 : 2.0) * w->a[a * n + b];
    }
    um_batch_set(batch, &errors->inverse, errors->F);
    return um_queue_status(batch->queue);
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

/* The delta method: var P_i = J_i V J_i', J_ij = (delta_ij - P_i) / (s_j sum_q E_q / s_q) over the free types. */
static void propagate(const double *V, const size_t *source, size_t n, size_t C, const double *E, const double *cell_size,
                      const double *hidden, double *se)
{
    double cells = 0.0;
    for (size_t j = 0; j < C; j++) {
        cells += cell_size ? E[j] / cell_size[j] : E[j];
        se[j] = 0.0; /* a type at zero: the interval is one-sided, the formula has nothing to say */
    }
    for (size_t i = 0; i < n; i++) {
        if (source[i] >= C)
            continue;
        const double own = cell_size ? cell_size[source[i]] : 1.0, P = E[source[i]] / own / cells;
        double variance = 0.0;
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++) {
                if (source[a] >= C || source[b] >= C)
                    continue;
                const double sa = cell_size ? cell_size[source[a]] : 1.0, sb = cell_size ? cell_size[source[b]] : 1.0;
                variance += ((a == i) - P) / (sa * cells) * V[a * n + b] * ((b == i) - P) / (sb * cells);
            }
        se[source[i]] = hidden[i] > hidden_share ? NAN : sqrt(fmax(variance, 0.0));
    }
}

static unmix_status sandwich(um_errors *errors, um_batch *batch, const double *E, const double *cell_size, sample_work *w,
                             double *se)
{
    const size_t count = batch->count, M = batch->M, C = batch->problem->n_types;
    for (size_t i = 0; i < count; i++) {
        const size_t column = batch->column[i];
        const size_t n = find_free(batch->problem, E + column * M, w->source);
        UM_TRY(take_free(batch, errors->H, i, w->source, n, w->a));
        UM_TRY(um_small_inverse(batch->cx, w->a, n, cutoff(batch), NULL, w->hidden));
        UM_TRY(take_free(batch, errors->B, i, w->source, n, w->b));
        multiply(w->a, w->b, n, w->c);
        multiply(w->c, w->a, n, w->b); /* V = H^+ B H^+ */
        propagate(w->b, w->source, n, C, E + column * M, cell_size, w->hidden, se + column * C);
    }
    return UNMIX_OK;
}

/* The Gram matrices for the weights in errors->h, read into blocks (rows x count). */
static void form_gram(um_errors *errors, um_batch *batch, double *blocks)
{
    um_gram_form(batch, &errors->gram, &errors->h);
    const um_state H = {errors->gram.H, um_gram_rows(&errors->gram)};
    um_batch_get(batch, &H, blocks);
}

static unmix_status form(um_errors *errors, um_batch *batch, const double *E, const double *cell_size, sample_work *w,
                         double *se)
{
    const size_t count = batch->count, M = batch->M;
    for (size_t j = 0; j < M; j++)
        for (size_t i = 0; i < count; i++)
            errors->H[j * count + i] = E[batch->column[i] * M + j];
    um_batch_set(batch, &errors->E, errors->H);

    const um_grid tiles = um_grid_2d(batch->ld, batch->tiles);
    um_run(batch->queue, UM_KERNEL_FISHER_WEIGHTS, batch->variant, tiles, UM_U32(M), UM_U32(batch->ld),
           UM_BUF(&batch->A), UM_BUF(&batch->w), UM_BUF(&errors->E.buffer), UM_BUF(&errors->h));
    form_gram(errors, batch, errors->F);
    um_batch_pass_curvature(batch, &errors->E, &errors->h);
    form_gram(errors, batch, errors->H);
    UM_TRY(um_queue_status(batch->queue));
    UM_TRY(invert_fisher(errors, batch, E, w));
    um_run(batch->queue, UM_KERNEL_SANDWICH_WEIGHTS, batch->variant, tiles, UM_U32(M), UM_U32(batch->ld),
           UM_BUF(&batch->A), UM_BUF(&batch->w), UM_BUF(&batch->k), UM_BUF(&errors->E.buffer),
           UM_BUF(&errors->inverse.buffer), UM_BUF(&errors->h));
    form_gram(errors, batch, errors->B);
    UM_TRY(um_queue_status(batch->queue));
    return sandwich(errors, batch, E, cell_size, w, se);
}

unmix_status um_errors_form(um_errors *errors, um_batch *batch, const double *E, const double *cell_size, double *se)
{
    sample_work w = {0};
    unmix_status status = work_open(batch->cx, &w, batch->M);
    if (status == UNMIX_OK)
        status = form(errors, batch, E, cell_size, &w, se);
    work_close(&w);
    return status;
}
