/* What stands before the header of a table: comments, blank lines, the openings of known formats; and the separator. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "io/text/table_scan.h"

int um_is_blank_line(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != ' ')
            return 0;
    return 1;
}

int um_is_empty_row(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!strchr(" \t,;", text[i]) || !text[i])
            return 0;
    return length > 0;
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

/* Tab, else comma, else semicolon, else blanks; 0 when the line has none of them. */
static char separator_of(const char *text, size_t length)
{
    static const char candidates[] = {'\t', ',', ';', ' '};
    for (size_t i = 0; i < sizeof candidates; i++)
        if (count_outside_quotes(text, length, candidates[i]))
            return candidates[i];
    return 0;
}

/* Whether semicolons separate a header that has commas too: only they occur as often in the line below. */
static int is_semicolons(const char *header, size_t header_length, const char *line, size_t length)
{
    const size_t semicolons = count_outside_quotes(header, header_length, ';');
    const size_t below = count_outside_quotes(line, length, ';');
    return semicolons && (below == semicolons || below == semicolons + 1) &&
           count_outside_quotes(header, header_length, ',') != count_outside_quotes(line, length, ',');
}

/*
 * Whether a '#' line is the header rather than a comment: the line after it has as many fields. ("#gene<tab>a<tab>b" is
 * a common header; "# made by ..." is not.)
 */
static int is_commented_header(const char *comment, size_t comment_length, const char *line, size_t length)
{
    const char separator = separator_of(line, length);
    if (!separator || separator == ' ')
        return 0;
    const size_t fields = count_outside_quotes(line, length, separator);
    return count_outside_quotes(comment, comment_length, separator) == fields;
}

static int line_begins(const char *text, size_t length, const char *with)
{
    return length >= strlen(with) && strncasecmp(text, with, strlen(with)) == 0;
}

/* Skips the lines about a series and its samples; its table is next. */
static unmix_status skip_series(unmix_context *cx, um_scan *scan, const char *text, size_t length)
{
    if (text[0] == '^')
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: is a SOFT file of GEO; take the series matrix, or the table of counts from the supplementary "
                       "files of the series",
                       scan->lines.path);
    scan->opening.kind = "GEO series matrix";
    scan->opening.ends_with = '!';
    while (!line_begins(text, length, "!series_matrix_table_begin")) {
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length == UM_NOT_FOUND)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: begins as a GEO series matrix does, but has no line !series_matrix_table_begin",
                           scan->lines.path);
    }
    return UNMIX_OK;
}

/* The line below "#1.2" or "#1.3": numbers of rows and columns, and in 1.3 of columns and rows that describe them. */
static unmix_status take_dimensions(unmix_context *cx, um_scan *scan, int version)
{
    const char *text = NULL;
    size_t length = 0;
    UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
    unsigned long sizes[4] = {0};
    char line[128] = "";
    if (length != UM_NOT_FOUND && length < sizeof line) {
        memcpy(line, text, length);
        line[length] = '\0';
    }
    char *at = line;
    size_t found = 0;
    for (char *end = at; found < 4; found++, at = end) {
        sizes[found] = strtoul(at, &end, 10);
        if (end == at)
            break;
    }
    if (found < (version == 3 ? 4U : 2U))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: line %zu of this GCT file must say the numbers of its rows and columns", scan->lines.path,
                       scan->lines.line);
    scan->opening.kind = "GCT";
    scan->opening.separator = '\t';
    scan->opening.more_columns = version == 3 ? sizes[2] : 1;
    scan->opening.more_rows = version == 3 ? sizes[3] : 0;
    return UNMIX_OK;
}

/* Looks at a line that begins with '#'; *found when it is the header. */
static unmix_status take_comment(unmix_context *cx, um_scan *scan, const char *text, size_t length, int *found)
{
    if (line_begins(text, length, "#1.2") || line_begins(text, length, "#1.3"))
        return take_dimensions(cx, scan, text[3] - '0');
    const size_t comment_length = length;
    UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
    *found = length != UM_NOT_FOUND && text[0] != '#' &&
             is_commented_header(scan->lines.buffer + scan->lines.keep, comment_length, text, length);
    if (*found)
        return UNMIX_OK;
    um_lines_rewind(&scan->lines);
    return um_lines_next(cx, &scan->lines, &text, &length);
}

/* The last field that is not empty is the first: "Table S1,,,". */
static int is_one_field(const char *text, size_t length)
{
    while (length && strchr(",;\t", text[length - 1]))
        length--;
    return !count_outside_quotes(text, length, '\t') && !count_outside_quotes(text, length, ',') &&
           !count_outside_quotes(text, length, ';');
}

/*
 * Whether the line that was marked is a title: words in one field, and below it, with or without blank lines between, a
 * row of three fields or more. (R heads the one column of a sample so, above rows of two.)
 */
static unmix_status look_for_title(unmix_context *cx, um_scan *scan, size_t title_length, int *title)
{
    const char *text = NULL;
    size_t length = 0;
    *title = 0;
    for (int i = 0; i < 3; i++) {
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length == UM_NOT_FOUND || !(um_is_blank_line(text, length) || um_is_empty_row(text, length)))
            break;
    }
    const char *line = scan->lines.buffer + scan->lines.keep;
    const char separator = length == UM_NOT_FOUND ? ' ' : separator_of(text, length);
    *title = memchr(line, ' ', title_length) && is_one_field(line, title_length) && separator && separator != ' ' &&
             count_outside_quotes(text, length, separator) >= 2;
    um_lines_rewind(&scan->lines);
    um_lines_mark(&scan->lines);
    return um_lines_next(cx, &scan->lines, &text, &length);
}

static void say_title(unmix_context *cx, const um_scan *scan, const char *text, size_t length)
{
    while (length && strchr(",;\t", text[length - 1]))
        length--;
    um_note(cx, "%s: line %zu is a title and is passed over: '%.*s'", scan->lines.path, scan->lines.line,
            (int)(length < 60 ? length : 60), text);
}

/* Skips comments, titles and blank lines. The header is next. */
static unmix_status find_header(unmix_context *cx, um_scan *scan)
{
    um_opening *const opening = &scan->opening;
    for (int found = 0; !found;) {
        um_lines_mark(&scan->lines);
        const char *text = NULL;
        size_t length = 0;
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length == UM_NOT_FOUND)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: holds no table, only blank lines or comments", scan->lines.path);
        if (um_is_blank_line(text, length) || um_is_empty_row(text, length))
            continue;
        if (text[0] == '#') {
            UM_TRY(take_comment(cx, scan, text, length, &opening->hash));
            found = opening->hash;
        } else if ((line_begins(text, length, "!series_") || line_begins(text, length, "!sample_") || text[0] == '^') &&
                   !opening->kind) {
            UM_TRY(skip_series(cx, scan, text, length));
        } else if (line_begins(text, length, "sep=") && length == 5) {
            opening->separator = text[4];
        } else {
            int title = 0;
            UM_TRY(look_for_title(cx, scan, length, &title));
            if (title)
                say_title(cx, scan, scan->lines.buffer + scan->lines.keep, length);
            found = !title;
        }
    }
    um_lines_rewind(&scan->lines);
    return UNMIX_OK;
}

/* The separator from the header; a header of one field (R, one sample) does not tell, then from the line below it. */
static unmix_status find_separator(unmix_context *cx, um_scan *scan)
{
    const char *text = NULL;
    size_t length = 0;
    um_lines_mark(&scan->lines);
    UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
    if (memchr(text, '\r', length))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu holds carriage returns; save the file with Unix line ends",
                       scan->lines.path, scan->lines.line);
    const size_t header_length = length;
    scan->separator = scan->opening.separator ? scan->opening.separator : separator_of(text, length);
    if (!scan->separator || scan->separator == ',') {
        UM_TRY(um_lines_next(cx, &scan->lines, &text, &length));
        if (length != UM_NOT_FOUND && !scan->separator)
            scan->separator = separator_of(text, length);
        else if (length != UM_NOT_FOUND &&
                 is_semicolons(scan->lines.buffer + scan->lines.keep, header_length, text, length))
            scan->separator = ';';
    }
    if (!scan->separator)
        scan->separator = ' ';
    um_lines_rewind(&scan->lines);
    return UNMIX_OK;
}

unmix_status um_scan_opening(unmix_context *cx, um_scan *scan)
{
    UM_TRY(find_header(cx, scan));
    return find_separator(cx, scan);
}
