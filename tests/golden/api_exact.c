/* The exact solver against the optimum that numpy found by Newton steps and non-negative least squares. */
#include "deconvolve/deconvolution.h"

#include <math.h>

#include "golden/problem.h"

enum { C = GOLDEN_TYPES, N = GOLDEN_SAMPLES };

static unmix_context *cx;
static golden_problem golden;

static int open_all(void **state)
{
    (void)state;
    cx = um_test_context();
    golden_problem_open(cx, &golden);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    golden_problem_close(&golden);
    unmix_context_free(cx);
    return 0;
}

/*
 * NLL within the certificate of the golden one (whose own gap is below 1e-12). The loss is quadratic around the optimum,
 * with a Hessian of at least 1e-2 T in proportions here, so they are off by at most sqrt(2 gap / 1e-2).
 */
static void check(const golden_case *c, const um_result *result, double tolerance)
{
    const size_t M = C + (size_t)c->intercept;
    for (size_t n = 0; n < N; n++) {
        const double *metrics = um_row(&result->metrics, n), *E = um_row(&result->exposures, n), *want = c->exposures + n * M;
        const double T = metrics[UM_METRIC_total_counts], gap = metrics[UM_METRIC_gap];
        double sum = 0.0, golden_sum = 0.0;
        assert_true(gap >= 0.0 && gap <= tolerance);
        assert_true(metrics[UM_METRIC_converged] == 1.0 && metrics[UM_METRIC_iterations] <= 15.0);
        const double above = metrics[UM_METRIC_nll] - c->nll[n];
        assert_true(above >= -1e-11 * T && above <= T * (gap + 1e-12) + 1e-8); /* eps: 1e-10 for each of 40 genes */
        for (size_t j = 0; j < M; j++) {
            sum += E[j];
            golden_sum += want[j];
        }
        for (size_t j = 0; j < M; j++) {
            const double p = E[j] / sum, q = want[j] / golden_sum;
            um_assert_close(&p, &q, 1, 0.0, sqrt(200.0 * tolerance), c->name);
        }
    }
}

static void optimum_in(unmix_precision precision, double tolerance)
{
    unmix_device *device = golden_device(cx, precision);
    for (size_t i = 0; i < sizeof golden_optimum / sizeof golden_optimum[0]; i++) {
        unmix_deconvolve_options options = golden_options(&golden_optimum[i]);
        options.tolerance = tolerance;
        um_result result = {0};
        assert_ok(cx, um_deconvolve(cx, device, &golden.signatures, NULL, &golden.bulk, &golden.table, NULL, NULL, &options,
                                    &result));
        check(&golden_optimum[i], &result, tolerance);
        um_result_clear(&result);
    }
    unmix_device_close(device);
}

static void optimum_in_single(void **state)
{
    (void)state;
    optimum_in(UNMIX_SINGLE, 1e-6);
}

static void optimum_in_double(void **state)
{
    (void)state;
    optimum_in(UNMIX_DOUBLE, 1e-9);
    optimum_in(UNMIX_DOUBLE, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optimum_in_single),
        cmocka_unit_test(optimum_in_double),
    };
    return cmocka_run_group_tests(tests, open_all, close_all) != 0 ? 1 : 0;
}
