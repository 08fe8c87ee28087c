/* Weighted Gram matrices of all samples of a batch, H_n = sum_g h_gn a_g a_g', in blocks of 4 x 4 sources (kernels/gram.cl). */
#ifndef UM_GRAM_H
#define UM_GRAM_H

#include "deconvolve/problem/batch.h"

typedef struct um_gram {
    uint32_t blocks;      /* of the lower triangle */
    uint32_t per, parts;  /* blocks that a work-item forms; so many of these make all blocks */
    uint32_t chunks;      /* of genes; depends on the problem only, so a sample's sums do not depend on the batch */
    uint32_t chunk_tiles;
    um_buffer partial;    /* chunks x blocks x 16 x width */
    um_buffer H;          /* blocks x 16 x width */
} um_gram;

/* Room for batches of up to batch->capacity samples. Released with um_gram_close(). */
void um_gram_open(um_batch *batch, um_gram *gram);
void um_gram_close(um_gram *gram);

/* gram->H <- the Gram matrices for the weights h (genes x ld; in a sparse batch one for each non-zero). */
void um_gram_form(um_batch *batch, um_gram *gram, const um_buffer *h);

/* Rows of H on the device. */
static inline size_t um_gram_rows(const um_gram *gram)
{
    return (size_t)gram->blocks * 16;
}

/* Row of entry (i, j), i >= j, in H. */
static inline size_t um_gram_entry(size_t i, size_t j)
{
    const size_t I = i / 4, J = j / 4;
    return (I * (I + 1) / 2 + J) * 16 + (i % 4) * 4 + j % 4;
}

#endif
