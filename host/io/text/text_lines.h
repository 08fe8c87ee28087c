/* Lines of a text file, one after another. A place may be marked and returned to. */
#ifndef UM_TEXT_LINES_H
#define UM_TEXT_LINES_H

#include "core/names.h"
#include "io/text/text_file.h"

typedef struct um_lines {
    um_text_in in;
    const char *path; /* not owned */
    size_t line;      /* number of the current line, from 1 */
    char *buffer;
    size_t capacity;
    size_t begin; /* what is not yet consumed */
    size_t end;
    size_t keep; /* from here on the buffer is kept for um_lines_rewind(); UM_NOT_FOUND: nothing is kept */
    size_t keep_line;
    int at_end; /* the file is read to its end */
    char *converted; /* a line that was Latin-1 */
    size_t converted_capacity;
} um_lines;

/*
 * Opens a file and skips a byte-order mark. `accepts` is the beginning of a file that um_text_in_read() would take for
 * no table, but which is wanted here (text_file.h), or NULL. On failure everything is released.
 */
unmix_status um_lines_open(unmix_context *cx, um_lines *lines, const char *path, const char *accepts);
void um_lines_close(um_lines *lines);

/*
 * The next line without its end (LF or CRLF), in UTF-8, valid until the next call; *length is UM_NOT_FOUND after the last
 * one. Errors: INPUT (no UTF-8, unless it may be Latin-1: unmix_set_encoding()).
 */
unmix_status um_lines_next(unmix_context *cx, um_lines *lines, const char **text, size_t *length);

/* Reading goes back to where um_lines_mark() was called. One use for a mark. */
void um_lines_mark(um_lines *lines);
void um_lines_rewind(um_lines *lines);

#endif
