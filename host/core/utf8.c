#include "core/utf8.h"

#include <string.h>

/* Forms of a character: its first byte, its length and the smallest code that is written so (shorter ones are forged). */
static const struct form {
    unsigned char mask, lead;
    size_t length;
    uint32_t least;
} forms[] = {{0x80, 0x00, 1, 0}, {0xE0, 0xC0, 2, 0x80}, {0xF0, 0xE0, 3, 0x800}, {0xF8, 0xF0, 4, 0x10000}};

size_t um_utf8_next(const char *text, size_t left, uint32_t *code)
{
    const unsigned char *const bytes = (const unsigned char *)text;
    *code = 0;
    for (size_t f = 0; left && f < sizeof forms / sizeof forms[0]; f++) {
        const struct form form = forms[f];
        if ((bytes[0] & form.mask) != form.lead)
            continue;
        uint32_t value = (uint32_t)bytes[0] & (uint32_t)(unsigned char)~form.mask;
        for (size_t i = 1; i < form.length; i++) {
            if (i >= left || (bytes[i] & 0xC0) != 0x80)
                return 0;
            value = value << 6 | (bytes[i] & 0x3Fu);
        }
        if (value < form.least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
            return 0;
        *code = value;
        return form.length;
    }
    return 0;
}

/* Bytes at the start of text[0..length), in eights, that are ASCII: nearly all there is. */
static size_t plain(const char *text, size_t length)
{
    size_t at = 0;
    for (uint64_t eight; at + sizeof eight <= length; at += sizeof eight) {
        memcpy(&eight, text + at, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    return at;
}

size_t um_utf8_check(const char *text, size_t length)
{
    size_t at = plain(text, length);
    while (at < length) {
        uint32_t code;
        const size_t taken = um_utf8_next(text + at, length - at, &code);
        if (!taken)
            return at;
        at += taken;
    }
    return length;
}

size_t um_utf8_from_latin1(const char *from, size_t length, char *to)
{
    size_t used = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned char byte = (unsigned char)from[i];
        if (byte >= 0x80)
            to[used++] = (char)(0xC0 | byte >> 6);
        to[used++] = (char)(byte >= 0x80 ? 0x80 | (byte & 0x3F) : byte);
    }
    return used;
}
