#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/text/number.h"
#include "io/text/table.h"
#include "io/text/table_scan.h"

void um_text_table_clear(um_text_table *table)
{
    for (size_t i = 0; table->fields && i < table->columns.count; i++)
        um_names_clear(&table->fields[i]);
    free(table->fields);
    free(table->origin);
    um_names_clear(&table->columns);
    *table = (um_text_table){0};
}

static unmix_status read_all(unmix_context *cx, um_scan *scan, um_text_table *table)
{
    const size_t path_size = strlen(scan->lines.path) + 1;
    UM_TRY(UM_ALLOC(cx, &table->origin, path_size, "file name"));
    memcpy(table->origin, scan->lines.path, path_size);
    UM_TRY(um_refuse_repeated_columns(cx, scan->lines.path, &scan->columns, NULL));
    UM_TRY(um_names_copy(cx, &table->columns, &scan->columns));
    UM_TRY(UM_ALLOC(cx, &table->fields, table->columns.count, "columns of a table"));
    table->first_line = scan->lines.line + 1;
    for (int more = 1;; table->n_rows++) {
        UM_TRY(um_scan_next(cx, scan, &more));
        if (!more)
            return UNMIX_OK;
        for (size_t i = 0; i < scan->n_fields; i++)
            UM_TRY(um_names_add(cx, &table->fields[i], scan->fields[i].text, scan->fields[i].length));
    }
}

unmix_status um_text_table_read(unmix_context *cx, const char *path, um_text_table *table)
{
    um_scan scan;
    UM_TRY(um_scan_open(cx, &scan, path, UNMIX_HEADER_FIRST));
    const unmix_status status = read_all(cx, &scan, table);
    if (status != UNMIX_OK)
        um_text_table_clear(table);
    um_scan_close(&scan);
    return status;
}

size_t um_text_table_column(const um_text_table *table, const char *name)
{
    for (size_t i = 0; i < table->columns.count; i++)
        if (strcmp(um_name(&table->columns, i), name) == 0)
            return i;
    return UM_NOT_FOUND;
}

unmix_status um_text_table_number(unmix_context *cx, const um_text_table *table, size_t column, size_t row,
                                  double *number)
{
    const char *text = um_name(&table->fields[column], row);
    if (um_parse_number(text, strlen(text), number) && isfinite(*number))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%.60s' is not a finite number", table->origin,
                   table->first_line + row, um_name(&table->columns, column), text);
}
