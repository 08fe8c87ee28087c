/* Control genes for a list: bins of mean expression, and the draw from each. */
#ifndef UM_SCORE_CONTROLS_H
#define UM_SCORE_CONTROLS_H

#include <stdint.h>

#include "core/diagnostics.h"

typedef struct um_score_options {
    size_t controls;           /* control genes drawn from each bin */
    size_t bins;               /* of mean expression; 2 or more */
    uint32_t seed;             /* each list starts its own stream from it, as each call of scanpy does */
    int controls_as_reference; /* scanpy's ctrl_as_ref. 1: genes of the list are drawn as controls too, and dropped
                                  afterwards; 0: they are left out before the draw */
    int without_controls;      /* 1: a list without control genes scores NaN, and a warning says so; 0: it is refused */
} um_score_options;

/* scanpy's defaults: 50, 25, 0, 1. */
void um_score_options_init(um_score_options *options);

typedef struct um_expression_bins {
    size_t genes;
    double *mean; /* of each gene; NaN: no value, in no bin */
    size_t *bin;  /* of each gene */
} um_expression_bins;

/* Sets `bin` from `mean` (both of `genes` numbers, owned by the caller). Errors: MEMORY. */
unmix_status um_expression_bins_set(unmix_context *cx, um_expression_bins *bins, size_t count);

/*
 * listed[g]: gene g is in the list (and has a mean); control[g] becomes 1 for the control genes. *n_controls may be 0.
 * Errors: MEMORY.
 */
unmix_status um_score_draw(unmix_context *cx, const um_expression_bins *bins, const um_score_options *options,
                           const unsigned char *listed, unsigned char *control, size_t *n_controls);

#endif
