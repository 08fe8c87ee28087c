#include "core/arrays.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "core/sparse.h"

/* Columns that are cheap to read together: their entries fill about this many bytes. */
#define BLOCK_BYTES ((size_t)4 << 20)

/* A list of numbers of one of the types there are. */
typedef struct numbers {
    unmix_number type;
    const void *first;
} numbers;

typedef struct arrays {
    char *name;
    um_names genes, columns;
    numbers values;
    int missing;
    size_t gene_stride, column_stride; /* dense */
    numbers start, index;              /* compressed */
    um_block turned;                   /* compressed by genes: all columns, column c up to end[c] */
    size_t *end;
    double *sum; /* of each gene, zero between columns; NULL until a column repeats a gene or is not in order */
} arrays;

static double real_at(numbers list, size_t i)
{
    switch (list.type) {
    case UNMIX_NUMBER_FLOAT: return (double)((const float *)list.first)[i];
    case UNMIX_NUMBER_INT32: return (double)((const int32_t *)list.first)[i];
    case UNMIX_NUMBER_INT64: return (double)((const int64_t *)list.first)[i];
    case UNMIX_NUMBER_DOUBLE: break;
    }
    return ((const double *)list.first)[i];
}

static int64_t whole_at(numbers list, size_t i)
{
    return list.type == UNMIX_NUMBER_INT32 ? ((const int32_t *)list.first)[i] : ((const int64_t *)list.first)[i];
}

static void close_arrays(void *state)
{
    arrays *a = state;
    free(a->name);
    um_names_clear(&a->genes);
    um_names_clear(&a->columns);
    um_block_clear(&a->turned);
    free(a->end);
    free(a->sum);
    free(a);
}

/* ---- Values ---- */

static unmix_status check_value(unmix_context *cx, const arrays *a, size_t gene, size_t column, double value)
{
    if ((value >= 0.0 && isfinite(value)) || (a->missing && isnan(value)))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: column '%s', gene '%s': %g is %s; counts must be finite and 0 or more%s",
                   a->name, um_name(&a->columns, column), um_name(&a->genes, gene), value,
                   isfinite(value) ? "negative" : "not finite",
                   isfinite(value) ? " (is the matrix scaled? use the raw one or a layer of counts)" : "");
}

static unmix_status read_dense(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    const arrays *a = state;
    const size_t genes = a->genes.count;
    UM_TRY(um_block_begin(cx, block, count));
    size_t used = 0;
    for (size_t c = 0; c < count; c++) {
        UM_TRY(um_block_reserve(cx, block, used, genes));
        for (size_t g = 0; g < genes; g++) {
            const double value = real_at(a->values, g * a->gene_stride + (first + c) * a->column_stride);
            if (value == 0.0)
                continue;
            UM_TRY(check_value(cx, a, g, first + c, value));
            block->row[used] = (uint32_t)g;
            block->value[used++] = value;
        }
        block->start[c + 1] = used;
    }
    return UNMIX_OK;
}

/* ---- Compressed ---- */

/* Sorts one column and adds up what is stored for the same gene. */
static unmix_status sort_and_add(unmix_context *cx, arrays *a, uint32_t *row, double *value, size_t *count)
{
    if (!a->sum)
        UM_TRY(UM_ALLOC(cx, &a->sum, a->genes.count, "sparse matrix"));
    um_add_up_repeated(row, value, count, a->sum);
    return UNMIX_OK;
}

static size_t drop_zeros(uint32_t *row, double *value, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (value[i] == 0.0)
            continue;
        row[kept] = row[i];
        value[kept++] = value[i];
    }
    return kept;
}

/* One column behind the *used entries of the block, which has room. */
static unmix_status take_column(unmix_context *cx, arrays *a, size_t column, um_block *block, size_t *used)
{
    const size_t from = (size_t)whole_at(a->start, column), end = (size_t)whole_at(a->start, column + 1);
    uint32_t *row = block->row + *used;
    double *value = block->value + *used;
    size_t count = end - from;
    int ascending = 1;
    for (size_t i = 0; i < count; i++) {
        const int64_t gene = whole_at(a->index, from + i);
        if (gene < 0 || (uint64_t)gene >= a->genes.count)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: column '%s' has an entry for gene %" PRId64 ", but there are %zu",
                           a->name, um_name(&a->columns, column), gene + 1, a->genes.count);
        row[i] = (uint32_t)gene;
        value[i] = real_at(a->values, from + i);
        UM_TRY(check_value(cx, a, row[i], column, value[i]));
        ascending &= !i || row[i] > row[i - 1];
    }
    if (!ascending)
        UM_TRY(sort_and_add(cx, a, row, value, &count));
    *used += drop_zeros(row, value, count);
    return UNMIX_OK;
}

static unmix_status read_columns(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    arrays *a = state;
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(um_block_reserve(cx, block, 0, (size_t)(whole_at(a->start, first + count) - whole_at(a->start, first))));
    size_t used = 0;
    for (size_t c = 0; c < count; c++) {
        UM_TRY(take_column(cx, a, first + c, block, &used));
        block->start[c + 1] = used;
    }
    return UNMIX_OK;
}

static unmix_status check_starts(unmix_context *cx, const arrays *a, numbers start, size_t lines, size_t stored)
{
    for (size_t i = 0; i <= lines; i++) {
        const int64_t before = i ? whole_at(start, i - 1) : 0, now = whole_at(start, i);
        if (now < before || (!i && now) || (uint64_t)now > stored)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                           "%s: where line %zu starts is %" PRId64 " after %" PRId64 ", with %zu values; starts must begin "
                           "with 0, never fall and not exceed the values",
                           a->name, i + 1, now, before, stored);
    }
    return UNMIX_OK;
}

/* ---- Turned ---- */

static unmix_status refuse_column(unmix_context *cx, const arrays *a, size_t gene, int64_t column)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: gene '%s' has an entry for column %" PRId64 ", but there are %zu", a->name,
                   um_name(&a->genes, gene), column + 1, a->columns.count);
}

/* start[c] .. start[c + 1] becomes the room for column c. */
static unmix_status make_room(unmix_context *cx, arrays *a, size_t *start)
{
    const size_t genes = a->genes.count, columns = a->columns.count;
    memset(start, 0, (columns + 1) * sizeof *start);
    for (size_t g = 0; g < genes; g++)
        for (size_t i = (size_t)whole_at(a->start, g); i < (size_t)whole_at(a->start, g + 1); i++) {
            const int64_t column = whole_at(a->index, i);
            if (column < 0 || (uint64_t)column >= columns)
                return refuse_column(cx, a, g, column);
            start[column + 1]++;
        }
    for (size_t c = 0; c < columns; c++)
        start[c + 1] += start[c];
    return UNMIX_OK;
}

/* The genes come in order, so that an entry that repeats one stands right behind it and is added. */
static unmix_status place_entries(unmix_context *cx, arrays *a)
{
    um_block *turned = &a->turned;
    memcpy(a->end, turned->start, a->columns.count * sizeof *a->end);
    for (size_t g = 0; g < a->genes.count; g++)
        for (size_t i = (size_t)whole_at(a->start, g); i < (size_t)whole_at(a->start, g + 1); i++) {
            const size_t column = (size_t)whole_at(a->index, i);
            const double value = real_at(a->values, i);
            size_t *end = &a->end[column];
            UM_TRY(check_value(cx, a, g, column, value));
            if (*end > turned->start[column] && turned->row[*end - 1] == g) {
                turned->value[*end - 1] += value;
            } else if (value != 0.0) {
                turned->row[*end] = (uint32_t)g;
                turned->value[(*end)++] = value;
            }
        }
    return UNMIX_OK;
}

static unmix_status turn(unmix_context *cx, arrays *a)
{
    UM_TRY(um_block_begin(cx, &a->turned, a->columns.count));
    UM_TRY(UM_ALLOC(cx, &a->end, a->columns.count, "sparse matrix"));
    UM_TRY(make_room(cx, a, a->turned.start));
    UM_TRY(um_block_reserve(cx, &a->turned, 0, a->turned.start[a->columns.count]));
    return place_entries(cx, a);
}

static unmix_status read_turned(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    const arrays *a = state;
    const um_block *turned = &a->turned;
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(um_block_reserve(cx, block, 0, turned->start[first + count] - turned->start[first]));
    size_t used = 0;
    for (size_t c = 0; c < count; c++) {
        const size_t from = turned->start[first + c], entries = a->end[first + c] - from;
        memcpy(block->row + used, turned->row + from, entries * sizeof *block->row);
        memcpy(block->value + used, turned->value + from, entries * sizeof *block->value);
        used += entries;
        block->start[c + 1] = used;
    }
    return UNMIX_OK;
}

/* ---- Opening ---- */

static unmix_status copy_names(unmix_context *cx, const char *origin, const char *kind, const char *const *from,
                               size_t count, um_names *to)
{
    for (size_t i = 0; i < count; i++) {
        if (!from[i] || !*from[i])
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the name of %s %zu is empty", origin, kind, i + 1);
        UM_TRY(um_names_add(cx, to, from[i], strlen(from[i])));
    }
    return UNMIX_OK;
}

static unmix_status fill(unmix_context *cx, const unmix_arrays *given, arrays *a)
{
    const char *name = given->name ? given->name : "matrix";
    if (given->genes > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %zu genes are more than can be numbered", name, given->genes);
    UM_TRY(UM_ALLOC(cx, &a->name, strlen(name) + 1, "name"));
    memcpy(a->name, name, strlen(name));
    UM_TRY(copy_names(cx, a->name, "gene", given->gene_names, given->genes, &a->genes));
    UM_TRY(copy_names(cx, a->name, "column", given->column_names, given->columns, &a->columns));
    a->values = (numbers){given->type, given->values};
    a->missing = given->missing;
    return UNMIX_OK;
}

static size_t columns_at_once(size_t stored, size_t columns)
{
    const size_t one = (columns ? stored / columns + 1 : 1) * (sizeof(uint32_t) + sizeof(double));
    return BLOCK_BYTES / one ? BLOCK_BYTES / one : 1;
}

typedef unmix_status (*reader)(unmix_context *cx, void *state, size_t first, size_t count, um_block *block);

static void give(arrays *a, size_t stored, reader read, um_source *source)
{
    *source = (um_source){
        .origin = a->name,
        .rows = &a->genes,
        .columns = &a->columns,
        .preferred_block = columns_at_once(stored, a->columns.count),
        .missing = a->missing,
        .state = a,
        .read = read,
        .close = close_arrays,
    };
}

unmix_status um_source_of_dense(unmix_context *cx, const unmix_arrays *given, size_t gene_stride, size_t column_stride,
                                um_source *source)
{
    arrays *a = NULL;
    UM_TRY(UM_ALLOC(cx, &a, 1, "source"));
    const unmix_status status = fill(cx, given, a);
    if (status != UNMIX_OK) {
        close_arrays(a);
        return status;
    }
    a->gene_stride = gene_stride;
    a->column_stride = column_stride;
    give(a, um_product_size(given->genes, given->columns, 1), read_dense, source);
    return UNMIX_OK;
}

/* What both compressed forms have in common: `lines` pieces in the arrays. */
static unmix_status open_compressed(unmix_context *cx, const unmix_arrays *given, unmix_number index_type,
                                    const void *start,
                                    const void *index, size_t lines, arrays **opened)
{
    arrays *a = NULL;
    if (index_type != UNMIX_NUMBER_INT32 && index_type != UNMIX_NUMBER_INT64)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "indices must be INT32 or INT64");
    UM_TRY(UM_ALLOC(cx, &a, 1, "source"));
    a->start = (numbers){index_type, start};
    a->index = (numbers){index_type, index};
    unmix_status status = fill(cx, given, a);
    if (status == UNMIX_OK)
        status = check_starts(cx, a, a->start, lines, given->stored);
    if (status != UNMIX_OK)
        close_arrays(a);
    else
        *opened = a;
    return status;
}

unmix_status um_source_of_columns(unmix_context *cx, const unmix_arrays *given, unmix_number index_type,
                                  const void *start,
                                  const void *index, um_source *source)
{
    arrays *a = NULL;
    UM_TRY(open_compressed(cx, given, index_type, start, index, given->columns, &a));
    give(a, given->stored, read_columns, source);
    return UNMIX_OK;
}

unmix_status um_source_of_genes(unmix_context *cx, const unmix_arrays *given, unmix_number index_type,
                                const void *start,
                                const void *index, um_source *source)
{
    arrays *a = NULL;
    UM_TRY(open_compressed(cx, given, index_type, start, index, given->genes, &a));
    const unmix_status status = turn(cx, a);
    if (status != UNMIX_OK) {
        close_arrays(a);
        return status;
    }
    give(a, given->stored, read_turned, source);
    return UNMIX_OK;
}
