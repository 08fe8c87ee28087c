/*
 * Types and tunables that all kernels share. Every kernel file is valid OpenCL C 1.2 behind this one.
 *
 *   UM_DOUBLE  1: reals are double, 0: float
 *   UM_FP64    1: the device has fp64, so sums over tiles are in double
 *   UM_VW      samples in one vector (16, 8, 4, 2 or 1)
 *   UM_WG      work-items in a group; always passed, because get_local_size() in a loop with barriers is miscompiled
 *              by PoCL 3.1
 *
 * These, and the numbers that kernels share with the host (host/device/constants.h), are options of the build
 * (host/device/build.c) and have no defaults here.
 *
 * Matrices over samples are row-major with a leading dimension counted in vectors (`ld`); rows are padded to whole
 * vectors, and what stands in the padding never influences a real sample.
 */
#if UM_FP64 || UM_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

#define UM_JOIN_(a, b) a##b
#define UM_JOIN(a, b) UM_JOIN_(a, b)
#if UM_VW == 1
#define UM_WIDE(type) type
#else
#define UM_WIDE(type) UM_JOIN(type, UM_VW)
#endif

#if UM_DOUBLE
typedef double real;
typedef UM_WIDE(double) realv;
#define UM_CONVERT_REAL UM_WIDE(convert_double)
#else
typedef float real;
typedef UM_WIDE(float) realv;
#define UM_CONVERT_REAL UM_WIDE(convert_float)
#endif

/* Working type of small problems and of what single precision is too coarse for: double where the device has it. */
#if UM_FP64 || UM_DOUBLE
typedef UM_WIDE(double) widev;
typedef double wide;
#define UM_TO_WIDE UM_WIDE(convert_double)
#else
typedef realv widev;
typedef real wide;
#define UM_TO_WIDE UM_WIDE(convert_float)
#endif
#define UM_FROM_WIDE UM_CONVERT_REAL

/* A comparison of scalars gives 1, of vectors -1 in every element: all() is only right for the latter. */
#if UM_VW == 1
#define UM_ALL(condition) (condition)
#else
#define UM_ALL(condition) all(condition)
#endif

#define UM_KERNEL __kernel __attribute__((reqd_work_group_size(UM_WG, 1, 1)))

/*
 * Sums over tiles. Each tile was summed in reals; tiles are combined in double, or, where there is no fp64, with the
 * error of every addition carried along (Knuth's two-sum).
 */
#if UM_FP64
typedef UM_WIDE(double) um_sum;
#define UM_SUM_ZERO ((um_sum)(0))
#define UM_SUM_ADD(sum, x) ((sum) += UM_WIDE(convert_double)(x))
#define UM_SUM_VALUE(sum) UM_CONVERT_REAL(sum)
#else
typedef struct {
    realv high, low;
} um_sum;
#define UM_SUM_ZERO {(realv)(0), (realv)(0)}
#define UM_SUM_ADD(sum, x) um_sum_add(&(sum), (x))
#define UM_SUM_VALUE(sum) ((sum).high + (sum).low)
static inline void um_sum_add(um_sum *sum, const realv x)
{
    const realv high = sum->high + x;
    const realv part = high - sum->high;
    sum->low += (sum->high - (high - part)) + (x - part);
    sum->high = high;
}
#endif
