/* Data that was no AnnData as such a file: X from a source, block by block. */
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/memory.h"
#include "io/anndata/h5ad_extend.h"
#include "io/anndata/h5ad_put.h"
#include "io/backend/backend.h"
#include "io/files/output.h"

/* Observations that are read together where the source does not mind. */
#define BLOCK 256

/* Takes the blocks of a source in order. */
typedef unmix_status (*um_take)(unmix_context *cx, void *state, size_t first, const um_block *block);

static unmix_status read_blocks(unmix_context *cx, const um_source *source, const char *path, um_take take, void *state)
{
    const size_t n = source->columns->count;
    const size_t at_once = source->preferred_block > BLOCK ? source->preferred_block : BLOCK;
    um_block block = {0};
    unmix_status status = UNMIX_OK;
    for (size_t first = 0; first < n && status == UNMIX_OK; first += at_once) {
        const size_t count = n - first < at_once ? n - first : at_once;
        status = um_progress(cx, (double)first / (double)n, "writing %s", path);
        if (status == UNMIX_OK)
            status = um_source_read(cx, source, first, count, &block);
        if (status == UNMIX_OK)
            status = take(cx, state, first, &block);
    }
    um_block_clear(&block);
    return status;
}

/* ---- First reading: how large X is, and what its numbers are ---- */

typedef struct shape {
    double *start; /* observations + 1: values before each */
    int whole;     /* all are whole and below 2^31 */
    int single;    /* all are float32 */
} shape;

static unmix_status measure(unmix_context *cx, void *state, size_t first, const um_block *block)
{
    shape *const x = state;
    (void)cx;
    for (size_t c = 0; c < block->count; c++)
        x->start[first + c + 1] = x->start[first + c] + (double)(block->start[c + 1] - block->start[c]);
    for (size_t i = 0; i < block->start[block->count]; i++) {
        const double value = block->value[i];
        if (!(value == trunc(value) && fabs(value) <= INT32_MAX))
            x->whole = 0;
        if (!isnan(value) && !(fabs(value) <= FLT_MAX && (double)(float)value == value))
            x->single = 0;
    }
    return UNMIX_OK;
}

static um_stored smallest(const shape *x)
{
    if (x->whole)
        return UM_STORED_WHOLE;
    return x->single ? UM_STORED_SINGLE : UM_STORED_DOUBLE;
}

/* ---- Second reading: the values ---- */

/* A value of an observation. */
typedef struct stored {
    double row; /* the variable; HDF5 makes an integer of it */
    double value;
} stored;

typedef struct filling {
    um_writer *writer;
    const shape *x;
    um_node data, indices;
    stored *entry; /* of a block */
    size_t entry_capacity;
    double *part; /* of the entries: what goes into one dataset */
    size_t part_capacity;
} filling;

static int by_row(const void *a, const void *b)
{
    const double x = ((const stored *)a)->row, y = ((const stored *)b)->row;
    return x < y ? -1 : x > y;
}

/* The entries of a block, those of an observation with ascending variables as AnnData likes them. */
static void take_entries(stored *entry, const um_block *block)
{
    for (size_t c = 0; c < block->count; c++) {
        const size_t start = block->start[c], end = block->start[c + 1];
        int ascending = 1;
        for (size_t i = start; i < end; i++) {
            entry[i] = (stored){(double)block->row[i], block->value[i]};
            ascending = ascending && (i == start || block->row[i - 1] < block->row[i]);
        }
        if (!ascending)
            qsort(entry + start, end - start, sizeof *entry, by_row);
    }
}

static unmix_status fill(unmix_context *cx, void *state, size_t first, const um_block *block)
{
    filling *const f = state;
    const size_t before = (size_t)f->x->start[first], count = block->start[block->count];
    if (f->x->start[first + block->count] != (double)(before + count))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the data has changed while it was copied", f->writer->path);
    UM_TRY(UM_GROW(cx, &f->entry, &f->entry_capacity, count, "block of columns"));
    UM_TRY(UM_GROW(cx, &f->part, &f->part_capacity, count, "block of columns"));
    take_entries(f->entry, block);
    for (size_t i = 0; i < count; i++)
        f->part[i] = f->entry[i].value;
    um_put_part(f->writer, f->data, "data", before, count, f->part);
    for (size_t i = 0; i < count; i++)
        f->part[i] = f->entry[i].row;
    um_put_part(f->writer, f->indices, "indices", before, count, f->part);
    return f->writer->status;
}

static void put_x(um_writer *writer, const um_source *source, const shape *x)
{
    const size_t n = source->columns->count, count = (size_t)x->start[n];
    const um_node group = um_h5ad_put_group(writer, writer->store.root, "X", "csr_matrix", "0.1.0");
    um_put_attribute_pair(writer, group, "shape", n, source->rows->count);
    filling f = {.writer = writer, .x = x};
    f.data = um_begin_numbers(writer, group, "data", smallest(x), count, 0);
    f.indices = um_begin_numbers(writer, group, "indices", UM_STORED_WHOLE, count, 0);
    if (writer->status == UNMIX_OK)
        writer->status = read_blocks(writer->cx, source, writer->path, fill, &f);
    um_h5ad_put_encoding(writer, f.data, "array", "0.2.0");
    um_h5ad_put_encoding(writer, f.indices, "array", "0.2.0");
    um_node_release(f.data);
    um_node_release(f.indices);
    um_node_release(um_h5ad_put_array(writer, group, "indptr", UM_INTEGER, n + 1, 0, x->start));
    um_node_release(group);
    free(f.entry);
    free(f.part);
}

/* ---- The file ---- */

static unmix_status write_file(unmix_context *cx, const um_source *source, const shape *x, const um_annotated *all,
                               const um_output *output)
{
    um_writer writer;
    um_store_write(&writer, cx, output->path, output->temporary);
    put_x(&writer, source, x);
    um_h5ad_put_result(&writer, all);
    const unmix_status status = um_writer_finish(&writer);
    return status;
}

/* The additions with the names of the source and the further names of its genes in front. */
static unmix_status complete(unmix_context *cx, const um_source *source, const um_names *gene_ids,
                             const um_annotated *added, um_annotated *all, um_column **columns)
{
    *all = *added;
    all->obs = source->columns;
    all->var = source->rows;
    if (added->x)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: a matrix X cannot be added", source->origin);
    if (!gene_ids)
        return UNMIX_OK;
    UM_TRY(UM_ALLOC(cx, columns, added->n_var_columns + 1, "columns"));
    (*columns)[0] = (um_column){"gene_ids", UM_TEXT, NULL, gene_ids};
    for (size_t i = 0; i < added->n_var_columns; i++)
        (*columns)[i + 1] = added->var_columns[i];
    all->var_columns = *columns;
    all->n_var_columns = added->n_var_columns + 1;
    return UNMIX_OK;
}

unmix_status um_h5ad_create(unmix_context *cx, const um_source *source, const um_names *gene_ids,
                            const um_annotated *added, const char *output, int overwrite)
{
    um_output out = {0};
    um_annotated all;
    um_column *columns = NULL;
    shape x = {.whole = 1, .single = 1};
    UM_TRY(um_output_begin(cx, &out, output, overwrite));
    unmix_status status = complete(cx, source, gene_ids, added, &all, &columns);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &x.start, source->columns->count + 1, "columns");
    if (status == UNMIX_OK)
        status = read_blocks(cx, source, output, measure, &x);
    if (status == UNMIX_OK)
        status = write_file(cx, source, &x, &all, &out);
    if (status == UNMIX_OK)
        status = um_output_commit(cx, &out);
    um_output_abandon(&out);
    free(x.start);
    free(columns);
    return status;
}
