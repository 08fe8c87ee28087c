/*
 * Blocks of genes that may be wrong together: those of the same type and of about the same level. A gene belongs to the type
 * in whose signature it has the largest share; the genes of a type, by their share of the counts of the samples from high to
 * low, are cut into q = max(1, round(30 / C)) parts with equal sums of the root of that share. What no type expresses counts
 * as the first type's.
 */
#ifndef UM_GENE_BLOCKS_H
#define UM_GENE_BLOCKS_H

#include "deconvolve/problem/problem.h"

typedef struct um_gene_blocks {
    size_t n;
    size_t *first;  /* n + 1: the genes of block b are gene[first[b]] .. gene[first[b + 1] - 1] */
    uint32_t *gene; /* G */
} um_gene_blocks;

/* share: G, on any scale. `blocks` is zero-initialised; no block is empty. Released with um_gene_blocks_clear(). Errors: MEMORY. */
unmix_status um_gene_blocks_form(unmix_context *cx, const um_problem *problem, const double *share, um_gene_blocks *blocks);
void um_gene_blocks_clear(um_gene_blocks *blocks);

#endif
