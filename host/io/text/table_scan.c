#include "io/text/table_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/gene_name.h"
#include "core/memory.h"
#include "io/text/number.h"
#include "io/text/known_columns.h"

void um_scan_close(um_scan *scan)
{
    um_lines_close(&scan->lines);
    um_names_clear(&scan->columns);
    free(scan->fields);
    free(scan->unquoted);
    *scan = (um_scan){0};
}

static unmix_status refuse_blank_line(unmix_context *cx, um_scan *scan)
{
    const size_t line = scan->lines.line;
    const char *text = NULL;
    for (size_t length = 0; length != UM_NOT_FOUND;) {
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length != UM_NOT_FOUND && !um_is_blank_line(text, length) && !um_is_empty_row(text, length))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu is blank in the middle of the table; remove it",
                           scan->lines.path, line);
    }
    return UNMIX_OK;
}

unmix_status um_scan_row(unmix_context *cx, um_scan *scan, int *more)
{
    const char *text = NULL;
    size_t length = 0;
    *more = 0;
    UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
    if (length == UM_NOT_FOUND || (length && scan->opening.ends_with && text[0] == scan->opening.ends_with))
        return UNMIX_OK;
    if (um_is_blank_line(text, length) || (scan->columns.count && um_is_empty_row(text, length)))
        return refuse_blank_line(cx, scan);
    *more = 1;
    return um_scan_split(cx, scan, text, length);
}

unmix_status um_scan_next(unmix_context *cx, um_scan *scan, int *more)
{
    UM_TRY(um_scan_row(cx, scan, more));
    if (!*more)
        return UNMIX_OK;
    for (size_t i = 0; i < scan->trailing && scan->n_fields > scan->columns.count; i++)
        scan->n_fields -= scan->fields[scan->n_fields - 1].length == 0;
    if (scan->n_fields != scan->columns.count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu has %zu fields; %zu are expected", scan->lines.path,
                       scan->lines.line, scan->n_fields, scan->columns.count);
    return UNMIX_OK;
}

/* Takes the names from the split header; the field R leaves out becomes "". */
static unmix_status take_columns(unmix_context *cx, um_scan *scan, size_t n_header, int hash, int r_style)
{
    if (r_style)
        UM_TRY(um_names_add(cx, &scan->columns, "", 0));
    for (size_t i = 0; i < n_header; i++) {
        um_field name = scan->fields[i];
        if (i == 0 && hash && name.length && name.text[0] == '#')
            name = um_trimmed(name.text + 1, name.text + name.length);
        if (name.length == 0 && (i > 0 || r_style))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu: column %zu has no name in the header",
                           scan->lines.path, scan->lines.line, i + 1 + (size_t)r_style);
        UM_TRY(um_names_add(cx, &scan->columns, name.text, name.length));
    }
    return UNMIX_OK;
}

static int is_whole(um_field field)
{
    size_t at = 0;
    while (at < field.length && field.text[at] >= '0' && field.text[at] <= '9')
        at++;
    return field.length > 0 && at == field.length;
}

/* As htseq-count writes with --additional-attr: an identifier, a symbol, a count. */
static int is_named_row(const um_scan *scan)
{
    const um_field *field = scan->fields;
    return scan->n_fields == 3 && is_whole(field[2]) &&
           (um_gene_is_ensembl(field[0].text, field[0].length) || um_gene_is_ensembl(field[1].text, field[1].length));
}

/* What the first row is remembered by. */
static void keep_first(um_scan *scan)
{
    const size_t room = sizeof scan->first_field - 1;
    const size_t length = scan->n_fields ? scan->fields[0].length : 0;
    memcpy(scan->first_field, length ? scan->fields[0].text : "", length < room ? length : room);
    scan->first_field[length < room ? length : room] = '\0';
    scan->first_is_named = is_named_row(scan);
    scan->first_is_whole = 1;
    for (size_t i = 1; i < scan->n_fields; i++)
        scan->first_is_whole &= is_whole(scan->fields[i]) || scan->fields[i].length == 0;
}

/*
 * Whether the split line is a row rather than a header: all its fields but the first are numbers, and the first neither
 * names a column of names, nor do the numbers count samples (0, 1, 2, ...); or all but the last one are names of a gene.
 */
static int is_row(const um_scan *scan)
{
    double number = 0.0, before = 0.0;
    int counting = scan->n_fields > 2;
    if (is_named_row(scan))
        return 1;
    for (size_t i = 1; i < scan->n_fields; i++) {
        if (!um_parse_number(scan->fields[i].text, scan->fields[i].length, &number))
            return 0;
        counting &= i == 1 ? number == 0.0 || number == 1.0 : number == before + 1.0;
        before = number;
    }
    return scan->n_fields > 1 && !counting && !um_names_rows(scan->fields[0].text, scan->fields[0].length);
}

static unmix_status name_columns(unmix_context *cx, um_scan *scan, size_t count)
{
    scan->headless = 1;
    for (size_t i = 0; i < count; i++) {
        char name[32];
        const int length = snprintf(name, sizeof name, "column%zu", i + 1);
        UM_TRY(um_names_add(cx, &scan->columns, name, (size_t)length));
    }
    return UNMIX_OK;
}

/* TCGA's tables of the Broad Institute: below the names of the samples stands what their columns are. */
static int is_firehose(const um_scan *scan)
{
    return scan->columns.count > 1 && strcmp(um_name(&scan->columns, 0), "Hybridization REF") == 0;
}

/* Whether all fields of the row but the first are the same. */
static int is_one_unit(const um_scan *scan)
{
    for (size_t i = 2; i < scan->n_fields; i++)
        if (scan->fields[i].length != scan->fields[1].length ||
            memcmp(scan->fields[i].text, scan->fields[1].text, scan->fields[1].length) != 0)
            return 0;
    return 1;
}

/* Columns of several units are called "SAMPLE UNIT". */
static unmix_status name_by_units(unmix_context *cx, um_scan *scan)
{
    um_names columns = {0};
    int more = 0;
    UM_TRY(um_scan_row(cx, scan, &more));
    if (!more || scan->n_fields != scan->columns.count || is_one_unit(scan))
        return UNMIX_OK;
    unmix_status status = um_names_add(cx, &columns, scan->fields[0].text, scan->fields[0].length);
    for (size_t i = 1; i < scan->n_fields && status == UNMIX_OK; i++) {
        char name[256];
        (void)snprintf(name, sizeof name, "%.120s %.*s", um_name(&scan->columns, i),
                       (int)(scan->fields[i].length < 100 ? scan->fields[i].length : 100), scan->fields[i].text);
        status = um_names_add(cx, &columns, name, strlen(name));
    }
    um_names_clear(&scan->columns);
    scan->columns = columns;
    return status;
}

static unmix_status refuse_no_rows(unmix_context *cx, const um_scan *scan)
{
    if (scan->opening.ends_with)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: is a %s without values, as those of sequencing are; take the table of counts from the "
                       "supplementary files of the series",
                       scan->lines.path, scan->opening.kind);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has a header but no rows", scan->lines.path);
}

static int contains(um_field field, const char *part)
{
    const size_t length = strlen(part);
    for (size_t at = 0; at + length <= field.length; at++)
        if (memcmp(field.text + at, part, length) == 0)
            return 1;
    return 0;
}

/* An annotation is no table: nine fields, the last of which are attributes. */
static unmix_status refuse_annotation(unmix_context *cx, const um_scan *scan)
{
    const um_field *field = scan->fields;
    if (scan->n_fields != 9 || !is_whole(field[3]) || !is_whole(field[4]) ||
        !(contains(field[8], "gene_id \"") || contains(field[8], "ID=")))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: is an annotation (GTF or GFF3); 'unmix genes' makes a table of genes from it",
                   scan->lines.path);
}

static unmix_status read_header(unmix_context *cx, um_scan *scan, unmix_header header)
{
    int more = 0;
    UM_TRY(um_scan_opening(cx, scan));
    um_lines_mark(&scan->lines);
    UM_TRY(um_scan_row(cx, scan, &more));
    UM_TRY(refuse_annotation(cx, scan));
    const int row = header == UNMIX_HEADER_NONE || (header == UNMIX_HEADER_DETECT && !scan->opening.kind && is_row(scan));
    size_t n_header = scan->n_fields;
    if (row)
        keep_first(scan);
    size_t trailing = 0;
    while (n_header > 1 && scan->fields[n_header - 1].length == 0) {
        n_header--;
        trailing++;
    }
    /* The first row tells how the header is to be read; then back to the header. */
    UM_TRY(um_scan_row(cx, scan, &more));
    const size_t n_row = more ? scan->n_fields : n_header;
    const int r_style = !trailing && n_row == n_header + 1;
    if (header == UNMIX_HEADER_NONE || (row && !r_style)) {
        um_lines_rewind(&scan->lines);
        return name_columns(cx, scan, n_header);
    }
    if (!more)
        return refuse_no_rows(cx, scan);
    scan->trailing = trailing;
    keep_first(scan);
    um_lines_rewind(&scan->lines);
    UM_TRY(um_scan_row(cx, scan, &more));
    UM_TRY(take_columns(cx, scan, n_header, scan->opening.hash, r_style));
    if (is_firehose(scan))
        UM_TRY(name_by_units(cx, scan));
    for (size_t i = 0; i < scan->opening.more_rows; i++)
        UM_TRY(um_scan_row(cx, scan, &more));
    return UNMIX_OK;
}

unmix_status um_scan_open(unmix_context *cx, um_scan *scan, const char *path, unmix_header header)
{
    *scan = (um_scan){0};
    unmix_status status = um_lines_open(cx, &scan->lines, path, NULL);
    if (status == UNMIX_OK)
        status = read_header(cx, scan, header);
    if (status != UNMIX_OK)
        um_scan_close(scan);
    return status;
}

unmix_status um_scan_open_plain(unmix_context *cx, um_scan *scan, const char *path, char separator)
{
    *scan = (um_scan){.separator = separator};
    return um_lines_open(cx, &scan->lines, path, NULL);
}

unmix_status um_refuse_repeated_columns(unmix_context *cx, const char *path, const um_names *columns,
                                        const unsigned char *skip)
{
    um_names judged = {0};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < columns->count && status == UNMIX_OK; i++)
        if (!skip || !skip[i])
            status = um_names_add(cx, &judged, um_name(columns, i), strlen(um_name(columns, i)));
    if (status == UNMIX_OK)
        status = um_names_index(cx, &judged);
    const size_t repeated = status == UNMIX_OK ? um_names_repeated(&judged) : UM_NOT_FOUND;
    if (repeated != UM_NOT_FOUND)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the header names column '%s' twice; column names must differ "
                         "(--signatures takes the means of columns that are named by type)",
                         path, um_name(&judged, repeated));
    um_names_clear(&judged);
    return status;
}
