#include "io/market/market.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "io/files/paths.h"
#include "io/market/market_files.h"
#include "io/market/market_matrix.h"
#include "io/market/market_names.h"
#include "io/text/text_lines.h"

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
    if (um_is_folder(path))
        return um_market_depth(path) == 1;
    return um_has_ending(path, ".mtx") || um_has_ending(path, ".mtx.gz") || has_banner(path);
}

int um_has_market(const char *path)
{
    return um_is_folder(path) && um_market_depth(path) == 2;
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

static unmix_status read_all(unmix_context *cx, const char *path, const unmix_read_options *options,
                             um_market_files *files, market *m)
{
    const size_t size = strlen(path) + 1;
    UM_TRY(UM_ALLOC(cx, &m->origin, size, "file name"));
    memcpy(m->origin, path, size);
    UM_TRY(um_market_files_find(cx, path, files));
    if (um_has_market(path))
        um_note(cx, "%s: the matrix is %s", path, files->matrix);
    UM_TRY(um_market_names_read(cx, files, &m->features, &m->cells));
    if (m->cells.count > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has %zu names; that is too many", files->cells, m->cells.count);
    const um_market_names names = {.features = &m->features,
                                   .cells = &m->cells,
                                   .features_path = files->features,
                                   .cells_path = files->cells,
                                   .cells_first = files->cells_first,
                                   .added_up = files->form == UM_MARKET_USA,
                                   .missing = options->missing};
    return um_market_matrix_read(cx, files->matrix, &names, &m->matrix);
}

unmix_status um_market_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                              um_source *source)
{
    market *m = NULL;
    um_market_files files = {0};
    UM_TRY(UM_ALLOC(cx, &m, 1, "source"));
    const unmix_status status = read_all(cx, path, options, &files, m);
    um_market_files_clear(&files);
    if (status != UNMIX_OK) {
        close_market(m);
        return status;
    }
    *source = (um_source){
        .origin = m->origin,
        .rows = &m->features.names,
        .row_ids = &m->features.ids,
        .aliases = &m->features.aliases,
        .columns = &m->cells,
        .missing = options->missing,
        .state = m,
        .read = read_market,
        .close = close_market,
    };
    return UNMIX_OK;
}

unmix_status um_market_labels(unmix_context *cx, const char *path, char **sheet)
{
    um_market_files files = {0};
    UM_TRY(um_market_files_find(cx, path, &files));
    if (files.form == UM_MARKET_TABLES) {
        *sheet = files.cells;
        files.cells = NULL;
    }
    um_market_files_clear(&files);
    return UNMIX_OK;
}
