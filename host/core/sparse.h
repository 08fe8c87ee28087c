/*
 * A sparse matrix in memory, by rows (CSR): cells x genes, or genes x cells when it is turned. Numbers only; names stay
 * with whoever read it.
 */
#ifndef UM_SPARSE_H
#define UM_SPARSE_H

#include <stdint.h>

#include "core/diagnostics.h"

typedef struct um_sparse {
    size_t rows, columns;
    size_t *start;    /* rows + 1: row i has the entries start[i] .. start[i + 1] */
    uint32_t *column; /* of each entry, ascending within a row, each once */
    double *value;    /* of each entry; NULL in a pattern, which says where but not how much */
    size_t capacity;  /* entries there is room for */
} um_sparse;

/* Zero-initialise with `um_sparse matrix = {0}`; release with um_sparse_clear(), which leaves it empty. */
void um_sparse_clear(um_sparse *matrix);

/* An empty matrix of `rows` rows without entries (start is all zero), with room for `entries`. */
unmix_status um_sparse_allocate(unmix_context *cx, um_sparse *matrix, size_t rows, size_t columns, size_t entries);

/* Room for at least `entries` in all. */
unmix_status um_sparse_reserve(unmix_context *cx, um_sparse *matrix, size_t entries);

static inline size_t um_sparse_entries(const um_sparse *matrix)
{
    return matrix->start ? matrix->start[matrix->rows] : 0;
}

/* `turned` (empty) becomes the transpose; a pattern stays a pattern. */
unmix_status um_sparse_turn(unmix_context *cx, const um_sparse *matrix, um_sparse *turned);

/* Sorts the entries of one column (of one row) and adds up what is stored for the same index; sum[] is 0 before and after. */
void um_add_up_repeated(uint32_t *index, double *value, size_t *count, double *sum);

#endif
