#include "linalg/small.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "core/memory.h"

unmix_status um_small_eigen(unmix_context *cx, const double *matrix, size_t n, double *values, double *vectors)
{
    memcpy(vectors, matrix, n * n * sizeof *vectors);
    const lapack_int info = LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'V', 'L', (lapack_int)n, vectors, (lapack_int)n, values);
    if (info != 0)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "eigenvalues of a %zu x %zu matrix: LAPACK dsyev gave %d", n, n, (int)info);
    return UNMIX_OK;
}

typedef struct spectrum {
    double *scale;   /* 1 / sqrt(diagonal), 0 where it is not positive */
    double *scaled;  /* n x n with unit diagonal */
    double *values;
    double *vectors;
} spectrum;

static void spectrum_clear(spectrum *s)
{
    free(s->scale);
    free(s->scaled);
    free(s->values);
    free(s->vectors);
}

static unmix_status decompose(unmix_context *cx, spectrum *s, const double *matrix, size_t n)
{
    UM_TRY(UM_ALLOC(cx, &s->scale, n, "inverse"));
    UM_TRY(UM_ALLOC(cx, &s->scaled, n * n, "inverse"));
    UM_TRY(UM_ALLOC(cx, &s->values, n, "inverse"));
    UM_TRY(UM_ALLOC(cx, &s->vectors, n * n, "inverse"));
    for (size_t i = 0; i < n; i++)
        s->scale[i] = matrix[i * n + i] > 0.0 ? 1.0 / sqrt(matrix[i * n + i]) : 0.0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            s->scaled[i * n + j] = matrix[i * n + j] * s->scale[i] * s->scale[j];
    return um_small_eigen(cx, s->scaled, n, s->values, s->vectors);
}

unmix_status um_small_inverse(unmix_context *cx, double *matrix, size_t n, double cutoff, double *condition, double *hidden)
{
    spectrum s = {0};
    unmix_status status = decompose(cx, &s, matrix, n);
    if (status != UNMIX_OK) {
        spectrum_clear(&s);
        return status;
    }
    const double largest = s.values[n - 1];
    if (condition)
        *condition = s.values[0] > 0.0 ? largest / s.values[0] : INFINITY;
    for (size_t i = 0; hidden && i < n; i++)
        hidden[i] = 0.0;
    memset(matrix, 0, n * n * sizeof *matrix);
    for (size_t v = 0; v < n; v++) {
        const int left_out = !(s.values[v] > cutoff * largest);
        for (size_t i = 0; i < n; i++) {
            const double a = s.vectors[i * n + v];
            if (left_out && hidden)
                hidden[i] += a * a;
            for (size_t j = 0; !left_out && j < n; j++)
                matrix[i * n + j] += a * s.vectors[j * n + v] / s.values[v] * s.scale[i] * s.scale[j];
        }
    }
    spectrum_clear(&s);
    return UNMIX_OK;
}
