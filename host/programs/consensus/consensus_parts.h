/* Private to the files consensus*.c. */
#ifndef UM_CONSENSUS_PARTS_H
#define UM_CONSENSUS_PARTS_H

#include "programs/consensus/consensus.h"

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

/* The programs that are clustered. */
typedef struct um_members {
    size_t n;
    size_t *item;      /* n: which program each is, ascending; owned */
    size_t *replicate; /* n: where it comes from; owned */
    size_t replicates;
    double *distances; /* 1 - cosine similarity, condensed; owned */
} um_members;

/* Those that consensus.h says; warns and notes what is left out. Released with um_members_clear(), also on failure. */
unmix_status um_members_find(unmix_context *cx, const um_programs *programs, const um_consensus_options *options,
                             size_t replicates, unsigned threads, um_members *members);
void um_members_clear(um_members *members);

/* The fewest replicates that any cluster has members of; label[n] < clusters. */
unmix_status um_members_support(unmix_context *cx, const um_members *members, size_t clusters, const size_t *label,
                                size_t *support);

/* Numbers clusters by decreasing size, of equal sizes by the first item. */
unmix_status um_number_by_size(unmix_context *cx, size_t items, size_t clusters, size_t *label);

/* "(5: 0.74, 7: 0.69)": the silhouettes of the numbers beside the chosen one; empty where there are none. */
const char *um_consensus_neighbours(const um_consensus *consensus, char *text, size_t size);

#endif
