/* Weighted Gram matrices of all samples of a batch, H_n = sum_g h_gn a_g a_g', in blocks of UM_BLOCK x UM_BLOCK sources (kernels/gram.cl). */
#ifndef UM_GRAM_H
#define UM_GRAM_H

#include "deconvolve/problem/batch.h"
#include "device/constants.h"

typedef struct um_gram {
    uint32_t blocks;      /* of the lower triangle */
    uint32_t per, parts;  /* blocks that a work-item forms; so many of these make all blocks */
    uint32_t chunks;      /* of genes; depends on the problem only, so a sample's sums do not depend on the batch */
    uint32_t chunk_tiles;
    um_buffer partial;    /* chunks x rows x width, um_gram_rows() */
    um_buffer H;          /* rows x width */
} um_gram;

/* Room for batches of up to batch->capacity samples. Released with um_gram_close(). */
void um_gram_open(um_batch *batch, um_gram *gram);
void um_gram_close(um_gram *gram);

/* gram->H <- the Gram matrices for the weights h (genes x ld; in a sparse batch one for each non-zero). */
void um_gram_form(um_batch *batch, um_gram *gram, const um_buffer *h);

/* The same for some genes: their A, in so many tiles (at most those of the batch), and their h. Of a dense batch. */
void um_gram_form_of(um_batch *batch, um_gram *gram, const um_buffer *A, uint32_t tiles, const um_buffer *h);

/* Rows of H on the device. */
static inline size_t um_gram_rows(const um_gram *gram)
{
    return (size_t)gram->blocks * UM_BLOCK * UM_BLOCK;
}

/* Row of entry (i, j), i >= j, in H. */
static inline size_t um_gram_entry(size_t i, size_t j)
{
    const size_t I = i / UM_BLOCK, J = j / UM_BLOCK;
    return ((I * (I + 1) / 2 + J) * UM_BLOCK + i % UM_BLOCK) * UM_BLOCK + j % UM_BLOCK;
}

/* matrix (M x M, both triangles) <- that of sample i of those that were read, rows of the block layout x count. */
static inline void um_gram_unpack(const double *blocks, size_t M, size_t count, size_t i, double *matrix)
{
    for (size_t a = 0; a < M; a++)
        for (size_t b = 0; b <= a; b++)
            matrix[a * M + b] = matrix[b * M + a] = blocks[um_gram_entry(a, b) * count + i];
}

#endif
