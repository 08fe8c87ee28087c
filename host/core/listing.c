#include "core/listing.h"

#include <stdio.h>
#include <string.h>

const char *um_list_names(const um_names *names, size_t limit, char *text, size_t size)
{
    static const size_t TAIL = sizeof " and 18446744073709551615 more";
    (void)snprintf(text, size, "%s", names->count ? "" : "none");
    size_t used = 0, listed = 0;
    while (listed < names->count && listed < limit) {
        const char *name = um_name(names, listed), *comma = listed ? ", " : "";
        const size_t more = strlen(comma) + strlen(name);
        if (used + more + TAIL > size)
            break;
        (void)snprintf(text + used, size - used, "%s%s", comma, name);
        used += more;
        listed++;
    }
    if (listed < names->count)
        (void)snprintf(text + used, size - used, "%s%zu more", listed ? " and " : "", names->count - listed);
    return text;
}
