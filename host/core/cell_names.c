#include "core/cell_names.h"

#include <ctype.h>
#include <string.h>

/* What is done to names; in this order. */
enum { POINTS = 1, PREFIX = 2, SUFFIX = 4 };

static const struct {
    unsigned what;
    const char *words;
} ways[] = {
    {POINTS, "with points for dashes, as R writes them"},
    {SUFFIX, "without the number behind the dash at their ends"},
    {PREFIX, "without what stands before '_' in all of one list"},
    {POINTS | SUFFIX, "without the number behind the dash or point at their ends"},
    {PREFIX | POINTS, "without what stands before '_' in all of one list, and with points for dashes"},
    {PREFIX | SUFFIX, "without what stands before '_' in all of one list, and without the number behind the dash"},
};

static size_t prefix_of(const char *name)
{
    const char *mark = strrchr(name, '_');
    return mark ? (size_t)(mark - name) + 1 : 0;
}

/* What all names begin with up to their last '_'; 0 where they differ in it. */
static size_t shared_prefix(const um_names *names)
{
    const size_t length = names->count ? prefix_of(um_name(names, 0)) : 0;
    for (size_t i = 1; i < names->count && length; i++)
        if (prefix_of(um_name(names, i)) != length || strncmp(um_name(names, i), um_name(names, 0), length) != 0)
            return 0;
    return length;
}

/* The length without "-1" or ".1" at the end. */
static size_t without_number(const char *name, size_t length)
{
    size_t end = length;
    while (end && isdigit((unsigned char)name[end - 1]))
        end--;
    return end > 1 && end < length && strchr("-.", name[end - 1]) ? end - 1 : length;
}

static unmix_status read_as(unmix_context *cx, const um_names *names, unsigned what, um_names *read)
{
    const size_t prefix = what & PREFIX ? shared_prefix(names) : 0;
    for (size_t i = 0; i < names->count; i++) {
        char text[256];
        const char *name = um_name(names, i) + prefix;
        size_t length = strlen(name);
        if (what & SUFFIX)
            length = without_number(name, length);
        length = length < sizeof text ? length : sizeof text - 1;
        memcpy(text, name, length);
        for (size_t c = 0; c < length && what & POINTS; c++)
            text[c] = text[c] == '-' ? '.' : text[c];
        UM_TRY(um_names_add(cx, read, text, length));
    }
    return um_names_index(cx, read);
}

/* The names of the cells where they meet; *met says how many, 0 where a name would stand for several. */
static unmix_status meet(unmix_context *cx, const um_names *cells, const um_names *names, unsigned what, um_names *met_names,
                         size_t *met)
{
    um_names theirs = {0}, ours = {0};
    *met = 0;
    unmix_status status = read_as(cx, cells, what, &theirs);
    if (status == UNMIX_OK)
        status = read_as(cx, names, what, &ours);
    if (status == UNMIX_OK && (um_names_repeated(&theirs) != UM_NOT_FOUND || um_names_repeated(&ours) != UM_NOT_FOUND))
        goto done;
    for (size_t i = 0; i < names->count && status == UNMIX_OK; i++) {
        const size_t at = um_names_find(&theirs, um_name(&ours, i));
        const char *name = at == UM_NOT_FOUND ? um_name(names, i) : um_name(cells, at);
        *met += at != UM_NOT_FOUND;
        status = um_names_add(cx, met_names, name, strlen(name));
    }
done:
    um_names_clear(&theirs);
    um_names_clear(&ours);
    return status;
}

unmix_status um_cell_names_reconcile(unmix_context *cx, const um_names *cells, um_names *names, const char **how)
{
    const size_t least = cells->count < names->count ? cells->count : names->count;
    *how = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        um_names read = {0};
        size_t met = 0;
        const unmix_status status = meet(cx, cells, names, ways[i].what, &read, &met);
        if (status != UNMIX_OK || !met || 2 * met < least) {
            um_names_clear(&read);
            UM_TRY(status);
            continue;
        }
        um_names_clear(names);
        *names = read;
        *how = ways[i].words;
        return um_names_index(cx, names);
    }
    return UNMIX_OK;
}
