/* Consensus over the programs of many factorisations. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "core/random.h"
#include "programs/consensus/consensus_parts.h"
#include "programs/consensus/stability.h"

/* Silhouettes closer than this count as equal. */
#define EQUAL_SILHOUETTES 0.01
#define EQUAL_TREES 0.001 /* cophenetic correlations */

#define ABSENT UINT16_MAX

enum { MAX_THREADS = 64, LEAST_CLUSTERINGS = 20, MOST_CLUSTERINGS = 100, LEAST_REPLICATES = 3 };

/* What the threads of the clusterings may take together; one is always given what it needs. */
#define THREAD_BYTES ((size_t)512 << 20)

/* A thread's own things. */
typedef struct bench {
    um_tree tree;
    double *distances; /* of the members that take part */
    size_t *member;    /* these */
    size_t *label;
} bench;

typedef struct study {
    const um_consensus_options *options;
    um_members members;
    size_t n; /* of them */
    size_t replicates;
    size_t looks, first; /* numbers of clusters first .. first + looks - 1 */
    size_t clusterings;
    unsigned char *absent; /* clusterings x replicates: left out */
    uint16_t *drawn;       /* clusterings x looks x n: labels, ABSENT where the member was left out */
    double *joint;         /* replicates x replicates: clusterings with both */
    unsigned threads;
    bench *benches;    /* threads */
    size_t begin, end; /* clusterings of the present batch */
    size_t look;       /* of the present consensus */
    double *pairs;     /* its consensus, condensed */
    double *diagonal;
    uint16_t *together; /* threads x n */
} study;

um_consensus_options um_consensus_defaults(void)
{
    return (um_consensus_options){
        .min_clusters = 4, .max_clusters = 10, .left_out = 0.2, .same_similarity = 0.875, .support = 0.3};
}

static void bench_clear(bench *b)
{
    um_tree_clear(&b->tree);
    free(b->distances);
    free(b->member);
    free(b->label);
}

static void study_clear(study *s)
{
    for (unsigned t = 0; s->benches && t < s->threads; t++)
        bench_clear(s->benches + t);
    free(s->benches);
    um_members_clear(&s->members);
    free(s->absent);
    free(s->drawn);
    free(s->joint);
    free(s->pairs);
    free(s->diagonal);
    free(s->together);
}

/* Clusterings */

/* Which replicates each clustering leaves out: drawn by its number, so that no other clustering matters. */
static unmix_status draw_replicates(unmix_context *cx, study *s)
{
    const size_t R = s->replicates;
    size_t out = (size_t)(s->options->left_out * (double)R + 0.5), *urn;
    out = out < 1 ? 1 : out > R - 2 ? R - 2 : out;
    UM_TRY(UM_ALLOC(cx, &s->absent, um_product_size(s->clusterings, R, 1), "consensus"));
    UM_TRY(UM_ALLOC(cx, &s->joint, um_product_size(R, R, 1), "consensus"));
    UM_TRY(UM_ALLOC(cx, &urn, R, "consensus"));
    for (size_t b = 0; b < s->clusterings; b++) {
        unsigned char *absent = s->absent + b * R;
        um_random random;
        char name[32];
        (void)snprintf(name, sizeof name, "%zu", b);
        um_random_start(&random, s->options->seed, "consensus clustering", name);
        for (size_t r = 0; r < R; r++)
            urn[r] = r;
        for (size_t i = 0; i < out; i++) {
            const size_t at = i + (size_t)um_random_below(&random, R - i), r = urn[at];
            urn[at] = urn[i];
            absent[r] = 1;
        }
        for (size_t r = 0; r < R; r++)
            for (size_t q = 0; q < R; q++)
                s->joint[r * R + q] += !absent[r] && !absent[q];
    }
    free(urn);
    return UNMIX_OK;
}

static size_t members_present(const study *s, size_t clustering, size_t *member)
{
    const unsigned char *absent = s->absent + clustering * s->replicates;
    size_t count = 0;
    for (size_t i = 0; i < s->n; i++)
        if (!absent[s->members.replicate[i]])
            member[count++] = i;
    return count;
}

static unmix_status check_room(unmix_context *cx, const study *s)
{
    const size_t most = s->options->max_clusters;
    size_t fewest = s->n;
    for (size_t b = 0; b < s->clusterings; b++) {
        const size_t count = members_present(s, b, s->benches[0].member);
        fewest = count < fewest ? count : fewest;
    }
    if (fewest >= most)
        return UNMIX_OK;
    return UM_FAIL(
        cx, UNMIX_ERROR_ARGUMENT,
        "%zu programs, of which a clustering has %zu, are fewer than %zu clusters: use more factorisations%s", s->n,
        fewest, most, fewest >= s->options->min_clusters ? " or a smaller --max-clusters" : "");
}

static unmix_status set_up_benches(unmix_context *cx, study *s)
{
    const size_t bytes = um_pairs(s->n) * sizeof(double);
    while (s->threads > 1 && s->threads * bytes > THREAD_BYTES)
        s->threads--;
    UM_TRY(UM_ALLOC(cx, &s->benches, s->threads, "consensus"));
    for (unsigned t = 0; t < s->threads; t++) {
        bench *b = s->benches + t;
        UM_TRY(um_tree_allocate(cx, &b->tree, s->n));
        UM_TRY(UM_ALLOC(cx, &b->distances, um_pairs(s->n), "distances of programs"));
        UM_TRY(UM_ALLOC(cx, &b->member, s->n, "consensus"));
        UM_TRY(UM_ALLOC(cx, &b->label, s->n, "consensus"));
    }
    return UNMIX_OK;
}

static void cluster_once(const study *s, size_t clustering, bench *b)
{
    const size_t count = members_present(s, clustering, b->member);
    uint16_t *drawn = s->drawn + clustering * s->looks * s->n;
    double *to = b->distances;
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++)
            *to++ = s->members.distances[um_pair(s->n, b->member[i], b->member[j])];
    um_tree_build(&b->tree, UM_LINKAGE_AVERAGE, count, b->distances);
    for (size_t k = 0; k < s->looks; k++, drawn += s->n) {
        um_tree_cut(&b->tree, s->first + k, b->label);
        for (size_t i = 0; i < s->n; i++)
            drawn[i] = ABSENT;
        for (size_t i = 0; i < count; i++)
            drawn[b->member[i]] = (uint16_t)b->label[i];
    }
}

static void cluster_part(void *state, unsigned thread)
{
    const study *s = state;
    for (size_t b = s->begin + thread; b < s->end; b += s->threads)
        cluster_once(s, b, s->benches + thread);
}

static unmix_status cluster_all(unmix_context *cx, study *s)
{
    enum { BATCH = 4 };
    UM_TRY(UM_ALLOC(cx, &s->drawn, um_product_size(s->clusterings, s->looks, s->n), "clusterings"));
    for (s->begin = 0; s->begin < s->clusterings; s->begin = s->end) {
        s->end = s->begin + BATCH * s->threads < s->clusterings ? s->begin + BATCH * s->threads : s->clusterings;
        um_parallel(s->threads, cluster_part, s);
        UM_TRY(um_progress(cx, (double)s->end / (double)s->clusterings, "clustering %zu programs", s->n));
    }
    return UNMIX_OK;
}

/* Consensus of one number */

static void consensus_row(const study *s, size_t i, uint16_t *together)
{
    const size_t n = s->n, R = s->replicates;
    double *row = s->pairs + um_pair(n, i, i + 1);
    memset(together, 0, n * sizeof *together);
    for (size_t b = 0; b < s->clusterings; b++) {
        const uint16_t *label = s->drawn + (b * s->looks + s->look) * n, own = label[i];
        for (size_t j = i + 1; own != ABSENT && j < n; j++)
            together[j] = (uint16_t)(together[j] + (label[j] == own));
    }
    for (size_t j = i + 1; j < n; j++) {
        const double joint = s->joint[s->members.replicate[i] * R + s->members.replicate[j]];
        *row++ = joint > 0 ? together[j] / joint : 0;
    }
}

static void consensus_part(void *state, unsigned thread)
{
    const study *s = state;
    for (size_t i = thread; i + 1 < s->n; i += s->threads)
        consensus_row(s, i, s->together + thread * s->n);
}

static void take_from_one(size_t pairs, const double *consensus, double *distances)
{
    for (size_t p = 0; p < pairs; p++)
        distances[p] = 1 - consensus[p];
}

/*
 * The consensus at number `look`, the tree of it, and what is measured of both. Afterwards s->pairs is the consensus,
 * s->benches[0] has the tree, and of_member the silhouettes.
 */
static unmix_status look_at(unmix_context *cx, study *s, size_t look, um_consensus *consensus, double *of_member)
{
    um_consensus_look *l = consensus->look + look;
    bench *b = s->benches;
    const size_t n = s->n, pairs = um_pairs(n);
    size_t *label = consensus->label + look * consensus->items;
    s->look = look;
    um_parallel(s->threads, consensus_part, s);
    l->ambiguous = um_ambiguous(n, s->pairs);
    l->area = um_consensus_cdf(n, s->pairs, s->diagonal).area;
    take_from_one(pairs, s->pairs, b->distances);
    um_tree_build(&b->tree, UM_LINKAGE_AVERAGE, n, b->distances);
    take_from_one(pairs, s->pairs, b->distances);
    l->cophenetic = um_tree_correlation(&b->tree, b->distances);
    um_tree_cut(&b->tree, l->clusters, b->label);
    UM_TRY(um_number_by_size(cx, n, l->clusters, b->label));
    UM_TRY(um_members_support(cx, &s->members, l->clusters, b->label, &l->support));
    UM_TRY(um_silhouettes(cx, n, s->members.distances, l->clusters, b->label, of_member, &l->silhouette));
    for (size_t i = 0; i < consensus->items; i++)
        label[i] = UM_NO_CLUSTER;
    for (size_t i = 0; i < n; i++)
        label[s->members.item[i]] = b->label[i];
    return um_consensus_count_sizes(cx, l, consensus->items, label);
}

/* Choice */

/* The support that every cluster of a number must have. */
static double needed(const study *s)
{
    return s->options->support * (double)s->replicates;
}

/* The largest silhouette of the numbers with this support; `looks` where there is none. */
static size_t largest_silhouette(const study *s, const um_consensus_look *look, double support)
{
    size_t best = s->looks;
    for (size_t i = 0; i < s->looks; i++)
        if ((double)look[i].support >= support && (best == s->looks || look[i].silhouette > look[best].silhouette))
            best = i;
    return best;
}

/* Of the supported numbers as good as `top` the one whose consensus is the most like a tree, if more so than top's. */
static size_t clearest_tree(const study *s, const um_consensus_look *look, size_t top)
{
    size_t best = top;
    for (size_t i = 0; i < s->looks; i++)
        if ((double)look[i].support >= needed(s) && look[i].silhouette >= look[top].silhouette - EQUAL_SILHOUETTES &&
            look[i].cophenetic > look[top].cophenetic + EQUAL_TREES && look[i].cophenetic > look[best].cophenetic)
            best = i;
    return best;
}

static void choose(const study *s, um_consensus *consensus)
{
    const um_consensus_look *look = consensus->look;
    const size_t of_all = largest_silhouette(s, look, 0), of_supported = largest_silhouette(s, look, needed(s));
    const size_t top = of_supported < s->looks ? of_supported : of_all, best = clearest_tree(s, look, top);
    const um_consensus_look *b = look + best, *t = look + top, *passed = look + of_all;
    char beside[96], also[128] = "";
    consensus->best = best;
    um_consensus_neighbours(consensus, beside, sizeof beside);
    if (passed == t && best == top && best > 0 && best + 1 == s->looks)
        (void)snprintf(also, sizeof also, "; it is the largest number tried: try more");
    if (passed != t)
        (void)snprintf(also, sizeof also,
                       "; %zu (%.2f) passed over, a cluster of it is in %zu of %zu factorisations only",
                       passed->clusters, passed->silhouette, passed->support, s->replicates);
    if (best == top)
        (void)snprintf(consensus->reason, sizeof consensus->reason,
                       "%zu clusters: mean silhouette %.2f is the largest%s%s; cophenetic correlation %.2f%s",
                       b->clusters, b->silhouette, passed != t ? " of those supported" : "", beside, b->cophenetic,
                       also);
    else
        (void)snprintf(
            consensus->reason, sizeof consensus->reason,
            "%zu clusters: mean silhouette %.3f is as good as the largest (%zu: %.3f), cophenetic correlation "
            "%.3f is larger (%zu: %.3f)%s",
            b->clusters, b->silhouette, t->clusters, t->silhouette, b->cophenetic, t->clusters, t->cophenetic, also);
}

/* All numbers, the choice, and once more the chosen one, so that its consensus is there. */
static unmix_status look_at_all(unmix_context *cx, study *s, um_consensus *consensus)
{
    double *of_member = NULL;
    unmix_status status = UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, &s->pairs, um_pairs(s->n), "consensus matrix"));
    UM_TRY(UM_ALLOC(cx, &s->diagonal, s->n, "consensus matrix"));
    UM_TRY(UM_ALLOC(cx, &s->together, um_product_size(s->threads, s->n, 1), "consensus matrix"));
    UM_TRY(UM_ALLOC(cx, &of_member, s->n, "silhouettes"));
    for (size_t i = 0; i < s->n; i++)
        s->diagonal[i] = s->joint[s->members.replicate[i] * s->replicates + s->members.replicate[i]] > 0;
    for (size_t k = 0; k < s->looks; k++) {
        UM_TRY_GOTO(status, done, look_at(cx, s, k, consensus, of_member));
        UM_TRY_GOTO(status, done, um_progress(cx, (double)(k + 1) / (double)s->looks, "%zu clusters", s->first + k));
    }
    UM_TRY_GOTO(status, done, um_consensus_compare_areas(cx, consensus));
    choose(s, consensus);
    UM_TRY_GOTO(status, done, look_at(cx, s, consensus->best, consensus, of_member));
    for (size_t i = 0; i < s->n; i++)
        consensus->silhouette[s->members.item[i]] = of_member[i];
    consensus->members = s->n;
    consensus->tree = s->benches[0].tree;
    s->benches[0].tree = (um_tree){0};
    UM_TRY_GOTO(status, done, um_consensus_arrange(cx, consensus, s->members.item, s->pairs, s->diagonal));
done:
    free(of_member);
    return status;
}

static unmix_status check_options(unmix_context *cx, const um_programs *programs, const um_consensus_options *options,
                                  study *s)
{
    UM_TRY(um_consensus_check_numbers(cx, options->min_clusters, options->max_clusters));
    for (size_t p = 0; p < programs->count && programs->replicate; p++)
        s->replicates = programs->replicate[p] >= s->replicates ? programs->replicate[p] + 1 : s->replicates;
    if (s->replicates < LEAST_REPLICATES)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "a consensus of fewer than %d factorisations says nothing: use 20 or more", LEAST_REPLICATES);
    s->options = options;
    s->first = options->min_clusters;
    s->looks = options->max_clusters - options->min_clusters + 1;
    s->clusterings = options->clusterings;
    if (s->clusterings == 0) /* from 100 on a share is known to a hundredth */
        s->clusterings = s->replicates < LEAST_CLUSTERINGS  ? LEAST_CLUSTERINGS
                         : s->replicates > MOST_CLUSTERINGS ? MOST_CLUSTERINGS
                                                            : s->replicates;
    if (options->max_clusters >= ABSENT || s->clusterings > UINT16_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "%zu clusters in %zu clusterings: at most %u clusters and %u clusterings", options->max_clusters,
                       s->clusterings, ABSENT - 1U, (unsigned)UINT16_MAX);
    if (!(options->left_out > 0 && options->left_out < 1))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "the share of factorisations left out is %g: it must lie between 0 and 1", options->left_out);
    s->threads = options->threads ? options->threads : um_threads(cx);
    s->threads = s->threads > MAX_THREADS ? MAX_THREADS : s->threads;
    return UNMIX_OK;
}

unmix_status um_consensus_cluster(unmix_context *cx, const um_programs *programs, const um_consensus_options *options,
                                  um_consensus *consensus)
{
    study s = {0};
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, check_options(cx, programs, options, &s));
    UM_TRY_GOTO(status, done,
                um_consensus_allocate(cx, consensus, programs->count, options->min_clusters, options->max_clusters));
    UM_TRY_GOTO(status, done, um_members_find(cx, programs, options, s.replicates, s.threads, &s.members));
    s.n = s.members.n;
    UM_TRY_GOTO(status, done, draw_replicates(cx, &s));
    UM_TRY_GOTO(status, done, set_up_benches(cx, &s));
    UM_TRY_GOTO(status, done, check_room(cx, &s));
    UM_TRY_GOTO(status, done, cluster_all(cx, &s));
    UM_TRY_GOTO(status, done, look_at_all(cx, &s, consensus));
done:
    study_clear(&s);
    if (status != UNMIX_OK)
        um_consensus_clear(consensus);
    return status;
}
