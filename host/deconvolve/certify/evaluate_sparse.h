/* Samples with few counts above zero: only those are visited; evaluate.h says what the zeros add. */
#ifndef UM_EVALUATE_SPARSE_H
#define UM_EVALUATE_SPARSE_H

#include "deconvolve/certify/evaluate_sums.h"

/* Evaluates which[0..n) of the call's samples, and adds them to what the totals keep. Errors: MEMORY. */
unmix_status um_evaluate_sparse(unmix_context *cx, um_evaluation *call, const size_t *which, size_t n);

#endif
