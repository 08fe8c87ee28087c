/* Files cut off and files with wrong bytes: reading and writing them whole, and judging what a reader makes of them. */
#ifndef UM_IO_DAMAGE_H
#define UM_IO_DAMAGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/testing.h"

typedef struct bytes {
    unsigned char *data;
    size_t size;
} bytes;

static inline bytes read_all(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    bytes all = {.size = (size_t)ftell(file)};
    rewind(file);
    all.data = malloc(all.size);
    assert_non_null(all.data);
    assert_int_equal(fread(all.data, 1, all.size, file), all.size);
    (void)fclose(file);
    return all;
}

/* The first `size` bytes into a file. */
static inline void write_part(const bytes *all, size_t size, const char *path)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(all->data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

/* 0 for a valid read, 1 for a proper refusal: one line that names the place. */
static inline int judge(unmix_context *cx, unmix_status status, const char *path)
{
    if (status == UNMIX_OK)
        return 0;
    if (status != UNMIX_ERROR_INPUT || !strstr(unmix_error_message(cx), path))
        fail_msg("%s: %s", unmix_status_text(status), unmix_error_message(cx));
    unmix_error_clear(cx);
    return 1;
}

#endif
