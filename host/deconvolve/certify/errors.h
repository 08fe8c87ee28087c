/*
 * Standard errors of the proportions: leverage-corrected sandwich (HC3) over the sources that are not zero,
 *
 *   V = H^+ B H^+,  H = sum w k / yhat^2 a a',  B = sum (w r)^2 a a',  r = (k - yhat) / yhat / (1 - lev),
 *   lev = w / yhat a' F^-1 a (at most 0.99),    F = sum w / yhat a a',
 *
 * then the delta method: P_j = (E_j / s_j) / sum_i (E_i / s_i), s the cell sizes (1 where they are not used).
 */
#ifndef UM_ERRORS_H
#define UM_ERRORS_H

#include <stdint.h>

#include "deconvolve/problem/batch.h"
#include "deconvolve/solve/gram.h"

/* Above this gap the solution is not close enough to the optimum for its errors to mean anything. */
#define UM_ERRORS_GAP 1e-4

/* What is known of the columns of a block: columns x C each. */
typedef struct um_error_rows {
    double *se;       /* standard errors of the proportions; NaN for types that H cannot tell from others */
    uint16_t *group;  /* types that the sample cannot tell apart (inseparable.h), of which um_errors_form() finds those hidden */
    double *low, *high; /* the interval of their sum, which draws.h knows */
} um_error_rows;

typedef struct um_errors {
    um_gram gram;
    um_buffer h, residual, score; /* genes x ld; see kernels/errors.cl */
    um_state E, inverse; /* of these samples only; not states of the batch, which nobody packs here */
    double *H, *F, *B; /* host, rows of the block layout x capacity */
    unsigned char *in; /* C: the types of a sum */
} um_errors;

unmix_status um_errors_open(um_batch *batch, um_errors *errors);
void um_errors_close(um_errors *errors);

/*
 * The errors of the samples loaded in the batch. E: for each column of the block its M exposures (columns x M).
 * cell_size as in um_result_set_sample(). Afterwards residual and score stand as they were formed, h is the curvature at E, the
 * batch's fold is that of E, and H and B hold their matrices: what draws.h goes on from.
 */
unmix_status um_errors_form(um_errors *errors, um_batch *batch, const double *E, const double *cell_size,
                            const um_error_rows *rows);

#endif
