/* The chosen genes of all cells as a sparse matrix. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "programs/cells/cells.h"
#include "programs/cells/pass.h"

typedef struct entry {
    uint32_t column;
    double value;
} entry;

typedef struct reading {
    const um_cells *cells;
    uint32_t *column_of; /* of each row of the source: the column of X, or UM_PASS_DROP */
    um_pass pass;
    um_sparse *X, *missing;
    entry *sorted;       /* one cell, where its entries do not come in the order of the columns */
    size_t capacity;
    size_t n_empty, first_empty;
} reading;

static int by_column(const void *a, const void *b)
{
    const uint32_t x = ((const entry *)a)->column, y = ((const entry *)b)->column;
    return (x > y) - (x < y);
}

/* Entries from .. to of a row, in the order of the columns; nearly always they are. */
static unmix_status sort_row(unmix_context *cx, reading *r, um_sparse *m, size_t from, size_t to)
{
    size_t i = from + 1;
    while (i < to && m->column[i - 1] < m->column[i])
        i++;
    if (i >= to)
        return UNMIX_OK;
    UM_TRY(UM_GROW(cx, &r->sorted, &r->capacity, to - from, "cell"));
    for (i = from; i < to; i++)
        r->sorted[i - from] = (entry){m->column[i], m->value ? m->value[i] : 0.0};
    qsort(r->sorted, to - from, sizeof *r->sorted, by_column);
    for (i = from; i < to; i++) {
        m->column[i] = r->sorted[i - from].column;
        if (m->value)
            m->value[i] = r->sorted[i - from].value;
    }
    return UNMIX_OK;
}

static unmix_status take_cell(unmix_context *cx, reading *r, size_t c)
{
    const um_block *block = &r->pass.block;
    const size_t cell = r->pass.first + c, more = block->start[c + 1] - block->start[c];
    um_sparse *X = r->X, *missing = r->missing;
    size_t x = X->start[cell], m = missing->start[cell];
    UM_TRY(um_sparse_reserve(cx, X, x + more));
    for (size_t i = block->start[c]; i < block->start[c + 1]; i++) {
        if (isnan(block->value[i])) {
            UM_TRY(um_sparse_reserve(cx, missing, m + 1));
            missing->column[m++] = block->row[i];
        } else if (block->value[i] > 0.0) {
            X->column[x] = block->row[i];
            X->value[x++] = block->value[i];
        }
    }
    UM_TRY(sort_row(cx, r, X, X->start[cell], x));
    UM_TRY(sort_row(cx, r, missing, missing->start[cell], m));
    if (x == X->start[cell] && !r->n_empty++)
        r->first_empty = cell;
    X->start[cell + 1] = x;
    missing->start[cell + 1] = m;
    return UNMIX_OK;
}

static unmix_status choose_columns(unmix_context *cx, reading *r, const size_t *gene, size_t n_genes, size_t *entries)
{
    const um_cells *cells = r->cells;
    if (!n_genes)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: no genes are chosen", cells->source->origin);
    UM_TRY(UM_ALLOC(cx, &r->column_of, cells->source->rows->count, "genes"));
    for (size_t row = 0; row < cells->source->rows->count; row++)
        r->column_of[row] = UM_PASS_DROP;
    for (size_t j = 0; j < n_genes; j++) {
        r->column_of[gene[j]] = (uint32_t)j;
        *entries += cells->entries[gene[j]];
    }
    return UNMIX_OK;
}

static unmix_status open_matrices(unmix_context *cx, reading *r, size_t n_genes, size_t entries)
{
    const size_t n = r->cells->source->columns->count;
    UM_TRY(um_sparse_allocate(cx, r->X, n, n_genes, entries));
    UM_TRY(um_sparse_allocate(cx, r->missing, n, n_genes, 0));
    free(r->missing->value);
    r->missing->value = NULL;
    return UNMIX_OK;
}

static unmix_status take_all(unmix_context *cx, reading *r)
{
    um_pass_begin(&r->pass, r->cells->source, "reading");
    for (;;) {
        UM_TRY(um_pass_next(cx, &r->pass));
        if (!r->pass.block.count)
            return UNMIX_OK;
        um_pass_keep(&r->pass, r->column_of);
        um_cells_apply(r->cells, r->pass.first, &r->pass.block);
        for (size_t c = 0; c < r->pass.block.count; c++)
            UM_TRY(take_cell(cx, r, c));
    }
}

static unmix_status judge(unmix_context *cx, const reading *r, size_t n_genes)
{
    const um_source *source = r->cells->source;
    const size_t n = source->columns->count;
    if (r->n_empty == n)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: every cell is zero in the %zu chosen genes", source->origin,
                       n_genes);
    if (r->n_empty)
        um_note(cx,
                "%s: %zu of %zu cells are zero in all of the %zu chosen genes, and so will their usages be; the first "
                "is '%s'",
                source->origin, r->n_empty, n, n_genes, um_name(source->columns, r->first_empty));
    return UNMIX_OK;
}

unmix_status um_cells_read(unmix_context *cx, const um_cells *cells, const size_t *gene, size_t n_genes, um_sparse *X,
                           um_sparse *missing)
{
    reading r = {.cells = cells, .X = X, .missing = missing};
    size_t entries = 0;
    unmix_status status = choose_columns(cx, &r, gene, n_genes, &entries);
    if (status == UNMIX_OK)
        status = open_matrices(cx, &r, n_genes, entries);
    if (status == UNMIX_OK)
        status = take_all(cx, &r);
    if (status == UNMIX_OK)
        status = judge(cx, &r, n_genes);
    um_pass_clear(&r.pass);
    free(r.column_of);
    free(r.sorted);
    if (status != UNMIX_OK)
        um_sparse_clear(X);
    if (status != UNMIX_OK || !um_sparse_entries(missing))
        um_sparse_clear(missing);
    return status;
}
