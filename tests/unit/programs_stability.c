/* Measures of stability by hand. */
#include "programs/consensus/stability.h"

#include <math.h>

#include "testing/testing.h"

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

/* Points 0 1 10 on a line, the last alone: silhouettes (10 - 1)/10, (9 - 1)/9, 0. */
static void silhouettes_by_hand(void **state)
{
    (void)state;
    static const double distances[] = {1, 10, 9};
    static const size_t label[] = {0, 0, 1}, one[] = {0, 0, 0};
    const double want[] = {0.9, 8.0 / 9, 0};
    double got[3], mean, want_mean = (0.9 + 8.0 / 9) / 3;
    assert_ok(cx, um_silhouettes(cx, 3, distances, 2, label, got, &mean));
    um_assert_close(got, want, 3, 1e-15, 0, "silhouettes");
    um_assert_close(&mean, &want_mean, 1, 1e-15, 0, "mean");
    assert_ok(cx, um_silhouettes(cx, 3, distances, 1, one, got, &mean));
    assert_true(mean == 0);
}

/* Items that coincide: 0 / 0 is 0, not NaN. */
static void silhouettes_of_equal_items(void **state)
{
    (void)state;
    static const double distances[6] = {0};
    static const size_t label[] = {0, 0, 1, 1};
    double mean;
    assert_ok(cx, um_silhouettes(cx, 4, distances, 2, label, NULL, &mean));
    assert_true(mean == 0);
}

/* Four items in two sure pairs: 16 entries, 8 ones and 8 zeros. Shares .5 in all bins but the last: area 9 x .05 + .1.
 */
static void area_of_a_sure_consensus(void **state)
{
    (void)state;
    static const double sure[] = {1, 0, 0, 0, 0, 1}, whole[] = {1, 1, 1, 1, 1, 1}, diagonal[] = {1, 1, 1, 0};
    const um_cdf cdf = um_consensus_cdf(4, sure, NULL);
    const double want = 0.55, want_flat = 0.1 * 5;
    assert_true(cdf.edge[0] == 0 && cdf.edge[UM_CDF_BINS] == 1 && cdf.share[0] == 0.5 &&
                cdf.share[UM_CDF_BINS - 1] == 1);
    um_assert_close(&cdf.area, &want, 1, 1e-15, 0, "area");
    assert_true(um_ambiguous(4, sure) == 0);
    /* All the same: numpy's bins reach from 0.5 to 1.5, and 1 opens the sixth. */
    const um_cdf flat = um_consensus_cdf(4, whole, NULL);
    assert_true(flat.edge[0] == 0.5 && flat.share[4] == 0 && flat.share[5] == 1);
    um_assert_close(&flat.area, &want_flat, 1, 1e-15, 0, "area");
    assert_true(um_consensus_cdf(4, whole, diagonal).share[0] == 1.0 / 16);
    assert_true(um_consensus_cdf(0, NULL, NULL).area == 0);
}

static void ambiguous_pairs(void **state)
{
    (void)state;
    static const double pairs[] = {0.1, 0.9, 0.11, 0.89, 0, 1};
    assert_true(um_ambiguous(4, pairs) == 2.0 / 6);
    assert_true(um_ambiguous(1, NULL) == 0);
}

static void changes_of_area(void **state)
{
    (void)state;
    static const double area[] = {0.5, 0.8, 1.0};
    const double want[] = {0.5, 0.2}, later[] = {0.375, 0.2};
    double got[3];
    um_area_changes(3, 2, area, got);
    um_assert_close(got, want, 2, 1e-15, 0, "changes from two clusters on");
    assert_true(isnan(got[2]));
    um_area_changes(3, 3, area, got);
    um_assert_close(got, later, 2, 1e-15, 0, "changes from three clusters on");
}

static void curves_without_a_knee(void **state)
{
    (void)state;
    static const double flat[] = {2, 2, 2}, straight[] = {1, 2, 3, 4}, bent[] = {0, 9, 9.5, 10, 10};
    double work[10];
    assert_int_equal(um_knee(3, flat, work), UM_NO_KNEE);
    assert_int_equal(um_knee(1, flat, work), UM_NO_KNEE);
    assert_int_equal(um_knee(0, flat, work), UM_NO_KNEE);
    assert_int_equal(um_knee(4, straight, work), UM_NO_KNEE);
    assert_int_equal(um_knee(5, bent, work), 1);
}

static void rand_index_of_the_same_and_of_trivial_clusterings(void **state)
{
    (void)state;
    static const size_t a[] = {0, 0, 1, 1, 2}, renamed[] = {2, 2, 0, 0, 1}, one[] = {0, 0, 0, 0, 0};
    double index;
    assert_ok(cx, um_adjusted_rand(cx, 5, 3, a, 3, renamed, &index));
    assert_true(index == 1);
    assert_ok(cx, um_adjusted_rand(cx, 5, 3, a, 1, one, &index));
    assert_true(index == 0);
    assert_ok(cx, um_adjusted_rand(cx, 5, 1, one, 1, one, &index));
    assert_true(index == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(silhouettes_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(silhouettes_of_equal_items, begin, end),
        cmocka_unit_test_setup_teardown(area_of_a_sure_consensus, begin, end),
        cmocka_unit_test_setup_teardown(ambiguous_pairs, begin, end),
        cmocka_unit_test_setup_teardown(changes_of_area, begin, end),
        cmocka_unit_test_setup_teardown(curves_without_a_knee, begin, end),
        cmocka_unit_test_setup_teardown(rand_index_of_the_same_and_of_trivial_clusterings, begin, end),
    };
    return um_run_group(tests);
}
