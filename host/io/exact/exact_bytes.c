/* Other files byte by byte; in text the place is a line and a field. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "io/exact/exact_parts.h"

enum { FIELD = 80 };

/* A field from its beginning, as far as it was read. */
typedef struct field {
    char text[FIELD];
    size_t used;
} field;

static void put(field *f, int c)
{
    if (f->used + 1 < FIELD && c != EOF)
        f->text[f->used++] = (char)c;
    f->text[f->used] = '\0';
}

static int ends_field(int c)
{
    return c == EOF || c == '\t' || c == '\n';
}

/* Reads the rest of a field that begins with what is in it and goes on with c. */
static const char *finish(FILE *file, field *f, int c)
{
    const int at_end = c == EOF && f->used == 0;
    for (; !ends_field(c); c = getc(file))
        put(f, c);
    put(f, EOF);
    return at_end ? "the end" : f->text;
}

static void compare(const um_exact_files *files, const char *member, FILE *const file[2])
{
    field f[2] = {{.used = 0}, {.used = 0}};
    size_t byte = 1, line = 1, column = 1;
    int c[2] = {getc(file[0]), getc(file[1])};
    const int compressed = c[0] == 0x1f && c[1] == 0x1f;
    for (; c[0] == c[1] && c[0] != EOF; byte++) {
        if (ends_field(c[0])) {
            column = c[0] == '\t' ? column + 1 : 1;
            line += c[0] == '\n';
            f[0].used = f[1].used = 0;
        } else {
            put(&f[0], c[0]);
            put(&f[1], c[1]);
        }
        c[0] = getc(file[0]);
        c[1] = getc(file[1]);
    }
    if (c[0] == c[1])
        return;
    char place[80];
    (void)snprintf(place, sizeof place, "line %zu, field %zu", line, column);
    if (compressed) {
        (void)snprintf(place, sizeof place, "byte %zu", byte);
        um_exact_differs(files, member, place, "compressed", "compressed");
        return;
    }
    const char *const a = finish(file[0], &f[0], c[0]), *const b = finish(file[1], &f[1], c[1]);
    um_exact_differs(files, member, place, a, b);
}

static unmix_status failed(const um_exact_files *files, int side)
{
    return UM_FAIL(files->exact->cx, UNMIX_ERROR_INPUT, "%s: cannot be read: %s", files->path[side], strerror(errno));
}

unmix_status um_exact_bytes(const um_exact_files *files, const char *member)
{
    FILE *file[2] = {fopen(files->path[0], "rb"), NULL};
    if (!file[0])
        return failed(files, 0);
    unmix_status status = UNMIX_OK;
    file[1] = fopen(files->path[1], "rb");
    if (!file[1])
        status = failed(files, 1);
    else
        compare(files, member, file);
    for (int s = 0; s < 2 && file[1]; s++)
        if (status == UNMIX_OK && ferror(file[s]))
            status = failed(files, s);
    (void)fclose(file[0]);
    if (file[1])
        (void)fclose(file[1]);
    return status;
}
