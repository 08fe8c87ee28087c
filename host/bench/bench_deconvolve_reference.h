/* What the kernels must give, in double, for one sample: plain loops over the definitions in include/unmix/deconvolve.h. */
#ifndef UM_BENCH_DECONVOLVE_REFERENCE_H
#define UM_BENCH_DECONVOLVE_REFERENCE_H

#include "core/source.h"
#include "deconvolve/problem/problem.h"

typedef struct um_reference {
    const um_problem *problem;
    double *k;    /* G: the counts of the sample */
    double *y;    /* G: yhat */
    double *fold; /* M */
    double loss, loss_scale;
} um_reference;

/* `reference` is zero-initialised; um_reference_clear() also after a failure. */
unmix_status um_reference_open(unmix_context *cx, um_reference *reference, const um_problem *problem);
void um_reference_clear(um_reference *reference);

/* k, y, fold and loss of a column at exposures E[j * stride]. */
void um_reference_pass(um_reference *reference, const um_block *block, size_t column, const double *E, size_t stride);

/* sum_g (w k / y^2) a_gi a_gj */
double um_reference_gram(const um_reference *reference, size_t i, size_t j);

/*
 * sum_g -w k log1p(t dy / y) with dy = A d. *scale: the sum of what one relative error in y and dy changes in each term.
 */
double um_reference_search(const um_reference *reference, const double *d, size_t stride, double t, double *scale);

/*
 * The least value of 1/2 d'Hd + g'd over d >= -tau E, with H and g = D - fold of the last pass; *value: at the given d.
 * NaN when memory is exhausted. E and d have the same stride.
 */
double um_reference_program(const um_reference *reference, const double *E, const double *d, size_t stride, double tau,
                            double *value);

#endif
