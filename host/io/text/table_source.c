#include "io/text/table_source.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/spill.h"
#include "io/text/table.h"

typedef struct table {
    um_table_head head;
    um_spill spill;
    double *values; /* of a few columns */
    size_t capacity;
} table;

static void close_table(void *state)
{
    table *t = state;
    um_table_head_clear(&t->head);
    um_spill_close(&t->spill);
    free(t->values);
    free(t);
}

static unmix_status begin_rows(unmix_context *cx, void *state, const unmix_read_options *options)
{
    table *t = state;
    const um_spill_options spill = {.folder = options->scratch, .memory = options->memory};
    return um_spill_open(cx, &t->spill, t->head.columns.count, &spill);
}

static unmix_status take_row(unmix_context *cx, void *state, const double *row)
{
    table *t = state;
    return um_spill_add(cx, &t->spill, row);
}

static unmix_status add_columns(unmix_context *cx, const table *t, size_t count, size_t from, size_t *used, um_block *block)
{
    const size_t rows = t->spill.rows;
    UM_TRY(um_block_reserve(cx, block, *used, rows * count));
    for (size_t c = 0; c < count; c++) {
        const double *column = t->values + c * rows;
        for (size_t r = 0; r < rows; r++) {
            if (column[r] == 0.0)
                continue;
            block->row[*used] = (uint32_t)r;
            block->value[(*used)++] = column[r];
        }
        block->start[from + c + 1] = *used;
    }
    return UNMIX_OK;
}

static unmix_status read_columns(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    table *t = state;
    const size_t together = um_spill_column_block(&t->spill);
    size_t used = 0;
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(UM_GROW(cx, &t->values, &t->capacity, (count < together ? count : together) * t->spill.rows, "columns"));
    for (size_t done = 0; done < count; done += together) {
        const size_t now = count - done < together ? count - done : together;
        UM_TRY(um_spill_read_columns(cx, &t->spill, first + done, now, t->values));
        UM_TRY(add_columns(cx, t, now, done, &used, block));
    }
    return UNMIX_OK;
}

unmix_status um_table_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source)
{
    unmix_read_options here = options ? *options : (unmix_read_options){0};
    here.average_columns = 0; /* samples and cells are one each */
    table *t = NULL;
    UM_TRY(UM_ALLOC(cx, &t, 1, "table"));
    t->spill.file = -1;
    const um_table_taker taker = {t, begin_rows, take_row};
    unmix_status status = um_table_scan(cx, path, &here, &t->head, &taker);
    if (status == UNMIX_OK)
        status = um_spill_finish(cx, &t->spill);
    if (status != UNMIX_OK) {
        close_table(t);
        return status;
    }
    *source = (um_source){
        .origin = t->head.origin,
        .rows = &t->head.rows,
        .row_lengths = t->head.lengths,
        .aliases = t->head.aliases.columns.count ? &t->head.aliases : NULL,
        .columns = &t->head.columns,
        .first_line = t->head.first_line,
        .missing = options && options->missing,
        .state = t,
        .read = read_columns,
        .close = close_table,
    };
    return UNMIX_OK;
}
