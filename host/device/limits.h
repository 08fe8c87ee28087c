/*
 * What a device can launch at most, and how a build gives way: rows of A no longer go through local memory, groups become
 * smaller. Neither changes a sum, so results stay what they are.
 */
#ifndef UM_LIMITS_H
#define UM_LIMITS_H

#include "device/build.h"

typedef struct um_limits {
    size_t group; /* work-items in a group */
    size_t local; /* bytes of local memory that a group has */
    size_t rows;  /* groups in the second dimension of one launch */
} um_limits;

/* Of a device with these largest groups and that much local memory; the tuning may lower them, for tests. */
um_limits um_limits_of(size_t largest_group, uint64_t local_bytes, const um_tuning *tuning);

/* Before a build: what is known to be too much is less afterwards. */
void um_limits_fit(const um_limits *limits, um_build *build);

/*
 * After it: `group` is the largest in which the kernel runs on this device, `local` what it takes of local memory. 1: it
 * fits. 0: it does not, and the build has been made smaller. -1: it does not, and nothing is left to make smaller.
 */
int um_limits_check(const um_limits *limits, size_t group, uint64_t local, um_build *build);

#endif
