/* Products of thin matrices with small and with sparse ones, and the singular vectors made from them. */
#include "linalg/thin.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "linalg/range.h"
#include "testing/testing.h"

static unmix_context *cx;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

static um_random numbers(const char *name)
{
    um_random r;
    um_random_start(&r, 7, "test of thin matrices", name);
    return r;
}

static um_thin draw(um_random *r, size_t rows, size_t columns)
{
    um_thin matrix = {0};
    assert_ok(cx, um_thin_allocate(cx, &matrix, rows, columns));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
            um_thin_row(&matrix, i)[j] = um_random_normal(r);
    return matrix;
}

static um_sparse draw_sparse(um_random *r, size_t rows, size_t columns, double share)
{
    um_sparse X = {0};
    assert_ok(cx, um_sparse_allocate(cx, &X, rows, columns, rows * columns));
    size_t count = 0;
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++)
            if (um_random_uniform(r) < share) {
                X.column[count] = (uint32_t)j;
                X.value[count++] = um_random_normal(r);
            }
        X.start[i + 1] = count;
    }
    return X;
}

/* A sum of `count` products of normals: each rounds by eps / 2 of at most 6 x 6, twice. */
static double rounding(size_t count)
{
    return 36 * DBL_EPSILON * (double)count;
}

static void check_times_and_cross(size_t rows, size_t columns, size_t others)
{
    um_random r = numbers("times");
    um_thin A = draw(&r, rows, columns), B = draw(&r, columns, others);
    um_thin C = draw(&r, rows, others), D = draw(&r, columns, others);
    assert_ok(cx, um_thin_times(cx, &A, &B, &C));
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < C.stride; j++) {
            double want = 0;
            for (size_t l = 0; l < columns; l++)
                want += um_thin_row(&A, i)[l] * um_thin_row(&B, l)[j];
            assert_true(fabs(um_thin_row(&C, i)[j] - want) <= rounding(columns));
        }
    assert_ok(cx, um_thin_cross(cx, &A, &C, &D));
    for (size_t i = 0; i < columns; i++)
        for (size_t j = 0; j < D.stride; j++) {
            double want = 0, size = 0;
            for (size_t l = 0; l < rows; l++) {
                want += um_thin_row(&A, l)[i] * um_thin_row(&C, l)[j];
                size += fabs(um_thin_row(&A, l)[i] * um_thin_row(&C, l)[j]);
            }
            assert_true(fabs(um_thin_row(&D, i)[j] - want) <= DBL_EPSILON * (double)rows * size);
        }
    um_thin_clear(&A);
    um_thin_clear(&B);
    um_thin_clear(&C);
    um_thin_clear(&D);
}

static void test_times_and_cross(void **state)
{
    (void)state;
    check_times_and_cross(1, 1, 1);
    check_times_and_cross(3, 8, 7);
    check_times_and_cross(1500, 9, 33); /* two groups of vectors */
    check_times_and_cross(700, 20, 24);
    check_times_and_cross(300, 30, 70);
}

static void check_sides(size_t rows, size_t columns, size_t thin, double share)
{
    um_random r = numbers("sides");
    um_sparse X = draw_sparse(&r, rows, columns, share);
    um_thin right = draw(&r, columns, thin), left = draw(&r, rows, thin);
    um_thin by_row = draw(&r, rows, thin), by_column = draw(&r, columns, thin);
    um_two_sided sides;
    assert_ok(cx, um_two_sided_open(cx, &sides, &X, thin));
    um_two_sided_times(&sides, &right, &by_row);
    um_two_sided_turned_times(&sides, &left, &by_column);
    double *want = calloc(columns * left.stride, sizeof *want);
    assert_non_null(want);
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < right.stride; j++) {
            double sum = 0;
            for (size_t e = X.start[i]; e < X.start[i + 1]; e++) {
                sum += X.value[e] * um_thin_row(&right, X.column[e])[j];
                want[X.column[e] * left.stride + j] += X.value[e] * um_thin_row(&left, i)[j];
            }
            assert_true(fabs(um_thin_row(&by_row, i)[j] - sum) <= rounding(columns));
        }
    um_assert_close(by_column.values, want, columns * left.stride, 0, rounding(rows), "X' left");
    free(want);
    um_two_sided_clear(&sides);
    um_sparse_clear(&X);
    um_thin_clear(&right);
    um_thin_clear(&left);
    um_thin_clear(&by_row);
    um_thin_clear(&by_column);
}

static void test_both_sides(void **state)
{
    (void)state;
    check_sides(1, 1, 1, 1);
    check_sides(5, 3, 2, 0);
    check_sides(40, 300, 11, 0.2);
    check_sides(5000, 60, 30, 0.1); /* several blocks */
    check_sides(3000, 50, 50, 1);   /* without a zero */
}

/* X = sum of s_t u_t v_t' for orthogonal columns of signs (Hadamard): the vectors come back, u's largest entry positive. */
static void check_known(size_t rows, size_t columns, size_t k)
{
    static const double S[4] = {50, 20, 5, 1e-3};
    um_random r = numbers("known");
    um_sparse X = {0};
    assert_ok(cx, um_sparse_allocate(cx, &X, rows, columns, rows * columns));
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++) {
            const size_t at = i * columns + j;
            X.column[at] = (uint32_t)j;
            for (size_t t = 0; t < 4; t++) {
                const double u = __builtin_parity((unsigned)(i & (t + 1))) ? -1 : 1;
                const double v = __builtin_parity((unsigned)(j & (t + 3))) ? -1 : 1;
                X.value[at] += S[t] * u * v / sqrt((double)(rows * columns));
            }
        }
        X.start[i + 1] = (i + 1) * columns;
    }
    const size_t least = rows < columns ? rows : columns;
    double *start = calloc(least * (k + UM_RANGE_MORE), sizeof *start);
    um_svd svd = {calloc(rows * k, sizeof(double)), calloc(k, sizeof(double)), calloc(columns * k, sizeof(double))};
    assert_true(start && svd.U && svd.S && svd.V);
    for (size_t i = 0; i < least * (k + UM_RANGE_MORE); i++)
        start[i] = um_random_normal(&r);
    assert_ok(cx, um_range_svd(cx, &X, k, start, &svd));
    for (size_t t = 0; t < k; t++) {
        const double want = t < 4 ? S[t] : 0;
        assert_true(fabs(svd.S[t] - want) <= 1e-12 * S[0]); /* backward stable: eps times some tens of the largest */
        /* A vector is as good as rounding of the largest value beside its own gap. */
        for (size_t i = 0; t < 4 && i < rows; i++) {
            const int same = __builtin_parity((unsigned)(i & (t + 1))) == 0;
            const double sign = svd.U[t] > 0 ? 1 : -1;
            assert_true(fabs(sign * svd.U[i * k + t] - (same ? 1 : -1) / sqrt((double)rows)) <= 1e-13 * S[0] / S[t]);
        }
        for (size_t i = 0; i < rows; i++)
            assert_true(isfinite(svd.U[i * k + t]));
        for (size_t j = 0; j < columns; j++)
            assert_true(isfinite(svd.V[j * k + t]));
    }
    free(start);
    free(svd.U);
    free(svd.S);
    free(svd.V);
    um_sparse_clear(&X);
}

static void test_known_vectors_come_back(void **state)
{
    (void)state;
    check_known(64, 32, 4);
    check_known(32, 64, 3);
    check_known(64, 128, 6); /* more than the rank */
    check_known(8, 8, 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_times_and_cross, begin, end),
        cmocka_unit_test_setup_teardown(test_both_sides, begin, end),
        cmocka_unit_test_setup_teardown(test_known_vectors_come_back, begin, end),
    };
    return um_run_group(tests);
}
