#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "io/text/table.h"
#include "io/text/table_sheet.h"

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

static unmix_status put_row(unmix_context *cx, um_text_out *out, const um_sheet *sheet, size_t row, const char *name)
{
    UM_TRY(um_text_out_field(cx, out, name));
    for (size_t c = 0; c < sheet->n_columns; c++) {
        UM_TRY(um_text_out_separator(cx, out));
        UM_TRY(put_cell(cx, out, sheet, row, c));
    }
    return um_text_out_line_end(cx, out);
}

/* Rows that are columns of a spill: some at a time become an ordinary sheet. */
static unmix_status put_turned(unmix_context *cx, um_text_out *out, const um_sheet *sheet, double *values, size_t at_once)
{
    const size_t rows = sheet->rows->count;
    um_sheet part = *sheet;
    part.values = values;
    part.row_step = sheet->turned->rows;
    part.column_step = 1;
    for (size_t first = 0; first < rows; first += at_once) {
        const size_t count = rows - first < at_once ? rows - first : at_once;
        UM_TRY(um_progress(cx, (double)first / (double)rows, "writing %s", out->path));
        UM_TRY(um_spill_read_columns(cx, sheet->turned, first, count, values));
        for (size_t r = 0; r < count; r++)
            UM_TRY(put_row(cx, out, &part, r, um_name(sheet->rows, first + r)));
    }
    return UNMIX_OK;
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
    if (sheet->turned) {
        const size_t at_once = um_spill_column_block(sheet->turned);
        double *values = NULL;
        UM_TRY(UM_ALLOC(cx, &values, um_product_size(at_once, sheet->turned->rows, 1), "rows of a table"));
        const unmix_status status = put_turned(cx, out, sheet, values, at_once);
        free(values);
        return status;
    }
    for (size_t r = 0; r < sheet->rows->count; r++)
        UM_TRY(put_row(cx, out, sheet, r, um_name(sheet->rows, r)));
    return UNMIX_OK;
}

unmix_status um_table_write_turned(unmix_context *cx, const um_names *rows, const um_names *columns, um_spill *turned,
                                   const char *path, const char *corner, int overwrite)
{
    const um_sheet sheet = {
        .corner = corner, .rows = rows, .n_columns = columns->count, .column_names = columns, .turned = turned};
    return um_text_out_write(cx, path, overwrite, um_sheet_put, &sheet);
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

unmix_status um_table_write_columns(unmix_context *cx, const char *corner, const um_names *rows, const um_column *columns,
                                    size_t n_columns, const char *path, int overwrite)
{
    const um_sheet sheet = {.corner = corner, .rows = rows, .columns = columns, .n_columns = n_columns};
    return um_text_out_write(cx, path, overwrite, um_sheet_put, &sheet);
}
