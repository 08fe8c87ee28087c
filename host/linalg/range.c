#include "linalg/range.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <lapacke.h>

#include "core/memory.h"
#include "linalg/thin.h"

enum {
    FEW = 4,    /* iterations where a tenth or more of the directions is asked for */
    MANY = 7,   /* and elsewhere */
    PASSES = 8, /* of the orthonormalisation: two where columns are independent, some more to lift rounding noise */
};

#define ORTHONORMAL 1e-8 /* deviation of the Gram matrix that one more pass takes below rounding */

typedef struct workspace {
    um_two_sided sides;
    int wide;                 /* fewer rows than columns: X' is worked on */
    um_thin tall, tall_spare; /* max(rows, columns) x q */
    um_thin base, base_spare; /* min(rows, columns) x q */
    um_thin gram, factor;     /* q x q */
} workspace;

static void workspace_clear(workspace *w)
{
    um_two_sided_clear(&w->sides);
    um_thin_clear(&w->tall);
    um_thin_clear(&w->tall_spare);
    um_thin_clear(&w->base);
    um_thin_clear(&w->base_spare);
    um_thin_clear(&w->gram);
    um_thin_clear(&w->factor);
}

static unmix_status workspace_open(unmix_context *cx, workspace *w, const um_sparse *X, size_t q)
{
    const size_t most = X->rows > X->columns ? X->rows : X->columns, least = X->rows + X->columns - most;
    w->wide = X->rows < X->columns;
    UM_TRY(um_two_sided_open(cx, &w->sides, X, q));
    UM_TRY(um_thin_allocate(cx, &w->tall, most, q));
    UM_TRY(um_thin_allocate(cx, &w->tall_spare, most, q));
    UM_TRY(um_thin_allocate(cx, &w->base, least, q));
    UM_TRY(um_thin_allocate(cx, &w->base_spare, least, q));
    UM_TRY(um_thin_allocate(cx, &w->gram, q, q));
    return um_thin_allocate(cx, &w->factor, q, q);
}

/* tall = M base and base = M' tall, where M is X or, if that is wide, X'. */
static void to_tall(workspace *w)
{
    if (w->wide)
        um_two_sided_turned_times(&w->sides, &w->base, &w->tall);
    else
        um_two_sided_times(&w->sides, &w->base, &w->tall);
}

static void to_base(workspace *w)
{
    if (w->wide)
        um_two_sided_times(&w->sides, &w->tall, &w->base);
    else
        um_two_sided_turned_times(&w->sides, &w->tall, &w->base);
}

static void swap(um_thin *a, um_thin *b)
{
    const um_thin kept = *a;
    *a = *b;
    *b = kept;
}

/*
 * G = R'R in place, R upper. A column that lies within rounding in the span of those before it would have a pivot of
 * noise; it gets the floor instead and so stays short. A column of zeros has zeros in R.
 */
static void cholesky(um_thin *G)
{
    const size_t q = G->rows;
    for (size_t j = 0; j < q; j++) {
        const double length = um_thin_row(G, j)[j], floor = 64 * DBL_EPSILON * (double)q * length;
        double rest = length;
        for (size_t i = 0; i < j; i++) {
            const double pivot = um_thin_row(G, i)[i];
            double r = um_thin_row(G, i)[j];
            for (size_t l = 0; l < i; l++)
                r -= um_thin_row(G, l)[i] * um_thin_row(G, l)[j];
            r = pivot > 0 ? r / pivot : 0;
            um_thin_row(G, i)[j] = r;
            rest -= r * r;
        }
        um_thin_row(G, j)[j] = sqrt(rest > floor ? rest : floor);
    }
}

/* T = R^-1, upper; zeros where R has a column of zeros. */
static void invert(const um_thin *R, um_thin *T)
{
    const size_t q = R->rows;
    memset(T->values, 0, q * T->stride * sizeof *T->values);
    for (size_t j = 0; j < q; j++) {
        const double last = um_thin_row(R, j)[j];
        if (!(last > 0))
            continue;
        um_thin_row(T, j)[j] = 1 / last;
        for (size_t i = j; i-- > 0;) {
            const double pivot = um_thin_row(R, i)[i];
            double sum = 0;
            for (size_t l = i + 1; l <= j; l++)
                sum += um_thin_row(R, i)[l] * um_thin_row(T, l)[j];
            um_thin_row(T, i)[j] = pivot > 0 ? -sum / pivot : 0;
        }
    }
}

/* Largest deviation of a Gram matrix from the identity, columns of zeros apart. */
static double deviation(const um_thin *G)
{
    double most = 0;
    for (size_t i = 0; i < G->rows; i++)
        for (size_t j = 0; j < G->rows; j++) {
            const double g = um_thin_row(G, i)[j], want = i == j && g > 0;
            most = fmax(most, fabs(g - want));
        }
    return most;
}

/* Columns that span the same space and are nearly orthonormal; *before (or NULL) is how far they were from it. */
static unmix_status normalise(unmix_context *cx, workspace *w, um_thin *matrix, um_thin *spare, double *before)
{
    UM_TRY(um_thin_cross(cx, matrix, matrix, &w->gram));
    if (before)
        *before = deviation(&w->gram);
    cholesky(&w->gram);
    invert(&w->gram, &w->factor);
    UM_TRY(um_thin_times(cx, matrix, &w->factor, spare));
    swap(matrix, spare);
    return UNMIX_OK;
}

/* The same to rounding: passes until the last one started from nearly orthonormal columns (CholeskyQR2). */
static unmix_status orthonormalise(unmix_context *cx, workspace *w, um_thin *matrix, um_thin *spare)
{
    double before = 1;
    for (int pass = 0; pass < PASSES && before > ORTHONORMAL; pass++)
        UM_TRY(normalise(cx, w, matrix, spare, &before));
    return UNMIX_OK;
}

/* matrix = L diag(S) R, q x q, into `left` (columns are vectors) and `right` (turned, so that columns are vectors too). */
static unmix_status small_svd(unmix_context *cx, um_thin *matrix, double *S, um_thin *left, um_thin *right)
{
    const lapack_int q = (lapack_int)matrix->rows, stride = (lapack_int)matrix->stride;
    um_thin turned = {0};
    UM_TRY(um_thin_allocate(cx, &turned, matrix->rows, matrix->rows));
    const lapack_int info = LAPACKE_dgesdd(LAPACK_ROW_MAJOR, 'A', q, q, matrix->values, stride, S, left->values, stride,
                                           turned.values, stride);
    for (size_t i = 0; i < matrix->rows; i++)
        for (size_t j = 0; j < matrix->rows; j++)
            um_thin_row(right, i)[j] = um_thin_row(&turned, j)[i];
    um_thin_clear(&turned);
    if (info != 0)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "singular values of a %d x %d matrix: LAPACK dgesdd gave %d", (int)q,
                       (int)q, (int)info);
    return UNMIX_OK;
}

static unmix_status iterate(unmix_context *cx, workspace *w, size_t k)
{
    const int iterations = 10 * k < w->base.rows ? MANY : FEW;
    for (int i = 0; i < iterations; i++) {
        to_tall(w);
        UM_TRY(normalise(cx, w, &w->tall, &w->tall_spare, NULL));
        to_base(w);
        UM_TRY(normalise(cx, w, &w->base, &w->base_spare, NULL));
    }
    to_tall(w);
    return orthonormalise(cx, w, &w->tall, &w->tall_spare);
}

/*
 * With Q orthonormal in `tall`: Z = M'Q = P R, R = P'Z = L diag(S) N', so that M ~ Q Z' = (Q N) diag(S) (P L)'.
 * Leaves Q N in `tall` and P L in `base`.
 */
static unmix_status project(unmix_context *cx, workspace *w, double *S, um_thin *Z)
{
    const size_t bytes = w->base.rows * w->base.stride * sizeof(double);
    to_base(w);
    memcpy(Z->values, w->base.values, bytes);
    UM_TRY(orthonormalise(cx, w, &w->base, &w->base_spare));
    UM_TRY(um_thin_cross(cx, &w->base, Z, &w->gram));
    UM_TRY(small_svd(cx, &w->gram, S, &w->factor, Z));
    UM_TRY(um_thin_times(cx, &w->base, &w->factor, &w->base_spare));
    swap(&w->base, &w->base_spare);
    Z->rows = w->factor.rows;
    UM_TRY(um_thin_times(cx, &w->tall, Z, &w->tall_spare));
    swap(&w->tall, &w->tall_spare);
    return UNMIX_OK;
}

/* The first k columns; U decides on the signs. */
static void take(const workspace *w, size_t k, um_svd *svd)
{
    const um_thin *left = w->wide ? &w->base : &w->tall, *right = w->wide ? &w->tall : &w->base;
    for (size_t t = 0; t < k; t++) {
        double largest = 0;
        for (size_t i = 0; i < left->rows; i++)
            if (fabs(um_thin_row(left, i)[t]) > fabs(largest))
                largest = um_thin_row(left, i)[t];
        const double sign = largest < 0 ? -1 : 1;
        for (size_t i = 0; i < left->rows; i++)
            svd->U[i * k + t] = sign * um_thin_row(left, i)[t];
        for (size_t i = 0; i < right->rows; i++)
            svd->V[i * k + t] = sign * um_thin_row(right, i)[t];
    }
}

unmix_status um_range_svd(unmix_context *cx, const um_sparse *X, size_t k, const double *start, um_svd *svd)
{
    const size_t least = X->rows < X->columns ? X->rows : X->columns, columns = k + UM_RANGE_MORE;
    const size_t q = columns < least ? columns : least; /* `least` columns span everything already */
    workspace w = {0};
    um_thin Z = {0};
    double *S = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, workspace_open(cx, &w, X, q));
    UM_TRY_GOTO(status, done, um_thin_allocate(cx, &Z, least, q));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &S, q, "singular values"));
    for (size_t i = 0; i < least; i++)
        memcpy(um_thin_row(&w.base, i), start + i * columns, q * sizeof *start);
    UM_TRY_GOTO(status, done, iterate(cx, &w, k));
    UM_TRY_GOTO(status, done, project(cx, &w, S, &Z));
    take(&w, k, svd);
    memcpy(svd->S, S, k * sizeof *S);
done:
    workspace_clear(&w);
    um_thin_clear(&Z);
    free(S);
    return status;
}
