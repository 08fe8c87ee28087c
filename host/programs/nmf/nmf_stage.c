#include "programs/nmf/nmf_stage.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/constants.h"

enum { GENES = 32, LEAST_CELLS = 32 };

/* Bytes of sums, of all replicates that run at once, that stay in the caches of a CPU. */
static const double CACHED_SUMS = 4e6;

static size_t divide_up(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

/* ---- Sizes ---- */

/*
 * Panels depend on the data and the device alone, never on the replicates, so that neither do the sums. As many as
 * the device has units, or a multiple of them; none so small that clearing its sums costs more than filling them.
 */
static void choose_panels(um_nmf_stage *stage)
{
    const um_tuning *tuning = um_queue_tuning(stage->queue);
    const size_t units = um_queue_info(stage->queue)->compute_units;
    if (tuning->fold) {
        size_t panels = units * divide_up(stage->n, UM_NMF_RUN * units);
        if (panels > divide_up(stage->n, LEAST_CELLS))
            panels = divide_up(stage->n, LEAST_CELLS);
        stage->cells = divide_up(stage->n, panels);
        stage->genes = GENES;
    } else {
        stage->cells = stage->genes = um_tuning_rank(tuning, stage->k).vector;
    }
    stage->cell_panels = divide_up(stage->n, stage->cells);
    stage->gene_panels = divide_up(stage->m, stage->genes);
    stage->parts = tuning->fold ? stage->cell_panels : 1;
    stage->sums = stage->loss->sum == UM_LOSS_EVERY ? 2 : 1;
}

/*
 * Losses that have nothing to do where X is zero have no kernel for it. What is not folded reads single entries, for which sparse is better in any case:
 * assumed, not measured.
 */
static int is_dense(um_queue *queue, const um_nmf_data *data, const um_nmf_options *options)
{
    const um_tuning *tuning = um_queue_tuning(queue);
    const double all = (double)data->X->rows * (double)data->X->columns;
    return tuning->dense && tuning->fold && um_loss_for(options->loss)->kernels[options->solver].dense != UM_LOSS_NO_KERNEL &&
           100 * (double)um_sparse_entries(data->X) >= tuning->dense * all &&
           all * (double)um_queue_real_size(queue) <= (double)um_queue_info(queue)->largest_buffer_bytes;
}

static void choose_sizes(um_nmf_stage *stage, um_queue *queue, const um_nmf_data *data, const um_nmf_options *options)
{
    const um_rank rank = um_tuning_rank(um_queue_tuning(queue), options->components);
    stage->queue = queue;
    stage->options = options;
    stage->loss = um_loss_for(options->loss);
    stage->kernels = &stage->loss->kernels[options->solver];
    stage->beta = um_loss_beta(options);
    stage->n = data->X->rows;
    stage->m = data->X->columns;
    stage->k = options->components;
    stage->width = (size_t)rank.vector * rank.vectors;
    stage->dense = is_dense(queue, data, options);
    const double n = (double)stage->n, m = (double)stage->m;
    stage->l1_W = m * options->alpha_W * options->l1_ratio;
    stage->l2_W = m * options->alpha_W * (1 - options->l1_ratio);
    stage->l1_H = n * options->alpha_H * options->l1_ratio;
    stage->l2_H = n * options->alpha_H * (1 - options->l1_ratio);
    choose_panels(stage);
}

static size_t gram_tiles(const um_nmf_stage *stage)
{
    return divide_up(stage->n > stage->m ? stage->n : stage->m, UM_RUN);
}

size_t um_nmf_stage_room(um_queue *queue, const um_nmf_data *data, const um_nmf_options *options, size_t count)
{
    um_nmf_stage sizes = {0};
    choose_sizes(&sizes, queue, data, options);
    const unmix_device_info *info = um_queue_info(queue);
    const double real = (double)um_queue_real_size(queue), row = (double)sizes.width * real;
    const double sums = (double)(sizes.parts * sizes.sums * sizes.m) * row, W = (double)sizes.n * (row + sizeof(uint32_t));
    const double largest = sums > W ? sums : W;
    double room = 0.25 * (double)info->memory_bytes / (sums + W + (double)sizes.m * row);
    if (room > (double)info->largest_buffer_bytes / largest)
        room = (double)info->largest_buffer_bytes / largest;
    if (um_queue_tuning(queue)->fold && room > CACHED_SUMS / sums)
        room = CACHED_SUMS / sums;
    return room < 1 ? 1 : room < (double)count ? (size_t)room : count;
}

/* ---- Opening and closing ---- */

static unmix_status put_data(um_nmf_stage *s, const um_nmf_data *data)
{
    unmix_context *cx = s->cx;
    um_queue *q = s->queue;
    UM_TRY(s->dense ? um_nmf_entries_put_dense(cx, q, data->X, &s->X) : um_nmf_entries_put(cx, q, data->X, &s->X));
    if (!um_queue_tuning(q)->fold)
        UM_TRY(um_nmf_entries_put_turned(cx, q, data->X, &s->turned));
    s->missing = data->missing ? um_sparse_entries(data->missing) : 0;
    UM_TRY(um_nmf_entries_put_pattern(cx, q, data->missing, s->n, s->room, &s->lost));
    return um_nmf_entries_put_turned_pattern(cx, q, data->missing, s->m, s->room, &s->lost_turned);
}

static unmix_status make_room(um_nmf_stage *stage)
{
    um_queue *q = stage->queue;
    const size_t n = stage->n, m = stage->m, width = stage->width, room = stage->room;
    const size_t gram = (width + 1) * width;
    um_buffer_indices(q, &stage->uses, um_product_size(room, n, 1), "cells of the replicates");
    um_buffer_indices(q, &stage->active, room, "replicates");
    um_buffer_reals(q, &stage->W, um_product_size(room, n, width), "usages");
    um_buffer_reals(q, &stage->H, um_product_size(room, m, width), "programs");
    um_buffer_reals(q, &stage->gram_W, room * gram, "Gram matrices");
    um_buffer_reals(q, &stage->gram_H, room * gram, "Gram matrices");
    um_buffer_reals(q, &stage->partial, um_product_size(room, gram_tiles(stage) * (stage->k + 1), width), "Gram matrices");
    um_buffer_reals(q, &stage->A, um_product_size(room, stage->parts * stage->sums * m, width), "products with the usages");
    um_buffer_reals(q, &stage->cell_statistics, room * stage->cell_panels * UM_NMF_PER_PANEL, "statistics");
    um_buffer_reals(q, &stage->gene_statistics, room * stage->gene_panels * UM_NMF_PER_PANEL, "statistics");
    um_fill_zero(q, &stage->gram_W);
    um_fill_zero(q, &stage->gram_H);
    size_t most = (n > m ? n : m) * width;
    const size_t panels = stage->cell_panels > stage->gene_panels ? stage->cell_panels : stage->gene_panels;
    most = most > room * panels * UM_NMF_PER_PANEL ? most : room * panels * UM_NMF_PER_PANEL;
    most = most > 2 * room * gram ? most : 2 * room * gram;
    UM_TRY(UM_ALLOC(stage->cx, &stage->transfer, most, "transfer"));
    UM_TRY(UM_ALLOC(stage->cx, &stage->flags, um_product_size(room, n, 1), "cells of the replicates"));
    return um_queue_status(q);
}

unmix_status um_nmf_stage_open(unmix_context *cx, um_queue *queue, const um_nmf_data *data,
                               const um_nmf_options *options, size_t room, um_nmf_stage *stage)
{
    *stage = (um_nmf_stage){.cx = cx, .room = room};
    choose_sizes(stage, queue, data, options);
    stage->variant.programs = (uint32_t)options->components;
    unmix_status status = put_data(stage, data);
    if (status == UNMIX_OK)
        status = make_room(stage);
    if (status != UNMIX_OK)
        um_nmf_stage_close(stage);
    return status;
}

void um_nmf_stage_close(um_nmf_stage *stage)
{
    um_nmf_entries_release(&stage->X);
    um_nmf_entries_release(&stage->turned);
    um_nmf_entries_release(&stage->lost);
    um_nmf_entries_release(&stage->lost_turned);
    um_buffer *buffers[] = {&stage->uses,    &stage->active,  &stage->W, &stage->H,
                            &stage->gram_W,  &stage->gram_H,  &stage->partial,
                            &stage->A,       &stage->cell_statistics,    &stage->gene_statistics};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        um_buffer_release(buffers[i]);
    free(stage->transfer);
    free(stage->flags);
    *stage = (um_nmf_stage){0};
}

/* ---- Factors ---- */

void um_nmf_stage_load(um_nmf_stage *stage, size_t r, const unsigned char *uses, const um_factors *factors)
{
    const size_t k = stage->k, width = stage->width;
    memset(stage->transfer, 0, (stage->n > stage->m ? stage->n : stage->m) * width * sizeof *stage->transfer);
    for (size_t c = 0; c < stage->n; c++) {
        stage->flags[r * stage->n + c] = !uses || uses[c];
        for (size_t t = 0; t < k && stage->flags[r * stage->n + c]; t++)
            stage->transfer[c * width + t] = factors->W[c * k + t];
    }
    stage->flags_changed = 1;
    um_write_reals(stage->queue, &stage->W, r * stage->n * width, stage->transfer, stage->n * width);
    memset(stage->transfer, 0, stage->m * width * sizeof *stage->transfer);
    for (size_t j = 0; j < stage->m; j++)
        for (size_t t = 0; t < k; t++)
            stage->transfer[j * width + t] = factors->H[t * stage->m + j];
    um_write_reals(stage->queue, &stage->H, r * stage->m * width, stage->transfer, stage->m * width);
}

void um_nmf_stage_store(um_nmf_stage *stage, size_t r, const um_factors *factors)
{
    const size_t k = stage->k, width = stage->width;
    um_read_reals(stage->queue, &stage->W, r * stage->n * width, stage->transfer, stage->n * width);
    for (size_t c = 0; c < stage->n; c++)
        memcpy(factors->W + c * k, stage->transfer + c * width, k * sizeof *factors->W);
    um_read_reals(stage->queue, &stage->H, r * stage->m * width, stage->transfer, stage->m * width);
    for (size_t j = 0; j < stage->m && !stage->options->fixed_programs; j++)
        for (size_t t = 0; t < k; t++)
            factors->H[t * stage->m + j] = stage->transfer[j * width + t];
}

void um_nmf_stage_activate(um_nmf_stage *stage, const uint32_t *active, size_t slots)
{
    if (stage->flags_changed)
        um_write_indices(stage->queue, &stage->uses, stage->flags, stage->room * stage->n);
    stage->flags_changed = 0;
    um_write_indices(stage->queue, &stage->active, active, slots);
}

/* ---- An iteration ---- */

static void form_gram(um_nmf_stage *s, size_t slots, const um_buffer *factor, size_t rows, double l2, um_buffer *gram)
{
    const size_t tiles = divide_up(rows, UM_RUN);
    um_run(s->queue, UM_KERNEL_NMF_GRAM, s->variant, um_grid_2d(tiles * divide_up(s->k + 1, UM_STRIP), slots),
           UM_U32(rows), UM_U32(s->k), UM_U32(tiles), UM_BUF(&s->active), UM_BUF(factor), UM_BUF(&s->partial));
    um_run(s->queue, UM_KERNEL_NMF_GRAM_SUM, s->variant, um_grid_2d(s->k + 1, slots), UM_U32(s->k), UM_U32(tiles),
           UM_REAL_ARGUMENT(l2), UM_BUF(&s->partial), UM_BUF(gram));
}

static size_t sweeps(const um_nmf_stage *s)
{
    return s->options->sweeps ? s->options->sweeps : 1;
}

void um_nmf_stage_begin(um_nmf_stage *s, size_t slots)
{
    form_gram(s, slots, &s->H, s->m, s->l2_W, &s->gram_H);
}

static void update_dense_cells(um_nmf_stage *s, size_t slots)
{
    um_run(s->queue, s->kernels->dense, s->variant,
           um_grid_2d(s->cell_panels, slots), UM_U32(s->n), UM_U32(s->m), UM_U32(s->k), UM_U32(sweeps(s)), UM_U32(s->cells),
           UM_U32(s->cell_panels), UM_U32(s->missing), UM_REAL_ARGUMENT(s->l1_W), UM_REAL_ARGUMENT(s->l2_W), UM_REAL_ARGUMENT(s->beta), UM_BUF(&s->active),
           UM_BUF(&s->uses), UM_BUF(&s->X.value), UM_BUF(&s->lost.start), UM_BUF(&s->lost.index), UM_BUF(&s->lost.value),
           UM_BUF(&s->H), UM_BUF(&s->gram_H), UM_BUF(&s->W), UM_BUF(&s->A), UM_BUF(&s->cell_statistics));
}

static void update_cells(um_nmf_stage *s, size_t slots)
{
    um_run(s->queue,
           s->kernels->cells, s->variant,
           um_grid_2d(s->cell_panels, slots), UM_U32(s->n), UM_U32(s->m), UM_U32(s->k), UM_U32(sweeps(s)), UM_U32(s->cells),
           UM_U32(s->cell_panels), UM_U32(s->missing), UM_REAL_ARGUMENT(s->l1_W), UM_REAL_ARGUMENT(s->l2_W), UM_REAL_ARGUMENT(s->beta), UM_BUF(&s->active),
           UM_BUF(&s->uses), UM_BUF(&s->X.start), UM_BUF(&s->X.index), UM_BUF(&s->X.value), UM_BUF(&s->lost.start),
           UM_BUF(&s->lost.index), UM_BUF(&s->lost.value), UM_BUF(&s->H), UM_BUF(&s->gram_H), UM_BUF(&s->W), UM_BUF(&s->A),
           UM_BUF(&s->cell_statistics));
}

static void fold_genes(um_nmf_stage *s, size_t slots)
{
    um_run(s->queue, s->kernels->fold, s->variant, um_grid_2d(s->m, slots), UM_U32(s->n), UM_U32(s->m),
           UM_REAL_ARGUMENT(s->beta), UM_BUF(&s->active), UM_BUF(&s->turned.start), UM_BUF(&s->turned.index),
           UM_BUF(&s->turned.value), UM_BUF(&s->lost_turned.start), UM_BUF(&s->lost_turned.index), UM_BUF(&s->W),
           UM_BUF(&s->H), UM_BUF(&s->A));
}

static void update_genes(um_nmf_stage *s, size_t slots)
{
    um_run(s->queue,
           s->kernels->genes, s->variant,
           um_grid_2d(s->gene_panels, slots), UM_U32(s->n), UM_U32(s->m), UM_U32(s->k), UM_U32(sweeps(s)), UM_U32(s->genes),
           UM_U32(s->gene_panels), UM_U32(s->parts), UM_U32(s->missing), UM_REAL_ARGUMENT(s->l1_H),
           UM_REAL_ARGUMENT(s->l2_H), UM_REAL_ARGUMENT(s->beta), UM_BUF(&s->active), UM_BUF(&s->lost_turned.start), UM_BUF(&s->lost_turned.index),
           UM_BUF(&s->lost_turned.value), UM_BUF(&s->W),
           UM_BUF(&s->gram_W), UM_BUF(&s->A), UM_BUF(&s->H), UM_BUF(&s->gene_statistics));
}

void um_nmf_stage_iterate(um_nmf_stage *s, size_t slots)
{
    if (s->dense)
        update_dense_cells(s, slots);
    else
        update_cells(s, slots);
    form_gram(s, slots, &s->W, s->n, s->l2_H, &s->gram_W);
    if (s->options->fixed_programs)
        return;
    if (!um_queue_tuning(s->queue)->fold)
        fold_genes(s, slots);
    update_genes(s, slots);
    form_gram(s, slots, &s->H, s->m, s->l2_W, &s->gram_H);
}
