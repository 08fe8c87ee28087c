/*
 * The loss of a factorisation in double on the host: the last word, whatever computed the factors. Of the options only loss,
 * beta and components are used.
 */
#ifndef UM_NMF_LOSS_H
#define UM_NMF_LOSS_H

#include "programs/nmf/nmf_problem.h"

/*
 * The loss of nmf_problem.h without penalties over the entries that are not missing; *loss is NaN where X or the factors are not
 * finite. `cells` (or NULL: all) restricts it to the cells with cells[i] != 0.
 */
unmix_status um_nmf_evaluate(unmix_context *cx, const um_nmf_data *data, const um_nmf_options *options,
                             const um_factors *factors, const unsigned char *cells, double *loss);

/* The loss without programs, to measure others by: of W H = 0 (squares), of each gene at its mean in all cells (the others). */
unmix_status um_nmf_evaluate_nothing(unmix_context *cx, const um_nmf_data *data, const um_nmf_options *options, double *loss);

/*
 * The same sums over the entries of `held_out` alone (they have their true values, also zeros): how well factors predict
 * entries that they were not fitted to. *loss is the mean over these entries.
 */
unmix_status um_nmf_evaluate_at(unmix_context *cx, const um_sparse *held_out, const um_nmf_options *options,
                                const um_factors *factors, double *loss);

#endif
