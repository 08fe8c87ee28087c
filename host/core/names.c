#include "core/names.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion" /* inside khash */
#include <htslib/khash.h>

KHASH_MAP_INIT_STR(um_name_index, size_t)
#pragma GCC diagnostic pop

static void drop_index(um_names *names)
{
    if (names->index)
        kh_destroy(um_name_index, names->index);
    names->index = NULL;
}

void um_names_clear(um_names *names)
{
    drop_index(names);
    free(names->offset);
    free(names->text);
    *names = (um_names){0};
}

unmix_status um_names_add(unmix_context *cx, um_names *names, const char *text, size_t length)
{
    drop_index(names); /* its keys point into `text`, which may move */
    UM_TRY(UM_GROW(cx, &names->offset, &names->capacity, names->count + 1, "names"));
    UM_TRY(UM_GROW(cx, &names->text, &names->text_capacity, names->text_size + length + 1, "names"));
    names->offset[names->count++] = names->text_size;
    memcpy(names->text + names->text_size, text, length);
    names->text[names->text_size + length] = '\0';
    names->text_size += length + 1;
    return UNMIX_OK;
}

unmix_status um_names_copy(unmix_context *cx, um_names *to, const um_names *from)
{
    for (size_t i = 0; i < from->count; i++) {
        const char *name = um_name(from, i);
        UM_TRY(um_names_add(cx, to, name, strlen(name)));
    }
    return UNMIX_OK;
}

const char *um_name(const um_names *names, size_t i)
{
    return names->text + names->offset[i];
}

unmix_status um_names_index(unmix_context *cx, um_names *names)
{
    drop_index(names);
    khash_t(um_name_index) *index = kh_init(um_name_index);
    if (!index || (names->count && kh_resize(um_name_index, index, (khint_t)(names->count + names->count / 2)) < 0)) {
        if (index)
            kh_destroy(um_name_index, index);
        return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "index of %zu names: out of memory", names->count);
    }
    for (size_t i = 0; i < names->count; i++) {
        int added = 0;
        const khint_t at = kh_put(um_name_index, index, um_name(names, i), &added);
        if (added < 0) {
            kh_destroy(um_name_index, index);
            return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "index of %zu names: out of memory", names->count);
        }
        if (added)
            kh_val(index, at) = i;
    }
    names->index = index;
    return UNMIX_OK;
}

unmix_status um_names_add_distinct(unmix_context *cx, um_names *names, const char **text, size_t count)
{
    qsort(text, count, sizeof *text, um_by_text);
    for (size_t i = 0; i < count; i++)
        if (!i || strcmp(text[i], text[i - 1]) != 0)
            UM_TRY(um_names_add(cx, names, text[i], strlen(text[i])));
    return um_names_index(cx, names);
}

size_t um_names_find(const um_names *names, const char *name)
{
    const khash_t(um_name_index) *index = names->index;
    const khint_t at = kh_get(um_name_index, index, name);
    return at == kh_end(index) ? UM_NOT_FOUND : kh_val(index, at);
}

size_t um_names_repeated(const um_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        if (um_names_find(names, um_name(names, i)) != i)
            return i;
    return UM_NOT_FOUND;
}
