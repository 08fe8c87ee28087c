#include "report/factorised.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/repeated.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_element.h"
#include "io/files/readable.h"
#include "io/formats.h"
#include "io/text/table.h"
#include "report/described.h"

/* Where the two commands put their results. */
typedef struct layout {
    const char *run, *usages, *loadings, *program, *table, *count;
} layout;

static const layout layouts[2] = {
    {"uns/unmix_nmf", "X_nmf", "X_nmf", "program", "uns/unmix_nmf/ranks", "components"},
    {"uns/nmf_consensus", "X_nmf_consensus", "nmf_consensus", "nmf_cluster", "uns/nmf_consensus/table", "clusters"},
};

void um_found_programs_clear(um_found_programs *p)
{
    um_matrix_clear(&p->usages);
    um_matrix_clear(&p->loadings);
    um_matrix_clear(&p->scores);
    um_matrix_clear(&p->places);
    um_matrix_clear(&p->numbers);
    free(p->history);
    free(p->matrix.values);
    free(p->matrix.linkage);
    free(p->matrix.label);
    um_text_clear(&p->run);
    *p = (um_found_programs){0};
}

unmix_status um_has_programs(unmix_context *cx, const char *path, int *has)
{
    *has = 0;
    UM_TRY(um_check_readable(cx, path));
    if (!um_is_anndata(cx, path))
        return UNMIX_OK;
    UM_TRY(um_h5ad_has(cx, path, "uns/nmf_consensus", has));
    return *has ? UNMIX_OK : um_h5ad_has(cx, path, "obsm/X_nmf", has);
}

static const layout *layout_of(const um_found_programs *p)
{
    return &layouts[p->consensus != 0];
}

/* "FOLDER/NAME" into element[128]. */
static const char *place(char element[128], const char *folder, const char *name)
{
    (void)snprintf(element, 128, "%s/%s", folder, name);
    return element;
}

static unmix_status numbered(unmix_context *cx, um_names *names, const char *prefix, size_t count)
{
    char name[64];
    for (size_t i = 0; i < count; i++) {
        const int length = snprintf(name, sizeof name, "%s_%zu", prefix, i);
        UM_TRY(um_names_add(cx, names, name, (size_t)length));
    }
    return UNMIX_OK;
}

/* An array of obsm or varm with its rows' names; columns are called PROGRAM_0, ... */
static unmix_status read_frame(unmix_context *cx, const um_found_programs *p, const char *folder, const char *name,
                               um_matrix *matrix)
{
    char element[128];
    um_numbers numbers = {0};
    UM_TRY(um_h5ad_read_array(cx, p->path, place(element, folder, name), "run 'unmix nmf' first", &numbers));
    matrix->values = numbers.values;
    UM_TRY(um_h5ad_row_names(cx, p->path, strcmp(folder, "obsm") == 0 ? "obs" : "var", &matrix->rows));
    return numbered(cx, &matrix->columns, layout_of(p)->program, numbers.columns);
}

/* ---- Loadings, scores, places ---- */

static unmix_status read_loadings(unmix_context *cx, um_found_programs *p)
{
    char element[128];
    int found = 0;
    UM_TRY(um_h5ad_has(cx, p->path, place(element, "varm", layout_of(p)->loadings), &found));
    return found ? read_frame(cx, p, "varm", layout_of(p)->loadings, &p->loadings) : UNMIX_OK;
}

/* Columns of obs that are called as the clusters are. */
static unmix_status read_scores(unmix_context *cx, um_found_programs *p)
{
    const um_names *programs = &p->usages.columns;
    for (size_t t = 0; t < programs->count; t++) {
        char element[128];
        int found = 0;
        UM_TRY(um_h5ad_has(cx, p->path, place(element, "obs", um_name(programs, t)), &found));
        if (!found)
            return UNMIX_OK;
    }
    UM_TRY(um_names_copy(cx, &p->scores.rows, &p->usages.rows));
    UM_TRY(um_names_copy(cx, &p->scores.columns, programs));
    UM_TRY(um_matrix_allocate(cx, &p->scores));
    for (size_t t = 0; t < programs->count; t++) {
        double *values = NULL;
        size_t n = 0;
        UM_TRY(um_h5ad_read_column(cx, p->path, "obs", um_name(programs, t), NULL, &values, &n));
        for (size_t i = 0; i < n; i++)
            um_row(&p->scores, i)[t] = values[i];
        free(values);
    }
    return UNMIX_OK;
}

static unmix_status open_places(unmix_context *cx, um_found_programs *p)
{
    UM_TRY(um_names_copy(cx, &p->places.rows, &p->usages.rows));
    UM_TRY(um_names_add(cx, &p->places.columns, "x", 1));
    UM_TRY(um_names_add(cx, &p->places.columns, "y", 1));
    UM_TRY(um_matrix_allocate(cx, &p->places));
    for (size_t i = 0; i < 2 * p->places.rows.count; i++)
        p->places.values[i] = NAN;
    return UNMIX_OK;
}

static unmix_status read_spatial(unmix_context *cx, um_found_programs *p)
{
    um_matrix spatial = {0};
    int found = 0;
    UM_TRY(um_h5ad_has(cx, p->path, "obsm/spatial", &found));
    if (!found)
        return UNMIX_OK;
    unmix_status status = um_h5ad_read_obsm(cx, p->path, "spatial", &spatial);
    if (status == UNMIX_OK && spatial.columns.count >= 2 && spatial.rows.count == p->usages.rows.count) {
        status = open_places(cx, p);
        for (size_t i = 0; i < spatial.rows.count && status == UNMIX_OK; i++)
            memcpy(um_row(&p->places, i), um_row(&spatial, i), 2 * sizeof(double));
    }
    um_matrix_clear(&spatial);
    return status;
}

/* Columns x and y, else the second and third. */
static unmix_status coordinate_columns(unmix_context *cx, const um_text_table *table, size_t at[2])
{
    char list[400];
    at[0] = um_text_table_column(table, "x");
    at[1] = um_text_table_column(table, "y");
    if (at[0] != UM_NOT_FOUND && at[1] != UM_NOT_FOUND)
        return UNMIX_OK;
    at[0] = 1;
    at[1] = 2;
    if (table->columns.count >= 3)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: coordinates need three columns, names of cells, x and y; there are: %s",
                   table->origin, um_list_names(&table->columns, 10, list, sizeof list));
}

static unmix_status take_places(unmix_context *cx, um_found_programs *p, um_text_table *table)
{
    size_t at[2], found = 0;
    UM_TRY(coordinate_columns(cx, table, at));
    UM_TRY(um_names_index(cx, &table->fields[0]));
    UM_TRY(um_refuse_repeated(cx, table->origin, "cell", &table->fields[0], table->first_line,
                              "every cell may be there once"));
    UM_TRY(open_places(cx, p));
    for (size_t i = 0; i < p->places.rows.count; i++) {
        const size_t row = um_names_find(&table->fields[0], um_name(&p->places.rows, i));
        if (row == UM_NOT_FOUND)
            continue;
        found++;
        for (size_t k = 0; k < 2; k++)
            UM_TRY(um_text_table_number(cx, table, at[k], row, &um_row(&p->places, i)[k]));
    }
    if (found == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: none of its names is a cell of %s; its first column must hold them",
                       table->origin, p->path);
    if (found < p->places.rows.count)
        um_note(cx, "%s: %zu of %zu cells have no coordinates and are not drawn", table->origin,
                p->places.rows.count - found, p->places.rows.count);
    return UNMIX_OK;
}

static unmix_status read_places(unmix_context *cx, um_found_programs *p, const char *coordinates)
{
    um_text_table table = {0};
    if (!coordinates)
        return read_spatial(cx, p);
    unmix_status status = um_text_table_read(cx, coordinates, &table);
    if (status == UNMIX_OK)
        status = take_places(cx, p, &table);
    um_text_table_clear(&table);
    return status;
}

/* ---- What is known of each number of programs ---- */

static unmix_status read_counts(unmix_context *cx, um_found_programs *p, um_numbers *counts)
{
    char element[128], name[32];
    UM_TRY(um_h5ad_read_array(cx, p->path, place(element, layout_of(p)->table, layout_of(p)->count), NULL, counts));
    for (size_t i = 0; i < counts->rows; i++) {
        const int length = snprintf(name, sizeof name, "%.0f", counts->values[i]);
        UM_TRY(um_names_add(cx, &p->numbers.rows, name, (size_t)length));
    }
    return UNMIX_OK;
}

static unmix_status read_numbers(unmix_context *cx, um_found_programs *p)
{
    static const char *const known[] = {"error", "stability", "held_out", "held_out_se", "silhouette", "cophenetic",
                                        "ambiguous", "area_change", "support", "loss", "iterations"};
    enum { KNOWN = sizeof known / sizeof known[0] };
    char element[128];
    unsigned char there[KNOWN];
    um_numbers values = {0};
    int found = 0;
    UM_TRY(um_h5ad_has(cx, p->path, layout_of(p)->table, &found));
    if (!found)
        return UNMIX_OK;
    for (size_t i = 0; i < KNOWN; i++) {
        UM_TRY(um_h5ad_has(cx, p->path, place(element, layout_of(p)->table, known[i]), &found));
        there[i] = (unsigned char)found;
        if (found)
            UM_TRY(um_names_add(cx, &p->numbers.columns, known[i], strlen(known[i])));
    }
    unmix_status status = read_counts(cx, p, &values);
    um_numbers_clear(&values);
    if (status == UNMIX_OK)
        status = um_matrix_allocate(cx, &p->numbers);
    for (size_t i = 0, column = 0; i < KNOWN && status == UNMIX_OK; i++) {
        if (!there[i])
            continue;
        status = um_h5ad_read_array(cx, p->path, place(element, layout_of(p)->table, known[i]), NULL, &values);
        for (size_t r = 0; r < values.rows && r < p->numbers.rows.count && status == UNMIX_OK; r++)
            um_row(&p->numbers, r)[column] = values.values[r];
        um_numbers_clear(&values);
        column++;
    }
    return status;
}

static unmix_status read_history(unmix_context *cx, um_found_programs *p)
{
    char element[128];
    um_numbers numbers = {0};
    int found = 0;
    UM_TRY(um_h5ad_has(cx, p->path, place(element, layout_of(p)->run, "history"), &found));
    if (!found)
        return UNMIX_OK;
    UM_TRY(um_h5ad_read_array(cx, p->path, element, NULL, &numbers));
    p->history = numbers.values;
    p->looks = numbers.rows;
    return UNMIX_OK;
}

/* ---- The consensus matrix ---- */

static unmix_status refuse_damaged(unmix_context *cx, const um_found_programs *p, const char *what)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: uns/nmf_consensus/%s does not fit the consensus matrix; run 'unmix consensus' again",
                   p->path, what);
}

/* Nodes of the tree must be joined before they are used, each once at most. */
static int is_tree(const double *linkage, size_t leaves)
{
    for (size_t m = 0; m + 1 < leaves; m++)
        for (size_t side = 0; side < 2; side++) {
            const double node = linkage[4 * m + side];
            if (!(node >= 0 && node < (double)(leaves + m)) || node != floor(node))
                return 0;
        }
    return 1;
}

static unmix_status read_linkage(unmix_context *cx, um_found_programs *p)
{
    um_numbers numbers = {0};
    int found = 0;
    UM_TRY(um_h5ad_has(cx, p->path, "uns/nmf_consensus/linkage", &found));
    if (!found)
        return UNMIX_OK;
    UM_TRY(um_h5ad_read_array(cx, p->path, "uns/nmf_consensus/linkage", NULL, &numbers));
    if (numbers.rows + 1 == p->matrix.items && numbers.columns == 4 && is_tree(numbers.values, p->matrix.items)) {
        p->matrix.linkage = numbers.values;
        return UNMIX_OK;
    }
    um_numbers_clear(&numbers);
    return refuse_damaged(cx, p, "linkage");
}

static unmix_status read_labels(unmix_context *cx, um_found_programs *p)
{
    um_numbers labels = {0}, order = {0};
    unmix_status status = um_h5ad_read_array(cx, p->path, "uns/nmf_consensus/labels", NULL, &labels);
    if (status == UNMIX_OK)
        status = um_h5ad_read_array(cx, p->path, "uns/nmf_consensus/order", NULL, &order);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &p->matrix.label, p->matrix.items, "labels");
    if (status == UNMIX_OK && order.rows != p->matrix.items)
        status = refuse_damaged(cx, p, "order");
    for (size_t i = 0; i < p->matrix.items && status == UNMIX_OK; i++) {
        const double item = order.values[i];
        const double label = item >= 0 && item < (double)labels.rows ? labels.values[(size_t)item] : -1;
        if (!(label >= 0 && label < 1e6))
            status = refuse_damaged(cx, p, "labels");
        else
            p->matrix.label[i] = (size_t)label;
    }
    um_numbers_clear(&labels);
    um_numbers_clear(&order);
    return status;
}

static unmix_status read_matrix(unmix_context *cx, um_found_programs *p)
{
    um_numbers numbers = {0};
    int found = 0;
    UM_TRY(um_h5ad_has(cx, p->path, "uns/nmf_consensus/consensus", &found));
    if (!found)
        return UNMIX_OK;
    UM_TRY(um_h5ad_read_array(cx, p->path, "uns/nmf_consensus/consensus", NULL, &numbers));
    p->matrix.values = numbers.values;
    p->matrix.items = numbers.rows;
    if (numbers.rows != numbers.columns || numbers.rows == 0)
        return refuse_damaged(cx, p, "consensus");
    UM_TRY(read_labels(cx, p));
    return read_linkage(cx, p);
}

/* ---- How it was made ---- */

static unmix_status read_run(unmix_context *cx, um_found_programs *p)
{
    static const um_described shown[] = {
        {"version", 0},  {"solver", 0},     {"loss_function", 0}, {"init", 0},    {"selection", 0},  {"values", 0},
        {"resample", 0}, {"precision", 0},  {"reason", 0},        {"n_components", 1}, {"n_clusters", 1}, {"n_genes", 1},
        {"normalize", 1}, {"iterations", 1}, {"loss", 1},         {"error", 1},   {"resamples", 1},  {"resample_fraction", 1},
        {"tolerance", 1}, {"seed", 1},      {NULL, 0}};
    return um_describe(cx, p->path, layout_of(p)->run, shown, &p->run);
}

unmix_status um_found_programs_read(unmix_context *cx, const char *path, const char *coordinates, um_found_programs *p)
{
    p->path = path;
    p->run = um_text_of(cx);
    UM_TRY(um_h5ad_has(cx, path, "uns/nmf_consensus", &p->consensus));
    UM_TRY(read_frame(cx, p, "obsm", layout_of(p)->usages, &p->usages));
    p->chosen = p->usages.columns.count;
    UM_TRY(read_loadings(cx, p));
    if (p->consensus)
        UM_TRY(read_scores(cx, p));
    UM_TRY(read_places(cx, p, coordinates));
    UM_TRY(read_numbers(cx, p));
    UM_TRY(read_history(cx, p));
    if (p->consensus)
        UM_TRY(read_matrix(cx, p));
    return read_run(cx, p);
}
