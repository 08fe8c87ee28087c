/* Samples with most counts above zero: eight side by side on each thread. */
#ifndef UM_EVALUATE_DENSE_H
#define UM_EVALUATE_DENSE_H

#include "deconvolve/certify/evaluate_sums.h"

/* Evaluates which[0..n) of the call's samples, and adds them to what the totals keep for each gene. Errors: MEMORY. */
unmix_status um_evaluate_dense(unmix_context *cx, um_evaluation *call, const size_t *which, size_t n);

#endif
