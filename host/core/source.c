#include "core/source.h"

#include <stdlib.h>

#include "core/memory.h"

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
        .columns = &matrix->columns,
        .first_line = matrix->first_line,
        .state = (void *)(uintptr_t)matrix,
        .read = read_matrix,
    };
}
