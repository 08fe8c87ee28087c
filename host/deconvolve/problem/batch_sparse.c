#include "deconvolve/problem/batch_sparse.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"

typedef struct um_sparse_host {
    uint32_t *start, *gene;
    double *weight, *k;
    size_t start_room, gene_room, weight_room, k_room;
} um_sparse_host;

void um_sparse_open(um_batch *batch)
{
    um_batch_sparse *sparse = &batch->sparse;
    sparse->used = 1;
    um_queue_fail(batch->queue, um_counts_open(batch->cx, &sparse->counts, batch->problem->genes.count));
    um_queue_fail(batch->queue, UM_ALLOC(batch->cx, &sparse->host, 1, "counts"));
    um_buffer_indices(batch->queue, &sparse->start, um_batch_width(batch, batch->capacity) + 1, "counts");
}

void um_batch_sparse_clear(um_batch_sparse *sparse)
{
    um_buffer *buffers[] = {&sparse->start, &sparse->gene, &sparse->weight, &sparse->k, &sparse->D};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    um_counts_clear(&sparse->counts);
    if (sparse->host) {
        free(sparse->host->start);
        free(sparse->host->gene);
        free(sparse->host->weight);
        free(sparse->host->k);
    }
    free(sparse->host);
    *sparse = (um_batch_sparse){0};
}

static unmix_status host_room(unmix_context *cx, um_sparse_host *host, size_t nonzeros)
{
    if (nonzeros >= UINT32_MAX - 256)
        return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "%zu counts above zero are more than fit a block of samples", nonzeros);
    UM_TRY(UM_GROW(cx, &host->gene, &host->gene_room, nonzeros, "counts"));
    UM_TRY(UM_GROW(cx, &host->weight, &host->weight_room, nonzeros, "counts"));
    return UM_GROW(cx, &host->k, &host->k_room, nonzeros, "counts");
}

/* The counts that were taken, and zeros up to a whole vector, behind the first `used`. */
static unmix_status append(um_batch *batch, size_t used, size_t *end)
{
    const um_counts *counts = &batch->sparse.counts;
    const size_t vector = um_queue_tuning(batch->queue)->vector, padded = um_round_up(counts->n, vector);
    um_sparse_host *host = batch->sparse.host;
    UM_TRY(host_room(batch->cx, host, used + padded));
    for (size_t i = 0; i < padded; i++) {
        const uint32_t g = i < counts->n ? counts->gene[i] : 0;
        host->gene[used + i] = g;
        host->weight[used + i] = i < counts->n ? batch->problem->w[g] : 0.0;
        host->k[used + i] = i < counts->n ? counts->value[i] : 0.0;
    }
    *end = used + padded;
    return UNMIX_OK;
}

static unmix_status gather(um_batch *batch)
{
    um_batch_sparse *sparse = &batch->sparse;
    um_sparse_host *host = sparse->host;
    size_t used = 0;
    UM_TRY(UM_GROW(batch->cx, &host->start, &host->start_room, batch->width + 1, "counts"));
    for (size_t i = 0; i < batch->width; i++) {
        host->start[i] = (uint32_t)used;
        if (i >= batch->count)
            continue; /* the padding has no counts */
        um_counts_take(&sparse->counts, batch->problem, batch->block, batch->column[i]);
        UM_TRY(append(batch, used, &used));
    }
    host->start[batch->width] = (uint32_t)used;
    sparse->nonzeros = used;
    return UNMIX_OK;
}

/* Room on the device: a little more than asked for, because blocks of a run are about equal. */
static void device_room(um_batch *batch, size_t nonzeros)
{
    um_batch_sparse *sparse = &batch->sparse;
    if (nonzeros <= sparse->room && sparse->k.memory)
        return;
    um_buffer_release(&sparse->gene);
    um_buffer_release(&sparse->weight);
    um_buffer_release(&sparse->k);
    sparse->room = nonzeros + nonzeros / 8;
    um_buffer_indices(batch->queue, &sparse->gene, sparse->room, "counts");
    um_buffer_reals(batch->queue, &sparse->weight, sparse->room, "counts");
    um_buffer_reals(batch->queue, &sparse->k, sparse->room, "counts");
}

void um_sparse_load(um_batch *batch)
{
    um_batch_sparse *sparse = &batch->sparse;
    if (um_queue_status(batch->queue) == UNMIX_OK)
        um_queue_fail(batch->queue, gather(batch));
    if (um_queue_status(batch->queue) != UNMIX_OK)
        return;
    device_room(batch, sparse->nonzeros);
    um_write_indices(batch->queue, &sparse->start, sparse->host->start, batch->width + 1);
    um_write_indices(batch->queue, &sparse->gene, sparse->host->gene, sparse->nonzeros);
    um_write_reals(batch->queue, &sparse->weight, 0, sparse->host->weight, sparse->nonzeros);
    um_write_reals(batch->queue, &sparse->k, 0, sparse->host->k, sparse->nonzeros);
}
