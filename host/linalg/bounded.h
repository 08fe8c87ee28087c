/*
 * Small quadratic programs that differ in their linear term alone, in double, on the host:
 *
 *   min 1/2 d'Hd + g'd,   d >= low      (low <= 0)
 *
 * by principal pivoting (Portugal, Judice and Vicente, Mathematics of Computation 1994; with Murty's rule where exchanges
 * of many unknowns do not come to an end). The table with the usual unknowns exchanged is made once; a program that needs a
 * few others pays n^2 for each, not n^3.
 */
#ifndef UM_BOUNDED_H
#define UM_BOUNDED_H

#include "core/diagnostics.h"

/* Room for programs of n unknowns; one for each thread. Zero-initialised, released with um_bounded_close(). */
typedef struct um_bounded {
    size_t n;
    double *scale;               /* n: 1 / sqrt(H_ii), 0 where H_ii is not above 0 */
    double *low, *shift;         /* n, scaled: the bounds, and H low */
    double *base, *table;        /* n x n */
    double *q, *right;           /* n */
    unsigned char *in_base, *in; /* n; 1: above its bound */
    unsigned char *wrong;        /* n; 1: to be exchanged */
} um_bounded;

unmix_status um_bounded_open(unmix_context *cx, um_bounded *work, size_t n);
void um_bounded_close(um_bounded *work);

/*
 * H: n x n, symmetric. `ridge` is added to its diagonal, scaled to 1, and must be above its rounding. `above`: the unknowns
 * that are likely above their bounds. Neither this nor solving touches a context, so threads may call them side by side.
 */
void um_bounded_take(um_bounded *work, const double *H, const double *low, double ridge, const unsigned char *above);

/* d <- the solution. An unknown without curvature does not move, unless its gradient is above 0: then to its bound. */
void um_bounded_solve(um_bounded *work, const double *g, double *d);

#endif
