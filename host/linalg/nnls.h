/* Non-negative least squares from normal equations, small and in double, on the host. */
#ifndef UM_NNLS_H
#define UM_NNLS_H

#include "core/diagnostics.h"

/* Room for problems of n unknowns; one for each thread. Zero-initialised, released with um_nnls_close(). */
typedef struct um_nnls {
    size_t n;
    double *scale, *scaled, *factor; /* n, n x n, n x n */
    double *b, *y, *z;               /* n, in scaled variables */
    size_t *member, n_members;       /* unknowns that are above zero */
    unsigned char *state;            /* of each unknown */
} um_nnls;

unmix_status um_nnls_open(unmix_context *cx, um_nnls *work, size_t n);
void um_nnls_close(um_nnls *work);

/*
 * x <- argmin 1/2 x'Hx - b'x, x >= 0 (Lawson and Hanson's active set; H n x n, symmetric, both triangles filled). On
 * entry x is a feasible start: near the solution it saves most of the work. Unknowns that depend on others, and those
 * whose diagonal is not above zero, stay at zero. Touches no context, so threads may call it side by side.
 */
void um_nnls_solve(um_nnls *work, const double *H, const double *b, double *x);

#endif
