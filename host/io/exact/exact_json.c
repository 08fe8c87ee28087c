/* JSON as the library writes it: members of objects by name; arrays and scalars are what is compared. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/names.h"
#include "io/exact/exact_parts.h"
#include "io/text/text_file.h"

enum { DEEPEST = 64 };

typedef struct document {
    unmix_context *cx;
    const char *path;
    char *text;
    size_t size, capacity, at;
    um_names member;
    size_t *begin, *end; /* of each member's value in text */
    size_t n, begin_capacity, end_capacity;
} document;

static void clear(document *d)
{
    free(d->text);
    free(d->begin);
    free(d->end);
    um_names_clear(&d->member);
}

static unmix_status read_all(document *d)
{
    um_text_in in = {0};
    size_t got = 1;
    UM_TRY(um_check_readable(d->cx, d->path));
    unmix_status status = um_text_in_open(d->cx, &in, d->path);
    while (status == UNMIX_OK && got) {
        status = UM_GROW(d->cx, &d->text, &d->capacity, d->size + 65537, "JSON");
        if (status == UNMIX_OK)
            status = um_text_in_read(d->cx, &in, d->text + d->size, 65536, &got);
        d->size += status == UNMIX_OK ? got : 0;
    }
    um_text_in_close(&in);
    if (status == UNMIX_OK)
        d->text[d->size] = '\0';
    return status;
}

static unmix_status broken(const document *d)
{
    return UM_FAIL(d->cx, UNMIX_ERROR_INPUT, "%s: is no complete JSON: something else is wanted at byte %zu", d->path, d->at + 1);
}

static char next(document *d)
{
    d->at += strspn(d->text + d->at, " \t\r\n");
    return d->text[d->at];
}

/* Over a string that begins here. */
static unmix_status skip_string(document *d)
{
    for (d->at++; d->text[d->at] != '"'; d->at++) {
        if (d->text[d->at] == '\\')
            d->at++;
        if (!d->text[d->at])
            return broken(d);
    }
    d->at++;
    return UNMIX_OK;
}

/* Over an array or a scalar. */
static unmix_status skip_value(document *d)
{
    int depth = 0;
    do {
        const char c = next(d);
        if (!c)
            return broken(d);
        if (c == '"') {
            UM_TRY(skip_string(d));
            continue;
        }
        depth += (c == '[' || c == '{') - (c == ']' || c == '}');
        d->at += strchr("[]{},:", c) ? 1 : strcspn(d->text + d->at, " \t\r\n,:[]{}\"");
    } while (depth > 0);
    return UNMIX_OK;
}

static unmix_status keep(document *d, const char *name, size_t begin)
{
    UM_TRY(um_names_add(d->cx, &d->member, name, strlen(name)));
    UM_TRY(UM_GROW(d->cx, &d->begin, &d->begin_capacity, d->n + 1, "JSON"));
    UM_TRY(UM_GROW(d->cx, &d->end, &d->end_capacity, d->n + 1, "JSON"));
    d->begin[d->n] = begin;
    d->end[d->n++] = d->at;
    return UNMIX_OK;
}

static unmix_status read_value(document *d, const char *name, int depth);

static unmix_status read_member(document *d, const char *above, int depth)
{
    if (next(d) != '"')
        return broken(d);
    const size_t begin = d->at + 1;
    UM_TRY(skip_string(d));
    const char closing = d->text[d->at - 1];
    char *name = NULL;
    d->text[d->at - 1] = '\0';
    unmix_status status = um_exact_join(d->cx, above, d->text + begin, &name);
    d->text[d->at - 1] = closing;
    if (status == UNMIX_OK && next(d) != ':')
        status = broken(d);
    d->at += status == UNMIX_OK;
    if (status == UNMIX_OK)
        status = read_value(d, name, depth);
    free(name);
    return status;
}

static unmix_status read_value(document *d, const char *name, int depth)
{
    const char first = next(d);
    const size_t begin = d->at;
    if (first != '{' || depth == DEEPEST) {
        UM_TRY(skip_value(d));
        return keep(d, name, begin);
    }
    d->at++;
    if (next(d) == '}') {
        d->at++;
        return keep(d, name, begin);
    }
    for (;;) {
        UM_TRY(read_member(d, name, depth + 1));
        const char c = next(d);
        if (c != ',' && c != '}')
            return broken(d);
        d->at++;
        if (c == '}')
            return UNMIX_OK;
    }
}

static unmix_status read_document(document *d)
{
    UM_TRY(read_all(d));
    UM_TRY(read_value(d, "", 0));
    if (next(d))
        return broken(d);
    return um_names_index(d->cx, &d->member);
}

/* Moves *at to the next string or number in text[*at .. end) and returns its length; 0 at the end. */
static size_t token(const char *text, size_t *at, size_t end)
{
    while (*at < end && strchr(" \t\r\n,[]", text[*at]))
        ++*at;
    size_t last = *at;
    if (last < end && text[last] == '"') {
        for (last++; last < end && text[last] != '"'; last++)
            last += text[last] == '\\';
        last++;
    } else
        while (last < end && !strchr(" \t\r\n,[]", text[last]))
            last++;
    return last - *at;
}

/* Spaces and line ends that stand outside of strings are not looked at: a document may be laid out in other lines. */
static int is_same(const document d[2], size_t i, size_t j)
{
    size_t at[2] = {d[0].begin[i], d[1].begin[j]};
    const size_t end[2] = {d[0].end[i], d[1].end[j]};
    for (int quoted = 0;;) {
        for (int s = 0; s < 2 && !quoted; s++)
            while (at[s] < end[s] && strchr(" \t\r\n", d[s].text[at[s]]))
                at[s]++;
        if (at[0] == end[0] || at[1] == end[1])
            return at[0] == end[0] && at[1] == end[1];
        const char c = d[0].text[at[0]++];
        if (c != d[1].text[at[1]++])
            return 0;
        if (quoted && c == '\\' && at[0] < end[0] && at[1] < end[1]) {
            if (d[0].text[at[0]++] != d[1].text[at[1]++])
                return 0;
        } else if (c == '"') {
            quoted = !quoted;
        }
    }
}

static void tell_first(const um_exact_files *files, const char *member, const document d[2], const size_t of[2])
{
    size_t at[2] = {d[0].begin[of[0]], d[1].begin[of[1]]}, length[2];
    char place[40] = "", text[2][80];
    for (size_t i = 0;; i++) {
        for (int s = 0; s < 2; s++) {
            length[s] = token(d[s].text, &at[s], d[s].end[of[s]]);
            (void)snprintf(text[s], sizeof text[s], "%.*s", length[s] < 70 ? (int)length[s] : 70, d[s].text + at[s]);
        }
        if (d[0].text[d[0].begin[of[0]]] == '[')
            (void)snprintf(place, sizeof place, "[%zu]", i);
        if (length[0] == 0 && length[1] == 0) {
            um_exact_differs(files, member, "shape", "other rows", "other rows");
            return;
        }
        if (length[0] != length[1] || memcmp(d[0].text + at[0], d[1].text + at[1], length[0]) != 0)
            break;
        at[0] += length[0];
        at[1] += length[1];
    }
    um_exact_differs(files, member, place, length[0] ? text[0] : "missing", length[1] ? text[1] : "missing");
}

static int is_apart(const um_exact_files *files, const char *member)
{
    const char *run = strstr(member, "run/");
    for (; run; run = strstr(run + 1, "run/")) {
        char above[512];
        (void)snprintf(above, sizeof above, "%.*s", (int)(run - member) + 3, member);
        if (strcmp(above, "run") == 0 || um_exact_is_apart(files, "", above))
            return 1;
    }
    return strcmp(member, "run") == 0 || um_exact_is_apart(files, "", member);
}

static void compare_members(const um_exact_files *files, const document d[2])
{
    for (size_t i = 0; i < d[0].n; i++) {
        const char *const member = um_name(&d[0].member, i);
        const size_t j = um_names_find(&d[1].member, member);
        if (is_apart(files, member))
            continue;
        if (j == UM_NOT_FOUND) {
            um_exact_alone(files, member, 0);
            continue;
        }
        if (!is_same(d, i, j))
            tell_first(files, member, d, (const size_t[]){i, j});
    }
    for (size_t j = 0; j < d[1].n; j++) {
        const char *const member = um_name(&d[1].member, j);
        if (!is_apart(files, member) && um_names_find(&d[0].member, member) == UM_NOT_FOUND)
            um_exact_alone(files, member, 1);
    }
}

unmix_status um_exact_json(const um_exact_files *files)
{
    document d[2] = {{.cx = files->exact->cx, .path = files->path[0]}, {.cx = files->exact->cx, .path = files->path[1]}};
    unmix_status status = read_document(&d[0]);
    if (status == UNMIX_OK)
        status = read_document(&d[1]);
    if (status == UNMIX_OK)
        compare_members(files, d);
    clear(&d[0]);
    clear(&d[1]);
    return status;
}
