/*
 * Intervals of the proportions from draws of what might have been otherwise: other counts (the signs of the genes'
 * residuals, as in the wild bootstrap) and another reference (problem/deviations.h). A draw shifts the gradient by u, to
 * first order (kernels/draws.cl), and moves the solution by that of a small quadratic program,
 *
 *   min 1/2 d'Hd + (g + u)'d,   d >= -E
 *
 * so bounds hold, and a type at zero gets an upper end. Draws come in pairs, u and -u. With the proportions P and those of
 * E + d, D = P(E + d) - P, over the 2 R draws:
 *
 *   lower = P - 1.96 sqrt(2 mean(min(D, 0)^2)),   upper = P + 1.96 sqrt(2 mean(max(D, 0)^2)),   within [0, 1]
 *
 * (with other variances added under the root, where there are some) which is P -+ 1.96 root mean square of D where no bound is met. A type at zero that the counts speak against (its gradient
 * g_j is far above 0) hardly leaves it in a draw; it gets the upper end of the likelihood ratio, if that is larger:
 *
 *   g_j t + 1/2 H_jj t^2 = 1.92 max(1, B_jj / H_jj)      (half the 95% quantile of chi squared; B of errors.h: overdispersion)
 */
#ifndef UM_DRAWS_H
#define UM_DRAWS_H

#include "deconvolve/certify/errors.h"
#include "deconvolve/certify/jackknife.h"
#include "deconvolve/certify/inseparable.h"
#include "linalg/bounded.h"

/* Pairs of draws. The root mean square of so many normal numbers is within 11% of the truth, one standard error. */
enum { UM_DRAWS = 40 };

typedef struct um_draws {
    uint64_t seed;
    int reference;                    /* 1: another reference is drawn, too */
    double gene_share;                /* times the residuals: 1, or where blocks of genes speak as well the root of 1/2 */
    um_buffer device_dA, device_sign; /* of the draw: as A; genes */
    um_state sum;                     /* M x samples: over the tiles */
    double *z;                        /* UM_DRAWS x profiles */
    double *dA, *sign;                /* of the draw: G x M, G */
    double *gradient;                 /* M x samples: D - fold at the solution */
    double *shift;                    /* UM_DRAWS x M x samples: u */
    unsigned threads;
    um_bounded *programs;             /* one for each thread */
    um_moves *moves;                  /* one for each thread */
    double *own;                      /* threads x (M x M + 4 M): of one sample */
    unsigned char *above;             /* threads x M */
} um_draws;

/* Room for batches of up to batch->capacity samples, and so many blocks of genes. Released with um_draws_close(). */
unmix_status um_draws_open(um_batch *batch, const unmix_deconvolve_options *options, size_t blocks, um_draws *draws);
void um_draws_close(um_draws *draws);

/*
 * The parts apart, so that each can be verified. begin: once after um_errors_form(). shift: u of draw r, for another A,
 * A + dA (G x M, row-major; NULL: that of the last call, at first none), and other counts by the signs of the genes (G; 0: the same counts). take: the Hessian of sample i and its
 * bounds, for a thread. move: d (M) of that sample for `times` u of draw r.
 */
void um_draws_begin(um_draws *draws, um_batch *batch);
void um_draws_shift(um_draws *draws, um_batch *batch, const um_errors *errors, size_t r, const double *dA, const double *sign);
void um_draws_take(um_draws *draws, unsigned thread, const um_batch *batch, const um_errors *errors, size_t i, const double *E);
void um_draws_move(um_draws *draws, unsigned thread, const um_batch *batch, size_t i, size_t r, double times, double *d);

/*
 * 95% intervals of the samples loaded in the batch, after um_draws_begin(). E, cell_size: as for the errors. lower, upper:
 * columns x C; NaN where rows->se is. The groups of inseparable types in rows become whole. jackknife (formed, or NULL):
 * half of its variance is added.
 */
unmix_status um_draws_form(um_draws *draws, um_batch *batch, const um_errors *errors, const double *E, const double *cell_size,
                           const um_jackknife *jackknife, const um_error_rows *rows, double *lower, double *upper);

#endif
