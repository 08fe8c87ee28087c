/* Draws a cohort of bulk samples with known truth; see include/unmix/simulate.h. */
#ifndef UM_SIMULATE_H
#define UM_SIMULATE_H

#include "core/matrix.h"
#include "unmix/simulate.h"

typedef struct um_simulation {
    um_matrix signatures; /* genes x types, columns sum to 1e6 */
    um_matrix bulk;       /* genes x samples */
    um_matrix genes;      /* genes x (length, weight) */
    um_matrix truth;      /* samples x types */
} um_simulation;

/* `simulation` is zero-initialised; cleared on failure. Errors: ARGUMENT, MEMORY, INTERRUPTED. */
unmix_status um_simulate(unmix_context *cx, const unmix_simulate_options *options, um_simulation *simulation);

void um_simulation_clear(um_simulation *simulation);

#endif
