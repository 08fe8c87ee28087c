#include "io/text/table_scan.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void um_scan_close(um_scan *scan)
{
    um_lines_close(&scan->lines);
    um_names_clear(&scan->columns);
    free(scan->fields);
    free(scan->unquoted);
    *scan = (um_scan){0};
}

static int is_empty_line(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ')
            return 0;
    return 1;
}

/* How often c occurs outside quotes. */
static size_t count_outside_quotes(const char *text, size_t length, char c)
{
    size_t count = 0;
    int inside = 0;
    for (size_t i = 0; i < length; i++) {
        inside ^= text[i] == '"';
        count += !inside && text[i] == c;
    }
    return count;
}

/* Tab, else comma, else blanks; 0 when the line has none of them. */
static char separator_of(const char *text, size_t length)
{
    static const char candidates[] = {'\t', ',', ' '};
    for (size_t i = 0; i < sizeof candidates; i++)
        if (count_outside_quotes(text, length, candidates[i]))
            return candidates[i];
    return 0;
}

/*
 * Whether a '#' line is the header rather than a comment: the line after it has as many fields. ("#gene<tab>a<tab>b" is
 * a common header; "# made by ..." is not.)
 */
static int is_commented_header(const char *comment, size_t comment_length, const char *line, size_t length)
{
    const char separator = separator_of(line, length);
    if (separator != '\t' && separator != ',')
        return 0;
    const size_t fields = count_outside_quotes(line, length, separator);
    return count_outside_quotes(comment, comment_length, separator) == fields;
}

/* Skips comments and blank lines. The header follows; `hash` says that it begins with '#'. */
static unmix_status find_header(unmix_context *cx, um_scan *scan, int *hash)
{
    *hash = 0;
    for (;;) {
        um_lines_mark(&scan->lines);
        const char *text = NULL;
        size_t length = 0;
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length == UM_NOT_FOUND)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: holds no table, only blank lines or comments", scan->lines.path);
        if (is_empty_line(text, length))
            continue;
        if (text[0] != '#')
            break;
        const char *next = NULL;
        size_t next_length = 0;
        UM_TRY(um_lines_next(cx, &scan->lines, &next, &next_length));
        const size_t comment_length = length;
        *hash = next_length != UM_NOT_FOUND && next[0] != '#' &&
                is_commented_header(scan->lines.buffer + scan->lines.keep, comment_length, next, next_length);
        if (*hash)
            break;
        um_lines_rewind(&scan->lines);
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
    }
    um_lines_rewind(&scan->lines);
    return UNMIX_OK;
}

/* The separator from the header; a header of one field (R, one sample) does not tell, then from the line below it. */
static unmix_status detect_separator(unmix_context *cx, um_scan *scan)
{
    const char *text = NULL;
    size_t length = 0;
    scan->separator = 0;
    um_lines_mark(&scan->lines);
    for (int line = 0; line < 2 && !scan->separator; line++) {
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length == UM_NOT_FOUND)
            break;
        if (line == 0 && memchr(text, '\r', length))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: line %zu holds carriage returns; save the file with Unix line ends", scan->lines.path,
                           scan->lines.line);
        scan->separator = separator_of(text, length);
    }
    if (!scan->separator)
        scan->separator = ' ';
    um_lines_rewind(&scan->lines);
    return UNMIX_OK;
}

static unmix_status refuse_blank_line(unmix_context *cx, um_scan *scan)
{
    const size_t line = scan->lines.line;
    const char *text = NULL;
    for (size_t length = 0; length != UM_NOT_FOUND;) {
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length != UM_NOT_FOUND && !is_empty_line(text, length))
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
    if (length == UM_NOT_FOUND)
        return UNMIX_OK;
    if (is_empty_line(text, length))
        return refuse_blank_line(cx, scan);
    *more = 1;
    return um_scan_split(cx, scan, text, length);
}

unmix_status um_scan_next(unmix_context *cx, um_scan *scan, int *more)
{
    UM_TRY(um_scan_row(cx, scan, more));
    if (!*more)
        return UNMIX_OK;
    if (scan->trailing && scan->n_fields == scan->columns.count + 1 && scan->fields[scan->n_fields - 1].length == 0)
        scan->n_fields--;
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

static unmix_status read_header(unmix_context *cx, um_scan *scan)
{
    int hash = 0;
    int more = 0;
    UM_TRY(find_header(cx, scan, &hash));
    UM_TRY(detect_separator(cx, scan));
    um_lines_mark(&scan->lines);
    UM_TRY(um_scan_row(cx, scan, &more));
    size_t n_header = scan->n_fields;
    const int trailing = n_header > 1 && scan->fields[n_header - 1].length == 0;
    n_header -= (size_t)trailing;
    /* The first row tells how the header is to be read; then back to the header. */
    UM_TRY(um_scan_row(cx, scan, &more));
    if (!more)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: has a header but no rows", scan->lines.path);
    const size_t n_row = scan->n_fields;
    scan->trailing = trailing && n_row == n_header + 1 && scan->fields[n_row - 1].length == 0;
    const int r_style = !scan->trailing && n_row == n_header + 1;
    um_lines_rewind(&scan->lines);
    UM_TRY(um_scan_row(cx, scan, &more));
    return take_columns(cx, scan, n_header, hash, r_style);
}

unmix_status um_scan_open(unmix_context *cx, um_scan *scan, const char *path)
{
    *scan = (um_scan){0};
    unmix_status status = um_lines_open(cx, &scan->lines, path, NULL);
    if (status == UNMIX_OK)
        status = read_header(cx, scan);
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
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the header names column '%s' twice; column names must differ",
                         path, um_name(&judged, repeated));
    um_names_clear(&judged);
    return status;
}
