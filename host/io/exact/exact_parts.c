#include "io/exact/exact_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/shown.h"

enum { SHOWN = 60 };

/* Long values are cut, and stay one line. */
static const char *shown(const char *text, char out[SHOWN + 4])
{
    char whole[4 * SHOWN];
    (void)um_shown(text, whole, sizeof whole);
    (void)um_shown(whole, out, SHOWN + 1);
    if (strlen(out) < strlen(whole))
        strcat(out, "...");
    return out;
}

void um_exact_differs(const um_exact_files *files, const char *member, const char *place, const char *a, const char *b)
{
    um_exact *e = files->exact;
    char name[512], first[SHOWN + 4], second[SHOWN + 4];
    (void)snprintf(name, sizeof name, "%s%s", files->prefix, *member || *files->prefix ? member : "/");
    e->differences++;
    e->tell(e->payload, name, place, shown(a, first), shown(b, second));
}

void um_exact_alone(const um_exact_files *files, const char *member, int side)
{
    um_exact_differs(files, member, "", side == 0 ? "there" : "missing", side == 0 ? "missing" : "there");
}

int um_exact_is_apart(const um_exact_files *files, const char *prefix, const char *member)
{
    const size_t start = strlen(prefix);
    if (strncmp(member, prefix, start) != 0)
        return 0;
    for (const char *const *group = files->exact->groups; *group; group++) {
        const size_t length = strlen(*group);
        if (strncmp(member + start, *group, length) == 0 && strcmp(member + start + length, "/run") == 0)
            return 1;
    }
    return 0;
}

unmix_status um_exact_join(unmix_context *cx, const char *above, const char *name, char **path)
{
    const size_t size = strlen(above) + strlen(name) + 2;
    UM_TRY(UM_ALLOC(cx, path, size, "name"));
    (void)snprintf(*path, size, "%s%s%s", above, *above ? "/" : "", name);
    return UNMIX_OK;
}
