/* Known-answer tests: every room that has kernels lists its families; host/api runs them all. */
#ifndef UM_SELF_TEST_H
#define UM_SELF_TEST_H

#include "bench/worst.h"
#include "device/queue.h"

typedef struct um_self_test_family {
    const char *name;
    /*
     * Runs the family on data with an answer known in double. *error is the largest error found, *bound what rounding
     * can explain. A kernel that cannot be built or launched is a failure of the returned status.
     */
    unmix_status (*run)(unmix_context *cx, um_queue *queue, double *error, double *bound);
} um_self_test_family;

/* eps of the device's reals. */
static inline double um_queue_eps(const um_queue *queue)
{
    return um_queue_real_size(queue) == sizeof(float) ? 1.1920929e-7 : 2.220446e-16;
}

#endif
