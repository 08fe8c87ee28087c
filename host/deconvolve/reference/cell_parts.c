#include "deconvolve/reference/cell_parts.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "core/random.h"

typedef struct card {
    size_t type;
    uint64_t key; /* a random number by the name of the cell */
    const char *name;
    size_t cell;
} card;

void um_cell_parts_clear(um_cell_parts *parts)
{
    free(parts->of_cell);
    free(parts->first);
    *parts = (um_cell_parts){0};
}

static int by_type_and_key(const void *a, const void *b)
{
    const card *x = a, *y = b;
    if (x->type != y->type)
        return UM_ORDER(x->type, y->type);
    return x->key != y->key ? UM_ORDER(x->key, y->key) : strcmp(x->name, y->name);
}

/* The cells that take part, those of a type together and shuffled. Returns their number. */
static size_t shuffle(const um_names *cells, const size_t *type, card *cards)
{
    size_t n = 0;
    for (size_t i = 0; i < cells->count; i++) {
        if (type[i] == UM_NO_PART)
            continue;
        um_random random;
        um_random_start(&random, 0, "parts of cells", um_name(cells, i));
        cards[n++] = (card){type[i], um_random_bits(&random), um_name(cells, i), i};
    }
    qsort(cards, n, sizeof *cards, by_type_and_key);
    return n;
}

static void deal(const card *cards, size_t n, size_t n_types, size_t most, um_cell_parts *parts)
{
    size_t at = 0;
    for (size_t t = 0; t < n_types; t++) {
        const size_t begin = at;
        while (at < n && cards[at].type == t)
            at++;
        const size_t members = at - begin, own = members < most ? members : most;
        parts->first[t] = parts->n;
        if (own < 2)
            continue;
        for (size_t i = begin; i < at; i++)
            parts->of_cell[cards[i].cell] = parts->n + (i - begin) % own;
        parts->n += own;
    }
    parts->first[n_types] = parts->n;
}

unmix_status um_cell_parts_deal(unmix_context *cx, const um_names *cells, const size_t *type, size_t n_types, size_t most,
                                um_cell_parts *parts)
{
    card *cards = NULL;
    UM_TRY(UM_ALLOC(cx, &parts->of_cell, cells->count, "parts of the cells"));
    UM_TRY(UM_ALLOC(cx, &parts->first, n_types + 1, "parts of the cells"));
    UM_TRY(UM_ALLOC(cx, &cards, cells->count, "parts of the cells"));
    for (size_t i = 0; i < cells->count; i++)
        parts->of_cell[i] = UM_NO_PART;
    deal(cards, shuffle(cells, type, cards), n_types, most, parts);
    free(cards);
    return UNMIX_OK;
}
