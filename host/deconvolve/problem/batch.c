#include "deconvolve/problem/batch.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "device/constants.h"

/* Bytes of counts on the device at once. A CPU gains nothing from more; a GPU needs enough to fill it. */
static const size_t cpu_block_bytes = (size_t)32 << 20;
static const size_t gpu_block_bytes = (size_t)256 << 20;

/* Columns that are spread out on the host at a time: genes x 32 doubles. */
enum { SPREAD = 32 };

static size_t sample_step(const um_queue *queue)
{
    const um_tuning *t = um_queue_tuning(queue);
    return (size_t)t->vector * t->vectors;
}

size_t um_batch_width(const um_batch *batch, size_t count)
{
    return um_round_up(count, sample_step(batch->queue));
}

/* Samples of `bytes` each that fit, in whole steps. */
static size_t fitting(const um_queue *queue, size_t per_sample)
{
    const unmix_device_info *info = um_queue_info(queue);
    size_t bytes = info->kind == UNMIX_DEVICE_CPU ? cpu_block_bytes : gpu_block_bytes;
    if (bytes > info->largest_buffer_bytes / 2)
        bytes = info->largest_buffer_bytes / 2;
    const size_t step = sample_step(queue);
    return bytes / per_sample < step ? step : bytes / per_sample / step * step;
}

size_t um_batch_fitting(const um_queue *queue, const um_problem *problem)
{
    /* Counts, or, with small tiles and many sources, the sums over tiles: whichever is larger. */
    const size_t tile = um_queue_tuning(queue)->tile, counts = problem->genes.count + tile;
    const size_t sums = (counts / tile) * problem->n_sources;
    return fitting(queue, (counts > sums ? counts : sums) * um_queue_real_size(queue));
}

size_t um_batch_fitting_sparse(const um_queue *queue, const um_problem *problem, double nonzeros)
{
    const size_t real = um_queue_real_size(queue), blocks = um_round_up(problem->n_sources, UM_BLOCK) / UM_BLOCK;
    /* Of each non-zero gene, weight, k and h; of each sample the state of a method with its Hessian and the factor. */
    const double counts = (nonzeros + um_queue_tuning(queue)->vector) * (double)(sizeof(uint32_t) + 3 * real);
    const size_t rows = blocks * (blocks + 1) / 2 * UM_BLOCK * UM_BLOCK + 10 * problem->n_sources;
    return fitting(queue, (size_t)counts + rows * (real + sizeof(double)));
}

int um_batch_is_sparse(const um_queue *queue, const um_problem *problem, size_t nonzeros)
{
    return (double)nonzeros * 100.0 < (double)um_queue_tuning(queue)->sparse * (double)problem->genes.count;
}

/* The scratch memory with room for `count` doubles, or NULL after a failure, which the queue then holds. */
static double *scratch(um_batch *batch, size_t count)
{
    um_queue_fail(batch->queue, UM_GROW(batch->cx, &batch->scratch, &batch->scratch_capacity, count, "transfer"));
    return um_queue_status(batch->queue) == UNMIX_OK ? batch->scratch : NULL;
}

/* Vectors of sources may reach behind the last row. */
enum { ROW_PADDING = 16 };

void um_batch_write_rows(um_batch *batch, um_buffer *buffer, const double *values, size_t rows, size_t columns,
                         size_t padded_rows, size_t stride)
{
    um_buffer_reals(batch->queue, buffer, padded_rows * stride + ROW_PADDING, "signatures");
    um_fill_zero(batch->queue, buffer);
    um_write_columns(batch->queue, buffer, stride, 0, values, rows, columns);
}

void um_batch_write_genes(um_batch *batch, um_buffer *buffer, const double *values, size_t columns, size_t stride)
{
    um_batch_write_rows(batch, buffer, values, batch->problem->genes.count, columns, batch->padded_genes, stride);
}

static void open_batch(unmix_context *cx, um_batch *batch, um_queue *queue, const um_problem *problem, const double *D,
                       size_t capacity)
{
    const um_tuning *t = um_queue_tuning(queue);
    const size_t G = problem->genes.count, M = problem->n_sources;
    *batch = (um_batch){.cx = cx, .queue = queue, .problem = problem, .M = (uint32_t)M, .capacity = capacity,
                        .variant = {.sources = (uint32_t)M}};
    batch->padded_genes = um_round_up(G, t->tile);
    batch->tiles = (uint32_t)(batch->padded_genes / t->tile);
    um_queue_fail(queue, UM_ALLOC(cx, &batch->column, capacity, "batch"));
    um_batch_write_rows(batch, &batch->A, problem->A, G, M, batch->padded_genes, um_round_up(M, UM_BLOCK));
    um_batch_write_rows(batch, &batch->w, problem->w, G, 1, batch->padded_genes, 1);
    um_batch_write_rows(batch, &batch->D, D, M, 1, M, 1);
}

static void open_sums(um_batch *batch)
{
    const size_t width = um_batch_width(batch, batch->capacity);
    um_buffer_reals(batch->queue, &batch->fold, (size_t)batch->tiles * batch->M * width, "sums over tiles");
    um_buffer_reals(batch->queue, &batch->loss, (size_t)batch->tiles * width, "sums over tiles");
}

unmix_status um_batch_open(unmix_context *cx, um_batch *batch, um_queue *queue, const um_problem *problem,
                           const double *D, size_t capacity)
{
    open_batch(cx, batch, queue, problem, D, capacity);
    um_buffer_reals(queue, &batch->k, batch->padded_genes * um_batch_width(batch, capacity), "counts");
    open_sums(batch);
    return um_queue_status(queue);
}

unmix_status um_batch_open_sparse(unmix_context *cx, um_batch *batch, um_queue *queue, const um_problem *problem,
                                  const double *D, size_t capacity)
{
    open_batch(cx, batch, queue, problem, D, capacity);
    um_batch_write_rows(batch, &batch->sparse.D, problem->D, batch->M, 1, batch->M, 1);
    um_batch_sparse_open(cx, &batch->sparse, queue, problem, um_batch_width(batch, capacity));
    batch->tiles = 1;
    open_sums(batch);
    return um_queue_status(queue);
}

void um_batch_clear(um_batch *batch)
{
    um_buffer_release(&batch->A);
    um_buffer_release(&batch->w);
    um_buffer_release(&batch->D);
    um_buffer_release(&batch->k);
    um_buffer_release(&batch->fold);
    um_buffer_release(&batch->loss);
    um_batch_sparse_clear(&batch->sparse);
    for (size_t s = 0; s < batch->n_states; s++)
        um_buffer_release(&batch->state[s].buffer);
    free(batch->column);
    free(batch->scratch);
    *batch = (um_batch){0};
}

um_state *um_batch_add_state(um_batch *batch, size_t rows, const char *what)
{
    um_state *state = &batch->state[batch->n_states++];
    state->rows = rows;
    um_buffer_reals(batch->queue, &state->buffer, rows * um_batch_width(batch, batch->capacity), what);
    um_batch_reserve_transfer(batch, rows);
    return state;
}

void um_batch_reserve_transfer(um_batch *batch, size_t rows)
{
    (void)scratch(batch, um_product_size(rows, um_batch_width(batch, batch->capacity), 1));
}

/* Columns [first, first+n) of the batch spread out as genes x n and written to the device. */
static void load_columns(um_batch *batch, size_t first, size_t n)
{
    const size_t G = batch->problem->genes.count;
    double *spread = scratch(batch, G * n);
    if (!spread)
        return;
    memset(spread, 0, G * n * sizeof *spread);
    for (size_t i = 0; i < n && first + i < batch->count; i++) {
        const size_t c = batch->column[first + i];
        for (size_t at = batch->block->start[c]; at < batch->block->start[c + 1]; at++) {
            const uint32_t g = batch->problem->gene_of_row[batch->block->row[at]];
            if (g != UM_NO_GENE)
                spread[(size_t)g * n + i] += batch->block->value[at];
        }
    }
    um_write_columns(batch->queue, &batch->k, batch->width, first, spread, G, n);
}

static void load_counts(um_batch *batch)
{
    const um_tuning *t = um_queue_tuning(batch->queue);
    batch->width = um_batch_width(batch, batch->count);
    batch->ld = (uint32_t)(batch->width / t->vector);
    if (batch->sparse.used) {
        um_batch_sparse_load(batch->cx, &batch->sparse, batch->block, batch->column, batch->count, batch->width);
        return;
    }
    if (batch->padded_genes > batch->problem->genes.count)
        um_fill_zero(batch->queue, &batch->k); /* genes of the padding */
    for (size_t first = 0; first < batch->width; first += SPREAD)
        load_columns(batch, first, batch->width - first < SPREAD ? batch->width - first : SPREAD);
}

void um_batch_load(um_batch *batch, const um_block *block, const size_t *column, size_t count)
{
    batch->block = block;
    batch->count = count;
    memcpy(batch->column, column, count * sizeof *column);
    load_counts(batch);
}

void um_batch_set(um_batch *batch, um_state *state, const double *values)
{
    double *padded = scratch(batch, state->rows * batch->width);
    if (!padded)
        return;
    for (size_t r = 0; r < state->rows; r++)
        for (size_t i = 0; i < batch->width; i++) /* the padding holds ones: an ordinary number for every formula */
            padded[r * batch->width + i] = i < batch->count ? values[r * batch->count + i] : 1.0;
    um_write_reals(batch->queue, &state->buffer, 0, padded, state->rows * batch->width);
}

void um_batch_get(um_batch *batch, const um_state *state, double *values)
{
    double *padded = scratch(batch, state->rows * batch->width);
    if (!padded)
        return;
    um_read_reals(batch->queue, &state->buffer, 0, padded, state->rows * batch->width);
    for (size_t r = 0; r < state->rows; r++)
        memcpy(values + r * batch->count, padded + r * batch->width, batch->count * sizeof *values);
}

/* values (rows x count) become rows x kept. */
static void keep_columns(double *values, size_t rows, size_t count, const unsigned char *keep)
{
    size_t to = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < count; i++)
            if (keep[i])
                values[to++] = values[r * count + i];
}

void um_batch_keep(um_batch *batch, const unsigned char *keep)
{
    double *values[UM_MAX_STATES] = {0};
    const size_t count = batch->count;
    for (size_t s = 0; s < batch->n_states; s++) {
        um_queue_fail(batch->queue, UM_ALLOC(batch->cx, &values[s], batch->state[s].rows * count, "batch"));
        if (um_queue_status(batch->queue) != UNMIX_OK)
            goto done;
        um_batch_get(batch, &batch->state[s], values[s]);
        keep_columns(values[s], batch->state[s].rows, count, keep);
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (keep[i])
            batch->column[kept++] = batch->column[i];
    batch->count = kept;
    load_counts(batch);
    for (size_t s = 0; s < batch->n_states; s++)
        um_batch_set(batch, &batch->state[s], values[s]);
done:
    for (size_t s = 0; s < batch->n_states; s++)
        free(values[s]);
}

unmix_status um_batch_let_go(um_batch *batch, um_state *active, unsigned char *keep, size_t live)
{
    double *values = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &values, batch->count, "batch"));
    for (size_t i = 0; i < batch->count; i++)
        values[i] = keep[i] ? 1.0 : 0.0;
    um_batch_set(batch, active, values);
    free(values);
    if (live && live <= batch->count / 2 && !batch->keep_whole) {
        um_batch_keep(batch, keep);
        memset(keep, 1, batch->count);
    }
    return um_queue_status(batch->queue);
}

void um_batch_read_row(um_batch *batch, const um_buffer *row, double *values)
{
    um_read_reals(batch->queue, row, 0, values, batch->count);
}

static um_grid pass_grid(const um_batch *batch)
{
    return um_grid_2d(batch->ld / um_queue_tuning(batch->queue)->vectors, batch->tiles);
}

/* What every kernel over the counts begins with. */
#define DENSE(batch) UM_U32((batch)->M), UM_U32((batch)->ld), UM_BUF(&(batch)->A), UM_BUF(&(batch)->w), UM_BUF(&(batch)->k)
#define SPARSE(batch)                                                                        \
    UM_U32((batch)->M), UM_U32((batch)->width), UM_BUF(&(batch)->A), UM_BUF(&(batch)->sparse.start),                     \
        UM_BUF(&(batch)->sparse.gene), UM_BUF(&(batch)->sparse.weight), UM_BUF(&(batch)->sparse.k)

void um_batch_pass(um_batch *batch, const um_state *E)
{
    if (batch->sparse.used)
        um_run(batch->queue, UM_KERNEL_SPARSE_MULTIPLIERS, batch->variant, um_grid_2d(batch->width, 1), SPARSE(batch),
               UM_BUF(&E->buffer), UM_BUF(&batch->fold));
    else
        um_run(batch->queue, UM_KERNEL_MULTIPLIERS, batch->variant, pass_grid(batch), DENSE(batch), UM_BUF(&E->buffer),
               UM_BUF(&batch->fold));
}

void um_batch_pass_loss(um_batch *batch, const um_state *E)
{
    if (batch->sparse.used)
        um_run(batch->queue, UM_KERNEL_SPARSE_MULTIPLIERS_LOSS, batch->variant, um_grid_2d(batch->width, 1),
               SPARSE(batch), UM_BUF(&batch->sparse.D), UM_BUF(&E->buffer), UM_BUF(&batch->fold), UM_BUF(&batch->loss));
    else
        um_run(batch->queue, UM_KERNEL_MULTIPLIERS_LOSS, batch->variant, pass_grid(batch), DENSE(batch),
               UM_BUF(&E->buffer), UM_BUF(&batch->fold), UM_BUF(&batch->loss));
}

/* The batch only ever shrinks or is loaded anew, so this allocates a few times in a run. */
static void make_room(um_batch *batch, um_buffer *buffer, size_t reals, const char *what)
{
    if (buffer->bytes >= reals * um_queue_real_size(batch->queue))
        return;
    um_buffer_release(buffer);
    um_buffer_reals(batch->queue, buffer, reals, what);
}

void um_batch_reserve(um_batch *batch, size_t nonzeros)
{
    if (batch->sparse.used)
        um_batch_sparse_reserve(&batch->sparse, nonzeros);
}

void um_batch_reserve_curvature(um_batch *batch, um_buffer *h)
{
    make_room(batch, h,
              batch->sparse.used ? batch->sparse.room : batch->padded_genes * um_batch_width(batch, batch->capacity),
              "curvatures");
}

void um_batch_pass_curvature(um_batch *batch, const um_state *E, um_buffer *h)
{
    make_room(batch, h, batch->sparse.used ? batch->sparse.room : batch->padded_genes * batch->width, "curvatures");
    if (batch->sparse.used)
        um_run(batch->queue, UM_KERNEL_SPARSE_CURVATURE, batch->variant, um_grid_2d(batch->width, 1), SPARSE(batch),
               UM_BUF(&E->buffer), UM_BUF(&batch->fold), UM_BUF(h));
    else
        um_run(batch->queue, UM_KERNEL_CURVATURE, batch->variant, pass_grid(batch), DENSE(batch), UM_BUF(&E->buffer),
               UM_BUF(&batch->fold), UM_BUF(h));
}

void um_batch_line_search(um_batch *batch, const um_state *E, const um_buffer *d, const um_buffer *partial)
{
    if (batch->sparse.used)
        um_run(batch->queue, UM_KERNEL_SPARSE_LINE_SEARCH, batch->variant, um_grid_2d(batch->width, 1), SPARSE(batch),
               UM_BUF(&E->buffer), UM_BUF(d), UM_BUF(partial));
    else
        um_run(batch->queue, UM_KERNEL_LINE_SEARCH, batch->variant, um_grid_2d(batch->ld, batch->tiles), DENSE(batch),
               UM_BUF(&E->buffer), UM_BUF(d), UM_BUF(partial));
}

void um_batch_read_loss(um_batch *batch, double *nll)
{
    double *partial = scratch(batch, batch->tiles * batch->width);
    if (!partial)
        return;
    um_read_reals(batch->queue, &batch->loss, 0, partial, batch->tiles * batch->width);
    for (size_t i = 0; i < batch->count; i++) {
        nll[i] = 0.0;
        for (size_t t = 0; t < batch->tiles; t++)
            nll[i] += partial[t * batch->width + i];
    }
}
