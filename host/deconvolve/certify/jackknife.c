#include "deconvolve/certify/jackknife.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "core/parallel.h"
#include "device/trust.h"

/* ---- Opening and closing ---- */

/* Doubles of one sample in `own`: H - H_b, low. */
static size_t own_size(size_t M)
{
    return M * M + M;
}

static unmix_status open_host(um_batch *batch, um_jackknife *k)
{
    const size_t n = batch->capacity, M = batch->M, T = k->threads;
    UM_TRY(UM_ALLOC(batch->cx, &k->H, um_product_size(n, um_gram_rows(&k->gram), 1), "blocks of genes"));
    UM_TRY(UM_ALLOC(batch->cx, &k->g, um_product_size(n, M, 1), "blocks of genes"));
    UM_TRY(UM_ALLOC(batch->cx, &k->own, T * own_size(M), "blocks of genes"));
    UM_TRY(UM_ALLOC(batch->cx, &k->moves, um_product_size(k->blocks.n, n, M), "blocks of genes"));
    UM_TRY(UM_ALLOC(batch->cx, &k->above, T * M, "blocks of genes"));
    UM_TRY(UM_ALLOC(batch->cx, &k->programs, T, "blocks of genes"));
    for (size_t t = 0; t < T; t++)
        UM_TRY(um_bounded_open(batch->cx, &k->programs[t], M));
    return UNMIX_OK;
}

/* Rows that blocks take, each padded to whole tiles; returns the largest of them. */
static unmix_status lay_out(um_batch *batch, um_jackknife *k, size_t *rows, size_t *largest)
{
    const uint32_t tile = um_queue_tuning(batch->queue)->tile;
    UM_TRY(UM_ALLOC(batch->cx, &k->first, k->blocks.n, "blocks of genes"));
    UM_TRY(UM_ALLOC(batch->cx, &k->tiles, k->blocks.n, "blocks of genes"));
    for (size_t b = 0; b < k->blocks.n; b++) {
        const size_t padded = um_round_up(k->blocks.first[b + 1] - k->blocks.first[b], tile);
        k->first[b] = (uint32_t)*rows;
        k->tiles[b] = (uint32_t)(padded / tile);
        *rows += padded;
        *largest = padded > *largest ? padded : *largest;
    }
    return UNMIX_OK;
}

/* A of the blocks, and where their rows stand among all genes (UM_NO_GENE: padding). `values`: largest x M. */
static void write_blocks(um_batch *batch, um_jackknife *k, uint32_t *index, double *values)
{
    const size_t M = batch->M, stride = um_round_up(M, UM_BLOCK);
    const uint32_t tile = um_queue_tuning(batch->queue)->tile;
    for (size_t b = 0; b < k->blocks.n; b++) {
        const size_t rows = k->blocks.first[b + 1] - k->blocks.first[b], padded = (size_t)k->tiles[b] * tile;
        for (size_t i = 0; i < padded; i++) {
            const uint32_t gene = i < rows ? k->blocks.gene[k->blocks.first[b] + i] : UM_NO_GENE;
            index[k->first[b] + i] = gene;
            for (size_t j = 0; j < M && i < rows; j++)
                values[i * M + j] = batch->problem->A[(size_t)gene * M + j];
        }
        um_batch_write_rows(batch, &k->A[b], values, rows, M, padded, stride);
    }
}

static unmix_status open_blocks(um_batch *batch, um_jackknife *k)
{
    const size_t M = batch->M, width = um_batch_width(batch, batch->capacity), stride = um_round_up(M, UM_BLOCK);
    size_t rows = 0, largest = 0;
    uint32_t *index = NULL;
    double *values = NULL;
    unmix_status status;
    UM_TRY(lay_out(batch, k, &rows, &largest));
    UM_TRY(UM_ALLOC(batch->cx, &k->A, k->blocks.n, "blocks of genes"));
    UM_TRY_GOTO(status, done, UM_ALLOC(batch->cx, &index, rows, "blocks of genes"));
    UM_TRY_GOTO(status, done, UM_ALLOC(batch->cx, &values, um_product_size(largest, M, 1), "blocks of genes"));
    write_blocks(batch, k, index, values);
    um_buffer_indices(batch->queue, &k->index, rows, "blocks of genes");
    um_write_indices(batch->queue, &k->index, index, rows);
    memset(values, 0, largest * M * sizeof *values);
    um_batch_write_rows(batch, &k->zeros, values, largest, M, largest, stride);
    for (size_t i = 0; i < largest; i++)
        values[i] = 1.0;
    um_batch_write_rows(batch, &k->ones, values, largest, 1, largest, 1);
    um_buffer_reals(batch->queue, &k->part, largest * width, "blocks of genes");
    um_buffer_reals(batch->queue, &k->sum.buffer, M * width, "blocks of genes");
    k->sum.rows = M;
    status = um_queue_status(batch->queue);
done:
    free(index);
    free(values);
    return status;
}

unmix_status um_jackknife_open(um_batch *batch, const double *share, um_jackknife *k)
{
    *k = (um_jackknife){.threads = um_threads(batch->cx)};
    UM_TRY(um_gene_blocks_form(batch->cx, batch->problem, share, &k->blocks));
    um_gram_open(batch, &k->gram);
    um_batch_reserve_transfer(batch, um_gram_rows(&k->gram));
    UM_TRY(open_host(batch, k));
    return open_blocks(batch, k);
}

void um_jackknife_close(um_jackknife *k)
{
    um_buffer *buffers[] = {&k->index, &k->zeros, &k->ones, &k->part, &k->sum.buffer};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    for (size_t b = 0; k->A && b < k->blocks.n; b++)
        um_buffer_release(&k->A[b]);
    um_gram_close(&k->gram);
    for (size_t t = 0; k->programs && t < k->threads; t++)
        um_bounded_close(&k->programs[t]);
    um_gene_blocks_clear(&k->blocks);
    free(k->A);
    free(k->first);
    free(k->tiles);
    free(k->H);
    free(k->g);
    free(k->own);
    free(k->moves);
    free(k->above);
    free(k->programs);
}

/* ---- Hessian and gradient of a block, on the device ---- */

/* part <- the rows of the block's genes, of what is there for all genes. */
static void gather(um_jackknife *k, um_batch *batch, size_t b, const um_buffer *from)
{
    const size_t rows = (size_t)k->tiles[b] * um_queue_tuning(batch->queue)->tile;
    um_run(batch->queue, UM_KERNEL_GATHER_GENES, batch->variant, um_grid_2d(batch->ld, rows), UM_U32(batch->ld),
           UM_U32(k->first[b]), UM_BUF(&k->index), UM_BUF(from), UM_BUF(&k->part));
}

/* g <- -sum a score: the shift of kernels/draws.cl without another reference, the score in the residual's place. */
static void form_gradient(um_jackknife *k, um_batch *batch, const um_errors *errors, size_t b)
{
    const uint32_t row = batch->M * batch->ld;
    gather(k, batch, b, &errors->score);
    um_run(batch->queue, UM_KERNEL_DRAW_SHIFT, batch->variant, um_grid_2d(batch->ld, k->tiles[b]), UM_U32(batch->M),
           UM_U32(batch->ld), UM_BUF(&k->A[b]), UM_BUF(&k->zeros), UM_BUF(&k->ones), UM_BUF(&errors->E.buffer),
           UM_BUF(&k->part), UM_BUF(&k->part), UM_BUF(&k->part), UM_BUF(&batch->fold));
    um_run(batch->queue, UM_KERNEL_LOSS_SUM, batch->variant, um_grid_2d(row, 1), UM_U32(k->tiles[b]), UM_U32(row),
           UM_BUF(&batch->fold), UM_BUF(&k->sum.buffer));
    um_batch_get(batch, &k->sum, k->g);
}

static void form_hessian(um_jackknife *k, um_batch *batch, const um_errors *errors, size_t b)
{
    gather(k, batch, b, &errors->h);
    um_gram_form_of(batch, &k->gram, &k->A[b], k->tiles[b], &k->part);
    const um_state H = {k->gram.H, um_gram_rows(&k->gram)};
    um_batch_get(batch, &H, k->H);
}

/* ---- Without the block, on the host ---- */

typedef struct forming {
    um_jackknife *k;
    const um_batch *batch;
    const double *gradient, *E;
    size_t block;
} forming;

/* Where sample i goes without the block. */
static void leave_out(const forming *f, unsigned thread, size_t i)
{
    const size_t M = f->batch->M, n = f->batch->count;
    double *H = f->k->own + thread * own_size(M), *low = H + M * M;
    double *d = f->k->moves + (f->block * n + i) * M;
    unsigned char *above = f->k->above + thread * M;
    um_gram_unpack(f->k->H, M, n, i, H);
    for (size_t j = 0; j < M; j++) {
        low[j] = -f->E[f->batch->column[i] * M + j];
        above[j] = low[j] < 0.0;
        d[j] = f->gradient[j * n + i] - f->k->g[j * n + i];
    }
    /* Above the rounding of the difference of two Hessians, which are summed over tiles of 256 genes. */
    const double ridge = um_queue_real_size(f->batch->queue) == sizeof(double) ? 1e-9 : 1e-6;
    um_bounded_take(&f->k->programs[thread], H, low, ridge, above);
    um_bounded_solve(&f->k->programs[thread], d, d);
}

static void leave_out_part(void *state, unsigned thread)
{
    const forming *f = state;
    const size_t n = f->batch->count, T = f->k->threads;
    for (size_t i = n * thread / T; i < n * (thread + 1) / T; i++)
        leave_out(f, thread, i);
}

unmix_status um_jackknife_form(um_jackknife *k, um_batch *batch, const um_errors *errors, const double *gradient,
                               const double *E)
{
    for (size_t b = 0; b < k->blocks.n; b++) {
        forming f = {k, batch, gradient, E, b};
        form_gradient(k, batch, errors, b);
        form_hessian(k, batch, errors, b);
        UM_TRY(um_queue_status(batch->queue));
        UM_TRY(um_trust(batch->queue, k->g, batch->M * batch->count, "the gradients of a block of genes"));
        UM_TRY(um_trust(batch->queue, k->H, um_gram_rows(&k->gram) * batch->count, "the Hessians of a block of genes"));
        for (size_t at = 0; at < um_gram_rows(&k->gram) * batch->count; at++)
            k->H[at] = errors->H[at] - k->H[at];
        um_parallel(k->threads, leave_out_part, &f);
    }
    return UNMIX_OK;
}
