/*
 * Error bars of a block of fitted samples: standard errors (errors.h), intervals from draws (draws.h) and bootstrap intervals
 * (bootstrap.h). All need
 * every gene, also those without a count, so they always run on a dense batch, in portions that fit it.
 */
#ifndef UM_INTERVALS_H
#define UM_INTERVALS_H

#include "deconvolve/certify/bootstrap.h"
#include "deconvolve/certify/draws.h"
#include "deconvolve/certify/jackknife.h"
#include "deconvolve/certify/result.h"

typedef struct um_intervals {
    um_batch *batch;
    int errors_wanted;
    um_errors errors;
    um_draws draws;
    int misfit_wanted;
    um_jackknife jackknife;
    um_bootstrap bootstrap;
    size_t *part;            /* columns of one portion */
    um_error_rows rows;      /* of the columns of the block */
    double *lower, *upper;   /* columns of the block x C */
    double *low, *high;      /* of one portion x C: bootstrap */
    size_t n_without_errors; /* samples whose gap is too large for standard errors */
} um_intervals;

/* Samples of a block that were fitted, in the order of the rows of the result that begin at `row`. */
typedef struct um_fitted {
    const um_block *block;
    const size_t *column;
    size_t n;
    const double *E;          /* columns x M */
    const um_metrics *metrics; /* n */
    const double *cell_size;
    size_t row;
} um_fitted;

/* For blocks of up to `columns` columns. share: of the genes, gene_blocks.h. Released with um_intervals_close(). */
unmix_status um_intervals_open(um_batch *batch, const unmix_deconvolve_options *options, const double *share,
                               size_t columns, um_intervals *intervals);
void um_intervals_close(um_intervals *intervals);

/* Fills standard_errors, lower, upper, low and high of the result, as far as they were asked for. */
unmix_status um_intervals_form(um_intervals *intervals, const um_fitted *fitted, um_result *result);

#endif
