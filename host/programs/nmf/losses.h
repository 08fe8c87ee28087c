/*
 * The losses of gene programs: what each says of itself, its kernels, and its value in double. Whatever depends on the loss
 * asks here; its formulas on the device are in kernels/nmf_losses.cl.
 */
#ifndef UM_LOSSES_H
#define UM_LOSSES_H

#include "device/kernels.h"
#include "programs/nmf/nmf_problem.h"

/* How the sum over all entries is put together, and what a step needs of the zeros of X. */
typedef enum um_loss_sum {
    UM_LOSS_SQUARES, /* sum of x^2, the last step's cross term, and the Gram matrices of the factors */
    UM_LOSS_TOTALS,  /* over what X stores, and the sum of WH from the sums of the factors */
    UM_LOSS_EVERY    /* over every entry: steps have a denominator of their own, kept as a second sum beside A */
} um_loss_sum;

#define UM_LOSS_NO_KERNEL UM_KERNEL_COUNT

/* With one solver. */
typedef struct um_loss_kernels {
    um_kernel_id cells, genes, fold;
    um_kernel_id dense; /* cells of an X that is stored with its zeros; UM_LOSS_NO_KERNEL: there is none */
} um_loss_kernels;

typedef struct um_loss {
    unmix_nmf_loss_traits traits;
    um_loss_sum sum;
    um_loss_kernels kernels[2]; /* by um_nmf_solver */
    um_kernel_id divergence;    /* its value; UM_LOSS_NO_KERNEL: the steps give it */
    double (*stored)(double x, double y);             /* UM_LOSS_TOTALS: an entry without y, NaN where x or y is */
    double (*entry)(double beta, double x, double y); /* an entry */
} um_loss;

/* Of the list UNMIX_NMF_LOSSES, NULL for what is none. */
const um_loss *um_loss_for(um_nmf_loss loss);

/* Its own beta, or the one given. */
double um_loss_beta(const um_nmf_options *options);

/* 1 where x = 0 has no value: beta of 0 or less. Then WH = 0 has none either, and no start may have zeros that stay. */
int um_loss_is_undefined_at_zero(const um_nmf_options *options);

/* 1 where powers of moderate numbers need not fit into single precision. */
int um_loss_may_leave_range(const um_nmf_options *options);

/* By its name here, or scikit-learn's, or beta; 0 when it is none of these. */
int um_loss_read(const char *text, um_nmf_loss *loss, double *beta);

/* What um_loss_read() reads: its name, or the beta given. Returns text. */
const char *um_loss_write(um_nmf_loss loss, double beta, char *text, size_t size);

/* "frobenius or kl" */
const char *um_loss_names(char *text, size_t size);

/* The first entry that is there and 0; 0 when there is none. */
int um_find_zero(const um_nmf_data *data, size_t *cell, size_t *gene);

#endif
