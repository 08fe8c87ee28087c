/* What a method is to the rest: the table in solver.c is the only place that knows them all. */
#ifndef UM_SOLVER_H
#define UM_SOLVER_H

#include "deconvolve/problem/batch.h"

/* What a method leaves behind for each sample of the block it was given (indexed like its columns). */
typedef struct um_fit {
    double *E;          /* samples x M, row-major */
    double *nll;        /* at E, as the device computed it; NaN from a method that does not form it */
    double *gap;        /* likewise */
    double *iterations;
    double *converged;  /* 0 or 1 */
    /* Of least squares only; NULL for the other methods. */
    double *unweighted; /* samples x M: exposures before the weights */
    double *r2;         /* 1 - var(residual) / var(molecules), over the genes with counts */
    double *variance;   /* samples x C: of the proportions */
} um_fit;

/* What the columns of the block add up to. */
typedef struct um_sums {
    const double *total; /* counts over the genes that take part */
    const double *T;     /* sum_g w_g k_g */
} um_sums;

typedef struct um_solver {
    const char *name;
    long default_max_iterations;
    int least_squares; /* 1: another function than the likelihood, over all genes (never a sparse batch), no background
                        */
    /* Adds the states it needs to the batch. */
    unmix_status (*open)(um_batch *batch, const unmix_deconvolve_options *options, void **state);
    /* Fits the samples loaded in the batch; progress runs from `done` to `done + share`. */
    unmix_status (*fit)(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share);
    void (*close)(void *state); /* NULL is allowed */
} um_solver;

/* The solver of a method; never NULL for a method of the enumeration. */
const um_solver *um_solver_for(unmix_method method);

/* The tolerance of a method when the user gave none. */
double um_default_tolerance(unmix_method method, unmix_precision precision);

extern const um_solver um_exact_solver, um_em_solver, um_gd_solver, um_music_solver, um_nnls_solver;

#endif
