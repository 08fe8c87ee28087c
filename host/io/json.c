#include "io/json.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static int is_continuation(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

/* Length of the well-formed UTF-8 sequence at text, 0 when there is none (also overlong forms and surrogates). */
static size_t utf8_length(const char *text)
{
    const unsigned char *c = (const unsigned char *)text;
    if (c[0] < 0x80)
        return 1;
    if (c[0] >= 0xc2 && c[0] <= 0xdf)
        return is_continuation(c[1]) ? 2 : 0;
    if (c[0] >= 0xe0 && c[0] <= 0xef) {
        if (!is_continuation(c[1]) || !is_continuation(c[2]))
            return 0;
        return (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ? 0 : 3;
    }
    if (c[0] >= 0xf0 && c[0] <= 0xf4) {
        if (!is_continuation(c[1]) || !is_continuation(c[2]) || !is_continuation(c[3]))
            return 0;
        return (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f) ? 0 : 4;
    }
    return 0;
}

static unmix_status put_string(unmix_context *cx, um_text_out *out, const char *text)
{
    UM_TRY(um_text_out_put(cx, out, "\"", 1));
    while (*text) {
        const unsigned char c = (unsigned char)*text;
        const size_t length = utf8_length(text);
        char escaped[8];
        if (length == 0)
            (void)snprintf(escaped, sizeof escaped, "\\ufffd");
        else if (c == '"' || c == '\\')
            (void)snprintf(escaped, sizeof escaped, "\\%c", c);
        else if (c < 0x20)
            (void)snprintf(escaped, sizeof escaped, "\\u%04x", c);
        else
            escaped[0] = '\0';
        if (escaped[0])
            UM_TRY(um_text_out_put(cx, out, escaped, strlen(escaped)));
        else
            UM_TRY(um_text_out_put(cx, out, text, length));
        text += length ? length : 1;
    }
    return um_text_out_put(cx, out, "\"", 1);
}

static unmix_status put_word(unmix_context *cx, um_text_out *out, const char *word)
{
    return um_text_out_put(cx, out, word, strlen(word));
}

static unmix_status put_value(unmix_context *cx, um_text_out *out, const um_entry *entry)
{
    if (entry->kind == UM_TEXT)
        return entry->text ? put_string(cx, out, entry->text) : put_word(cx, out, "null");
    if (!isfinite(entry->number))
        return put_word(cx, out, "null");
    if (entry->kind == UM_BOOLEAN)
        return put_word(cx, out, entry->number != 0.0 ? "true" : "false");
    return um_text_out_number(cx, out, entry->number);
}

unmix_status um_json_entries(unmix_context *cx, um_text_out *out, const um_entry *entries, size_t count)
{
    UM_TRY(put_word(cx, out, "{"));
    for (size_t i = 0; i < count; i++) {
        UM_TRY(put_word(cx, out, i ? ",\n  " : "\n  "));
        UM_TRY(put_string(cx, out, entries[i].key));
        UM_TRY(put_word(cx, out, ": "));
        UM_TRY(put_value(cx, out, &entries[i]));
    }
    return put_word(cx, out, count ? "\n}\n" : "}\n");
}
