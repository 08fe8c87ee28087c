#include <math.h>

#include "io/table.h"
#include "io/table_sheet.h"

static const char *column_name(const um_sheet *sheet, size_t column)
{
    return sheet->columns ? sheet->columns[column].name : um_name(sheet->column_names, column);
}

static unmix_status put_cell(unmix_context *cx, um_text_out *out, const um_sheet *sheet, size_t row, size_t column)
{
    if (!sheet->columns)
        return um_text_out_number(cx, out, sheet->values[row * sheet->row_step + column * sheet->column_step]);
    const um_column *const cells = &sheet->columns[column];
    if (cells->kind == UM_TEXT)
        return um_text_out_field(cx, out, um_name(cells->text, row));
    if (cells->kind == UM_BOOLEAN && !isnan(cells->number[row]))
        return um_text_out_field(cx, out, cells->number[row] != 0.0 ? "true" : "false");
    return um_text_out_number(cx, out, cells->number[row]);
}

unmix_status um_sheet_put(unmix_context *cx, um_text_out *out, const void *content)
{
    const um_sheet *const sheet = content;
    UM_TRY(um_text_out_field(cx, out, sheet->corner));
    for (size_t c = 0; c < sheet->n_columns; c++) {
        UM_TRY(um_text_out_separator(cx, out));
        UM_TRY(um_text_out_field(cx, out, column_name(sheet, c)));
    }
    UM_TRY(um_text_out_line_end(cx, out));
    for (size_t r = 0; r < sheet->rows->count; r++) {
        UM_TRY(um_text_out_field(cx, out, um_name(sheet->rows, r)));
        for (size_t c = 0; c < sheet->n_columns; c++) {
            UM_TRY(um_text_out_separator(cx, out));
            UM_TRY(put_cell(cx, out, sheet, r, c));
        }
        UM_TRY(um_text_out_line_end(cx, out));
    }
    return UNMIX_OK;
}

unmix_status um_table_write(unmix_context *cx, const um_matrix *matrix, const char *path, const char *corner,
                            int overwrite)
{
    const um_sheet sheet = {.corner = corner ? corner : "",
                            .rows = &matrix->rows,
                            .n_columns = matrix->columns.count,
                            .column_names = &matrix->columns,
                            .values = matrix->values,
                            .row_step = matrix->columns.count,
                            .column_step = 1};
    return um_text_out_write(cx, path, overwrite, um_sheet_put, &sheet);
}
