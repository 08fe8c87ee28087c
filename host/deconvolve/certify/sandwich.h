/*
 * Second-order view of a fitted sample: the covariance V = H^+ B H^+ of the exposures of the sources that are free, and
 * by the delta method the variance of the sum of some proportions, P_j = (E_j / s_j) / sum_i (E_i / s_i).
 */
#ifndef UM_SANDWICH_H
#define UM_SANDWICH_H

#include <stddef.h>

#include "core/diagnostics.h"
#include "deconvolve/certify/mixture.h"

typedef struct um_sandwich {
    size_t M;
    double *H, *B;       /* M x M, symmetric: given */
    size_t n;            /* free sources: given */
    size_t *source;      /* M: which they are, ascending: given */
    double *inverse, *V; /* n x n: H^+ and H^+ B H^+ over those */
    double *hidden;      /* n: share of each in directions that H does not determine (um_small_inverse()) */
    double *product;     /* M x M */
} um_sandwich;

/* Room for M sources. Released with um_sandwich_close(). */
unmix_status um_sandwich_open(unmix_context *cx, um_sandwich *sandwich, size_t M);
void um_sandwich_close(um_sandwich *sandwich);

/* inverse, V and hidden from H and B over the free sources; `cutoff` as in um_small_inverse(). */
unmix_status um_sandwich_form(unmix_context *cx, um_sandwich *sandwich, double cutoff);

/* Sum of the proportions of the types with in[j] != 0 (C). */
double um_mixture_sum(const um_mixture *mixture, const unsigned char *in);

/* Variance of the sum of the proportions of the types with in[j] != 0. Types that are not free do not move. */
double um_sandwich_variance(const um_sandwich *sandwich, const um_mixture *mixture, const unsigned char *in);

#endif
