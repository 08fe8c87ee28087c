/*
 * What genes that are wrong together may do to the proportions: one block of genes after the other is left out
 * (problem/gene_blocks.h), and the solution moves by one step of the Newton kind,
 *
 *   d_b = argmin 1/2 d'(H - H_b)d + (g - g_b)'d,   d >= -E
 *   H_b = sum_{g in b} w k / yhat^2 a a',   g_b = -sum_{g in b} a score,   score = w (k - yhat) / yhat
 *
 *   V = (B - 1) / B sum_b (P(E + d_b) - P)^2      the jackknife's variance (Tukey), B blocks
 *
 * Genes one by one are too many witnesses where a whole family of them is shifted, by the platform or by a type that the
 * signatures lack. Hessians and gradients of the blocks are formed on the device, the programs are solved on the host.
 */
#ifndef UM_JACKKNIFE_H
#define UM_JACKKNIFE_H

#include "deconvolve/certify/errors.h"
#include "deconvolve/problem/gene_blocks.h"
#include "linalg/bounded.h"

typedef struct um_jackknife {
    um_gene_blocks blocks;
    uint32_t *first, *tiles;     /* of each block: its first row among the padded genes, and its tiles */
    um_buffer *A;                /* of each block */
    um_buffer index;             /* of the padded genes of all blocks, one block after the other */
    um_buffer zeros, ones, part; /* as the A of the largest block, its genes, its genes x samples */
    um_gram gram;
    um_state sum;                /* M x samples */
    double *H, *g;               /* H - H_b (rows of the block layout x samples) and g_b (M x samples) */
    unsigned threads;
    um_bounded *programs;        /* one for each thread */
    double *own;                 /* threads x (M x M + M): of one sample */
    double *moves;               /* blocks x samples x M: d_b */
    unsigned char *above;        /* threads x M */
} um_jackknife;

/* Room for batches of up to batch->capacity samples. share: of gene_blocks.h. Released with um_jackknife_close(). */
unmix_status um_jackknife_open(um_batch *batch, const double *share, um_jackknife *jackknife);
void um_jackknife_close(um_jackknife *jackknife);

/*
 * The moves of the samples loaded in the batch, for which `errors` was formed. gradient: D - fold (M x samples). E: as for the
 * errors.
 */
unmix_status um_jackknife_form(um_jackknife *jackknife, um_batch *batch, const um_errors *errors, const double *gradient,
                               const double *E);

/* d_b (M) of sample i of the batch. */
static inline const double *um_jackknife_move(const um_jackknife *jackknife, const um_batch *batch, size_t b, size_t i)
{
    return jackknife->moves + (b * batch->count + i) * batch->M;
}

/* (B - 1) / B; 0 of a single block, which says nothing. */
static inline double um_jackknife_weight(const um_jackknife *jackknife)
{
    return (double)(jackknife->blocks.n - 1) / (double)jackknife->blocks.n;
}

#endif
