#include "report/deconvolved.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/repeated.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_element.h"
#include "io/files/paths.h"
#include "io/files/readable.h"
#include "io/formats.h"
#include "io/read.h"
#include "io/text/number.h"
#include "io/text/table.h"
#include "io/text/text_file.h"
#include "report/described.h"

static const char *const metric_names[] = {"total_counts", "nll",     "null_nll", "gap",         "iterations",
                                           "converged",    "intercept_fraction", "noise_ratio", "pearson", "rmse",
                                           "nrmse",        "count_ratio",        "dispersion"};
enum { METRICS = sizeof metric_names / sizeof metric_names[0] };

void um_deconvolved_clear(um_deconvolved *result)
{
    um_matrix_clear(&result->proportions);
    um_shown_intervals_clear(&result->intervals);
    um_matrix_clear(&result->metrics);
    um_names_clear(&result->fit);
    um_names_clear(&result->fit_reasons);
    um_names_clear(&result->inseparable);
    um_text_clear(&result->run);
    free(result->order);
    free(result->linkage);
    um_names_clear(&result->groups);
    free(result->group);
    *result = (um_deconvolved){0};
}

/* ---- Files ---- */

static unmix_status has(unmix_context *cx, const char *path, const char *element, const char *file, int *found)
{
    if (!um_is_folder(path))
        return um_h5ad_has(cx, path, element, found);
    char *name = NULL;
    UM_TRY(um_file_in(cx, path, file, &name));
    *found = access(name, F_OK) == 0;
    free(name);
    return UNMIX_OK;
}

unmix_status um_is_deconvolved(unmix_context *cx, const char *path, int *is)
{
    *is = 0;
    if (um_is_folder(path))
        return has(cx, path, "", "proportions.tsv", is);
    UM_TRY(um_check_readable(cx, path));
    return um_is_anndata(cx, path) ? um_h5ad_has(cx, path, "obsm/proportions", is) : UNMIX_OK;
}

/* ---- Metrics ---- */

static unmix_status open_metrics(unmix_context *cx, um_deconvolved *r, const unsigned char *there)
{
    UM_TRY(um_names_copy(cx, &r->metrics.rows, &r->proportions.rows));
    for (size_t m = 0; m < METRICS; m++)
        if (there[m])
            UM_TRY(um_names_add(cx, &r->metrics.columns, metric_names[m], strlen(metric_names[m])));
    return um_matrix_allocate(cx, &r->metrics);
}

/* The verdicts, by the names of their columns. */
static um_names *words_at(um_deconvolved *r, size_t i, const char **name)
{
    static const char *const names[] = {"fit", "fit_reasons", "inseparable"};
    um_names *const words[] = {&r->fit, &r->fit_reasons, &r->inseparable};
    *name = names[i];
    return words[i];
}

enum { WORDS = 3 };

static unmix_status read_h5ad_words(unmix_context *cx, um_deconvolved *r)
{
    for (size_t i = 0; i < WORDS; i++) {
        const char *name;
        char element[64];
        int found = 0;
        um_names *words = words_at(r, i, &name);
        (void)snprintf(element, sizeof element, "obs/%s", name);
        UM_TRY(um_h5ad_has(cx, r->path, element, &found));
        if (found)
            UM_TRY(um_h5ad_read_names(cx, r->path, element, NULL, words));
        if (found && words->count != r->proportions.rows.count)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s has %zu words for %zu samples; run 'unmix deconvolve' again", r->path,
                           element, words->count, r->proportions.rows.count);
    }
    return UNMIX_OK;
}

/* The words of sample i, which is in this row of the table. */
static unmix_status take_words(unmix_context *cx, um_deconvolved *r, const um_text_table *table, size_t row)
{
    for (size_t i = 0; i < WORDS; i++) {
        const char *name;
        um_names *words = words_at(r, i, &name);
        const size_t column = um_text_table_column(table, name);
        if (column == UM_NOT_FOUND)
            continue;
        const char *word = um_name(&table->fields[column], row);
        UM_TRY(um_names_add(cx, words, word, strlen(word)));
    }
    return UNMIX_OK;
}

static unmix_status read_h5ad_metrics(unmix_context *cx, um_deconvolved *r)
{
    unsigned char there[METRICS] = {0};
    for (size_t m = 0; m < METRICS; m++) {
        char element[64];
        int found = 0;
        (void)snprintf(element, sizeof element, "obs/%s", metric_names[m]);
        UM_TRY(um_h5ad_has(cx, r->path, element, &found));
        there[m] = (unsigned char)found;
    }
    UM_TRY(open_metrics(cx, r, there));
    for (size_t m = 0; m < r->metrics.columns.count; m++) {
        double *values = NULL;
        size_t n = 0;
        UM_TRY(um_h5ad_read_column(cx, r->path, "obs", um_name(&r->metrics.columns, m), NULL, &values, &n));
        for (size_t i = 0; i < n && i < r->metrics.rows.count; i++)
            um_row(&r->metrics, i)[m] = values[i];
        free(values);
    }
    return read_h5ad_words(cx, r);
}

static double number_of(const char *field)
{
    double number = NAN;
    if (um_parse_number(field, strlen(field), &number))
        return number;
    return strcmp(field, "true") == 0 ? 1 : strcmp(field, "false") == 0 ? 0 : NAN;
}

static unmix_status take_metrics(unmix_context *cx, um_deconvolved *r, um_text_table *table)
{
    unsigned char there[METRICS];
    for (size_t m = 0; m < METRICS; m++)
        there[m] = um_text_table_column(table, metric_names[m]) != UM_NOT_FOUND;
    UM_TRY(open_metrics(cx, r, there));
    UM_TRY(um_names_index(cx, &table->fields[0]));
    for (size_t i = 0; i < r->metrics.rows.count; i++) {
        const size_t row = um_names_find(&table->fields[0], um_name(&r->metrics.rows, i));
        if (row == UM_NOT_FOUND)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: sample '%s' of the proportions has no row; run 'unmix deconvolve' again",
                           table->origin, um_name(&r->metrics.rows, i));
        for (size_t m = 0; m < r->metrics.columns.count; m++) {
            const size_t column = um_text_table_column(table, um_name(&r->metrics.columns, m));
            um_row(&r->metrics, i)[m] = number_of(um_name(&table->fields[column], row));
        }
        UM_TRY(take_words(cx, r, table, row));
    }
    return UNMIX_OK;
}

static unmix_status read_folder_metrics(unmix_context *cx, um_deconvolved *r)
{
    um_text_table table = {0};
    char *name = NULL;
    UM_TRY(um_file_in(cx, r->path, "metrics.tsv", &name));
    unmix_status status = um_text_table_read(cx, name, &table);
    if (status == UNMIX_OK)
        status = take_metrics(cx, r, &table);
    um_text_table_clear(&table);
    free(name);
    return status;
}

int um_deconvolved_metric(const um_deconvolved *result, const char *metric, double *values)
{
    for (size_t m = 0; m < result->metrics.columns.count; m++) {
        if (strcmp(um_name(&result->metrics.columns, m), metric) != 0)
            continue;
        int known = 0;
        for (size_t i = 0; i < result->metrics.rows.count; i++) {
            values[i] = um_row(&result->metrics, i)[m];
            known |= !isnan(values[i]);
        }
        return known;
    }
    return 0;
}

/* ---- How it was made ---- */

static unmix_status read_h5ad_run(unmix_context *cx, um_deconvolved *r)
{
    static const um_described shown[] = {
        {"version", 0},     {"method", 0},    {"m_step", 0},         {"signature_units", 0}, {"signature_scale", 0}, {"cell_size", 0}, {"proportions_of", 0},
        {"intervals", 0},   {"precision", 0},
        {"insert_size", 1}, {"tolerance", 1}, {"max_iterations", 1}, {"l1", 1},              {"l2", 1},        {"seed", 1},
        {"genes", 1},       {"genes_used", 1}, {"bootstrap", 1},     {"r2", 1},              {"deviance_r2", 1}, {"mape", 1},
        {"gene_correlation", 1}, {NULL, 0}};
    int found = 0;
    UM_TRY(um_describe(cx, r->path, "uns/unmix", shown, &r->run));
    UM_TRY(um_h5ad_has(cx, r->path, "uns/unmix/intervals", &found));
    char *held = NULL;
    if (found)
        UM_TRY(um_h5ad_read_text(cx, r->path, "uns/unmix/intervals", NULL, &held));
    (void)snprintf(r->held, sizeof r->held, "%s", held ? held : "");
    free(held);
    return UNMIX_OK;
}

/* The run.json of a folder, as it is; of it, what the intervals hold. */
static unmix_status read_folder_run(unmix_context *cx, um_deconvolved *r)
{
    static const char key[] = "\"intervals\": \"";
    um_text_in in = {0};
    char *file = NULL, buffer[4096];
    size_t got = 1;
    UM_TRY(um_file_in(cx, r->path, "run.json", &file));
    unmix_status status = um_text_in_open(cx, &in, file);
    while (status == UNMIX_OK && got) {
        status = um_text_in_read(cx, &in, buffer, sizeof buffer, &got);
        if (status == UNMIX_OK)
            um_text_add(&r->run, buffer, got);
    }
    um_text_in_close(&in);
    free(file);
    UM_TRY(status);
    UM_TRY(r->run.status);
    const char *held = strstr(um_text_string(&r->run), key);
    held = held ? held + strlen(key) : "";
    (void)snprintf(r->held, sizeof r->held, "%.*s", (int)strcspn(held, "\""), held);
    return UNMIX_OK;
}

/* ---- The whole ---- */

unmix_status um_deconvolved_read(unmix_context *cx, const char *path, um_deconvolved *r)
{
    r->path = path;
    r->run = um_text_of(cx);
    UM_TRY(um_read_proportions(cx, path, &r->proportions));
    UM_TRY(um_shown_intervals_read(cx, path, &r->proportions, &r->intervals));
    UM_TRY(um_is_folder(path) ? read_folder_metrics(cx, r) : read_h5ad_metrics(cx, r));
    UM_TRY(um_is_folder(path) ? read_folder_run(cx, r) : read_h5ad_run(cx, r));
    UM_TRY(has(cx, path, "layers/predicted", "predicted.tsv", &r->predicted));
    const size_t n = r->proportions.rows.count;
    UM_TRY(UM_ALLOC(cx, &r->order, n, "samples"));
    for (size_t i = 0; i < n; i++)
        r->order[i] = i;
    return UNMIX_OK;
}

/* ---- Groups ---- */

static unmix_status group_of(unmix_context *cx, um_names *groups, const char *label, size_t *group)
{
    *group = um_names_find(groups, label);
    if (*group != UM_NOT_FOUND)
        return UNMIX_OK;
    *group = groups->count;
    UM_TRY(um_names_add(cx, groups, label, strlen(label)));
    return um_names_index(cx, groups);
}

/* In the order of the sheet; samples that it does not have come last. */
static unmix_status collect_groups(unmix_context *cx, um_deconvolved *r, um_text_table *sheet, size_t column)
{
    size_t found = 0;
    um_names index = {0};
    UM_TRY(UM_ALLOC(cx, &r->group, r->proportions.rows.count, "groups"));
    for (size_t i = 0; i < r->proportions.rows.count; i++)
        r->group[i] = UM_NOT_FOUND;
    UM_TRY(um_names_index(cx, &r->groups));
    unmix_status status = um_names_copy(cx, &index, &r->proportions.rows);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t row = 0; row < sheet->n_rows && status == UNMIX_OK; row++) {
        const size_t sample = um_names_find(&index, um_name(&sheet->fields[0], row));
        if (sample == UM_NOT_FOUND)
            continue;
        found++;
        status = group_of(cx, &r->groups, um_name(&sheet->fields[column], row), &r->group[sample]);
    }
    for (size_t i = 0; i < r->proportions.rows.count && status == UNMIX_OK; i++)
        if (r->group[i] == UM_NOT_FOUND)
            status = group_of(cx, &r->groups, "(not in the sheet)", &r->group[i]);
    um_names_clear(&index);
    if (status == UNMIX_OK && found == 0)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: none of its names is a sample of %s; its first column must hold them",
                         sheet->origin, r->path);
    return status;
}

/* Counting sort of the order by group: within a group it stays as it was. */
static unmix_status order_by_group(unmix_context *cx, um_deconvolved *r)
{
    const size_t n = r->proportions.rows.count;
    size_t *sorted = NULL, used = 0;
    UM_TRY(UM_ALLOC(cx, &sorted, n, "samples"));
    for (size_t g = 0; g < r->groups.count; g++)
        for (size_t i = 0; i < n; i++)
            if (r->group[r->order[i]] == g)
                sorted[used++] = r->order[i];
    free(r->order);
    r->order = sorted;
    free(r->linkage); /* the tree has another order */
    r->linkage = NULL;
    return UNMIX_OK;
}

static unmix_status group_by(unmix_context *cx, um_deconvolved *r, um_text_table *sheet, const char *name)
{
    char list[600];
    const size_t column = um_text_table_column(sheet, name);
    if (column == UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no column '%s'; the columns are: %s", sheet->origin, name,
                       um_list_names(&sheet->columns, 20, list, sizeof list));
    UM_TRY(um_names_index(cx, &sheet->fields[0]));
    UM_TRY(um_refuse_repeated(cx, sheet->origin, "sample", &sheet->fields[0], sheet->first_line,
                              "every sample may be there once"));
    UM_TRY(collect_groups(cx, r, sheet, column));
    return order_by_group(cx, r);
}

unmix_status um_deconvolved_group(unmix_context *cx, um_deconvolved *result, const char *path, const char *column)
{
    um_text_table sheet = {0};
    unmix_status status = um_text_table_read(cx, path, &sheet);
    if (status == UNMIX_OK)
        status = group_by(cx, result, &sheet, column);
    um_text_table_clear(&sheet);
    return status;
}
