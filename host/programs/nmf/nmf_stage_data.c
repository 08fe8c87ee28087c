#include "programs/nmf/nmf_stage_data.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* Entries of a row are padded to the widest vector, so that the layout does not depend on the number of programs. */
enum { PAD = 16, DENSE_CELLS = 256 /* written at once */ };

static size_t divide_up(size_t n, size_t by)
{
    return (n + by - 1) / by;
}

/* Rows padded to PAD with zeros at the row's last place, which is in the cache already. */
static size_t padded_entries(const um_sparse *matrix)
{
    size_t entries = 0;
    for (size_t row = 0; row < matrix->rows; row++)
        entries += divide_up(matrix->start[row + 1] - matrix->start[row], PAD) * PAD;
    return entries;
}

static void pad_rows(const um_sparse *matrix, uint32_t *start, uint32_t *index, double *value)
{
    size_t to = 0;
    for (size_t row = 0; row < matrix->rows; row++) {
        const size_t first = matrix->start[row], count = matrix->start[row + 1] - first;
        start[row] = (uint32_t)to;
        for (size_t i = 0; i < divide_up(count, PAD) * PAD; i++, to++) {
            index[to] = matrix->column[first + (i < count ? i : count - 1)];
            value[to] = i < count ? matrix->value[first + i] : 0;
        }
    }
    start[matrix->rows] = (uint32_t)to;
}

static unmix_status put_entries(um_nmf_stage *stage, const um_sparse *matrix, um_nmf_entries *entries)
{
    unmix_context *cx = stage->cx;
    const size_t padded = padded_entries(matrix);
    uint32_t *start = NULL, *index = NULL;
    double *value = NULL;
    unmix_status status = UNMIX_OK;
    if (padded > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%zu numbers above zero are more than 4.29e9: choose fewer genes or cells",
                       padded);
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &start, matrix->rows + 1, "matrix"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &index, padded, "matrix"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &value, padded, "matrix"));
    pad_rows(matrix, start, index, value);
    um_buffer_indices(stage->queue, &entries->start, matrix->rows + 1, "matrix");
    um_buffer_indices(stage->queue, &entries->index, padded, "matrix");
    um_buffer_reals(stage->queue, &entries->value, padded, "matrix");
    um_write_indices(stage->queue, &entries->start, start, matrix->rows + 1);
    um_write_indices(stage->queue, &entries->index, index, padded);
    um_write_reals(stage->queue, &entries->value, 0, value, padded);
    status = um_queue_status(stage->queue);
done:
    free(start);
    free(index);
    free(value);
    return status;
}

/* With its zeros, some cells at a time. */
static unmix_status put_dense(um_nmf_stage *stage, const um_sparse *matrix, um_buffer *values)
{
    const size_t n = matrix->rows, m = matrix->columns;
    double *cells = NULL;
    UM_TRY(UM_ALLOC(stage->cx, &cells, um_product_size(DENSE_CELLS, m, 1), "matrix"));
    um_buffer_reals(stage->queue, values, um_product_size(n, m, 1), "matrix");
    for (size_t first = 0; first < n; first += DENSE_CELLS) {
        const size_t count = n - first < DENSE_CELLS ? n - first : DENSE_CELLS;
        memset(cells, 0, count * m * sizeof *cells);
        for (size_t c = 0; c < count; c++)
            for (size_t i = matrix->start[first + c]; i < matrix->start[first + c + 1]; i++)
                cells[c * m + matrix->column[i]] = matrix->value[i];
        um_write_reals(stage->queue, values, first * m, cells, count * m);
    }
    free(cells);
    return um_queue_status(stage->queue);
}

/* Where entries are missing; `rows` empty rows without a pattern. */
static unmix_status put_pattern(um_nmf_stage *stage, const um_sparse *pattern, size_t rows, um_nmf_entries *entries)
{
    uint32_t *start = NULL;
    const size_t count = pattern ? um_sparse_entries(pattern) : 0;
    if (count > UINT32_MAX)
        return UM_FAIL(stage->cx, UNMIX_ERROR_ARGUMENT, "%zu missing entries are more than 4.29e9", count);
    UM_TRY(UM_ALLOC(stage->cx, &start, rows + 1, "missing entries"));
    for (size_t row = 0; pattern && row <= rows; row++)
        start[row] = (uint32_t)pattern->start[row];
    um_buffer_indices(stage->queue, &entries->start, rows + 1, "missing entries");
    um_buffer_indices(stage->queue, &entries->index, count, "missing entries");
    um_buffer_reals(stage->queue, &entries->value, um_product_size(stage->room, count, 1), "missing entries");
    stage->missing = count;
    um_write_indices(stage->queue, &entries->start, start, rows + 1);
    if (count)
        um_write_indices(stage->queue, &entries->index, pattern->column, count);
    free(start);
    return um_queue_status(stage->queue);
}

static unmix_status put_turned_entries(um_nmf_stage *stage, const um_sparse *matrix, um_nmf_entries *entries)
{
    um_sparse turned = {0};
    UM_TRY(um_sparse_turn(stage->cx, matrix, &turned));
    const unmix_status status = put_entries(stage, &turned, entries);
    um_sparse_clear(&turned);
    return status;
}

/* Values, where the pattern has some, do not matter. */
static unmix_status put_turned_pattern(um_nmf_stage *stage, const um_sparse *pattern, um_nmf_entries *entries)
{
    um_sparse turned = {0};
    UM_TRY(um_sparse_turn(stage->cx, pattern, &turned));
    const unmix_status status = put_pattern(stage, &turned, turned.rows, entries);
    um_sparse_clear(&turned);
    return status;
}

unmix_status um_nmf_stage_put(um_nmf_stage *stage, const um_nmf_data *data)
{
    UM_TRY(stage->dense ? put_dense(stage, data->X, &stage->X.value) : put_entries(stage, data->X, &stage->X));
    if (!um_queue_tuning(stage->queue)->fold)
        UM_TRY(put_turned_entries(stage, data->X, &stage->turned));
    UM_TRY(put_pattern(stage, data->missing, stage->n, &stage->lost));
    return data->missing ? put_turned_pattern(stage, data->missing, &stage->lost_turned)
                         : put_pattern(stage, NULL, stage->m, &stage->lost_turned);
}
