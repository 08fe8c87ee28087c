/* Condensed distances (tree.h) between the rows of a matrix, and correlations between its columns. */
#ifndef UM_DISTANCE_H
#define UM_DISTANCE_H

#include "core/diagnostics.h"

/* Euclidean distances of the rows of `points` (n x m, row-major), as scipy's pdist(). */
void um_distances_euclidean(size_t n, size_t m, const double *points, double *distances);

/*
 * 1 - cosine similarity of the rows of `points`, which have unit length; within [0, 2]. On `threads` threads; the
 * result does not depend on their number.
 */
void um_distances_cosine(size_t n, size_t m, const double *points, unsigned threads, double *distances);

/*
 * Pearson correlations (columns x columns, row-major) of the columns of `values` (rows x columns, row-major). Error
 * INPUT where a column is constant; `what` names a column ("component").
 */
unmix_status um_correlations(unmix_context *cx, size_t rows, size_t columns, const double *values, const char *what,
                             double *correlations);

#endif
