/* Small symmetric matrices on the host, in double (LAPACK). */
#ifndef UM_SMALL_H
#define UM_SMALL_H

#include "core/diagnostics.h"

/*
 * Pseudo-inverse of a symmetric positive semi-definite matrix, n x n row-major, in place; *condition (may be NULL) is its
 * condition number after scaling to unit diagonal. Directions whose eigenvalue is below `cutoff` (of the scaled matrix,
 * relative to the largest) are left out. hidden[i] (may be NULL) is the share of unknown i that lies in them: 0 for
 * an unknown that is determined, up to 1 for one that is not. Rows with a diagonal <= 0 count as left out.
 */
unmix_status um_small_inverse(unmix_context *cx, double *matrix, size_t n, double cutoff, double *condition, double *hidden);

/* Eigenvalues (ascending) and eigenvectors (column v of `vectors`, row-major) of a symmetric matrix, which is kept. */
unmix_status um_small_eigen(unmix_context *cx, const double *matrix, size_t n, double *values, double *vectors);

#endif
