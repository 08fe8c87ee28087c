/* The exact solver beyond the solver table: refitting with other gene weights, as the bootstrap does. */
#ifndef UM_EXACT_H
#define UM_EXACT_H

#include "deconvolve/solver.h"

/*
 * Fits the samples loaded in the batch, starting near E (columns x M of the block) instead of from EM passes. The
 * weights in batch->w are those of D (M) and T (columns). `state` is what um_exact_solver.open() gave.
 */
unmix_status um_exact_refit(void *state, um_batch *batch, const double *E, const double *D, const double *T, um_fit *fit);

#endif
