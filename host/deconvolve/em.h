/*
 * Expectation-maximisation (DESIGN 2.1): E_j <- E_j m_j, m_j = fold_j / D_j. The log-likelihood never decreases.
 * Start E = total counts / C, intercept 0.05 total counts. A sample stops when |change of NLL| per iteration is below
 * tolerance x (NLL + 1), looked at every 10 iterations.
 */
#ifndef UM_EM_H
#define UM_EM_H

#include "deconvolve/iterate.h"

/* States that em keeps on the device; added once to a batch. */
typedef struct um_em um_em;
unmix_status um_em_open(um_batch *batch, const unmix_deconvolve_options *options, um_em **em);
void um_em_close(um_em *em);

/* Fits the loaded samples. totals[column] are the total counts of each column of the block. */
unmix_status um_em_fit(um_em *em, um_batch *batch, const double *totals, um_fit *fit, double progress_done,
                       double progress_share);

#endif
