/*
 * How stable a clustering is, and which number of clusters is the best: the measures of consensus clustering
 * (S. Monti et al., Machine Learning 52 (2003)). Matrices of pairs are condensed (tree.h).
 */
#ifndef UM_STABILITY_H
#define UM_STABILITY_H

#include "programs/consensus/tree.h"

/*
 * Silhouettes (P. Rousseeuw, 1987) of `n` items in `clusters` clusters, label[i] < clusters, from their distances: of
 * each item into of_item[n] (may be NULL), the mean into *mean. An item alone in its cluster has 0, as in scikit-learn;
 * so has everything where there is but one cluster.
 */
unmix_status um_silhouettes(unmix_context *cx, size_t n, const double *distances, size_t clusters, const size_t *label,
                            double *of_item, double *mean);

enum { UM_CDF_BINS = 10 };

/*
 * The distribution of all n x n entries of a consensus matrix: each pair twice and the diagonal (NULL: all 1). As
 * consensusclustering 0.2.4 computes it: UM_CDF_BINS equal bins from the least to the largest entry.
 */
typedef struct um_cdf {
    double edge[UM_CDF_BINS + 1];
    double share[UM_CDF_BINS]; /* of the entries in this bin and those before it */
    double area;               /* under it, over the range of the bins */
} um_cdf;

um_cdf um_consensus_cdf(size_t n, const double *consensus, const double *diagonal);

/*
 * change[i] of `count` areas for first, first + 1, ... clusters as consensusclustering has them: the area itself for
 * two clusters, otherwise (area[i+1] - area[i]) / area[i+1]; NaN for the last, which has no next one.
 */
void um_area_changes(size_t count, size_t first, const double *area, double *change);

/*
 * Proportion of ambiguous clustering: the share of pairs with a consensus above 0.1 and below 0.9 (Y. Senbabaoglu et
 * al., 2014). 0 is the best; 0 for fewer than two items.
 */
double um_ambiguous(size_t n, const double *consensus);

#define UM_NO_KNEE SIZE_MAX

/*
 * Index of the knee of a rising concave curve y over evenly spaced x (V. Satopaa et al., Kneedle, 2011, as in kneed
 * 0.9.0 with S = 1), or UM_NO_KNEE. work: 2 x count doubles.
 */
size_t um_knee(size_t count, const double *y, double *work);

/* Adjusted Rand index (Hubert and Arabie, 1985) of two clusterings of n items, labels < a_clusters and < b_clusters. */
unmix_status um_adjusted_rand(unmix_context *cx, size_t n, size_t a_clusters, const size_t *a, size_t b_clusters,
                              const size_t *b, double *index);

#endif
