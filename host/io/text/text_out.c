#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <htslib/bgzf.h>

#include "core/memory.h"
#include "io/files/output.h"
#include "io/text/text_file.h"

#define FULL ((size_t)4 * BGZF_BLOCK_SIZE)

static int ends_in(const char *path, const char *end)
{
    const size_t length = strlen(path);
    const size_t part = strlen(end);
    return length >= part && strcmp(path + length - part, end) == 0;
}

static unmix_status fail_writing(unmix_context *cx, const um_text_out *out)
{
    return UM_FAIL(cx, UNMIX_ERROR_WRITE, "%s: cannot be written: %s", out->path, strerror(errno));
}

unmix_status um_text_out_open(unmix_context *cx, um_text_out *out, const char *path, const char *file)
{
    *out = (um_text_out){.path = path,
                         .descriptor = -1,
                         .compressed = ends_in(path, ".gz"),
                         .separator = ends_in(path, ".csv") || ends_in(path, ".csv.gz") ? ',' : '\t'};
    UM_TRY(UM_GROW(cx, &out->text, &out->capacity, FULL, "text to write"));
    out->descriptor =
        strcmp(file, "-") == 0 ? dup(STDOUT_FILENO) : open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return out->descriptor < 0 ? fail_writing(cx, out) : UNMIX_OK;
}

static unmix_status write_bytes(unmix_context *cx, const um_text_out *out, const char *bytes, size_t length)
{
    while (length) {
        const ssize_t written = write(out->descriptor, bytes, length);
        if (written < 0 && errno != EINTR)
            return fail_writing(cx, out);
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return UNMIX_OK;
}

/*
 * One bgzf block; without text the empty block that ends a file. By bgzf_compress(), because bgzf_write() prints about
 * errors and loses its memory and the open file with them.
 */
static unmix_status write_block(unmix_context *cx, const um_text_out *out, const char *text, size_t length)
{
    char block[BGZF_MAX_BLOCK_SIZE];
    size_t size = sizeof block;
    if (bgzf_compress(block, &size, text, length, -1) != 0)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: a block cannot be compressed", out->path);
    return write_bytes(cx, out, block, size);
}

static unmix_status flush(unmix_context *cx, um_text_out *out)
{
    if (!out->compressed)
        UM_TRY(write_bytes(cx, out, out->text, out->used));
    for (size_t at = 0; out->compressed && at < out->used; at += BGZF_BLOCK_SIZE) {
        const size_t left = out->used - at;
        UM_TRY(write_block(cx, out, out->text + at, left < BGZF_BLOCK_SIZE ? left : BGZF_BLOCK_SIZE));
    }
    out->used = 0;
    return UNMIX_OK;
}

unmix_status um_text_out_put(unmix_context *cx, um_text_out *out, const char *text, size_t length)
{
    UM_TRY(UM_GROW(cx, &out->text, &out->capacity, out->used + length, "text to write"));
    memcpy(out->text + out->used, text, length);
    out->used += length;
    return out->used >= FULL ? flush(cx, out) : UNMIX_OK;
}

static int needs_quotes(const char *text, char separator)
{
    const size_t length = strlen(text);
    /* Blanks at the ends would be trimmed, a leading '#' taken for a comment, a tab in a header for the separator. */
    return length && (text[0] == ' ' || text[length - 1] == ' ' || text[0] == '#' || strpbrk(text, "\"\t\r\n") ||
                      strchr(text, separator));
}

unmix_status um_text_out_field(unmix_context *cx, um_text_out *out, const char *text)
{
    if (!needs_quotes(text, out->separator))
        return um_text_out_put(cx, out, text, strlen(text));
    UM_TRY(um_text_out_put(cx, out, "\"", 1));
    for (const char *quote = strchr(text, '"'); quote; quote = strchr(text, '"')) {
        UM_TRY(um_text_out_put(cx, out, text, (size_t)(quote - text) + 1));
        UM_TRY(um_text_out_put(cx, out, "\"", 1));
        text = quote + 1;
    }
    UM_TRY(um_text_out_put(cx, out, text, strlen(text)));
    return um_text_out_put(cx, out, "\"", 1);
}

unmix_status um_text_out_number(unmix_context *cx, um_text_out *out, double number)
{
    char text[UM_NUMBER_SIZE];
    const size_t length = um_format_number(number, text);
    return um_text_out_put(cx, out, text, length);
}

unmix_status um_text_out_separator(unmix_context *cx, um_text_out *out)
{
    return um_text_out_put(cx, out, &out->separator, 1);
}

unmix_status um_text_out_line_end(unmix_context *cx, um_text_out *out)
{
    return um_text_out_put(cx, out, "\n", 1);
}

unmix_status um_text_out_close(unmix_context *cx, um_text_out *out)
{
    unmix_status status = flush(cx, out);
    if (status == UNMIX_OK && out->compressed)
        status = write_block(cx, out, "", 0);
    /* Some file systems tell about a full disk only here. */
    const int result = close(out->descriptor);
    out->descriptor = -1;
    if (status == UNMIX_OK && result != 0)
        status = fail_writing(cx, out);
    um_text_out_abandon(out);
    return status;
}

void um_text_out_abandon(um_text_out *out)
{
    if (out->descriptor >= 0)
        (void)close(out->descriptor);
    free(out->text);
    *out = (um_text_out){.descriptor = -1};
}

static unmix_status write_to(unmix_context *cx, const char *path, const char *file, um_put put, const void *content)
{
    um_text_out out;
    unmix_status status = um_text_out_open(cx, &out, path, file);
    if (status == UNMIX_OK)
        status = put(cx, &out, content);
    if (status == UNMIX_OK)
        return um_text_out_close(cx, &out);
    um_text_out_abandon(&out);
    return status;
}

unmix_status um_text_out_write_as(unmix_context *cx, const char *path, const char *file, um_put put,
                                  const void *content)
{
    UM_TRY(write_to(cx, path, file, put, content));
    return um_output_sync(cx, path, file);
}

unmix_status um_text_out_write(unmix_context *cx, const char *path, int overwrite, um_put put, const void *content)
{
    if (strcmp(path, "-") == 0)
        return write_to(cx, "standard output", "-", put, content);
    um_output output;
    UM_TRY(um_output_begin(cx, &output, path, overwrite));
    const unmix_status status = write_to(cx, path, output.temporary, put, content);
    if (status == UNMIX_OK)
        return um_output_commit(cx, &output);
    um_output_abandon(&output);
    return status;
}
