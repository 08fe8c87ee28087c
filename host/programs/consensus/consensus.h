/*
 * Consensus of gene programs: which programs come again and again, and how many there are.
 *
 *   um_consensus_cluster()   programs of many factorisations of resampled cells, clustered by consensus (the default)
 *   um_consensus_programs()  one factorisation, its programs resampled as the published tardis_spac code does
 */
#ifndef UM_CONSENSUS_H
#define UM_CONSENSUS_H

#include <stdint.h>

#include "programs/consensus/tree.h"

/* The label of an item that belongs to no cluster. */
#define UM_NO_CLUSTER SIZE_MAX

/* What is known of one number of clusters. */
typedef struct um_consensus_look {
    size_t clusters;
    double silhouette;  /* mean over the clustered items */
    double cophenetic;  /* correlation of 1 - consensus with its average-linkage tree */
    double ambiguous;   /* PAC, stability.h */
    double area;        /* under the distribution of the consensus, stability.h */
    double area_change; /* stability.h; NaN for the last number */
    size_t support;     /* the fewest replicates (um_consensus_programs(): items) that any cluster has members of */
    size_t *sizes;      /* of the clusters; owned */
} um_consensus_look;

/*
 * Items that are clustered at all are "members"; all of them unless um_consensus_cluster() leaves some out.
 * Zero-initialise, release with um_consensus_clear().
 */
typedef struct um_consensus {
    size_t items, members;
    um_consensus_look *look; /* one for each number of clusters, ascending */
    size_t looks;
    size_t best;        /* index of the chosen look */
    size_t knee;        /* of the areas: index of a look, or UM_NO_KNEE (stability.h) */
    size_t *label;      /* looks x items; UM_NO_CLUSTER for items that are no members */
    char reason[384];   /* why this number: one line for people */
    um_tree tree;       /* of the chosen number, over the members in the order of the items */
    size_t *order;      /* members: items in the order of the tree's leaves from left to right */
    double *consensus;  /* members x members in this order: share of co-clusterings, of the chosen number */
    double *silhouette; /* items: of each at the chosen number; 0 for no members */
} um_consensus;

void um_consensus_clear(um_consensus *consensus);

/* The labels at the chosen number, and that number. */
static inline const size_t *um_consensus_labels(const um_consensus *consensus)
{
    return consensus->label + consensus->best * consensus->items;
}

static inline size_t um_consensus_clusters(const um_consensus *consensus)
{
    return consensus->look[consensus->best].clusters;
}

/* P = count programs over the same genes: loadings >= 0, count x genes row-major. */
typedef struct um_programs {
    size_t count, genes;
    const double *loading;
    const size_t *replicate; /* count: the factorisation that each comes from, 0, 1, ...; NULL: one for all */
} um_programs;

typedef struct um_consensus_options {
    size_t min_clusters, max_clusters; /* 4, 10 */
    uint64_t seed;
    size_t clusterings;     /* B; 0: as many as replicates, from 20 to 100 */
    double left_out;        /* 0.2: the share of the replicates left out of each clustering */
    double same_similarity; /* 0.875: cosine from which on two programs are the same; < 0: none is left out */
    double support;         /* 0.3: share of the other replicates that must have the same program */
    unsigned threads;       /* 0: those of the context; the result does not depend on it */
} um_consensus_options;

um_consensus_options um_consensus_defaults(void);

/*
 * Programs are scaled to unit length; distance is 1 - cosine similarity. A program that fewer than `support` of the
 * other replicates have is left out, as is one that is zero. Each of B clusterings leaves out whole replicates and cuts
 * the average-linkage tree of the rest at every number; the consensus of two programs is the share of the clusterings
 * with both that put them together. Clusters: average linkage of 1 - consensus, numbered by decreasing size, equal ones
 * by their first program. Chosen is the largest mean silhouette (of the distances) among the numbers whose clusters all
 * have the support (of all, where there are none); but one within 0.01 of it whose cophenetic correlation is larger by
 * 0.001 goes before. Of equal ones the smallest number.
 *
 * Where less than a quarter of the programs would stay, or too few to cluster, none is left out, with a warning.
 * Errors: ARGUMENT (fewer than 3 replicates, numbers that do not fit the programs), INPUT (a loading that is negative
 * or not finite), MEMORY, INTERRUPTED.
 */
unmix_status um_consensus_cluster(unmix_context *cx, const um_programs *programs, const um_consensus_options *options,
                                  um_consensus *consensus);

typedef struct um_resample_options {
    size_t min_clusters, max_clusters; /* 4, 10 */
    size_t resamples;                  /* 100 */
    double fraction;                   /* 0.8 of the programs, rounded down */
    uint64_t seed;                     /* of numpy's default_rng() */
} um_resample_options;

um_resample_options um_resample_defaults(void); /* as published; seed 42 */

/*
 * The published way, mended: items are the `components` columns of W (cells x components, row-major), points the rows
 * of their Pearson correlations; ward clusterings of resampled rows as consensusclustering 0.2.4 makes them (with a
 * seed, no joblib); the number at the knee of the areas, else at the largest mean silhouette; labels of scikit-learn's
 * AgglomerativeClustering on all rows. `tree` is that of the chosen labels, `cophenetic` that of the consensus.
 *
 * Errors: ARGUMENT (fewer programs in a resample than clusters), INPUT (a constant component), MEMORY.
 */
unmix_status um_consensus_programs(unmix_context *cx, size_t cells, size_t components, const double *W,
                                   const um_resample_options *options, um_consensus *consensus);

/*
 * The median program of each cluster into medians (clusters x genes): of its programs scaled to sum 1, gene by gene,
 * scaled to sum 1 again (where all medians are zero: the mean). label[program] < clusters or UM_NO_CLUSTER.
 */
unmix_status um_program_medians(unmix_context *cx, const um_programs *programs, size_t clusters, const size_t *label,
                                double *medians);

/* A cluster of programs in numbers. */
typedef struct um_program_cluster {
    size_t members;
    size_t replicates; /* that have members in it */
    double stability;  /* mean silhouette of its members */
} um_program_cluster;

/* Fills cluster[clusters] from labels and silhouettes of the programs. */
unmix_status um_program_clusters(unmix_context *cx, const um_programs *programs, size_t clusters, const size_t *label,
                                 const double *silhouette, um_program_cluster *cluster);

/*
 * The genes of a cluster: each of its programs, scaled to sum 1, votes for its `most` largest genes with their
 * loadings; the genes with the most votes, best first, into gene[most]; votes (may be NULL) likewise. Ties: the gene
 * that comes first. *count is at most the number of genes that have votes. (The published code kept the genes of the
 * last program.)
 */
unmix_status um_program_genes(unmix_context *cx, const um_programs *programs, const size_t *label, size_t cluster,
                              size_t most, size_t *gene, double *votes, size_t *count);

/* The largest of loading[genes] above 0, best first, ties by gene, into gene[most]; *count of them. */
unmix_status um_largest_genes(unmix_context *cx, size_t genes, const double *loading, size_t most, size_t *gene,
                              size_t *count);

/*
 * specific[clusters x genes]: a gene's loading in a median program less the largest it has in any other; above 0 in one
 * program at most. With um_largest_genes() the genes that tell programs apart.
 */
void um_specific_loadings(size_t clusters, size_t genes, const double *medians, double *specific);

#endif
