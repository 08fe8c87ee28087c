/* Trees by hand: the smallest ones, equal distances, points on a line; correlations of columns. */
#include "programs/consensus/tree.h"

#include <math.h>
#include <string.h>

#include "programs/consensus/distance.h"
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

static void pairs_lie_as_pdist_has_them(void **state)
{
    (void)state;
    size_t place = 0;
    for (size_t i = 0; i < 7; i++)
        for (size_t j = i + 1; j < 7; j++)
            assert_int_equal(um_pair(7, i, j), place++);
    assert_int_equal(um_pairs(7), place);
    assert_int_equal(um_pairs(8), 28);
    assert_int_equal(um_pairs(1), 0);
    assert_int_equal(um_pairs(0), 0);
}

static void the_smallest_trees(void **state)
{
    (void)state;
    um_tree tree = {0};
    double distance = 3;
    size_t label[2], order[2];
    assert_ok(cx, um_tree_allocate(cx, &tree, 2));
    um_tree_build(&tree, UM_LINKAGE_AVERAGE, 1, NULL);
    um_tree_cut(&tree, 1, label);
    um_tree_order(&tree, order);
    assert_int_equal(label[0], 0);
    assert_int_equal(order[0], 0);
    assert_true(um_tree_correlation(&tree, NULL) == 1);
    um_tree_build(&tree, UM_LINKAGE_WARD, 2, &distance);
    assert_true(tree.merge[0].left == 0 && tree.merge[0].right == 1 && tree.merge[0].size == 2);
    assert_true(tree.merge[0].height == 3);
    um_tree_cut(&tree, 1, label);
    assert_true(label[0] == 0 && label[1] == 0);
    um_tree_cut(&tree, 2, label);
    assert_true(label[0] != label[1]);
    um_tree_clear(&tree);
    um_tree_clear(&tree);
}

/* Points 0 1 5 7 20: averages by hand are 1, 2, (5 + 7 + 4 + 6) / 4 = 5.5, (20 + 19 + 15 + 13) / 4 = 16.75. */
static void averages_on_a_line(void **state)
{
    (void)state;
    static const double points[] = {0, 1, 5, 7, 20}, want[] = {1, 2, 5.5, 16.75};
    static const size_t two[] = {0, 0, 0, 0, 1};
    um_tree tree = {0};
    double distances[10], heights[10];
    size_t label[5];
    assert_ok(cx, um_tree_allocate(cx, &tree, 5));
    um_distances_euclidean(5, 1, points, distances);
    um_tree_build(&tree, UM_LINKAGE_AVERAGE, 5, distances);
    for (size_t i = 0; i < 4; i++)
        assert_true(tree.merge[i].height == want[i]);
    um_tree_cophenetic(&tree, heights);
    assert_true(um_pair_of(heights, 5, 3, 2) == 2 && um_pair_of(heights, 5, 0, 4) == 16.75);
    um_tree_cut(&tree, 2, label);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(label[i] == label[0], two[i] == two[0]);
    um_tree_clear(&tree);
}

/* All distances the same: any tree is right, it has one height, and it says all there is to say. */
static void equal_distances(void **state)
{
    (void)state;
    enum { N = 9 };
    um_tree tree = {0};
    double distances[N * (N - 1) / 2], kept[N * (N - 1) / 2];
    size_t label[N], seen = 0;
    assert_ok(cx, um_tree_allocate(cx, &tree, N));
    for (size_t p = 0; p < um_pairs(N); p++)
        distances[p] = kept[p] = 0.25;
    um_tree_build(&tree, UM_LINKAGE_AVERAGE, N, distances);
    for (size_t i = 0; i + 1 < N; i++)
        assert_true(tree.merge[i].height == 0.25);
    assert_true(um_tree_correlation(&tree, kept) == 1);
    um_tree_cut(&tree, N, label);
    for (size_t i = 0; i < N; i++)
        seen |= (size_t)1 << label[i];
    assert_int_equal(seen, ((size_t)1 << N) - 1);
    um_tree_clear(&tree);
}

static void cosines_of_unit_rows(void **state)
{
    (void)state;
    static const double rows[] = {1, 0, 0.6, 0.8, -1, 0}, want[] = {0.4, 2, 1.6};
    double got[3];
    um_distances_cosine(3, 2, rows, 2, got);
    um_assert_close(got, want, 3, 1e-15, 0, "1 - cosine"); /* a product of two digits each: some eps */
}

static void correlations_of_columns(void **state)
{
    (void)state;
    static const double values[] = {1, 2, 5, 2, 4, 3, 3, 6, 1}, want[] = {1, 1, -1, 1, 1, -1, -1, -1, 1};
    static const double constant[] = {1, 0.1, 2, 0.1, 3, 0.1};
    double r[9];
    assert_ok(cx, um_correlations(cx, 3, 3, values, "component", r));
    um_assert_close(r, want, 9, 1e-15, 0, "correlations");
    assert_refused(cx, um_correlations(cx, 3, 2, constant, "component", r), UNMIX_ERROR_INPUT,
                   "component 2 has the same usage in all cells");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pairs_lie_as_pdist_has_them, begin, end),
        cmocka_unit_test_setup_teardown(the_smallest_trees, begin, end),
        cmocka_unit_test_setup_teardown(averages_on_a_line, begin, end),
        cmocka_unit_test_setup_teardown(equal_distances, begin, end),
        cmocka_unit_test_setup_teardown(cosines_of_unit_rows, begin, end),
        cmocka_unit_test_setup_teardown(correlations_of_columns, begin, end),
    };
    return um_run_group(tests);
}
