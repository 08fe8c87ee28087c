/* The simulated cohort: shapes, what its options promise, and what is refused. */
#include "deconvolve/simulate/simulated_cohort.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "core/memory.h"
#include "testing/testing.h"

static unmix_simulate_options small(void)
{
    unmix_simulate_options o;
    unmix_simulate_options_init(&o);
    o.genes = 4000;
    o.types = 6;
    o.families = 2;
    o.samples = 12;
    o.depth = 1e6;
    return o;
}

static double column_sum(const um_matrix *matrix, size_t column)
{
    double sum = 0.0;
    for (size_t r = 0; r < matrix->rows.count; r++)
        sum += um_row(matrix, r)[column];
    return sum;
}

static void shapes_names_and_scales_are_as_promised(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const unmix_simulate_options o = small();
    um_simulation s = {0};
    assert_ok(cx, um_simulate(cx, &o, &s));
    assert_int_equal(s.signatures.rows.count, 4000);
    assert_int_equal(s.signatures.columns.count, 6);
    assert_int_equal(s.bulk.columns.count, 12);
    assert_int_equal(s.truth.rows.count, 12);
    assert_string_equal(um_name(&s.signatures.rows, 0), "gene00001");
    assert_string_equal(um_name(&s.bulk.rows, 3999), "gene04000");
    assert_string_equal(um_name(&s.truth.columns, 5), "type06");
    assert_string_equal(um_name(&s.truth.rows, 11), "sample012");
    assert_string_equal(um_name(&s.genes.columns, 0), "length");
    assert_string_equal(um_name(&s.genes.columns, 1), "weight");
    const double million = 1e6, one = 1.0;
    for (size_t c = 0; c < 6; c++) {
        const double sum = column_sum(&s.signatures, c);
        um_assert_close(&sum, &million, 1, 4000 * 2.3e-16, 0.0, "sum of a signature"); /* 4000 roundings */
    }
    for (size_t n = 0; n < 12; n++) {
        double sum = 0.0;
        for (size_t c = 0; c < 6; c++)
            sum += um_row(&s.truth, n)[c];
        um_assert_close(&sum, &one, 1, 12 * 2.3e-16, 0.0, "sum of proportions");
        assert_true(column_sum(&s.bulk, n) > 0);
    }
    um_simulation_clear(&s);
    unmix_context_free(cx);
}

static void counts_lengths_and_weights_have_their_ranges(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const unmix_simulate_options o = small();
    um_simulation s = {0};
    assert_ok(cx, um_simulate(cx, &o, &s));
    size_t below = 0, ones = 0, halves = 0, zeros = 0, silent = 0;
    for (size_t g = 0; g < o.genes; g++) {
        const double length = um_row(&s.genes, g)[0], weight = um_row(&s.genes, g)[1];
        assert_true(length >= 200 && length <= 100000 && length == floor(length));
        below += length < 2500;
        ones += weight == 1.0;
        halves += weight == 0.5;
        zeros += weight == 0.0;
        for (size_t c = 0; c < o.types; c++)
            silent += um_row(&s.signatures, g)[c] == 0.0;
        for (size_t n = 0; n < o.samples; n++)
            assert_true(um_row(&s.bulk, g)[n] >= 0 && um_row(&s.bulk, g)[n] == floor(um_row(&s.bulk, g)[n]));
    }
    /* Shares p of 4000 genes: standard error sqrt(p (1 - p) / 4000), 5 of them allowed. */
    const double got[4] = {(double)below / 4000, (double)ones / 4000, (double)halves / 4000, (double)zeros / 4000};
    const double want[4] = {0.5, 0.85, 0.1, 0.05};
    for (size_t i = 0; i < 4; i++)
        um_assert_close(got + i, want + i, 1, 0.0, 5 * sqrt(want[i] * (1 - want[i]) / 4000), "share of genes");
    assert_int_equal(ones + halves + zeros, 4000);
    /* P(level < -2.5) with sd sqrt(2^2 + 1.2^2) = 0.142; the six types of a gene go together, so n = 4000 again. */
    const double silent_share = (double)silent / 24000, silent_want = 0.1419;
    um_assert_close(&silent_share, &silent_want, 1, 0.0, 5 * sqrt(0.142 * 0.858 / 4000), "share of silent");
    um_simulation_clear(&s);
    unmix_context_free(cx);
}

/* Correlation of the logs of two signatures over the genes that all express, without the gene's mean level. */
static double deviation_correlation(const um_matrix *s, size_t a, size_t b)
{
    double aa = 0, bb = 0, ab = 0;
    for (size_t g = 0; g < s->rows.count; g++) {
        const double *row = um_row(s, g);
        double mean = 0;
        int all = 1;
        for (size_t c = 0; c < s->columns.count; c++)
            all = all && row[c] > 0;
        if (!all)
            continue;
        for (size_t c = 0; c < s->columns.count; c++)
            mean += log(row[c]) / (double)s->columns.count;
        const double x = log(row[a]) - mean, y = log(row[b]) - mean;
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    return ab / sqrt(aa * bb);
}

static void families_are_as_similar_as_asked(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = small();
    o.types = 60;
    o.families = 20;
    o.samples = 1;
    o.similarity = 0.8;
    um_simulation s = {0};
    assert_ok(cx, um_simulate(cx, &o, &s));
    /* Types 1 and 21 are of one family, types 1 and 2 are not. Removing the mean of 60 types shifts both by < 0.1. */
    const double within = deviation_correlation(&s.signatures, 0, 20),
                 between = deviation_correlation(&s.signatures, 0, 1);
    assert_true(fabs(within - 0.8) < 0.1);
    assert_true(fabs(between) < 0.1);
    um_simulation_clear(&s);

    o.similarity = 0.0;
    assert_ok(cx, um_simulate(cx, &o, &s));
    assert_true(fabs(deviation_correlation(&s.signatures, 0, 20)) < 0.1);
    um_simulation_clear(&s);
    unmix_context_free(cx);
}

static void types_per_sample_limits_the_mixture(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = small();
    o.types_per_sample = 2;
    o.samples = 200;
    o.genes = 50;
    um_simulation s = {0};
    assert_ok(cx, um_simulate(cx, &o, &s));
    double used[6] = {0};
    for (size_t n = 0; n < o.samples; n++) {
        size_t present = 0;
        for (size_t c = 0; c < 6; c++) {
            present += um_row(&s.truth, n)[c] > 0;
            used[c] += um_row(&s.truth, n)[c] > 0;
        }
        assert_int_equal(present, 2);
    }
    for (size_t c = 0; c < 6; c++) /* each type in 1/3 of the samples, 5 standard errors */
        assert_true(fabs(used[c] / 200 - 1.0 / 3.0) < 5 * sqrt(2.0 / 9.0 / 200));
    um_simulation_clear(&s);
    unmix_context_free(cx);
}

/*
 * The counts against the model, from the truth that was handed out: with the expectation yhat known but for the depth,
 * the Pearson dispersion sum (k - yhat)^2 / (yhat + d yhat^2) / G is 1 with the standard error sqrt((m4/v^2 - 1) / G).
 * m4/v^2 of a gamma-Poisson with d = 0.1 and yhat > 20 is below 3.8 (3 + 6 d + 1/v), so 5 errors are 8.4 / sqrt(G).
 */
static void check_counts(double dispersion, double background)
{
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = small();
    o.samples = 3;
    o.dispersion = dispersion;
    o.background = background;
    o.depth = 1e7;
    um_simulation s = {0};
    assert_ok(cx, um_simulate(cx, &o, &s));
    static double yhat[4000];
    for (size_t n = 0; n < o.samples; n++) {
        double types = 0, uniform = 0, squares = 0, used = 0;
        for (size_t g = 0; g < o.genes; g++) {
            yhat[g] = 0;
            for (size_t c = 0; c < o.types; c++)
                yhat[g] += um_row(&s.signatures, g)[c] * um_row(&s.truth, n)[c] * um_row(&s.genes, g)[0];
            types += yhat[g];
            uniform += um_row(&s.genes, g)[0];
        }
        const double depth = column_sum(&s.bulk, n);
        assert_true(depth > 1e7 * exp(-5 * 0.36) && depth < 1e7 * exp(5 * 0.36));
        for (size_t g = 0; g < o.genes; g++) {
            yhat[g] = depth * ((1 - background) * yhat[g] / types + background * um_row(&s.genes, g)[0] / uniform);
            const double d = um_row(&s.bulk, g)[n] - yhat[g];
            if (yhat[g] < 20)
                continue;
            squares += d * d / (yhat[g] + dispersion * yhat[g] * yhat[g]);
            used++;
        }
        assert_true(used > 1000);
        /* the depth is known only to a few strong genes' dispersion: about 2%, which adds 0.02^2/0.1 = 0.4% */
        if (fabs(squares / used - 1.0) > 8.4 / sqrt(used) + 0.05)
            fail_msg("sample %zu: Pearson dispersion %g over %g genes", n, squares / used, used);
    }
    um_simulation_clear(&s);
    unmix_context_free(cx);
}

static void counts_follow_the_model(void **state)
{
    (void)state;
    check_counts(0.0, 0.02);
    check_counts(0.1, 0.02);
    check_counts(0.1, 0.5);
    check_counts(0.0, 0.0);
}

static void same_seed_same_numbers_other_seed_others(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = small();
    o.genes = 100;
    um_simulation a = {0}, b = {0}, c = {0};
    assert_ok(cx, um_simulate(cx, &o, &a));
    assert_ok(cx, um_simulate(cx, &o, &b));
    o.seed++;
    assert_ok(cx, um_simulate(cx, &o, &c));
    const size_t bytes = 100 * 12 * sizeof(double);
    assert_memory_equal(a.bulk.values, b.bulk.values, bytes);
    assert_true(memcmp(a.bulk.values, c.bulk.values, bytes) != 0);
    assert_true(memcmp(a.signatures.values, c.signatures.values, 600 * sizeof(double)) != 0);
    um_simulation_clear(&a);
    um_simulation_clear(&b);
    um_simulation_clear(&c);
    unmix_context_free(cx);
}

static void refused(size_t offset, size_t size, const void *value, const char *part)
{
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = small();
    memcpy((char *)&o + offset, value, size);
    um_simulation s = {0};
    assert_refused(cx, um_simulate(cx, &o, &s), UNMIX_ERROR_ARGUMENT, part);
    assert_null(s.bulk.values);
    unmix_context_free(cx);
}

#define REFUSED(field, type, bad, part)                                                                                \
    refused(offsetof(unmix_simulate_options, field), sizeof(type), &(const type){bad}, part)

static void silly_options_are_refused(void **state)
{
    (void)state;
    REFUSED(genes, size_t, 6, "6 genes cannot tell 6 types");
    REFUSED(genes, size_t, 0, "more than 6 genes");
    REFUSED(types, size_t, 0, "types (0)");
    REFUSED(samples, size_t, 0, "samples (0)");
    REFUSED(families, size_t, 0, "families (0)");
    REFUSED(types_per_sample, size_t, 7, "types per sample (7)");
    REFUSED(similarity, double, 1.0, "similarity is 1");
    REFUSED(similarity, double, -0.1, "similarity is -0.1");
    REFUSED(similarity, double, NAN, "similarity");
    REFUSED(depth, double, 0.0, "depth is 0");
    REFUSED(depth, double, INFINITY, "depth is inf");
    REFUSED(dispersion, double, -1.0, "dispersion is -1");
    REFUSED(dispersion, double, NAN, "dispersion");
    REFUSED(background, double, 1.0, "background is 1");
    REFUSED(background, double, -0.5, "background is -0.5");
    REFUSED(insert_size, double, 0.0, "insert size is 0");
    REFUSED(insert_size, double, INFINITY, "insert size is inf");
}

static void a_size_that_overflows_is_out_of_memory(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0};
    matrix.rows.count = (size_t)1 << 40;
    matrix.columns.count = (size_t)1 << 40;
    assert_refused(cx, um_matrix_allocate(cx, &matrix), UNMIX_ERROR_MEMORY, "do not fit");
    unmix_context_free(cx);
}

static int stop(void *payload, const char *stage, double fraction)
{
    (void)fraction;
    return strstr(stage, payload) != NULL;
}

static void can_be_interrupted(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    char stage[] = "sample 3 of 12";
    unmix_set_progress(cx, stop, stage);
    const unmix_simulate_options o = small();
    um_simulation s = {0};
    assert_refused(cx, um_simulate(cx, &o, &s), UNMIX_ERROR_INTERRUPTED, "sample 3 of 12");
    assert_null(s.bulk.values);
    unmix_context_free(cx);
}

/* Processor time, which others' work does not count into. */
static double processor_seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* What this processor takes for `count` logarithms: the yardstick, for machines differ. */
static double logarithms(size_t count)
{
    volatile double sum = 0.0;
    double best = INFINITY;
    for (int again = 0; again < 3; again++) {
        const double begin = processor_seconds();
        for (size_t i = 1; i <= count; i++)
            sum += log((double)i);
        best = fmin(best, processor_seconds() - begin);
    }
    return sum > 0.0 ? best : NAN;
}

/* A count is a gamma and a Poisson draw: a few dozen logarithms and the like. */
static void the_default_cohort_takes_no_longer_than_its_draws(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulate_options o;
    unmix_simulate_options_init(&o);
    um_simulation s = {0};
    const double begin = processor_seconds();
    assert_ok(cx, um_simulate(cx, &o, &s));
    const double seconds = processor_seconds() - begin, yard = logarithms(o.genes * o.samples);
    print_message("18,879 x 21 x 81: %.2f s, as long as %.1f logarithms a count\n", seconds, seconds / yard);
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(seconds < 100.0 * yard);
#endif
    um_simulation_clear(&s);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_names_and_scales_are_as_promised),
        cmocka_unit_test(counts_lengths_and_weights_have_their_ranges),
        cmocka_unit_test(families_are_as_similar_as_asked),
        cmocka_unit_test(types_per_sample_limits_the_mixture),
        cmocka_unit_test(counts_follow_the_model),
        cmocka_unit_test(same_seed_same_numbers_other_seed_others),
        cmocka_unit_test(silly_options_are_refused),
        cmocka_unit_test(a_size_that_overflows_is_out_of_memory),
        cmocka_unit_test(can_be_interrupted),
        cmocka_unit_test(the_default_cohort_takes_no_longer_than_its_draws),
    };
    return um_run_group(tests);
}
