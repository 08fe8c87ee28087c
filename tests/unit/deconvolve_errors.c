/* Standard errors around the formula (which tests/golden/api_errors.c holds): when there are some, and what they follow. */
#include "deconvolve/certify/errors.h"

#include "unit/deconvolve_run.h"

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

static double se_of(const um_result *result, size_t sample, size_t type)
{
    return um_row(&result->standard_errors, sample)[type];
}

static void errors_are_there_by_default_and_can_be_left_out(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 200, 4, 5, 1e5, 0.1, 1);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = inputs_options();
    um_result with = inputs_deconvolve(cx, device, &in, &options);
    for (size_t n = 0; n < 5; n++)
        for (size_t j = 0; j < 4; j++)
            assert_true(se_of(&with, n, j) > 0.0 && se_of(&with, n, j) < 0.5);
    options.errors = 0;
    um_result without = inputs_deconvolve(cx, device, &in, &options);
    assert_null(without.standard_errors.values);
    assert_memory_equal(with.exposures.values, without.exposures.values, 5 * 5 * sizeof(double));
    um_result_clear(&with);
    um_result_clear(&without);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* A type that is not there comes out at zero now and then: its error is 0, the others have theirs. */
static void types_at_zero_have_no_error(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 300, 4, 8, 1e5, 0.0, 2);
    for (size_t g = 0; g < 300; g++) /* what type 1 makes more than type 2 is missing from half of the samples */
        for (size_t n = 0; n < 8; n++)
            if (n % 2 && in.signatures.values[g * 4] > 1.5 * in.signatures.values[g * 4 + 1])
                in.counts.values[g * 8 + n] = floor(0.02 * in.counts.values[g * 8 + n]);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = inputs_options();
    um_result result = inputs_deconvolve(cx, device, &in, &options);
    size_t zeros = 0;
    for (size_t n = 0; n < 8; n++)
        for (size_t j = 0; j < 4; j++) {
            const int zero = um_row(&result.proportions, n)[j] == 0.0;
            zeros += (size_t)zero;
            assert_true(zero ? se_of(&result, n, j) == 0.0 : se_of(&result, n, j) > 0.0);
        }
    assert_true(zeros >= 4);
    um_result_clear(&result);
    unmix_device_close(device);
    inputs_clear(&in);
}

/*
 * All terms of V but the counts' noise are homogeneous: with k replaced by c k, r and the leverages stay (lev: w/yhat and
 * F^-1 scale oppositely), H falls by c, so V rises by c^2 and the error of a proportion is the same.
 */
static void errors_do_not_follow_the_scale_of_the_counts(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 300, 5, 6, 1e5, 0.2, 3);
    unmix_device *device = inputs_device(cx, UNMIX_DOUBLE);
    unmix_deconvolve_options options = inputs_options();
    options.tolerance = 1e-13;
    um_result one = inputs_deconvolve(cx, device, &in, &options);
    for (size_t i = 0; i < 300 * 6; i++)
        in.counts.values[i] *= 1000.0;
    um_result scaled = inputs_deconvolve(cx, device, &in, &options);
    um_assert_close(scaled.standard_errors.values, one.standard_errors.values, 6 * 5, 1e-4, 0.0, "scaled");
    um_result_clear(&one);
    um_result_clear(&scaled);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* Noise of a dispersion c times larger: errors larger by its root (under pure dispersion, far above counting noise). */
static void errors_follow_the_noise(void **state)
{
    (void)state;
    double mean[2] = {0.0, 0.0};
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = inputs_options();
    for (size_t i = 0; i < 2; i++) {
        inputs in = inputs_draw(cx, 2000, 4, 30, 1e8, i ? 0.04 : 0.01, 4);
        um_result result = inputs_deconvolve(cx, device, &in, &options);
        for (size_t e = 0; e < 30 * 4; e++)
            mean[i] += result.standard_errors.values[e] / 120.0;
        um_result_clear(&result);
        inputs_clear(&in);
    }
    const double ratio = mean[1] / mean[0], two = 2.0;
    um_assert_close(&ratio, &two, 1, 0.1, 0.0, "noise"); /* 120 errors, each known to some 5% */
    unmix_device_close(device);
}

static void twins_have_no_error_and_others_do(void **state)
{
    (void)state;
    for (size_t p = 0; p < 2; p++) {
        inputs in = inputs_draw(cx, 300, 4, 6, 1e5, 0.1, 5);
        for (size_t g = 0; g < 300; g++)
            in.signatures.values[g * 4 + 3] = 7.0 * in.signatures.values[g * 4 + 1];
        unmix_device *device = inputs_device(cx, p ? UNMIX_DOUBLE : UNMIX_SINGLE);
        const unmix_deconvolve_options options = inputs_options();
        um_result result = inputs_deconvolve(cx, device, &in, &options);
        size_t both = 0;
        for (size_t n = 0; n < 6; n++) {
            const double *P = um_row(&result.proportions, n);
            assert_true(isfinite(se_of(&result, n, 0)) && isfinite(se_of(&result, n, 2)));
            assert_true(se_of(&result, n, 0) > 0.0 || P[0] == 0.0);
            if (!(P[1] > 0.0 && P[3] > 0.0))
                continue; /* with one of them at zero the other stands for both */
            both++;
            assert_true(isnan(se_of(&result, n, 1)) && isnan(se_of(&result, n, 3)));
        }
        assert_true(both >= 3);
        um_result_clear(&result);
        unmix_device_close(device);
        inputs_clear(&in);
    }
}

/* em, stopped early: no errors beyond a gap of 1e-4, and a note that says for how many samples. */
static void no_errors_far_from_the_optimum(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 300, 5, 20, 1e5, 0.1, 6);
    unmix_device *device = inputs_device(cx, UNMIX_DOUBLE);
    unmix_deconvolve_options options = inputs_options();
    options.method = UNMIX_METHOD_EM;
    options.tolerance = 1e-300;
    size_t far = 0, close = 0;
    for (long iterations = 10; iterations <= 640; iterations *= 4) {
        options.max_iterations = iterations;
        um_result result = inputs_deconvolve(cx, device, &in, &options);
        size_t without = 0;
        for (size_t n = 0; n < 20; n++) {
            const int is_far = um_row(&result.metrics, n)[UM_METRIC_gap] > UM_ERRORS_GAP;
            without += (size_t)is_far;
            for (size_t j = 0; j < 5; j++)
                assert_int_equal(isnan(se_of(&result, n, j)), is_far);
        }
        char note[80];
        (void)snprintf(note, sizeof note, "no standard errors for %zu of 20 samples", without);
        if (without)
            assert_non_null(strstr(um_test_log(), note));
        far += without;
        close += 20 - without;
        um_result_clear(&result);
    }
    assert_true(far > 0 && close > 0);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* em close to the optimum has the errors of exact: what is nearly zero counts as zero. */
static void methods_agree_on_the_errors(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 300, 4, 10, 1e5, 0.1, 7);
    unmix_device *device = inputs_device(cx, UNMIX_DOUBLE);
    unmix_deconvolve_options options = inputs_options();
    um_result exact = inputs_deconvolve(cx, device, &in, &options);
    options.method = UNMIX_METHOD_EM;
    options.tolerance = 1e-14;
    options.max_iterations = 5000;
    um_result em = inputs_deconvolve(cx, device, &in, &options);
    for (size_t e = 0; e < 40; e++)
        if (exact.standard_errors.values[e] > 0.0 && isfinite(em.standard_errors.values[e]))
            um_assert_close(&em.standard_errors.values[e], &exact.standard_errors.values[e], 1, 1e-2, 0.0, "em and exact");
    um_result_clear(&exact);
    um_result_clear(&em);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* Without a background; a single type is everything, and certain of it. */
static void edges(void **state)
{
    (void)state;
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = inputs_options();
    options.intercept = 0;
    inputs in = inputs_draw(cx, 200, 4, 5, 1e5, 0.1, 8);
    um_result result = inputs_deconvolve(cx, device, &in, &options);
    for (size_t e = 0; e < 20; e++)
        assert_true(result.standard_errors.values[e] >= 0.0);
    um_result_clear(&result);
    inputs_clear(&in);
    for (options.intercept = 0; options.intercept < 2; options.intercept++) {
        in = inputs_draw(cx, 50, 1, 3, 1e4, 0.0, 9);
        result = inputs_deconvolve(cx, device, &in, &options);
        for (size_t n = 0; n < 3; n++)
            assert_true(se_of(&result, n, 0) == 0.0);
        um_result_clear(&result);
        inputs_clear(&in);
    }
    unmix_device_close(device);
}

#define errors_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        errors_test(errors_are_there_by_default_and_can_be_left_out),
        errors_test(types_at_zero_have_no_error),
        errors_test(errors_do_not_follow_the_scale_of_the_counts),
        errors_test(errors_follow_the_noise),
        errors_test(twins_have_no_error_and_others_do),
        errors_test(no_errors_far_from_the_optimum),
        errors_test(methods_agree_on_the_errors),
        errors_test(edges),
    };
    return um_run_group(tests);
}
