/*
 * What em and gd have in common: step, look now and then, let converged samples go.
 *
 * At a look the loss of the current exposures is formed and every sample is judged by itself, so a sample's result does
 * not depend on which others are in the batch.
 */
#ifndef UM_ITERATE_H
#define UM_ITERATE_H

#include "deconvolve/solve/method.h"

/* What methods say that look at their loss now and then. */
#define UM_LOSS_TOLERANCE_TEXT "a sample stops when its loss changes by less than this, relatively, per iteration"

/* One sample at a look. */
typedef struct um_look {
    size_t sample;     /* its column in the block: the index into the fit and into the method's own arrays */
    long iteration;    /* steps taken */
    double nll;
    double gap;        /* NaN from a method that does not ask for it */
    const double *E;   /* exposures: source j is E[j * stride] */
    size_t M;
    size_t stride;
} um_look;

typedef struct um_iteration {
    const char *name;
    long look_first;        /* steps before the first look, then every so many: */
    long look_every;
    long max_iterations;
    long sure;              /* on a right device the loss is finite for so many steps, whatever the data */
    int loss_in_every_pass; /* the step needs the loss */
    void *state;
    um_state *E;
    um_state *active;
    /* Fills the gaps of the samples in the batch from the sums of the last pass. May be NULL. */
    void (*gaps)(void *state, um_batch *batch, double *gap);
    /* Before samples are judged: the losses of all in the batch at this look. May be NULL. */
    void (*looked)(void *state, const double *nll, size_t count, long iteration);
    /* Judges a sample and keeps what is worth keeping in the fit. Returns 1 when it has converged. */
    int (*judge)(void *state, const um_look *look, um_fit *fit);
    /* After all were judged: pushes what judge() changed. May be NULL. */
    void (*judged)(void *state, um_batch *batch);
    /* Takes step `iteration` (1, 2, ...) from the sums of the last pass. */
    void (*step)(void *state, um_batch *batch, long iteration);
} um_iteration;

/* Runs the method on the loaded batch until every sample has converged or reached max_iterations. */
unmix_status um_iterate(um_batch *batch, const um_iteration *how, um_fit *fit, double progress_done, double progress_share);

/* Copies the exposures of a look into the fit. */
void um_fit_keep(um_fit *fit, const um_look *look);

#endif
