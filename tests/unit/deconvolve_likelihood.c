/* The likelihood of one count against its formulas in long double, and against differences of its own deviance. */
#include "deconvolve/problem/likelihood.h"

#include <float.h>

#include "testing/testing.h"

static const double counts[] = {1.0, 3.0, 17.0, 250.5, 1e6}, means[] = {1e-12, 0.004, 0.4, 1.0, 3.0, 16.9, 260.0, 1e6, 3e7};

enum { COUNTS = sizeof counts / sizeof counts[0], MEANS = sizeof means / sizeof means[0] };

static double exact_deviance(double k, double y)
{
    const long double expected = (long double)y + 1e-10L;
    return (double)(k * (logl(k) - logl(expected)) - (long double)k + y);
}

/* Rounding of the terms, which cancel where k and y are alike. */
static double bound(double k, double y)
{
    return 8.0 * DBL_EPSILON * (k * (1.0 + fabs(log(k / (y + 1e-10)))) + y);
}

static void deviance(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTS; i++)
        for (size_t j = 0; j < MEANS; j++) {
            const double k = counts[i], y = means[j], want = exact_deviance(k, y);
            assert_true(fabs(um_count_deviance(k, y) - want) <= bound(k, y));
            assert_true(fabs(um_count_deviance_from_logs(k, y, log(k), log(y)) - want) <= bound(k, y) + k * 1e-16);
        }
    assert_true(um_count_deviance(0.0, 3.5) == 3.5);
    /* Near k = y nothing is lost: k t^2 / 2 with t = (y - k) / k. */
    assert_true(fabs(um_count_deviance(1e6, 1e6 + 1.0) / 5e-7 - 1.0) < 1e-3);
}

/* 1 - ratio and curvature (w = 1) are the derivatives of the deviance in y; the variance is ratio / curvature. */
static void derivatives(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNTS; i++)
        for (size_t j = 2; j < MEANS; j++) {
            const double k = counts[i], y = means[j], step = 1e-4 * y;
            const double below = um_count_deviance(k, y - step), here = um_count_deviance(k, y),
                         above = um_count_deviance(k, y + step), noise = 4.0 * bound(k, y);
            const double ratio = UM_COUNT_RATIO(1.0, k, y), curvature = um_count_curvature(1.0, k, y);
            /* Third and fourth derivative of k log y: 2 k / y^3 and 6 k / y^4. */
            assert_true(fabs((above - below) / (2.0 * step) - (1.0 - ratio)) <= 1e-8 * ratio + noise / step);
            assert_true(fabs((above - 2.0 * here + below) / (step * step) - curvature) <=
                        1e-8 * curvature + 4.0 * noise / (step * step));
            assert_true(fabs(UM_COUNT_RATIO(2.5, k, y) / ratio - 2.5) < 1e-14);
            assert_true(fabs(um_count_curvature(2.5, k, y) / curvature - 2.5) < 1e-14);
            assert_true(fabs(ratio / curvature / um_count_variance(y) - 1.0) < 1e-14);
            assert_true(fabs(um_count_information(2.5, y) * y - 2.5) < 1e-14);
        }
}

/* gain = w (deviance before - after) + w share (y + eps) */
static void gain(void **state)
{
    (void)state;
    static const double shares[] = {-0.99, -0.3, 0.02, 5.0};
    for (size_t i = 0; i < COUNTS; i++)
        for (size_t j = 1; j < MEANS; j++)
            for (size_t s = 0; s < sizeof shares / sizeof shares[0]; s++) {
                const double k = counts[i], y = means[j], moved = y + shares[s] * (y + 1e-10);
                const double want = exact_deviance(k, y) - exact_deviance(k, moved) + shares[s] * (y + 1e-10);
                assert_true(fabs(um_count_gain(0.5, k, shares[s]) - 0.5 * want) <= bound(k, y) + bound(k, moved));
            }
    assert_true(um_count_gain(1.0, 3.0, -0.9991) == -INFINITY);
    assert_true(um_count_gain(1.0, 0.0, -0.9991) == 0.0);
    assert_true(um_count_gain(0.0, 3.0, -0.9991) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deviance),
        cmocka_unit_test(derivatives),
        cmocka_unit_test(gain),
    };
    return um_run_group(tests);
}
