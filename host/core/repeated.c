#include "core/repeated.h"

#include "core/matrix.h"

unmix_status um_find_repeated(unmix_context *cx, const um_names *names, size_t *first, size_t *again)
{
    um_names copy = {0}; /* to be indexed, where they are not */
    const um_names *const indexed = names->index ? names : &copy;
    unmix_status status = names->index ? UNMIX_OK : um_names_copy(cx, &copy, names);
    if (status == UNMIX_OK && !names->index)
        status = um_names_index(cx, &copy);
    *again = status == UNMIX_OK ? um_names_repeated(indexed) : UM_NOT_FOUND;
    *first = *again == UM_NOT_FOUND ? UM_NOT_FOUND : um_names_find(indexed, um_name(names, *again));
    um_names_clear(&copy);
    return status;
}

unmix_status um_refuse_repeated(unmix_context *cx, const char *origin, const char *kind, const um_names *names,
                                size_t first_line, const char *advice)
{
    size_t first, again;
    char here[48], there[48];
    UM_TRY(um_find_repeated(cx, names, &first, &again));
    if (again == UM_NOT_FOUND)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s '%s' stands in %s and in %s; %s", origin, kind, um_name(names, again),
                   um_row_place(first_line, first, here, sizeof here),
                   um_row_place(first_line, again, there, sizeof there), advice);
}

unmix_status um_refuse_repeated_column(unmix_context *cx, const char *origin, const char *kind, const um_names *names)
{
    size_t first, again;
    UM_TRY(um_find_repeated(cx, names, &first, &again));
    if (again == UM_NOT_FOUND)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s '%s' stands in column %zu and again in column %zu; rename one", origin,
                   kind, um_name(names, again), first + 1, again + 1);
}
