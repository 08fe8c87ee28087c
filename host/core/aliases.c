#include "core/aliases.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

void um_aliases_clear(um_aliases *aliases)
{
    for (size_t i = 0; i < aliases->columns.count; i++)
        um_names_clear(&aliases->names[i]);
    free(aliases->names);
    um_names_clear(&aliases->columns);
    *aliases = (um_aliases){0};
}

unmix_status um_aliases_add(unmix_context *cx, um_aliases *aliases, const char *column, um_names *names)
{
    const size_t n = aliases->columns.count;
    um_names *longer = NULL;
    unmix_status status = UM_ALLOC(cx, &longer, n + 1, "names of genes");
    if (status == UNMIX_OK)
        status = um_names_add(cx, &aliases->columns, column, strlen(column));
    if (status != UNMIX_OK) {
        free(longer);
        um_names_clear(names);
        return status;
    }
    if (n)
        memcpy(longer, aliases->names, n * sizeof *longer);
    longer[n] = *names;
    *names = (um_names){0};
    free(aliases->names);
    aliases->names = longer;
    return UNMIX_OK;
}

unmix_status um_aliases_copy(unmix_context *cx, um_aliases *to, const um_aliases *from)
{
    for (size_t i = 0; from && i < from->columns.count; i++) {
        um_names copy = {0};
        UM_TRY(um_names_copy(cx, &copy, &from->names[i]));
        UM_TRY(um_aliases_add(cx, to, um_name(&from->columns, i), &copy));
    }
    return UNMIX_OK;
}

static unmix_status select_names(unmix_context *cx, um_names *to, const um_names *from, const size_t *row, size_t n)
{
    for (size_t i = 0; i < n; i++)
        UM_TRY(um_names_add(cx, to, um_name(from, row[i]), strlen(um_name(from, row[i]))));
    return UNMIX_OK;
}

unmix_status um_aliases_select(unmix_context *cx, um_aliases *to, const um_aliases *from, const size_t *row, size_t n)
{
    for (size_t i = 0; from && i < from->columns.count; i++) {
        um_names part = {0};
        const unmix_status status = select_names(cx, &part, &from->names[i], row, n);
        if (status != UNMIX_OK) {
            um_names_clear(&part);
            return status;
        }
        UM_TRY(um_aliases_add(cx, to, um_name(&from->columns, i), &part));
    }
    return UNMIX_OK;
}
