#include "core/source_select.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

typedef struct selection {
    um_source from;
    um_names rows, columns;
    um_aliases aliases;
    uint32_t *row; /* for each row of `from` its place, or NOWHERE */
} selection;

#define NOWHERE UINT32_MAX

static void close_selection(void *state)
{
    selection *s = state;
    um_source_close(&s->from);
    um_names_clear(&s->rows);
    um_names_clear(&s->columns);
    um_aliases_clear(&s->aliases);
    free(s->row);
    free(s);
}

static unmix_status read_selection(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    const selection *s = state;
    UM_TRY(um_source_read(cx, &s->from, first, count, block));
    size_t used = 0, from = 0;
    for (size_t c = 0; c < block->count; c++) {
        for (; from < block->start[c + 1]; from++) {
            if (s->row[block->row[from]] == NOWHERE)
                continue;
            block->row[used] = s->row[block->row[from]];
            block->value[used++] = block->value[from];
        }
        block->start[c + 1] = used;
    }
    return UNMIX_OK;
}

static unmix_status take_aliases(unmix_context *cx, selection *s)
{
    size_t *first = NULL;
    UM_TRY(UM_ALLOC(cx, &first, s->rows.count, "genes"));
    for (size_t r = s->from.rows->count; r-- > 0;)
        if (s->row[r] != NOWHERE)
            first[s->row[r]] = r;
    const unmix_status status = um_aliases_select(cx, &s->aliases, s->from.aliases, first, s->rows.count);
    free(first);
    return status;
}

static unmix_status choose(unmix_context *cx, selection *s, const um_names *rows, const char *prefix)
{
    UM_TRY(um_names_copy(cx, &s->rows, rows));
    UM_TRY(um_names_index(cx, &s->rows));
    UM_TRY(UM_ALLOC(cx, &s->row, s->from.rows->count, "genes"));
    for (size_t r = 0; r < s->from.rows->count; r++) {
        const size_t at = um_names_find(&s->rows, um_name(s->from.rows, r));
        s->row[r] = at == UM_NOT_FOUND ? NOWHERE : (uint32_t)at;
    }
    for (size_t c = 0; c < s->from.columns->count; c++) {
        char name[512];
        (void)snprintf(name, sizeof name, "%s%s", prefix, um_name(s->from.columns, c));
        UM_TRY(um_names_add(cx, &s->columns, name, strlen(name)));
    }
    return take_aliases(cx, s);
}

unmix_status um_source_select(unmix_context *cx, um_source *from, const um_names *rows, const char *prefix,
                              um_source *selected)
{
    selection *s = NULL;
    unmix_status status = UM_ALLOC(cx, &s, 1, "genes");
    if (status != UNMIX_OK) {
        um_source_close(from);
        return status;
    }
    s->from = *from;
    *from = (um_source){0};
    status = choose(cx, s, rows, prefix);
    if (status != UNMIX_OK) {
        close_selection(s);
        return status;
    }
    *selected = (um_source){
        .origin = s->from.origin,
        .rows = &s->rows,
        .aliases = s->aliases.columns.count ? &s->aliases : NULL,
        .columns = &s->columns,
        .preferred_block = s->from.preferred_block,
        .missing = s->from.missing,
        .state = s,
        .read = read_selection,
        .close = close_selection,
    };
    return UNMIX_OK;
}
