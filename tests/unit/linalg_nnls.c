/* Non-negative least squares: the conditions of the optimum, known answers, starts, and systems without a unique one.
 */
#include "linalg/nnls.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

enum { MOST = 61, ROWS = 200 };

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

/* H = A'A and b = A'y of a random problem whose columns have scales from 1 to 1e6 and resemble each other. */
static void draw(um_random *r, size_t n, double *H, double *b)
{
    double row[MOST];
    memset(H, 0, n * n * sizeof *H);
    memset(b, 0, n * sizeof *b);
    for (size_t g = 0; g < ROWS; g++) {
        const double common = exp(um_random_normal(r)), y = common + um_random_normal(r);
        for (size_t j = 0; j < n; j++)
            row[j] = common * exp(0.5 * um_random_normal(r)) * pow(10.0, (double)(j % 7));
        for (size_t i = 0; i < n; i++) {
            b[i] += row[i] * y;
            for (size_t j = 0; j < n; j++)
                H[i * n + j] += row[i] * row[j];
        }
    }
}

/*
 * x >= 0, gradient b - H x zero above and <= 0 at zero. In units of unit diagonal; H x is known to n u |H| x, and x
 * itself to u cond(H): the residual of a Cholesky solution is a few n u times the largest b.
 */
static void assert_optimum(const double *H, const double *b, const double *x, size_t n)
{
    double largest = 0.0;
    for (size_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(b[i]) / sqrt(H[i * n + i]));
    const double allowed = 40.0 * (double)n * 0x1p-53 * largest + 1e-13 * largest;
    for (size_t i = 0; i < n; i++) {
        double gradient = b[i];
        for (size_t j = 0; j < n; j++)
            gradient -= H[i * n + j] * x[j];
        gradient /= sqrt(H[i * n + i]);
        assert_true(x[i] >= 0.0);
        assert_true(gradient <= allowed);
        if (x[i] > 0.0)
            assert_true(gradient >= -allowed);
    }
}

static void the_optimum_is_found_from_any_start(void **state)
{
    (void)state;
    const size_t sizes[] = {1, 2, 3, 13, 22, MOST};
    double *H = calloc(MOST * MOST, sizeof *H), b[MOST], x[MOST], again[MOST];
    um_random r;
    um_random_start(&r, 1, "test", "nnls");
    size_t zeros = 0, above = 0;
    for (size_t s = 0; s < 6; s++)
        for (int repeat = 0; repeat < 20; repeat++) {
            const size_t n = sizes[s];
            um_nnls work = {0};
            assert_ok(cx, um_nnls_open(cx, &work, n));
            draw(&r, n, H, b);
            memset(x, 0, sizeof x);
            um_nnls_solve(&work, H, b, x);
            assert_optimum(H, b, x, n);
            for (size_t j = 0; j < n; j++) {
                zeros += x[j] == 0.0;
                above += x[j] > 0.0;
                again[j] = (j + (size_t)repeat) % 3 ? 0.5 / sqrt(H[j * n + j]) : x[j];
            }
            um_nnls_solve(&work, H, b, again);
            assert_optimum(H, b, again, n);
            um_nnls_close(&work);
        }
    assert_true(zeros > 100 && above > 100); /* both kinds were there */
    free(H);
}

/* Two unknowns by hand: the plain solution is (2, -1), so the second is at zero and the first alone gives 1.5. */
static void known_answers(void **state)
{
    (void)state;
    um_nnls work = {0};
    assert_ok(cx, um_nnls_open(cx, &work, 2));
    double x[2] = {0};
    um_nnls_solve(&work, (const double[]){2, 1, 1, 2}, (const double[]){3, 0}, x);
    um_assert_close(x, (const double[]){1.5, 0}, 2, 1e-15, 0.0, "one at zero");
    um_nnls_solve(&work, (const double[]){2, 1, 1, 2}, (const double[]){-3, -1}, x);
    assert_true(x[0] == 0.0 && x[1] == 0.0);
    x[0] = x[1] = 0.0;
    um_nnls_solve(&work, (const double[]){4, 0, 0, 0}, (const double[]){2, 0}, x); /* a column of zeros */
    assert_true(x[0] == 0.5 && x[1] == 0.0);
    um_nnls_close(&work);
}

/* Twins: any split is an optimum; what is found must be one, also from a start that has both. */
static void columns_that_are_the_same_do_no_harm(void **state)
{
    (void)state;
    um_nnls work = {0};
    assert_ok(cx, um_nnls_open(cx, &work, 3));
    const double H[9] = {2, 2, 1, 2, 2, 1, 1, 1, 2}, b[3] = {5, 5, 4};
    double x[3] = {0, 0, 0}, both[3] = {1, 1, 1};
    um_nnls_solve(&work, H, b, x);
    um_nnls_solve(&work, H, b, both);
    assert_optimum(H, b, x, 3);
    assert_optimum(H, b, both, 3);
    um_assert_close((const double[]){x[0] + x[1], x[2]}, (const double[]){2, 1}, 2, 1e-15, 0.0, "twins");
    um_nnls_close(&work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_optimum_is_found_from_any_start, begin, end),
        cmocka_unit_test_setup_teardown(known_answers, begin, end),
        cmocka_unit_test_setup_teardown(columns_that_are_the_same_do_no_harm, begin, end),
    };
    return um_run_group(tests);
}
