#include "core/shown.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "core/utf8.h"

static int within(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

/* Directions and the isolates around them (Unicode's Bidi_Control), separators of lines and paragraphs, C1 controls. */
static int is_obeyed(uint32_t code)
{
    return code < 0x20 || within(code, 0x7F, 0x9F) || code == 0x061C || within(code, 0x200E, 0x200F) ||
           within(code, 0x2028, 0x202E) || within(code, 0x2066, 0x2069) || code == 0xFEFF;
}

int um_shown_character(const char *text, size_t *taken, char out[UM_SHOWN_SIZE])
{
    uint32_t code;
    *taken = um_utf8_next(text, strnlen(text, 4), &code);
    if (*taken && !is_obeyed(code)) {
        memcpy(out, text, *taken);
        out[*taken] = '\0';
        return 0;
    }
    if (*taken == 0) {
        *taken = 1;
        code = (unsigned char)text[0];
    }
    const char letter = code == '\n' ? 'n' : code == '\t' ? 't' : code == '\r' ? 'r' : '\0';
    if (letter)
        (void)snprintf(out, UM_SHOWN_SIZE, "\\%c", letter);
    else
        (void)snprintf(out, UM_SHOWN_SIZE, code > 0xFF ? "\\u%04x" : "\\x%02x", (unsigned)code);
    return 1;
}

const char *um_shown(const char *text, char *out, size_t size)
{
    size_t used = 0;
    while (*text && size) {
        char one[UM_SHOWN_SIZE];
        size_t taken;
        (void)um_shown_character(text, &taken, one);
        const size_t length = strlen(one);
        if (used + length >= size)
            break;
        memcpy(out + used, one, length);
        used += length;
        text += taken;
    }
    if (size)
        out[used] = '\0';
    return out;
}

void um_show_in_place(char *text, size_t size)
{
    char copy[2048];
    (void)snprintf(copy, sizeof copy, "%s", text);
    (void)um_shown(copy, text, size);
}
