#include "deconvolve/certify/result.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

const char *unmix_fit_name(unmix_fit fit)
{
    static const char *const names[] = {"good", "doubtful", "poor"};
    return names[fit];
}

static const char intercept_name[] = "intercept";

void um_result_clear(um_result *result)
{
    for (size_t i = 0; result->fit_reasons && i < result->proportions.rows.count; i++)
        free(result->fit_reasons[i]);
    for (size_t i = 0; result->types_text && i < result->proportions.rows.count; i++)
        free(result->types_text[i]);
    for (size_t i = 0; i < result->n_remarks; i++)
        free(result->remark[i].text);
    um_unmatched_clear(&result->unmatched);
    um_matrix_clear(&result->proportions);
    um_matrix_clear(&result->exposures);
    um_matrix_clear(&result->proportions_with_intercept);
    um_matrix_clear(&result->metrics);
    um_matrix_clear(&result->standard_errors);
    um_matrix_clear(&result->lower);
    um_matrix_clear(&result->upper);
    um_matrix_clear(&result->low);
    um_matrix_clear(&result->high);
    um_matrix_clear(&result->unweighted);
    um_matrix_clear(&result->variance);
    um_matrix_clear(&result->predicted);
    um_spill_close(&result->predicted_spill);
    free(result->predicted_rows);
    free(result->fit);
    free(result->fit_reasons);
    free(result->p_value);
    free(result->type_group);
    free(result->types_text);
    um_matrix_clear(&result->inseparable);
    um_names_clear(&result->type_texts);
    um_names_clear(&result->fit_names);
    um_names_clear(&result->fit_texts);
    um_names_clear(&result->genes);
    free(result->length);
    free(result->weight);
    for (size_t e = 0; e < result->n_entries; e++)
        free((void *)(uintptr_t)result->entry[e].text);
    um_record_clear(&result->run);
    free(result->metric_columns);
    *result = (um_result){0};
}

static unmix_status open_frame(unmix_context *cx, um_matrix *frame, const um_names *samples, const um_names *columns,
                               int with_intercept)
{
    UM_TRY(um_names_copy(cx, &frame->rows, samples));
    UM_TRY(um_names_copy(cx, &frame->columns, columns));
    if (with_intercept)
        UM_TRY(um_names_add(cx, &frame->columns, intercept_name, strlen(intercept_name)));
    return um_matrix_allocate(cx, frame);
}

static unmix_status open_metrics(unmix_context *cx, um_matrix *metrics, const um_names *samples, size_t count)
{
    static const char *const names[] = {
#define UM_ENTRY(name, kind) #name,
        UM_METRICS(UM_ENTRY)
#undef UM_ENTRY
    };
    UM_TRY(um_names_copy(cx, &metrics->rows, samples));
    for (size_t m = 0; m < count; m++)
        UM_TRY(um_names_add(cx, &metrics->columns, names[m], strlen(names[m])));
    return um_matrix_allocate(cx, metrics);
}

/* The predicted counts are as large as the bulk: in memory where they fit, which a spill then need not hold. */
static unmix_status open_predicted(unmix_context *cx, um_result *result, const um_problem *problem,
                                   const um_names *samples, const unmix_deconvolve_options *options)
{
    const size_t G = problem->genes.count, limit = options->memory ? options->memory : UM_SPILL_MEMORY;
    const um_spill_options spill = {.folder = options->scratch, .memory = 1};
    if (!options->predicted)
        return UNMIX_OK;
    if (um_product_size(samples->count, G, sizeof(double)) <= limit)
        return open_frame(cx, &result->predicted, samples, &problem->genes, 0);
    return um_spill_open(cx, &result->predicted_spill, G, &spill);
}

unmix_status um_result_open(unmix_context *cx, um_result *result, const um_problem *problem, const um_names *samples,
                            const unmix_method_traits *method, const unmix_deconvolve_options *options)
{
    const int intercept = problem->n_sources > problem->n_types;
    const size_t G = problem->genes.count;
    UM_TRY(open_frame(cx, &result->proportions, samples, &problem->types, 0));
    UM_TRY(open_frame(cx, &result->exposures, samples, &problem->types, intercept));
    UM_TRY(open_frame(cx, &result->proportions_with_intercept, samples, &problem->types, intercept));
    UM_TRY(open_metrics(cx, &result->metrics, samples, method->variances ? UM_METRIC_COUNT : UM_METRIC_r2));
    if (method->variances)
        UM_TRY(open_frame(cx, &result->variance, samples, &problem->types, 0));
    if (method->unweighted)
        UM_TRY(open_frame(cx, &result->unweighted, samples, &problem->types, 0));
    if (options->errors) {
        UM_TRY(open_frame(cx, &result->standard_errors, samples, &problem->types, 0));
        UM_TRY(open_frame(cx, &result->inseparable, &problem->types, &problem->types, 0));
        UM_TRY(UM_ALLOC(cx, &result->type_group, um_product_size(samples->count, problem->n_types, 1),
                        "types that cannot be told apart"));
        UM_TRY(UM_ALLOC(cx, &result->types_text, samples->count, "types that cannot be told apart"));
        UM_TRY(open_frame(cx, &result->lower, samples, &problem->types, 0));
        UM_TRY(open_frame(cx, &result->upper, samples, &problem->types, 0));
    }
    if (options->bootstrap) {
        UM_TRY(open_frame(cx, &result->low, samples, &problem->types, 0));
        UM_TRY(open_frame(cx, &result->high, samples, &problem->types, 0));
    }
    UM_TRY(UM_ALLOC(cx, &result->fit, samples->count, "samples"));
    UM_TRY(UM_ALLOC(cx, &result->fit_reasons, samples->count, "samples"));
    if (options->permutations)
        UM_TRY(UM_ALLOC(cx, &result->p_value, samples->count, "permutations"));
    result->penalised = options->l1 > 0.0 || options->l2 > 0.0;
    UM_TRY(open_predicted(cx, result, problem, samples, options));
    UM_TRY(um_names_copy(cx, &result->genes, &problem->genes));
    UM_TRY(UM_ALLOC(cx, &result->length, G, "gene lengths"));
    UM_TRY(UM_ALLOC(cx, &result->weight, G, "gene weights"));
    memcpy(result->length, problem->length, G * sizeof *result->length);
    memcpy(result->weight, problem->w, G * sizeof *result->weight);
    return UNMIX_OK;
}

/* Proportions of C exposures; nothing but background has none to speak of. Returns the sum of the exposures. */
static double normalise(const double *E, const double *cell_size, size_t C, double *p)
{
    double cells = 0.0, types = 0.0;
    for (size_t j = 0; j < C; j++) {
        p[j] = cell_size ? E[j] / cell_size[j] : E[j];
        cells += p[j];
        types += E[j];
    }
    for (size_t j = 0; j < C; j++)
        p[j] = cells > 0.0 ? p[j] / cells : NAN;
    return types;
}

void um_result_set_sample(um_result *result, size_t row, const double *E, const double *cell_size, const um_metrics *m,
                          double iterations, double converged)
{
    const size_t C = result->proportions.columns.count, M = result->exposures.columns.count;
    double *exposures = um_row(&result->exposures, row), *p = um_row(&result->proportions, row);
    double *with = um_row(&result->proportions_with_intercept, row);
    const double types = normalise(E, cell_size, C, p), intercept = M > C ? E[C] : 0.0;
    for (size_t j = 0; j < M; j++) {
        exposures[j] = E[j];
        with[j] = E[j] / (types + intercept);
    }
    const double values[UM_METRIC_COUNT] = {
        [UM_METRIC_total_counts] = m->total_counts,
        [UM_METRIC_nll] = m->nll,
        [UM_METRIC_null_nll] = m->null_nll,
        [UM_METRIC_gap] = m->gap,
        [UM_METRIC_iterations] = iterations,
        [UM_METRIC_converged] = converged,
        [UM_METRIC_intercept_fraction] = intercept / (types + intercept),
        [UM_METRIC_noise_ratio] = intercept / (types / (double)C + intercept),
        [UM_METRIC_pearson] = m->pearson,
        [UM_METRIC_rmse] = m->rmse,
        [UM_METRIC_nrmse] = m->nrmse,
        [UM_METRIC_count_ratio] = m->count_ratio,
        [UM_METRIC_dispersion] = m->dispersion,
    };
    memcpy(um_row(&result->metrics, row), values, result->metrics.columns.count * sizeof *values);
}

void um_result_set_variances(um_result *result, size_t row, const double *variance, double r2)
{
    memcpy(um_row(&result->variance, row), variance, result->proportions.columns.count * sizeof *variance);
    um_row(&result->metrics, row)[UM_METRIC_r2] = r2;
}

void um_result_set_unweighted(um_result *result, size_t row, const double *unweighted, const double *cell_size)
{
    (void)normalise(unweighted, cell_size, result->proportions.columns.count, um_row(&result->unweighted, row));
}

unmix_status um_result_predicted_rows(unmix_context *cx, um_result *result, size_t first, size_t n, double **rows)
{
    *rows = result->predicted.values ? um_row(&result->predicted, first) : NULL;
    if (!result->predicted_spill.columns)
        return UNMIX_OK;
    UM_TRY(UM_GROW(cx, &result->predicted_rows, &result->predicted_capacity, n * result->genes.count, "predicted counts"));
    *rows = result->predicted_rows;
    return UNMIX_OK;
}

unmix_status um_result_keep_predicted(unmix_context *cx, um_result *result, size_t n)
{
    const size_t G = result->genes.count;
    for (size_t i = 0; result->predicted_spill.columns && i < n; i++)
        UM_TRY(um_spill_add(cx, &result->predicted_spill, result->predicted_rows + i * G));
    return UNMIX_OK;
}

unmix_status um_result_set_fit(unmix_context *cx, um_result *result, size_t row, unmix_fit fit, const char *reasons)
{
    const size_t size = strlen(reasons) + 1;
    result->fit[row] = (unsigned char)fit;
    free(result->fit_reasons[row]);
    result->fit_reasons[row] = NULL;
    UM_TRY(UM_ALLOC(cx, &result->fit_reasons[row], size, "verdict"));
    memcpy(result->fit_reasons[row], reasons, size);
    return UNMIX_OK;
}

/* Adds the columns of verdicts; returns how many in *count. */
static unmix_status view_fit(unmix_context *cx, um_result *result, um_column *columns, size_t *count)
{
    for (size_t i = 0; i < result->metrics.rows.count; i++) {
        const char *fit = unmix_fit_name((unmix_fit)result->fit[i]), *reasons = result->fit_reasons[i];
        UM_TRY(um_names_add(cx, &result->fit_names, fit, strlen(fit)));
        UM_TRY(um_names_add(cx, &result->fit_texts, reasons ? reasons : "", reasons ? strlen(reasons) : 0));
    }
    columns[0] = (um_column){"fit", UM_TEXT, NULL, &result->fit_names};
    columns[1] = (um_column){"fit_reasons", UM_TEXT, NULL, &result->fit_texts};
    *count = 2;
    for (size_t i = 0; result->types_text && i < result->metrics.rows.count; i++) {
        const char *text = result->types_text[i] ? result->types_text[i] : "";
        UM_TRY(um_names_add(cx, &result->type_texts, text, strlen(text)));
    }
    if (result->types_text)
        columns[(*count)++] = (um_column){"inseparable", UM_TEXT, NULL, &result->type_texts};
    if (result->p_value)
        columns[(*count)++] = (um_column){"p_value", UM_REAL, result->p_value, NULL};
    return UNMIX_OK;
}

static unmix_status add_entry(unmix_context *cx, um_result *result, um_entry entry)
{
    if (result->n_entries == UM_MAX_ENTRIES)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "more than %d entries in the result", UM_MAX_ENTRIES);
    result->entry[result->n_entries++] = entry;
    return UNMIX_OK;
}

unmix_status um_result_add_remark(unmix_context *cx, um_result *result, unmix_log_level level, const char *text)
{
    const size_t size = strlen(text) + 1;
    um_remark *remark = &result->remark[result->n_remarks];
    if (result->n_remarks == UM_MAX_REMARKS)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "more than %d remarks on the result", UM_MAX_REMARKS);
    UM_TRY(UM_ALLOC(cx, &remark->text, size, "remarks"));
    memcpy(remark->text, text, size);
    remark->level = level;
    result->n_remarks++;
    return UNMIX_OK;
}

unmix_status um_result_add_text(unmix_context *cx, um_result *result, const char *key, const char *text)
{
    char *copy = NULL;
    const size_t size = strlen(text) + 1;
    UM_TRY(UM_ALLOC(cx, &copy, size, "result"));
    memcpy(copy, text, size);
    const unmix_status status = add_entry(cx, result, (um_entry){.key = key, .kind = UM_TEXT, .text = copy});
    if (status != UNMIX_OK)
        free(copy);
    return status;
}

unmix_status um_result_add_number(unmix_context *cx, um_result *result, const char *key, um_kind kind, double number)
{
    return add_entry(cx, result, (um_entry){.key = key, .kind = kind, .number = number});
}

unmix_status um_result_add_frame(unmix_context *cx, um_result *result, const char *key, const um_matrix *frame)
{
    return add_entry(cx, result, um_entry_frame(key, frame));
}

/* The record is the last member of the dictionary; its entries move as it grows. */
static void view_run(um_result *result)
{
    result->entry[result->n_entries] = um_record_tree(&result->run);
    result->uns = um_entry_tree("unmix", result->entry, result->n_entries + 1);
}

unmix_status um_result_record(unmix_context *cx, um_result *result, const unmix_fact *facts, size_t count)
{
    const unmix_status status = um_record_put_all(cx, &result->run, facts, count);
    view_run(result);
    return status;
}

unmix_status um_result_view(unmix_context *cx, um_result *result)
{
    static const um_kind kinds[] = {
#define UM_ENTRY(name, kind) kind,
        UM_METRICS(UM_ENTRY)
#undef UM_ENTRY
    };
    const size_t n = result->metrics.rows.count, n_metrics = result->metrics.columns.count;
    UM_TRY(UM_ALLOC(cx, &result->metric_columns, n * n_metrics, "metrics"));
    for (size_t m = 0; m < n_metrics; m++) {
        double *column = result->metric_columns + m * n;
        for (size_t i = 0; i < n; i++)
            column[i] = um_row(&result->metrics, i)[m];
        result->obs_columns[m] = (um_column){um_name(&result->metrics.columns, m), kinds[m], column, NULL};
    }
    size_t n_verdicts = 0;
    UM_TRY(view_fit(cx, result, result->obs_columns + n_metrics, &n_verdicts));
    result->var_columns[0] = (um_column){"length", UM_REAL, result->length, NULL};
    result->var_columns[1] = (um_column){"weight", UM_REAL, result->weight, NULL};
    const um_entry frames[] = {
        um_entry_frame("proportions", &result->proportions),
        um_entry_frame("exposures", &result->exposures),
        um_entry_frame("proportions_with_intercept", &result->proportions_with_intercept),
        um_entry_frame("standard_errors", &result->standard_errors),
        um_entry_frame("lower", &result->lower),
        um_entry_frame("upper", &result->upper),
        um_entry_frame("bootstrap_low", &result->low),
        um_entry_frame("bootstrap_high", &result->high),
        um_entry_frame("unweighted_proportions", &result->unweighted),
        um_entry_frame("var_p", &result->variance),
    };
    size_t n_frames = 0;
    for (size_t f = 0; f < sizeof frames / sizeof frames[0]; f++)
        if (frames[f].matrix->values)
            result->obsm[n_frames++] = frames[f];
    const int spilled = result->predicted_spill.columns > 0;
    if (spilled)
        UM_TRY(um_spill_finish(cx, &result->predicted_spill));
    result->layers[0] = (um_layer){"predicted", spilled ? NULL : &result->predicted,
                                   spilled ? &result->predicted_spill : NULL};
    view_run(result);
    result->annotated = (um_annotated){
        .obs = &result->metrics.rows,
        .var = &result->genes,
        .obs_columns = result->obs_columns,
        .n_obs_columns = n_metrics + n_verdicts,
        .var_columns = result->var_columns,
        .n_var_columns = 2,
        .obsm = result->obsm,
        .n_obsm = n_frames,
        .layers = result->layers,
        .n_layers = result->predicted.values || spilled ? 1 : 0,
        .uns = &result->uns,
        .n_uns = 1,
    };
    return UNMIX_OK;
}
