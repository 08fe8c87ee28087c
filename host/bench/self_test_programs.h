/* Self-tests of the kernels of factorisations. */
#ifndef UM_PROGRAMS_SELF_TEST_H
#define UM_PROGRAMS_SELF_TEST_H

#include "bench/self_test.h"

extern const um_self_test_family um_programs_self_tests[];
extern const size_t um_programs_self_test_count;

#endif
