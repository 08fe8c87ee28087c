#include "io/text/table_average.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/text/table_scan.h"

/* The names, each once; to[i] is where column i goes, count[t] how many go to t. */
static unmix_status map_columns(unmix_context *cx, um_names *columns, um_names *types, size_t *to, double *count)
{
    for (size_t i = 0; i < columns->count; i++) {
        const char *name = um_name(columns, i);
        const size_t first = um_names_find(columns, name);
        to[i] = first == i ? types->count : to[first];
        if (first == i)
            UM_TRY(um_names_add(cx, types, name, strlen(name)));
        count[to[i]]++;
    }
    return UNMIX_OK;
}

/* Row by row at the front of the values. */
static void average(um_matrix *matrix, size_t types, const size_t *to, const double *count, double *sum)
{
    for (size_t row = 0; row < matrix->rows.count; row++) {
        memset(sum, 0, types * sizeof *sum);
        for (size_t i = 0; i < matrix->columns.count; i++)
            sum[to[i]] += um_row(matrix, row)[i];
        for (size_t t = 0; t < types; t++)
            matrix->values[row * types + t] = sum[t] / count[t];
    }
}

unmix_status um_average_columns(unmix_context *cx, um_matrix *matrix)
{
    const size_t n = matrix->columns.count;
    um_names types = {0};
    size_t *to = NULL;
    double *numbers = NULL;
    UM_TRY(um_names_index(cx, &matrix->columns));
    if (um_names_repeated(&matrix->columns) == UM_NOT_FOUND)
        return UNMIX_OK;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &to, n, "columns of a table"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &numbers, 2 * n, "columns of a table"));
    UM_TRY_GOTO(status, done, map_columns(cx, &matrix->columns, &types, to, numbers));
    if (n < 2 * types.count) /* a slip rather than cells */
        UM_TRY_GOTO(status, done, um_refuse_repeated_columns(cx, matrix->origin, &matrix->columns, NULL));
    average(matrix, types.count, to, numbers, numbers + n);
    um_note(cx, "%s: its %zu columns have %zu names, as those of a reference of cells: the mean of each is taken",
            matrix->origin, n, types.count);
    um_names_clear(&matrix->columns);
    matrix->columns = types;
    types = (um_names){0};
done:
    um_names_clear(&types);
    free(to);
    free(numbers);
    return status;
}
