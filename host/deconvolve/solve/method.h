/* A method: what it says of itself, and how it fits the samples of a batch. */
#ifndef UM_METHOD_H
#define UM_METHOD_H

#include "deconvolve/problem/batch.h"

/* What a method leaves behind for each sample of the block it was given (indexed like its columns). */
typedef struct um_fit {
    double *E;          /* samples x M, row-major */
    double *nll;        /* at E, as the device computed it; NaN from a method that does not give it */
    double *gap;        /* likewise */
    double *iterations;
    double *converged;  /* 0 or 1 */
    /* Of methods that give them; NULL for the others. */
    double *unweighted; /* samples x M: exposures before the weights */
    double *r2;         /* 1 - var(residual) / var(molecules), over the genes with counts; NaN when these are all alike */
    double *variance;   /* samples x C: of the proportions; NaN when there are no exposures */
} um_fit;

/* What the columns of the block add up to. */
typedef struct um_sums {
    const double *total; /* counts over the genes that take part */
    const double *T;     /* sum_g w_g k_g */
} um_sums;

typedef struct um_method {
    unmix_method_traits traits;
    int every_gene; /* 1: visits genes without counts too, never a sparse batch */
    /* Adds the states it needs to the batch. */
    unmix_status (*open)(um_batch *batch, const unmix_deconvolve_options *options, void **state);
    /* Fits the samples loaded in the batch; progress runs from `done` to `done + share`. */
    unmix_status (*fit)(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share);
    void (*close)(void *state); /* NULL is allowed */
    /* Where its own tolerance depends on other options; NULL: that of the traits. */
    double (*own_tolerance)(const unmix_deconvolve_options *options);
} um_method;

/* The objective of those that minimise the negative log-likelihood. */
#define UM_LIKELIHOOD_TEXT "Poisson likelihood"

/* A method of the list UNMIX_METHODS, NULL for what is none. */
const um_method *um_method_for(unmix_method method);

/* um_exact_method, ... : each in the file of its name. */
#define UM_ENTRY(NAME, name) extern const um_method um_##name##_method;
UNMIX_METHODS(UM_ENTRY)
#undef UM_ENTRY

#endif
