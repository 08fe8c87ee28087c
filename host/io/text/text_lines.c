#include "io/text/text_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/shown.h"
#include "core/utf8.h"

#define PIECE ((size_t)1 << 20)

void um_lines_close(um_lines *lines)
{
    um_text_in_close(&lines->in);
    free(lines->buffer);
    free(lines->converted);
    *lines = (um_lines){.in = {.descriptor = -1}};
}

void um_lines_mark(um_lines *lines)
{
    lines->keep = lines->begin;
    lines->keep_line = lines->line;
}

void um_lines_rewind(um_lines *lines)
{
    lines->begin = lines->keep;
    lines->line = lines->keep_line;
    lines->keep = UM_NOT_FOUND;
}

/* Reads more of the file behind what is still needed. */
static unmix_status fill(unmix_context *cx, um_lines *lines)
{
    const size_t drop = lines->keep < lines->begin ? lines->keep : lines->begin;
    if (drop) {
        memmove(lines->buffer, lines->buffer + drop, lines->end - drop);
        lines->begin -= drop;
        lines->end -= drop;
        if (lines->keep != UM_NOT_FOUND)
            lines->keep -= drop;
    }
    UM_TRY(UM_GROW(cx, &lines->buffer, &lines->capacity, lines->end + PIECE, "line of a table"));
    size_t got = 0;
    UM_TRY(um_text_in_read(cx, &lines->in, lines->buffer + lines->end, lines->capacity - lines->end, &got));
    lines->at_end = got == 0;
    lines->end += got;
    return UNMIX_OK;
}

/* The field that byte `at` of a line is in, to be shown. */
static const char *field_at(const char *line, size_t size, size_t at, char *out, size_t room)
{
    size_t begin = at, end = at;
    while (begin > 0 && line[begin - 1] != '\t' && line[begin - 1] != ',')
        begin--;
    while (end < size && line[end] != '\t' && line[end] != ',')
        end++;
    char field[64];
    (void)snprintf(field, sizeof field, "%.*s", (int)(end - begin < 60 ? end - begin : 60), line + begin);
    return um_shown(field, out, room);
}

static size_t column_of(const char *line, size_t at)
{
    size_t column = 1;
    uint32_t code;
    for (size_t i = 0; i < at; i += um_utf8_next(line + i, at - i, &code))
        column++;
    return column;
}

/* A line whose byte `at` is no UTF-8. */
static unmix_status take_other(unmix_context *cx, um_lines *lines, const char **text, size_t *length, size_t at)
{
    char shown[200];
    if (cx->encoding != UNMIX_LATIN1)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: line %zu, column %zu: '%s' is no UTF-8; save the file as UTF-8, or, where it is Latin-1, give "
                       "--encoding latin1",
                       lines->path, lines->line, column_of(*text, at), field_at(*text, *length, at, shown, sizeof shown));
    um_note(cx, "%s: lines that are no UTF-8 are read as Latin-1", lines->path);
    UM_TRY(UM_GROW(cx, &lines->converted, &lines->converted_capacity, 2 * *length, "line of a table"));
    *length = um_utf8_from_latin1(*text, *length, lines->converted);
    *text = lines->converted;
    return UNMIX_OK;
}

unmix_status um_lines_next(unmix_context *cx, um_lines *lines, const char **text, size_t *length)
{
    *length = UM_NOT_FOUND;
    size_t searched = 0;
    const char *stop = NULL;
    for (;;) {
        const size_t available = lines->end - lines->begin;
        if (available > searched)
            stop = memchr(lines->buffer + lines->begin + searched, '\n', available - searched);
        searched = available;
        if (stop || lines->at_end)
            break;
        UM_TRY(fill(cx, lines));
    }
    if (!stop && searched == 0)
        return UNMIX_OK;
    const char *line = lines->buffer + lines->begin;
    size_t size = stop ? (size_t)(stop - line) : searched;
    lines->begin += stop ? size + 1 : size;
    lines->line++;
    if (size && line[size - 1] == '\r')
        size--;
    *text = line;
    *length = size;
    const size_t wrong = um_utf8_check(line, size);
    return wrong == size ? UNMIX_OK : take_other(cx, lines, text, length, wrong);
}

unmix_status um_lines_open(unmix_context *cx, um_lines *lines, const char *path, const char *accepts)
{
    *lines = (um_lines){.path = path, .keep = UM_NOT_FOUND};
    unmix_status status = um_text_in_open(cx, &lines->in, path);
    if (strcmp(path, "-") == 0)
        lines->path = lines->in.path = "standard input";
    lines->in.accepts = accepts;
    if (status == UNMIX_OK)
        status = fill(cx, lines);
    if (status == UNMIX_OK && lines->end >= 3 && memcmp(lines->buffer, "\xef\xbb\xbf", 3) == 0)
        lines->begin = 3; /* byte-order mark */
    if (status != UNMIX_OK)
        um_lines_close(lines);
    return status;
}
