/* Dense matrices of AnnData files, read by observation. */
#include "core/memory.h"
#include "core/order.h"
#include "io/anndata/h5ad_parts.h"

#define BLOCK_BYTES ((size_t)4 << 20)
#define CACHE_MOST ((size_t)256 << 20)

static size_t at_least_one(size_t count)
{
    return count ? count : 1;
}

unmix_status um_h5ad_dense_open(unmix_context *cx, um_h5ad_matrix *matrix)
{
    const size_t n_var = matrix->var->count;
    int rank = 0;
    size_t extent[2];
    UM_TRY(um_node_shape(cx, matrix->object, &rank, extent));
    if (rank != 2 || extent[0] != matrix->obs->count || extent[1] != n_var)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: '%s' is %llu x %llu, but there are %zu observations and %zu variables", matrix->object.store->path,
                       um_node_place(matrix->object).text, (unsigned long long)extent[0],
                       (unsigned long long)extent[1], matrix->obs->count, n_var);
    matrix->preferred_block = at_least_one(BLOCK_BYTES / sizeof(double) / n_var);
    size_t chunk[2];
    um_node_chunk(matrix->object, chunk);
    if (!chunk[0] || !chunk[1])
        return UNMIX_OK;
    const size_t rows = (size_t)chunk[0];
    matrix->preferred_block = um_round_up(matrix->preferred_block, rows);
    /* One row of chunks serves the reads that fall into it. Doubles bound what an element takes. */
    const size_t across = (n_var + (size_t)chunk[1] - 1) / (size_t)chunk[1];
    size_t bytes = um_product_size(um_product_size(across, (size_t)chunk[1], sizeof(double)), rows, 1);
    bytes = bytes > CACHE_MOST ? CACHE_MOST : bytes;
    return bytes > (size_t)1 << 20 ? um_node_keep_chunks(cx, &matrix->object, bytes) : UNMIX_OK;
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

unmix_status um_h5ad_dense_read(unmix_context *cx, um_h5ad_matrix *matrix, size_t first, size_t count, um_block *block)
{
    const size_t n_var = matrix->var->count;
    const size_t together = at_least_one(UM_STORE_PIECE / n_var);
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(UM_GROW(cx, &matrix->dense, &matrix->dense_capacity, um_product_size(together, n_var, 1), "dense rows"));
    size_t used = 0;
    for (size_t done = 0; done < count; done += together) {
        const size_t now = count - done < together ? count - done : together;
        const um_part part = {{first + done, 0}, {now, n_var}};
        UM_TRY(um_node_read_doubles(cx, matrix->object, NULL, &part, matrix->dense));
        for (size_t i = 0; i < now; i++) {
            UM_TRY(add_dense_row(cx, matrix, first + done + i, matrix->dense + i * n_var, &used, block));
            block->start[done + i + 1] = used;
        }
        UM_TRY(um_progress(cx, -1.0, "reading %s", matrix->object.store->path));
    }
    return UNMIX_OK;
}
