#include "report/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/shown.h"
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
    char one[UM_SHOWN_SIZE];
    for (size_t taken; *field; field += taken) {
        (void)um_shown_character(field, &taken, one);
        um_text_put(text, one);
    }
}

/* Letters that a shown character takes: those of East Asian scripts are as wide as two. */
static size_t width_of(const char *one)
{
    return (unsigned char)one[0] < 0x80 ? strlen(one) : (unsigned char)one[0] >= 0xE3 ? 2 : 1;
}

size_t um_letters(const char *name)
{
    char one[UM_SHOWN_SIZE];
    size_t letters = 0;
    for (size_t taken; *name; name += taken) {
        (void)um_shown_character(name, &taken, one);
        letters += width_of(one);
    }
    return letters;
}

/* Bytes of `string` that are shown when it has room for `most` letters. */
static size_t shown(const char *string, size_t most)
{
    char one[UM_SHOWN_SIZE];
    size_t letters = 0, end = 0;
    if (most == 0 || um_letters(string) <= most)
        return strlen(string);
    for (size_t taken; string[end]; end += taken) {
        (void)um_shown_character(string + end, &taken, one);
        letters += width_of(one);
        if (letters > most - 1)
            break;
    }
    return end;
}

/* Characters that have no meaning in double quotes, nor in what gnuplot does to a line before it looks for quotes. */
static int is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           (unsigned char)byte >= 0x80 || strchr(" .,:;_+-/()=", byte);
}

/*
 * `doubled` stands for itself when it comes twice (0: none). gnuplot reads a number up to the last digit, so that a digit
 * after one is written as a number, too.
 */
static void put_quoted(um_text *text, const char *string, size_t most, char doubled)
{
    const size_t end = shown(string, most);
    size_t taken;
    int numbered = 0;
    um_text_put(text, "\"");
    for (size_t at = 0; at < end; at += taken) {
        char one[UM_SHOWN_SIZE];
        (void)um_shown_character(string + at, &taken, one);
        for (const char *byte = one; *byte; byte++) {
            numbered = !is_plain(*byte) || (numbered && *byte >= '0' && *byte <= '9');
            for (int times = *byte == doubled ? 2 : 1; times; times--)
                if (numbered)
                    um_text_format(text, "\\%03o", (unsigned)(unsigned char)*byte);
                else
                    um_text_add(text, byte, 1);
        }
    }
    um_text_put(text, string[end] ? "\xE2\x80\xA6\"" : "\"");
}

void um_text_quoted(um_text *text, const char *string, size_t most)
{
    put_quoted(text, string, most, '\0');
}

void um_text_tic(um_text *text, const char *string, size_t most)
{
    put_quoted(text, string, most, '%');
}

void um_text_html(um_text *text, const char *bytes, size_t length)
{
    size_t taken;
    for (size_t at = 0; at < length; at += taken) {
        char one[UM_SHOWN_SIZE];
        (void)um_shown_character(bytes + at, &taken, one);
        um_text_put(text, bytes[at] == '&'                         ? "&amp;"
                          : bytes[at] == '<'                       ? "&lt;"
                          : bytes[at] == '>'                       ? "&gt;"
                          : bytes[at] == '"'                       ? "&quot;"
                          : bytes[at] == '\n' || bytes[at] == '\t' ? (char[]){bytes[at], '\0'}
                                                                   : one);
    }
}
