/* Private to the files consensus*.c. */
#ifndef UM_CONSENSUS_PARTS_H
#define UM_CONSENSUS_PARTS_H

#include "programs/consensus.h"

/* Refuses numbers of clusters that are none: below 2, or max below min. */
unmix_status um_consensus_check_numbers(unmix_context *cx, size_t min_clusters, size_t max_clusters);

/* Room for looks at min .. max clusters of `items` items: look, label, silhouette. */
unmix_status um_consensus_allocate(unmix_context *cx, um_consensus *consensus, size_t items, size_t min_clusters,
                                   size_t max_clusters);

/* Allocates and counts the sizes of a look's clusters; label[items], UM_NO_CLUSTER counts nowhere. */
unmix_status um_consensus_count_sizes(unmix_context *cx, um_consensus_look *look, size_t items, const size_t *label);

/* area_change of all looks, and the knee. */
unmix_status um_consensus_compare_areas(unmix_context *cx, um_consensus *consensus);

/*
 * `order` from `tree` and item[members] (NULL: member = item), and the consensus matrix in this order from its pairs
 * (condensed, over the members) and its diagonal[members].
 */
unmix_status um_consensus_arrange(unmix_context *cx, um_consensus *consensus, const size_t *item, const double *pairs,
                                  const double *diagonal);

/* "(5: 0.74, 7: 0.69)": the silhouettes of the numbers beside the chosen one; empty where there are none. */
const char *um_consensus_neighbours(const um_consensus *consensus, char *text, size_t size);

#endif
