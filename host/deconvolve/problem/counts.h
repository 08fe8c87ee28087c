/* The counts above zero of one sample over the genes that take part, in the order of the genes. */
#ifndef UM_COUNTS_H
#define UM_COUNTS_H

#include "core/source.h"
#include "deconvolve/problem/problem.h"

typedef struct um_counts {
    size_t n;
    uint32_t *gene; /* n, ascending */
    double *value;  /* n: rows of the same gene added up */
    double *sum;    /* G zeros between calls */
    uint64_t *seen; /* a bit for each gene, zero between calls */
    size_t genes;
} um_counts;

/* Room for samples of a problem with `genes` genes. Released with um_counts_clear(). */
unmix_status um_counts_open(unmix_context *cx, um_counts *counts, size_t genes);
void um_counts_clear(um_counts *counts);

/* Takes column `column` of the block. */
void um_counts_take(um_counts *counts, const um_problem *problem, const um_block *block, size_t column);

/*
 * How many counts of a column are above zero; rows of the same gene count by themselves. What decides how a sample is
 * treated comes from that sample alone, so that its result does not depend on which others are in the file.
 */
size_t um_counts_above_zero(const um_problem *problem, const um_block *block, size_t column);

#endif
