/*
 * Programs that come again: factorisations of resampled cells, their programs clustered (consensus.h), the median program
 * of each cluster, and the usages of these in all cells.
 */
#ifndef UM_RECURRENT_H
#define UM_RECURRENT_H

#include "programs/consensus/consensus.h"
#include "programs/nmf/factorise.h"

typedef struct um_recurrent {
    um_programs programs;   /* what was clustered; loadings and replicates are owned */
    um_consensus consensus;
    double *error;          /* of each look: share of the loss (as sweep.h) that the median programs leave */
    um_factorised fit;      /* medians of the chosen clusters as H (rows sum to 1), usages of all cells as W */
    um_program_cluster *cluster; /* of the chosen clusters */
} um_recurrent;

void um_recurrent_clear(um_recurrent *recurrent);

typedef struct um_recurrent_options {
    um_factorise_options factorise;
    size_t resamples; /* 100 */
    double fraction;  /* 0.8 of the cells in each */
    um_consensus_options consensus;
} um_recurrent_options;

/* Errors: INPUT (a resample has fewer cells than components), and those of um_factorise_many(), um_consensus_cluster(). */
unmix_status um_recurrent_resample(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                   const um_recurrent_options *options, um_recurrent *recurrent);

/*
 * The published way: the programs of one factorisation (W cells x k, H k x genes) clustered by the correlations of their
 * usages. Errors: as um_consensus_programs().
 */
unmix_status um_recurrent_programs(unmix_context *cx, unmix_device *device, const um_nmf_data *data,
                                   const um_factorised *given, const um_resample_options *options,
                                   const um_nmf_options *nmf, um_recurrent *recurrent);

#endif
