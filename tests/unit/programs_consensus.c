/* Consensus: every refusal, and what is made of clusters of programs. */
#include "programs/consensus/consensus.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

enum { CELLS = 30, COMPONENTS = 10 };

static unmix_context *cx;
static double W[CELLS * 13];

static int begin(void **state)
{
    um_random random;
    (void)state;
    cx = um_test_context();
    um_random_start(&random, 1, "usages", "");
    for (size_t i = 0; i < sizeof W / sizeof *W; i++)
        W[i] = um_random_uniform(&random);
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

static void refused(size_t components, um_resample_options options, unmix_status status, const char *part)
{
    um_consensus consensus = {0};
    assert_refused(cx, um_consensus_programs(cx, CELLS, components, W, &options, &consensus), status, part);
    assert_null(consensus.look);
    um_consensus_clear(&consensus);
}

static void published_consensus_refuses(void **state)
{
    (void)state;
    refused(COMPONENTS, (um_resample_options){4, 9, 5, 0.8, 1}, UNMIX_ERROR_ARGUMENT,
            "10 components x 0.8 = 8 programs in a resample are fewer than 9 clusters: use --max-clusters 8, or 12 "
            "components");
    refused(COMPONENTS, (um_resample_options){4, 10, 5, 0.8, 1}, UNMIX_ERROR_ARGUMENT,
            "use --max-clusters 8, or 13 components");
    refused(COMPONENTS, (um_resample_options){9, 10, 5, 0.8, 1}, UNMIX_ERROR_ARGUMENT,
            "8 programs in a resample are fewer than 10 clusters: use 13 components");
    refused(COMPONENTS, (um_resample_options){1, 5, 5, 0.8, 1}, UNMIX_ERROR_ARGUMENT, "the least is 2");
    refused(COMPONENTS, (um_resample_options){5, 4, 5, 0.8, 1}, UNMIX_ERROR_ARGUMENT, "exchange the two");
    refused(COMPONENTS, (um_resample_options){4, 5, 0, 0.8, 1}, UNMIX_ERROR_ARGUMENT, "0 resamples");
    refused(COMPONENTS, (um_resample_options){4, 5, 5, 1.5, 1}, UNMIX_ERROR_ARGUMENT, "is 1.5");
    refused(COMPONENTS, (um_resample_options){4, 5, 5, NAN, 1}, UNMIX_ERROR_ARGUMENT,
            "share of programs in a resample");
    for (size_t i = 0; i < CELLS; i++)
        W[i * COMPONENTS + 2] = 0;
    refused(COMPONENTS, (um_resample_options){4, 8, 5, 0.8, 1}, UNMIX_ERROR_INPUT, "component 3 has the same usage");
}

/* As many clusters as programs in a resample, and a resample of all: no corner of the published code fails here. */
static void published_consensus_at_its_limits(void **state)
{
    (void)state;
    static const double fractions[] = {0.8, 0.95, 1};
    for (size_t i = 0; i < 3; i++) {
        const um_resample_options options = {2, i == 0 ? 8 : i == 1 ? 9 : 10, 20, fractions[i], 3};
        um_consensus consensus = {0};
        assert_ok(cx, um_consensus_programs(cx, CELLS, COMPONENTS, W, &options, &consensus));
        for (size_t k = 0; k < consensus.looks; k++) {
            size_t sum = 0;
            for (size_t c = 0; c < consensus.look[k].clusters; c++)
                sum += consensus.look[k].sizes[c];
            assert_int_equal(sum, COMPONENTS);
        }
        assert_true(i < 2 || consensus.look[consensus.looks - 1].silhouette == 0); /* each alone */
        um_consensus_clear(&consensus);
    }
}

enum { P = 12, GENES = 5 };

static double loading[P * GENES];
static size_t replicate[P];

/* Four replicates of three programs; gene p % 3 stands out, gene 4 is zero everywhere. */
static um_programs some_programs(void)
{
    memset(loading, 0, sizeof loading);
    for (size_t p = 0; p < P; p++) {
        replicate[p] = p / 3;
        loading[p * GENES + p % 3] = 10;
        loading[p * GENES + 3] = 1 + (double)(p / 3);
    }
    return (um_programs){P, GENES, loading, replicate};
}

static void cluster_refused(const um_programs *programs, const um_consensus_options *options, unmix_status status,
                            const char *part)
{
    um_consensus consensus = {0};
    assert_refused(cx, um_consensus_cluster(cx, programs, options, &consensus), status, part);
    assert_null(consensus.look);
}

static void consensus_refuses(void **state)
{
    (void)state;
    um_programs programs = some_programs();
    um_consensus_options options = um_consensus_defaults();
    cluster_refused(
        &programs, &options, UNMIX_ERROR_ARGUMENT,
        "12 programs, of which a clustering has 9, are fewer than 10 clusters: use more factorisations or a "
        "smaller --max-clusters");
    options.min_clusters = 10;
    cluster_refused(&programs, &options, UNMIX_ERROR_ARGUMENT, "use more factorisations");
    options = um_consensus_defaults();
    options.max_clusters = 3;
    cluster_refused(&programs, &options, UNMIX_ERROR_ARGUMENT, "at most 3 clusters are fewer than at least 4");
    options.max_clusters = 6;
    options.left_out = 1;
    cluster_refused(&programs, &options, UNMIX_ERROR_ARGUMENT, "share of factorisations left out is 1");
    options.left_out = 0.2;
    options.clusterings = 100000;
    cluster_refused(&programs, &options, UNMIX_ERROR_ARGUMENT, "6 clusters in 100000 clusterings");
    options.clusterings = 0;
    loading[3 * GENES + 1] = -1;
    cluster_refused(&programs, &options, UNMIX_ERROR_INPUT, "program 4, gene 2: a loading of -1");
    loading[3 * GENES + 1] = INFINITY;
    cluster_refused(&programs, &options, UNMIX_ERROR_INPUT, "program 4, gene 2: a loading of inf");
    programs.replicate = NULL;
    cluster_refused(&programs, &options, UNMIX_ERROR_ARGUMENT, "fewer than 3 factorisations");
}

static void clusters_are_numbered_by_size_and_zero_programs_stay_out(void **state)
{
    (void)state;
    const um_programs programs = some_programs();
    um_consensus_options options = um_consensus_defaults();
    um_consensus consensus = {0};
    um_program_cluster cluster[3];
    options.min_clusters = 2;
    options.max_clusters = 5;
    memset(loading + 3 * GENES, 0, GENES * sizeof(double)); /* one of the first kind */
    assert_ok(cx, um_consensus_cluster(cx, &programs, &options, &consensus));
    assert_non_null(strstr(um_test_log(), "1 of 12 programs are zero"));
    const size_t *label = um_consensus_labels(&consensus);
    assert_int_equal(um_consensus_clusters(&consensus), 3);
    assert_int_equal(consensus.members, 11);
    for (size_t p = 0; p < P; p++)
        assert_int_equal(label[p], p == 3 ? UM_NO_CLUSTER : (p + 2) % 3);
    for (size_t a = 0; a < 11; a++)
        for (size_t b = 0; b < 11; b++) /* in the order of the leaves, and sure */
            assert_true(consensus.consensus[a * 11 + b] == (label[consensus.order[a]] == label[consensus.order[b]]));
    assert_ok(cx, um_program_clusters(cx, &programs, 3, label, consensus.silhouette, cluster));
    assert_true(cluster[0].members == 4 && cluster[0].replicates == 4 && cluster[2].members == 3 &&
                cluster[2].replicates == 3);
    assert_true(cluster[0].stability > 0.9 && cluster[0].stability <= 1);
    um_consensus_clear(&consensus);
    um_consensus_clear(&consensus);
}

/* Scaled to sum 1 before the median, whatever the scale of a factorisation. */
static void medians_by_hand(void **state)
{
    (void)state;
    static const double given[] = {1, 1, 2, 40, 0, 40, 0, 3, 1, 0, 0, 0, 5, 0, 0, 0, 0, 7};
    static const size_t label[] = {0, 0, 0, UM_NO_CLUSTER, 1, 1};
    /* .25 .25 .5; .5 0 .5; 0 .75 .25: medians .25 .25 .5. Then 1 0 0 and 0 0 1: medians .5 0 .5. */
    static const double want[] = {0.25, 0.25, 0.5, 0.5, 0, 0.5, 0, 0, 0};
    const um_programs programs = {6, 3, given, NULL};
    double got[9];
    assert_ok(cx, um_program_medians(cx, &programs, 3, label, got));
    um_assert_close(got, want, 9, 1e-15, 0, "medians");
}

/* Three programs without a gene in common: all medians are zero, the mean is not. */
static void medians_that_would_be_zero(void **state)
{
    (void)state;
    static const double given[] = {2, 0, 0, 0, 3, 0, 0, 0, 4}, want[] = {1.0 / 3, 1.0 / 3, 1.0 / 3};
    static const size_t label[] = {0, 0, 0};
    const um_programs programs = {3, 3, given, NULL};
    double got[3];
    assert_ok(cx, um_program_medians(cx, &programs, 1, label, got));
    um_assert_close(got, want, 3, 1e-15, 0, "means");
}

static void genes_come_from_all_members(void **state)
{
    (void)state;
    /* At sum 1: .5 .3 .2 0 0 and 0 .1 .1 .8 0; the third is of another cluster. */
    static const double given[] = {5, 3, 2, 0, 0, 0, 10, 10, 80, 0, 0, 0, 0, 0, 9};
    static const size_t label[] = {1, 1, 0}, two[] = {3, 0}, all[] = {3, 0, 1, 2};
    static const double votes_of_all[] = {0.8, 0.5, 0.4, 0.3};
    const um_programs programs = {3, 5, given, NULL};
    size_t gene[5], count;
    double votes[5];
    assert_ok(cx, um_program_genes(cx, &programs, label, 1, 2, gene, votes, &count));
    assert_int_equal(count, 2);
    assert_memory_equal(gene, two, sizeof two);
    assert_ok(cx, um_program_genes(cx, &programs, label, 1, 5, gene, votes, &count));
    assert_int_equal(count, 4); /* gene 5 has no loading here */
    assert_memory_equal(gene, all, sizeof all);
    um_assert_close(votes, votes_of_all, 4, 1e-15, 0, "votes");
    assert_ok(cx, um_program_genes(cx, &programs, label, 0, 5, gene, NULL, &count));
    assert_true(count == 1 && gene[0] == 4);
    assert_ok(cx, um_program_genes(cx, &programs, label, 7, 5, gene, NULL, &count));
    assert_int_equal(count, 0);
}

static void equal_genes_stay_in_their_order(void **state)
{
    (void)state;
    static const double given[] = {1, 2, 2, 1, 2, 0};
    static const size_t label[] = {0}, want[] = {1, 2, 4, 0};
    const um_programs programs = {1, 6, given, NULL};
    size_t gene[4], count;
    assert_ok(cx, um_program_genes(cx, &programs, label, 0, 4, gene, NULL, &count));
    assert_int_equal(count, 4);
    assert_memory_equal(gene, want, sizeof want);
}

static void specific_genes(void **state)
{
    (void)state;
    static const double medians[] = {0.5, 0.3, 0.2, 0.5, 0.1, 0.4}, want[] = {0, 0.2, -0.2, 0, -0.2, 0.2};
    double got[6];
    size_t gene[3], count;
    um_specific_loadings(2, 3, medians, got);
    um_assert_close(got, want, 6, 0, 1e-16, "specific loadings"); /* differences of numbers below 1: eps / 2 */
    assert_ok(cx, um_largest_genes(cx, 3, got + 3, 3, gene, &count));
    assert_true(count == 1 && gene[0] == 2);
    assert_ok(cx, um_largest_genes(cx, 3, medians, 2, gene, &count));
    assert_true(count == 2 && gene[0] == 0 && gene[1] == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(published_consensus_refuses, begin, end),
        cmocka_unit_test_setup_teardown(published_consensus_at_its_limits, begin, end),
        cmocka_unit_test_setup_teardown(consensus_refuses, begin, end),
        cmocka_unit_test_setup_teardown(clusters_are_numbered_by_size_and_zero_programs_stay_out, begin, end),
        cmocka_unit_test_setup_teardown(medians_by_hand, begin, end),
        cmocka_unit_test_setup_teardown(medians_that_would_be_zero, begin, end),
        cmocka_unit_test_setup_teardown(genes_come_from_all_members, begin, end),
        cmocka_unit_test_setup_teardown(equal_genes_stay_in_their_order, begin, end),
        cmocka_unit_test_setup_teardown(specific_genes, begin, end),
    };
    return um_run_group(tests);
}
