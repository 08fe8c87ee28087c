#include "io/market/market.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/memory.h"
#include "io/files/paths.h"
#include "io/market/market_matrix.h"
#include "io/text/table_scan.h"

/* ---- Which files ---- */

static const char *const matrix_files[] = {"matrix.mtx", "matrix.mtx.gz", NULL};
static const char *const feature_files[] = {"features.tsv", "features.tsv.gz", "genes.tsv", "genes.tsv.gz", NULL};
static const char *const cell_files[] = {"barcodes.tsv", "barcodes.tsv.gz", NULL};

/* The first of the files whose names follow the prefix; *path is NULL when there is none. */
static unmix_status find_file(unmix_context *cx, const char *prefix, size_t length, const char *const *names,
                              char **path)
{
    *path = NULL;
    for (; *names; names++) {
        const size_t size = length + strlen(*names) + 1;
        UM_TRY(UM_ALLOC(cx, path, size, "file name"));
        (void)snprintf(*path, size, "%.*s%s", (int)length, prefix, *names);
        if (access(*path, F_OK) == 0)
            return UNMIX_OK;
        free(*path);
        *path = NULL;
    }
    return UNMIX_OK;
}

/* "GSM1_" of "data/GSM1_matrix.mtx.gz" with its folder; of a file with another name, the folder. */
static size_t prefix_of_file(const char *path)
{
    const size_t length = strlen(path);
    for (const char *const *name = matrix_files; *name; name++) {
        const size_t ending = strlen(*name);
        if (length >= ending && strcmp(path + length - ending, *name) == 0)
            return length - ending;
    }
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* The path of the folder with a '/' behind it, to be freed. */
static unmix_status prefix_of_folder(unmix_context *cx, const char *path, char **prefix)
{
    return um_file_in(cx, path, "", prefix);
}

/* Whether the text of a file begins with the banner. Pipes are left alone: what is read from them is gone. */
static int has_banner(const char *path)
{
    if (!um_is_file(path))
        return 0;
    unmix_context asked = {0};
    um_lines lines;
    if (um_lines_open(&asked, &lines, path, UM_MARKET_BANNER) != UNMIX_OK)
        return 0;
    const size_t length = sizeof UM_MARKET_BANNER - 1;
    const int yes = lines.end - lines.begin >= length &&
                    strncasecmp(lines.buffer + lines.begin, UM_MARKET_BANNER, length) == 0;
    um_lines_close(&lines);
    return yes;
}

int um_is_market(const char *path)
{
    if (!um_is_folder(path))
        return um_has_ending(path, ".mtx") || um_has_ending(path, ".mtx.gz") || has_banner(path);
    unmix_context asked = {0};
    char *prefix = NULL, *found = NULL;
    if (prefix_of_folder(&asked, path, &prefix) == UNMIX_OK)
        (void)find_file(&asked, prefix, strlen(prefix), matrix_files, &found);
    const int yes = found != NULL;
    free(found);
    free(prefix);
    return yes;
}

typedef struct files {
    char *matrix, *features, *cells;
} files;

static void clear_files(files *f)
{
    free(f->matrix);
    free(f->features);
    free(f->cells);
    *f = (files){0};
}

static unmix_status find_names(unmix_context *cx, const char *prefix, size_t length, files *f)
{
    UM_TRY(find_file(cx, prefix, length, feature_files, &f->features));
    UM_TRY(find_file(cx, prefix, length, cell_files, &f->cells));
    if (f->features && f->cells)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no '%.*s%s' beside it, nor the same with .gz", f->matrix,
                   (int)length, prefix, f->features ? "barcodes.tsv" : "features.tsv' or 'genes.tsv");
}

static unmix_status find_files(unmix_context *cx, const char *path, files *f)
{
    if (!um_is_folder(path)) {
        const size_t size = strlen(path) + 1;
        UM_TRY(UM_ALLOC(cx, &f->matrix, size, "file name"));
        memcpy(f->matrix, path, size);
        return find_names(cx, path, prefix_of_file(path), f);
    }
    char *prefix = NULL;
    UM_TRY(prefix_of_folder(cx, path, &prefix));
    unmix_status status = find_file(cx, prefix, strlen(prefix), matrix_files, &f->matrix);
    if (status == UNMIX_OK && !f->matrix)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is a folder without matrix.mtx or matrix.mtx.gz", path);
    if (status == UNMIX_OK)
        status = find_names(cx, prefix, strlen(prefix), f);
    free(prefix);
    return status;
}

/* ---- Names ---- */

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

/* ---- The source ---- */

typedef struct market {
    char *origin;
    um_features features;
    um_names cells;
    um_sparse matrix; /* cells x genes */
} market;

static void close_market(void *state)
{
    market *m = state;
    free(m->origin);
    um_features_clear(&m->features);
    um_names_clear(&m->cells);
    um_sparse_clear(&m->matrix);
    free(m);
}

static unmix_status read_market(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    const market *m = state;
    const size_t *start = m->matrix.start + first;
    const size_t from = start[0], stored = start[count] - from;
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(um_block_reserve(cx, block, 0, stored));
    for (size_t i = 0; i < count; i++)
        block->start[i + 1] = start[i + 1] - from;
    if (stored) {
        memcpy(block->row, m->matrix.column + from, stored * sizeof *block->row);
        memcpy(block->value, m->matrix.value + from, stored * sizeof *block->value);
    }
    return UNMIX_OK;
}

static unmix_status read_all(unmix_context *cx, const char *path, const unmix_read_options *options, files *f,
                             market *m)
{
    const size_t size = strlen(path) + 1;
    UM_TRY(UM_ALLOC(cx, &m->origin, size, "file name"));
    memcpy(m->origin, path, size);
    UM_TRY(find_files(cx, path, f));
    UM_TRY(read_list(cx, f->features, take_feature, &m->features));
    UM_TRY(read_list(cx, f->cells, take_cell, &m->cells));
    if (m->cells.count > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has %zu names; that is too many", f->cells, m->cells.count);
    UM_TRY(um_features_settle(cx, f->features, &m->features));
    const um_market_names names = {&m->features, &m->cells, f->features, f->cells, options->missing};
    return um_market_matrix_read(cx, f->matrix, &names, &m->matrix);
}

unmix_status um_market_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                              um_source *source)
{
    market *m = NULL;
    files f = {0};
    UM_TRY(UM_ALLOC(cx, &m, 1, "source"));
    const unmix_status status = read_all(cx, path, options, &f, m);
    clear_files(&f);
    if (status != UNMIX_OK) {
        close_market(m);
        return status;
    }
    *source = (um_source){
        .origin = m->origin,
        .rows = &m->features.names,
        .row_ids = &m->features.ids,
        .columns = &m->cells,
        .missing = options->missing,
        .state = m,
        .read = read_market,
        .close = close_market,
    };
    return UNMIX_OK;
}
