/*
 * The leading singular values and vectors of a sparse matrix on the host, by subspace iteration from a given start.
 * Method and constants are those of scikit-learn's randomized_svd with its defaults (Halko, Martinsson, Tropp 2011,
 * algorithm 4.4, with a normalisation after every product): the same start gives the same result up to rounding.
 */
#ifndef UM_RANGE_H
#define UM_RANGE_H

#include "core/sparse.h"

enum { UM_RANGE_MORE = 10 }; /* columns of the start beyond those asked for */

/* X ~ U diag(S) V'; all row-major, owned by the caller. */
typedef struct um_svd {
    double *U; /* X->rows x k */
    double *S; /* k, descending */
    double *V; /* X->columns x k */
} um_svd;

/*
 * `start` holds min(rows, columns) x (k + UM_RANGE_MORE) normals, row-major; 1 <= k <= min(rows, columns). The entry of
 * largest magnitude in every column of U is positive. Directions without any variation are zero in U and V.
 *
 * scikit-learn normalises by LU factors, here it is Cholesky factors of the Gram matrix: the result depends on the space
 * that the columns span, which both keep. Singular values below 1e-7 of the largest are less exact here than there.
 */
unmix_status um_range_svd(unmix_context *cx, const um_sparse *X, size_t k, const double *start, um_svd *svd);

#endif
