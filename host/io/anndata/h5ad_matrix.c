/* Matrices of observations x variables: which kind, dense ones, and the rules that hold for all. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "io/anndata/h5ad_parts.h"

#define BLOCK_BYTES ((size_t)4 << 20)
#define CACHE_MOST ((size_t)256 << 20)

unmix_status um_h5ad_check_value(unmix_context *cx, const um_h5ad_matrix *matrix, size_t obs, size_t var, double value)
{
    if ((value >= 0.0 && isfinite(value)) || (matrix->missing && isnan(value)))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: '%s': observation '%s', variable '%s': %g is %s; counts must be finite and 0 or more%s",
                   matrix->file->path, um_h5_place_of(matrix->object).text, um_name(matrix->obs, obs),
                   um_name(matrix->var, var), value, isfinite(value) ? "negative" : "not finite",
                   isfinite(value) ? " (is the matrix scaled? use the raw one or a layer of counts)"
                   : isnan(value)  ? " (gene programs can do with missing values: --missing)"
                                   : "");
}

/* ---- Dense ---- */

static size_t at_least_one(size_t count)
{
    return count ? count : 1;
}

static unmix_status open_dense(unmix_context *cx, um_h5ad_matrix *matrix)
{
    const size_t n_var = matrix->var->count;
    int rank = 0;
    hsize_t extent[2];
    UM_TRY(um_h5_extent(cx, matrix->file, matrix->object, &rank, extent));
    if (rank != 2 || extent[0] != matrix->obs->count || extent[1] != n_var)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: '%s' is %llu x %llu, but there are %zu observations and %zu variables", matrix->file->path,
                       um_h5_place_of(matrix->object).text, (unsigned long long)extent[0],
                       (unsigned long long)extent[1], matrix->obs->count, n_var);
    matrix->preferred_block = at_least_one(BLOCK_BYTES / sizeof(double) / n_var);
    hsize_t chunk[2];
    um_h5_chunk(matrix->object, chunk);
    if (!chunk[0] || !chunk[1])
        return UNMIX_OK;
    const size_t rows = (size_t)chunk[0];
    matrix->preferred_block = (matrix->preferred_block + rows - 1) / rows * rows;
    /* One row of chunks serves the reads that fall into it. Doubles bound what an element takes. */
    const size_t across = (n_var + (size_t)chunk[1] - 1) / (size_t)chunk[1];
    size_t bytes = um_product_size(um_product_size(across, (size_t)chunk[1], sizeof(double)), rows, 1);
    bytes = bytes > CACHE_MOST ? CACHE_MOST : bytes;
    return bytes > (size_t)1 << 20 ? um_h5_set_cache(cx, matrix->file, &matrix->object, bytes) : UNMIX_OK;
}

static unmix_status add_dense_row(unmix_context *cx, const um_h5ad_matrix *matrix, size_t obs, const double *values,
                                  size_t *used, um_block *block)
{
    const size_t n_var = matrix->var->count;
    UM_TRY(um_block_reserve(cx, block, *used, n_var));
    uint32_t *const row = block->row + *used;
    double *const value = block->value + *used;
    size_t kept = 0;
    for (size_t v = 0; v < n_var; v++) {
        if (!(values[v] >= 0.0 && values[v] < 1e300)) /* in line, because there are so many */
            UM_TRY(um_h5ad_check_value(cx, matrix, obs, v, values[v]));
        row[kept] = (uint32_t)v;
        value[kept] = values[v];
        kept += values[v] != 0.0;
    }
    *used += kept;
    return UNMIX_OK;
}

static unmix_status read_dense(unmix_context *cx, um_h5ad_matrix *matrix, size_t first, size_t count, um_block *block)
{
    const size_t n_var = matrix->var->count;
    const size_t together = at_least_one(UM_H5_PIECE / n_var);
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(UM_GROW(cx, &matrix->dense, &matrix->dense_capacity, um_product_size(together, n_var, 1), "dense rows"));
    size_t used = 0;
    for (size_t done = 0; done < count; done += together) {
        const size_t now = count - done < together ? count - done : together;
        const um_h5_part part = {{first + done, 0}, {now, n_var}};
        UM_TRY(um_h5_read_doubles(cx, matrix->file, matrix->object, NULL, &part, matrix->dense));
        for (size_t i = 0; i < now; i++) {
            UM_TRY(add_dense_row(cx, matrix, first + done + i, matrix->dense + i * n_var, &used, block));
            block->start[done + i + 1] = used;
        }
        UM_TRY(um_progress(cx, -1.0, "reading %s", matrix->file->path));
    }
    return UNMIX_OK;
}

/* ---- All kinds ---- */

static unmix_status open_kind(unmix_context *cx, um_h5ad_matrix *matrix)
{
    const um_h5_place place = um_h5_place_of(matrix->object);
    if (!matrix->obs->count || !matrix->var->count || matrix->var->count > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is %zu observations x %zu variables; %s", matrix->file->path,
                       place.text, matrix->obs->count, matrix->var->count,
                       matrix->var->count > UINT32_MAX ? "that is too large" : "there is nothing to read");
    UM_TRY(um_h5ad_encoding(cx, matrix->file, matrix->object, &matrix->encoding));
    switch (matrix->encoding) {
    case UM_ENCODING_ARRAY:
        return open_dense(cx, matrix);
    case UM_ENCODING_CSR:
    case UM_ENCODING_CSC:
        return um_h5ad_sparse_open(cx, matrix);
    case UM_ENCODING_NULL:
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is empty (encoding 'null')", matrix->file->path, place.text);
    default:
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is not a matrix; an array, csr_matrix or csc_matrix is needed",
                       matrix->file->path, place.text);
    }
}

unmix_status um_h5ad_matrix_open(unmix_context *cx, const um_h5_file *file, hid_t object, const um_names *obs,
                                 const um_names *var, um_h5ad_matrix *matrix)
{
    *matrix = UM_H5AD_NO_MATRIX;
    matrix->file = file;
    matrix->object = object;
    matrix->obs = obs;
    matrix->var = var;
    const unmix_status status = open_kind(cx, matrix);
    if (status != UNMIX_OK)
        um_h5ad_matrix_close(matrix);
    return status;
}

void um_h5ad_matrix_close(um_h5ad_matrix *matrix)
{
    um_h5_release(matrix->data);
    um_h5_release(matrix->indices);
    um_h5_release(matrix->object);
    free(matrix->start);
    free(matrix->index_piece);
    free(matrix->dense);
    free(matrix->sum);
    um_block_clear(&matrix->turned);
    *matrix = UM_H5AD_NO_MATRIX;
}

unmix_status um_h5ad_matrix_read(unmix_context *cx, um_h5ad_matrix *matrix, size_t first, size_t count, um_block *block)
{
    if (first > matrix->obs->count || count > matrix->obs->count - first)
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: observations %zu to %zu of %zu", matrix->file->path, first,
                       first + count, matrix->obs->count);
    return matrix->encoding == UM_ENCODING_ARRAY ? read_dense(cx, matrix, first, count, block)
                                                 : um_h5ad_sparse_read(cx, matrix, first, count, block);
}
