/*
 * Hierarchical clustering by nearest-neighbour chains: time O(n^2), the distances are the only matrix. Trees, heights
 * and labels are those of scipy's linkage() and scikit-learn's AgglomerativeClustering, also where distances are equal.
 *
 * Distances between n items are "condensed": the n (n - 1) / 2 pairs i < j, row by row, as scipy's pdist().
 * Sources: F. Murtagh, Computer Journal 26 (1983); D. Muellner, arXiv:1109.2378 (2011).
 */
#ifndef UM_TREE_H
#define UM_TREE_H

#include "core/diagnostics.h"

/* ward: of euclidean distances between points; average: of any distances (UPGMA). */
typedef enum um_linkage { UM_LINKAGE_WARD, UM_LINKAGE_AVERAGE } um_linkage;

/* Node leaves + i of a tree: what merge i joins. Nodes below `leaves` are the items. left < right. */
typedef struct um_merge {
    size_t left, right;
    double height;
    size_t size; /* items below it */
} um_merge;

/* The rows of `merge` are scipy's linkage matrix Z, ordered by height. */
typedef struct um_tree {
    size_t leaves;
    size_t capacity; /* most leaves that there is room for */
    um_merge *merge; /* leaves - 1; owned */
    size_t *scratch; /* owned */
} um_tree;

/* Room for trees of at most `capacity` items (1 or more). Released with um_tree_clear(). */
unmix_status um_tree_allocate(unmix_context *cx, um_tree *tree, size_t capacity);
void um_tree_clear(um_tree *tree);

/* Builds the tree of `leaves` items (1 .. capacity) from finite condensed distances, which are overwritten. */
void um_tree_build(um_tree *tree, um_linkage linkage, size_t leaves, double *distances);

/*
 * label[item] in 0 .. clusters-1 (1 <= clusters <= leaves): the last clusters - 1 merges undone. Numbered as
 * scikit-learn numbers them: by the places of the nodes in Python's heap.
 */
void um_tree_cut(const um_tree *tree, size_t clusters, size_t *label);

/* order[0 .. leaves-1]: the items from left to right, for figures (scipy's leaves_list()). */
void um_tree_order(const um_tree *tree, size_t *order);

/* distances[pair] of condensed form: the height at which two items come together (scipy's cophenet()). */
void um_tree_cophenetic(const um_tree *tree, double *distances);

/*
 * Pearson correlation of these heights with `distances` (condensed), without a matrix for the heights. 1 where all
 * distances are the same.
 */
double um_tree_correlation(const um_tree *tree, const double *distances);

/* Place of the pair i < j, and number of pairs, of n items. */
static inline size_t um_pair(size_t n, size_t i, size_t j)
{
    return i * n - i * (i + 1) / 2 + j - i - 1;
}

static inline size_t um_pairs(size_t n)
{
    return n < 2 ? 0 : n % 2 ? n * ((n - 1) / 2) : (n / 2) * (n - 1);
}

static inline double um_pair_of(const double *distances, size_t n, size_t i, size_t j)
{
    return i == j ? 0 : distances[i < j ? um_pair(n, i, j) : um_pair(n, j, i)];
}

#endif
