/* Consensus over the programs of one factorisation, as published (consensus.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/numpy_random.h"
#include "programs/consensus/consensus_parts.h"
#include "programs/consensus/distance.h"
#include "programs/consensus/stability.h"

/* A resample is drawn by a generator of its own, with a seed below this (consensusclustering). */
#define CHILD_SEEDS (UINT64_C(1) << 31)

typedef struct study {
    const um_resample_options *options;
    size_t n, drawn;     /* programs, and how many of them a resample has */
    double *rows;        /* n x n: their correlations, the points that are clustered */
    double *distances;   /* of all rows, condensed */
    double *part;        /* the same: of the rows of a resample, or overwritten by a tree */
    size_t *row, *label; /* of a resample */
    double *together;    /* condensed: resamples that put two programs together */
    double *both;        /* n x n: resamples that have both */
    double *diagonal;
    um_tree tree;
} study;

um_resample_options um_resample_defaults(void)
{
    return (um_resample_options){.min_clusters = 4, .max_clusters = 10, .resamples = 100, .fraction = 0.8, .seed = 42};
}

static void study_clear(study *s)
{
    free(s->rows);
    free(s->distances);
    free(s->row);
    free(s->label);
    um_tree_clear(&s->tree);
}

static unmix_status study_allocate(unmix_context *cx, study *s)
{
    const size_t n = s->n, pairs = um_pairs(n);
    UM_TRY(UM_ALLOC(cx, &s->rows, um_product_size(n, n, 1), "correlations"));
    UM_TRY(UM_ALLOC(cx, &s->distances, 3 * pairs + n * n + n, "consensus"));
    s->part = s->distances + pairs;
    s->together = s->part + pairs;
    s->both = s->together + pairs;
    s->diagonal = s->both + n * n;
    UM_TRY(UM_ALLOC(cx, &s->row, n, "consensus"));
    UM_TRY(UM_ALLOC(cx, &s->label, n, "consensus"));
    return um_tree_allocate(cx, &s->tree, n);
}

/* Components from which on a resample has `clusters` programs. */
static size_t components_for(size_t clusters, double fraction)
{
    size_t n = clusters;
    while ((size_t)((double)n * fraction) < clusters)
        n++;
    return n;
}

static unmix_status check_options(unmix_context *cx, size_t components, const um_resample_options *o, study *s)
{
    UM_TRY(um_consensus_check_numbers(cx, o->min_clusters, o->max_clusters));
    if (!(o->fraction > 0 && o->fraction <= 1))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "the share of programs in a resample is %g: it must be above 0, at most 1", o->fraction);
    if (o->resamples == 0)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "0 resamples make no consensus: use 100");
    *s = (study){.options = o, .n = components, .drawn = (size_t)((double)components * o->fraction)};
    if (s->drawn >= o->max_clusters)
        return UNMIX_OK;
    char fewer[64] = "";
    if (s->drawn >= o->min_clusters)
        (void)snprintf(fewer, sizeof fewer, "--max-clusters %zu, or ", s->drawn);
    return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                   "%zu components x %g = %zu programs in a resample are fewer than %zu clusters: use %s%zu components",
                   components, o->fraction, s->drawn, o->max_clusters, fewer,
                   components_for(o->max_clusters, o->fraction));
}

/* The distances of the rows of a resample: euclidean, of the same points, so they are only picked. */
static void pick_distances(study *s)
{
    double *to = s->part;
    for (size_t a = 0; a < s->drawn; a++)
        for (size_t b = a + 1; b < s->drawn; b++)
            *to++ = um_pair_of(s->distances, s->n, s->row[a], s->row[b]);
}

static unmix_status resample(unmix_context *cx, study *s, size_t clusters, uint64_t seed)
{
    um_pcg child;
    um_pcg_start(&child, seed);
    UM_TRY(um_pcg_choice(cx, &child, s->n, s->drawn, s->row));
    pick_distances(s);
    um_tree_build(&s->tree, UM_LINKAGE_WARD, s->drawn, s->part);
    um_tree_cut(&s->tree, clusters, s->label);
    for (size_t a = 0; a < s->drawn; a++)
        for (size_t b = 0; b < s->drawn; b++) {
            const size_t i = s->row[a], j = s->row[b];
            s->both[i * s->n + j]++;
            if (i < j && s->label[a] == s->label[b])
                s->together[um_pair(s->n, i, j)]++;
        }
    return UNMIX_OK;
}

/* The consensus at one number of clusters, into together and diagonal; pairs never drawn together have 0. */
static unmix_status find_consensus(unmix_context *cx, study *s, size_t clusters, um_pcg *generator)
{
    const size_t n = s->n;
    memset(s->together, 0, um_pairs(n) * sizeof(double));
    memset(s->both, 0, n * n * sizeof(double));
    for (size_t b = 0; b < s->options->resamples; b++)
        UM_TRY(resample(cx, s, clusters, um_pcg_below(generator, CHILD_SEEDS)));
    for (size_t i = 0; i < n; i++) {
        s->diagonal[i] = s->both[i * n + i] > 0;
        for (size_t j = i + 1; j < n; j++)
            if (s->both[i * n + j] > 0)
                s->together[um_pair(n, i, j)] /= s->both[i * n + j];
    }
    return UNMIX_OK;
}

/* Labels of all rows. */
static void cluster_all(study *s, size_t clusters, size_t *label)
{
    memcpy(s->part, s->distances, um_pairs(s->n) * sizeof(double));
    um_tree_build(&s->tree, UM_LINKAGE_WARD, s->n, s->part);
    um_tree_cut(&s->tree, clusters, label);
}

static unmix_status look_at(unmix_context *cx, study *s, size_t look, um_consensus *consensus)
{
    const size_t n = s->n, pairs = um_pairs(n);
    um_consensus_look *l = consensus->look + look;
    size_t *label = consensus->label + look * n;
    l->area = um_consensus_cdf(n, s->together, s->diagonal).area;
    l->ambiguous = um_ambiguous(n, s->together);
    double *distances = s->both; /* not needed any more: there are n x n */
    for (size_t p = 0; p < pairs; p++)
        distances[p] = s->part[p] = 1 - s->together[p];
    um_tree_build(&s->tree, UM_LINKAGE_AVERAGE, n, s->part);
    l->cophenetic = um_tree_correlation(&s->tree, distances);
    cluster_all(s, l->clusters, label);
    UM_TRY(um_consensus_count_sizes(cx, l, n, label));
    l->support = n;
    for (size_t c = 0; c < l->clusters; c++)
        l->support = l->sizes[c] < l->support ? l->sizes[c] : l->support;
    return um_silhouettes(cx, n, s->distances, l->clusters, label, NULL, &l->silhouette);
}

static void choose(um_consensus *consensus)
{
    char beside[96];
    consensus->best = 0;
    for (size_t i = 1; i < consensus->looks; i++)
        if (consensus->look[i].silhouette > consensus->look[consensus->best].silhouette)
            consensus->best = i;
    if (consensus->knee != UM_NO_KNEE)
        consensus->best = consensus->knee;
    const um_consensus_look *best = consensus->look + consensus->best;
    um_consensus_neighbours(consensus, beside, sizeof beside);
    (void)snprintf(
        consensus->reason, sizeof consensus->reason,
        consensus->knee != UM_NO_KNEE
            ? "%zu clusters: the area under the consensus distribution has its knee here; mean silhouette %.2f%s"
            : "%zu clusters: the areas have no knee; mean silhouette %.2f is the largest%s",
        best->clusters, best->silhouette, beside);
}

/* Consensus matrices are small and made one after the other; that of each number is kept until the number is chosen. */
static unmix_status look_at_all(unmix_context *cx, study *s, um_consensus *consensus)
{
    const size_t n = s->n, pairs = um_pairs(n), size = pairs + n;
    double *kept;
    unmix_status status = UNMIX_OK;
    um_pcg generator;
    um_pcg_start(&generator, s->options->seed);
    UM_TRY(UM_ALLOC(cx, &kept, um_product_size(consensus->looks, size, 1), "consensus matrices"));
    for (size_t k = 0; k < consensus->looks; k++) {
        UM_TRY_GOTO(status, done, find_consensus(cx, s, consensus->look[k].clusters, &generator));
        memcpy(kept + k * size, s->together, pairs * sizeof(double));
        memcpy(kept + k * size + pairs, s->diagonal, n * sizeof(double));
        UM_TRY_GOTO(status, done, look_at(cx, s, k, consensus));
    }
    UM_TRY_GOTO(status, done, um_consensus_compare_areas(cx, consensus));
    choose(consensus);
    const um_consensus_look *best = consensus->look + consensus->best;
    double mean;
    UM_TRY_GOTO(status, done,
                um_silhouettes(cx, n, s->distances, best->clusters, um_consensus_labels(consensus),
                               consensus->silhouette, &mean));
    consensus->tree = s->tree; /* the same for all numbers */
    s->tree = (um_tree){0};
    UM_TRY_GOTO(status, done,
                um_consensus_arrange(cx, consensus, NULL, kept + consensus->best * size,
                                     kept + consensus->best * size + pairs));
done:
    free(kept);
    return status;
}

unmix_status um_consensus_programs(unmix_context *cx, size_t cells, size_t components, const double *W,
                                   const um_resample_options *options, um_consensus *consensus)
{
    study s = {0};
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, check_options(cx, components, options, &s));
    UM_TRY_GOTO(status, done, study_allocate(cx, &s));
    UM_TRY_GOTO(status, done,
                um_consensus_allocate(cx, consensus, components, options->min_clusters, options->max_clusters));
    UM_TRY_GOTO(status, done, um_correlations(cx, cells, components, W, "component", s.rows));
    um_distances_euclidean(components, components, s.rows, s.distances);
    UM_TRY_GOTO(status, done, look_at_all(cx, &s, consensus));
done:
    study_clear(&s);
    if (status != UNMIX_OK)
        um_consensus_clear(consensus);
    return status;
}
