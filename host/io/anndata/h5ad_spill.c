#include "io/anndata/h5ad_spill.h"

#include <stdlib.h>

#include "core/memory.h"

/* Rows that are written together: about this many bytes of doubles. */
#define BLOCK_BYTES ((size_t)8 << 20)

static size_t rows_at_once(const um_spill *spill)
{
    const size_t rows = BLOCK_BYTES / sizeof(double) / spill->columns;
    return rows ? rows : 1;
}

static um_stored smallest(const um_spill *spill)
{
    return spill->whole && spill->largest <= INT32_MAX ? UM_STORED_WHOLE : UM_STORED_DOUBLE;
}

/* Rows first .. first+count into values, unless the writer has failed. */
static void read_rows(um_writer *writer, um_spill *spill, size_t first, size_t count, double *values)
{
    if (writer->status == UNMIX_OK)
        writer->status = um_progress(writer->cx, (double)first / (double)spill->rows, "writing %s", writer->path);
    if (writer->status == UNMIX_OK)
        writer->status = um_spill_read_rows(writer->cx, spill, first, count, values);
}

static void put_dense(um_writer *writer, um_node parent, const char *name, um_stored number, um_spill *spill)
{
    const size_t rows = spill->rows, at_once = rows_at_once(spill);
    double *values = NULL;
    const um_node dataset = um_begin_numbers(writer, parent, name, number, rows, spill->columns);
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &values, um_product_size(at_once, spill->columns, 1), "rows");
    for (size_t first = 0; first < rows && writer->status == UNMIX_OK; first += at_once) {
        const size_t count = rows - first < at_once ? rows - first : at_once;
        read_rows(writer, spill, first, count, values);
        um_put_part(writer, dataset, name, first, count, values);
    }
    um_h5ad_put_encoding(writer, dataset, "array", "0.2.0");
    um_node_release(dataset);
    free(values);
}

/* The non-zeros of some rows. HDF5 turns the doubles into the integers that are stored. */
typedef struct sparse {
    double *values;  /* rows as they are */
    double *data;
    double *indices;
    double *pointer; /* rows + 1 of the whole matrix */
    size_t used;     /* non-zeros before these rows */
} sparse;

static unmix_status open_sparse(unmix_context *cx, const um_spill *spill, sparse *s)
{
    const size_t most = um_product_size(rows_at_once(spill), spill->columns, 1);
    UM_TRY(UM_ALLOC(cx, &s->values, most, "rows"));
    UM_TRY(UM_ALLOC(cx, &s->data, most, "rows"));
    UM_TRY(UM_ALLOC(cx, &s->indices, most, "rows"));
    return UM_ALLOC(cx, &s->pointer, spill->rows + 1, "rows");
}

static size_t compact(sparse *s, size_t first, size_t count, size_t columns)
{
    size_t n = 0;
    for (size_t r = 0; r < count; r++) {
        for (size_t c = 0; c < columns; c++) {
            const double value = s->values[r * columns + c];
            if (value == 0.0)
                continue;
            s->data[n] = value;
            s->indices[n++] = (double)c;
        }
        s->pointer[first + r + 1] = (double)(s->used + n);
    }
    return n;
}

static void put_sparse_rows(um_writer *writer, um_node group, um_spill *spill, sparse *s)
{
    const size_t rows = spill->rows, at_once = rows_at_once(spill);
    const um_node data = um_begin_numbers(writer, group, "data", smallest(spill), spill->nonzero, 0);
    const um_node indices = um_begin_numbers(writer, group, "indices", UM_STORED_WHOLE, spill->nonzero, 0);
    for (size_t first = 0; first < rows && writer->status == UNMIX_OK; first += at_once) {
        const size_t count = rows - first < at_once ? rows - first : at_once;
        read_rows(writer, spill, first, count, s->values);
        const size_t n = compact(s, first, count, spill->columns);
        um_put_part(writer, data, "data", s->used, n, s->data);
        um_put_part(writer, indices, "indices", s->used, n, s->indices);
        s->used += n;
    }
    um_h5ad_put_encoding(writer, data, "array", "0.2.0");
    um_h5ad_put_encoding(writer, indices, "array", "0.2.0");
    um_node_release(data);
    um_node_release(indices);
    um_node_release(um_h5ad_put_array(writer, group, "indptr", UM_INTEGER, rows + 1, 0, s->pointer));
}

static void put_sparse(um_writer *writer, um_node parent, const char *name, um_spill *spill)
{
    sparse s = {0};
    const um_node group = um_h5ad_put_group(writer, parent, name, "csr_matrix", "0.1.0");
    um_put_attribute_pair(writer, group, "shape", spill->rows, spill->columns);
    if (writer->status == UNMIX_OK)
        writer->status = open_sparse(writer->cx, spill, &s);
    if (writer->status == UNMIX_OK)
        put_sparse_rows(writer, group, spill, &s);
    um_node_release(group);
    free(s.values);
    free(s.data);
    free(s.indices);
    free(s.pointer);
}

void um_h5ad_put_reals(um_writer *writer, um_node parent, const char *name, um_spill *spill)
{
    put_dense(writer, parent, name, UM_STORED_DOUBLE, spill);
}

void um_h5ad_put_counts(um_writer *writer, um_node parent, const char *name, um_spill *spill)
{
    if (writer->status != UNMIX_OK)
        return;
    if (spill->nonzero <= um_product_size(spill->rows, spill->columns, 1) / 2)
        put_sparse(writer, parent, name, spill);
    else
        put_dense(writer, parent, name, smallest(spill), spill);
}
