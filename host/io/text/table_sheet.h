/* What a table to be written looks like: names, and either columns of any kind or a matrix. */
#ifndef UM_TABLE_SHEET_H
#define UM_TABLE_SHEET_H

#include "core/annotated.h"
#include "io/text/text_file.h"

/*
 * A view. The matrix's value (row, column) is values[row * row_step + column * column_step]; without values, it is the
 * number in row `column` and column `row` of `turned`.
 */
typedef struct um_sheet {
    const char *corner;
    const um_names *rows;
    size_t n_columns;
    const um_column *columns; /* or NULL, then: */
    const um_names *column_names;
    const double *values;
    size_t row_step;
    size_t column_step;
    um_spill *turned;
} um_sheet;

/* An um_put for um_text_out_write(): `content` is an um_sheet. */
unmix_status um_sheet_put(unmix_context *cx, um_text_out *out, const void *content);

#endif
