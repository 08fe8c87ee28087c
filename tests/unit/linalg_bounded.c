/* Quadratic programs with bounds: the conditions of the optimum, whatever the start; singular matrices; many gradients. */
#include "linalg/bounded.h"

#include <math.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

enum { MOST = 40 };

static unmix_context *cx;
static um_random r;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    um_random_start(&r, 11, "test", "bounded");
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

/* H = B'B of n unknowns from `rank` rows, columns of very different sizes. */
static void draw_matrix(size_t n, size_t rank, double *H)
{
    double B[MOST * MOST], size[MOST];
    for (size_t i = 0; i < n; i++)
        size[i] = exp(4.0 * um_random_normal(&r));
    for (size_t i = 0; i < rank * n; i++)
        B[i] = size[i % n] * (1.0 + um_random_normal(&r)); /* a common part, so they are correlated */
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            H[i * n + j] = 0.0;
            for (size_t k = 0; k < rank; k++)
                H[i * n + j] += B[k * n + i] * B[k * n + j];
        }
}

/*
 * d >= low, Hd + g >= 0, and one of them 0: in the scaled unknowns, to the rounding of the table (n eps times its numbers,
 * which a condition of up to 1 / ridge may raise) and to what the ridge changes.
 */
static void assert_optimal(size_t n, const double *H, double ridge, const double *g, const double *low, const double *d)
{
    double size = 0.0;
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fmax(fabs(g[i]) / sqrt(H[i * n + i]), fmax(fabs(low[i]), fabs(d[i])) * sqrt(H[i * n + i])));
    const double allowed = (double)n * (2.3e-16 / fmax(ridge, 1e-8) + 1e-9 + ridge) * size;
    for (size_t i = 0; i < n; i++) {
        const double scale = 1.0 / sqrt(H[i * n + i]), above = (d[i] - low[i]) / scale;
        double gradient = g[i] * scale;
        for (size_t j = 0; j < n; j++)
            gradient += H[i * n + j] * d[j] * scale;
        assert_true(above >= -allowed && gradient >= -allowed);
        assert_true(fmin(above, gradient) <= allowed);
    }
}

static void solutions_are_optimal(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 7, 14, MOST};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (size_t trial = 0; trial < 40; trial++) {
            const size_t n = sizes[s], rank = trial % 4 == 3 && n > 1 ? n - 1 : MOST; /* singular now and then */
            const double ridge = trial % 4 == 3 ? 1e-6 : 1e-12;
            double H[MOST * MOST], g[MOST], low[MOST], d[MOST];
            unsigned char above[MOST];
            um_bounded work = {0};
            draw_matrix(n, rank, H);
            for (size_t i = 0; i < n; i++) {
                low[i] = um_random_uniform(&r) < 0.3 ? 0.0 : -um_random_uniform(&r) / sqrt(H[i * n + i]);
                above[i] = (unsigned char)(um_random_uniform(&r) < 0.5);
            }
            assert_ok(cx, um_bounded_open(cx, &work, n));
            um_bounded_take(&work, H, low, ridge, above);
            for (size_t draw = 0; draw < 10; draw++) {
                for (size_t i = 0; i < n; i++)
                    g[i] = um_random_normal(&r) * sqrt(H[i * n + i]);
                um_bounded_solve(&work, g, d);
                assert_optimal(n, H, ridge, g, low, d);
            }
            um_bounded_close(&work);
        }
}

/* Which unknowns were thought to be above their bounds changes nothing but the rounding. */
static void the_start_does_not_matter(void **state)
{
    (void)state;
    double H[14 * 14], g[14], low[14], d[2][14];
    unsigned char above[14];
    draw_matrix(14, MOST, H);
    for (size_t i = 0; i < 14; i++) {
        low[i] = -0.1 / sqrt(H[i * 14 + i]);
        g[i] = um_random_normal(&r) * sqrt(H[i * 14 + i]);
    }
    for (size_t s = 0; s < 2; s++) {
        um_bounded work = {0};
        memset(above, (int)s, sizeof above);
        assert_ok(cx, um_bounded_open(cx, &work, 14));
        um_bounded_take(&work, H, low, 1e-12, above);
        um_bounded_solve(&work, g, d[s]);
        um_bounded_close(&work);
    }
    for (size_t i = 0; i < 14; i++)
        assert_true(fabs(d[0][i] - d[1][i]) * sqrt(H[i * 14 + i]) < 1e-8);
}

static void an_unknown_without_curvature_stays_or_falls(void **state)
{
    (void)state;
    const double H[9] = {2, 0, 0, 0, 0, 0, 0, 0, 0}, low[3] = {-1, -0.5, -0.25}, g[3] = {4, 1, -1};
    const unsigned char above[3] = {1, 1, 1};
    double d[3];
    um_bounded work = {0};
    assert_ok(cx, um_bounded_open(cx, &work, 3));
    um_bounded_take(&work, H, low, 1e-12, above);
    um_bounded_solve(&work, g, d);
    const double want[3] = {-1, -0.5, 0};
    um_assert_close(d, want, 3, 1e-10, 1e-14, "step");
    um_bounded_close(&work);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solutions_are_optimal),
        cmocka_unit_test(the_start_does_not_matter),
        cmocka_unit_test(an_unknown_without_curvature_stays_or_falls),
    };
    return cmocka_run_group_tests(tests, begin, end) != 0 ? 1 : 0;
}
