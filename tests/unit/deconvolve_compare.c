/* Comparison of proportions: names, notes, undefined values. The numbers: tests/golden/deconvolve_compare.c. */
#include "deconvolve/certify/agreement.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "testing/testing.h"

static void add_words(unmix_context *cx, um_names *names, const char *words)
{
    while (*words) {
        const size_t length = strcspn(words, " ");
        assert_ok(cx, um_names_add(cx, names, words, length));
        words += length + strspn(words + length, " ");
    }
}

static um_matrix table(unmix_context *cx, const char *origin, const char *samples, const char *types,
                       const double *values)
{
    um_matrix m = {0};
    add_words(cx, &m.rows, samples);
    add_words(cx, &m.columns, types);
    assert_ok(cx, um_matrix_allocate(cx, &m));
    if (origin)
        assert_ok(cx, um_matrix_set_origin(cx, &m, origin));
    memcpy(m.values, values, m.rows.count * m.columns.count * sizeof *values);
    return m;
}

static void names_are_matched_whatever_their_order(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix a = table(cx, "a.tsv", "s1 s2 s3", "B T", (double[]){0.1, 0.9, 0.2, 0.8, 0.4, 0.6});
    um_matrix b = table(cx, "b.tsv", "s3 s1 s2", "T B", (double[]){0.6, 0.4, 0.9, 0.1, 0.8, 0.2});
    um_comparison c = {0};
    assert_ok(cx, um_compare(cx, &a, &b, NULL, &c));
    assert_int_equal(c.count, 3);
    assert_string_equal(c.entries[0].scope, "all");
    assert_string_equal(c.entries[1].scope, "B");
    assert_string_equal(c.entries[2].scope, "T");
    assert_int_equal(c.entries[0].n, 6);
    assert_int_equal(c.entries[1].n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(c.entries[i].rmse == 0.0 && c.entries[i].mae == 0.0);
        assert_true(c.entries[i].r == 1.0 && c.entries[i].rho == 1.0);
    }
    assert_string_equal(um_test_log(), "");
    um_comparison_clear(&c);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    unmix_context_free(cx);
}

static void what_one_side_lacks_is_named(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const double values[20] = {0.5, 0.25};
    um_matrix a = table(cx, "a.tsv", "s1 s2 x1 x2 x3 x4 x5 x6 x7", "B T", values);
    um_matrix b = table(cx, NULL, "s1 s2", "T Treg", values);
    um_comparison c = {0};
    assert_ok(cx, um_compare(cx, &a, &b, NULL, &c));
    assert_int_equal(c.count, 2);
    assert_string_equal(c.entries[1].scope, "T");
    assert_int_equal(c.entries[1].n, 2);
    assert_non_null(strstr(um_test_log(), "samples only in a.tsv, left out (7): x1, x2, x3, x4, x5 and 2 more\n"));
    assert_non_null(strstr(um_test_log(), "types only in a.tsv, left out (1): B\n"));
    assert_non_null(strstr(um_test_log(), "types only in the second table, left out (1): Treg\n"));
    um_comparison_clear(&c);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    unmix_context_free(cx);
}

static void nothing_in_common_is_refused(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const double values[4] = {1, 0, 0, 1};
    um_matrix a = table(cx, "a.tsv", "s1 s2", "B T", values);
    um_matrix b = table(cx, "b.tsv", "S1 S2", "B T", values);
    um_matrix d = table(cx, "d.tsv", "s1 s2", "b t", values);
    um_comparison c = {0};
    assert_refused(cx, um_compare(cx, &a, &b, NULL, &c), UNMIX_ERROR_INPUT,
                   "a.tsv and b.tsv have no samples in common: s1, s2 against S1, S2");
    assert_refused(cx, um_compare(cx, &a, &d, NULL, &c), UNMIX_ERROR_INPUT, "no types in common: B, T against b, t");
    assert_null(c.entries);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    um_matrix_clear(&d);
    unmix_context_free(cx);
}

static void what_is_not_defined_is_nan(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix a = table(cx, NULL, "s1 s2 s3", "const gap", (double[]){0.1, 0.2, 0.1, NAN, 0.1, NAN});
    um_matrix b = table(cx, NULL, "s1 s2 s3", "const gap", (double[]){0.3, 0.4, 0.1, 0.1, 0.2, 0.2});
    um_comparison c = {0};
    assert_ok(cx, um_compare(cx, &a, &b, NULL, &c));
    assert_int_equal(c.entries[1].n, 3); /* a constant side: errors but no correlation */
    assert_true(isnan(c.entries[1].r) && isnan(c.entries[1].rho));
    assert_true(c.entries[1].mae > 0.0);
    assert_int_equal(c.entries[2].n, 1); /* one value left */
    assert_true(isnan(c.entries[2].r) && isnan(c.entries[2].rho));
    assert_true(fabs(c.entries[2].rmse - 0.2) < 1e-15);
    assert_int_equal(c.entries[0].n, 4);
    um_comparison_clear(&c);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    unmix_context_free(cx);
}

static void no_pair_at_all_is_nan_throughout(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix a = table(cx, NULL, "s1", "T", (double[]){NAN});
    um_matrix b = table(cx, NULL, "s1", "T", (double[]){0.5});
    um_comparison c = {0};
    assert_ok(cx, um_compare(cx, &a, &b, NULL, &c));
    assert_int_equal(c.entries[0].n, 0);
    assert_true(isnan(c.entries[0].r) && isnan(c.entries[0].rho) && isnan(c.entries[0].rmse) &&
                isnan(c.entries[0].mae));
    um_comparison_clear(&c);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    unmix_context_free(cx);
}

static void opposite_tables_correlate_at_minus_one(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix a = table(cx, NULL, "s1 s2 s3 s4", "T", (double[]){0.125, 0.25, 0.5, 0.75});
    um_matrix b = table(cx, NULL, "s1 s2 s3 s4", "T", (double[]){0.875, 0.75, 0.5, 0.25});
    um_comparison c = {0};
    assert_ok(cx, um_compare(cx, &a, &b, NULL, &c));
    assert_true(c.entries[1].r == -1.0 && c.entries[1].rho == -1.0); /* eighths and quarters: no rounding */
    um_comparison_clear(&c);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    unmix_context_free(cx);
}

static void close_to(double got, double want)
{
    assert_true(fabs(got - want) < 1e-15 * (1 + fabs(want))); /* a few sums of numbers below 1 */
}

static void intervals_hold_the_truth_or_not(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    /* B: [0, 0.25] holds 0 at its end, [0.25, 0.5] does not hold 0.75; x has no truth; T: [0.5, 1] holds 1, the other is none. */
    um_matrix a = table(cx, NULL, "s1 x s2", "B T", (double[]){0.125, 0.75, 0.5, 0.5, 0.375, 0.5});
    um_matrix low = table(cx, NULL, "s1 x s2", "B T", (double[]){0, 0.5, 0, 0, 0.25, NAN});
    um_matrix high = table(cx, NULL, "s1 x s2", "B T", (double[]){0.25, 1, 1, 1, 0.5, 1});
    um_matrix truth = table(cx, NULL, "s2 s1", "T B", (double[]){0.25, 0.75, 1, 0});
    const um_interval_ends ends = {&low, &high};
    um_comparison c = {0};
    assert_ok(cx, um_compare(cx, &a, &truth, &ends, &c));
    assert_int_equal(c.entries[0].n, 4);
    assert_int_equal(c.entries[0].n_intervals, 3);
    close_to(c.entries[0].held, 2.0 / 3);
    close_to(c.entries[0].width, 1.0 / 3); /* (0.25 + 0.25 + 0.5) / 3 */
    assert_int_equal(c.entries[1].n_intervals, 2);
    close_to(c.entries[1].held, 0.5);
    close_to(c.entries[1].width, 0.25);
    assert_int_equal(c.entries[2].n_intervals, 1);
    close_to(c.entries[2].held, 1);
    close_to(c.entries[2].width, 0.5);
    um_comparison_clear(&c);

    assert_ok(cx, um_compare(cx, &a, &truth, NULL, &c)); /* none at all */
    assert_int_equal(c.entries[0].n_intervals, 0);
    assert_true(isnan(c.entries[0].held) && isnan(c.entries[0].width));
    um_comparison_clear(&c);

    const um_interval_ends others = {&low, &truth};
    assert_refused(cx, um_compare(cx, &a, &truth, &others, &c), UNMIX_ERROR_INPUT,
                   "the intervals' upper ends (2 x 2) are of other samples or types than the proportions (3 x 2); run");
    um_matrix renamed = table(cx, "low.tsv", "s1 x s2", "B t", (double[]){0, 0, 0, 0, 0, 0});
    const um_interval_ends names = {&renamed, &high};
    assert_refused(cx, um_compare(cx, &a, &truth, &names, &c), UNMIX_ERROR_INPUT, "low.tsv: the intervals' lower ends");
    um_matrix_clear(&a);
    um_matrix_clear(&low);
    um_matrix_clear(&high);
    um_matrix_clear(&truth);
    um_matrix_clear(&renamed);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_matched_whatever_their_order),
        cmocka_unit_test(what_one_side_lacks_is_named),
        cmocka_unit_test(nothing_in_common_is_refused),
        cmocka_unit_test(what_is_not_defined_is_nan),
        cmocka_unit_test(no_pair_at_all_is_nan_throughout),
        cmocka_unit_test(opposite_tables_correlate_at_minus_one),
        cmocka_unit_test(intervals_hold_the_truth_or_not),
    };
    return um_run_group(tests);
}
