#include "unmix/signatures.h"

#include <stdlib.h>
#include <string.h>

#include "api/argument.h"
#include "api/handles.h"
#include "core/listing.h"
#include "core/memory.h"
#include "deconvolve/signature.h"
#include "io/h5ad.h"
#include "io/table.h"
#include "io/tenx.h"

enum { LISTED = 20 };

/* The distinct labels, and for every cell of the data the position of its label, -1 for none. */
typedef struct labels {
    um_names levels;
    int64_t *level;
} labels;

void unmix_signature_options_init(unmix_signature_options *options)
{
    *options = (unmix_signature_options){0};
}

static int is_missing(const char *label)
{
    return !*label || strcmp(label, "NA") == 0 || strcmp(label, "NaN") == 0 || strcmp(label, "nan") == 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The distinct labels of a column (indexed), sorted. */
static unmix_status collect_levels(unmix_context *cx, const um_names *column, um_names *levels)
{
    const char **distinct = NULL;
    size_t count = 0;
    UM_TRY(UM_ALLOC(cx, &distinct, column->count, "labels"));
    for (size_t i = 0; i < column->count; i++)
        if (um_names_find(column, um_name(column, i)) == i && !is_missing(um_name(column, i)))
            distinct[count++] = um_name(column, i);
    qsort(distinct, count, sizeof *distinct, by_text);
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < count && status == UNMIX_OK; i++)
        status = um_names_add(cx, levels, distinct[i], strlen(distinct[i]));
    free(distinct);
    return status == UNMIX_OK ? um_names_index(cx, levels) : status;
}

/* The column of the sheet that holds the labels; without one, says which columns there are. */
static unmix_status find_column(unmix_context *cx, const um_text_table *sheet, const char *groupby, size_t *column)
{
    char list[600];
    um_list_names(&sheet->columns, LISTED, list, sizeof list);
    if (!groupby)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "say which column of %s holds the types (--groupby); its columns are: %s", sheet->origin, list);
    *column = um_text_table_column(sheet, groupby);
    if (*column == UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no column '%s'; the columns are: %s", sheet->origin,
                       groupby, list);
    if (*column == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: column '%s' holds the names of the cells, not their types; the columns "
                       "are: %s",
                       sheet->origin, groupby, list);
    return UNMIX_OK;
}

static unmix_status refuse_repeated_cells(unmix_context *cx, const um_source *cells)
{
    um_names names = {0};
    unmix_status status = um_names_copy(cx, &names, cells->columns);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &names);
    const size_t again = status == UNMIX_OK ? um_names_repeated(&names) : UM_NOT_FOUND;
    if (again != UM_NOT_FOUND)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                         "%s: cells %zu and %zu are both named '%s', so a table of labels does not "
                         "fit; make the names unique",
                         cells->origin, um_names_find(&names, um_name(&names, again)) + 1, again + 1,
                         um_name(&names, again));
    um_names_clear(&names);
    return status;
}

/* Joins the cells with the rows of the sheet by name. */
static unmix_status join(unmix_context *cx, const um_source *cells, const um_text_table *sheet, const um_names *column,
                         labels *l)
{
    UM_TRY(UM_ALLOC(cx, &l->level, cells->columns->count, "labels"));
    size_t found = 0;
    for (size_t i = 0; i < cells->columns->count; i++) {
        const size_t row = um_names_find(&sheet->fields[0], um_name(cells->columns, i));
        l->level[i] = -1;
        if (row == UM_NOT_FOUND)
            continue;
        found++;
        if (!is_missing(um_name(column, row)))
            l->level[i] = (int64_t)um_names_find(&l->levels, um_name(column, row));
    }
    if (!found) {
        char in_data[300], in_sheet[300];
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s and %s have no cell in common: %s against %s", cells->origin,
                       sheet->origin, um_list_names(cells->columns, 3, in_data, sizeof in_data),
                       um_list_names(&sheet->fields[0], 3, in_sheet, sizeof in_sheet));
    }
    if (found < cells->columns->count)
        um_note(cx, "%s: %zu of %zu cells have no row in %s", cells->origin, cells->columns->count - found,
                cells->columns->count, sheet->origin);
    if (found < sheet->n_rows)
        um_note(cx, "%s: %zu of %zu rows are not cells of %s", sheet->origin, sheet->n_rows - found, sheet->n_rows,
                cells->origin);
    return UNMIX_OK;
}

static unmix_status label_with_sheet(unmix_context *cx, const um_source *cells, um_text_table *sheet,
                                     const char *groupby, labels *l)
{
    size_t at = 0;
    UM_TRY(find_column(cx, sheet, groupby, &at));
    UM_TRY(um_refuse_repeated(cx, sheet->origin, "cell", &sheet->fields[0], sheet->first_line,
                              "every cell may be there once"));
    UM_TRY(refuse_repeated_cells(cx, cells));
    UM_TRY(um_names_index(cx, &sheet->fields[at]));
    UM_TRY(collect_levels(cx, &sheet->fields[at], &l->levels));
    return join(cx, cells, sheet, &sheet->fields[at], l);
}

static unmix_status labels_of_sheet(unmix_context *cx, const um_source *cells, const unmix_signature_options *options,
                                    labels *l)
{
    um_text_table sheet = {0};
    unmix_status status = um_text_table_read(cx, options->cells, &sheet);
    if (status == UNMIX_OK)
        status = label_with_sheet(cx, cells, &sheet, options->groupby, l);
    um_text_table_clear(&sheet);
    return status;
}

/* The reader names the columns there are when it is asked for one that there cannot be. */
static unmix_status refuse_no_groupby(unmix_context *cx, const char *path)
{
    unmix_context asked = {0};
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0;
    (void)um_h5ad_labels(&asked, path, "", &levels, &level, &n);
    um_names_clear(&levels);
    free(level);
    return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "say which column of obs holds the types (--groupby); %s", asked.message);
}

static unmix_status labels_of_h5ad(unmix_context *cx, const char *path, const um_source *cells, const char *groupby,
                                   labels *l)
{
    if (!groupby)
        return refuse_no_groupby(cx, path);
    size_t n = 0;
    UM_TRY(um_h5ad_labels(cx, path, groupby, &l->levels, &l->level, &n));
    if (n != cells->columns->count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: obs/%s has %zu values for %zu cells; the file is damaged", path,
                       groupby, n, cells->columns->count);
    return UNMIX_OK;
}

static unmix_status find_labels(unmix_context *cx, const char *path, const um_source *cells,
                                const unmix_signature_options *options, labels *l)
{
    if (options->cells)
        return labels_of_sheet(cx, cells, options, l);
    if (!cells->first_line && um_is_hdf5(path) && !um_is_tenx(path))
        return labels_of_h5ad(cx, path, cells, options->groupby, l);
    return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                   "%s: %s has no labels; give a table with the types of its columns (--cells)", path,
                   cells->first_line ? "a table of counts" : um_is_tenx(path) ? "a 10x file" : "a MatrixMarket folder");
}

unmix_status unmix_signatures(unmix_context *cx, const char *path, const unmix_signature_options *options,
                              unmix_matrix **signatures)
{
    UM_NEED(cx, signatures);
    *signatures = NULL;
    UM_NEED(cx, path);
    UM_NEED(cx, options);
    if (options->n_drop)
        UM_NEED(cx, options->drop);
    if (options->read.missing)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: signatures cannot leave out missing entries", path);
    um_source cells = {0};
    labels l = {0};
    unmix_matrix *made = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_open_source(cx, path, &options->read, &cells));
    UM_TRY_GOTO(status, done, find_labels(cx, path, &cells, options, &l));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "signatures"));
    UM_TRY_GOTO(status, done, um_signature_build(cx, &cells, &l.levels, l.level, options, &made->matrix));
    *signatures = made;
    made = NULL;
done:
    free(made);
    um_names_clear(&l.levels);
    free(l.level);
    um_source_close(&cells);
    return status;
}

/* ---- Cells that are open ---- */

static unmix_status take_types(unmix_context *cx, size_t n, const char *const *types, um_names *levels)
{
    for (size_t i = 0; i < n; i++) {
        if (!types[i] || !*types[i])
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the name of type %zu is empty", i + 1);
        UM_TRY(um_names_add(cx, levels, types[i], strlen(types[i])));
    }
    UM_TRY(um_names_index(cx, levels));
    const size_t again = um_names_repeated(levels);
    return again == UM_NOT_FOUND
               ? UNMIX_OK
               : UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "type '%s' is there twice", um_name(levels, again));
}

unmix_status unmix_signatures_of(unmix_context *cx, const unmix_source *cells, size_t n_types, const char *const *types,
                                 const int64_t *type_of_cell, const unmix_signature_options *options,
                                 unmix_matrix **signatures)
{
    UM_NEED(cx, signatures);
    *signatures = NULL;
    UM_NEED(cx, cells);
    UM_NEED(cx, types);
    UM_NEED(cx, type_of_cell);
    UM_NEED(cx, options);
    if (options->n_drop)
        UM_NEED(cx, options->drop);
    if (cells->source.missing)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: signatures cannot leave out missing entries", cells->source.origin);
    for (size_t i = 0; i < cells->source.columns->count; i++)
        if (type_of_cell[i] >= 0 && (uint64_t)type_of_cell[i] >= n_types)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "cell %zu is of type %lld, but there are %zu", i + 1,
                           (long long)type_of_cell[i] + 1, n_types);
    um_names levels = {0};
    unmix_matrix *made = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, take_types(cx, n_types, types, &levels));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &made, 1, "signatures"));
    UM_TRY_GOTO(status, done, um_signature_build(cx, &cells->source, &levels, type_of_cell, options, &made->matrix));
    *signatures = made;
    made = NULL;
done:
    free(made);
    um_names_clear(&levels);
    return status;
}
