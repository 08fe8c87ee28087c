/* What both ways of consensus share: the results. */
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "programs/consensus/consensus_parts.h"
#include "programs/consensus/stability.h"

void um_consensus_clear(um_consensus *consensus)
{
    for (size_t i = 0; consensus->look && i < consensus->looks; i++)
        free(consensus->look[i].sizes);
    free(consensus->look);
    free(consensus->label);
    free(consensus->order);
    free(consensus->consensus);
    free(consensus->silhouette);
    um_tree_clear(&consensus->tree);
    *consensus = (um_consensus){0};
}

unmix_status um_consensus_check_numbers(unmix_context *cx, size_t min_clusters, size_t max_clusters)
{
    if (min_clusters < 2)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "at least %zu clusters make no clustering: the least is 2",
                       min_clusters);
    if (max_clusters < min_clusters)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "at most %zu clusters are fewer than at least %zu: exchange the two",
                       max_clusters, min_clusters);
    return UNMIX_OK;
}

unmix_status um_consensus_allocate(unmix_context *cx, um_consensus *consensus, size_t items, size_t min_clusters,
                                   size_t max_clusters)
{
    const size_t looks = max_clusters - min_clusters + 1;
    *consensus = (um_consensus){.items = items, .members = items, .knee = UM_NO_KNEE};
    UM_TRY(UM_ALLOC(cx, &consensus->look, looks, "consensus"));
    consensus->looks = looks;
    for (size_t i = 0; i < looks; i++)
        consensus->look[i].clusters = min_clusters + i;
    UM_TRY(UM_ALLOC(cx, &consensus->label, um_product_size(looks, items, 1), "consensus"));
    return UM_ALLOC(cx, &consensus->silhouette, items, "consensus");
}

unmix_status um_consensus_count_sizes(unmix_context *cx, um_consensus_look *look, size_t items, const size_t *label)
{
    if (!look->sizes)
        UM_TRY(UM_ALLOC(cx, &look->sizes, look->clusters, "consensus"));
    for (size_t c = 0; c < look->clusters; c++)
        look->sizes[c] = 0;
    for (size_t i = 0; i < items; i++)
        if (label[i] != UM_NO_CLUSTER)
            look->sizes[label[i]]++;
    return UNMIX_OK;
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

unmix_status um_number_by_size(unmix_context *cx, size_t n, size_t clusters, size_t *label)
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

unmix_status um_consensus_compare_areas(unmix_context *cx, um_consensus *consensus)
{
    const size_t looks = consensus->looks;
    double *area;
    UM_TRY(UM_ALLOC(cx, &area, um_product_size(looks, 4, 1), "consensus"));
    double *change = area + looks, *work = change + looks;
    for (size_t i = 0; i < looks; i++)
        area[i] = consensus->look[i].area;
    um_area_changes(looks, consensus->look[0].clusters, area, change);
    consensus->knee = um_knee(looks, area, work);
    for (size_t i = 0; i < looks; i++)
        consensus->look[i].area_change = change[i];
    free(area);
    return UNMIX_OK;
}

unmix_status um_consensus_arrange(unmix_context *cx, um_consensus *consensus, const size_t *item, const double *pairs,
                                  const double *diagonal)
{
    const size_t n = consensus->members;
    UM_TRY(UM_ALLOC(cx, &consensus->order, n, "consensus"));
    UM_TRY(UM_ALLOC(cx, &consensus->consensus, um_product_size(n, n, 1), "consensus matrix"));
    size_t *order = consensus->order;
    um_tree_order(&consensus->tree, order);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            consensus->consensus[a * n + b] = a == b ? diagonal[order[a]] : um_pair_of(pairs, n, order[a], order[b]);
    for (size_t a = 0; item && a < n; a++)
        order[a] = item[order[a]];
    return UNMIX_OK;
}

const char *um_consensus_neighbours(const um_consensus *consensus, char *text, size_t size)
{
    const um_consensus_look *best = consensus->look + consensus->best;
    const int below = consensus->best > 0, above = consensus->best + 1 < consensus->looks;
    text[0] = 0;
    if (below && above)
        (void)snprintf(text, size, " (%zu: %.2f, %zu: %.2f)", best[-1].clusters, best[-1].silhouette, best[1].clusters,
                       best[1].silhouette);
    else if (below || above)
        (void)snprintf(text, size, " (%zu: %.2f)", best[below ? -1 : 1].clusters, best[below ? -1 : 1].silhouette);
    return text;
}
