/* Speckled masks: entries of X, zeros among them, held out at random. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/random.h"
#include "programs/consensus/sweep.h"

/* More held out entries than these make no mean more certain. */
static const double MOST_ENTRIES = 2e6;

void um_mask_clear(um_mask *mask)
{
    um_sparse_clear(&mask->X);
    um_sparse_clear(&mask->missing);
    um_sparse_clear(&mask->held_out);
}

static unmix_status add(unmix_context *cx, um_sparse *matrix, size_t row, uint32_t column, double value)
{
    const size_t at = matrix->start[row + 1];
    UM_TRY(um_sparse_reserve(cx, matrix, at + 1));
    matrix->column[at] = column;
    matrix->value[at] = value;
    matrix->start[row + 1]++;
    return UNMIX_OK;
}

/* Walks through the row's entries of X and of what was missing before; `next` is the next place of the mask. */
typedef struct walk {
    um_random random;
    double scale; /* 1 / log(1 - share): gaps between places of the mask are geometric */
    uint64_t next;
} walk;

static void advance(walk *w)
{
    const double gap = floor(log(um_random_uniform(&w->random)) * w->scale);
    w->next += 1 + (gap < 9e18 ? (uint64_t)gap : UINT64_C(9000000000000000000));
}

static unmix_status mask_row(unmix_context *cx, const um_nmf_data *data, size_t row, walk *w, um_mask *mask)
{
    const um_sparse *X = data->X, *before = data->missing;
    const size_t end = X->start[row + 1], lost_end = before ? before->start[row + 1] : 0;
    const uint64_t first = (uint64_t)row * X->columns, last = first + X->columns;
    size_t i = X->start[row], lost = before ? before->start[row] : 0;
    um_sparse *all[] = {&mask->X, &mask->missing, &mask->held_out};
    for (size_t a = 0; a < 3; a++)
        all[a]->start[row + 1] = all[a]->start[row];
    while (i < end || lost < lost_end || w->next < last) {
        const uint64_t held = w->next < last ? w->next - first : UINT64_MAX;
        const uint64_t there = i < end ? X->column[i] : UINT64_MAX, gone = lost < lost_end ? before->column[lost] : UINT64_MAX;
        const uint64_t at = held < there ? (held < gone ? held : gone) : there < gone ? there : gone;
        const double value = there == at ? X->value[i] : 0;
        if (gone == at)
            UM_TRY(add(cx, &mask->missing, row, (uint32_t)at, 0));
        else if (held == at) {
            UM_TRY(add(cx, &mask->missing, row, (uint32_t)at, 0));
            UM_TRY(add(cx, &mask->held_out, row, (uint32_t)at, value));
        } else
            UM_TRY(add(cx, &mask->X, row, (uint32_t)at, value));
        i += there == at;
        lost += gone == at;
        if (held == at)
            advance(w);
    }
    return UNMIX_OK;
}

unmix_status um_mask_draw(unmix_context *cx, const um_nmf_data *data, double share, uint64_t seed, size_t repeat,
                          um_mask *mask)
{
    const um_sparse *X = data->X;
    const double entries = (double)X->rows * (double)X->columns;
    const double taken = share * entries > MOST_ENTRIES ? MOST_ENTRIES / entries : share;
    const size_t room = (size_t)(taken * entries * 1.1) + 64;
    char name[32];
    walk w = {.scale = 1 / log1p(-taken)};
    (void)snprintf(name, sizeof name, "%zu", repeat);
    um_random_start(&w.random, seed, "held out entries", name);
    w.next = UINT64_MAX; /* the first step wraps to 0 or beyond */
    advance(&w);
    *mask = (um_mask){0};
    unmix_status status = um_sparse_allocate(cx, &mask->X, X->rows, X->columns, um_sparse_entries(X));
    if (status == UNMIX_OK)
        status = um_sparse_allocate(cx, &mask->missing, X->rows, X->columns,
                                    room + (data->missing ? um_sparse_entries(data->missing) : 0));
    if (status == UNMIX_OK)
        status = um_sparse_allocate(cx, &mask->held_out, X->rows, X->columns, room);
    for (size_t row = 0; row < X->rows && status == UNMIX_OK; row++)
        status = mask_row(cx, data, row, &w, mask);
    if (status != UNMIX_OK) {
        um_mask_clear(mask);
        return status;
    }
    free(mask->missing.value);
    mask->missing.value = NULL;
    return UNMIX_OK;
}
