#include <string.h>

#include "core/memory.h"
#include "io/text/table_scan.h"

static int is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static inline int is_separator(char c, char separator)
{
    return c == separator || (separator == ' ' && c == '\t');
}

/* A field that begins with a quote: from `at` behind it. Yields where it ends, NULL where it does not. */
static const char *quoted_field(const char *at, const char *end, char *to, um_field *field)
{
    const char *quote = memchr(at, '"', (size_t)(end - at));
    if (quote && (quote + 1 == end || quote[1] != '"')) {
        *field = (um_field){at, (size_t)(quote - at)};
        return quote + 1;
    }
    size_t used = 0;
    for (; at < end; at++) {
        if (*at == '"' && ++at < end && *at != '"') {
            *field = (um_field){to, used};
            return at;
        }
        if (at == end) { /* the quote was the last character */
            *field = (um_field){to, used};
            return end;
        }
        to[used++] = *at;
    }
    return NULL;
}

um_field um_trimmed(const char *begin, const char *end)
{
    while (begin < end && is_blank(*begin))
        begin++;
    while (begin < end && is_blank(end[-1]))
        end--;
    return (um_field){begin, (size_t)(end - begin)};
}

/* Where the field beginning at `at` ends. Fields with doubled quotes are put together at *spare. */
static unmix_status take_field(unmix_context *cx, const um_scan *scan, const char *at, const char *end, char **spare,
                               um_field *field, const char **stop)
{
    const char separator = scan->separator;
    const char *text = at;
    while (separator != '\t' && text < end && *text == ' ')
        text++; /* a, "b" */
    if (text < end && *text == '"') {
        at = quoted_field(text + 1, end, *spare, field);
        if (!at)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: line %zu: a quote opens in field %zu and does not close in this line", scan->lines.path,
                           scan->lines.line, scan->n_fields + 1);
        if (field->text == *spare)
            *spare += field->length;
        while (at < end && !is_separator(*at, separator) && *at == ' ')
            at++;
        if (at < end && !is_separator(*at, separator))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: line %zu: text follows the closing quote of field %zu",
                           scan->lines.path, scan->lines.line, scan->n_fields + 1);
        *stop = at;
        return UNMIX_OK;
    }
    while (at < end && !is_separator(*at, separator))
        at++;
    *field = um_trimmed(text < at ? text : at, at);
    *stop = at;
    return UNMIX_OK;
}

/* Makes room in scan->fields for one more. Inline, because tables have many fields. */
static inline unmix_status reserve_field(unmix_context *cx, um_scan *scan)
{
    if (scan->n_fields < scan->fields_capacity)
        return UNMIX_OK;
    return UM_GROW(cx, &scan->fields, &scan->fields_capacity, scan->n_fields + 1, "fields of a table");
}

/* Splits a line without quotes at tabs or commas: the common case, worth to be fast. */
static unmix_status split_plain(unmix_context *cx, um_scan *scan, const char *line, size_t length)
{
    const char separator = scan->separator;
    const char *at = line;
    const char *const end = line + length;
    for (;;) {
        const char *const begin = at;
        while (at < end && *at != separator)
            at++;
        UM_TRY(reserve_field(cx, scan));
        scan->fields[scan->n_fields++] = at > begin && (is_blank(*begin) || is_blank(at[-1]))
                                             ? um_trimmed(begin, at)
                                             : (um_field){begin, (size_t)(at - begin)};
        if (at == end)
            return UNMIX_OK;
        at++;
    }
}

/* Splits a line at blanks, or one with quotes. */
static unmix_status split_carefully(unmix_context *cx, um_scan *scan, const char *line, size_t length)
{
    /* Room for all unquoted text of the line at once: fields point into it. */
    UM_TRY(UM_GROW(cx, &scan->unquoted, &scan->unquoted_capacity, length + 1, "line of a table"));
    char *spare = scan->unquoted;
    const char *at = line;
    const char *const end = line + length;
    for (;;) {
        while (scan->separator == ' ' && at < end && is_blank(*at))
            at++;
        if (scan->separator == ' ' && at == end)
            return UNMIX_OK;
        UM_TRY(reserve_field(cx, scan));
        const char *stop = end;
        UM_TRY(take_field(cx, scan, at, end, &spare, &scan->fields[scan->n_fields], &stop));
        scan->n_fields++;
        if (stop == end)
            return UNMIX_OK;
        at = stop + 1;
    }
}

unmix_status um_scan_split(unmix_context *cx, um_scan *scan, const char *line, size_t length)
{
    scan->n_fields = 0;
    if (scan->separator == ' ' || memchr(line, '"', length))
        return split_carefully(cx, scan, line, length);
    return split_plain(cx, scan, line, length);
}
