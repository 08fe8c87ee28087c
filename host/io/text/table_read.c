#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/text/dialects.h"
#include "io/text/number.h"
#include "io/text/table.h"
#include "io/text/table_scan.h"

/* So many rows decide which columns hold numbers. */
#define SAMPLE_ROWS 100

/* What to do with each column. */
typedef struct um_plan {
    size_t name_column;  /* where the row names are */
    unsigned char *skip; /* by column; also set for name_column */
    size_t *numeric;     /* the columns with numbers, in order */
    size_t n_numeric;
    int missing; /* fields without a value are NaN */
} um_plan;

static void clear_plan(um_plan *plan)
{
    free(plan->skip);
    free(plan->numeric);
    *plan = (um_plan){0};
}

static size_t find_column(const um_names *columns, const char *name, size_t length)
{
    for (size_t i = 0; i < columns->count; i++)
        if (strncmp(um_name(columns, i), name, length) == 0 && um_name(columns, i)[length] == '\0')
            return i;
    return UM_NOT_FOUND;
}

static unmix_status refuse_one_column(unmix_context *cx, const um_scan *scan)
{
    const char *name = um_name(&scan->columns, 0);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has one column only ('%.60s'); %s", scan->lines.path, name,
                   strchr(name, ';') ? "separate the columns by tabs or commas, not semicolons"
                                     : "wanted are a column of names and columns of numbers");
}

static unmix_status refuse_unknown_column(unmix_context *cx, const um_scan *scan, const char *name, size_t length)
{
    char there[700];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has no column '%.*s'; its columns are %s", scan->lines.path,
                   (int)(length < 60 ? length : 60), name,
                   um_list_names(&scan->columns, UM_LISTED_COLUMNS, there, sizeof there));
}

static unmix_status choose_name_column(unmix_context *cx, const um_scan *scan, const char *wanted, um_plan *plan)
{
    if (wanted) {
        plan->name_column = find_column(&scan->columns, wanted, strlen(wanted));
        if (plan->name_column == UM_NOT_FOUND)
            return refuse_unknown_column(cx, scan, wanted, strlen(wanted));
    }
    plan->skip[plan->name_column] = 1;
    if (plan->name_column > 0 && um_name(&scan->columns, 0)[0] == '\0') {
        plan->skip[0] = 1; /* R's row names beside the column that was asked for */
        um_note(cx, "%s: the first column has no name and is skipped", scan->lines.path);
    }
    return UNMIX_OK;
}

/* The columns the user leaves out, separated by commas. */
static unmix_status skip_wanted(unmix_context *cx, const um_scan *scan, const char *list, um_plan *plan)
{
    for (size_t length = 0; list && *list; list += length + (list[length] == ',')) {
        length = strcspn(list, ",");
        if (length == 0)
            continue;
        const size_t column = find_column(&scan->columns, list, length);
        if (column == UM_NOT_FOUND)
            return refuse_unknown_column(cx, scan, list, length);
        if (column == plan->name_column)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: column '%s' holds the row names and cannot be left out",
                           scan->lines.path, um_name(&scan->columns, column));
        plan->skip[column] = 1;
    }
    return UNMIX_OK;
}

/* The columns that are no samples where the table is of a known program. */
static void skip_by_dialect(const um_scan *scan, const um_dialect *dialect, um_plan *plan)
{
    for (size_t i = 0; i < UM_DIALECT_COLUMNS && dialect->no_samples[i]; i++) {
        const size_t column = find_column(&scan->columns, dialect->no_samples[i], strlen(dialect->no_samples[i]));
        if (column != UM_NOT_FOUND)
            plan->skip[column] = 1;
    }
}

/* Looks at the first rows: text[i] counts fields that are no number, filled[i] those that say something. */
static unmix_status look_at_rows(unmix_context *cx, um_scan *scan, size_t *text, size_t *filled)
{
    um_lines_mark(&scan->lines);
    int more = 1;
    for (size_t row = 0; row < SAMPLE_ROWS; row++) {
        UM_TRY(um_scan_next(cx, scan, &more));
        if (!more)
            break;
        for (size_t i = 0; i < scan->n_fields; i++) {
            const um_field field = scan->fields[i];
            double number = 0.0;
            /* A column of NA is not a text column: it is to be refused, not skipped. */
            if (field.length == 0 || um_is_missing_word(field.text, field.length))
                continue;
            filled[i]++;
            text[i] += !um_parse_number(field.text, field.length, &number);
        }
    }
    um_lines_rewind(&scan->lines);
    return UNMIX_OK;
}

static unmix_status skip_text(unmix_context *cx, um_scan *scan, um_plan *plan)
{
    const size_t n = scan->columns.count;
    size_t *counts = NULL;
    um_names skipped = {0};
    unmix_status status = UM_ALLOC(cx, &counts, 2 * n, "columns of a table");
    if (status == UNMIX_OK)
        status = look_at_rows(cx, scan, counts, counts + n);
    for (size_t i = 0; i < n && status == UNMIX_OK; i++) {
        if (plan->skip[i] || 2 * counts[i] <= counts[n + i])
            continue;
        plan->skip[i] = 1;
        const char *name = um_name(&scan->columns, i);
        status = um_names_add(cx, &skipped, name, strlen(name));
    }
    char list[700];
    if (status == UNMIX_OK && skipped.count)
        um_note(cx,
                skipped.count == 1 ? "%s: column '%s' is text and is skipped"
                                   : "%s: columns %s are text and are skipped",
                scan->lines.path, um_list_names(&skipped, UM_LISTED_COLUMNS, list, sizeof list));
    um_names_clear(&skipped);
    free(counts);
    return status;
}

static unmix_status make_plan(unmix_context *cx, um_scan *scan, const unmix_read_options *options, um_plan *plan)
{
    const um_names *columns = &scan->columns;
    const um_dialect *const dialect = um_find_dialect(columns);
    const char *const names = options->gene_column || !dialect ? options->gene_column : dialect->names;
    plan->missing = options->missing;
    if (columns->count < 2)
        return refuse_one_column(cx, scan);
    UM_TRY(UM_ALLOC(cx, &plan->skip, columns->count, "columns of a table"));
    UM_TRY(UM_ALLOC(cx, &plan->numeric, columns->count, "columns of a table"));
    UM_TRY(choose_name_column(cx, scan, names, plan));
    UM_TRY(skip_wanted(cx, scan, options->skip_columns, plan));
    if (dialect) {
        um_note(cx, "%s: is a table of %s", scan->lines.path, dialect->program);
        skip_by_dialect(scan, dialect, plan);
    }
    UM_TRY(skip_text(cx, scan, plan));
    for (size_t i = 0; i < columns->count; i++)
        if (!plan->skip[i])
            plan->numeric[plan->n_numeric++] = i;
    if (plan->n_numeric == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has no column of numbers beside the names in column '%s'",
                       scan->lines.path, um_name(columns, plan->name_column));
    return um_refuse_repeated_columns(cx, scan->lines.path, columns, plan->skip);
}

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
    if (!um_parse_number(field.text, field.length, &number))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%.*s' is not a finite number",
                       scan->lines.path, scan->lines.line, name, shown, field.text);
    if (number < 0.0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%.*s' is negative; values must be 0 or more",
                       scan->lines.path, scan->lines.line, name, shown, field.text);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu, column '%s': '%.*s' is too large for a number",
                   scan->lines.path, scan->lines.line, name, shown, field.text);
}

static unmix_status read_row(unmix_context *cx, const um_scan *scan, const um_plan *plan, um_names *names, double *row)
{
    const um_field name = scan->fields[plan->name_column];
    if (name.length == 0)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has no name in its column %zu", scan->lines.path,
                       scan->lines.line, plan->name_column + 1);
    UM_TRY(um_names_add(cx, names, name.text, name.length));
    for (size_t i = 0; i < plan->n_numeric; i++) {
        const um_field field = scan->fields[plan->numeric[i]];
        double number = 0.0;
        if (um_parse_number(field.text, field.length, &number) && number >= 0.0 && !isinf(number))
            row[i] = number + 0.0; /* -0 becomes 0 */
        else if (plan->missing && (field.length == 0 || um_is_no_value(field.text, field.length)))
            row[i] = (double)NAN;
        else
            return refuse_field(cx, scan, plan->numeric[i]);
    }
    return UNMIX_OK;
}

static unmix_status read_head(unmix_context *cx, const um_scan *scan, const um_plan *plan, um_table_head *head)
{
    const size_t size = strlen(scan->lines.path) + 1;
    head->first_line = scan->lines.line + 1;
    UM_TRY(UM_ALLOC(cx, &head->origin, size, "file name"));
    memcpy(head->origin, scan->lines.path, size);
    for (size_t i = 0; i < plan->n_numeric; i++) {
        const char *name = um_name(&scan->columns, plan->numeric[i]);
        UM_TRY(um_names_add(cx, &head->columns, name, strlen(name)));
    }
    return UNMIX_OK;
}

static unmix_status read_rows(unmix_context *cx, um_scan *scan, const um_plan *plan, um_table_head *head, double *row,
                              const um_table_taker *taker)
{
    for (int more = 1;;) {
        UM_TRY(um_scan_next(cx, scan, &more));
        if (!more)
            return UNMIX_OK;
        UM_TRY(read_row(cx, scan, plan, &head->rows, row));
        UM_TRY(taker->take(cx, taker->state, row));
    }
}

unmix_status um_table_scan(unmix_context *cx, const char *path, const unmix_read_options *options, um_table_head *head,
                           const um_table_taker *taker)
{
    um_scan scan;
    um_plan plan = {0};
    double *row = NULL;
    UM_TRY(um_scan_open(cx, &scan, path));
    unmix_status status = make_plan(cx, &scan, options, &plan);
    if (status == UNMIX_OK)
        status = read_head(cx, &scan, &plan, head);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &row, plan.n_numeric, "row of a table");
    if (status == UNMIX_OK)
        status = taker->begin(cx, taker->state, options);
    if (status == UNMIX_OK)
        status = read_rows(cx, &scan, &plan, head, row, taker);
    free(row);
    clear_plan(&plan);
    um_scan_close(&scan);
    return status;
}

void um_table_head_clear(um_table_head *head)
{
    um_names_clear(&head->rows);
    um_names_clear(&head->columns);
    free(head->origin);
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
    *matrix = (um_matrix){
        .rows = f.head.rows,
        .columns = f.head.columns,
        .values = fitted ? fitted : f.values,
        .origin = f.head.origin,
        .first_line = f.head.first_line,
    };
    return UNMIX_OK;
}

unmix_status um_refuse_repeated(unmix_context *cx, const char *origin, const char *kind, um_names *names,
                                size_t first_line, const char *advice)
{
    UM_TRY(um_names_index(cx, names));
    const size_t again = um_names_repeated(names);
    if (again == UM_NOT_FOUND)
        return UNMIX_OK;
    const char *name = um_name(names, again);
    char first[48];
    char second[48];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s '%s' stands in %s and in %s; %s", origin, kind, name,
                   um_row_place(first_line, um_names_find(names, name), first, sizeof first),
                   um_row_place(first_line, again, second, sizeof second), advice);
}
