#include "core/matrix.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void um_matrix_clear(um_matrix *matrix)
{
    um_names_clear(&matrix->rows);
    um_names_clear(&matrix->columns);
    um_aliases_clear(&matrix->aliases);
    free(matrix->values);
    free(matrix->origin);
    *matrix = (um_matrix){0};
}

unmix_status um_matrix_allocate(unmix_context *cx, um_matrix *matrix)
{
    const size_t cells = um_product_size(matrix->rows.count, matrix->columns.count, 1);
    return UM_ALLOC(cx, &matrix->values, cells, "matrix");
}

unmix_status um_matrix_set_origin(unmix_context *cx, um_matrix *matrix, const char *path)
{
    const size_t size = strlen(path) + 1;
    UM_TRY(UM_ALLOC(cx, &matrix->origin, size, "file name"));
    memcpy(matrix->origin, path, size);
    return UNMIX_OK;
}

int um_matrix_has_missing(const um_matrix *matrix)
{
    const size_t cells = matrix->values ? matrix->rows.count * matrix->columns.count : 0;
    for (size_t i = 0; i < cells; i++)
        if (isnan(matrix->values[i]))
            return 1;
    return 0;
}

const char *um_row_place(size_t first_line, size_t row, char *text, size_t size)
{
    if (first_line)
        (void)snprintf(text, size, "line %zu", first_line + row);
    else
        (void)snprintf(text, size, "row %zu", row + 1);
    return text;
}
