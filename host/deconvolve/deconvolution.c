#include "deconvolve/deconvolution.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/certify/remarks.h"
#include "deconvolve/certify/similarity.h"
#include "deconvolve/certify/verdict.h"
#include "deconvolve/certify/verdict_types.h"
#include "deconvolve/crew.h"
#include "deconvolve/plan.h"
#include "deconvolve/problem/deviations.h"
#include "deconvolve/problem/signature_scale.h"

typedef struct run {
    unmix_context *cx;
    unmix_device *device;
    unmix_deconvolve_options *options; /* complete: no default is left open */
    const um_method *method;
    um_problem problem;
    um_cohort cohort;
    um_similarity similarity;
    double *ones;       /* M: the D of the M-step that counts reads */
    double *cell_size;  /* C, or NULL */
    const char *proportions_of; /* NULL until it is known */
    um_deviation_origin *origin; /* C: what the intervals know of the reference of a type */
    const um_cell_reference *reference; /* whose basis the signatures are; NULL: other signatures */
    um_evaluator evaluator;
    um_job job;
    um_result *result;
} run;

typedef struct inputs {
    const um_matrix *signatures;
    const um_matrix *profiles;  /* NULL: none */
    const um_source *bulk;
    const um_gene_table *table; /* NULL: none */
    const double *cell_size;    /* NULL: none given */
} inputs;

static void run_clear(run *r)
{
    um_problem_clear(&r->problem);
    um_cohort_clear(&r->cohort);
    um_evaluator_close(&r->evaluator);
    (void)pthread_mutex_destroy(&r->job.lock);
    (void)pthread_cond_destroy(&r->job.changed);
    free(r->job.portion);
    free(r->ones);
    free(r->cell_size);
    free(r->origin);
}

/*
 * Whether the sums of the signatures' columns are used, by what the whole file says, and what proportions are of then. It is
 * said where it changes something.
 */
static unmix_status settle_scale(run *r, const inputs *in)
{
    unmix_deconvolve_options *o = r->options;
    const int differ = um_sums_differ(r->problem.sum, r->problem.n_types);
    const um_scale_evidence sums = um_signature_sums(in->signatures, r->problem.n_common, in->bulk->rows->count);
    if (o->signature_scale == UNMIX_SIGNATURE_SCALE_COLUMNS && !differ && !in->cell_size && r->problem.n_types > 1)
        return UM_FAIL(r->cx, UNMIX_ERROR_INPUT,
                       "%s: all signature columns add up to %g over the genes in common, so --signature-scale columns has nothing "
                       "to go by; give unscaled signatures, or --cell-size a file of cell sizes", in->signatures->origin, r->problem.sum[0]);
    if (o->signature_scale == UNMIX_SIGNATURE_SCALE_DETECT) {
        o->signature_scale = um_signature_scale_of(sums);
        if (differ)
            um_note(r->cx, "%s: %s", in->signatures->origin, um_signature_scale_words(sums));
    }
    r->proportions_of = in->cell_size                                            ? "cells"
                        : o->signature_scale == UNMIX_SIGNATURE_SCALE_COLUMNS ? um_sums_proportions_of(sums)
                                                                              : "RNA";
    return UNMIX_OK;
}

/* What divides the exposures before they become proportions: the sums that the columns had, sizes that were given. */
static unmix_status choose_cell_size(run *r, const inputs *in)
{
    const double *given = in->cell_size;
    const size_t C = r->problem.n_types;
    if (!r->proportions_of) /* staged for the second time, it is settled */
        UM_TRY(settle_scale(r, in));
    const int sums = r->options->signature_scale == UNMIX_SIGNATURE_SCALE_COLUMNS && um_sums_differ(r->problem.sum, C);
    if (!given && !sums)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(r->cx, &r->cell_size, C, "cell sizes"));
    for (size_t j = 0; j < C; j++)
        r->cell_size[j] = (given ? given[j] : 1.0) * (sums ? r->problem.sum[j] : 1.0);
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
    r->options->signature_scale = UNMIX_SIGNATURE_SCALE_NONE; /* the reference says what its sums are */
    r->proportions_of = "cells";
    return UNMIX_OK;
}

/* The D that the method divides by. */
static unmix_status method_D(run *r, const double **D)
{
    *D = r->problem.D;
    if (r->options->m_step != UNMIX_M_STEP_COUNTS)
        return UNMIX_OK;
    if (!r->ones)
        UM_TRY(UM_ALLOC(r->cx, &r->ones, r->problem.n_sources, "em"));
    for (size_t j = 0; j < r->problem.n_sources; j++)
        r->ones[j] = 1.0;
    *D = r->ones;
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
    r->result->unmatched = r->problem.unmatched;
    r->problem.unmatched = (um_unmatched){0};
    return status;
}

static const char *cell_size_text(const run *r)
{
    return r->options->cell_size ? "given" : r->reference ? "reference" : "none";
}

/* Each name and driver once, in the order of the devices. */
static void name_devices(const unmix_device *device, char *name, char *driver, size_t size)
{
    name[0] = driver[0] = '\0';
    for (size_t i = 0; i < unmix_device_count(device); i++) {
        const unmix_device_info *info = unmix_device_get_info_of(device, i);
        size_t alike = 0;
        while (!um_device_is_alike(device, alike, i))
            alike++;
        if (alike < i)
            continue;
        const size_t names = strlen(name), drivers = strlen(driver);
        (void)snprintf(name + names, size - names, "%s%s", names ? ", " : "", info->name);
        (void)snprintf(driver + drivers, size - drivers, "%s%s", drivers ? ", " : "", info->driver);
    }
}

/* How the result was made. What changes with machine or folder goes into the record of the run, apart. */
static unmix_status describe(run *r, const um_matrix *signatures, const um_source *bulk, const um_gene_table *table)
{
    const unmix_deconvolve_options *o = r->options;
    char name[512], driver[512], intervals[40];
    um_deviations_text(r->origin, r->problem.n_types, !o->errors                                    ? "none"
                                                            : o->intervals == UNMIX_INTERVALS_FULL ? "genes, misfit"
                                                                                                   : "genes", intervals, sizeof intervals);
    name_devices(r->device, name, driver, sizeof name);
    const unmix_summary *s = &r->result->summary;
    static const char *const m_step[] = {"exact", "counts", "lengths"};
    const char *residual = o->music_compat ? "weighted" : "plain";
    const struct {
        const char *key, *text;
    } texts[] = {
        {"version", unmix_version()},
        {"method", r->method->traits.name},
        {"residual", unmix_method_takes(&r->method->traits, "music-compat") ? residual : "none"},
        {"m_step", m_step[o->m_step]},
        {"stop", o->stop == UNMIX_STOP_EACH ? "each" : "together"},
        {"bulk_units", um_bulk_units_name(o->bulk_units)},
        {"signature_units", o->units == UNMIX_UNITS_MOLECULES ? "molecules" : "reads"},
        {"gene_weighting", o->gene_weighting == UNMIX_GENE_WEIGHTING_SPECIFICITY ? "specificity" : "none"},
        {"signature_scale", um_signature_scale_name(o->signature_scale)},
        {"cell_size", cell_size_text(r)},
        {"proportions_of", r->proportions_of},
        {"intervals", intervals},
        {"precision", unmix_device_get_precision(r->device) == UNMIX_DOUBLE ? "double" : "single"},
    };
    const unmix_fact facts[] = {
        {.key = "device", .text = name},
        {.key = "driver", .text = driver},
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
        {"start_exposure", UM_REAL, o->start_exposure},
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
        {"samples_with_inseparable_types", UM_INTEGER, (double)s->inseparable},
        {"largest_gap", UM_REAL, s->largest_gap},
        {"signature_condition", UM_REAL, r->similarity.condition},
        {"signature_correlation", UM_REAL, r->similarity.correlation},
        {"bootstrap", UM_INTEGER, (double)o->bootstrap},
        {"permutations", UM_INTEGER, (double)o->permutations},
        {"r2", UM_REAL, s->r2},
        {"deviance_r2", UM_REAL, s->deviance_r2},
        {"mape", UM_REAL, s->mape},
        {"gene_correlation", UM_REAL, s->gene_correlation},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        UM_TRY(um_result_add_text(r->cx, r->result, texts[i].key, texts[i].text));
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        UM_TRY(um_result_add_number(r->cx, r->result, numbers[i].key, numbers[i].kind, numbers[i].number));
    if (r->result->inseparable.values)
        UM_TRY(um_result_add_frame(r->cx, r->result, "inseparable", &r->result->inseparable));
    return um_result_record(r->cx, r->result, facts, sizeof facts / sizeof facts[0]);
}

static void summarise(run *r)
{
    unmix_summary *s = &r->result->summary;
    s->genes = r->problem.n_common;
    s->genes_used = r->problem.genes.count;
    s->types = r->problem.n_types;
    s->bulk_units = r->options->bulk_units;
    s->signature_scale = r->options->signature_scale;
    s->proportions_of = r->proportions_of;
    s->samples = r->cohort.n_used;
    um_result_count_fits(r->result);
    um_result_count_types(r->result);
    s->r2 = um_evaluator_r2(&r->evaluator);
    s->deviance_r2 = um_evaluator_deviance_r2(&r->evaluator);
    s->mape = um_evaluator_mape(&r->evaluator);
    s->gene_correlation = um_evaluator_gene_correlation(&r->evaluator);
}

/* Columns that are read together when the cohort is looked at. */
static unmix_status read_together(run *r, size_t *columns)
{
    um_queue *queue = NULL;
    UM_TRY(um_queue_open_counting(r->cx, r->device, 0, &queue));
    *columns = um_batch_fitting(queue, &r->problem);
    um_queue_close(queue);
    return UNMIX_OK;
}

static unmix_status fit_all(run *r)
{
    const size_t N = r->cohort.source->columns->count, size = r->options->stop == UNMIX_STOP_TOGETHER ? 1 : um_crew_size(r->cx, r->device, N);
    size_t n_without_errors = 0;
    um_job *job = &r->job;
    job->device = r->device;
    job->options = r->options;
    job->method = r->method;
    job->problem = &r->problem;
    job->cell_size = r->cell_size;
    job->cohort = &r->cohort;
    job->evaluator = &r->evaluator;
    job->result = r->result;
    UM_TRY(method_D(r, &job->D));
    UM_TRY(um_plan_blocks(r->cx, job, size));
    um_detail(r->cx, "%zu blocks of %zu samples for %zu workers", job->n_portions, job->at_once, size);
    UM_TRY(um_evaluator_open(r->cx, &r->evaluator, &r->problem));
    UM_TRY(um_crew_run(r->cx, job, size < job->n_portions ? size : job->n_portions, &n_without_errors));
    if (n_without_errors)
        um_note(r->cx, "no standard errors for %zu of %zu samples, whose gap is above %g", n_without_errors,
                r->cohort.n_used, UM_ERRORS_GAP);
    return UNMIX_OK;
}

/* What the intervals go by, where they want a reference and there are profiles. */
static unmix_status take_profiles(run *r, const inputs *in)
{
    if (!r->options->errors || r->options->intervals == UNMIX_INTERVALS_GENE || !in->profiles || !in->profiles->columns.count)
        return UNMIX_OK;
    free(r->origin);
    r->origin = NULL;
    UM_TRY(UM_ALLOC(r->cx, &r->origin, r->problem.n_types, "intervals"));
    return um_problem_take_profiles(r->cx, &r->problem, in->signatures, in->profiles, r->origin);
}

static unmix_status stage(run *r, const inputs *in)
{
    um_problem_clear(&r->problem);
    free(r->cell_size);
    r->cell_size = NULL;
    UM_TRY(um_problem_stage(r->cx, &r->problem, in->signatures, in->bulk, in->table, r->options));
    if (r->reference)
        UM_TRY(take_reference(r, in->cell_size));
    else
        UM_TRY(choose_cell_size(r, in));
    r->problem.cell_size = r->cell_size;
    return take_profiles(r, in);
}

/* What the bulk counts is known when it was read once, and decides whether lengths apply (units.h). */
static unmix_status settle_units(run *r, const inputs *in)
{
    unmix_deconvolve_options *o = r->options;
    const um_bulk_look *look = &r->cohort.look;
    const int lengths = in->table && in->table->length, detected = o->bulk_units == UNMIX_BULK_DETECT;
    if (detected)
        o->bulk_units = um_bulk_units_of(look);
    if (o->m_step == UNMIX_M_STEP_COUNTS)
        return UNMIX_OK;
    um_tell_units(r->cx, in->bulk->origin, o, detected, lengths);
    if (!detected || !lengths)
        return UNMIX_OK;
    if (um_may_be_fpkm(look) && o->units == UNMIX_UNITS_MOLECULES)
        um_warn(r->cx, "%s: values are not whole and no sample adds up to more than %.3g: FPKM? they have lengths in them already: "
                       "--bulk-units fpkm; taken as reads", in->bulk->origin, look->most);
    const int as_staged = um_has_lengths(o->bulk_units);
    return as_staged ? UNMIX_OK : stage(r, in);
}

static unmix_status deconvolve(run *r, const inputs *in)
{
    const um_source *bulk = in->bulk;
    UM_TRY(stage(r, in));
    const size_t N = bulk->columns->count;
    size_t reading = 0;
    UM_TRY(read_together(r, &reading));
    UM_TRY(um_cohort_open(r->cx, &r->cohort, bulk, &r->problem, r->options, reading < N ? reading : N));
    UM_TRY(settle_units(r, in));
    if (r->options->errors && r->options->intervals != UNMIX_INTERVALS_GENE)
        UM_TRY(um_deviations_tell(r->cx, &r->problem.types, r->origin, r->options->intervals == UNMIX_INTERVALS_REFERENCE));
    UM_TRY(um_similarity_measure(r->cx, &r->problem, &r->similarity));
    UM_TRY(open_result(r));
    UM_TRY(fit_all(r));
    summarise(r);
    UM_TRY(um_result_make_remarks(r->cx, r->result));
    UM_TRY(describe(r, in->signatures, bulk, in->table));
    return um_result_view(r->cx, r->result);
}

unmix_status um_deconvolve(unmix_context *cx, unmix_device *device, const um_matrix *signatures,
                           const um_matrix *profiles, const um_source *bulk,
                           const um_gene_table *table, const double *cell_size, const um_cell_reference *reference,
                           const unmix_deconvolve_options *options, um_result *result)
{
    const um_method *method = um_method_for(options->method);
    unmix_deconvolve_options complete = *options;
    if (!(complete.tolerance > 0.0))
        complete.tolerance = method->own_tolerance ? method->own_tolerance(options)
                                                   : method->traits.tolerance[unmix_device_get_precision(device)];
    if (!complete.max_iterations)
        complete.max_iterations = method->traits.max_iterations;
    complete.errors = complete.errors && method->traits.errors;
    complete.intercept = complete.intercept && method->traits.intercept;
    run r = {
        .cx = cx, .device = device, .options = &complete, .method = method, .reference = reference, .result = result};
    (void)pthread_mutex_init(&r.job.lock, NULL);
    (void)pthread_cond_init(&r.job.changed, NULL);
    const inputs in = {signatures, profiles, bulk, table, cell_size};
    const unmix_status status = deconvolve(&r, &in);
    run_clear(&r);
    if (status != UNMIX_OK)
        um_result_clear(result);
    return status;
}
