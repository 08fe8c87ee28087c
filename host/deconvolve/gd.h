/*
 * Gradient descent (DESIGN 2.2): E = E0 exp(theta), Adam on theta with the analytic gradient E_j D_j (1 - m_j).
 *
 * Phase 1, the null model, has its optimum in closed form: E0 = T / D_M (without an intercept T / sum_j D_j).
 * Phase 2 starts at theta ~ Normal(-5, 0.1) for the types, keyed by (seed, name of the type), and 0 for the intercept.
 * Loss = NLL + l1 (NLL/100) sum E/E0 + l2 (NLL/100) sum (E/E0)^2 over the types. Looked at every 100 steps: a sample
 * stops when the relative change of its loss is below the tolerance and that of its sparsity below 1e-4; the rate halves
 * when the loss rose; the result is the look with the lowest loss.
 */
#ifndef UM_GD_H
#define UM_GD_H

#include "deconvolve/iterate.h"

typedef struct um_gd um_gd;
unmix_status um_gd_open(um_batch *batch, const unmix_deconvolve_options *options, um_gd **gd);
void um_gd_close(um_gd *gd);

/* Fits the loaded samples. T[column] are the weighted total counts of each column of the block. */
unmix_status um_gd_fit(um_gd *gd, um_batch *batch, const double *T, um_fit *fit, double progress_done,
                       double progress_share);

#endif
