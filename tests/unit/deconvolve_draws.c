/* Intervals from draws, around the formula (which tests/golden/api_draws.c holds): bounds, what widens them, what does not matter. */
#include "deconvolve/certify/draws.h"

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

/* Three donors a type, who differ from its signature by a factor exp(spread x normal) in every gene. */
static um_matrix donors_draw(const inputs *in, double spread)
{
    const size_t G = in->signatures.rows.count, C = in->signatures.columns.count;
    um_matrix m = {0};
    um_random r;
    um_random_start(&r, 5, "test", "donors");
    assert_ok(cx, um_names_copy(cx, &m.rows, &in->signatures.rows));
    for (size_t k = 0; k < 3 * C; k++) {
        char name[60];
        (void)snprintf(name, sizeof name, "%s|donor:%zu", um_name(&in->signatures.columns, k / 3), k % 3);
        assert_ok(cx, um_names_add(cx, &m.columns, name, strlen(name)));
    }
    assert_ok(cx, um_matrix_set_origin(cx, &m, "profiles"));
    assert_ok(cx, um_matrix_allocate(cx, &m));
    for (size_t g = 0; g < G; g++)
        for (size_t k = 0; k < 3 * C; k++)
            um_row(&m, g)[k] = 1e4 * um_row(&in->signatures, g)[k / 3] * exp(spread * um_random_normal(&r));
    return m;
}

static um_result fit(unmix_device *device, const inputs *in, const um_matrix *profiles, unmix_intervals intervals)
{
    unmix_deconvolve_options options = inputs_options();
    um_source bulk;
    um_result result = {0};
    options.intervals = intervals;
    um_source_of_matrix(&bulk, &in->counts);
    assert_ok(cx, um_deconvolve(cx, device, &in->signatures, profiles, &bulk, NULL, NULL, NULL, &options, &result));
    return result;
}

static double mean_width(const um_result *r)
{
    const size_t n = r->lower.rows.count * r->lower.columns.count;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += (r->upper.values[i] - r->lower.values[i]) / (double)n;
    return sum;
}

/*
 * Away from bounds an interval of the genes alone is 1.96 standard errors to each side. Each is the root mean square of 40
 * draws, so its logarithm has a standard deviation of 1 / sqrt(2 x 40) = 0.11, that of the mean over 40 samples, whose signs
 * are the same but whose residuals are not, at most that.
 */
static void intervals_of_the_genes_are_standard_errors(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 2000, 4, 40, 1e6, 0.05, 1);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    um_result r = fit(device, &in, NULL, UNMIX_INTERVALS_REFERENCE);
    double up = 0.0, down = 0.0;
    for (size_t i = 0; i < 40 * 4; i++) {
        const double p = r.proportions.values[i], half = 1.959963984540054 * r.standard_errors.values[i];
        assert_true(r.lower.values[i] > 0.0 && r.lower.values[i] < p && p < r.upper.values[i] && r.upper.values[i] < 1.0);
        up += log((r.upper.values[i] - p) / half) / 160.0;
        down += log((p - r.lower.values[i]) / half) / 160.0;
    }
    assert_true(fabs(up) < 3 * 0.11 && fabs(down) < 3 * 0.11);
    um_result_clear(&r);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* A type that is hardly there: at zero, and still with an upper end; never below 0 or above 1. */
static void a_type_at_zero_has_an_upper_end(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 300, 4, 12, 2e4, 0.3, 2);
    for (size_t g = 0; g < 300; g++)
        for (size_t n = 0; n < 12; n++)
            if (in.signatures.values[g * 4] > 1.5 * in.signatures.values[g * 4 + 1])
                in.counts.values[g * 12 + n] = floor(0.02 * in.counts.values[g * 12 + n]);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    um_matrix donors = donors_draw(&in, 0.3);
    um_result r = fit(device, &in, &donors, UNMIX_INTERVALS_FULL);
    size_t zeros = 0, ends = 0;
    for (size_t i = 0; i < 12 * 4; i++) {
        const double p = r.proportions.values[i];
        assert_true(0.0 <= r.lower.values[i] && r.lower.values[i] <= p && p <= r.upper.values[i] && r.upper.values[i] <= 1.0);
        zeros += p == 0.0;
        ends += p == 0.0 && r.upper.values[i] > 0.0;
    }
    assert_true(zeros >= 6);
    assert_int_equal(ends, zeros);
    um_result_clear(&r);
    um_matrix_clear(&donors);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* Donors that are alike add nothing; the more they differ, the wider; --intervals gene leaves them out. */
static void donors_widen_the_intervals(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 1000, 4, 5, 1e6, 0.0, 3);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    um_result without = fit(device, &in, NULL, UNMIX_INTERVALS_REFERENCE);
    double before = mean_width(&without);
    for (size_t i = 0; i < 3; i++) {
        um_matrix donors = donors_draw(&in, (double[]){0.0, 0.1, 0.4}[i]);
        um_result with = fit(device, &in, &donors, UNMIX_INTERVALS_REFERENCE), gene = fit(device, &in, &donors, UNMIX_INTERVALS_GENE);
        const double width = mean_width(&with);
        if (i == 0)
            um_assert_close(with.upper.values, without.upper.values, 5 * 4, 1e-5, 1e-6, "donors that are alike");
        else
            assert_true(width > 1.5 * before);
        assert_memory_equal(with.standard_errors.values, without.standard_errors.values, 5 * 4 * sizeof(double));
        assert_memory_equal(gene.lower.values, without.lower.values, 5 * 4 * sizeof(double));
        before = width;
        um_result_clear(&with);
        um_result_clear(&gene);
        um_matrix_clear(&donors);
    }
    um_result_clear(&without);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* The draws of a sample do not depend on which others are fitted with it. */
static void a_sample_alone_has_the_same_intervals(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 500, 4, 5, 1e5, 0.1, 4);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    um_matrix donors = donors_draw(&in, 0.2);
    um_result all = fit(device, &in, &donors, UNMIX_INTERVALS_REFERENCE);
    inputs one = inputs_draw(cx, 500, 4, 1, 1e5, 0.1, 4);
    memcpy(one.signatures.values, in.signatures.values, 500 * 4 * sizeof(double));
    for (size_t g = 0; g < 500; g++)
        one.counts.values[g] = in.counts.values[g * 5 + 3];
    um_result alone = fit(device, &one, &donors, UNMIX_INTERVALS_REFERENCE);
    assert_memory_equal(um_row(&all.lower, 3), alone.lower.values, 4 * sizeof(double));
    assert_memory_equal(um_row(&all.upper, 3), alone.upper.values, 4 * sizeof(double));
    um_result_clear(&all);
    um_result_clear(&alone);
    um_matrix_clear(&donors);
    unmix_device_close(device);
    inputs_clear(&in);
    inputs_clear(&one);
}

/*
 * Genes that are shifted together by a factor, those of one type: the intervals that know blocks of genes are wider, by more
 * than the mean with the noise of the genes could make them narrower.
 */
static void genes_that_are_wrong_together_widen_the_intervals(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 1000, 4, 20, 1e6, 0.01, 6);
    for (size_t g = 0; g < 300; g++)
        for (size_t n = 0; n < 20; n++)
            in.counts.values[g * 20 + n] *= g < 150 ? 3.0 : 1.0; /* the first 150 genes, of whatever type */
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    um_result alone = fit(device, &in, NULL, UNMIX_INTERVALS_REFERENCE), together = fit(device, &in, NULL, UNMIX_INTERVALS_FULL);
    assert_true(mean_width(&together) > mean_width(&alone));
    assert_memory_equal(together.standard_errors.values, alone.standard_errors.values, 20 * 4 * sizeof(double));
    um_result_clear(&alone);
    um_result_clear(&together);
    unmix_device_close(device);
    inputs_clear(&in);
}

/* What has no standard error has no interval. */
static void twins_have_no_interval(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 300, 4, 6, 1e5, 0.1, 5);
    for (size_t g = 0; g < 300; g++)
        in.signatures.values[g * 4 + 3] = 7.0 * in.signatures.values[g * 4 + 1];
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    um_result r = fit(device, &in, NULL, UNMIX_INTERVALS_FULL);
    for (size_t i = 0; i < 6 * 4; i++)
        assert_true(isnan(r.standard_errors.values[i]) ? isnan(r.lower.values[i]) && isnan(r.upper.values[i])
                                                       : r.lower.values[i] <= r.upper.values[i]);
    um_result_clear(&r);
    unmix_device_close(device);
    inputs_clear(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_of_the_genes_are_standard_errors),
        cmocka_unit_test(a_type_at_zero_has_an_upper_end),
        cmocka_unit_test(donors_widen_the_intervals),
        cmocka_unit_test(a_sample_alone_has_the_same_intervals),
        cmocka_unit_test(genes_that_are_wrong_together_widen_the_intervals),
        cmocka_unit_test(twins_have_no_interval),
    };
    return cmocka_run_group_tests(tests, begin, end) != 0 ? 1 : 0;
}
