#include "core/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"

void um_sparse_clear(um_sparse *matrix)
{
    free(matrix->start);
    free(matrix->column);
    free(matrix->value);
    *matrix = (um_sparse){0};
}

unmix_status um_sparse_allocate(unmix_context *cx, um_sparse *matrix, size_t rows, size_t columns, size_t entries)
{
    *matrix = (um_sparse){.rows = rows, .columns = columns};
    unmix_status status;
    UM_TRY_GOTO(status, failed, UM_ALLOC(cx, &matrix->start, rows + 1, "sparse matrix"));
    UM_TRY_GOTO(status, failed, UM_ALLOC(cx, &matrix->column, entries, "sparse matrix"));
    UM_TRY_GOTO(status, failed, UM_ALLOC(cx, &matrix->value, entries, "sparse matrix"));
    matrix->capacity = entries;
    return UNMIX_OK;
failed:
    um_sparse_clear(matrix);
    return status;
}

unmix_status um_sparse_reserve(unmix_context *cx, um_sparse *matrix, size_t entries)
{
    size_t columns = matrix->capacity, values = matrix->capacity;
    UM_TRY(UM_GROW(cx, &matrix->column, &columns, entries, "sparse matrix"));
    if (matrix->value)
        UM_TRY(UM_GROW(cx, &matrix->value, &values, entries, "sparse matrix"));
    matrix->capacity = columns;
    return UNMIX_OK;
}

/* Entries of each column become the starts of the rows of `turned`. */
static void count_columns(const um_sparse *matrix, size_t *start)
{
    for (size_t i = 0; i < um_sparse_entries(matrix); i++)
        start[matrix->column[i] + 1]++;
    for (size_t j = 0; j < matrix->columns; j++)
        start[j + 1] += start[j];
}

unmix_status um_sparse_turn(unmix_context *cx, const um_sparse *matrix, um_sparse *turned)
{
    size_t *next = NULL;
    UM_TRY(um_sparse_allocate(cx, turned, matrix->columns, matrix->rows, um_sparse_entries(matrix)));
    const unmix_status status = UM_ALLOC(cx, &next, matrix->columns, "sparse matrix");
    if (status != UNMIX_OK) {
        um_sparse_clear(turned);
        return status;
    }
    if (!matrix->value) {
        free(turned->value);
        turned->value = NULL;
    }
    count_columns(matrix, turned->start);
    memcpy(next, turned->start, matrix->columns * sizeof *next);
    for (size_t row = 0; row < matrix->rows; row++)
        for (size_t i = matrix->start[row]; i < matrix->start[row + 1]; i++) {
            const size_t to = next[matrix->column[i]]++;
            turned->column[to] = (uint32_t)row;
            if (matrix->value)
                turned->value[to] = matrix->value[i];
        }
    free(next);
    return UNMIX_OK;
}

void um_add_up_repeated(uint32_t *index, double *value, size_t *count, double *sum)
{
    for (size_t i = 0; i < *count; i++)
        sum[index[i]] += value[i];
    qsort(index, *count, sizeof *index, um_by_uint32);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++)
        if (!kept || index[i] != index[kept - 1])
            index[kept++] = index[i];
    for (size_t i = 0; i < kept; i++) {
        value[i] = sum[index[i]];
        sum[index[i]] = 0.0;
    }
    *count = kept;
}
