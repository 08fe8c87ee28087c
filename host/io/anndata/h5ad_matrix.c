/* Matrices of observations x variables: which kind they are. */
#include <stdlib.h>

#include "io/anndata/h5ad_parts.h"

static unmix_status open_kind(unmix_context *cx, um_h5ad_matrix *matrix)
{
    const um_place place = um_node_place(matrix->object);
    if (!matrix->obs->count || !matrix->var->count || matrix->var->count > UINT32_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is %zu observations x %zu variables; %s", matrix->object.store->path,
                       place.text, matrix->obs->count, matrix->var->count,
                       matrix->var->count > UINT32_MAX ? "that is too large" : "there is nothing to read");
    UM_TRY(um_h5ad_encoding(cx, matrix->object, &matrix->encoding));
    switch (matrix->encoding) {
    case UM_ENCODING_ARRAY:
        return um_h5ad_dense_open(cx, matrix);
    case UM_ENCODING_CSR:
    case UM_ENCODING_CSC:
        return um_h5ad_sparse_open(cx, matrix);
    case UM_ENCODING_NULL:
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is empty (encoding 'null')", matrix->object.store->path, place.text);
    default:
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is not a matrix; an array, csr_matrix or csc_matrix is needed",
                       matrix->object.store->path, place.text);
    }
}

unmix_status um_h5ad_matrix_open(unmix_context *cx, um_node object, const um_names *obs,
                                 const um_names *var, um_h5ad_matrix *matrix)
{
    *matrix = UM_H5AD_NO_MATRIX;
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
    um_node_release(matrix->data);
    um_node_release(matrix->indices);
    um_node_release(matrix->object);
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
        return UM_FAIL(cx, UNMIX_ERROR_INTERNAL, "%s: observations %zu to %zu of %zu", matrix->object.store->path, first,
                       first + count, matrix->obs->count);
    return matrix->encoding == UM_ENCODING_ARRAY ? um_h5ad_dense_read(cx, matrix, first, count, block)
                                                 : um_h5ad_sparse_read(cx, matrix, first, count, block);
}
