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

void um_batch_sparse_open(unmix_context *cx, um_batch_sparse *sparse, um_queue *queue, const um_problem *problem,
                    size_t width)
{
    sparse->used = 1;
    sparse->queue = queue;
    sparse->problem = problem;
    um_queue_fail(queue, um_counts_open(cx, &sparse->counts, problem->genes.count));
    um_queue_fail(queue, UM_ALLOC(cx, &sparse->host, 1, "counts"));
    um_buffer_indices(queue, &sparse->start, width + 1, "counts");
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
static unmix_status append(unmix_context *cx, um_batch_sparse *sparse, size_t used, size_t *end)
{
    const um_counts *counts = &sparse->counts;
    const size_t vector = um_queue_tuning(sparse->queue)->vector, padded = um_round_up(counts->n, vector);
    um_sparse_host *host = sparse->host;
    UM_TRY(host_room(cx, host, used + padded));
    for (size_t i = 0; i < padded; i++) {
        const uint32_t g = i < counts->n ? counts->gene[i] : 0;
        host->gene[used + i] = g;
        host->weight[used + i] = i < counts->n ? sparse->problem->w[g] : 0.0;
        host->k[used + i] = i < counts->n ? counts->value[i] : 0.0;
    }
    *end = used + padded;
    return UNMIX_OK;
}

static unmix_status gather(unmix_context *cx, um_batch_sparse *sparse, const um_block *block, const size_t *column,
                           size_t count, size_t width)
{
    um_sparse_host *host = sparse->host;
    size_t used = 0;
    UM_TRY(UM_GROW(cx, &host->start, &host->start_room, width + 1, "counts"));
    for (size_t i = 0; i < width; i++) {
        host->start[i] = (uint32_t)used;
        if (i >= count)
            continue; /* the padding has no counts */
        um_counts_take(&sparse->counts, sparse->problem, block, column[i]);
        UM_TRY(append(cx, sparse, used, &used));
    }
    host->start[width] = (uint32_t)used;
    sparse->nonzeros = used;
    return UNMIX_OK;
}

void um_batch_sparse_reserve(um_batch_sparse *sparse, size_t nonzeros)
{
    if (nonzeros <= sparse->room && sparse->k.bytes)
        return;
    um_buffer_release(&sparse->gene);
    um_buffer_release(&sparse->weight);
    um_buffer_release(&sparse->k);
    sparse->room = nonzeros + nonzeros / 8; /* blocks of a run are about equal */
    um_buffer_indices(sparse->queue, &sparse->gene, sparse->room, "counts");
    um_buffer_reals(sparse->queue, &sparse->weight, sparse->room, "counts");
    um_buffer_reals(sparse->queue, &sparse->k, sparse->room, "counts");
}

void um_batch_sparse_load(unmix_context *cx, um_batch_sparse *sparse, const um_block *block, const size_t *column,
                    size_t count, size_t width)
{
    um_queue *queue = sparse->queue;
    if (um_queue_status(queue) == UNMIX_OK)
        um_queue_fail(queue, gather(cx, sparse, block, column, count, width));
    if (um_queue_status(queue) != UNMIX_OK)
        return;
    um_batch_sparse_reserve(sparse, sparse->nonzeros);
    um_write_indices(queue, &sparse->start, sparse->host->start, width + 1);
    um_write_indices(queue, &sparse->gene, sparse->host->gene, sparse->nonzeros);
    um_write_reals(queue, &sparse->weight, 0, sparse->host->weight, sparse->nonzeros);
    um_write_reals(queue, &sparse->k, 0, sparse->host->k, sparse->nonzeros);
}
