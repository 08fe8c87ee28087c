#include "deconvolve/deconvolve.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/cohort.h"
#include "deconvolve/solver.h"

typedef struct run {
    unmix_context *cx;
    unmix_device *device;
    const unmix_deconvolve_options *options;
    um_queue *queue;
    um_problem problem;
    um_cohort cohort;
    um_batch batch;
    const um_solver *solver;
    void *state;        /* of the solver */
    double *ones;       /* M: the D of the M-step that counts reads */
    double *cell_size;  /* C, or NULL */
    um_totals totals;
    /* For one block: */
    size_t *column;     /* columns of the block that take part */
    um_fit fit;
    um_result *result;
    size_t n_done;
} run;

static void run_clear(run *r)
{
    um_problem_clear(&r->problem);
    um_cohort_clear(&r->cohort);
    um_batch_clear(&r->batch);
    r->solver->close(r->state);
    um_totals_clear(&r->totals);
    free(r->ones);
    free(r->cell_size);
    free(r->column);
    free(r->fit.E);
    free(r->fit.nll);
    free(r->fit.gap);
    free(r->fit.iterations);
    free(r->fit.converged);
}

static unmix_status refuse_intercept_as_type(unmix_context *cx, const um_matrix *signatures, int intercept)
{
    for (size_t j = 0; intercept && j < signatures->columns.count; j++)
        if (strcmp(um_name(&signatures->columns, j), "intercept") == 0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: a type is called 'intercept', the name of the background; rename it or use --no-intercept",
                           signatures->origin);
    return UNMIX_OK;
}

static unmix_status refuse_repeated_types(unmix_context *cx, const um_matrix *signatures)
{
    for (size_t a = 0; a < signatures->columns.count; a++)
        for (size_t b = 0; b < a; b++)
            if (strcmp(um_name(&signatures->columns, a), um_name(&signatures->columns, b)) == 0)
                return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: type '%s' stands in column %zu and again in column %zu; rename one",
                               signatures->origin, um_name(&signatures->columns, a), b + 1, a + 1);
    return UNMIX_OK;
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

static unmix_status open_block_arrays(run *r, size_t capacity)
{
    UM_TRY(UM_ALLOC(r->cx, &r->column, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.E, um_product_size(capacity, r->problem.n_sources, 1), "exposures"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.nll, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.gap, capacity, "samples"));
    UM_TRY(UM_ALLOC(r->cx, &r->fit.iterations, capacity, "samples"));
    return UM_ALLOC(r->cx, &r->fit.converged, capacity, "samples");
}

/* The D that the method divides by. */
static unmix_status method_D(run *r, const double **D)
{
    *D = r->problem.D;
    if (r->options->m_step == UNMIX_M_STEP_EXACT)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(r->cx, &r->ones, r->problem.n_sources, "em"));
    for (size_t j = 0; j < r->problem.n_sources; j++)
        r->ones[j] = 1.0;
    *D = r->ones;
    return UNMIX_OK;
}

static unmix_status open_method(run *r, size_t capacity)
{
    const double *D = NULL;
    UM_TRY(method_D(r, &D));
    UM_TRY(um_batch_open(r->cx, &r->batch, r->queue, &r->problem, D, capacity));
    return r->solver->open(&r->batch, r->options, &r->state);
}

static unmix_status fit_block(run *r, size_t first, size_t n)
{
    const double total = (double)r->cohort.n_used;
    const double done = (double)r->n_done / total, share = (double)n / total;
    um_batch_load(&r->batch, &r->cohort.block, r->column, n);
    const um_sums sums = {r->cohort.total + first, r->cohort.T + first};
    for (size_t c = 0; c < r->cohort.block.count; c++)
        r->fit.nll[c] = r->fit.gap[c] = NAN;
    return r->solver->fit(r->state, &r->batch, &sums, &r->fit, done, share);
}

/*
 * Never trust a device: the loss and the gap that it computed at the result must be those that the host computes in
 * double. In single precision yhat carries about M eps relative error, which moves the loss by at most that times the
 * counts, and sums of a tile about 256 eps.
 */
static unmix_status check_device(run *r, const um_metrics *m, size_t column, const char *sample)
{
    const double unit = um_queue_real_size(r->queue) == sizeof(float) ? 1.2e-7 : 2.3e-16;
    const double M = (double)r->problem.n_sources;
    const double allowed = 32.0 * unit * M * (m->total_counts * m->count_ratio + m->total_counts + m->nll) + 1e-3;
    const double nll = r->fit.nll[column], gap = r->fit.gap[column];
    const int nll_right = isnan(nll) || fabs(nll - m->nll) <= allowed;
    const int gap_right = isnan(gap) || fabs(gap - m->gap) <= (256.0 + 4.0 * M) * unit + 1e-9; /* eps moves both sides */
    if (nll_right && gap_right)
        return UNMIX_OK;
    return UM_FAIL(r->cx, UNMIX_ERROR_WRONG_DEVICE,
                   "%s computes wrongly: the %s of sample '%s' is %.9g, but %.9g in double precision on the host; run `unmix "
                   "devices`, use another --device", um_queue_info(r->queue)->name, nll_right ? "gap" : "NLL", sample,
                   nll_right ? gap : nll, nll_right ? m->gap : m->nll);
}

static unmix_status collect_lanes(run *r, size_t from, size_t n)
{
    const size_t M = r->problem.n_sources;
    const double *E[UM_EVALUATE_LANES] = {0};
    double *predicted[UM_EVALUATE_LANES] = {0};
    um_metrics metrics[UM_EVALUATE_LANES];
    for (size_t i = 0; i < n; i++)
        E[i] = r->fit.E + r->column[from + i] * M;
    UM_TRY(um_result_predicted_rows(r->cx, r->result, r->n_done + from, n, predicted));
    UM_TRY(um_evaluate(r->cx, &r->problem, &r->cohort.block, r->column + from, n, E, metrics, &r->totals, predicted));
    UM_TRY(um_result_keep_predicted(r->cx, r->result, n));
    for (size_t i = 0; i < n; i++) {
        const size_t row = r->n_done + from + i, c = r->column[from + i];
        UM_TRY(check_device(r, &metrics[i], c, um_name(&r->result->metrics.rows, row)));
        um_result_set_sample(r->result, row, E[i], r->cell_size, &metrics[i], r->fit.iterations[c], r->fit.converged[c]);
        r->result->summary.converged += r->fit.converged[c] > 0.0;
        r->result->summary.largest_gap = fmax(r->result->summary.largest_gap, metrics[i].gap);
    }
    return UNMIX_OK;
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
    for (size_t from = 0; from < n; from += UM_EVALUATE_LANES)
        UM_TRY(collect_lanes(r, from, n - from < UM_EVALUATE_LANES ? n - from : UM_EVALUATE_LANES));
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
        status = um_result_open(r->cx, r->result, &r->problem, &samples, r->options);
    um_names_clear(&samples);
    return status;
}

static const char *cell_size_text(const run *r)
{
    return !r->cell_size ? "none" : r->options->cell_size_column_sums ? "column-sums" : "given";
}

/* How the result was made: nothing that changes from run to run, so the same input gives the same bytes. */
static unmix_status describe(run *r, const um_matrix *signatures, const um_source *bulk, const um_gene_table *table)
{
    const unmix_deconvolve_options *o = r->options;
    const unmix_device_info *device = um_queue_info(r->queue);
    const unmix_summary *s = &r->result->summary;
    const struct {
        const char *key, *text;
    } texts[] = {
        {"version", unmix_version()},
        {"method", r->solver->name},
        {"m_step", o->m_step == UNMIX_M_STEP_EXACT ? "exact" : "counts"},
        {"signature_units", o->units == UNMIX_UNITS_MOLECULES ? "molecules" : "reads"},
        {"cell_size", cell_size_text(r)},
        {"signatures", signatures->origin},
        {"bulk", bulk->origin},
        {"gene_info", table ? table->origin : "none"},
        {"device", device->name},
        {"driver", device->driver},
        {"precision", um_queue_real_size(r->queue) == sizeof(double) ? "double" : "single"},
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
        {"genes", UM_INTEGER, (double)s->genes},
        {"genes_used", UM_INTEGER, (double)s->genes_used},
        {"types", UM_INTEGER, (double)s->types},
        {"samples", UM_INTEGER, (double)s->samples},
        {"samples_converged", UM_INTEGER, (double)s->converged},
        {"samples_left_out", UM_INTEGER, (double)(bulk->columns->count - s->samples)},
        {"largest_gap", UM_REAL, s->largest_gap},
        {"r2", UM_REAL, s->r2},
        {"deviance_r2", UM_REAL, s->deviance_r2},
        {"mape", UM_REAL, s->mape},
        {"gene_correlation", UM_REAL, s->gene_correlation},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        UM_TRY(um_result_add_text(r->cx, r->result, texts[i].key, texts[i].text));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        UM_TRY(um_result_add_number(r->cx, r->result, numbers[i].key, numbers[i].kind, numbers[i].number));
    return UNMIX_OK;
}

static void summarise(run *r)
{
    unmix_summary *s = &r->result->summary;
    s->genes = r->problem.n_common;
    s->genes_used = r->problem.genes.count;
    s->types = r->problem.n_types;
    s->samples = r->n_done;
    s->r2 = um_totals_r2(&r->totals);
    s->deviance_r2 = um_totals_deviance_r2(&r->totals);
    s->mape = um_totals_mape(&r->totals);
    s->gene_correlation = um_totals_gene_correlation(&r->totals);
}

static unmix_status deconvolve(run *r, const um_matrix *signatures, const um_source *bulk, const um_gene_table *table,
                               const double *cell_size)
{
    UM_TRY(refuse_repeated_types(r->cx, signatures));
    UM_TRY(refuse_intercept_as_type(r->cx, signatures, r->options->intercept));
    UM_TRY(um_problem_stage(r->cx, &r->problem, signatures, bulk, table, r->options));
    UM_TRY(choose_cell_size(r, signatures, cell_size));
    r->queue = um_queue_begin(r->device, r->cx);
    UM_TRY(um_queue_status(r->queue));

    const size_t N = bulk->columns->count, fitting = um_batch_fitting(r->queue, &r->problem);
    const size_t at_once = fitting < N ? fitting : N;
    UM_TRY(um_cohort_open(r->cx, &r->cohort, bulk, &r->problem, r->options, at_once));
    UM_TRY(open_result(r));
    UM_TRY(open_block_arrays(r, at_once));
    UM_TRY(um_totals_open(r->cx, &r->totals, r->problem.genes.count));
    UM_TRY(open_method(r, at_once));
    for (size_t first = 0; first < N; first += at_once)
        UM_TRY(run_block(r, first, N - first < at_once ? N - first : at_once));
    summarise(r);
    UM_TRY(describe(r, signatures, bulk, table));
    return um_result_view(r->cx, r->result);
}

unmix_status um_deconvolve(unmix_context *cx, unmix_device *device, const um_matrix *signatures, const um_source *bulk,
                           const um_gene_table *table, const double *cell_size, const unmix_deconvolve_options *options,
                           um_result *result)
{
    const um_solver *solver = um_solver_for(options->method);
    unmix_deconvolve_options complete = *options;
    if (!(complete.tolerance > 0.0))
        complete.tolerance = um_default_tolerance(options->method, unmix_device_get_precision(device));
    if (!complete.max_iterations)
        complete.max_iterations = solver->default_max_iterations;
    run r = {.cx = cx, .device = device, .options = &complete, .solver = solver, .result = result};
    const unmix_status status = deconvolve(&r, signatures, bulk, table, cell_size);
    run_clear(&r);
    if (status != UNMIX_OK)
        um_result_clear(result);
    return status;
}
