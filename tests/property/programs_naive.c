/*
 * Consensus against its definition, written down anew without trees of chains, packed pairs or threads: distances
 * between clusters are means over all pairs, matrices are square, and every clustering is counted by itself.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "programs/consensus/consensus.h"
#include "testing/testing.h"

enum { REPLICATES = 6, EACH = 5, P = REPLICATES * EACH, GENES = 12, CLUSTERINGS = 20, OUT = 1, MIN = 2, MAX = 7 };

static unmix_context *cx;
static double loading[P * GENES];
static size_t replicate[P];

static int begin(void **state)
{
    um_random random;
    double truth[EACH * GENES];
    (void)state;
    cx = um_test_context();
    um_random_start(&random, 11, "naive", "");
    for (size_t i = 0; i < EACH * GENES; i++)
        truth[i] = um_random_gamma(&random, 0.5);
    for (size_t p = 0; p < P; p++) {
        replicate[p] = p / EACH;
        for (size_t g = 0; g < GENES; g++)
            loading[p * GENES + g] = truth[p % EACH * GENES + g] * um_random_gamma(&random, 0.8);
    }
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

static double cosine_distance(const double *a, const double *b)
{
    double ab = 0, aa = 0, bb = 0;
    for (size_t g = 0; g < GENES; g++) {
        ab += a[g] * b[g];
        aa += a[g] * a[g];
        bb += b[g] * b[g];
    }
    return 1 - ab / sqrt(aa * bb);
}

static double between(const double *D, const size_t *cluster, size_t c, size_t d)
{
    double sum = 0, pairs = 0;
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < P; j++)
            if (cluster[i] == c && cluster[j] == d) {
                sum += D[i * P + j];
                pairs++;
            }
    return pairs > 0 ? sum / pairs : INFINITY;
}

/* Joins the two nearest clusters of the items `present` until `clusters` are left; UM_NO_CLUSTER for the others. */
static void naive_clusters(const double *D, const unsigned char *present, size_t clusters, size_t *cluster)
{
    size_t left = 0;
    for (size_t i = 0; i < P; i++) {
        cluster[i] = present[i] ? i : UM_NO_CLUSTER;
        left += present[i];
    }
    for (; left > clusters; left--) {
        size_t from = 0, to = 0;
        double least = INFINITY;
        for (size_t c = 0; c < P; c++)
            for (size_t d = c + 1; d < P; d++) {
                const double distance = between(D, cluster, c, d);
                if (distance < least) {
                    least = distance;
                    to = c;
                    from = d;
                }
            }
        for (size_t i = 0; i < P; i++)
            if (cluster[i] == from)
                cluster[i] = to;
    }
}

/* The draws of consensus clustering `b`: one of six replicates is left out. */
static void draw(uint64_t seed, size_t b, unsigned char *present)
{
    um_random random;
    char name[32];
    (void)snprintf(name, sizeof name, "%zu", b);
    um_random_start(&random, seed, "consensus clustering", name);
    const size_t out = (size_t)um_random_below(&random, REPLICATES);
    for (size_t i = 0; i < P; i++)
        present[i] = replicate[i] != out;
}

static void naive_consensus(const double *D, uint64_t seed, size_t clusters, double *M)
{
    static double both[P * P];
    memset(both, 0, sizeof both);
    memset(M, 0, P * P * sizeof *M);
    for (size_t b = 0; b < CLUSTERINGS; b++) {
        unsigned char present[P];
        size_t cluster[P];
        draw(seed, b, present);
        naive_clusters(D, present, clusters, cluster);
        for (size_t i = 0; i < P; i++)
            for (size_t j = 0; j < P; j++) {
                both[i * P + j] += present[i] && present[j];
                M[i * P + j] += present[i] && present[j] && cluster[i] == cluster[j];
            }
    }
    for (size_t p = 0; p < P * P; p++)
        M[p] = both[p] > 0 ? M[p] / both[p] : 0;
}

static void same_partition(const size_t *a, const size_t *b)
{
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_equal(a[i] == a[j], b[i] == b[j]);
}

/* The number is forced, one after the other, so that each consensus matrix is seen. */
static void consensus_is_what_it_is_defined_to_be(void **state)
{
    (void)state;
    static double D[P * P], M[P * P], distance[P * P];
    unsigned char all[P];
    size_t ambiguous = 0;
    memset(all, 1, sizeof all);
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < P; j++)
            D[i * P + j] = cosine_distance(loading + i * GENES, loading + j * GENES);
    for (size_t k = MIN; k <= MAX; k++) {
        const um_programs programs = {P, GENES, loading, replicate};
        um_consensus_options options = um_consensus_defaults();
        um_consensus consensus = {0};
        size_t cluster[P];
        options.min_clusters = options.max_clusters = k;
        options.same_similarity = -1;
        options.seed = k;
        assert_ok(cx, um_consensus_cluster(cx, &programs, &options, &consensus));
        naive_consensus(D, k, k, M);
        for (size_t a = 0; a < P; a++)
            for (size_t b = 0; b < P; b++) {
                const double want = M[consensus.order[a] * P + consensus.order[b]];
                assert_true(consensus.consensus[a * P + b] == want); /* ratios of the same whole numbers */
                ambiguous += want > 0.1 && want < 0.9;
            }
        for (size_t p = 0; p < P * P; p++)
            distance[p] = 1 - M[p];
        naive_clusters(distance, all, k, cluster);
        same_partition(um_consensus_labels(&consensus), cluster);
        um_consensus_clear(&consensus);
    }
    assert_true(ambiguous > 0); /* otherwise this would be too easy */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(consensus_is_what_it_is_defined_to_be, begin, end),
    };
    return um_run_group(tests);
}
