/*
 * The last word in double precision, on the host: NLL, certificate and fit metrics at the exposures found, whatever
 * precision found them.
 *
 *   gap = log( max_j m_j ) after scaling E so that sum_j D_j E_j = T: LL(optimum) - LL(E) <= T gap  
 *
 * A sample with few counts above zero is evaluated from those alone: what the zeros add is linear or quadratic in E.
 *
 *   sum_g y = (1'A) E     sum_g w y = D'E     sum_g y^2 = E'(A'A) E     and per gene over samples
 *   sum_n y_gn = A_g (sum_n E_n)              sum_n y_gn^2 = A_g (sum_n E_n E_n') A_g'
 */
#ifndef UM_EVALUATE_H
#define UM_EVALUATE_H

#include "core/source.h"
#include "deconvolve/certify/evaluator.h"

/*
 * Evaluates columns column[0..n) of a block. E + column[i] * M are the exposures of column[i]; metrics[i] are written;
 * predicted (n x G, or NULL) gets yhat.
 */
unmix_status um_evaluate(unmix_context *cx, um_evaluator *evaluator, const um_block *block, const size_t *column, size_t n,
                         const double *E, um_metrics *metrics, double *predicted);

#endif
