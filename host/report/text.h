/*
 * Text that grows: scripts, tables and pages. Sticky like the queue of a device: after a failure every call does nothing,
 * and `status` says so at the end.
 */
#ifndef UM_REPORT_TEXT_H
#define UM_REPORT_TEXT_H

#include <stddef.h>

#include "core/diagnostics.h"

typedef struct um_text {
    unmix_context *cx;
    char *bytes; /* zero-terminated; NULL while empty */
    size_t length, capacity;
    unmix_status status;
} um_text;

/* An empty text that reports to `cx`. Released with um_text_clear(). */
static inline um_text um_text_of(unmix_context *cx)
{
    return (um_text){.cx = cx, .status = UNMIX_OK};
}

void um_text_clear(um_text *text);

void um_text_add(um_text *text, const char *bytes, size_t length);
void um_text_put(um_text *text, const char *string);
/* For words of our own and whole numbers: what is printed must fit 1,000 bytes. Reals: um_text_number(). */
void um_text_format(um_text *text, const char *format, ...) UM_PRINTF(2, 3);

/* A number rounded to `digits` significant ones, as short as it can be said, whatever the locale; "NA" for NaN. */
void um_text_number(um_text *text, double number, int digits);

/* A field of a table, as it is shown (core/shown.h): no tab and no line end is left in it. */
void um_text_field(um_text *text, const char *field);

/*
 * A string of gnuplot, as it is shown (core/shown.h). In double quotes, every character that could mean something to
 * gnuplot by its number: in single quotes a quote that comes first, or twice, is misread. Shortened to `most` letters
 * with an ellipsis; 0: not.
 */
void um_text_quoted(um_text *text, const char *string, size_t most);

/* The same for the label of a tic, which gnuplot takes as a format: '%' has a meaning there. */
void um_text_tic(um_text *text, const char *string, size_t most);

/* bytes[0..length), before a zero, as they are shown but for line ends and tabs; what has a meaning in HTML is escaped. */
void um_text_html(um_text *text, const char *bytes, size_t length);

/* Width of a name in letters of a figure: characters, those of East Asian scripts counted twice. */
size_t um_letters(const char *name);

/* "": never NULL. */
static inline const char *um_text_string(const um_text *text)
{
    return text->bytes ? text->bytes : "";
}

#endif
