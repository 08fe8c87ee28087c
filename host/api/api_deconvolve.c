/* unmix_deconvolve() and the result: validates, joins the files with the method. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "api/api_elements.h"
#include "api/api_handles.h"
#include "core/memory.h"
#include "deconvolve/deconvolution.h"
#include "io/anndata/h5ad.h"
#include "io/files/output.h"
#include "io/folder.h"
#include "io/text/gene_info.h"
#include "io/text/table.h"

/* The frames of the result as public handles over the same memory. */
typedef struct result_view {
    const char *name;
    unmix_matrix matrix;
} result_view;

enum { VIEWS = 13 };

struct unmix_result {
    um_result result;
    result_view view[VIEWS]; /* shallow copies of matrices that `result` owns */
};

void unmix_deconvolve_options_init(unmix_deconvolve_options *options)
{
    *options = (unmix_deconvolve_options){
        .m_step = UNMIX_M_STEP_EXACT,
        .units = UNMIX_UNITS_MOLECULES,
        .scale = UNMIX_SCALE_DETECT,
        .duplicates = UNMIX_DUPLICATES_REFUSE,
        .intercept = 1,
        .errors = 1,
        .insert_size = 500.0,
        .learning_rate = 0.01,
        .start_exposure = -10.0,
        .seed = 42,
    };
}

/* What a method does not take must not be asked of it, and what it needs must be there. */
static unmix_status check_method(unmix_context *cx, const unmix_method_traits *method, const unmix_deconvolve_options *o)
{
    const struct {
        const char *option;
        int given;
    } options[] = {
        {"l1", o->l1 > 0.0},
        {"l2", o->l2 > 0.0},
        {"m-step", o->m_step != UNMIX_M_STEP_EXACT},
        {"stop", o->stop != UNMIX_STOP_EACH},
        {"music-compat", o->music_compat},
        {"bootstrap", o->bootstrap > 0},
        {"permutations", o->permutations > 0},
    };
    char takers[128];
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].given && !unmix_method_takes(method, options[i].option))
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s is for %s; %s has none", options[i].option,
                           unmix_methods_that_take(options[i].option, "and", takers, sizeof takers), method->name);
    if (o->stop == UNMIX_STOP_TOGETHER && o->permutations)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "permutations are fitted one by one, so samples cannot stop together with them");
    if (method->needs_reference && !o->reference)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "%s needs a reference of single cells; signatures have no variance between subjects", method->name);
    if (method->takes_basis && o->reference && o->signature_scale != UNMIX_SIGNATURE_SCALE_DETECT)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "%s takes the cell sizes from the reference: proportions are of cells as they are", method->name);
    if (method->takes_basis && o->reference && o->reference->reference.scale != UNMIX_CELLS_COUNTS)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: the values are log1p, without the counts a cell that %s goes by; give counts (another "
                       "--reference-layer?), or use --method %s",
                       o->reference->reference.basis.origin, method->name, unmix_method_info((unmix_method)0)->name);
    return UNMIX_OK;
}

static unmix_status check_options(unmix_context *cx, const unmix_deconvolve_options *o)
{
    const struct {
        const char *name;
        double value;
        int right;
    } checks[] = {
        {"insert size (above 0)", o->insert_size, o->insert_size > 0.0 && isfinite(o->insert_size)},
        {"tolerance (above 0, or 0 for the method's own)", o->tolerance, o->tolerance >= 0.0 && isfinite(o->tolerance)},
        {"maximum of iterations (0 or more)", (double)o->max_iterations, o->max_iterations >= 0},
        {"number of bootstrap replicates (0, or 20 to 100000)", (double)o->bootstrap,
         !o->bootstrap || (o->bootstrap >= 20 && o->bootstrap <= 100000)},
        {"number of permutations (0, or 19 to 100000: with fewer no p-value comes down to 0.05)", (double)o->permutations,
         !o->permutations || (o->permutations >= 19 && o->permutations <= 100000)},
        {"l1 (0 or more)", o->l1, o->l1 >= 0.0 && isfinite(o->l1)},
        {"l2 (0 or more)", o->l2, o->l2 >= 0.0 && isfinite(o->l2)},
        {"start exposure (a logarithm, -20 to 0)", o->start_exposure, o->start_exposure >= -20.0 && o->start_exposure <= 0.0},
        {"learning rate (above 0)", o->learning_rate, o->learning_rate > 0.0 && isfinite(o->learning_rate)},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (!checks[i].right)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s cannot be %g", checks[i].name, checks[i].value);
    const unmix_method_traits *method = unmix_method_info(o->method);
    if (!method)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "there is no method number %d", (int)o->method);
    UM_TRY(check_method(cx, method, o));
    return UNMIX_OK;
}

/* The sizes in the order of the signatures' columns. */
static unmix_status match_cell_size(unmix_context *cx, const um_matrix *signatures, const um_matrix *table, double *size)
{
    if (table->columns.count != 1)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: a table of cell sizes has one column of numbers (size), this one has %zu",
                       table->origin, table->columns.count);
    for (size_t j = 0; j < signatures->columns.count; j++) {
        const char *type = um_name(&signatures->columns, j);
        size[j] = NAN;
        for (size_t r = 0; r < table->rows.count; r++)
            if (strcmp(um_name(&table->rows, r), type) == 0) {
                if (!isnan(size[j]))
                    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: type '%s' stands there twice", table->origin, type);
                size[j] = um_row(table, r)[0];
            }
        if (isnan(size[j]))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no cell size for type '%s'", table->origin, type);
        if (!(size[j] > 0.0))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the cell size of type '%s' is %g; sizes must be above 0", table->origin,
                           type, size[j]);
    }
    return UNMIX_OK;
}

static unmix_status run(unmix_context *cx, unmix_device *device, const um_matrix *signatures, const um_source *bulk,
                        const um_gene_info *info, const unmix_deconvolve_options *options, double *cell_size, um_result *result)
{
    if (cell_size)
        UM_TRY(match_cell_size(cx, signatures, &options->cell_size->matrix, cell_size));
    const um_cell_reference *reference =
        unmix_method_info(options->method)->takes_basis && options->reference ? &options->reference->reference : NULL;
    const um_matrix *profiles = options->profiles    ? &options->profiles->matrix
                                : options->reference ? &options->reference->reference.profiles
                                                     : NULL;
    if (!info)
        return um_deconvolve(cx, device, signatures, profiles, bulk, NULL, cell_size, reference, options, result);
    const um_gene_table table = {
        .origin = info->origin ? info->origin : "gene information",
        .genes = &info->genes,
        .aliases = &info->aliases,
        .length = info->length,
        .weight = info->weight,
        .first_line = info->first_line,
    };
    return um_deconvolve(cx, device, signatures, profiles, bulk, &table, cell_size, reference, options, result);
}

/* Of means of counts that were made here it is known, and needs no line, that their sums are depths. */
static int sums_are_depths(const unmix_deconvolve_options *o)
{
    return o->signature_scale == UNMIX_SIGNATURE_SCALE_DETECT && o->reference && !unmix_method_info(o->method)->takes_basis &&
           o->reference->reference.scale == UNMIX_CELLS_COUNTS;
}

static void make_views(unmix_result *result)
{
    const struct {
        const char *name;
        const um_matrix *matrix;
    } frames[VIEWS] = {
        {"proportions", &result->result.proportions},
        {"exposures", &result->result.exposures},
        {"proportions_with_intercept", &result->result.proportions_with_intercept},
        {"metrics", &result->result.metrics},
        {"standard_errors", &result->result.standard_errors},
        {"lower", &result->result.lower},
        {"upper", &result->result.upper},
        {"bootstrap_low", &result->result.low},
        {"bootstrap_high", &result->result.high},
        {"unweighted_proportions", &result->result.unweighted},
        {"var_p", &result->result.variance},
        {"inseparable", &result->result.inseparable},
        {"predicted", &result->result.predicted},
    };
    for (size_t v = 0; v < VIEWS; v++)
        result->view[v] = (result_view){frames[v].name, {*frames[v].matrix}};
}

unmix_status unmix_deconvolve(unmix_context *cx, unmix_device *device, const unmix_matrix *signatures, const unmix_source *bulk,
                              const unmix_gene_info *info, const unmix_deconvolve_options *options, unmix_result **result)
{
    UM_TRY(um_begin(cx));
    if (!device || !bulk || !options || !result)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "unmix_deconvolve: an argument is NULL");
    *result = NULL;
    if (!signatures && !options->reference)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "unmix_deconvolve: the signatures are NULL, and so is the reference");
    if (signatures && options->reference)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "unmix_deconvolve: give either signatures or a reference, not both");
    UM_TRY(check_options(cx, options));
    if (options->reference)
        signatures = unmix_reference_matrix(options->reference,
                                            unmix_method_info(options->method)->takes_basis ? "basis" : "signatures");
    um_matrix view = signatures->matrix; /* shallow, so that messages have a name for matrices from memory */
    static char in_memory[] = "signatures";
    if (!view.origin)
        view.origin = in_memory;

    if (bulk->source.missing || um_matrix_has_missing(&view))
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "%s was read with missing entries allowed, which deconvolution cannot leave out",
                       bulk->source.missing ? bulk->source.origin : view.origin);
    double *cell_size = NULL;
    unmix_result *made = NULL;
    unmix_status status = UNMIX_OK;
    unmix_deconvolve_options known = *options;
    if (sums_are_depths(options))
        known.signature_scale = UNMIX_SIGNATURE_SCALE_NONE;
    if (options->cell_size)
        UM_TRY_GOTO(status, done, UM_ALLOC(cx, &cell_size, view.columns.count, "cell sizes"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "result"));
    UM_TRY_GOTO(status, done, run(cx, device, &view, &bulk->source, info ? &info->info : NULL, &known, cell_size, &made->result));
    make_views(made);
    *result = made;
    made = NULL;
done:
    free(cell_size);
    free(made); /* um_deconvolve() has cleared what it could not finish */
    return status;
}

void unmix_result_free(unmix_result *result)
{
    if (!result)
        return;
    um_result_clear(&result->result);
    free(result);
}

const unmix_summary *unmix_result_summary(const unmix_result *result)
{
    return &result->result.summary;
}

unmix_fit unmix_result_fit(const unmix_result *result, size_t sample, const char **reasons)
{
    const um_result *r = &result->result;
    const int there = sample < r->proportions.rows.count && r->fit_reasons[sample];
    if (reasons)
        *reasons = there ? r->fit_reasons[sample] : "";
    return there ? (unmix_fit)r->fit[sample] : UNMIX_FIT_POOR;
}

double unmix_result_p_value(const unmix_result *result, size_t sample)
{
    const um_result *r = &result->result;
    return r->p_value && sample < r->proportions.rows.count ? r->p_value[sample] : NAN;
}

const char *unmix_result_inseparable(const unmix_result *result, size_t sample)
{
    const um_result *r = &result->result;
    const int there = r->types_text && sample < r->proportions.rows.count && r->types_text[sample];
    return there ? r->types_text[sample] : "";
}

const char *unmix_result_remark(const unmix_result *result, size_t i, unmix_log_level *level)
{
    const um_result *r = &result->result;
    if (i >= r->n_remarks)
        return NULL;
    if (level)
        *level = r->remark[i].level;
    return r->remark[i].text;
}

const unmix_matrix *unmix_result_matrix(const unmix_result *result, const char *name)
{
    for (size_t v = 0; v < VIEWS; v++)
        if (strcmp(result->view[v].name, name) == 0)
            return result->view[v].matrix.matrix.values ? &result->view[v].matrix : NULL;
    return NULL;
}

unmix_status unmix_result_read_predicted(unmix_context *cx, unmix_result *result, size_t first, size_t count,
                                         double *values)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, result);
    UM_NEED(cx, values);
    um_result *r = &result->result;
    const size_t samples = r->metrics.rows.count;
    if (!r->annotated.n_layers)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the result has no predicted counts; ask for them in the options");
    if (first > samples || count > samples - first)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "samples %zu to %zu of %zu", first, first + count, samples);
    if (!r->predicted.values)
        return um_spill_read_rows(cx, &r->predicted_spill, first, count, values);
    memcpy(values, um_row(&r->predicted, first), count * r->predicted.columns.count * sizeof *values);
    return UNMIX_OK;
}

unmix_status unmix_result_write(unmix_context *cx, const unmix_result *result, const char *path, int overwrite)
{
    UM_TRY(um_begin(cx));
    const size_t n = strlen(path);
    if (n > 5 && strcmp(path + n - 5, ".h5ad") == 0)
        return um_h5ad_write(cx, &result->result.annotated, path, overwrite);
    if (n && path[n - 1] == '/')
        return um_folder_write(cx, &result->result.annotated, path, overwrite);
    return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: a result is written to a file that ends in .h5ad or a folder that ends in /", path);
}

const char *unmix_result_unmatched(const unmix_result *result, size_t i, const char **where)
{
    const um_unmatched *u = &result->result.unmatched;
    if (i >= u->genes.count)
        return NULL;
    if (where)
        *where = um_name(&u->where, i);
    return um_name(&u->genes, i);
}

unmix_status unmix_result_write_unmatched(unmix_context *cx, const unmix_result *result, const char *path, int overwrite)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, result);
    UM_NEED(cx, path);
    const um_unmatched *u = &result->result.unmatched;
    const um_column where = {.name = "where", .kind = UM_TEXT, .text = &u->where};
    return um_table_write_columns(cx, "gene", &u->genes, &where, 1, path, overwrite);
}

unmix_status unmix_result_record(unmix_context *cx, unmix_result *result, const unmix_fact *facts, size_t count)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, result);
    UM_NEED(cx, facts);
    return um_result_record(cx, &result->result, facts, count);
}

unmix_status unmix_result_elements(unmix_context *cx, const unmix_result *result, unmix_element_callback callback,
                                   void *payload)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, result);
    UM_NEED(cx, callback);
    return um_annotated_hand_out(cx, &result->result.annotated, callback, payload);
}
