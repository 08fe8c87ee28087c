/* Draws a cohort of bulk samples with known truth; see include/unmix/simulate.h. */
#ifndef UM_SIMULATED_COHORT_H
#define UM_SIMULATED_COHORT_H

#include "core/matrix.h"
#include "unmix/simulate.h"

typedef struct um_simulation {
    um_matrix signatures; /* genes x types, columns sum to 1e6 */
    um_matrix bulk;       /* genes x samples */
    um_matrix genes;      /* genes x (length, weight) */
    um_matrix truth;      /* samples x types */
} um_simulation;

/* Takes the counts of one sample after another; `counts` has a number for each gene. */
typedef struct um_sample_taker {
    void *state;
    unmix_status (*take)(unmix_context *cx, void *state, size_t sample, const double *counts);
} um_sample_taker;

/* `simulation` is zero-initialised; cleared on failure. Errors: ARGUMENT, MEMORY, INTERRUPTED. */
unmix_status um_simulate(unmix_context *cx, const unmix_simulate_options *options, um_simulation *simulation);

/* The same numbers, with bulk left without values: the samples go to `taker`, whose errors it passes on. */
unmix_status um_simulate_to(unmix_context *cx, const unmix_simulate_options *options, um_simulation *simulation,
                            const um_sample_taker *taker);

void um_simulation_clear(um_simulation *simulation);

#endif
