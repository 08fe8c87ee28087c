#include "api/api_labelled.h"

#include <stdlib.h>
#include <string.h>

#include "api/api_argument.h"
#include "core/cell_names.h"
#include "core/listing.h"
#include "core/memory.h"
#include "core/order.h"
#include "core/repeated.h"
#include "io/anndata/h5ad.h"
#include "io/formats.h"
#include "io/read.h"
#include "io/text/table.h"

enum { LISTED = 20 };

void um_labelled_close(um_labelled *cells)
{
    um_column_labels *columns[] = {&cells->types, &cells->subjects};
    for (size_t c = 0; c < 2; c++) {
        um_names_clear(&columns[c]->levels);
        free(columns[c]->level);
    }
    um_source_close(&cells->source);
    *cells = (um_labelled){0};
}

um_cell_labels um_labelled_labels(const um_labelled *cells)
{
    const int with = cells->subjects.level != NULL;
    return (um_cell_labels){&cells->types.levels, cells->types.level, with ? &cells->subjects.levels : NULL,
                            cells->subjects.level, 0};
}

static int is_missing(const char *label)
{
    return !*label || strcmp(label, "NA") == 0 || strcmp(label, "NaN") == 0 || strcmp(label, "nan") == 0;
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
    const unmix_status status = um_names_add_distinct(cx, levels, distinct, count);
    free(distinct);
    return status;
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
                       "%s: column '%s' holds the names of the cells, not their types or subjects; the columns "
                       "are: %s",
                       sheet->origin, groupby, list);
    return UNMIX_OK;
}

static unmix_status refuse_repeated_cells(unmix_context *cx, const um_source *cells)
{
    size_t first, again;
    UM_TRY(um_find_repeated(cx, cells->columns, &first, &again));
    if (again == UM_NOT_FOUND)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: cells %zu and %zu are both named '%s', so a table of labels does not fit; make the names unique",
                   cells->origin, first + 1, again + 1, um_name(cells->columns, again));
}

static size_t in_common(const um_names *names, const um_text_table *sheet)
{
    size_t found = 0;
    for (size_t i = 0; i < names->count; i++)
        found += um_names_find(&sheet->fields[0], um_name(names, i)) != UM_NOT_FOUND;
    return found;
}

static unmix_status refuse_no_cells(unmix_context *cx, const um_source *cells, const um_text_table *sheet)
{
    char in_data[300], in_sheet[300];
    const size_t genes = in_common(cells->rows, sheet);
    if (genes)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s looks transposed: %zu of its rows are cells of %s; put genes into the rows and cells into the columns",
                       cells->origin, genes, sheet->origin);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s and %s have no cell in common: %s against %s", cells->origin, sheet->origin,
                   um_list_names(cells->columns, 3, in_data, sizeof in_data),
                   um_list_names(&sheet->fields[0], 3, in_sheet, sizeof in_sheet));
}

/* Where no cell meets as it is called, tries the ways in which programs call the same cell. */
static unmix_status reconcile(unmix_context *cx, const um_source *cells, um_text_table *sheet)
{
    const char *how = NULL;
    if (in_common(cells->columns, sheet))
        return UNMIX_OK;
    UM_TRY(um_cell_names_reconcile(cx, cells->columns, &sheet->fields[0], &how));
    if (!how)
        return refuse_no_cells(cx, cells, sheet);
    um_note(cx, "%s: names of cells are matched with those of %s %s", sheet->origin, cells->origin, how);
    return UNMIX_OK;
}

/* Says how cells and rows of the sheet meet. */
static void tell_join(unmix_context *cx, const um_source *cells, const um_text_table *sheet)
{
    const size_t found = in_common(cells->columns, sheet);
    if (found < cells->columns->count)
        um_note(cx, "%s: %zu of %zu cells have no row in %s", cells->origin, cells->columns->count - found,
                cells->columns->count, sheet->origin);
    if (found < sheet->n_rows)
        um_note(cx, "%s: %zu of %zu rows are not cells of %s", sheet->origin, sheet->n_rows - found, sheet->n_rows,
                cells->origin);
}

/* Labels of the cells from a column of the sheet, by name. */
static unmix_status join(unmix_context *cx, const um_source *cells, um_text_table *sheet, const char *name,
                         um_column_labels *l)
{
    size_t at = 0;
    UM_TRY(find_column(cx, sheet, name, &at));
    um_names *column = &sheet->fields[at];
    UM_TRY(um_names_index(cx, column));
    UM_TRY(collect_levels(cx, column, &l->levels));
    UM_TRY(UM_ALLOC(cx, &l->level, cells->columns->count, "labels"));
    for (size_t i = 0; i < cells->columns->count; i++) {
        const size_t row = um_names_find(&sheet->fields[0], um_name(cells->columns, i));
        const int labelled = row != UM_NOT_FOUND && !is_missing(um_name(column, row));
        l->level[i] = labelled ? (int64_t)um_names_find(&l->levels, um_name(column, row)) : -1;
    }
    return UNMIX_OK;
}

/* Exchanges the first column with another. */
static unmix_status put_first(unmix_context *cx, um_text_table *sheet, size_t column)
{
    um_names columns = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < sheet->columns.count && status == UNMIX_OK; i++) {
        const char *name = um_name(&sheet->columns, i == 0 ? column : i == column ? 0 : i);
        status = um_names_add(cx, &columns, name, strlen(name));
    }
    um_names_clear(&sheet->columns);
    sheet->columns = columns;
    const um_names first = sheet->fields[0];
    sheet->fields[0] = sheet->fields[column];
    sheet->fields[column] = first;
    return status;
}

/* Names of cells stand in the first column, or, where it has none of them, in another that has those of most cells. */
static unmix_status choose_cell_column(unmix_context *cx, const um_source *cells, um_text_table *sheet)
{
    um_names index = {0};
    size_t best = 0, most = 0, first = 0;
    unmix_status status = um_names_copy(cx, &index, cells->columns);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t i = 0; i < sheet->columns.count && status == UNMIX_OK; i++) {
        size_t found = 0;
        for (size_t row = 0; row < sheet->n_rows; row++)
            found += um_names_find(&index, um_name(&sheet->fields[i], row)) != UM_NOT_FOUND;
        first = i ? first : found;
        best = found > most ? i : best;
        most = found > most ? found : most;
    }
    um_names_clear(&index);
    UM_TRY(status);
    if (first || !best || 2 * most < cells->columns->count)
        return UNMIX_OK;
    um_note(cx, "%s: the names of the cells are those of column '%s'", sheet->origin, um_name(&sheet->columns, best));
    return put_first(cx, sheet, best);
}

static unmix_status label_with_sheet(unmix_context *cx, um_text_table *sheet, const unmix_signature_options *options,
                                     um_labelled *cells)
{
    size_t at = 0;
    UM_TRY(choose_cell_column(cx, &cells->source, sheet));
    UM_TRY(find_column(cx, sheet, options->groupby, &at));
    UM_TRY(um_names_index(cx, &sheet->fields[0]));
    UM_TRY(um_refuse_repeated(cx, sheet->origin, "cell", &sheet->fields[0], sheet->first_line,
                              "every cell may be there once"));
    UM_TRY(refuse_repeated_cells(cx, &cells->source));
    UM_TRY(reconcile(cx, &cells->source, sheet));
    UM_TRY(join(cx, &cells->source, sheet, options->groupby, &cells->types));
    tell_join(cx, &cells->source, sheet);
    return options->subject ? join(cx, &cells->source, sheet, options->subject, &cells->subjects) : UNMIX_OK;
}

static unmix_status labels_of_sheet(unmix_context *cx, const char *path, const unmix_signature_options *options,
                                    um_labelled *cells)
{
    um_text_table sheet = {0};
    unmix_status status = um_text_table_read(cx, path, &sheet);
    if (status == UNMIX_OK)
        status = label_with_sheet(cx, &sheet, options, cells);
    um_text_table_clear(&sheet);
    return status;
}

/* The reader names the columns there are when it is asked for one that there cannot be. */
static unmix_status refuse_no_groupby(unmix_context *cx, const char *path)
{
    unmix_context asked = {.files = cx->files, .files_payload = cx->files_payload};
    um_names levels = {0};
    int64_t *level = NULL;
    size_t n = 0;
    (void)um_h5ad_labels(&asked, path, "", &levels, &level, &n);
    um_names_clear(&levels);
    free(level);
    return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "say which column of obs holds the types (--groupby); %s", asked.message);
}

/* Labels that say that there is none count as none, as in tables. Their levels stay without cells, unsaid. */
static unmix_status drop_missing(unmix_context *cx, um_column_labels *l, size_t n)
{
    um_names kept = {0};
    int64_t *place = NULL;
    unmix_status status = UM_ALLOC(cx, &place, l->levels.count, "labels");
    for (size_t i = 0; i < l->levels.count && status == UNMIX_OK; i++) {
        const char *name = um_name(&l->levels, i);
        place[i] = is_missing(name) ? -1 : (int64_t)kept.count;
        if (place[i] >= 0)
            status = um_names_add(cx, &kept, name, strlen(name));
    }
    for (size_t i = 0; i < n && status == UNMIX_OK; i++)
        l->level[i] = l->level[i] < 0 ? -1 : place[l->level[i]];
    free(place);
    if (status == UNMIX_OK) {
        um_names_clear(&l->levels);
        l->levels = kept;
    }
    return status;
}

static unmix_status labels_of_h5ad(unmix_context *cx, const char *path, const um_source *cells, const char *name,
                                   um_column_labels *l)
{
    size_t n = 0;
    UM_TRY(um_h5ad_labels(cx, path, name, &l->levels, &l->level, &n));
    if (n != cells->columns->count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: obs/%s has %zu values for %zu cells; the file is damaged", path,
                       name, n, cells->columns->count);
    return drop_missing(cx, l, n);
}

/* Of data in a format without labels: those that its program left beside it. */
static unmix_status labels_beside(unmix_context *cx, const char *path, const um_format *format,
                                  const unmix_signature_options *options, um_labelled *cells)
{
    char *sheet = NULL;
    if (format->labels)
        UM_TRY(format->labels(cx, path, &sheet));
    if (!sheet)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: %s has no labels; give a table with the types of its columns (--cells)",
                       path, cells->source.first_line ? "a table of counts" : format->name);
    const unmix_status status = labels_of_sheet(cx, sheet, options, cells);
    free(sheet);
    return status;
}

static unmix_status find_labels(unmix_context *cx, const char *path, const unmix_signature_options *options,
                                um_labelled *cells)
{
    if (options->cells)
        return labels_of_sheet(cx, options->cells, options, cells);
    const um_format *format = NULL;
    UM_TRY(um_find_matrix_format(cx, path, &format));
    if (!format->annotated)
        return labels_beside(cx, path, format, options, cells);
    if (!options->groupby)
        return refuse_no_groupby(cx, path);
    UM_TRY(labels_of_h5ad(cx, path, &cells->source, options->groupby, &cells->types));
    return options->subject ? labels_of_h5ad(cx, path, &cells->source, options->subject, &cells->subjects) : UNMIX_OK;
}

unmix_status um_labelled_open(unmix_context *cx, const char *path, const unmix_signature_options *options,
                              um_labelled *cells)
{
    if (options->read.missing)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: signatures cannot leave out missing entries", path);
    unmix_status status = um_open_source(cx, path, &options->read, &cells->source);
    if (status == UNMIX_OK)
        status = find_labels(cx, path, options, cells);
    if (status != UNMIX_OK)
        um_labelled_close(cells);
    return status;
}

/* ---- Labels from memory ---- */

unmix_status um_take_labels(unmix_context *cx, const char *kind, const unmix_cell_labels *given, const um_source *cells,
                            um_names *levels)
{
    for (size_t i = 0; i < given->n; i++) {
        const char *name = given->names ? given->names[i] : NULL;
        if (!name || !*name)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "the name of %s %zu is empty", kind, i + 1);
        UM_TRY(um_names_add(cx, levels, name, strlen(name)));
    }
    UM_TRY(um_names_index(cx, levels));
    const size_t again = um_names_repeated(levels);
    if (again != UM_NOT_FOUND)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s '%s' is there twice", kind, um_name(levels, again));
    for (size_t i = 0; i < cells->columns->count; i++)
        if (given->of_cell[i] >= 0 && (uint64_t)given->of_cell[i] >= given->n)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "cell %zu is of %s %lld, but there are %zu", i + 1, kind,
                           (long long)given->of_cell[i] + 1, given->n);
    return UNMIX_OK;
}
