/* The programs that take part in a consensus, and the distances between them. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "programs/consensus/consensus_parts.h"
#include "programs/consensus/distance.h"

/* Where fewer than this share of the programs are reproduced, none is left out. */
#define LEAST_KEPT 0.25

void um_members_clear(um_members *members)
{
    free(members->item);
    free(members->replicate);
    free(members->distances);
    *members = (um_members){0};
}

/* unit[m] = the loadings at length 1; yields 0 where they are zero. Divided by the largest first: no overflow. */
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
                               "program %zu, gene %zu: a loading of %g: loadings are at least 0 and finite", p + 1,
                               g + 1, x);
        }
    return UNMIX_OK;
}

/* All programs that are not zero become members. */
static unmix_status measure_distances(unmix_context *cx, um_members *members, const um_programs *programs,
                                      unsigned threads)
{
    const size_t m = programs->genes;
    double *unit = NULL;
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, check_loadings(cx, programs));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &unit, um_product_size(programs->count, m, 1), "programs of unit length"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &members->item, programs->count, "consensus"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &members->replicate, programs->count, "consensus"));
    for (size_t p = 0; p < programs->count; p++)
        if (unit_row(m, programs->loading + p * m, unit + members->n * m)) {
            members->item[members->n] = p;
            members->replicate[members->n++] = programs->replicate[p];
        }
    if (members->n < programs->count)
        um_warn(cx, "%zu of %zu programs are zero and are left out", programs->count - members->n, programs->count);
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &members->distances, um_pairs(members->n), "distances of programs"));
    um_distances_cosine(members->n, m, unit, threads, members->distances);
done:
    free(unit);
    return status;
}

/* How many replicates other than its own have a program within `reach` of member i; seen: `replicates` numbers. */
static size_t found_again(const um_members *members, size_t i, double reach, size_t *seen)
{
    size_t count = 0;
    seen[members->replicate[i]] = i + 1;
    for (size_t j = 0; j < members->n; j++)
        if (seen[members->replicate[j]] != i + 1 && um_pair_of(members->distances, members->n, i, j) <= reach) {
            seen[members->replicate[j]] = i + 1;
            count++;
        }
    return count;
}

/* Keeps the `count` members kept[], ascending. */
static void keep_members(um_members *members, size_t count, const size_t *kept)
{
    double *to = members->distances;
    for (size_t a = 0; a < count; a++)
        for (size_t b = a + 1; b < count; b++)
            *to++ = members->distances[um_pair(members->n, kept[a], kept[b])];
    for (size_t a = 0; a < count; a++) {
        members->item[a] = members->item[kept[a]];
        members->replicate[a] = members->replicate[kept[a]];
    }
    members->n = count;
}

/* Leaves out programs that too few of the other replicates have: in a tree each of them would be a cluster of its own.
 */
static unmix_status keep_reproduced(unmix_context *cx, um_members *members, const um_consensus_options *o)
{
    size_t *kept, count = 0;
    UM_TRY(UM_ALLOC(cx, &kept, members->n + members->replicates, "consensus"));
    for (size_t i = 0; i < members->n; i++)
        if ((double)found_again(members, i, 1 - o->same_similarity, kept + members->n) >=
            o->support * (double)(members->replicates - 1))
            kept[count++] = i;
    if (count < members->n && ((double)count < LEAST_KEPT * (double)members->n ||
                               (double)count * (1 - o->left_out) < (double)o->max_clusters))
        um_warn(
            cx,
            "only %zu of %zu programs are found in %.0f%% of the other factorisations (cosine similarity %.3g): none "
            "is left out, clusters are of little support",
            count, members->n, 100 * o->support, o->same_similarity);
    else if (count < members->n) {
        um_note(cx,
                "%zu of %zu programs are left out: fewer than %.0f%% of the other factorisations have them (cosine "
                "similarity %.3g)",
                members->n - count, members->n, 100 * o->support, o->same_similarity);
        keep_members(members, count, kept);
    }
    free(kept);
    return UNMIX_OK;
}

unmix_status um_members_find(unmix_context *cx, const um_programs *programs, const um_consensus_options *options,
                             size_t replicates, unsigned threads, um_members *members)
{
    *members = (um_members){.replicates = replicates};
    UM_TRY(measure_distances(cx, members, programs, threads));
    return options->same_similarity >= 0 ? keep_reproduced(cx, members, options) : UNMIX_OK;
}

unmix_status um_members_support(unmix_context *cx, const um_members *members, size_t clusters, const size_t *label,
                                size_t *support)
{
    size_t *count;
    unsigned char *seen;
    UM_TRY(UM_ALLOC(cx, &count, clusters, "consensus"));
    const unmix_status status = UM_ALLOC(cx, &seen, um_product_size(clusters, members->replicates, 1), "consensus");
    if (status == UNMIX_OK) {
        for (size_t i = 0; i < members->n; i++) {
            unsigned char *mark = seen + label[i] * members->replicates + members->replicate[i];
            count[label[i]] += !*mark;
            *mark = 1;
        }
        *support = members->replicates;
        for (size_t c = 0; c < clusters; c++)
            *support = count[c] < *support ? count[c] : *support;
        free(seen);
    }
    free(count);
    return status;
}
