/* The counts above zero of a batch, sample after sample, each padded to whole vectors; see kernels/sparse.cl. */
#ifndef UM_BATCH_SPARSE_H
#define UM_BATCH_SPARSE_H

#include "core/source.h"
#include "deconvolve/problem/counts.h"
#include "deconvolve/problem/problem.h"
#include "device/queue.h"

typedef struct um_batch_sparse {
    int used;                       /* 1: the batch is sparse */
    um_queue *queue;
    const um_problem *problem;
    um_buffer start, gene, weight, k;
    um_buffer D;                    /* of the problem, whatever the method divides by */
    size_t room;                    /* non-zeros that fit the buffers */
    size_t nonzeros;                /* of the batch, with the padding */
    um_counts counts;
    struct um_sparse_host *host;    /* arrays for the transfer */
} um_batch_sparse;

/* For up to `width` samples. Released with um_batch_sparse_clear(). A failure is in the queue too. */
void um_batch_sparse_open(unmix_context *cx, um_batch_sparse *sparse, um_queue *queue, const um_problem *problem,
                    size_t width);
void um_batch_sparse_clear(um_batch_sparse *sparse);

/* Room for so many non-zeros, the padding included. */
void um_batch_sparse_reserve(um_batch_sparse *sparse, size_t nonzeros);

/* Writes the counts of columns column[0..count) of the block, and samples without any up to `width`; makes room for
 * them. */
void um_batch_sparse_load(unmix_context *cx, um_batch_sparse *sparse, const um_block *block, const size_t *column,
                    size_t count, size_t width);

#endif
