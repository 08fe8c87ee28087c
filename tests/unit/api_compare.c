/* The handles of a comparison. */
#include "unmix/compare.h"

#include "testing/testing.h"

static void a_comparison_is_read_by_entries(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *const samples[] = {"s1", "s2"}, *const types[] = {"B", "T"}, *const others[] = {"x", "y"};
    const double p[] = {0.25, 0.75, 0.5, 0.5}, q[] = {0.5, 0.5, 0.25, 0.75};
    unmix_matrix *a = NULL, *b = NULL, *other = NULL;
    assert_ok(cx, unmix_matrix_new(cx, 2, 2, samples, types, p, &a));
    assert_ok(cx, unmix_matrix_new(cx, 2, 2, samples, types, q, &b));
    assert_ok(cx, unmix_matrix_new(cx, 2, 2, others, types, q, &other));
    unmix_comparison *comparison = NULL;
    assert_ok(cx, unmix_compare(cx, a, b, &comparison));
    assert_int_equal(unmix_comparison_count(comparison), 3);
    assert_string_equal(unmix_comparison_entry(comparison, 0)->scope, "all");
    assert_string_equal(unmix_comparison_entry(comparison, 2)->scope, "T");
    assert_true(unmix_comparison_entry(comparison, 0)->mae == 0.25);
    assert_true(unmix_comparison_entry(comparison, 1)->rho == -1.0);
    assert_null(unmix_comparison_entry(comparison, 3));
    unmix_comparison_free(comparison);

    assert_ok(cx, unmix_compare_truth(cx, a, a, b, b, &comparison)); /* turned round, an interval holds nothing */
    assert_int_equal(unmix_comparison_entry(comparison, 0)->n_intervals, 4);
    assert_true(unmix_comparison_entry(comparison, 1)->held == 0.5 && unmix_comparison_entry(comparison, 1)->width == 0.0);
    unmix_comparison_free(comparison);
    assert_ok(cx, unmix_compare_truth(cx, a, NULL, NULL, b, &comparison));
    assert_int_equal(unmix_comparison_entry(comparison, 0)->n_intervals, 0);
    unmix_comparison_free(comparison);

    assert_refused(cx, unmix_compare(cx, a, other, &comparison), UNMIX_ERROR_INPUT, "no samples in common");
    assert_null(comparison);
    assert_refused(cx, unmix_compare(cx, NULL, b, &comparison), UNMIX_ERROR_ARGUMENT, "'a' must not be NULL");
    assert_refused(cx, unmix_compare(cx, a, b, NULL), UNMIX_ERROR_ARGUMENT, "'comparison' must not be NULL");
    assert_refused(cx, unmix_compare_truth(cx, NULL, a, b, b, &comparison), UNMIX_ERROR_ARGUMENT, "'a' must not be NULL");
    assert_refused(cx, unmix_compare_truth(cx, a, a, b, NULL, &comparison), UNMIX_ERROR_ARGUMENT, "'truth' must not be NULL");
    assert_refused(cx, unmix_compare_truth(cx, a, a, NULL, b, &comparison), UNMIX_ERROR_ARGUMENT, "belong together");
    assert_refused(cx, unmix_compare_truth(cx, a, other, b, b, &comparison), UNMIX_ERROR_INPUT, "other samples or types");
    assert_int_equal(unmix_comparison_count(NULL), 0);
    unmix_comparison_free(NULL);
    unmix_matrix_free(a);
    unmix_matrix_free(b);
    unmix_matrix_free(other);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_comparison_is_read_by_entries),
    };
    return um_run_group(tests);
}
