#include "programs/nmf/nmf_range.h"

#include <math.h>

/* A number up to this, or down to one over it, is near 1 here. */
static const double near = 1e7;

/* Numbers of which one is far above 1, or all are far below; element i stands at i * stride. */
static int far_from_1(const double *values, size_t count, size_t stride)
{
    double largest = 0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, values[i * stride]);
    return largest > near || (largest > 0 && largest < 1 / near);
}

int um_nmf_may_leave_range(const um_sparse *X, double penalty, size_t k, const double *W, const double *H)
{
    int far = far_from_1(X->value, um_sparse_entries(X), 1) || penalty > near;
    for (size_t t = 0; t < k && !far; t++)
        far = far_from_1(W + t, X->rows, k) || far_from_1(H + t * X->columns, X->columns, 1);
    return far;
}
