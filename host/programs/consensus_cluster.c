/* Consensus over the programs of many factorisations. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "core/random.h"
#include "programs/consensus_parts.h"
#include "programs/distance.h"
#include "programs/stability.h"

/* Silhouettes closer than this count as equal. */
#define EQUAL_SILHOUETTES 0.01

/* Where fewer than this share of the programs are reproduced, none is left out. */
#define LEAST_KEPT 0.25

#define ABSENT UINT16_MAX

enum { MAX_THREADS = 64, LEAST_CLUSTERINGS = 20, LEAST_REPLICATES = 3 };

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
    size_t n;               /* members */
    size_t *item;           /* n: which program each is */
    size_t *replicate;      /* n: where it comes from */
    size_t replicates;
    double *distances;      /* of the members */
    size_t looks, first;    /* numbers of clusters first .. first + looks - 1 */
    size_t clusterings;
    unsigned char *absent;  /* clusterings x replicates: left out */
    uint16_t *drawn;        /* clusterings x looks x n: labels, ABSENT where the member was left out */
    double *joint;          /* replicates x replicates: clusterings with both */
    unsigned threads;
    bench *benches;         /* threads */
    size_t begin, end;      /* clusterings of the present batch */
    size_t look;            /* of the present consensus */
    double *pairs;          /* its consensus, condensed */
    double *diagonal;
    uint16_t *together;     /* threads x n */
} study;

um_consensus_options um_consensus_defaults(void)
{
    return (um_consensus_options){
        .min_clusters = 4, .max_clusters = 10, .left_out = 0.2, .same_similarity = 0.8, .support = 0.3};
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
    free(s->item);
    free(s->replicate);
    free(s->distances);
    free(s->absent);
    free(s->drawn);
    free(s->joint);
    free(s->pairs);
    free(s->diagonal);
    free(s->together);
}

/* Members */

/* Row p of `unit` = the loadings at length 1; 0 where the program is zero. Divided by the largest first: no overflow. */
static int unit_row(size_t m, const double *loading, double *unit)
{
    double largest = 0, square = 0;
    for (size_t g = 0; g < m; g++)
        largest = loading[g] > largest ? loading[g] : largest;
    if (!(largest > 0))
        return 0;
    for (size_t g = 0; g < m; g++) {
        unit[g] = loading[g] / largest;
        square += unit[g] * unit[g];
    }
    for (size_t g = 0; g < m; g++)
        unit[g] /= sqrt(square);
    return 1;
}

static unmix_status check_loadings(unmix_context *cx, const um_programs *programs)
{
    const size_t m = programs->genes;
    for (size_t p = 0; p < programs->count; p++)
        for (size_t g = 0; g < m; g++) {
            const double x = programs->loading[p * m + g];
            if (!(x >= 0) || isinf(x))
                return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                               "program %zu, gene %zu: a loading of %g: loadings are at least 0 and finite", p + 1, g + 1, x);
        }
    return UNMIX_OK;
}

/* All programs that are not zero become members. */
static unmix_status measure_distances(unmix_context *cx, study *s, const um_programs *programs)
{
    const size_t m = programs->genes;
    double *unit = NULL;
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, check_loadings(cx, programs));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &unit, um_product_size(programs->count, m, 1), "programs of unit length"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &s->item, programs->count, "consensus"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &s->replicate, programs->count, "consensus"));
    for (size_t p = 0; p < programs->count; p++)
        if (unit_row(m, programs->loading + p * m, unit + s->n * m)) {
            s->item[s->n] = p;
            s->replicate[s->n++] = programs->replicate[p];
        }
    if (s->n < programs->count)
        um_warn(cx, "%zu of %zu programs are zero and are left out", programs->count - s->n, programs->count);
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &s->distances, um_pairs(s->n), "distances of programs"));
    um_distances_cosine(s->n, m, unit, s->threads, s->distances);
done:
    free(unit);
    return status;
}

/* How many replicates other than its own have a program within `reach` of member i; seen: `replicates` numbers. */
static size_t found_again(const study *s, size_t i, double reach, size_t *seen)
{
    size_t count = 0;
    seen[s->replicate[i]] = i + 1;
    for (size_t j = 0; j < s->n; j++)
        if (seen[s->replicate[j]] != i + 1 && um_pair_of(s->distances, s->n, i, j) <= reach) {
            seen[s->replicate[j]] = i + 1;
            count++;
        }
    return count;
}

/* Keeps the `count` members kept[], ascending. */
static void keep_members(study *s, size_t count, const size_t *kept)
{
    double *to = s->distances;
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++)
            *to++ = s->distances[um_pair(s->n, kept[a], kept[b])];
    for (size_t a = 0; a < count; a++) {
        s->item[a] = s->item[kept[a]];
        s->replicate[a] = s->replicate[kept[a]];
    }
    s->n = count;
}

/* Leaves out programs that too few of the other replicates have: in a tree each of them would be a cluster of its own. */
static unmix_status keep_reproduced(unmix_context *cx, study *s)
{
    const um_consensus_options *o = s->options;
    size_t *kept, count = 0;
    UM_TRY(UM_ALLOC(cx, &kept, s->n + s->replicates, "consensus"));
    for (size_t i = 0; i < s->n; i++)
        if ((double)found_again(s, i, 1 - o->same_similarity, kept + s->n) >= o->support * (double)(s->replicates - 1))
            kept[count++] = i;
    if ((double)count < LEAST_KEPT * (double)s->n || (double)count * (1 - o->left_out) < (double)o->max_clusters)
        um_warn(cx, "only %zu of %zu programs are found in %.0f%% of the other factorisations (cosine similarity %.2f): "
                "none is left out, clusters are of little support", count, s->n, 100 * o->support, o->same_similarity);
    else if (count < s->n) {
        um_note(cx, "%zu of %zu programs are left out: fewer than %.0f%% of the other factorisations have them (cosine "
                "similarity %.2f)", s->n - count, s->n, 100 * o->support, o->same_similarity);
        keep_members(s, count, kept);
    }
    free(kept);
    return UNMIX_OK;
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
        if (!absent[s->replicate[i]])
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
    return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
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
            *to++ = s->distances[um_pair(s->n, b->member[i], b->member[j])];
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
        const double joint = s->joint[s->replicate[i] * R + s->replicate[j]];
        *row++ = joint > 0 ? together[j] / joint : 0;
    }
}

static void consensus_part(void *state, unsigned thread)
{
    const study *s = state;
    for (size_t i = thread; i + 1 < s->n; i += s->threads)
        consensus_row(s, i, s->together + thread * s->n);
}

typedef struct numbered {
    size_t size, first, label;
} numbered;

static int compare_numbered(const void *a, const void *b)
{
    const numbered *one = a, *two = b;
    if (one->size != two->size)
        return one->size > two->size ? -1 : 1;
    return one->first < two->first ? -1 : one->first > two->first;
}

/* Numbers clusters by decreasing size, of equal sizes by the first member. */
static unmix_status number_by_size(unmix_context *cx, size_t n, size_t clusters, size_t *label)
{
    numbered *cluster;
    size_t *becomes;
    UM_TRY(UM_ALLOC(cx, &cluster, clusters, "consensus"));
    const unmix_status status = UM_ALLOC(cx, &becomes, clusters, "consensus");
    if (status == UNMIX_OK) {
        for (size_t i = n; i-- > 0;) {
            cluster[label[i]].size++;
            cluster[label[i]].first = i;
            cluster[label[i]].label = label[i];
        }
        qsort(cluster, clusters, sizeof *cluster, compare_numbered);
        for (size_t c = 0; c < clusters; c++)
            becomes[cluster[c].label] = c;
        for (size_t i = 0; i < n; i++)
            label[i] = becomes[label[i]];
        free(becomes);
    }
    free(cluster);
    return status;
}

/* The fewest replicates that any cluster has members of. */
static unmix_status count_support(unmix_context *cx, const study *s, size_t clusters, const size_t *label, size_t *support)
{
    size_t *count;
    unsigned char *seen;
    UM_TRY(UM_ALLOC(cx, &count, clusters, "consensus"));
    const unmix_status status = UM_ALLOC(cx, &seen, um_product_size(clusters, s->replicates, 1), "consensus");
    if (status == UNMIX_OK) {
        for (size_t i = 0; i < s->n; i++) {
            unsigned char *mark = seen + label[i] * s->replicates + s->replicate[i];
            count[label[i]] += !*mark;
            *mark = 1;
        }
        *support = s->replicates;
        for (size_t c = 0; c < clusters; c++)
            *support = count[c] < *support ? count[c] : *support;
        free(seen);
    }
    free(count);
    return status;
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
    for (size_t p = 0; p < pairs; p++)
        s->pairs[p] = 1 - s->pairs[p];
    memcpy(b->distances, s->pairs, pairs * sizeof(double));
    um_tree_build(&b->tree, UM_LINKAGE_AVERAGE, n, b->distances);
    l->cophenetic = um_tree_correlation(&b->tree, s->pairs);
    for (size_t p = 0; p < pairs; p++)
        s->pairs[p] = 1 - s->pairs[p];
    um_tree_cut(&b->tree, l->clusters, b->label);
    UM_TRY(number_by_size(cx, n, l->clusters, b->label));
    UM_TRY(count_support(cx, s, l->clusters, b->label, &l->support));
    UM_TRY(um_silhouettes(cx, n, s->distances, l->clusters, b->label, of_member, &l->silhouette));
    for (size_t i = 0; i < consensus->items; i++)
        label[i] = UM_NO_CLUSTER;
    for (size_t i = 0; i < n; i++)
        label[s->item[i]] = b->label[i];
    return um_consensus_count_sizes(cx, l, consensus->items, label);
}

/* Choice */

static int supported(const study *s, const um_consensus_look *look)
{
    return (double)look->support >= s->options->support * (double)s->replicates;
}

static void choose(const study *s, um_consensus *consensus)
{
    const um_consensus_look *look = consensus->look;
    double largest = -INFINITY;
    size_t candidates = 0, best = 0, close = 0;
    for (size_t i = 0; i < s->looks; i++)
        candidates += supported(s, look + i) != 0;
    for (size_t i = 0; i < s->looks; i++)
        if ((candidates == 0 || supported(s, look + i)) && look[i].silhouette > largest) {
            largest = look[i].silhouette;
            best = i;
        }
    const size_t top = best;
    for (size_t i = 0; i < s->looks; i++) {
        if ((candidates > 0 && !supported(s, look + i)) || look[i].silhouette < largest - EQUAL_SILHOUETTES)
            continue;
        if (close++ == 0 || look[i].cophenetic > look[best].cophenetic)
            best = i;
    }
    consensus->best = best;
    char beside[96];
    um_consensus_neighbours(consensus, beside, sizeof beside);
    if (best == top)
        (void)snprintf(consensus->reason, sizeof consensus->reason,
                       "%zu clusters: mean silhouette %.2f is the largest%s; cophenetic correlation %.2f",
                       look[best].clusters, look[best].silhouette, beside, look[best].cophenetic);
    else
        (void)snprintf(consensus->reason, sizeof consensus->reason,
                       "%zu clusters: mean silhouette %.3f is as good as the largest (%zu: %.3f), cophenetic correlation "
                       "%.3f is larger (%zu: %.3f)", look[best].clusters, look[best].silhouette, look[top].clusters,
                       look[top].silhouette, look[best].cophenetic, look[top].clusters, look[top].cophenetic);
    const size_t used = strlen(consensus->reason);
    if (candidates > 0 && candidates < s->looks)
        (void)snprintf(consensus->reason + used, sizeof consensus->reason - used,
                       "; %zu of %zu numbers passed over for clusters that few factorisations have", s->looks - candidates,
                       s->looks);
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
        s->diagonal[i] = s->joint[s->replicate[i] * s->replicates + s->replicate[i]] > 0;
    for (size_t k = 0; k < s->looks; k++) {
        UM_TRY_GOTO(status, done, look_at(cx, s, k, consensus, of_member));
        UM_TRY_GOTO(status, done, um_progress(cx, (double)(k + 1) / (double)s->looks, "%zu clusters", s->first + k));
    }
    UM_TRY_GOTO(status, done, um_consensus_compare_areas(cx, consensus));
    choose(s, consensus);
    UM_TRY_GOTO(status, done, look_at(cx, s, consensus->best, consensus, of_member));
    for (size_t i = 0; i < s->n; i++)
        consensus->silhouette[s->item[i]] = of_member[i];
    consensus->members = s->n;
    consensus->tree = s->benches[0].tree;
    s->benches[0].tree = (um_tree){0};
    UM_TRY_GOTO(status, done, um_consensus_arrange(cx, consensus, s->item, s->pairs, s->diagonal));
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
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "a consensus of fewer than %d factorisations says nothing: use 20 or more",
                       LEAST_REPLICATES);
    s->options = options;
    s->first = options->min_clusters;
    s->looks = options->max_clusters - options->min_clusters + 1;
    s->clusterings = options->clusterings   ? options->clusterings
                     : s->replicates < LEAST_CLUSTERINGS ? LEAST_CLUSTERINGS
                                                         : s->replicates;
    if (options->max_clusters >= ABSENT || s->clusterings > UINT16_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%zu clusters in %zu clusterings: at most %u clusters and %u clusterings",
                       options->max_clusters, s->clusterings, ABSENT - 1U, (unsigned)UINT16_MAX);
    if (!(options->left_out > 0 && options->left_out < 1))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the share of factorisations left out is %g: it must lie between 0 and 1",
                       options->left_out);
    s->threads = options->threads ? options->threads : um_cores();
    s->threads = s->threads > MAX_THREADS ? MAX_THREADS : s->threads;
    return UNMIX_OK;
}

unmix_status um_consensus_cluster(unmix_context *cx, const um_programs *programs, const um_consensus_options *options,
                                  um_consensus *consensus)
{
    study s = {0};
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, check_options(cx, programs, options, &s));
    UM_TRY_GOTO(status, done, um_consensus_allocate(cx, consensus, programs->count, options->min_clusters,
                                                    options->max_clusters));
    UM_TRY_GOTO(status, done, measure_distances(cx, &s, programs));
    if (options->same_similarity >= 0)
        UM_TRY_GOTO(status, done, keep_reproduced(cx, &s));
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
