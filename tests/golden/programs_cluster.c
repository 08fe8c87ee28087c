/* Trees, measures of stability and the published consensus against scipy, scikit-learn, kneed and consensusclustering.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/programs_cluster_golden.h"
#include "programs/consensus/consensus.h"
#include "programs/consensus/distance.h"
#include "programs/consensus/stability.h"
#include "testing/testing.h"

enum {
    N = GOLDEN_POINTS,
    M = GOLDEN_DIMENSIONS,
    PAIRS = N * (N - 1) / 2,
    C = GOLDEN_COMPONENTS,
    C_PAIRS = C * (C - 1) / 2,
    NUMBERS = GOLDEN_MAX - GOLDEN_MIN + 1
};

/*
 * Sums of up to n = 40 terms in another order differ by n eps; a ward height is the root of a difference of squares of
 * its size, formed anew at each of n merges: n^2 eps = 4e-13.
 */
static const double rounding = 4e-13;

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

typedef struct golden_set {
    const double *points, *ward, *average, *ward_labels, *average_labels, *leaves, *cophenetic, *heights, *silhouettes,
        *rand;
} golden_set;

#define GOLDEN_SET(name)                                                                                               \
    {golden_##name,                                                                                                    \
     golden_##name##_ward,                                                                                             \
     golden_##name##_average,                                                                                          \
     golden_##name##_ward_labels,                                                                                      \
     golden_##name##_average_labels,                                                                                   \
     golden_##name##_leaves,                                                                                           \
     golden_##name##_cophenetic,                                                                                       \
     golden_##name##_heights,                                                                                          \
     golden_##name##_silhouettes,                                                                                      \
     golden_##name##_rand}

static const golden_set sets[] = {GOLDEN_SET(points), GOLDEN_SET(grid)};

static void build(const golden_set *set, um_linkage linkage, um_tree *tree, double *distances)
{
    double overwritten[PAIRS];
    assert_ok(cx, um_tree_allocate(cx, tree, N));
    um_distances_euclidean(N, M, set->points, distances);
    memcpy(overwritten, distances, sizeof overwritten);
    um_tree_build(tree, linkage, N, overwritten);
}

static void assert_labels(const size_t *label, const double *want, size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        if (label[i] != (size_t)want[i])
            fail_msg("%s: item %zu is in cluster %zu, not %.0f", what, i, label[i], want[i]);
}

static void assert_tree(const um_tree *tree, const double *Z, const double *labels)
{
    size_t label[N];
    char what[64];
    for (size_t i = 0; i + 1 < N; i++, Z += 4) {
        const um_merge *m = tree->merge + i;
        if (m->left != (size_t)Z[0] || m->right != (size_t)Z[1] || m->size != (size_t)Z[3])
            fail_msg("merge %zu: %zu and %zu of %zu, not %.0f and %.0f of %.0f", i, m->left, m->right, m->size, Z[0],
                     Z[1], Z[3]);
        um_assert_close(&m->height, Z + 2, 1, rounding, 0, "height");
    }
    for (size_t k = 0; k < GOLDEN_CUTS; k++) {
        (void)snprintf(what, sizeof what, "%.0f clusters", golden_cuts[k]);
        um_tree_cut(tree, (size_t)golden_cuts[k], label);
        assert_labels(label, labels + k * N, N, what);
    }
}

static void trees_are_those_of_scipy(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        um_tree tree = {0};
        double distances[PAIRS];
        build(sets + i, UM_LINKAGE_WARD, &tree, distances);
        assert_tree(&tree, sets[i].ward, sets[i].ward_labels);
        um_tree_clear(&tree);
        build(sets + i, UM_LINKAGE_AVERAGE, &tree, distances);
        assert_tree(&tree, sets[i].average, sets[i].average_labels);
        um_tree_clear(&tree);
    }
}

static void measures_are_those_of_scipy_and_sklearn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        um_tree tree = {0}, other = {0};
        double distances[PAIRS], heights[PAIRS], mean, rand;
        size_t order[N], label[N], other_label[N];
        build(sets + i, UM_LINKAGE_WARD, &other, distances);
        build(sets + i, UM_LINKAGE_AVERAGE, &tree, distances);
        um_tree_order(&tree, order);
        assert_labels(order, sets[i].leaves, N, "leaves");
        um_tree_cophenetic(&tree, heights);
        um_assert_close(heights, sets[i].heights, PAIRS, rounding, 0, "cophenetic distances");
        const double correlation = um_tree_correlation(&tree, distances);
        um_assert_close(&correlation, sets[i].cophenetic, 1, rounding, 0, "cophenetic correlation");
        for (size_t k = 0; k < GOLDEN_CUTS; k++) {
            const size_t clusters = (size_t)golden_cuts[k];
            um_tree_cut(&tree, clusters, label);
            um_tree_cut(&other, clusters, other_label);
            assert_ok(cx, um_silhouettes(cx, N, distances, clusters, label, NULL, &mean));
            um_assert_close(&mean, sets[i].silhouettes + k, 1, rounding, rounding, "silhouette");
            assert_ok(cx, um_adjusted_rand(cx, N, clusters, label, clusters, other_label, &rand));
            um_assert_close(&rand, sets[i].rand + k, 1, rounding, rounding, "adjusted Rand index");
        }
        um_tree_clear(&tree);
        um_tree_clear(&other);
    }
}

static void knees_are_those_of_kneed(void **state)
{
    (void)state;
    for (size_t i = 0; i < GOLDEN_CURVES; i++) {
        double work[2 * GOLDEN_CURVE_ROOM];
        const size_t knee = um_knee((size_t)golden_curve_length[i], golden_curves + i * GOLDEN_CURVE_ROOM, work);
        const long got = knee == UM_NO_KNEE ? -1 : (long)knee;
        if (got != (long)golden_knees[i])
            fail_msg("curve %zu: knee at %ld, not %.0f", i, got, golden_knees[i]);
    }
}

/* The consensus of C components from the matrix in the order of the tree. */
static void condense(const um_consensus *consensus, double *pairs)
{
    for (size_t a = 0; a < C; a++)
        for (size_t b = 0; b < C; b++)
            if (consensus->order[a] < consensus->order[b])
                pairs[um_pair(C, consensus->order[a], consensus->order[b])] = consensus->consensus[a * C + b];
}

static void consensus_of(size_t set, size_t seed, um_consensus *consensus)
{
    const um_resample_options options = {GOLDEN_MIN, GOLDEN_MAX, GOLDEN_RESAMPLES, 0.8, (uint64_t)golden_seeds[seed]};
    assert_ok(cx, um_consensus_programs(cx, GOLDEN_CELLS, C, golden_W + set * GOLDEN_CELLS * C, &options, consensus));
}

static void consensus_is_that_of_consensusclustering(void **state)
{
    (void)state;
    for (size_t run = 0; run < GOLDEN_SETS * GOLDEN_SEEDS; run++) {
        const size_t set = run / GOLDEN_SEEDS;
        um_consensus consensus = {0};
        double pairs[C_PAIRS];
        size_t largest = 0;
        consensus_of(set, run % GOLDEN_SEEDS, &consensus);
        for (size_t k = 0; k < NUMBERS; k++) {
            const um_consensus_look *look = consensus.look + k;
            const double *silhouette = golden_program_silhouettes + set * NUMBERS;
            um_assert_close(&look->area, golden_areas + run * NUMBERS + k, 1, rounding, 0, "area");
            um_assert_close(&look->silhouette, silhouette + k, 1, rounding, rounding, "silhouette");
            assert_labels(consensus.label + k * C, golden_labels + (set * NUMBERS + k) * C, C, "label");
            if (k + 1 < NUMBERS) /* a difference of areas near 1 */
                um_assert_close(&look->area_change, golden_changes + run * (NUMBERS - 1) + k, 1, 0, rounding, "change");
            largest = silhouette[k] > silhouette[largest] ? k : largest;
        }
        const size_t knee = (size_t)golden_best[run];
        assert_int_equal(um_consensus_clusters(&consensus), knee ? knee : GOLDEN_MIN + largest);
        assert_non_null(strstr(consensus.reason, knee ? "has its knee here" : "no knee"));
        condense(&consensus, pairs);
        um_assert_close(pairs, golden_consensus + run * C_PAIRS, C_PAIRS, rounding, 0, "consensus");
        um_consensus_clear(&consensus);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(trees_are_those_of_scipy, begin, end),
        cmocka_unit_test_setup_teardown(measures_are_those_of_scipy_and_sklearn, begin, end),
        cmocka_unit_test_setup_teardown(knees_are_those_of_kneed, begin, end),
        cmocka_unit_test_setup_teardown(consensus_is_that_of_consensusclustering, begin, end),
    };
    return um_run_group(tests);
}
