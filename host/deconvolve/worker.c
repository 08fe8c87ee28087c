#include "deconvolve/worker.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "deconvolve/certify/verdict.h"
#include "device/constants.h"
#include "device/trust.h"

enum { PREDICTED_AT_ONCE = 64 };

um_path_id um_job_path_of(const um_job *job, const um_queue *queue, size_t column)
{
    return !job->method->every_gene && job->options->stop == UNMIX_STOP_EACH && um_batch_is_sparse(queue, job->problem, job->cohort->nonzeros[column])
               ? UM_PATH_SPARSE
               : UM_PATH_DENSE;
}

/* ---- Opening and closing ---- */

static unmix_status open_arrays(um_worker *w)
{
    const size_t n = w->job->at_once, M = w->job->problem->n_sources;
    const unmix_method_traits *traits = &w->job->method->traits;
    UM_TRY(UM_ALLOC(w->cx, &w->column, n, "samples"));
    UM_TRY(UM_ALLOC(w->cx, &w->of_path, n, "samples"));
    UM_TRY(UM_ALLOC(w->cx, &w->row_of, n, "samples"));
    UM_TRY(UM_ALLOC(w->cx, &w->metrics, n, "samples"));
    UM_TRY(UM_ALLOC(w->cx, &w->fit.E, um_product_size(n, M, 1), "exposures"));
    UM_TRY(UM_ALLOC(w->cx, &w->fit.nll, n, "samples"));
    UM_TRY(UM_ALLOC(w->cx, &w->fit.gap, n, "samples"));
    UM_TRY(UM_ALLOC(w->cx, &w->fit.iterations, n, "samples"));
    UM_TRY(UM_ALLOC(w->cx, &w->fit.converged, n, "samples"));
    if (traits->variances) {
        UM_TRY(UM_ALLOC(w->cx, &w->fit.r2, n, "samples"));
        UM_TRY(UM_ALLOC(w->cx, &w->fit.variance, um_product_size(n, M, 1), "variances"));
    }
    return traits->unweighted ? UM_ALLOC(w->cx, &w->fit.unweighted, um_product_size(n, M, 1), "exposures") : UNMIX_OK;
}

static size_t lesser(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* A path for up to `columns` samples; a dense batch takes at once what fits. */
static unmix_status open_path(um_worker *w, um_path_id id, um_path *path, size_t columns)
{
    const um_job *job = w->job;
    if (id == UM_PATH_SPARSE) {
        UM_TRY(um_batch_open_sparse(w->cx, &path->batch, w->queue, job->problem, job->D, columns));
        um_batch_reserve(&path->batch, job->nonzeros / job->at_once * columns);
    } else {
        const size_t n = lesser(um_batch_fitting(w->queue, job->problem), columns);
        UM_TRY(um_batch_open(w->cx, &path->batch, w->queue, job->problem, job->D, n));
    }
    UM_TRY(job->method->open(&path->batch, job->options, &path->state));
    return um_queue_status(w->queue);
}

/* Permuted samples at once: as many as the device takes, which may be more than there are samples. */
static size_t permuted_columns(const um_worker *w, um_path_id id)
{
    const um_job *job = w->job;
    const double nonzeros = (double)job->nonzeros / (double)job->at_once;
    const size_t fitting = id == UM_PATH_SPARSE ? um_batch_fitting_sparse(w->queue, job->problem, nonzeros)
                                                : um_batch_fitting(w->queue, job->problem);
    return lesser(fitting, um_product_size(w->capacity, job->options->permutations, 1));
}

static unmix_status open_permutations(um_worker *w)
{
    size_t most = 0;
    for (um_path_id id = UM_PATH_DENSE; id < UM_PATHS; id++) {
        const size_t columns = permuted_columns(w, id);
        if (!w->job->fits_path[id])
            continue;
        UM_TRY(open_path(w, id, &w->permuted[id], columns));
        most = columns > most ? columns : most;
    }
    return um_permutations_open(w->cx, &w->permutations, w->job->problem, w->job->method, w->job->options, most);
}

static unmix_status open_device(um_worker *w)
{
    for (um_path_id id = UM_PATH_DENSE; id < UM_PATHS; id++)
        if (w->job->takes_path[id])
            UM_TRY(open_path(w, id, &w->path[id], w->capacity));
    if (w->job->options->errors || w->job->options->bootstrap)
        UM_TRY(um_intervals_open(&w->path[UM_PATH_DENSE].batch, w->job->options, w->job->cohort->share, w->job->at_once,
                                 &w->intervals));
    if (w->job->options->permutations)
        UM_TRY(open_permutations(w));
    return um_queue_status(w->queue);
}

static void close_path(const um_worker *w, um_path *path)
{
    um_batch_clear(&path->batch);
    w->job->method->close(path->state);
    *path = (um_path){0};
}

static void close_device(um_worker *w)
{
    um_intervals_close(&w->intervals);
    w->intervals = (um_intervals){0};
    um_permutations_close(&w->permutations);
    for (size_t id = 0; id < UM_PATHS; id++) {
        close_path(w, &w->path[id]);
        close_path(w, &w->permuted[id]);
    }
    um_queue_close(w->queue);
    w->queue = NULL;
}

unmix_status um_worker_make_smaller(um_worker *w)
{
    unmix_status status = UNMIX_ERROR_MEMORY;
    while (status == UNMIX_ERROR_MEMORY) {
        const um_tuning *tuning = um_queue_tuning(w->queue);
        const size_t step = w->job->options->stop == UNMIX_STOP_TOGETHER ? w->capacity : (size_t)tuning->vector * tuning->vectors;
        char message[900];
        (void)snprintf(message, sizeof message, "%s", unmix_error_message(w->cx));
        unmix_error_clear(w->cx);
        if (w->capacity <= step)
            return UM_FAIL(w->cx, UNMIX_ERROR_MEMORY, "%s; that was for %zu samples at a time, and fewer take as much",
                           message, w->capacity);
        w->capacity = (w->capacity / 2 + step - 1) / step * step;
        um_detail(w->cx, "%s; %zu samples at a time instead", message, w->capacity);
        close_device(w);
        UM_TRY(um_queue_open_on(w->cx, w->job->device, w->slot, &w->queue));
        status = open_device(w);
    }
    return status;
}

unmix_status um_worker_open(unmix_context *cx, um_worker *worker, um_job *job, size_t slot, um_queue *queue)
{
    *worker = (um_worker){.job = job, .cx = cx, .slot = slot, .queue = queue, .capacity = job->at_once};
    UM_TRY(open_arrays(worker));
    return open_device(worker);
}

void um_worker_close(um_worker *w)
{
    close_device(w);
    um_block_clear(&w->block);
    free(w->column);
    free(w->of_path);
    free(w->row_of);
    free(w->metrics);
    free(w->fit.E);
    free(w->fit.nll);
    free(w->fit.gap);
    free(w->fit.iterations);
    free(w->fit.converged);
    free(w->fit.unweighted);
    free(w->fit.r2);
    free(w->fit.variance);
}

/* ---- One block ---- */

/* The block, and in column[] those of it that take part; returns their number. */
static unmix_status read_block(um_worker *w, const um_portion *portion, size_t *n)
{
    um_job *job = w->job;
    *n = 0;
    for (size_t c = 0; c < portion->count; c++)
        if (job->cohort->used[portion->first + c])
            w->column[(*n)++] = c;
    if (!*n)
        return UNMIX_OK;
    (void)pthread_mutex_lock(&job->lock); /* a file has one position */
    const unmix_status status = um_cohort_read(w->cx, job->cohort, portion->first, portion->count, &w->block);
    (void)pthread_mutex_unlock(&job->lock);
    return status;
}

/* Those of the n columns that go through the path: of_path[], and row_of[] their rows from `row` on. Returns how many. */
static size_t take_path(um_worker *w, um_path_id id, size_t first, const size_t *column, size_t n, size_t row)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (um_job_path_of(w->job, w->queue, first + column[i]) == id) {
            w->of_path[count] = column[i];
            w->row_of[count++] = row + i;
        }
    return count;
}

/* Fits those of the n columns that go through the path; `done` is the progress so far. */
static unmix_status fit_path(um_worker *w, um_path_id id, size_t first, const size_t *column, size_t n, double *done)
{
    const um_cohort *cohort = w->job->cohort;
    const um_method *method = w->job->method;
    const um_sums sums = {cohort->total + first, cohort->T + first};
    um_path *path = &w->path[id];
    const size_t count = take_path(w, id, first, column, n, 0);
    for (size_t from = 0; from < count; from += path->batch.capacity) {
        const size_t some = lesser(count - from, path->batch.capacity);
        const double share = (double)some / (double)cohort->n_used, started = um_seconds();
        um_batch_load(&path->batch, &w->block, w->of_path + from, some);
        UM_TRY(method->fit(path->state, &path->batch, &sums, &w->fit, *done, share));
        um_detail(w->cx, "%s: %zu samples fitted in %.3f s", method->traits.name, some, um_seconds() - started);
        *done += share;
    }
    return UNMIX_OK;
}

/* Columns column[from .. from+n) of the portion. */
static unmix_status fit_part(um_worker *w, const um_portion *portion, size_t from, size_t n)
{
    double done = (double)(portion->row + from) / (double)w->job->cohort->n_used;
    for (size_t i = 0; i < n; i++)
        w->fit.nll[w->column[from + i]] = w->fit.gap[w->column[from + i]] = NAN;
    for (um_path_id id = UM_PATH_DENSE; id < UM_PATHS; id++)
        UM_TRY(fit_path(w, id, portion->first, w->column + from, n, &done));
    return UNMIX_OK;
}

/*
 * Never trust a device: the loss and the gap that it computed at the result must be those that the host computes in
 * double. In single precision yhat carries about M eps relative error, which moves the loss by at most that times the
 * counts, and sums of a tile about UM_RUN eps.
 */
static unmix_status check_device(um_worker *w, const um_metrics *m, size_t column, const char *sample)
{
    const double unit = um_queue_real_size(w->queue) == sizeof(float) ? 1.2e-7 : 2.3e-16;
    const double M = (double)w->job->problem->n_sources;
    const double allowed =
        unit * (UM_RUN + 32.0 * M) * (m->total_counts * m->count_ratio + m->total_counts + m->nll) + 1e-3;
    const double nll = w->fit.nll[column], device_gap = w->fit.gap[column];
    const double gap =
        device_gap < 0.0 ? 0.0 : device_gap; /* eps of yhat leaves -1e-9 where yhat is small */
    const unmix_method_traits *gives = &w->job->method->traits;
    const int nll_right = !gives->nll || fabs(nll - m->nll) <= allowed;
    const int gap_right =
        !gives->gap || fabs(gap - m->gap) <= (UM_RUN + 4.0 * M) * unit + 1e-9; /* eps moves both sides */
    if (nll_right && gap_right)
        return UNMIX_OK;
    return UM_FAIL(
        w->cx, UNMIX_ERROR_WRONG_DEVICE,
        "%s computes wrongly: the %s of sample '%s' is %.9g, but %.9g in double precision on the host; run `unmix "
        "devices`, use another --device",
        um_queue_info(w->queue)->name, nll_right ? "gap" : "NLL", sample, nll_right ? gap : nll,
        nll_right ? m->gap : m->nll);
}

/* The last word in double. Predicted counts are as large as the counts, so they are kept a few samples at a time. */
static unmix_status evaluate(um_worker *w, size_t row, size_t first, size_t n)
{
    um_result *result = w->job->result;
    const size_t portion = w->job->options->predicted ? PREDICTED_AT_ONCE : n;
    for (size_t from = 0; from < n; from += portion) {
        const size_t some = lesser(n - from, portion);
        double *predicted = NULL;
        UM_TRY(um_result_predicted_rows(w->cx, result, row + from, some, &predicted));
        UM_TRY(um_evaluate(w->cx, w->job->evaluator, &w->block, w->column + first + from, some, w->fit.E,
                           w->metrics + first + from, predicted));
        UM_TRY(um_result_keep_predicted(w->cx, result, some));
    }
    return UNMIX_OK;
}

static void collect_sample(um_worker *w, size_t row, size_t c, const um_metrics *metrics)
{
    const size_t M = w->job->problem->n_sources;
    const unmix_method_traits *traits = &w->job->method->traits;
    um_result *result = w->job->result;
    um_result_set_sample(result, row, w->fit.E + c * M, w->job->cell_size, metrics, w->fit.iterations[c],
                         w->fit.converged[c]);
    if (traits->variances)
        um_result_set_variances(result, row, w->fit.variance + c * M, w->fit.r2[c]);
    if (traits->unweighted)
        um_result_set_unweighted(result, row, w->fit.unweighted + c * M, w->job->cell_size);
    result->summary.certified += metrics->gap <= 1e-6;
    result->summary.converged += w->fit.converged[c] > 0.0;
    result->summary.largest_gap = fmax(result->summary.largest_gap, metrics->gap);
}

static unmix_status collect(um_worker *w, const um_portion *portion, size_t from, size_t n)
{
    const size_t row = portion->row + from;
    const size_t M = w->job->problem->n_sources;
    for (size_t i = 0; i < n; i++)
        UM_TRY(um_trust(w->queue, w->fit.E + w->column[from + i] * M, M, "the exposures"));
    UM_TRY(evaluate(w, row, from, n));
    for (size_t i = 0; i < n; i++) {
        const size_t c = w->column[from + i];
        const um_metrics *metrics = &w->metrics[from + i];
        UM_TRY(check_device(w, metrics, c, um_name(&w->job->result->metrics.rows, row + i)));
        collect_sample(w, row + i, c, metrics);
    }
    return UNMIX_OK;
}

static unmix_status form_intervals(um_worker *w, size_t row, size_t from, size_t n)
{
    if (!w->intervals.batch)
        return UNMIX_OK;
    const um_fitted fitted = {&w->block, w->column + from, n, w->fit.E, w->metrics + from, w->job->cell_size, row};
    w->intervals.n_without_errors = 0;
    UM_TRY(um_intervals_form(&w->intervals, &fitted, w->job->result));
    w->n_without_errors += w->intervals.n_without_errors;
    return UNMIX_OK;
}

static unmix_status form_p_values(um_worker *w, const um_portion *portion, size_t from, size_t n)
{
    for (um_path_id id = UM_PATH_DENSE; id < UM_PATHS && w->permutations.count; id++) {
        const size_t count = take_path(w, id, portion->first, w->column + from, n, portion->row + from);
        const um_to_permute samples = {&w->block, w->of_path, w->row_of, count};
        if (count)
            UM_TRY(um_permutations_form(&w->permutations, &w->permuted[id].batch, w->permuted[id].state, &samples,
                                        w->job->result));
    }
    return UNMIX_OK;
}

/* What is known of single samples beside their fit, and with that their verdict. */
static unmix_status certify(um_worker *w, const um_portion *portion, size_t from, size_t n)
{
    UM_TRY(form_intervals(w, portion->row + from, from, n));
    UM_TRY(form_p_values(w, portion, from, n));
    for (size_t i = from; i < from + n; i++)
        UM_TRY(um_result_judge(w->cx, w->job->result, portion->row + i, &w->metrics[i], w->job->cohort,
                               portion->first + w->column[i], &w->job->method->traits));
    return UNMIX_OK;
}

/* ---- In turn ---- */

/* Returns 0 when another worker has failed in the meantime. */
static int wait_for_turn(um_job *job, size_t index)
{
    (void)pthread_mutex_lock(&job->lock);
    while (job->turn != index && !job->stop)
        (void)pthread_cond_wait(&job->changed, &job->lock);
    const int go = !job->stop;
    (void)pthread_mutex_unlock(&job->lock);
    return go;
}

static void end_turn(um_job *job, size_t index)
{
    (void)pthread_mutex_lock(&job->lock);
    job->turn = index + 1;
    (void)pthread_cond_broadcast(&job->changed);
    (void)pthread_mutex_unlock(&job->lock);
}

/* Fits as many samples from column[from] on as there is room for: *some. */
static unmix_status fit_what_fits(um_worker *w, const um_portion *portion, size_t from, size_t n, size_t *some)
{
    for (;;) {
        *some = lesser(n - from, w->capacity);
        const unmix_status status = fit_part(w, portion, from, *some);
        if (status != UNMIX_ERROR_MEMORY)
            return status;
        UM_TRY(um_worker_make_smaller(w));
    }
}

static unmix_status certify_what_fits(um_worker *w, const um_portion *portion, size_t from, size_t n)
{
    for (;;) {
        const unmix_status status = certify(w, portion, from, n);
        if (status != UNMIX_ERROR_MEMORY)
            return status;
        UM_TRY(um_worker_make_smaller(w));
    }
}

unmix_status um_worker_run(um_worker *w, const um_portion *portion, size_t index)
{
    size_t n = 0;
    UM_TRY(read_block(w, portion, &n));
    for (size_t from = 0, some = 0; from < n; from += some) {
        UM_TRY(fit_what_fits(w, portion, from, n, &some));
        if (!wait_for_turn(w->job, index))
            return UNMIX_OK;
        UM_TRY(collect(w, portion, from, some));
        if (from + some == n)
            end_turn(w->job, index);
        UM_TRY(certify_what_fits(w, portion, from, some));
    }
    if (!n && wait_for_turn(w->job, index))
        end_turn(w->job, index);
    return UNMIX_OK;
}
