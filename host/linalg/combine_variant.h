/*
 * One variant of um_combine; included by combine.c once for each, with
 *   VARIANT  its name        TARGET  the attribute that allows its instructions
 *   VECTOR   doubles of a vector, a divisor of UM_LANES
 *   GROUP    how many times UM_LANES columns stay in registers over all rows, at most 4
 */
#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#define VECTORS (UM_LANES / VECTOR)

typedef double JOIN(VARIANT, _vector) __attribute__((vector_size(VECTOR * sizeof(double)), may_alias));

/* `width`, in times of UM_LANES columns, is a constant where this is inlined: `total` becomes registers. */
TARGET static inline __attribute__((always_inline)) void JOIN(VARIANT, _group)(const uint32_t *row, const double *value,
                                                                               size_t count, const double *A,
                                                                               size_t stride, double *sum,
                                                                               const size_t width)
{
    JOIN(VARIANT, _vector) total[GROUP * VECTORS];
    for (size_t v = 0; v < width * VECTORS; v++)
        total[v] = ((const JOIN(VARIANT, _vector) *)sum)[v];
    for (size_t i = 0; i < count; i++) {
        const JOIN(VARIANT, _vector) *a = (const JOIN(VARIANT, _vector) *)(A + row[i] * stride);
        const double x = value[i];
        for (size_t v = 0; v < width * VECTORS; v++)
            total[v] += x * a[v];
    }
    for (size_t v = 0; v < width * VECTORS; v++)
        ((JOIN(VARIANT, _vector) *)sum)[v] = total[v];
}

TARGET static void VARIANT(const uint32_t *row, const double *value, size_t count, const double *A, size_t stride,
                           double *sum)
{
    size_t width = stride / UM_LANES;
    for (; width >= GROUP; width -= GROUP, A += GROUP * UM_LANES, sum += GROUP * UM_LANES)
        JOIN(VARIANT, _group)(row, value, count, A, stride, sum, GROUP);
    /* What cannot be left for a small GROUP must compile all the same. */
    if (width == 3)
        JOIN(VARIANT, _group)(row, value, count, A, stride, sum, 3 % GROUP);
    else if (width == 2)
        JOIN(VARIANT, _group)(row, value, count, A, stride, sum, 2 % GROUP);
    else if (width == 1)
        JOIN(VARIANT, _group)(row, value, count, A, stride, sum, 1);
}

#undef JOIN_
#undef JOIN
#undef VECTORS
#undef VARIANT
#undef TARGET
#undef VECTOR
#undef GROUP
