/*
 * Percentile intervals by resampling genes: in replicate r the weight of gene g is w_g times how often it was
 * drawn in G draws from the G genes; every sample is refitted exactly. The draws depend on (seed, r) and on the genes in
 * the order of their names, so on nothing else in the run.
 */
#ifndef UM_BOOTSTRAP_H
#define UM_BOOTSTRAP_H

#include "deconvolve/problem/batch.h"
#include "deconvolve/solve/method.h"

typedef struct um_bootstrap {
    size_t replicates;
    uint64_t seed;
    void *exact;      /* state of the exact solver */
    um_fit fit;
    double *w, *D;    /* of the replicate */
    double *T;        /* of the replicate, columns */
    float *draws;     /* samples x C x replicates: proportions */
} um_bootstrap;

/* For blocks of up to `columns` columns, of which the batch takes its capacity at once. Released with um_bootstrap_close(). */
unmix_status um_bootstrap_open(um_batch *batch, const unmix_deconvolve_options *options, size_t columns,
                               um_bootstrap *bootstrap);
void um_bootstrap_close(um_bootstrap *bootstrap);

/*
 * 95% intervals for the n samples column[] of the block, which gets loaded. E: columns x M at the solution. low and high:
 * n x C, the 2.5% and 97.5% percentiles of the proportions. Progress runs over the replicates.
 */
unmix_status um_bootstrap_form(um_bootstrap *bootstrap, um_batch *batch, const um_block *block, const size_t *column, size_t n,
                               const double *E, const double *cell_size, double *low, double *high);

/*
 * Order statistic number q (n + 1) of n ascending draws, between two of them by linear interpolation, at most the outermost
 * ones. With n + 1 an interval from 2.5% to 97.5% has the chance 95% that it says; the usual q (n - 1) + 1 is for
 * describing data and leaves 94% at 200 draws.
 */
double um_bootstrap_percentile(const float *sorted, size_t n, double q);

#endif
