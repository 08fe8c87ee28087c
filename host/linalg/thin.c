#include "linalg/thin.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "core/parallel.h"
#include "linalg/combine.h"

enum {
    PARTS = 64,          /* of the rows, whatever the number of threads */
    SUMS = 16,           /* partial sums of a cross product */
    TILE = 64,           /* rows that are gone through together */
    WORTHWHILE = 200000, /* products below which a thread costs more than it saves */
    NEAR = 3072,         /* doubles of a thin matrix in the first cache: 24 KiB */
    CACHED = 65536,      /* and in the second: 512 KiB */
    FULL = 4,            /* one entry in so many is enough to make use of the first: it costs visits to the result */
};

void um_thin_clear(um_thin *matrix)
{
    free(matrix->memory);
    *matrix = (um_thin){0};
}

unmix_status um_thin_allocate(unmix_context *cx, um_thin *matrix, size_t rows, size_t columns)
{
    const size_t stride = um_round_up(columns, UM_LANES);
    *matrix = (um_thin){.rows = rows, .columns = columns, .stride = stride};
    UM_TRY(UM_ALLOC(cx, &matrix->memory, rows * stride + UM_LANES, "thin matrix"));
    const size_t vector = UM_LANES * sizeof(double), beyond = (uintptr_t)matrix->memory % vector;
    matrix->values = matrix->memory + (beyond ? (vector - beyond) / sizeof(double) : 0);
    return UNMIX_OK;
}

static unsigned threads_for(const unmix_context *cx, size_t products)
{
    return products < WORTHWHILE ? 1 : um_threads(cx);
}

/* 0, 1, 2, ...: the rows of a thin matrix in order. */
static unmix_status count_up(unmix_context *cx, uint32_t **rows, size_t count)
{
    UM_TRY(UM_ALLOC(cx, rows, count, "thin matrix"));
    for (size_t i = 0; i < count; i++)
        (*rows)[i] = (uint32_t)i;
    return UNMIX_OK;
}

typedef struct times {
    const um_thin *matrix, *small;
    um_thin *result;
    const uint32_t *in_order;
    um_combine *combine;
    unsigned threads;
} times;

static void times_parts(void *state, unsigned thread)
{
    const times *t = state;
    const um_thin *result = t->result;
    for (size_t p = thread; p < PARTS; p += t->threads)
        for (size_t r = p * result->rows / PARTS; r < (p + 1) * result->rows / PARTS; r++) {
            double *row = um_thin_row(result, r);
            memset(row, 0, result->stride * sizeof *row);
            t->combine(t->in_order, um_thin_row(t->matrix, r), t->matrix->columns, t->small->values, result->stride, row);
        }
}

unmix_status um_thin_times(unmix_context *cx, const um_thin *matrix, const um_thin *small, um_thin *result)
{
    uint32_t *in_order = NULL;
    UM_TRY(count_up(cx, &in_order, matrix->columns));
    times t = {matrix, small, result, in_order, um_combine_best(),
               threads_for(cx, matrix->rows * matrix->columns * result->columns)};
    um_parallel(t.threads, times_parts, &t);
    free(in_order);
    return UNMIX_OK;
}

typedef struct cross {
    const um_thin *left, *right;
    uint32_t in_order[TILE];
    um_thin sums; /* SUMS times left->columns rows */
    um_combine *combine;
    unsigned threads;
} cross;

/* Adds left' right of `count` rows from `first`; a column of `left` is gathered so that it can be walked along. */
static void cross_tile(const cross *c, size_t first, size_t count, size_t sum)
{
    const um_thin *left = c->left, *right = c->right;
    double column[TILE];
    for (size_t i = 0; i < left->columns; i++) {
        for (size_t r = 0; r < count; r++)
            column[r] = um_thin_row(left, first + r)[i];
        c->combine(c->in_order, column, count, um_thin_row(right, first), right->stride,
                   um_thin_row(&c->sums, sum * left->columns + i));
    }
}

static void cross_parts(void *state, unsigned thread)
{
    const cross *c = state;
    const size_t rows = c->left->rows;
    for (size_t s = thread; s < SUMS; s += c->threads) {
        const size_t end = (s + 1) * rows / SUMS;
        for (size_t r = s * rows / SUMS; r < end; r += TILE)
            cross_tile(c, r, end - r < TILE ? end - r : TILE, s);
    }
}

unmix_status um_thin_cross(unmix_context *cx, const um_thin *left, const um_thin *right, um_thin *result)
{
    const size_t size = left->columns * right->stride;
    cross c = {.left = left, .right = right, .combine = um_combine_best(),
               .threads = threads_for(cx, left->rows * left->columns * right->columns)};
    for (uint32_t i = 0; i < TILE; i++)
        c.in_order[i] = i;
    UM_TRY(um_thin_allocate(cx, &c.sums, SUMS * left->columns, right->columns));
    um_parallel(c.threads, cross_parts, &c);
    memset(result->values, 0, size * sizeof *result->values);
    for (size_t s = 0; s < SUMS; s++)
        for (size_t i = 0; i < size; i++)
            result->values[i] += c.sums.values[s * size + i];
    um_thin_clear(&c.sums);
    return UNMIX_OK;
}

void um_two_sided_clear(um_two_sided *sides)
{
    free(sides->start);
    free(sides->row);
    free(sides->value);
    *sides = (um_two_sided){0};
}

static void turn_block(const um_two_sided *sides, size_t block)
{
    const um_sparse *X = sides->matrix;
    const size_t first = block * sides->block;
    const size_t end = first + sides->block < X->rows ? first + sides->block : X->rows;
    size_t *start = sides->start + block * (X->columns + 2);
    /* Counted two places on, added up, and filled one place on: what is left are the starts. */
    for (size_t i = X->start[first]; i < X->start[end]; i++)
        start[X->column[i] + 2]++;
    start[0] = start[1] = X->start[first];
    for (size_t j = 1; j <= X->columns; j++)
        start[j + 1] += start[j];
    for (size_t r = first; r < end; r++)
        for (size_t i = X->start[r]; i < X->start[r + 1]; i++) {
            const size_t to = start[X->column[i] + 1]++;
            sides->row[to] = (uint32_t)r;
            sides->value[to] = X->value[i];
        }
}

typedef struct turning {
    const um_two_sided *sides;
    unsigned threads;
} turning;

static void turn_blocks(void *state, unsigned thread)
{
    const turning *t = state;
    for (size_t b = thread; b < t->sides->blocks; b += t->threads)
        turn_block(t->sides, b);
}

unmix_status um_two_sided_open(unmix_context *cx, um_two_sided *sides, const um_sparse *matrix, size_t columns)
{
    const size_t stride = um_round_up(columns, UM_LANES), entries = um_sparse_entries(matrix);
    const int full = entries >= matrix->rows * matrix->columns / FULL;
    const size_t block = (full ? NEAR : CACHED) / stride ? (full ? NEAR : CACHED) / stride : 1;
    *sides = (um_two_sided){.cx = cx, .matrix = matrix, .swath = full ? block : matrix->columns, .block = block,
                            .blocks = (matrix->rows + block - 1) / block};
    unmix_status status;
    UM_TRY_GOTO(status, failed, UM_ALLOC(cx, &sides->start, sides->blocks * (matrix->columns + 2), "transpose"));
    UM_TRY_GOTO(status, failed, UM_ALLOC(cx, &sides->row, entries, "transpose"));
    UM_TRY_GOTO(status, failed, UM_ALLOC(cx, &sides->value, entries, "transpose"));
    turning t = {sides, threads_for(cx, entries)};
    um_parallel(t.threads, turn_blocks, &t);
    return UNMIX_OK;
failed:
    um_two_sided_clear(sides);
    return status;
}

/* A sparse matrix in blocks, each by rows, times `right`: the sum over the blocks. */
typedef struct product {
    const size_t *start;
    size_t blocks, distance; /* from the starts of a block to those of the next */
    const uint32_t *column;
    const double *value;
    size_t swath; /* columns at a time */
    const um_thin *right;
    um_thin *result;
    um_combine *combine;
    unsigned threads;
} product;

/* At most TILE rows of a block. Entries are ascending, so those of a swath are at most as many as it has columns. */
static void product_tile(const product *p, const size_t *start, size_t first, size_t count)
{
    size_t next[TILE];
    memcpy(next, start + first, count * sizeof *next);
    for (size_t limit = p->swath; limit < p->right->rows + p->swath; limit += p->swath)
        for (size_t r = 0; r < count; r++) {
            const size_t i = next[r], rest = start[first + r + 1] - i;
            size_t end = i + (rest < p->swath ? rest : p->swath);
            while (end > i && p->column[end - 1] >= limit)
                end--;
            p->combine(p->column + i, p->value + i, end - i, p->right->values, p->result->stride,
                       um_thin_row(p->result, first + r));
            next[r] = end;
        }
}

static void product_parts(void *state, unsigned thread)
{
    const product *p = state;
    const um_thin *result = p->result;
    for (size_t part = thread; part < PARTS; part += p->threads) {
        const size_t first = part * result->rows / PARTS, end = (part + 1) * result->rows / PARTS;
        memset(um_thin_row(result, first), 0, (end - first) * result->stride * sizeof(double));
    }
    for (size_t b = 0; b < p->blocks; b++)
        for (size_t part = thread; part < PARTS; part += p->threads) {
            const size_t end = (part + 1) * result->rows / PARTS;
            for (size_t r = part * result->rows / PARTS; r < end; r += TILE)
                product_tile(p, p->start + b * p->distance, r, end - r < TILE ? end - r : TILE);
        }
}

void um_two_sided_times(const um_two_sided *sides, const um_thin *right, um_thin *result)
{
    const um_sparse *X = sides->matrix;
    product p = {X->start, 1, 0, X->column, X->value, sides->swath, right, result, um_combine_best(),
                 threads_for(sides->cx, um_sparse_entries(X) * right->columns)};
    um_parallel(p.threads, product_parts, &p);
}

void um_two_sided_turned_times(const um_two_sided *sides, const um_thin *left, um_thin *result)
{
    const um_sparse *X = sides->matrix;
    product p = {sides->start, sides->blocks, X->columns + 2, sides->row, sides->value, X->rows, left, result,
                 um_combine_best(), threads_for(sides->cx, um_sparse_entries(X) * left->columns)};
    um_parallel(p.threads, product_parts, &p);
}
