#include "io/text/json.h"

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

static unmix_status put_number(unmix_context *cx, um_text_out *out, um_kind kind, double number)
{
    if (!isfinite(number))
        return put_word(cx, out, "null");
    if (kind == UM_BOOLEAN)
        return put_word(cx, out, number != 0.0 ? "true" : "false");
    return um_text_out_number(cx, out, number);
}

static unmix_status put_indent(unmix_context *cx, um_text_out *out, unsigned depth)
{
    UM_TRY(put_word(cx, out, "\n"));
    for (unsigned i = 0; i < depth; i++)
        UM_TRY(put_word(cx, out, "  "));
    return UNMIX_OK;
}

static unmix_status put_list(unmix_context *cx, um_text_out *out, um_kind kind, const double *values, size_t count)
{
    UM_TRY(put_word(cx, out, "["));
    for (size_t i = 0; i < count; i++) {
        UM_TRY(put_word(cx, out, i ? ", " : ""));
        UM_TRY(put_number(cx, out, kind, values[i]));
    }
    return put_word(cx, out, "]");
}

static unmix_status put_names(unmix_context *cx, um_text_out *out, const um_names *names)
{
    UM_TRY(put_word(cx, out, "["));
    for (size_t i = 0; i < names->count; i++) {
        UM_TRY(put_word(cx, out, i ? ", " : ""));
        UM_TRY(put_string(cx, out, um_name(names, i)));
    }
    return put_word(cx, out, "]");
}

/* A list of rows, one a line. */
static unmix_status put_rows(unmix_context *cx, um_text_out *out, um_kind kind, size_t rows, size_t columns,
                             const double *values, unsigned depth)
{
    UM_TRY(put_word(cx, out, "["));
    for (size_t r = 0; r < rows; r++) {
        UM_TRY(put_word(cx, out, r ? "," : ""));
        UM_TRY(put_indent(cx, out, depth + 1));
        UM_TRY(put_list(cx, out, kind, values + r * columns, columns));
    }
    if (rows)
        UM_TRY(put_indent(cx, out, depth));
    return put_word(cx, out, "]");
}

static unmix_status put_object(unmix_context *cx, um_text_out *out, const um_entry *entries, size_t count,
                               unsigned depth);

static unmix_status put_frame(unmix_context *cx, um_text_out *out, const um_matrix *matrix, unsigned depth)
{
    const um_entry parts[] = {um_entry_names("rows", &matrix->rows), um_entry_names("columns", &matrix->columns),
                              um_entry_array("values", matrix->rows.count, matrix->columns.count, matrix->values)};
    return put_object(cx, out, parts, sizeof parts / sizeof parts[0], depth);
}

static unmix_status put_value(unmix_context *cx, um_text_out *out, const um_entry *entry, unsigned depth)
{
    switch (entry->form) {
    case UM_FORM_ARRAY:
        return entry->columns
                   ? put_rows(cx, out, entry->kind, entry->rows, entry->columns, entry->values, depth)
                   : put_list(cx, out, entry->kind, entry->values, entry->rows);
    case UM_FORM_NAMES:
        return put_names(cx, out, entry->names);
    case UM_FORM_FRAME:
        return put_frame(cx, out, entry->matrix, depth);
    case UM_FORM_TREE:
        return put_object(cx, out, entry->entries, entry->n_entries, depth);
    case UM_FORM_SCALAR:
        break;
    }
    if (entry->kind == UM_TEXT)
        return entry->text ? put_string(cx, out, entry->text) : put_word(cx, out, "null");
    return put_number(cx, out, entry->kind, entry->number);
}

static unmix_status put_object(unmix_context *cx, um_text_out *out, const um_entry *entries, size_t count,
                               unsigned depth)
{
    UM_TRY(put_word(cx, out, "{"));
    for (size_t i = 0; i < count; i++) {
        UM_TRY(put_word(cx, out, i ? "," : ""));
        UM_TRY(put_indent(cx, out, depth + 1));
        UM_TRY(put_string(cx, out, entries[i].key));
        UM_TRY(put_word(cx, out, ": "));
        UM_TRY(put_value(cx, out, &entries[i], depth + 1));
    }
    if (count)
        UM_TRY(put_indent(cx, out, depth));
    return put_word(cx, out, "}");
}

unmix_status um_json_entries(unmix_context *cx, um_text_out *out, const um_entry *entries, size_t count)
{
    UM_TRY(put_object(cx, out, entries, count, 0));
    return put_word(cx, out, "\n");
}
