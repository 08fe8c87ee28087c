#include "deconvolve/solve/least_squares_stage.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "core/parallel.h"
#include "device/trust.h"

/* Of MuSiC: the weight of a gene without residual and variance is 1 / nu. */
static const double music_nu = 1e-4;

static size_t wide_rows(const um_least_squares *l)
{
    return um_gram_rows(&l->gram);
}

static void open_device(um_least_squares *l, um_batch *batch)
{
    um_queue *q = batch->queue;
    const size_t width = um_batch_width(batch, batch->capacity), M = batch->M, wide = um_queue_wide_size(q);
    l->x = um_batch_add_state(batch, M, "exposures");
    l->s = um_batch_add_state(batch, 1, "scales of the samples");
    if (l->compat)
        l->kept = um_batch_add_state(batch, batch->padded_genes, "weights");
    else
        um_buffer_reals(q, &l->plain, um_product_size(batch->padded_genes, width, 1), "weights");
    l->h = l->kept ? &l->kept->buffer : &l->plain;
    l->u = um_batch_add_state(batch, M, "shares of the types");
    um_gram_open(batch, &l->gram);
    /* In single precision the Gram matrices are summed in double, where the device can. */
    l->careful = wide > um_queue_real_size(q);
    if (l->careful)
        um_buffer_allocate(q, &l->H, um_product_size(wide_rows(l) * width, wide, 1), "Gram matrices");
    um_buffer_allocate(q, &l->fold, um_product_size(batch->tiles * M * width, wide, 1), "right-hand sides");
    um_buffer_allocate(q, &l->b, um_product_size(M * width, wide, 1), "right-hand sides");
    um_buffer_allocate(q, &l->moments, um_product_size(batch->tiles * UM_LS_MOMENTS * width, wide, 1), "moments");
    um_buffer_allocate(q, &l->moment, um_product_size(UM_LS_MOMENTS * width, wide, 1), "moments");
}

/* What the device needs of the genes: 1 / c_g, and for music the variances. */
static unmix_status write_genes(um_least_squares *l, um_batch *batch)
{
    const um_problem *problem = batch->problem;
    const size_t G = problem->genes.count;
    double *share = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &share, G, "gene lengths"));
    for (size_t g = 0; g < G; g++)
        share[g] = 1.0 / problem->factor[g];
    um_batch_write_genes(batch, &l->share, share, 1, 1);
    free(share);
    if (l->weighted)
        um_batch_write_genes(batch, &l->V, problem->variance, problem->n_types, um_round_up(batch->M, UM_BLOCK));
    return um_queue_status(batch->queue);
}

static unmix_status open_host(um_least_squares *l, um_batch *batch)
{
    unmix_context *cx = batch->cx;
    const size_t n = batch->capacity, M = batch->M, rows = wide_rows(l), width = um_batch_width(batch, n);
    l->threads = um_threads(batch->cx);
    UM_TRY(UM_ALLOC(cx, &l->nnls, l->threads, "least squares"));
    for (unsigned t = 0; t < l->threads; t++)
        UM_TRY(um_nnls_open(cx, &l->nnls[t], M));
    UM_TRY(UM_ALLOC(cx, &l->matrix, um_product_size(l->threads, M, M), "least squares"));
    UM_TRY(UM_ALLOC(cx, &l->solution, um_product_size(n, M, 1), "exposures"));
    UM_TRY(UM_ALLOC(cx, &l->p, um_product_size(n, M, 1), "exposures"));
    UM_TRY(UM_ALLOC(cx, &l->scale, n, "samples"));
    UM_TRY(UM_ALLOC(cx, &l->keep, n, "samples"));
    UM_TRY(UM_ALLOC(cx, &l->values, um_product_size(n, M, 1), "exposures"));
    UM_TRY(UM_ALLOC(cx, &l->rhs, um_product_size(width, M, 1), "right-hand sides"));
    UM_TRY(UM_ALLOC(cx, &l->sums, um_product_size(width, UM_LS_MOMENTS, 1), "moments"));
    return UM_ALLOC(cx, &l->grams, um_product_size(width, rows, 1), "Gram matrices");
}

unmix_status um_ls_open(um_least_squares *l, um_batch *batch)
{
    l->batch = batch;
    open_device(l, batch);
    UM_TRY(um_queue_status(batch->queue));
    UM_TRY(open_host(l, batch));
    return write_genes(l, batch);
}

void um_ls_close(um_least_squares *l)
{
    um_gram_close(&l->gram);
    um_buffer *buffers[] = {&l->plain, &l->share, &l->V, &l->fold, &l->b, &l->H, &l->moments, &l->moment};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    for (unsigned t = 0; l->nnls && t < l->threads; t++)
        um_nnls_close(&l->nnls[t]);
    double *arrays[] = {l->matrix, l->solution, l->p, l->scale, l->values, l->rhs, l->sums, l->grams};
    for (size_t a = 0; a < sizeof arrays / sizeof arrays[0]; a++)
        free(arrays[a]);
    free(l->nnls);
    free(l->keep);
}

static um_grid tiles_of(const um_batch *batch)
{
    return um_grid_2d(batch->ld, batch->tiles);
}

/* Sums over tiles (rows x ld) read to the host. */
static void read_sums(um_batch *batch, const um_buffer *partial, const um_buffer *sums, size_t rows, double *values)
{
    um_run(batch->queue, UM_KERNEL_LS_SUM, batch->variant, um_grid_2d(batch->ld, rows), UM_U32(batch->ld),
           UM_U32(rows), UM_U32(batch->tiles), UM_BUF(partial), UM_BUF(sums));
    um_read_wide(batch->queue, sums, values, rows * batch->width);
}

/* Sample i's Gram matrix, both triangles. */
void um_ls_take_gram(const um_least_squares *l, size_t i, double *matrix)
{
    const size_t M = l->batch->M, width = l->batch->width;
    for (size_t a = 0; a < M; a++)
        for (size_t b = 0; b <= a; b++)
            matrix[a * M + b] = matrix[b * M + a] = l->grams[um_gram_entry(a, b) * width + i];
}

/* Rows of values (rows x width) of the samples that go on, or end now. */
static unmix_status trust_rows(const um_least_squares *l, const double *values, size_t rows, const char *what)
{
    const um_batch *batch = l->batch;
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < batch->count; i++)
            if (l->keep[i])
                UM_TRY(um_trust(batch->queue, &values[row * batch->width + i], 1, what));
    return um_queue_status(batch->queue);
}

static unmix_status trust_systems(const um_least_squares *l)
{
    const um_batch *batch = l->batch;
    for (size_t i = 0; i < batch->count; i++) {
        if (!l->keep[i])
            continue;
        um_ls_take_gram(l, i, l->matrix);
        UM_TRY(um_trust(batch->queue, l->matrix, batch->M * (size_t)batch->M, "the Gram matrices of least squares"));
    }
    return trust_rows(l, l->rhs, batch->M, "the right-hand sides of least squares");
}

unmix_status um_ls_form_systems(um_least_squares *l, um_batch *batch)
{
    um_queue *q = batch->queue;
    if (l->careful)
        um_run(q, UM_KERNEL_GRAM_CAREFUL, batch->variant, um_grid_2d(batch->ld, l->gram.blocks), UM_U32(batch->M),
               UM_U32(batch->ld), UM_U32(batch->padded_genes), UM_BUF(&batch->A), UM_BUF(l->h), UM_BUF(&l->H));
    else
        um_gram_form(batch, &l->gram, l->h);
    um_read_wide(q, l->careful ? &l->H : &l->gram.H, l->grams, wide_rows(l) * batch->width);
    read_sums(batch, &l->fold, &l->b, batch->M, l->rhs);
    UM_TRY(um_queue_status(q));
    return trust_systems(l);
}

/* The solutions to the device. */
static void write_solutions(um_least_squares *l, um_batch *batch)
{
    const size_t n = batch->count, M = batch->M;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < M; j++)
            l->values[j * n + i] = l->solution[i * M + j];
    um_batch_set(batch, l->x, l->values);
}

void um_ls_form_weights(um_least_squares *l, um_batch *batch)
{
    const size_t n = batch->count, M = batch->M;
    write_solutions(l, batch);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < M; j++) {
            const double share = l->solution[i * M + j] / batch->problem->abundance[j];
            l->values[j * n + i] = share * share;
        }
    um_batch_set(batch, l->u, l->values);
    um_run(batch->queue, UM_KERNEL_LS_WEIGHTS, batch->variant, tiles_of(batch), UM_U32(M), UM_U32(batch->ld),
           UM_U32(l->compat), UM_REAL_ARGUMENT(music_nu), UM_BUF(&batch->A), UM_BUF(&l->V), UM_BUF(&l->share),
           UM_BUF(&batch->w), UM_BUF(&batch->k), UM_BUF(&l->s->buffer), UM_BUF(&l->x->buffer), UM_BUF(&l->u->buffer),
           UM_BUF(l->h), UM_BUF(&l->fold));
}

void um_ls_start(um_least_squares *l, um_batch *batch)
{
    const um_problem *problem = batch->problem;
    for (size_t i = 0; i < batch->count; i++) {
        const size_t c = batch->column[i];
        double total = 0.0;
        for (size_t at = batch->block->start[c]; at < batch->block->start[c + 1]; at++) {
            const uint32_t g = problem->gene_of_row[batch->block->row[at]];
            if (g != UM_NO_GENE)
                total += batch->block->value[at] / problem->factor[g];
        }
        l->scale[i] = um_ls_molecules / total;
        l->keep[i] = 1;
    }
    memset(l->solution, 0, batch->count * batch->M * sizeof *l->solution);
    memset(l->p, 0, batch->count * batch->M * sizeof *l->p);
    um_batch_set(batch, l->s, l->scale);
    um_run(batch->queue, UM_KERNEL_LS_START, batch->variant, tiles_of(batch), UM_U32(batch->M), UM_U32(batch->ld),
           UM_BUF(&batch->A), UM_BUF(&l->share), UM_BUF(&batch->w), UM_BUF(&batch->k), UM_BUF(&l->s->buffer),
           UM_BUF(l->h), UM_BUF(&l->fold));
}

unmix_status um_ls_form_moments(um_least_squares *l, um_batch *batch)
{
    write_solutions(l, batch);
    um_run(batch->queue, UM_KERNEL_LS_MOMENTS, batch->variant, tiles_of(batch), UM_U32(batch->M), UM_U32(batch->ld),
           UM_BUF(&batch->A), UM_BUF(&l->share), UM_BUF(&batch->k), UM_BUF(&l->s->buffer), UM_BUF(&l->x->buffer),
           UM_BUF(l->h), UM_BUF(&l->moments));
    read_sums(batch, &l->moments, &l->moment, UM_LS_MOMENTS, l->sums);
    UM_TRY(um_queue_status(batch->queue));
    return trust_rows(l, l->sums, UM_LS_MOMENTS, "the moments of least squares");
}
