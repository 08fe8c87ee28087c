#include "core/source.h"

#include <stdlib.h>

#include "core/memory.h"

/* Columns read together where the source does not mind. */
#define COLUMNS_AT_ONCE 256

void um_block_clear(um_block *block)
{
    free(block->start);
    free(block->row);
    free(block->value);
    *block = (um_block){0};
}

unmix_status um_block_begin(unmix_context *cx, um_block *block, size_t count)
{
    UM_TRY(UM_GROW(cx, &block->start, &block->start_capacity, count + 1, "block of columns"));
    block->count = count;
    block->start[0] = 0;
    return UNMIX_OK;
}

unmix_status um_block_reserve(unmix_context *cx, um_block *block, size_t used, size_t more)
{
    UM_TRY(UM_GROW(cx, &block->row, &block->row_capacity, used + more, "block of columns"));
    return UM_GROW(cx, &block->value, &block->value_capacity, used + more, "block of columns");
}

void um_source_close(um_source *source)
{
    if (source->close)
        source->close(source->state);
    *source = (um_source){0};
}

static unmix_status fill_matrix(unmix_context *cx, const um_source *source, um_block *block, um_matrix *matrix)
{
    const size_t columns = source->columns->count;
    const size_t together = source->preferred_block ? source->preferred_block : COLUMNS_AT_ONCE;
    for (size_t first = 0; first < columns; first += together) {
        const size_t count = columns - first < together ? columns - first : together;
        UM_TRY(um_source_read(cx, source, first, count, block));
        for (size_t c = 0; c < count; c++)
            for (size_t i = block->start[c]; i < block->start[c + 1]; i++)
                um_row(matrix, block->row[i])[first + c] = block->value[i];
    }
    return UNMIX_OK;
}

unmix_status um_source_to_matrix(unmix_context *cx, const um_source *source, um_matrix *matrix)
{
    um_block block = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, um_matrix_set_origin(cx, matrix, source->origin));
    UM_TRY_GOTO(status, done, um_names_copy(cx, &matrix->rows, source->rows));
    UM_TRY_GOTO(status, done, um_names_copy(cx, &matrix->columns, source->columns));
    UM_TRY_GOTO(status, done, um_aliases_copy(cx, &matrix->aliases, source->aliases));
    UM_TRY_GOTO(status, done, um_matrix_allocate(cx, matrix));
    matrix->first_line = source->first_line;
    status = fill_matrix(cx, source, &block, matrix);
done:
    um_block_clear(&block);
    if (status != UNMIX_OK)
        um_matrix_clear(matrix);
    return status;
}

static unmix_status read_matrix(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    const um_matrix *matrix = state;
    UM_TRY(um_block_begin(cx, block, count));
    size_t used = 0;
    for (size_t c = 0; c < count; c++) {
        UM_TRY(um_block_reserve(cx, block, used, matrix->rows.count));
        for (size_t r = 0; r < matrix->rows.count; r++) {
            const double value = um_row(matrix, r)[first + c];
            if (value == 0.0)
                continue;
            block->row[used] = (uint32_t)r;
            block->value[used++] = value;
        }
        block->start[c + 1] = used;
    }
    return UNMIX_OK;
}

void um_source_of_matrix(um_source *source, const um_matrix *matrix)
{
    *source = (um_source){
        .origin = matrix->origin ? matrix->origin : "matrix",
        .rows = &matrix->rows,
        .aliases = matrix->aliases.columns.count ? &matrix->aliases : NULL,
        .columns = &matrix->columns,
        .first_line = matrix->first_line,
        .missing = um_matrix_has_missing(matrix),
        .state = (void *)(uintptr_t)matrix,
        .read = read_matrix,
    };
}
