/* Self-tests of the kernels of deconvolution. */
#ifndef UM_DECONVOLVE_SELF_TEST_H
#define UM_DECONVOLVE_SELF_TEST_H

#include "bench/self_test.h"

extern const um_self_test_family um_deconvolve_self_tests[];
extern const size_t um_deconvolve_self_test_count;

/* One of them, in a file of its own. */
unmix_status um_self_test_least_squares(unmix_context *cx, um_queue *queue, double *error, double *bound);

#endif
