/* Self-tests of the dense products. */
#ifndef UM_LINALG_SELF_TEST_H
#define UM_LINALG_SELF_TEST_H

#include "bench/self_test.h"

extern const um_self_test_family um_linalg_self_tests[];
extern const size_t um_linalg_self_test_count;

#endif
