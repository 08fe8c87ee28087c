/* unmix_nmf(): prepares the cells, fits, and puts the result together. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_programs.h"
#include "core/memory.h"
#include "core/repeated.h"
#include "io/read.h"
#include "io/text/table.h"
#include "programs/nmf/loss.h"

typedef struct job {
    unmix_context *cx;
    unmix_device *device;
    const um_source *source;
    const unmix_nmf_options *options;
    um_factorise_options factorise;
    um_prepared prepared;
    um_factorised fit;
    unmix_programs *result;
} job;

/* ---- Given programs ---- */

/* H from genes x programs, for the genes that take part. */
static unmix_status take_given(job *j)
{
    const um_matrix *given = &j->options->programs->matrix;
    const size_t k = given->columns.count, m = j->prepared.n_genes;
    j->factorise.nmf.components = k;
    UM_TRY(um_factorised_allocate(j->cx, &j->fit, j->prepared.X.rows, m, k));
    for (size_t g = 0; g < m; g++)
        for (size_t t = 0; t < k; t++)
            j->fit.factors.H[t * m + g] = um_row(given, j->prepared.wanted[g])[t];
    for (size_t t = 0; t < k; t++) {
        double sum = 0;
        for (size_t g = 0; g < m; g++)
            sum += j->fit.factors.H[t * m + g];
        if (!(sum > 0))
            return UM_FAIL(j->cx, UNMIX_ERROR_INPUT, "%s: program '%s' is zero for every gene that the cells have",
                           given->origin ? given->origin : "programs", um_name(&given->columns, t));
    }
    return UNMIX_OK;
}

static unmix_status fit_given(job *j)
{
    UM_TRY(take_given(j));
    UM_TRY(um_factorise_usages(j->cx, j->device, &j->prepared.data, &j->factorise.nmf, &j->fit));
    return j->options->start_from_programs
               ? um_factorise_from(j->cx, j->device, &j->prepared.data, &j->factorise.nmf, &j->fit)
               : UNMIX_OK;
}

/* ---- Several numbers of programs ---- */

static unmix_status keep_ranks(job *j, const um_sweep_look *look, size_t numbers)
{
    static const char *const columns[] = {"iterations", "loss", "error", "stability", "held_out", "held_out_se"};
    um_matrix *ranks = &j->result->ranks.matrix;
    for (size_t i = 0; i < numbers; i++) {
        char name[24];
        const int length = snprintf(name, sizeof name, "%zu", look[i].components);
        UM_TRY(um_names_add(j->cx, &ranks->rows, name, (size_t)length));
    }
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++)
        UM_TRY(um_names_add(j->cx, &ranks->columns, columns[c], strlen(columns[c])));
    UM_TRY(um_matrix_allocate(j->cx, ranks));
    for (size_t i = 0; i < numbers; i++) {
        const double row[] = {(double)look[i].iterations, look[i].loss,     look[i].error,
                              look[i].stability,          look[i].held_out, look[i].held_out_se};
        memcpy(um_row(ranks, i), row, sizeof row);
    }
    return UNMIX_OK;
}

static void give_reason(job *j, const um_sweep_options *o, const um_sweep_look *look, size_t best, size_t numbers)
{
    size_t least = 0;
    for (size_t i = 1; i < numbers; i++)
        if (look[i].held_out < look[least].held_out)
            least = i;
    if (!o->repeats && !o->resamples)
        (void)snprintf(j->result->reason, sizeof j->result->reason,
                       "%zu programs: the smallest number, since neither stability nor held out entries were asked for",
                       look[best].components);
    else if (!o->repeats)
        (void)snprintf(j->result->reason, sizeof j->result->reason, "%zu programs: the most stable (mean silhouette %.3f)",
                       look[best].components, look[best].stability);
    else if (least == best)
        (void)snprintf(j->result->reason, sizeof j->result->reason,
                       "%zu programs: held out entries are predicted best (mean loss %.5g); stability %.3f",
                       look[best].components, look[best].held_out, look[best].stability);
    else
        (void)snprintf(j->result->reason, sizeof j->result->reason,
                       "%zu programs: the fewest that predict held out entries as well as the best, %zu (mean loss %.5g "
                       "against %.5g, standard error of the difference %.2g); stability %.3f",
                       look[best].components, look[least].components, look[best].held_out, look[least].held_out,
                       look[best].held_out_se, look[best].stability);
}

static unmix_status fit_range(job *j)
{
    const unmix_nmf_options *options = j->options;
    const size_t numbers = options->last_components - options->components + 1;
    um_sweep_options o;
    um_sweep_look *look = NULL;
    um_factorised *fits = NULL;
    size_t best = 0;
    unmix_status status;
    um_sweep_options_init(&o);
    o.factorise = j->factorise;
    o.first = options->components;
    o.last = options->last_components;
    o.resamples = options->resamples;
    o.fraction = options->resample_fraction;
    o.repeats = options->masks;
    o.held_out = options->held_out;
    o.seed = options->seed;
    UM_TRY_GOTO(status, done, UM_ALLOC(j->cx, &look, numbers, "numbers of programs"));
    UM_TRY_GOTO(status, done, UM_ALLOC(j->cx, &fits, numbers, "numbers of programs"));
    UM_TRY_GOTO(status, done, um_sweep(j->cx, j->device, &j->prepared.data, &o, look, &best, fits));
    UM_TRY_GOTO(status, done, keep_ranks(j, look, numbers));
    give_reason(j, &o, look, best, numbers);
    j->fit = fits[best];
    fits[best] = (um_factorised){0};
done:
    for (size_t i = 0; fits && i < numbers; i++)
        um_factorised_clear(&fits[i]);
    free(fits);
    free(look);
    return status;
}

/* ---- All together ---- */

static unmix_status fit(job *j)
{
    if (j->options->programs)
        return fit_given(j);
    if (j->options->last_components > j->options->components)
        return fit_range(j);
    return um_factorise(j->cx, j->device, &j->prepared.data, &j->factorise, &j->fit);
}

static unmix_status prepare(job *j)
{
    um_batches batches = {0};
    um_prepare_options o;
    unmix_status status = um_prepare_options_of(j->cx, &j->options->cells, j->source->columns->count, &batches, &o);
    if (j->options->programs) {
        const um_matrix *const given = &j->options->programs->matrix;
        o.wanted = &given->rows;
        if (status == UNMIX_OK)
            status = um_refuse_repeated(j->cx, given->origin ? given->origin : "programs", "gene", &given->rows,
                                        given->first_line, "every gene may be there once");
    }
    if (status == UNMIX_OK)
        status = um_prepare_cells(j->cx, j->source, &o, &j->prepared);
    um_batches_clear(&batches);
    if (status == UNMIX_OK)
        um_prepared_tell(j->cx, &j->prepared, j->factorise.nmf.loss);
    return status == UNMIX_OK ? um_prepared_check(j->cx, &j->prepared, &j->factorise.nmf) : status;
}

static int all_zero(const um_matrix *factor)
{
    for (size_t i = 0; i < factor->rows.count * factor->columns.count; i++)
        if (factor->values[i] > 0)
            return 0;
    return 1;
}

static unmix_status put_together(job *j)
{
    unmix_programs *r = j->result;
    double nothing = 0;
    um_programs_put_common(r, j->device, j->options, &j->prepared);
    UM_TRY(um_programs_record_origin(j->cx, r, j->device, j->source));
    UM_TRY(um_programs_take_genes(j->cx, r, &j->prepared));
    UM_TRY(um_programs_take_fit(j->cx, r, &j->prepared, &j->fit));
    UM_TRY(um_nmf_evaluate_nothing(j->cx, &j->prepared.data, &j->factorise.nmf, &nothing));
    r->summary.error = nothing > 0 ? r->summary.loss / nothing : NAN;
    r->history = j->fit.fit.history;
    r->looks = j->fit.fit.looks;
    j->fit.fit.history = NULL;
    um_programs_put(r, "n_components", UM_INTEGER, (double)j->fit.k);
    um_programs_put(r, "iterations", UM_INTEGER, (double)r->summary.iterations);
    um_programs_put(r, "converged", UM_BOOLEAN, r->summary.converged);
    um_programs_put(r, "loss", UM_REAL, r->summary.loss);
    um_programs_put(r, "error", UM_REAL, r->summary.error);
    if (*r->reason)
        um_programs_put_text(r, "reason", r->reason);
    if (all_zero(&r->components.matrix) || all_zero(&r->usages.matrix))
        um_warn(j->cx, "all usages or programs are zero: the penalties are too large for this data");
    if (!r->summary.converged)
        um_warn(j->cx, "not converged after %zu iterations: give more (max-iter) or a larger tolerance", r->summary.iterations);
    return UNMIX_OK;
}

unmix_status unmix_nmf(unmix_context *cx, unmix_device *device, const unmix_source *source,
                       const unmix_nmf_options *options, unmix_programs **programs)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, programs);
    *programs = NULL;
    UM_NEED(cx, device);
    UM_NEED(cx, source);
    UM_NEED(cx, options);
    UM_TRY(um_check_nmf_options(cx, options));
    job j = {.cx = cx, .device = device, .source = &source->source, .options = options,
             .factorise = um_factorise_options_of(options)};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_refuse_repeated_genes(cx, j.source, "every gene may be there once"));
    UM_TRY_GOTO(status, done, um_refuse_repeated_cells(cx, j.source, "every cell may be there once"));
    UM_TRY_GOTO(status, done, um_programs_new(cx, j.source, &um_places_of_nmf, &j.result));
    UM_TRY_GOTO(status, done, prepare(&j));
    UM_TRY_GOTO(status, done, fit(&j));
    UM_TRY_GOTO(status, done, put_together(&j));
    *programs = j.result;
    j.result = NULL;
done:
    um_prepared_clear(&j.prepared);
    um_factorised_clear(&j.fit);
    unmix_programs_free(j.result);
    return status;
}
