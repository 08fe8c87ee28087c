#include "deconvolve/deconvolution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/problem/cohort.h"
#include "deconvolve/certify/intervals.h"
#include "deconvolve/certify/similarity.h"
#include "deconvolve/certify/verdict.h"
#include "deconvolve/solve/method.h"
#include "device/constants.h"
#include "device/trust.h"

enum { PREDICTED_AT_ONCE = 64 };

/* Samples with most counts above zero and samples with few go through batches of their own. */
typedef enum path_id { DENSE, SPARSE, PATHS } path_id;

typedef struct path {
    int open;
    um_batch batch;
    void *state; /* of the method */
} path;

typedef struct run {
    unmix_context *cx;
    unmix_device *device;
    const unmix_deconvolve_options *options;
    um_queue *queue;
    um_problem problem;
    um_cohort cohort;
    path paths[PATHS];  /* each opened when the first sample needs it */
    um_intervals intervals;
    um_similarity similarity;
    size_t at_once;     /* samples in a block */
    const um_method *method;
    double *ones;       /* M: the D of the M-step that counts reads */
    double *cell_size;  /* C, or NULL */
    const um_cell_reference *reference; /* whose basis the signatures are; NULL: other signatures */
    um_evaluator evaluator;
    /* For one block: */
    size_t *column;     /* columns of the block that take part */
    size_t *of_path;    /* those of them that go through one path */
    um_metrics *metrics;
    um_fit fit;
    um_result *result;
    size_t n_done;
} run;

static void run_clear(run *r)
{
    um_intervals_close(&r->intervals);
    um_problem_clear(&r->problem);
    um_cohort_clear(&r->cohort);
    for (size_t p = 0; p < PATHS; p++) {
        um_batch_clear(&r->paths[p].batch);
        r->method->close(r->paths[p].state);
    }
    um_queue_close(r->queue);
    um_evaluator_close(&r->evaluator);
    free(r->ones);
    free(r->cell_size);
    free(r->column);
    free(r->of_path);
    free(r->metrics);
    free(r->fit.E);
    free(r->fit.nll);
    free(r->fit.gap);
    free(r->fit.iterations);
    free(r->fit.converged);
    free(r->fit.unweighted);
    free(r->fit.r2);
    free(r->fit.variance);
}

/* What divides the exposures before they become proportions of cells; see DESIGN 2.5. */
static unmix_status choose_cell_size(run *r, const um_matrix *signatures, const double *given)
{
    const size_t C = r->problem.n_types;
    if (!given && !r->options->cell_size_column_sums)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(r->cx, &r->cell_size, C, "cell sizes"));
    memcpy(r->cell_size, given ? given : r->problem.sum, C * sizeof *r->cell_size);
    if (given)
        return UNMIX_OK;
    double least = r->cell_size[0], most = r->cell_size[0];
    for (size_t j = 1; j < C; j++) {
        least = fmin(least, r->cell_size[j]);
        most = fmax(most, r->cell_size[j]);
    }
    if (C > 1 && most - least <= 1e-6 * most)
        return UM_FAIL(r->cx, UNMIX_ERROR_INPUT,
                       "%s: all signature columns add up to %g over the genes in common, so --cell-size column-sums has nothing to go "
                       "by; give unscaled signatures or a file of cell sizes", signatures->origin, most);
    return UNMIX_OK;
}

/*
 * With the basis of a reference the proportions are of cells: x_j = q_j sum_j. Sizes that were given take the place of
 * those of the reference, as in MuSiC.
 */
static unmix_status take_reference(run *r, const double *given)
{
    const size_t C = r->problem.n_types;
    UM_TRY(um_problem_take_reference(r->cx, &r->problem, r->reference));
    if (r->method->traits.needs_reference && !r->reference->n_subjects)
        um_note(
            r->cx,
            "%s: no subjects given, so all cells count as one subject and the variance of a gene is that of Poisson "
            "counts",
            r->reference->basis.origin);
    UM_TRY(UM_ALLOC(r->cx, &r->cell_size, C, "cell sizes"));
    for (size_t j = 0; j < C; j++)
        r->cell_size[j] = given ? given[j] * r->problem.abundance[j] : r->problem.sum[j];
    return UNMIX_OK;
}

static unmix_status open_block_arrays(run *r, size_t capacity)
{
    UM_TRY(UM_ALLOC(r->cx, &r->column, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->of_path, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->metrics, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.E, um_product_size(capacity, r->problem.n_sources, 1), "exposures"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.nll, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.gap, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.iterations, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.converged, capacity, "samples"));
    if (r->method->traits.variances) {
        UM_TRY(UM_ALLOC(r->cx, &r->fit.r2, capacity, "samples"));
        UM_TRY(UM_ALLOC(r->cx, &r->fit.variance, um_product_size(capacity, r->problem.n_sources, 1), "variances"));
    }
    if (!r->method->traits.unweighted)
        return UNMIX_OK;
    return UM_ALLOC(r->cx, &r->fit.unweighted, um_product_size(capacity, r->problem.n_sources, 1), "exposures");
}

/* The D that the method divides by. */
static unmix_status method_D(run *r, const double **D)
{
    *D = r->problem.D;
    if (r->options->m_step == UNMIX_M_STEP_EXACT)
        return UNMIX_OK;
    if (!r->ones)
        UM_TRY(UM_ALLOC(r->cx, &r->ones, r->problem.n_sources, "em"));
    for (size_t j = 0; j < r->problem.n_sources; j++)
        r->ones[j] = 1.0;
    *D = r->ones;
    return UNMIX_OK;
}

/* A block of sparse samples may be larger than what a dense batch takes at once. */
static size_t dense_capacity(const run *r)
{
    const size_t fitting = um_batch_fitting(r->queue, &r->problem);
    return fitting < r->at_once ? fitting : r->at_once;
}

static unmix_status open_path(run *r, path_id id)
{
    path *p = &r->paths[id];
    const double *D = NULL;
    if (p->open)
        return UNMIX_OK;
    UM_TRY(method_D(r, &D));
    if (id == SPARSE)
        UM_TRY(um_batch_open_sparse(r->cx, &p->batch, r->queue, &r->problem, D, r->at_once));
    else
        UM_TRY(um_batch_open(r->cx, &p->batch, r->queue, &r->problem, D, dense_capacity(r)));
    UM_TRY(r->method->open(&p->batch, r->options, &p->state));
    p->open = 1;
    return UNMIX_OK;
}

/* A sample's own counts choose its path, so its result does not depend on which others are in the file. */
static path_id path_of(const run *r, size_t column)
{
    return !r->method->every_gene && um_batch_is_sparse(r->queue, &r->problem, r->cohort.nonzeros[column]) ? SPARSE
                                                                                                           : DENSE;
}

/* Fits those of the n columns that go through the path; `done` is the progress so far. */
static unmix_status fit_path(run *r, path_id id, size_t first, size_t n, double *done)
{
    const um_sums sums = {r->cohort.total + first, r->cohort.T + first};
    const double total = (double)r->cohort.n_used;
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (path_of(r, first + r->column[i]) == id)
            r->of_path[count++] = r->column[i];
    if (!count)
        return UNMIX_OK;
    UM_TRY(open_path(r, id));
    um_batch_load(&r->paths[id].batch, &r->cohort.block, r->of_path, count);
    const double share = (double)count / total;
    const double started = um_seconds();
    UM_TRY(r->method->fit(r->paths[id].state, &r->paths[id].batch, &sums, &r->fit, *done, share));
    um_detail(r->cx, "%s: %zu samples fitted in %.3f s", r->method->traits.name, count, um_seconds() - started);
    *done += share;
    return UNMIX_OK;
}

static unmix_status fit_block(run *r, size_t first, size_t n)
{
    double done = (double)r->n_done / (double)r->cohort.n_used;
    for (size_t c = 0; c < r->cohort.block.count; c++)
        r->fit.nll[c] = r->fit.gap[c] = NAN;
    for (path_id id = DENSE; id < PATHS; id++)
        UM_TRY(fit_path(r, id, first, n, &done));
    return UNMIX_OK;
}

/*
 * Never trust a device: the loss and the gap that it computed at the result must be those that the host computes in
 * double. In single precision yhat carries about M eps relative error, which moves the loss by at most that times the
 * counts, and sums of a tile about UM_RUN eps.
 */
static unmix_status check_device(run *r, const um_metrics *m, size_t column, const char *sample)
{
    const double unit = um_queue_real_size(r->queue) == sizeof(float) ? 1.2e-7 : 2.3e-16;
    const double M = (double)r->problem.n_sources;
    const double allowed = unit * (UM_RUN + 32.0 * M) * (m->total_counts * m->count_ratio + m->total_counts + m->nll) + 1e-3;
    const double nll = r->fit.nll[column], device_gap = r->fit.gap[column];
    const double gap = device_gap < 0.0 ? 0.0 : device_gap; /* eps of yhat leaves -1e-9 where yhat is small */
    const unmix_method_traits *gives = &r->method->traits;
    const int nll_right = !gives->nll || fabs(nll - m->nll) <= allowed;
    const int gap_right =
        !gives->gap || fabs(gap - m->gap) <= (UM_RUN + 4.0 * M) * unit + 1e-9; /* eps moves both sides */
    if (nll_right && gap_right)
        return UNMIX_OK;
    return UM_FAIL(r->cx, UNMIX_ERROR_WRONG_DEVICE,
                   "%s computes wrongly: the %s of sample '%s' is %.9g, but %.9g in double precision on the host; run `unmix "
                   "devices`, use another --device", um_queue_info(r->queue)->name, nll_right ? "gap" : "NLL", sample,
                   nll_right ? gap : nll, nll_right ? m->gap : m->nll);
}

/* The last word in double. Predicted counts are as large as the counts, so they are kept a few samples at a time. */
static unmix_status evaluate(run *r, size_t n)
{
    const size_t portion = r->options->predicted ? PREDICTED_AT_ONCE : n;
    for (size_t from = 0; from < n; from += portion) {
        const size_t some = n - from < portion ? n - from : portion;
        double *predicted = NULL;
        UM_TRY(um_result_predicted_rows(r->cx, r->result, r->n_done + from, some, &predicted));
        UM_TRY(um_evaluate(r->cx, &r->evaluator, &r->cohort.block, r->column + from, some, r->fit.E, r->metrics + from,
                           predicted));
        UM_TRY(um_result_keep_predicted(r->cx, r->result, some));
    }
    return UNMIX_OK;
}

static unmix_status collect(run *r, size_t n)
{
    const size_t M = r->problem.n_sources;
    for (size_t i = 0; i < n; i++)
        UM_TRY(um_trust(r->queue, r->fit.E + r->column[i] * M, M, "the exposures"));
    UM_TRY(evaluate(r, n));
    for (size_t i = 0; i < n; i++) {
        const size_t row = r->n_done + i, c = r->column[i];
        const um_metrics *metrics = &r->metrics[i];
        UM_TRY(check_device(r, metrics, c, um_name(&r->result->metrics.rows, row)));
        um_result_set_sample(r->result, row, r->fit.E + c * M, r->cell_size, metrics, r->fit.iterations[c],
                             r->fit.converged[c]);
        if (r->method->traits.variances)
            um_result_set_variances(r->result, row, r->fit.variance + c * M, r->fit.r2[c]);
        if (r->method->traits.unweighted)
            um_result_set_unweighted(r->result, row, r->fit.unweighted + c * M, r->cell_size);
        UM_TRY(um_result_judge(r->cx, r->result, row, &r->cohort, r->cohort.first + c, &r->method->traits));
        r->result->summary.certified += metrics->gap <= 1e-6;
        r->result->summary.converged += r->fit.converged[c] > 0.0;
        r->result->summary.largest_gap = fmax(r->result->summary.largest_gap, metrics->gap);
    }
    return UNMIX_OK;
}

static unmix_status form_intervals(run *r, size_t n)
{
    if (!r->options->errors && !r->options->bootstrap)
        return UNMIX_OK;
    UM_TRY(open_path(r, DENSE));
    if (!r->intervals.batch)
        UM_TRY(um_intervals_open(&r->paths[DENSE].batch, r->options, r->at_once, &r->intervals));
    const um_fitted fitted = {&r->cohort.block, r->column, n, r->fit.E, r->metrics, r->cell_size, r->n_done};
    return um_intervals_form(&r->intervals, &fitted, r->result);
}

static unmix_status run_block(run *r, size_t first, size_t count)
{
    size_t n = 0;
    for (size_t c = 0; c < count; c++)
        if (r->cohort.used[first + c])
            r->column[n++] = c;
    if (!n)
        return UNMIX_OK;
    UM_TRY(um_cohort_load(r->cx, &r->cohort, first, count));
    UM_TRY(fit_block(r, first, n));
    UM_TRY(collect(r, n));
    UM_TRY(form_intervals(r, n));
    r->n_done += n;
    return UNMIX_OK;
}

static unmix_status open_result(run *r)
{
    um_names samples = {0};
    unmix_status status = UNMIX_OK;
    const um_names *all = r->cohort.source->columns;
    for (size_t i = 0; i < all->count && status == UNMIX_OK; i++)
        if (r->cohort.used[i])
            status = um_names_add(r->cx, &samples, um_name(all, i), strlen(um_name(all, i)));
    if (status == UNMIX_OK)
        status = um_result_open(r->cx, r->result, &r->problem, &samples, &r->method->traits, r->options);
    um_names_clear(&samples);
    return status;
}

static const char *cell_size_text(const run *r)
{
    if (!r->cell_size)
        return "none";
    return r->options->cell_size_column_sums        ? "column-sums"
           : r->options->cell_size || !r->reference ? "given"
                                                    : "reference";
}

/* How the result was made. What changes with machine or folder goes into the record of the run, apart. */
static unmix_status describe(run *r, const um_matrix *signatures, const um_source *bulk, const um_gene_table *table)
{
    const unmix_deconvolve_options *o = r->options;
    const unmix_device_info *device = um_queue_info(r->queue);
    const unmix_summary *s = &r->result->summary;
    const char *residual = o->music_compat ? "weighted" : "plain";
    const struct {
        const char *key, *text;
    } texts[] = {
        {"version", unmix_version()},
        {"method", r->method->traits.name},
        {"residual", unmix_method_takes(&r->method->traits, "music-compat") ? residual : "none"},
        {"m_step", o->m_step == UNMIX_M_STEP_EXACT ? "exact" : "counts"},
        {"signature_units", o->units == UNMIX_UNITS_MOLECULES ? "molecules" : "reads"},
        {"cell_size", cell_size_text(r)},
        {"precision", um_queue_real_size(r->queue) == sizeof(double) ? "double" : "single"},
    };
    const unmix_fact facts[] = {
        {.key = "device", .text = device->name},
        {.key = "driver", .text = device->driver},
        {.key = "signatures", .text = signatures->origin},
        {.key = "bulk", .text = bulk->origin},
        {.key = "gene_info", .text = table ? table->origin : "none"},
    };
    const struct {
        const char *key;
        um_kind kind;
        double number;
    } numbers[] = {
        {"intercept", UM_BOOLEAN, o->intercept},
        {"insert_size", UM_REAL, o->insert_size},
        {"tolerance", UM_REAL, o->tolerance},
        {"max_iterations", UM_INTEGER, (double)o->max_iterations},
        {"l1", UM_REAL, o->l1},
        {"l2", UM_REAL, o->l2},
        {"learning_rate", UM_REAL, o->learning_rate},
        {"seed", UM_INTEGER, (double)o->seed},
        {"subjects", UM_INTEGER, r->reference ? (double)r->reference->n_subjects : 0.0},
        {"types_with_poisson_variance", UM_INTEGER, r->reference ? (double)r->reference->n_poisson : 0.0},
        {"genes", UM_INTEGER, (double)s->genes},
        {"genes_used", UM_INTEGER, (double)s->genes_used},
        {"types", UM_INTEGER, (double)s->types},
        {"samples", UM_INTEGER, (double)s->samples},
        {"samples_converged", UM_INTEGER, (double)s->converged},
        {"samples_left_out", UM_INTEGER, (double)(bulk->columns->count - s->samples)},
        {"samples_within_1e-6", UM_INTEGER, (double)s->certified},
        {"samples_fit_good", UM_INTEGER, (double)s->good},
        {"samples_fit_doubtful", UM_INTEGER, (double)s->doubtful},
        {"samples_fit_poor", UM_INTEGER, (double)s->poor},
        {"largest_gap", UM_REAL, s->largest_gap},
        {"signature_condition", UM_REAL, r->similarity.condition},
        {"signature_correlation", UM_REAL, r->similarity.correlation},
        {"bootstrap", UM_INTEGER, (double)o->bootstrap},
        {"r2", UM_REAL, s->r2},
        {"deviance_r2", UM_REAL, s->deviance_r2},
        {"mape", UM_REAL, s->mape},
        {"gene_correlation", UM_REAL, s->gene_correlation},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        UM_TRY(um_result_add_text(r->cx, r->result, texts[i].key, texts[i].text));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        UM_TRY(um_result_add_number(r->cx, r->result, numbers[i].key, numbers[i].kind, numbers[i].number));
    return um_result_record(r->cx, r->result, facts, sizeof facts / sizeof facts[0]);
}

static void summarise(run *r)
{
    unmix_summary *s = &r->result->summary;
    s->genes = r->problem.n_common;
    s->genes_used = r->problem.genes.count;
    s->types = r->problem.n_types;
    s->samples = r->n_done;
    um_result_count_fits(r->result);
    s->r2 = um_evaluator_r2(&r->evaluator);
    s->deviance_r2 = um_evaluator_deviance_r2(&r->evaluator);
    s->mape = um_evaluator_mape(&r->evaluator);
    s->gene_correlation = um_evaluator_gene_correlation(&r->evaluator);
}

/*
 * Samples in a block: it bounds the memory and changes no result. Dense samples take most, so one of them is enough to
 * make the blocks small.
 */
static size_t block_size(const run *r)
{
    const size_t N = r->cohort.source->columns->count;
    double nonzeros = 0.0;
    for (size_t i = 0; i < N; i++) {
        if (r->cohort.used[i] && path_of(r, i) == DENSE)
            return um_batch_fitting(r->queue, &r->problem);
        nonzeros += (double)r->cohort.nonzeros[i];
    }
    return um_batch_fitting_sparse(r->queue, &r->problem, nonzeros / (double)N);
}

static unmix_status deconvolve(run *r, const um_matrix *signatures, const um_source *bulk, const um_gene_table *table,
                               const double *cell_size)
{
    UM_TRY(um_problem_stage(r->cx, &r->problem, signatures, bulk, table, r->options));
    if (r->reference)
        UM_TRY(take_reference(r, cell_size));
    else
        UM_TRY(choose_cell_size(r, signatures, cell_size));
    r->problem.cell_size = r->cell_size;
    UM_TRY(um_similarity_measure(r->cx, &r->problem, &r->similarity));
    UM_TRY(um_queue_open(r->cx, r->device, &r->queue));

    const size_t N = bulk->columns->count, reading = um_batch_fitting(r->queue, &r->problem);
    UM_TRY(um_cohort_open(r->cx, &r->cohort, bulk, &r->problem, r->options, reading < N ? reading : N));
    const size_t fitting = block_size(r);
    r->at_once = fitting < N ? fitting : N;
    UM_TRY(open_result(r));
    UM_TRY(open_block_arrays(r, r->at_once));
    UM_TRY(um_evaluator_open(r->cx, &r->evaluator, &r->problem));
    for (size_t first = 0; first < N; first += r->at_once)
        UM_TRY(run_block(r, first, N - first < r->at_once ? N - first : r->at_once));
    if (r->intervals.n_without_errors)
        um_note(r->cx, "no standard errors for %zu of %zu samples, whose gap is above %g", r->intervals.n_without_errors,
                r->n_done, UM_ERRORS_GAP);
    summarise(r);
    UM_TRY(describe(r, signatures, bulk, table));
    return um_result_view(r->cx, r->result);
}

unmix_status um_deconvolve(unmix_context *cx, unmix_device *device, const um_matrix *signatures, const um_source *bulk,
                           const um_gene_table *table, const double *cell_size, const um_cell_reference *reference,
                           const unmix_deconvolve_options *options, um_result *result)
{
    const um_method *method = um_method_for(options->method);
    unmix_deconvolve_options complete = *options;
    if (!(complete.tolerance > 0.0))
        complete.tolerance = method->traits.tolerance[unmix_device_get_precision(device)];
    if (!complete.max_iterations)
        complete.max_iterations = method->traits.max_iterations;
    complete.errors = complete.errors && method->traits.errors;
    complete.intercept = complete.intercept && method->traits.intercept;
    run r = {
        .cx = cx, .device = device, .options = &complete, .method = method, .reference = reference, .result = result};
    const unmix_status status = deconvolve(&r, signatures, bulk, table, cell_size);
    run_clear(&r);
    if (status != UNMIX_OK)
        um_result_clear(result);
    return status;
}
