#include "io/market/market_names.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/text/table.h"
#include "io/text/table_scan.h"

/* ---- Lists ---- */

/* Takes one row of a list of names. */
typedef unmix_status (*take_row)(unmix_context *cx, const um_scan *scan, void *state);

/* A list without a header; every row has as many fields as the first. */
static unmix_status read_list(unmix_context *cx, const char *path, take_row take, void *state)
{
    um_scan scan;
    UM_TRY(um_scan_open_plain(cx, &scan, path, '\t'));
    unmix_status status = UNMIX_OK;
    size_t width = 0;
    for (int more = 1; status == UNMIX_OK;) {
        status = um_scan_row(cx, &scan, &more);
        if (status != UNMIX_OK || !more)
            break;
        width = width ? width : scan.n_fields;
        status = scan.n_fields == width
                     ? take(cx, &scan, state)
                     : UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has %zu fields; %zu are expected", path,
                               scan.lines.line, scan.n_fields, width);
    }
    um_scan_close(&scan);
    return status;
}

/* id, name, kind, and what else there may be; of one column only, it is both id and name. */
static unmix_status take_feature(unmix_context *cx, const um_scan *scan, void *state)
{
    um_features *features = state;
    const um_field id = scan->fields[0], name = scan->fields[scan->n_fields > 1];
    if (!id.length && !name.length)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has no name", scan->lines.path, scan->lines.line);
    UM_TRY(um_names_add(cx, &features->all_ids, id.text, id.length));
    UM_TRY(um_names_add(cx, &features->all_names, name.text, name.length));
    if (scan->n_fields > 2)
        UM_TRY(um_names_add(cx, &features->all_kinds, scan->fields[2].text, scan->fields[2].length));
    return UNMIX_OK;
}

static unmix_status take_cell(unmix_context *cx, const um_scan *scan, void *state)
{
    const um_field name = scan->fields[0];
    if (!name.length)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has no name", scan->lines.path, scan->lines.line);
    return um_names_add(cx, state, name.text, name.length);
}

/* A line each, which may be blank. */
static unmix_status read_lines(unmix_context *cx, const char *path, um_names *names)
{
    um_lines lines;
    UM_TRY(um_lines_open(cx, &lines, path, NULL));
    unmix_status status = UNMIX_OK;
    const char *text = NULL;
    for (size_t length = 0; status == UNMIX_OK;) {
        status = um_lines_next(cx, &lines, &text, &length);
        if (status != UNMIX_OK || length == UM_NOT_FOUND)
            break;
        status = um_names_add(cx, names, text, length);
    }
    um_lines_close(&lines);
    return status;
}

/* The symbols of the features take the place of their names; where one is blank, the id will stay. */
static unmix_status read_symbols(unmix_context *cx, const um_market_files *files, um_features *features)
{
    um_names symbols = {0};
    unmix_status status = read_lines(cx, files->symbols, &symbols);
    if (status == UNMIX_OK && symbols.count != features->all_ids.count)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s has %zu names and %s has %zu; they belong to different runs",
                         files->symbols, symbols.count, files->features, features->all_ids.count);
    if (status != UNMIX_OK) {
        um_names_clear(&symbols);
        return status;
    }
    um_names_clear(&features->all_names);
    features->all_names = symbols;
    return UNMIX_OK;
}

/* ---- Tables ---- */

/* The first of the columns that is there, else column `otherwise`. */
static const um_names *column_of(const um_text_table *table, const char *name, size_t otherwise)
{
    const size_t found = um_text_table_column(table, name);
    return &table->fields[found != UM_NOT_FOUND ? found : otherwise];
}

static unmix_status read_feature_table(unmix_context *cx, const char *path, um_features *features)
{
    um_text_table table = {0};
    UM_TRY(um_text_table_read(cx, path, &table));
    unmix_status status = um_names_copy(cx, &features->all_ids, column_of(&table, "gene_id", 0));
    if (status == UNMIX_OK)
        status = um_names_copy(cx, &features->all_names, column_of(&table, "gene_name", 0));
    um_text_table_clear(&table);
    return status;
}

static unmix_status read_cell_table(unmix_context *cx, const char *path, um_names *cells)
{
    um_text_table table = {0};
    UM_TRY(um_text_table_read(cx, path, &table));
    const unmix_status status = um_names_copy(cx, cells, &table.fields[0]);
    um_text_table_clear(&table);
    return status;
}

/* ---- alevin-fry ---- */

static int is_with(const char *name, const char *gene, const char *ending)
{
    const size_t length = strlen(gene);
    return strncmp(name, gene, length) == 0 && strcmp(name + length, ending) == 0;
}

/* All genes, then all with -U, then all with -A. */
static int is_in_three_states(const um_names *names)
{
    const size_t genes = names->count / 3;
    if (!genes || names->count % 3)
        return 0;
    for (size_t i = 0; i < genes; i++)
        if (!is_with(um_name(names, genes + i), um_name(names, i), "-U") ||
            !is_with(um_name(names, 2 * genes + i), um_name(names, i), "-A"))
            return 0;
    return 1;
}

/* The names of the first third alone. */
static unmix_status keep_genes(unmix_context *cx, um_names *names, size_t genes)
{
    um_names kept = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < genes && status == UNMIX_OK; i++)
        status = um_names_add(cx, &kept, um_name(names, i), strlen(um_name(names, i)));
    um_names_clear(names);
    *names = kept;
    return status;
}

/* Spliced and ambiguous counts of a gene are its counts, unspliced ones are none, as fishpond's loadFry() has it. */
static unmix_status settle_states(unmix_context *cx, const char *origin, um_features *features)
{
    um_names all = {0};
    const size_t genes = features->all_names.count / 3;
    uint32_t *place = NULL;
    UM_TRY(um_names_copy(cx, &all, &features->all_names));
    unmix_status status;
    UM_TRY_GOTO(status, failed, keep_genes(cx, &features->all_names, genes));
    UM_TRY_GOTO(status, failed, keep_genes(cx, &features->all_ids, genes));
    UM_TRY_GOTO(status, failed, um_features_settle(cx, origin, features));
    UM_TRY_GOTO(status, failed, UM_ALLOC(cx, &place, 3 * genes, "features"));
    for (size_t i = 0; i < genes; i++) {
        place[i] = place[2 * genes + i] = features->place[i];
        place[genes + i] = UM_LEFT_OUT;
    }
    free(features->place);
    features->place = place;
    um_names_clear(&features->all_names);
    features->all_names = all;
    um_note(cx, "%s: %zu genes, each spliced, unspliced (-U) and ambiguous (-A): spliced and ambiguous counts are added "
                "up, unspliced ones are left out", origin, genes);
    return UNMIX_OK;
failed:
    um_names_clear(&all);
    return status;
}

/* ---- All of them ---- */

unmix_status um_market_names_read(unmix_context *cx, const um_market_files *files, um_features *features, um_names *cells)
{
    const int tables = files->form == UM_MARKET_TABLES;
    UM_TRY(tables ? read_feature_table(cx, files->features, features)
                  : read_list(cx, files->features, take_feature, features));
    UM_TRY(tables ? read_cell_table(cx, files->cells, cells) : read_list(cx, files->cells, take_cell, cells));
    if (files->symbols)
        UM_TRY(read_symbols(cx, files, features));
    if (files->form == UM_MARKET_USA && is_in_three_states(&features->all_names))
        return settle_states(cx, files->features, features);
    return um_features_settle(cx, files->features, features);
}
