/*
 * Least squares on the device: what music and nnls have there, and the weights, Gram matrices and right-hand sides of all
 * samples that they ask it for (kernels/least_squares.cl, gram.cl). Formulas are in least_squares.c.
 */
#ifndef UM_LEAST_SQUARES_STAGE_H
#define UM_LEAST_SQUARES_STAGE_H

#include "deconvolve/solve/gram.h"
#include "device/constants.h"
#include "linalg/nnls.h"

/* A sample's molecules add up to this. */
static const double um_ls_molecules = 100.0;

typedef struct um_least_squares {
    double tolerance;
    long max_iterations;
    int weighted, compat, careful;
    um_state *x, *u, *s;
    um_state *kept;    /* h where its next value depends on it (compat), so that it is packed with the samples; or NULL */
    um_buffer plain;   /* h otherwise */
    um_buffer *h;      /* genes x ld */
    um_buffer share, V, fold, b, H, moments, moment;
    um_gram gram;
    unsigned threads;
    um_nnls *nnls;        /* one for each thread */
    double *matrix;       /* threads x M x M */
    /* Of the samples in the batch, each with its unknowns side by side: */
    double *solution, *p, *scale;
    unsigned char *keep;
    double *values;       /* rows x count, as the device has them */
    double *rhs, *grams, *sums;
    um_batch *batch;
} um_least_squares;

/* Room for batches of up to batch->capacity samples; on failure, too, closed by um_ls_close(). */
unmix_status um_ls_open(um_least_squares *l, um_batch *batch);
void um_ls_close(um_least_squares *l);

/* The weights of the plain problem (1), and s: the molecules of each sample add up to 100. */
void um_ls_start(um_least_squares *l, um_batch *batch);

/* The weights that the solutions ask for. */
void um_ls_form_weights(um_least_squares *l, um_batch *batch);

/* H and b of all samples, for the weights that lie in h, into grams and rhs. */
unmix_status um_ls_form_systems(um_least_squares *l, um_batch *batch);

/* Sample i's Gram matrix of these (M x M), both triangles. */
void um_ls_take_gram(const um_least_squares *l, size_t i, double *matrix);

/* The moments of all samples at their solutions, into sums. */
unmix_status um_ls_form_moments(um_least_squares *l, um_batch *batch);

#endif
