#include "io/text/table_look.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/text/dialects.h"
#include "io/text/foreign_number.h"
#include "io/text/number.h"

#define SAMPLE_ROWS 100

void um_look_clear(um_look *look)
{
    free(look->columns);
    *look = (um_look){0};
}

static void keep_first(const um_scan *scan, um_field field, um_look_column *column)
{
    if (column->first_line)
        return;
    const size_t length = field.length < sizeof column->first ? field.length : sizeof column->first - 1;
    column->first_line = scan->lines.line;
    memcpy(column->first, field.text, length);
    column->first[length] = '\0';
}

static void look_at_text(const um_scan *scan, um_field field, um_look *look, um_look_column *column)
{
    const um_foreign_number kind = um_foreign_number_kind(field.text, field.length);
    column->text++;
    column->counting = column->whole = column->not_before = 0;
    column->thousands += kind == UM_FOREIGN_THOUSANDS || kind == UM_FOREIGN_EITHER;
    column->commas += kind == UM_FOREIGN_COMMA || kind == UM_FOREIGN_EITHER;
    column->percents += kind == UM_FOREIGN_PERCENT;
    look->commas += kind == UM_FOREIGN_COMMA;
    look->points += kind == UM_FOREIGN_THOUSANDS;
    if (kind != UM_FOREIGN_NONE)
        keep_first(scan, field, column);
}

static void look_at_field(const um_scan *scan, size_t name_column, size_t i, um_look *look)
{
    um_look_column *column = &look->columns[i];
    const um_field field = scan->fields[i], name = scan->fields[name_column];
    double number = 0.0;
    /* A column of NA is not a text column: it is to be refused, not skipped. */
    if (field.length == 0 || um_is_missing_word(field.text, field.length))
        return;
    column->filled++;
    column->like_name &= field.length == name.length && memcmp(field.text, name.text, name.length) == 0;
    if (!um_parse_number(field.text, field.length, &number)) {
        look_at_text(scan, field, look, column);
        return;
    }
    const int whole = number == floor(number);
    look->points += !whole;
    column->whole &= whole && number > 0.0;
    column->counting &= whole && (column->filled == 1 || number == column->before + 1.0);
    column->not_before &= whole && i > 0 && number >= look->columns[i - 1].before;
    column->before = number;
}

static void look_at_row(const um_scan *scan, size_t name_column, um_look *look)
{
    const um_field name = scan->fields[name_column], first = scan->fields[0];
    double number = 0.0;
    if (um_counts_no_gene(name.text, name.length) || um_counts_no_gene(first.text, first.length)) {
        for (size_t i = 0; i < scan->n_fields && i < sizeof look->unassigned / sizeof *look->unassigned; i++)
            if (um_parse_number(scan->fields[i].text, scan->fields[i].length, &number))
                look->unassigned[i] += number;
        return;
    }
    if (um_is_transcript(name.text, name.length) && look->transcripts++ == 0) {
        const size_t length = name.length < sizeof look->name ? name.length : sizeof look->name - 1;
        memcpy(look->name, name.text, length);
        look->name[length] = '\0';
    }
    look->rows++;
    for (size_t i = 0; i < scan->n_fields; i++)
        look_at_field(scan, name_column, i, look);
}

unmix_status um_look_at_rows(unmix_context *cx, um_scan *scan, size_t name_column, um_look *look)
{
    UM_TRY(UM_ALLOC(cx, &look->columns, scan->columns.count, "columns of a table"));
    for (size_t i = 0; i < scan->columns.count; i++)
        look->columns[i] = (um_look_column){.whole = 1, .counting = 1, .like_name = 1, .not_before = 1};
    um_lines_mark(&scan->lines);
    for (size_t row = 0; row < SAMPLE_ROWS; row++) {
        int more = 1;
        UM_TRY(um_scan_next(cx, scan, &more));
        if (!more)
            break;
        look_at_row(scan, name_column, look);
    }
    um_lines_rewind(&scan->lines);
    return UNMIX_OK;
}
