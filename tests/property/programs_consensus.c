/* Consensus over many factorisations: planted programs come back in their number, whatever order and scale they have.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "programs/consensus/consensus.h"
#include "programs/consensus/stability.h"
#include "testing/testing.h"

enum { GENES = 200, REPLICATES = 30 };

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

typedef struct plant {
    size_t count;
    double *loading;
    size_t *replicate, *truth; /* truth: the planted program, UM_NO_CLUSTER for one of nothing but noise */
} plant;

static um_programs programs_of(const plant *p)
{
    return (um_programs){p->count, GENES, p->loading, p->replicate};
}

static void plant_clear(plant *p)
{
    free(p->loading);
    free(p->replicate);
    free(p->truth);
}

/*
 * REPLICATES factorisations of `planted` programs: each planted program with every loading times (1 - noise + noise x
 * exponential), at a scale of its own, and `stray` programs of gamma draws that no other factorisation has.
 */
static plant grow(size_t planted, size_t stray, double noise, uint64_t seed)
{
    plant p = {.count = REPLICATES * (planted + stray)};
    double *truth;
    um_random random;
    um_random_start(&random, seed, "planted programs", "");
    assert_ok(cx, UM_ALLOC(cx, &truth, planted * GENES, "test"));
    assert_ok(cx, UM_ALLOC(cx, &p.loading, p.count * GENES, "test"));
    assert_ok(cx, UM_ALLOC(cx, &p.replicate, p.count, "test"));
    assert_ok(cx, UM_ALLOC(cx, &p.truth, p.count, "test"));
    for (size_t i = 0; i < planted * GENES; i++)
        truth[i] = um_random_gamma(&random, 0.3);
    for (size_t i = 0; i < p.count; i++) {
        const size_t program = i % (planted + stray);
        const double scale = um_random_gamma(&random, 1.0);
        p.replicate[i] = i / (planted + stray);
        p.truth[i] = program < planted ? program : UM_NO_CLUSTER;
        for (size_t g = 0; g < GENES; g++)
            p.loading[i * GENES + g] =
                scale * (program < planted
                             ? truth[program * GENES + g] * (1 - noise - noise * log(um_random_uniform(&random)))
                             : um_random_gamma(&random, 0.3));
    }
    free(truth);
    return p;
}

static um_consensus cluster(const plant *p, const um_consensus_options *options)
{
    um_consensus consensus = {0};
    const um_programs programs = programs_of(p);
    assert_ok(cx, um_consensus_cluster(cx, &programs, options, &consensus));
    return consensus;
}

/* The labels are the planted ones but for their numbers, and strays have none. */
static void assert_planted(const plant *p, size_t planted, const um_consensus *consensus)
{
    const size_t *label = um_consensus_labels(consensus);
    if (um_consensus_clusters(consensus) != planted)
        fail_msg("%zu planted programs: %s", planted, consensus->reason);
    for (size_t i = 0; i < p->count; i++) {
        assert_int_equal(label[i] == UM_NO_CLUSTER, p->truth[i] == UM_NO_CLUSTER);
        for (size_t j = 0; j < i; j++)
            if (p->truth[i] != UM_NO_CLUSTER && p->truth[j] != UM_NO_CLUSTER)
                assert_int_equal(label[i] == label[j], p->truth[i] == p->truth[j]);
    }
}

static void planted_numbers_come_back(void **state)
{
    (void)state;
    static const size_t numbers[] = {4, 6, 9};
    static const double noises[] = {0.1, 0.2}; /* cosines between two draws of a program of 0.99 and 0.96 */
    um_consensus_options options = um_consensus_defaults();
    for (size_t i = 0; i < 3; i++)
        for (size_t n = 0; n < 2; n++)
            for (size_t stray = 0; stray < 4; stray += 3) {
                options.seed = i;
                plant p = grow(numbers[i], stray, noises[n], 17 + n);
                um_consensus consensus = cluster(&p, &options);
                assert_planted(&p, numbers[i], &consensus);
                um_consensus_clear(&consensus);
                plant_clear(&p);
            }
}

/* Cosines of 0.55 between two draws of a program: none is reproduced, so all are used, and the number is found still.
 */
static void noisy_programs_are_clustered_too(void **state)
{
    (void)state;
    const um_consensus_options options = um_consensus_defaults();
    for (size_t planted = 4; planted < 10; planted++) {
        plant p = grow(planted, 0, 0.9, planted);
        um_consensus consensus = cluster(&p, &options);
        assert_non_null(strstr(um_test_log(), "none is left out"));
        assert_int_equal(um_consensus_clusters(&consensus), planted);
        um_consensus_clear(&consensus);
        plant_clear(&p);
    }
}

/* The same programs in another order (replicates keep their numbers). */
static plant permute(const plant *from, const size_t *order)
{
    plant to = {.count = from->count};
    assert_ok(cx, UM_ALLOC(cx, &to.loading, to.count * GENES, "test"));
    assert_ok(cx, UM_ALLOC(cx, &to.replicate, to.count, "test"));
    assert_ok(cx, UM_ALLOC(cx, &to.truth, to.count, "test"));
    for (size_t i = 0; i < to.count; i++) {
        memcpy(to.loading + i * GENES, from->loading + order[i] * GENES, GENES * sizeof(double));
        to.replicate[i] = from->replicate[order[i]];
        to.truth[i] = from->truth[order[i]];
    }
    return to;
}

/* The partition at every number, the choice and the measures: not one depends on the order of the programs. */
static void order_does_not_matter(void **state)
{
    (void)state;
    const um_consensus_options options = um_consensus_defaults();
    plant p = grow(6, 2, 0.2, 3);
    size_t *order;
    um_random random;
    assert_ok(cx, UM_ALLOC(cx, &order, p.count, "test"));
    for (size_t i = 0; i < p.count; i++)
        order[i] = i;
    um_random_start(&random, 5, "order", "");
    for (size_t i = p.count - 1; i > 0; i--) {
        const size_t j = (size_t)um_random_below(&random, i + 1), held = order[i];
        order[i] = order[j];
        order[j] = held;
    }
    plant q = permute(&p, order);
    um_consensus a = cluster(&p, &options), b = cluster(&q, &options);
    const size_t *la = um_consensus_labels(&a), *lb = um_consensus_labels(&b);
    assert_int_equal(a.members, b.members);
    assert_int_equal(a.best, b.best);
    for (size_t i = 0; i < p.count; i++) {
        assert_int_equal(la[order[i]] == UM_NO_CLUSTER, lb[i] == UM_NO_CLUSTER);
        for (size_t j = 0; j < i && lb[i] != UM_NO_CLUSTER; j++)
            assert_int_equal(la[order[i]] == la[order[j]], lb[i] == lb[j]);
    }
    /* Means of at most 180 x 180 terms, in another order: 180^2 eps = 7e-12. */
    um_assert_close(&a.look[a.best].silhouette, &b.look[b.best].silhouette, 1, 7e-12, 0, "silhouette");
    um_assert_close(&a.look[a.best].area, &b.look[b.best].area, 1, 7e-12, 0, "area");
    free(order);
    um_consensus_clear(&a);
    um_consensus_clear(&b);
    plant_clear(&p);
    plant_clear(&q);
}

static void assert_same(const um_consensus *a, const um_consensus *b)
{
    assert_int_equal(a->members, b->members);
    assert_int_equal(a->best, b->best);
    assert_string_equal(a->reason, b->reason);
    assert_memory_equal(a->label, b->label, a->looks * a->items * sizeof *a->label);
    assert_memory_equal(a->order, b->order, a->members * sizeof *a->order);
    assert_memory_equal(a->consensus, b->consensus, a->members * a->members * sizeof(double));
    for (size_t k = 0; k < a->looks; k++) {
        assert_true(a->look[k].silhouette == b->look[k].silhouette && a->look[k].cophenetic == b->look[k].cophenetic);
        assert_true(a->look[k].area == b->look[k].area && a->look[k].ambiguous == b->look[k].ambiguous);
    }
}

/* Powers of two, over the whole range of double: to the last bit. */
static void scale_does_not_matter(void **state)
{
    (void)state;
    const um_consensus_options options = um_consensus_defaults();
    plant p = grow(5, 2, 0.2, 4);
    um_consensus a = cluster(&p, &options);
    for (size_t i = 0; i < p.count * GENES; i++)
        p.loading[i] = ldexp(p.loading[i], (int)(i / GENES % 7) * 100 - 300);
    um_consensus b = cluster(&p, &options);
    assert_same(&a, &b);
    um_consensus_clear(&a);
    um_consensus_clear(&b);
    plant_clear(&p);
}

static void threads_do_not_matter(void **state)
{
    (void)state;
    um_consensus_options options = um_consensus_defaults();
    plant p = grow(7, 1, 0.4, 6);
    options.threads = 1;
    um_consensus a = cluster(&p, &options);
    for (options.threads = 2; options.threads < 6; options.threads++) {
        um_consensus b = cluster(&p, &options);
        assert_same(&a, &b);
        um_consensus_clear(&b);
    }
    um_consensus_clear(&a);
    plant_clear(&p);
}

/* What is left out depends on the seed, and on nothing else. */
static void seed_matters(void **state)
{
    (void)state;
    um_consensus_options options = um_consensus_defaults();
    plant p = grow(7, 0, 0.9, 7);
    um_consensus a = cluster(&p, &options), b = cluster(&p, &options);
    assert_same(&a, &b);
    um_consensus_clear(&b);
    options.seed = 1;
    b = cluster(&p, &options);
    assert_memory_not_equal(a.consensus, b.consensus, a.members * a.members * sizeof(double));
    um_consensus_clear(&a);
    um_consensus_clear(&b);
    plant_clear(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(planted_numbers_come_back, begin, end),
        cmocka_unit_test_setup_teardown(noisy_programs_are_clustered_too, begin, end),
        cmocka_unit_test_setup_teardown(order_does_not_matter, begin, end),
        cmocka_unit_test_setup_teardown(scale_does_not_matter, begin, end),
        cmocka_unit_test_setup_teardown(threads_do_not_matter, begin, end),
        cmocka_unit_test_setup_teardown(seed_matters, begin, end),
    };
    return um_run_group(tests);
}
