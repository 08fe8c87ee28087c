#include "deconvolve/certify/intervals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/certify/verdict_types.h"

unmix_status um_intervals_open(um_batch *batch, const unmix_deconvolve_options *options, const double *share,
                               size_t columns, um_intervals *intervals)
{
    const size_t C = batch->problem->n_types, portion = batch->capacity;
    *intervals = (um_intervals){.batch = batch,
                                .errors_wanted = options->errors,
                                .misfit_wanted = options->errors && options->intervals == UNMIX_INTERVALS_FULL};
    UM_TRY(UM_ALLOC(batch->cx, &intervals->part, portion, "standard errors"));
    if (options->errors) {
        const size_t n = um_product_size(columns, C, 1);
        UM_TRY(UM_ALLOC(batch->cx, &intervals->rows.se, n, "standard errors"));
        UM_TRY(UM_ALLOC(batch->cx, &intervals->rows.group, n, "standard errors"));
        UM_TRY(UM_ALLOC(batch->cx, &intervals->rows.low, n, "standard errors"));
        UM_TRY(UM_ALLOC(batch->cx, &intervals->rows.high, n, "standard errors"));
        UM_TRY(UM_ALLOC(batch->cx, &intervals->lower, n, "intervals"));
        UM_TRY(UM_ALLOC(batch->cx, &intervals->upper, n, "intervals"));
        UM_TRY(um_errors_open(batch, &intervals->errors));
        if (intervals->misfit_wanted)
            UM_TRY(um_jackknife_open(batch, share, &intervals->jackknife));
        UM_TRY(um_draws_open(batch, options, intervals->jackknife.blocks.n, &intervals->draws));
    }
    if (options->bootstrap) {
        UM_TRY(UM_ALLOC(batch->cx, &intervals->low, portion * C, "bootstrap"));
        UM_TRY(UM_ALLOC(batch->cx, &intervals->high, portion * C, "bootstrap"));
        UM_TRY(um_bootstrap_open(batch, options, columns, &intervals->bootstrap));
    }
    return UNMIX_OK;
}

void um_intervals_close(um_intervals *intervals)
{
    um_errors_close(&intervals->errors);
    um_draws_close(&intervals->draws);
    um_jackknife_close(&intervals->jackknife);
    um_bootstrap_close(&intervals->bootstrap);
    free(intervals->part);
    free(intervals->rows.se);
    free(intervals->rows.group);
    free(intervals->rows.low);
    free(intervals->rows.high);
    free(intervals->lower);
    free(intervals->upper);
    free(intervals->low);
    free(intervals->high);
}

static unmix_status form_draws(um_intervals *intervals, const um_fitted *fitted)
{
    um_batch *batch = intervals->batch;
    um_draws_begin(&intervals->draws, batch);
    if (intervals->misfit_wanted)
        UM_TRY(um_jackknife_form(&intervals->jackknife, batch, &intervals->errors, intervals->draws.gradient, fitted->E));
    return um_draws_form(&intervals->draws, batch, &intervals->errors, fitted->E, fitted->cell_size,
                         intervals->misfit_wanted ? &intervals->jackknife : NULL, &intervals->rows, intervals->lower,
                         intervals->upper);
}

/* Standard errors of the samples that are close enough to their optimum; the others get NaN. */
static unmix_status form_errors(um_intervals *intervals, const um_fitted *fitted, um_result *result)
{
    um_batch *batch = intervals->batch;
    const size_t C = batch->problem->n_types;
    const um_error_rows *rows = &intervals->rows;
    for (size_t i = 0; i < fitted->n; i++)
        for (size_t j = 0; j < C; j++)
            rows->se[fitted->column[i] * C + j] = intervals->lower[fitted->column[i] * C + j] =
                intervals->upper[fitted->column[i] * C + j] = NAN;
    for (size_t i = 0; i < fitted->n;) {
        size_t n = 0;
        for (; i < fitted->n && n < batch->capacity; i++) {
            if (fitted->metrics[i].gap <= UM_ERRORS_GAP)
                intervals->part[n++] = fitted->column[i];
            else
                intervals->n_without_errors++;
        }
        if (!n)
            continue;
        um_batch_load(batch, fitted->block, intervals->part, n);
        UM_TRY(um_errors_form(&intervals->errors, batch, fitted->E, fitted->cell_size, rows));
        UM_TRY(form_draws(intervals, fitted));
        UM_TRY(um_progress(batch->cx, (double)i / (double)fitted->n, "standard errors"));
    }
    for (size_t i = 0; i < fitted->n; i++) {
        const size_t at = fitted->column[i] * C, row = fitted->row + i, bytes = C * sizeof *rows->se;
        const int known = fitted->metrics[i].gap <= UM_ERRORS_GAP;
        memcpy(um_row(&result->standard_errors, row), rows->se + at, bytes);
        memcpy(um_row(&result->lower, row), intervals->lower + at, bytes);
        memcpy(um_row(&result->upper, row), intervals->upper + at, bytes);
        UM_TRY(um_result_judge_types(batch->cx, result, row, known ? rows->group + at : NULL, rows->low + at,
                                     rows->high + at));
    }
    return UNMIX_OK;
}

static unmix_status form_bootstrap(um_intervals *intervals, const um_fitted *fitted, um_result *result)
{
    um_batch *batch = intervals->batch;
    const size_t C = batch->problem->n_types;
    batch->keep_whole = 1; /* the same samples are fitted again and again */
    for (size_t first = 0; first < fitted->n; first += batch->capacity) {
        const size_t n = fitted->n - first < batch->capacity ? fitted->n - first : batch->capacity;
        UM_TRY(um_bootstrap_form(&intervals->bootstrap, batch, fitted->block, fitted->column + first, n, fitted->E,
                                 fitted->cell_size, intervals->low, intervals->high));
        memcpy(um_row(&result->low, fitted->row + first), intervals->low, n * C * sizeof *intervals->low);
        memcpy(um_row(&result->high, fitted->row + first), intervals->high, n * C * sizeof *intervals->high);
    }
    batch->keep_whole = 0;
    return UNMIX_OK;
}

unmix_status um_intervals_form(um_intervals *intervals, const um_fitted *fitted, um_result *result)
{
    if (intervals->errors_wanted)
        UM_TRY(form_errors(intervals, fitted, result));
    return intervals->bootstrap.replicates ? form_bootstrap(intervals, fitted, result) : UNMIX_OK;
}
