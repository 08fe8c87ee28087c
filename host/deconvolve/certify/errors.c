#include "deconvolve/certify/errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/certify/inseparable.h"
#include "device/trust.h"
#include "linalg/small.h"

/* A source with a smaller share of the reads counts as zero: em and gd come close to zero but never reach it. */
static const double smallest_share = 1e-6;

unmix_status um_errors_open(um_batch *batch, um_errors *errors)
{
    const size_t width = um_batch_width(batch, batch->capacity);
    *errors = (um_errors){0};
    um_gram_open(batch, &errors->gram);
    um_buffer *genes[] = {&errors->h, &errors->residual, &errors->score};
    for (size_t b = 0; b < sizeof genes / sizeof genes[0]; b++)
        um_buffer_reals(batch->queue, genes[b], batch->padded_genes * width, "weights of the standard errors");
    errors->E.rows = batch->M;
    errors->inverse.rows = um_gram_rows(&errors->gram);
    um_buffer_reals(batch->queue, &errors->E.buffer, errors->E.rows * width, "exposures");
    um_buffer_reals(batch->queue, &errors->inverse.buffer, errors->inverse.rows * width, "inverses");
    um_batch_reserve_transfer(batch, errors->inverse.rows);
    const size_t n = um_gram_rows(&errors->gram) * batch->capacity;
    UM_TRY(UM_ALLOC(batch->cx, &errors->H, n, "standard errors"));
    UM_TRY(UM_ALLOC(batch->cx, &errors->F, n, "standard errors"));
    UM_TRY(UM_ALLOC(batch->cx, &errors->B, n, "standard errors"));
    UM_TRY(UM_ALLOC(batch->cx, &errors->in, batch->problem->n_types, "standard errors"));
    return um_queue_status(batch->queue);
}

void um_errors_close(um_errors *errors)
{
    um_gram_close(&errors->gram);
    um_buffer_release(&errors->h);
    um_buffer_release(&errors->residual);
    um_buffer_release(&errors->score);
    um_buffer_release(&errors->E.buffer);
    um_buffer_release(&errors->inverse.buffer);
    free(errors->H);
    free(errors->F);
    free(errors->B);
    free(errors->in);
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

/* Sample i's matrix in the block layout (rows x count), as M x M. */
static unmix_status take(const um_batch *batch, const double *blocks, size_t i, double *matrix)
{
    const size_t M = batch->M;
    um_gram_unpack(blocks, M, batch->count, i, matrix);
    return um_trust(batch->queue, matrix, M * M, "the Gram matrices of the standard errors");
}

/* Relative rounding of a Gram matrix formed by the device: what a smaller eigenvalue is made of. */
static double cutoff(const um_batch *batch)
{
    return um_queue_real_size(batch->queue) == sizeof(float) ? 1e-6 : 1e-12;
}

/* F (block layout) becomes F^-1 over the free sources, off-diagonal entries doubled, zero elsewhere. */
static unmix_status invert_fisher(um_errors *errors, um_batch *batch, const double *E, um_sandwich *s)
{
    const size_t count = batch->count, M = batch->M, rows = um_gram_rows(&errors->gram);
    for (size_t i = 0; i < count; i++) {
        const size_t n = find_free(batch->problem, E + batch->column[i] * M, s->source);
        UM_TRY(take(batch, errors->F, i, s->H));
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n; b++)
                s->inverse[a * n + b] = s->H[s->source[a] * M + s->source[b]];
        UM_TRY(um_small_inverse(batch->cx, s->inverse, n, cutoff(batch), NULL, NULL));
        for (size_t r = 0; r < rows; r++)
            errors->F[r * count + i] = 0.0;
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b <= a; b++)
                errors->F[um_gram_entry(s->source[a], s->source[b]) * count + i] =
                    (a == b ? 1.0 : 2.0) * s->inverse[a * n + b];
    }
    um_batch_set(batch, &errors->inverse, errors->F);
    return um_queue_status(batch->queue);
}

/* Standard errors of the proportions of one sample. A type at zero has 0: the formula has nothing to say of it. */
static void propagate(const um_sandwich *s, const um_mixture *mixture, unsigned char *in, double *se)
{
    memset(in, 0, mixture->C);
    memset(se, 0, mixture->C * sizeof *se);
    for (size_t a = 0; a < s->n && s->source[a] < mixture->C; a++) {
        in[s->source[a]] = 1;
        se[s->source[a]] = s->hidden[a] > UM_HIDDEN_SHARE ? NAN : sqrt(um_sandwich_variance(s, mixture, in));
        in[s->source[a]] = 0;
    }
}

static unmix_status sandwich(um_errors *errors, um_batch *batch, const double *E, const double *cell_size, um_sandwich *s,
                             const um_error_rows *rows)
{
    const size_t count = batch->count, M = batch->M, C = batch->problem->n_types;
    for (size_t i = 0; i < count; i++) {
        const size_t column = batch->column[i];
        const um_mixture mixture = {C, E + column * M, cell_size};
        s->n = find_free(batch->problem, mixture.E, s->source);
        UM_TRY(take(batch, errors->H, i, s->H));
        UM_TRY(take(batch, errors->B, i, s->B));
        UM_TRY(um_sandwich_form(batch->cx, s, cutoff(batch)));
        propagate(s, &mixture, errors->in, rows->se + column * C);
        um_inseparable_hidden(s, C, rows->group + column * C);
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

static unmix_status form(um_errors *errors, um_batch *batch, const double *E, const double *cell_size, um_sandwich *s,
                         const um_error_rows *rows)
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
    UM_TRY(um_queue_status(batch->queue));
    UM_TRY(invert_fisher(errors, batch, E, s));
    um_run(batch->queue, UM_KERNEL_SANDWICH_WEIGHTS, batch->variant, tiles, UM_U32(M), UM_U32(batch->ld),
           UM_BUF(&batch->A), UM_BUF(&batch->w), UM_BUF(&batch->k), UM_BUF(&errors->E.buffer),
           UM_BUF(&errors->inverse.buffer), UM_BUF(&errors->h), UM_BUF(&errors->residual), UM_BUF(&errors->score));
    form_gram(errors, batch, errors->B);
    um_batch_pass_curvature(batch, &errors->E, &errors->h);
    form_gram(errors, batch, errors->H);
    UM_TRY(um_queue_status(batch->queue));
    return sandwich(errors, batch, E, cell_size, s, rows);
}

unmix_status um_errors_form(um_errors *errors, um_batch *batch, const double *E, const double *cell_size,
                            const um_error_rows *rows)
{
    um_sandwich s;
    unmix_status status = um_sandwich_open(batch->cx, &s, batch->M);
    if (status == UNMIX_OK)
        status = form(errors, batch, E, cell_size, &s, rows);
    um_sandwich_close(&s);
    return status;
}
