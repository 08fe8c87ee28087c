/* What is said about the signatures before anything is fitted: by hand for two types, and the warnings. */
#include "deconvolve/certify/similarity.h"

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

static um_similarity measure(const inputs *in, int intercept)
{
    unmix_deconvolve_options options = inputs_options();
    um_source bulk;
    um_problem problem = {0};
    um_similarity similarity;
    options.intercept = intercept;
    um_source_of_matrix(&bulk, &in->counts);
    assert_ok(cx, um_problem_stage(cx, &problem, &in->signatures, &bulk, NULL, &options));
    assert_ok(cx, um_similarity_measure(cx, &problem, &similarity));
    um_problem_clear(&problem);
    return similarity;
}

static inputs of_columns(size_t G, size_t C, const double *S)
{
    inputs in = inputs_draw(cx, G, C, 1, 1e4, 0.0, 1);
    memcpy(in.signatures.values, S, G * C * sizeof *S);
    return in;
}

/*
 * Columns (3, 1, 0, 0)/4 and (1, 1, 1, 1)/4, D = 1: the mixture is y = (1, 1/2, 1/4, 1/4), so
 * F11 = 9/16 + 2/16 = 11/16, F22 = (1 + 2 + 4 + 4)/16 = 11/16, F12 = (3 + 2)/16: correlation 5/11, condition 16/6.
 */
static void two_types_by_hand(void **state)
{
    (void)state;
    static const double S[] = {3, 1, 1, 1, 0, 1, 0, 1};
    inputs in = of_columns(4, 2, S);
    const um_similarity s = measure(&in, 0);
    const double correlation = 5.0 / 11.0, condition = 16.0 / 6.0;
    um_assert_close(&s.correlation, &correlation, 1, 1e-12, 0.0, "correlation");
    um_assert_close(&s.condition, &condition, 1, 1e-12, 0.0, "condition");
    assert_true(s.first == 0 && s.second == 1);
    assert_non_null(strstr(um_test_log(), "most similar types: 'type0001' and 'type0002', correlation 0.4545"));
    assert_null(strstr(um_test_log(), "told apart"));
    inputs_clear(&in);
}

static void scale_of_a_column_does_not_matter(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 100, 5, 1, 1e4, 0.0, 2);
    const um_similarity one = measure(&in, 1);
    for (size_t g = 0; g < 100; g++)
        in.signatures.values[g * 5 + 2] *= 1e6;
    const um_similarity scaled = measure(&in, 1);
    um_assert_close(&scaled.condition, &one.condition, 1, 1e-9, 0.0, "condition");
    um_assert_close(&scaled.correlation, &one.correlation, 1, 1e-9, 0.0, "correlation");
    assert_true(one.condition > 1.0 && one.condition < 1e3 && one.correlation < 0.99);
    inputs_clear(&in);
}

static void twins_are_named(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 100, 5, 1, 1e4, 0.0, 3);
    for (size_t g = 0; g < 100; g++)
        in.signatures.values[g * 5 + 4] = 3.0 * in.signatures.values[g * 5 + 1];
    const um_similarity s = measure(&in, 1);
    assert_true(s.first == 1 && s.second == 4 && s.correlation > 1.0 - 1e-12);
    assert_true(s.condition > 1e12);
    assert_non_null(strstr(um_test_log(), "types 'type0002' and 'type0005' cannot be told apart"));
    assert_null(strstr(um_test_log(), "linearly dependent"));
    inputs_clear(&in);
}

/* Three pairs and a triple: every pair has its line. */
static void every_pair_is_named(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 100, 5, 1, 1e4, 0.0, 4);
    for (size_t g = 0; g < 100; g++)
        in.signatures.values[g * 5 + 4] = in.signatures.values[g * 5 + 1] = in.signatures.values[g * 5 + 3];
    (void)measure(&in, 1);
    static const char *const pairs[] = {"'type0002' and 'type0004'", "'type0002' and 'type0005'", "'type0004' and 'type0005'"};
    for (size_t p = 0; p < 3; p++)
        assert_non_null(strstr(um_test_log(), pairs[p]));
    inputs_clear(&in);
}

/* A type that is the sum of two others: no pair is alike, but the three take part in a combination of nothing. */
static void dependent_types_are_named(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 100, 5, 1, 1e4, 0.0, 5);
    for (size_t g = 0; g < 100; g++)
        in.signatures.values[g * 5 + 3] = in.signatures.values[g * 5] + in.signatures.values[g * 5 + 2];
    const um_similarity s = measure(&in, 1);
    assert_true(s.correlation < 0.999 && s.condition > 1e10);
    assert_non_null(strstr(um_test_log(), "the signatures are linearly dependent: the types 'type0001', 'type0003', 'type0004' cannot"));
    inputs_clear(&in);
}

/* 1e-6 is the border: noise of 1e-2 is far on this side, of 1e-4 (correlation 1 - 1e-8) on the other. */
static void nearly_alike(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        um_random r;
        um_random_start(&r, 6, "test", "nearly");
        inputs in = inputs_draw(cx, 300, 3, 1, 1e4, 0.0, 6);
        for (size_t g = 0; g < 300; g++)
            in.signatures.values[g * 3 + 2] = in.signatures.values[g * 3] * exp((i ? 1e-4 : 1e-2) * um_random_normal(&r));
        const um_similarity s = measure(&in, 1);
        assert_int_equal(strstr(um_test_log(), "'type0001' and 'type0003' cannot be told apart") != NULL, i);
        assert_true(isfinite(s.condition) && s.condition > 1e3);
        inputs_clear(&in);
    }
}

static void one_type_has_no_correlation(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 30, 1, 1, 1e4, 0.0, 7);
    const um_similarity alone = measure(&in, 0), with_background = measure(&in, 1);
    assert_true(isnan(alone.correlation) && isnan(with_background.correlation));
    assert_true(alone.condition == 1.0 && with_background.condition > 1.0);
    inputs_clear(&in);
}

#define similarity_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        similarity_test(two_types_by_hand),
        similarity_test(scale_of_a_column_does_not_matter),
        similarity_test(twins_are_named),
        similarity_test(every_pair_is_named),
        similarity_test(dependent_types_are_named),
        similarity_test(nearly_alike),
        similarity_test(one_type_has_no_correlation),
    };
    return um_run_group(tests);
}
