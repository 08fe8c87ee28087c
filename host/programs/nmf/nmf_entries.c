#include "programs/nmf/nmf_entries.h"

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

unmix_status um_nmf_entries_put(unmix_context *cx, um_queue *queue, const um_sparse *matrix, um_nmf_entries *entries)
{
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
    um_buffer_indices(queue, &entries->start, matrix->rows + 1, "matrix");
    um_buffer_indices(queue, &entries->index, padded, "matrix");
    um_buffer_reals(queue, &entries->value, padded, "matrix");
    um_write_indices(queue, &entries->start, start, matrix->rows + 1);
    um_write_indices(queue, &entries->index, index, padded);
    um_write_reals(queue, &entries->value, 0, value, padded);
    status = um_queue_status(queue);
done:
    free(start);
    free(index);
    free(value);
    return status;
}

/* With its zeros, some cells at a time. */
unmix_status um_nmf_entries_put_dense(unmix_context *cx, um_queue *queue, const um_sparse *matrix,
                                      um_nmf_entries *entries)
{
    const size_t n = matrix->rows, m = matrix->columns;
    double *cells = NULL;
    UM_TRY(UM_ALLOC(cx, &cells, um_product_size(DENSE_CELLS, m, 1), "matrix"));
    um_buffer_reals(queue, &entries->value, um_product_size(n, m, 1), "matrix");
    for (size_t first = 0; first < n; first += DENSE_CELLS) {
        const size_t count = n - first < DENSE_CELLS ? n - first : DENSE_CELLS;
        memset(cells, 0, count * m * sizeof *cells);
        for (size_t c = 0; c < count; c++)
            for (size_t i = matrix->start[first + c]; i < matrix->start[first + c + 1]; i++)
                cells[c * m + matrix->column[i]] = matrix->value[i];
        um_write_reals(queue, &entries->value, first * m, cells, count * m);
    }
    free(cells);
    return um_queue_status(queue);
}

unmix_status um_nmf_entries_put_pattern(unmix_context *cx, um_queue *queue, const um_sparse *pattern, size_t rows,
                                        size_t room, um_nmf_entries *entries)
{
    uint32_t *start = NULL;
    const size_t count = pattern ? um_sparse_entries(pattern) : 0;
    if (count > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%zu missing entries are more than 4.29e9", count);
    UM_TRY(UM_ALLOC(cx, &start, rows + 1, "missing entries"));
    for (size_t row = 0; pattern && row <= rows; row++)
        start[row] = (uint32_t)pattern->start[row];
    um_buffer_indices(queue, &entries->start, rows + 1, "missing entries");
    um_buffer_indices(queue, &entries->index, count, "missing entries");
    um_buffer_reals(queue, &entries->value, um_product_size(room, count, 1), "missing entries");
    um_write_indices(queue, &entries->start, start, rows + 1);
    if (count)
        um_write_indices(queue, &entries->index, pattern->column, count);
    free(start);
    return um_queue_status(queue);
}

unmix_status um_nmf_entries_put_turned(unmix_context *cx, um_queue *queue, const um_sparse *matrix,
                                       um_nmf_entries *entries)
{
    um_sparse turned = {0};
    UM_TRY(um_sparse_turn(cx, matrix, &turned));
    const unmix_status status = um_nmf_entries_put(cx, queue, &turned, entries);
    um_sparse_clear(&turned);
    return status;
}

/* Values, where the pattern has some, do not matter. */
unmix_status um_nmf_entries_put_turned_pattern(unmix_context *cx, um_queue *queue, const um_sparse *pattern, size_t rows,
                                               size_t room, um_nmf_entries *entries)
{
    um_sparse turned = {0};
    if (pattern)
        UM_TRY(um_sparse_turn(cx, pattern, &turned));
    const unmix_status status = um_nmf_entries_put_pattern(cx, queue, pattern ? &turned : NULL, rows, room, entries);
    um_sparse_clear(&turned);
    return status;
}

void um_nmf_entries_release(um_nmf_entries *entries)
{
    um_buffer_release(&entries->start);
    um_buffer_release(&entries->index);
    um_buffer_release(&entries->value);
}
