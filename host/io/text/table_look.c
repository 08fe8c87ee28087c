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

/* 39.210: one to three digits, the first no 0, a point, three digits. */
static int is_in_groups(um_field field)
{
    const char *point = memchr(field.text, '.', field.length);
    const size_t before = point ? (size_t)(point - field.text) : 0;
    int digits = before >= 1 && before <= 3 && field.length == before + 4 && field.text[0] != '0';
    for (size_t i = 0; i < field.length && digits; i++)
        digits = i == before || (field.text[i] >= '0' && field.text[i] <= '9');
    return digits;
}

static void look_for_groups(const um_scan *scan, size_t i, double number, int whole, um_look *look)
{
    const um_field field = scan->fields[i];
    if (is_in_groups(field)) {
        if (look->in_groups++ == 0) {
            memcpy(look->in_group, field.text, field.length);
            look->in_group_column = i;
            look->in_group_line = scan->lines.line;
        }
        look->in_groups_of_tens += field.text[field.length - 1] == '0';
    } else if (whole && number < 1000.0 && !memchr(field.text, '.', field.length)) {
        look->below_thousand++;
    } else {
        look->other_numbers++;
    }
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
    look_for_groups(scan, i, number, whole, look);
    look->points += !whole;
    column->whole &= whole && number > 0.0;
    column->counting &= whole && (column->filled == 1 || number == column->before + 1.0);
    column->not_before &= whole && i > 0 && number >= look->columns[i - 1].before;
    column->before = number;
}

static void look_for_sums(const um_scan *scan, size_t name_column, um_look *look)
{
    double number = 0.0, sum = 0.0;
    size_t numbers = 0;
    for (size_t i = 0; i < scan->n_fields; i++)
        if (i != name_column && um_parse_number(scan->fields[i].text, scan->fields[i].length, &number)) {
            sum += number;
            numbers++;
        }
    for (size_t i = 0; i < scan->n_fields; i++)
        if (look->columns[i].sum)
            look->columns[i].sum = numbers > 2 && um_parse_number(scan->fields[i].text, scan->fields[i].length, &number) &&
                                   fabs(sum - 2.0 * number) <= 1e-9 * sum;
}

static void keep_name(um_field name, char *to, size_t size)
{
    const size_t length = name.length < size ? name.length : size - 1;
    memcpy(to, name.text, length);
    to[length] = '\0';
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
    if (um_is_transcript(name.text, name.length) && look->transcripts++ == 0)
        keep_name(name, look->name, sizeof look->name);
    if (look->rows && name.length < sizeof look->again && name.length == strlen(look->again) &&
        memcmp(look->again, name.text, name.length) == 0)
        look->repeated++;
    else if (!look->repeated)
        keep_name(name, look->again, sizeof look->again);
    look->rows++;
    for (size_t i = 0; i < scan->n_fields; i++)
        look_at_field(scan, name_column, i, look);
    look_for_sums(scan, name_column, look);
}

unmix_status um_look_at_rows(unmix_context *cx, um_scan *scan, size_t name_column, um_look *look)
{
    UM_TRY(UM_ALLOC(cx, &look->columns, scan->columns.count, "columns of a table"));
    for (size_t i = 0; i < scan->columns.count; i++)
        look->columns[i] = (um_look_column){.whole = 1, .counting = 1, .like_name = 1, .not_before = 1, .sum = 1};
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
