#include "report/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/text/number.h"

void um_text_clear(um_text *text)
{
    free(text->bytes);
    *text = (um_text){.cx = text->cx, .status = UNMIX_OK};
}

void um_text_add(um_text *text, const char *bytes, size_t length)
{
    if (text->status == UNMIX_OK)
        text->status = UM_GROW(text->cx, &text->bytes, &text->capacity, text->length + length + 1, "report");
    if (text->status != UNMIX_OK)
        return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void um_text_put(um_text *text, const char *string)
{
    um_text_add(text, string, strlen(string));
}

void um_text_format(um_text *text, const char *format, ...)
{
    char line[1000];
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (length >= 0)
        um_text_add(text, line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
}

void um_text_number(um_text *text, double number, int digits)
{
    char rounded[64], shortest[UM_NUMBER_SIZE];
    if (isfinite(number)) {
        (void)snprintf(rounded, sizeof rounded, "%.*e", digits - 1, number);
        number = strtod(rounded, NULL);
    }
    um_text_add(text, shortest, um_format_number(number, shortest));
}

void um_text_field(um_text *text, const char *field)
{
    for (const char *at = field; *at; at++)
        um_text_add(text, (unsigned char)*at < 0x20 || *at == 0x7f ? " " : at, 1);
}

static int continues(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

static size_t width_of(char lead)
{
    return continues(lead) ? 0 : (unsigned char)lead >= 0xE3 ? 2 : 1;
}

size_t um_letters(const char *name)
{
    size_t letters = 0;
    for (; *name; name++)
        letters += width_of(*name);
    return letters;
}

/* Bytes of `string` that are shown when it has room for `most` letters. */
static size_t shown(const char *string, size_t most)
{
    size_t letters = 0, end = 0;
    if (most == 0 || um_letters(string) <= most)
        return strlen(string);
    for (size_t at = 0; string[at]; at++) {
        letters += width_of(string[at]);
        if (!continues(string[at]) && letters > most - 1)
            break;
        end = at + 1;
    }
    return end;
}

/* The characters in `doubled` stand for themselves when they come twice. */
static void put_quoted(um_text *text, const char *string, size_t most, const char *doubled)
{
    const size_t end = shown(string, most);
    um_text_put(text, "'");
    for (size_t at = 0; at < end; at++) {
        const unsigned char byte = (unsigned char)string[at];
        if (strchr(doubled, byte))
            um_text_add(text, string + at, 1);
        um_text_add(text, byte < 0x20 || byte == 0x7f ? " " : string + at, 1);
    }
    um_text_put(text, string[end] ? "\xE2\x80\xA6'" : "'");
}

void um_text_quoted(um_text *text, const char *string, size_t most)
{
    put_quoted(text, string, most, "'");
}

void um_text_tic(um_text *text, const char *string, size_t most)
{
    put_quoted(text, string, most, "'%");
}

void um_text_html(um_text *text, const char *bytes, size_t length)
{
    size_t plain = 0;
    for (size_t at = 0; at < length; at++) {
        const char *const instead = bytes[at] == '&'   ? "&amp;"
                                    : bytes[at] == '<' ? "&lt;"
                                    : bytes[at] == '>' ? "&gt;"
                                    : bytes[at] == '"' ? "&quot;"
                                                       : NULL;
        if (!instead)
            continue;
        um_text_add(text, bytes + plain, at - plain);
        um_text_put(text, instead);
        plain = at + 1;
    }
    um_text_add(text, bytes + plain, length - plain);
}
