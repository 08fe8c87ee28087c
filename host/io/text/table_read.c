#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/text/number.h"
#include "io/text/table.h"
#include "io/text/table_average.h"
#include "io/text/foreign_number.h"
#include "io/text/table_plan.h"
#include "io/text/table_scan.h"

const unmix_read_options um_table_as_it_stands = {.columns = "all"};

/* A field that is no count: says why. */
static unmix_status refuse_field(unmix_context *cx, const um_scan *scan, size_t column)
{
    const um_field field = scan->fields[column];
    const char *name = um_name(&scan->columns, column);
    const int shown = (int)(field.length < 60 ? field.length : 60);
    double number = 0.0;
    if (field.length == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s' is empty; write 0 where nothing was counted",
                       scan->lines.path, scan->lines.line, name);
    if (um_foreign_number_kind(field.text, field.length) == UM_FOREIGN_THOUSANDS)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: line %zu, column '%s': '%.*s' is no number: it has thousands separators; write 1234 instead of "
                       "1,234",
                       scan->lines.path, scan->lines.line, name, shown, field.text);
    if (!um_parse_number(field.text, field.length, &number))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%.*s' is not a finite number",
                       scan->lines.path, scan->lines.line, name, shown, field.text);
    if (number < 0.0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%.*s' is negative; values must be 0 or more",
                       scan->lines.path, scan->lines.line, name, shown, field.text);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%.*s' is too large for a number",
                   scan->lines.path, scan->lines.line, name, shown, field.text);
}

/* The value in a field; 0 where it is none. */
static int read_value(const um_plan *plan, um_field field, double *value)
{
    double number = 0.0;
    if ((um_parse_number(field.text, field.length, &number) ||
         (plan->decimal_comma && um_parse_comma_number(field.text, field.length, &number))) &&
        number >= 0.0 && !isinf(number)) {
        *value = number + 0.0; /* -0 becomes 0 */
        return 1;
    }
    *value = (double)NAN;
    return plan->missing && (field.length == 0 || um_is_no_value(field.text, field.length));
}

/* The length of the row's gene; NaN where none is given. */
static double read_length(const um_scan *scan, const um_plan *plan)
{
    const size_t columns[] = {plan->length, plan->length_else};
    for (size_t i = 0; i < 2 && columns[i] != UM_NOT_FOUND; i++) {
        const um_field field = scan->fields[columns[i]];
        double number = 0.0;
        if (um_parse_number(field.text, field.length, &number) && number > 0.0 && isfinite(number))
            return number;
    }
    return (double)NAN;
}

static unmix_status read_row(unmix_context *cx, const um_scan *scan, const um_plan *plan, um_table_head *head, double *row)
{
    const um_field name = scan->fields[plan->name_column];
    if (name.length == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has no name in its column %zu", scan->lines.path,
                       scan->lines.line, plan->name_column + 1);
    UM_TRY(um_names_add(cx, &head->rows, name.text, name.length));
    for (size_t i = 0; i < plan->n_alias; i++) {
        const um_field alias = scan->fields[plan->alias[i]];
        UM_TRY(um_names_add(cx, &head->aliases.names[i], alias.text, alias.length));
    }
    if (plan->length != UM_NOT_FOUND) {
        UM_TRY(UM_GROW(cx, &head->lengths, &head->lengths_capacity, head->rows.count, "lengths of genes"));
        head->lengths[head->rows.count - 1] = read_length(scan, plan);
    }
    for (size_t i = 0; i < plan->n_numeric; i++)
        if (!read_value(plan, scan->fields[plan->numeric[i]], &row[i]))
            return refuse_field(cx, scan, plan->numeric[i]);
    return UNMIX_OK;
}

static unmix_status read_head(unmix_context *cx, const um_scan *scan, um_plan *plan, um_table_head *head)
{
    const size_t size = strlen(scan->lines.path) + 1;
    head->first_line = scan->lines.line + 1;
    UM_TRY(UM_ALLOC(cx, &head->origin, size, "file name"));
    memcpy(head->origin, scan->lines.path, size);
    head->columns = plan->samples;
    plan->samples = (um_names){0};
    for (size_t i = 0; i < plan->n_alias; i++)
        UM_TRY(um_aliases_add(cx, &head->aliases, um_name(&scan->columns, plan->alias[i]), &(um_names){0}));
    return UNMIX_OK;
}

/* "", NA, ---: what stands for a name where the gene has none. */
static int is_no_name(um_field name)
{
    static const char *const words[] = {"", "NA", "N/A", "NaN", "nan", "-", "--", "---", ".", "null", "NULL"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (name.length == strlen(words[i]) && memcmp(name.text, words[i], name.length) == 0)
            return 1;
    return 0;
}

/* Whether a row counts what has no gene: its name says so, or where names are taken from another column, the first field. */
static int is_left_out(const um_scan *scan, const um_plan *plan)
{
    const um_field name = scan->fields[plan->name_column], first = scan->fields[0];
    return um_counts_no_gene(name.text, name.length) ||
           (plan->name_column && um_counts_no_gene(first.text, first.length));
}

/* Rows that are no genes. */
typedef struct passed_over {
    um_names no_gene;     /* names of those that count what has none */
    size_t nameless;      /* how many have no name */
    size_t nameless_line; /* the first of these */
} passed_over;

static unmix_status take_row(unmix_context *cx, um_scan *scan, const um_plan *plan, um_table_head *head, double *row,
                             const um_table_taker *taker, passed_over *passed)
{
    const um_field name = scan->fields[plan->name_column];
    const int no_gene = !plan->as_it_stands && is_left_out(scan, plan);
    const int nameless = !plan->as_it_stands && is_no_name(name);
    if (no_gene || nameless)
        head->first_line += head->rows.count == 0; /* behind the first row a line is no longer first_line + row */
    if (no_gene) {
        const um_field first = scan->fields[scan->fields[0].length ? 0 : plan->name_column];
        return um_names_add(cx, &passed->no_gene, first.text, first.length);
    }
    if (nameless) {
        if (passed->nameless++ == 0)
            passed->nameless_line = scan->lines.line;
        return UNMIX_OK;
    }
    UM_TRY(read_row(cx, scan, plan, head, row));
    return taker->take(cx, taker->state, row);
}

static unmix_status tell_passed_over(unmix_context *cx, const um_scan *scan, const um_plan *plan, const um_table_head *head,
                                     const passed_over *passed)
{
    char list[700];
    if (passed->nameless && passed->nameless >= head->rows.count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has no name in its column %zu, nor have most others",
                       scan->lines.path, passed->nameless_line, plan->name_column + 1);
    if (passed->no_gene.count)
        um_note(cx, "%s: %zu %s no gene and %s left out: %s", scan->lines.path, passed->no_gene.count,
                passed->no_gene.count == 1 ? "row counts" : "rows count", passed->no_gene.count == 1 ? "is" : "are",
                um_list_names(&passed->no_gene, UM_LISTED_COLUMNS, list, sizeof list));
    if (passed->nameless)
        um_note(cx, "%s: %zu %s no name ('', NA, ---) and %s left out, the first in line %zu", scan->lines.path,
                passed->nameless, passed->nameless == 1 ? "row has" : "rows have", passed->nameless == 1 ? "is" : "are",
                passed->nameless_line);
    if (head->rows.count == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has no row of a gene", scan->lines.path);
    return UNMIX_OK;
}

static unmix_status read_rows(unmix_context *cx, um_scan *scan, const um_plan *plan, um_table_head *head, double *row,
                              const um_table_taker *taker)
{
    passed_over passed = {0};
    unmix_status status = UNMIX_OK;
    for (int more = 1; status == UNMIX_OK;) {
        status = um_scan_next(cx, scan, &more);
        if (status != UNMIX_OK || !more)
            break;
        status = take_row(cx, scan, plan, head, row, taker, &passed);
    }
    if (status == UNMIX_OK)
        status = tell_passed_over(cx, scan, plan, head, &passed);
    um_names_clear(&passed.no_gene);
    return status;
}

/* A table that is taken as it stands has a header whatever it looks like. */
static unmix_header header_of(const unmix_read_options *options)
{
    const int all = options->columns && strcmp(options->columns, "all") == 0;
    return all && options->header == UNMIX_HEADER_DETECT ? UNMIX_HEADER_FIRST : options->header;
}

unmix_status um_table_scan(unmix_context *cx, const char *path, const unmix_read_options *options, um_table_head *head,
                           const um_table_taker *taker)
{
    um_scan scan;
    um_plan plan = {0};
    double *row = NULL;
    UM_TRY(um_scan_open(cx, &scan, path, header_of(options)));
    unmix_status status = um_plan_make(cx, &scan, options, &plan);
    if (status == UNMIX_OK)
        status = read_head(cx, &scan, &plan, head);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &row, plan.n_numeric, "row of a table");
    if (status == UNMIX_OK)
        status = taker->begin(cx, taker->state, options);
    if (status == UNMIX_OK)
        status = read_rows(cx, &scan, &plan, head, row, taker);
    free(row);
    um_plan_clear(&plan);
    um_scan_close(&scan);
    return status;
}

void um_table_head_clear(um_table_head *head)
{
    um_names_clear(&head->rows);
    um_names_clear(&head->columns);
    um_aliases_clear(&head->aliases);
    free(head->origin);
    free(head->lengths);
    *head = (um_table_head){0};
}

/* ---- Into a matrix ---- */

typedef struct filling {
    um_table_head head;
    double *values;
    size_t used, capacity;
} filling;

static unmix_status begin_matrix(unmix_context *cx, void *state, const unmix_read_options *options)
{
    (void)cx, (void)state, (void)options;
    return UNMIX_OK;
}

static unmix_status take_into_matrix(unmix_context *cx, void *state, const double *row)
{
    filling *f = state;
    const size_t columns = f->head.columns.count;
    UM_TRY(UM_GROW(cx, &f->values, &f->capacity, f->used + columns, "matrix"));
    memcpy(f->values + f->used, row, columns * sizeof *row);
    f->used += columns;
    return UNMIX_OK;
}

unmix_status um_table_read(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix)
{
    static const unmix_read_options defaults = {0};
    filling f = {0};
    const um_table_taker taker = {&f, begin_matrix, take_into_matrix};
    const unmix_status status = um_table_scan(cx, path, options ? options : &defaults, &f.head, &taker);
    if (status != UNMIX_OK) {
        free(f.values);
        um_table_head_clear(&f.head);
        return status;
    }
    /* Give back what growing by doubling took too much; it may be half. */
    double *fitted = realloc(f.values, f.used * sizeof *fitted);
    free(f.head.lengths);
    *matrix = (um_matrix){
        .rows = f.head.rows,
        .columns = f.head.columns,
        .values = fitted ? fitted : f.values,
        .origin = f.head.origin,
        .first_line = f.head.first_line,
        .aliases = f.head.aliases,
    };
    if (!options || !options->average_columns)
        return UNMIX_OK;
    const unmix_status averaged = um_average_columns(cx, matrix);
    if (averaged != UNMIX_OK)
        um_matrix_clear(matrix);
    return averaged;
}
