/*
 * The exact solver beyond the solver table: refitting with other gene weights, as the bootstrap does, and the parts of
 * an SQP step apart, so that each can be verified and timed by itself.
 */
#ifndef UM_EXACT_H
#define UM_EXACT_H

#include "deconvolve/solve/gram.h"
#include "deconvolve/solve/method.h"

/* The state that um_exact_method opens. */
typedef struct um_exact {
    double tolerance;
    long max_steps;
    um_state *E, *D, *T, *active;              /* kept when the batch shrinks */
    um_buffer h;                               /* genes x ld: w k / yhat^2 */
    um_gram gram;
    um_buffer fold, d;                         /* M x ld */
    um_buffer top, slope, decrease;            /* 1 x ld */
    um_buffer W, work;                         /* of the quadratic programs */
    um_buffer trial;                           /* tiles x step lengths x ld */
    double *values;                            /* host, M x capacity */
    unsigned char *keep;                       /* host, capacity */
    size_t live;
    int careful;                               /* 1: this step takes the kernels that compute in double */
} um_exact;

/* Everything from T is spread evenly, E_j = T / sum D; D and T of each sample, and everyone is active. */
void um_exact_start(um_exact *x, um_batch *batch, const double *T);

/* The EM passes that come first. */
void um_exact_em_passes(um_exact *x, um_batch *batch);

/* fold, curvature and the largest multiplier at E. */
void um_exact_evaluate(um_exact *x, um_batch *batch);

/* d: the solutions of the quadratic programs, from the Hessians in gram.H. */
void um_exact_programs(um_exact *x, um_batch *batch);

/* trial: what each step length along d changes. */
void um_exact_search(um_exact *x, um_batch *batch);

/*
 * Fits the samples loaded in the batch, starting near E (columns x M of the block) instead of from EM passes. The
 * weights in batch->w are those of D (M) and T (columns). `state` is what um_exact_method.open() gave.
 */
unmix_status um_exact_refit(void *state, um_batch *batch, const double *E, const double *D, const double *T, um_fit *fit);

#endif
