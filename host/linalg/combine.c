#include "linalg/combine.h"

/*
 * The library is compiled for any machine of its architecture; this loop alone also for the wider vectors of newer ones.
 * Lanes are columns: every column adds up its own terms in order, and products are not fused with sums (gcc does not in
 * ISO C, clang is told), so the width does not show in the result.
 */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#define VARIANT combine_plain
#define TARGET
#define VECTOR 2
#define GROUP 2
#include "linalg/combine_variant.h"

#if defined(__x86_64__)

#define VARIANT combine_avx2
#define TARGET __attribute__((target("avx2")))
#define VECTOR 4
#define GROUP 3
#include "linalg/combine_variant.h"

#define VARIANT combine_avx512
#define TARGET __attribute__((target("avx512f")))
#define VECTOR 8
#define GROUP 4
#include "linalg/combine_variant.h"

um_combine *um_combine_best(void)
{
    return __builtin_cpu_supports("avx512f") ? combine_avx512
           : __builtin_cpu_supports("avx2")  ? combine_avx2
                                             : combine_plain;
}

#else

um_combine *um_combine_best(void)
{
    return combine_plain;
}

#endif
