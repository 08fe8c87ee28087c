/*
 * How many programs: a factorisation for each number, and three measures of it.
 *
 *   error      share of the sum of squares (kl: of the divergence from the gene means) that is left
 *   stability  factorisations of resampled cells give the same programs: their programs in k clusters (average linkage of
 *              1 - cosine), mean silhouette
 *   held out   entries scattered over X are treated as missing (a speckled mask) and predicted: mean loss an entry
 */
#ifndef UM_SWEEP_H
#define UM_SWEEP_H

#include "programs/nmf/factorise.h"

typedef struct um_sweep_options {
    um_factorise_options factorise; /* nmf.components is set here for each number */
    size_t first, last;             /* numbers of programs */
    size_t resamples;               /* for the stability; 0: not measured. Random starts */
    double fraction;                /* of the cells in each */
    size_t repeats;                 /* masks for the held out entries; 0: not measured */
    double held_out;                /* share of the entries in each mask */
    uint64_t seed;
} um_sweep_options;

/* One number of programs. NaN where not measured. */
typedef struct um_sweep_look {
    size_t components;
    size_t iterations;
    double loss, error;
    double stability;
    double held_out;    /* mean over the masks */
    double held_out_se; /* standard error of the difference from the least held_out, mask by mask; one mask: NaN */
} um_sweep_look;

/* Fills the defaults: 10 resamples of 0.8, 3 masks of 0.05. */
void um_sweep_options_init(um_sweep_options *options);

/*
 * Fills look[last - first + 1]. *best is the index of the number to take: the smallest whose held out loss exceeds the
 * least by no more than the standard error of that difference (without masks: the most stable). `results` (or NULL), zeroed, gets the fits.
 * Errors as um_factorise_many().
 */
unmix_status um_sweep(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_sweep_options *options,
                      um_sweep_look *look, size_t *best, um_factorised *results);

/* Mean silhouette of count x k programs (row-major, over m genes) in k clusters. */
unmix_status um_program_stability(unmix_context *cx, size_t count, size_t k, size_t m, const double *programs,
                                  double *stability);

/* A mask in memory: what is left of X, the pattern of what is missing now, and the values that were taken out. */
typedef struct um_mask {
    um_sparse X, missing, held_out;
} um_mask;

unmix_status um_mask_draw(unmix_context *cx, const um_nmf_data *data, double share, uint64_t seed, size_t repeat,
                          um_mask *mask);
void um_mask_clear(um_mask *mask);

#endif
