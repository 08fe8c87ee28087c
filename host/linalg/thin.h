/*
 * Thin matrices (many rows, some tens of columns) in double on the host, and products of a sparse matrix with them from
 * both sides. All sums are taken in an order that depends on the shapes alone: never on the number of threads, nor on the
 * vector unit of the machine.
 */
#ifndef UM_THIN_H
#define UM_THIN_H

#include "core/sparse.h"

/* rows x columns, row-major; rows are `stride` apart, padded with zeros to whole vectors and aligned to them. */
typedef struct um_thin {
    size_t rows, columns, stride;
    double *values; /* inside `memory` */
    double *memory; /* owned */
} um_thin;

/* Zero-initialise with `um_thin matrix = {0}`; release with um_thin_clear(), which leaves it empty. */
void um_thin_clear(um_thin *matrix);

/* A matrix of zeros. */
unmix_status um_thin_allocate(unmix_context *cx, um_thin *matrix, size_t rows, size_t columns);

static inline double *um_thin_row(const um_thin *matrix, size_t row)
{
    return matrix->values + row * matrix->stride;
}

/* result = matrix small, where `small` is matrix->columns x result->columns; the three are different. */
unmix_status um_thin_times(unmix_context *cx, const um_thin *matrix, const um_thin *small, um_thin *result);

/* result = left' right, left->columns x right->columns. */
unmix_status um_thin_cross(unmix_context *cx, const um_thin *left, const um_thin *right, um_thin *result);

/*
 * A sparse matrix that can be multiplied from both sides: itself (borrowed) and its transpose in blocks of rows, so that
 * the part of a thin matrix that a block meets stays in the cache. Where most entries are not zero the matrix itself is
 * walked through some columns at a time as well.
 */
typedef struct um_two_sided {
    const unmix_context *cx; /* says how many threads */
    const um_sparse *matrix;
    size_t swath;         /* columns at a time; all where entries are few */
    size_t block, blocks; /* rows of a block, number of blocks */
    size_t *start;        /* of column j in block b: start[b (columns + 2) + j], its end is the next */
    uint32_t *row;
    double *value;
} um_two_sided;

void um_two_sided_clear(um_two_sided *sides);

/* For products with thin matrices of `columns` columns. `matrix` must have values and outlive `sides`. */
unmix_status um_two_sided_open(unmix_context *cx, um_two_sided *sides, const um_sparse *matrix, size_t columns);

/* result = X right (right: X->columns rows) and result = X' left (left: X->rows rows). */
void um_two_sided_times(const um_two_sided *sides, const um_thin *right, um_thin *result);
void um_two_sided_turned_times(const um_two_sided *sides, const um_thin *left, um_thin *result);

#endif
