/* Eigenvalues and pseudo-inverses of small symmetric matrices. */
#include "linalg/small.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

enum { MOST = 129 };

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

static double *reals(size_t n)
{
    double *values = calloc(n, sizeof *values);
    if (!values)
        abort();
    return values;
}

/* X'X of a `rows` x n matrix of normals, column j scaled by 10^(j mod `decades`). */
static double *draw_gram(um_random *r, size_t rows, size_t n, size_t decades)
{
    double *x = reals(rows * n), *gram = reals(n * n);
    for (size_t i = 0; i < rows * n; i++)
        x[i] = um_random_normal(r) * pow(10.0, (double)(i % n % decades));
    for (size_t q = 0; q < rows; q++)
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++)
                gram[i * n + j] += x[q * n + i] * x[q * n + j];
    free(x);
    return gram;
}

static void multiply(const double *a, const double *b, size_t n, double *to)
{
    memset(to, 0, n * n * sizeof *to);
    for (size_t i = 0; i < n; i++)
        for (size_t q = 0; q < n; q++)
            for (size_t j = 0; j < n; j++)
                to[i * n + j] += a[i * n + q] * b[q * n + j];
}

static const size_t sizes[] = {1, 2, 3, 13, 22, MOST};

static void eigenvectors_rebuild_the_matrix(void **state)
{
    (void)state;
    um_random r;
    um_random_start(&r, 1, "test", "eigen");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t n = sizes[s];
        double *matrix = draw_gram(&r, 2 * n, n, 1), *values = reals(n), *vectors = reals(n * n), *copy = reals(n * n);
        memcpy(copy, matrix, n * n * sizeof *copy);
        assert_ok(cx, um_small_eigen(cx, matrix, n, values, vectors));
        assert_memory_equal(matrix, copy, n * n * sizeof *copy); /* it is kept */
        memset(copy, 0, n * n * sizeof *copy);
        for (size_t v = 0; v < n; v++) {
            assert_true(v == 0 || values[v] >= values[v - 1]);
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                    copy[i * n + j] += values[v] * vectors[i * n + v] * vectors[j * n + v];
        }
        /* LAPACK's bound is a small multiple of n u times the norm */
        um_assert_close(copy, matrix, n * n, 0.0, 1e-14 * (double)n * values[n - 1], "eigenvectors");
        free(matrix);
        free(values);
        free(vectors);
        free(copy);
    }
}

/* Scales seven decades apart do not matter: the matrix is scaled to unit diagonal first. */
static void inverse_is_the_inverse(void **state)
{
    (void)state;
    um_random r;
    um_random_start(&r, 2, "test", "inverse");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const size_t n = sizes[s];
        double *matrix = draw_gram(&r, 4 * n, n, 8), *inverse = reals(n * n), *product = reals(n * n), *hidden = reals(n);
        double condition = 0.0;
        memcpy(inverse, matrix, n * n * sizeof *inverse);
        assert_ok(cx, um_small_inverse(cx, inverse, n, 1e-12, &condition, hidden));
        assert_true(condition >= 1.0 - 1e-12 && condition < 1e3); /* 4 n rows of normals: about 9 */
        multiply(matrix, inverse, n, product);
        for (size_t i = 0; i < n; i++) {
            assert_true(hidden[i] == 0.0);
            for (size_t j = 0; j < n; j++) { /* entry (i, j) carries the scales of i and of j */
                const double scale = sqrt(matrix[i * n + i] / matrix[j * n + j]), want = i == j;
                um_assert_close(&product[i * n + j], &want, 1, 0.0, 1e-13 * (double)n * condition * fmax(scale, 1.0), "inverse");
            }
        }
        free(matrix);
        free(inverse);
        free(product);
        free(hidden);
    }
}

/* The conditions of Moore and Penrose that hold also after scaling: A X A = A and X A X = X, X symmetric. */
static void assert_pseudo_inverse(const double *A, const double *X, size_t n)
{
    double *product = reals(n * n), *again = reals(n * n), largest = 0.0, largest_x = 0.0;
    for (size_t i = 0; i < n * n; i++) {
        largest = fmax(largest, fabs(A[i]));
        largest_x = fmax(largest_x, fabs(X[i]));
        um_assert_close(&X[i], &X[i % n * n + i / n], 1, 1e-12, 1e-12 * largest_x, "symmetry");
    }
    multiply(A, X, n, product);
    multiply(product, A, n, again);
    um_assert_close(again, A, n * n, 0.0, 1e-9 * largest, "A X A");
    multiply(X, A, n, product);
    multiply(product, X, n, again);
    um_assert_close(again, X, n * n, 0.0, 1e-9 * largest_x, "X A X");
    free(product);
    free(again);
}

/* Unknowns 0 and 1 are the same, 2 is by itself. */
static void twins_are_hidden_and_others_are_not(void **state)
{
    (void)state;
    const double matrix[9] = {4.0, 4.0, 1.0, 4.0, 4.0, 1.0, 1.0, 1.0, 3.0};
    double inverse[9], hidden[3], condition = 0.0;
    memcpy(inverse, matrix, sizeof matrix);
    assert_ok(cx, um_small_inverse(cx, inverse, 3, 1e-12, &condition, hidden));
    assert_pseudo_inverse(matrix, inverse, 3);
    const double want[3] = {0.5, 0.5, 0.0};
    um_assert_close(hidden, want, 3, 0.0, 1e-12, "hidden");
    assert_true(condition > 1e14);
}

/* n unknowns, fewer rows: all that remains is a pseudo-inverse. */
static void rank_deficient_matrices(void **state)
{
    (void)state;
    um_random r;
    um_random_start(&r, 3, "test", "rank");
    for (size_t n = 2; n <= 22; n += 4) {
        double *matrix = draw_gram(&r, n / 2, n, 1), *inverse = reals(n * n), *hidden = reals(n), sum = 0.0;
        memcpy(inverse, matrix, n * n * sizeof *inverse);
        assert_ok(cx, um_small_inverse(cx, inverse, n, 1e-10, NULL, hidden));
        assert_pseudo_inverse(matrix, inverse, n);
        for (size_t i = 0; i < n; i++)
            sum += hidden[i];
        const double want = (double)(n - n / 2); /* dimensions of the null space */
        um_assert_close(&sum, &want, 1, 1e-9, 0.0, "hidden");
        free(matrix);
        free(inverse);
        free(hidden);
    }
}

static void cutoff_decides_what_is_left_out(void **state)
{
    (void)state;
    /* unit diagonal, eigenvalues 1 +- (1 - 1e-5): the smaller is 5e-6 of the larger */
    const double matrix[4] = {1.0, 1.0 - 1e-5, 1.0 - 1e-5, 1.0};
    double kept[4], left_out[4], hidden[2];
    memcpy(kept, matrix, sizeof matrix);
    memcpy(left_out, matrix, sizeof matrix);
    assert_ok(cx, um_small_inverse(cx, kept, 2, 1e-6, NULL, hidden));
    assert_true(hidden[0] == 0.0 && hidden[1] == 0.0);
    const double determinant = 1.0 - (1.0 - 1e-5) * (1.0 - 1e-5), want = 1.0 / determinant;
    um_assert_close(kept, &want, 1, 1e-9, 0.0, "inverse");
    assert_ok(cx, um_small_inverse(cx, left_out, 2, 1e-4, NULL, hidden));
    const double quarter = 0.25, half = 0.5;
    for (size_t i = 0; i < 4; i++)
        um_assert_close(&left_out[i], &quarter, 1, 1e-4, 0.0, "pseudo-inverse");
    um_assert_close(hidden, &half, 1, 1e-9, 0.0, "hidden");
}

static void rows_without_a_diagonal_are_left_out(void **state)
{
    (void)state;
    double matrix[9] = {2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0}, hidden[3], condition = 0.0;
    assert_ok(cx, um_small_inverse(cx, matrix, 3, 1e-12, &condition, hidden));
    const double want[9] = {0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2};
    um_assert_close(matrix, want, 9, 1e-14, 1e-300, "inverse");
    assert_true(hidden[0] == 0.0 && hidden[1] == 1.0 && hidden[2] == 0.0 && isinf(condition));
    double zero[1] = {0.0};
    assert_ok(cx, um_small_inverse(cx, zero, 1, 1e-12, NULL, hidden));
    assert_true(zero[0] == 0.0 && hidden[0] == 1.0);
}

#define small_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        small_test(eigenvectors_rebuild_the_matrix),
        small_test(inverse_is_the_inverse),
        small_test(twins_are_hidden_and_others_are_not),
        small_test(rank_deficient_matrices),
        small_test(cutoff_decides_what_is_left_out),
        small_test(rows_without_a_diagonal_are_left_out),
    };
    return um_run_group(tests);
}
