#include "linalg/combine.h"

/*
 * The library is compiled for any machine of its architecture; this loop alone also for the wider vectors of newer ones.
 * Lanes are columns: every column adds up its own terms in order, and contraction into fused operations is off, so the
 * width does not show in the result.
 */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

typedef double lanes __attribute__((vector_size(UM_LANES * sizeof(double)), may_alias));

enum { GROUP = 4 }; /* vectors that stay in registers over all rows */

/* `width` is a constant where this is inlined, so that `total` becomes registers. */
static inline __attribute__((always_inline)) void combine_group(const uint32_t *row, const double *value, size_t count,
                                                                const double *A, size_t stride, double *sum,
                                                                const size_t width)
{
    lanes total[GROUP];
    for (size_t v = 0; v < width; v++)
        total[v] = ((const lanes *)sum)[v];
    for (size_t i = 0; i < count; i++) {
        const lanes *a = (const lanes *)(A + row[i] * stride);
        const double x = value[i];
        for (size_t v = 0; v < width; v++)
            total[v] += x * a[v];
    }
    for (size_t v = 0; v < width; v++)
        ((lanes *)sum)[v] = total[v];
}

static inline __attribute__((always_inline)) void combine(const uint32_t *row, const double *value, size_t count,
                                                          const double *A, size_t stride, double *sum)
{
    size_t vectors = stride / UM_LANES;
    for (; vectors > GROUP; vectors -= GROUP, A += GROUP * UM_LANES, sum += GROUP * UM_LANES)
        combine_group(row, value, count, A, stride, sum, GROUP);
    switch (vectors) {
    case 4: combine_group(row, value, count, A, stride, sum, 4); break;
    case 3: combine_group(row, value, count, A, stride, sum, 3); break;
    case 2: combine_group(row, value, count, A, stride, sum, 2); break;
    case 1: combine_group(row, value, count, A, stride, sum, 1); break;
    default: break;
    }
}

#define VARIANT(name, target)                                                                \
    target static void name(const uint32_t *row, const double *value, size_t count, const double *A, size_t stride, \
                            double *sum)                                                     \
    {                                                                                        \
        combine(row, value, count, A, stride, sum);                                          \
    }

VARIANT(combine_plain, )

#if defined(__x86_64__)
VARIANT(combine_avx2, __attribute__((target("avx2"))))
VARIANT(combine_avx512, __attribute__((target("avx512f"))))

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
