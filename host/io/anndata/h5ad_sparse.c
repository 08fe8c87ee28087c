/* CSR and CSC matrices of AnnData files. CSR is read by observation; CSC is read whole and turned. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "core/sparse.h"
#include "io/anndata/h5ad_parts.h"

#define BLOCK_BYTES ((size_t)4 << 20)
#define CACHE_MOST ((size_t)128 << 20)

/* ---- The three datasets ---- */

static unmix_status check_shape(unmix_context *cx, const um_h5ad_matrix *matrix)
{
    int64_t shape[2] = {0, 0};
    int found = 0;
    UM_TRY(um_node_attribute_pair(cx, matrix->object, "shape", shape, &found));
    if (!found)
        UM_TRY(um_node_attribute_pair(cx, matrix->object, "h5sparse_shape", shape, &found));
    const um_place place = um_node_place(matrix->object);
    if (!found)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has no attribute 'shape'; the file is not complete",
                       matrix->object.store->path, place.text);
    if (shape[0] >= 0 && shape[1] >= 0 && (uint64_t)shape[0] == matrix->obs->count &&
        (uint64_t)shape[1] == matrix->var->count)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: '%s' is %" PRId64 " x %" PRId64 ", but there are %zu observations and %zu variables",
                   matrix->object.store->path, place.text, shape[0], shape[1], matrix->obs->count, matrix->var->count);
}

/* Reads indptr and checks that it begins with 0, never falls and ends within the `stored` values. */
static unmix_status read_pointers(unmix_context *cx, const um_h5ad_matrix *matrix, size_t lines, size_t stored,
                                  int64_t **pointers)
{
    um_node dataset = UM_NO_NODE;
    size_t length = 0;
    UM_TRY(um_node_find_array(cx, matrix->object, "indptr", &dataset));
    const um_place place = um_node_place(dataset);
    unmix_status status = um_node_length(cx, dataset, &length);
    if (status == UNMIX_OK && length != lines + 1)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu elements; %zu are expected", matrix->object.store->path,
                         place.text, length, lines + 1);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, pointers, length, "sparse matrix");
    if (status == UNMIX_OK)
        status = um_node_read_integers(cx, dataset, NULL, NULL, *pointers);
    um_node_release(dataset);
    for (size_t i = 0; i < length && status == UNMIX_OK; i++) {
        const int64_t before = i ? (*pointers)[i - 1] : 0;
        const int64_t now = (*pointers)[i];
        if (now < before || (i == 0 && now != 0) || (uint64_t)now > stored)
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                             "%s: '%s': element %zu is %" PRId64 " after %" PRId64
                             ", with %zu values; they must begin with 0, never fall and not exceed the values",
                             matrix->object.store->path, place.text, i + 1, now, before, stored);
    }
    return status;
}

/* A dataset whose chunks are larger than HDF5's own cache is expanded again for every block without a larger one. */
static unmix_status open_values(unmix_context *cx, const um_h5ad_matrix *matrix, const char *name, um_node *dataset,
                                size_t *length)
{
    UM_TRY(um_node_find_array(cx, matrix->object, name, dataset));
    UM_TRY(um_node_length(cx, *dataset, length));
    size_t chunk[2];
    um_node_chunk(*dataset, chunk);
    const size_t bytes = um_product_size((size_t)chunk[0], sizeof(double), 1);
    if (bytes <= (size_t)1 << 20 || bytes > CACHE_MOST)
        return UNMIX_OK;
    return um_node_keep_chunks(cx, dataset, bytes);
}

static unmix_status refuse_index(unmix_context *cx, const um_h5ad_matrix *matrix, int64_t position, int64_t index,
                                 size_t limit, const char *kind)
{
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s/indices': element %" PRId64 " is %" PRId64 ", but there are %zu %s",
                   matrix->object.store->path, um_node_place(matrix->object).text, position + 1, index, limit, kind);
}

static unmix_status read_piece(unmix_context *cx, const um_h5ad_matrix *matrix, int64_t first, size_t count,
                               double *values)
{
    const um_part part = {{(size_t)first, 0}, {count, 1}};
    UM_TRY(um_node_read_integers(cx, matrix->indices, NULL, &part, matrix->index_piece));
    if (values)
        UM_TRY(um_node_read_doubles(cx, matrix->data, NULL, &part, values));
    return um_progress(cx, -1.0, "reading %s", matrix->object.store->path);
}

static size_t piece_size(int64_t first, int64_t end)
{
    return (uint64_t)(end - first) < UM_STORE_PIECE ? (size_t)(end - first) : UM_STORE_PIECE;
}

/* ---- CSC: the whole matrix turned into observations ---- */

/* start[i + 1] becomes the number of values of observation i, and then where they end. */
static unmix_status count_by_observation(unmix_context *cx, um_h5ad_matrix *matrix, int64_t stored)
{
    const size_t n_obs = matrix->obs->count;
    UM_TRY(UM_ALLOC(cx, &matrix->start, n_obs + 1, "sparse matrix"));
    for (int64_t first = 0; first < stored; first += (int64_t)UM_STORE_PIECE) {
        const size_t now = piece_size(first, stored);
        UM_TRY(read_piece(cx, matrix, first, now, NULL));
        for (size_t i = 0; i < now; i++) {
            const int64_t obs = matrix->index_piece[i];
            if (obs < 0 || (uint64_t)obs >= n_obs)
                return refuse_index(cx, matrix, first + (int64_t)i, obs, n_obs, "observations");
            matrix->start[obs + 1]++;
        }
    }
    for (size_t i = 0; i < n_obs; i++)
        matrix->start[i + 1] += matrix->start[i];
    return UNMIX_OK;
}

static unmix_status place_values(unmix_context *cx, um_h5ad_matrix *matrix, const int64_t *by_variable, int64_t *next,
                                 double *values)
{
    const int64_t stored = by_variable[matrix->var->count];
    size_t var = 0;
    for (int64_t first = 0; first < stored; first += (int64_t)UM_STORE_PIECE) {
        const size_t now = piece_size(first, stored);
        UM_TRY(read_piece(cx, matrix, first, now, values));
        for (size_t i = 0; i < now; i++) {
            while (by_variable[var + 1] <= first + (int64_t)i)
                var++;
            const size_t to = (size_t)next[matrix->index_piece[i]]++;
            matrix->turned.row[to] = (uint32_t)var;
            matrix->turned.value[to] = values[i];
        }
    }
    return UNMIX_OK;
}

static unmix_status turn(unmix_context *cx, um_h5ad_matrix *matrix, const int64_t *by_variable)
{
    const size_t n_obs = matrix->obs->count;
    const int64_t stored = by_variable[matrix->var->count];
    UM_TRY(count_by_observation(cx, matrix, stored));
    UM_TRY(um_block_reserve(cx, &matrix->turned, 0, (size_t)stored));
    int64_t *next = NULL;
    double *values = NULL;
    unmix_status status = UM_ALLOC(cx, &next, n_obs, "sparse matrix");
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &values, UM_STORE_PIECE, "sparse matrix");
    if (status == UNMIX_OK) {
        memcpy(next, matrix->start, n_obs * sizeof *next);
        status = place_values(cx, matrix, by_variable, next, values);
    }
    free(values);
    free(next);
    return status;
}

/* ---- Opening ---- */

static void choose_block(um_h5ad_matrix *matrix)
{
    const size_t stored = (size_t)matrix->start[matrix->obs->count];
    const size_t one = (stored / matrix->obs->count + 1) * (sizeof(uint32_t) + sizeof(double));
    matrix->preferred_block = BLOCK_BYTES / one ? BLOCK_BYTES / one : 1;
}

unmix_status um_h5ad_sparse_open(unmix_context *cx, um_h5ad_matrix *matrix)
{
    UM_TRY(check_shape(cx, matrix));
    return um_h5ad_stored_open(cx, matrix);
}

unmix_status um_h5ad_stored_open(unmix_context *cx, um_h5ad_matrix *matrix)
{
    size_t stored = 0, n_indices = 0;
    UM_TRY(open_values(cx, matrix, "data", &matrix->data, &stored));
    UM_TRY(open_values(cx, matrix, "indices", &matrix->indices, &n_indices));
    if (stored != n_indices)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu values and %zu indices; the file is damaged",
                       matrix->object.store->path, um_node_place(matrix->object).text, stored, n_indices);
    UM_TRY(UM_ALLOC(cx, &matrix->index_piece, UM_STORE_PIECE, "sparse matrix"));
    if (matrix->encoding == UM_ENCODING_CSR) {
        UM_TRY(read_pointers(cx, matrix, matrix->obs->count, stored, &matrix->start));
    } else {
        int64_t *by_variable = NULL;
        unmix_status status = read_pointers(cx, matrix, matrix->var->count, stored, &by_variable);
        if (status == UNMIX_OK)
            status = turn(cx, matrix, by_variable);
        free(by_variable);
        UM_TRY(status);
    }
    choose_block(matrix);
    return UNMIX_OK;
}

/* ---- Reading ---- */

/* The values of the observations as they are stored, one observation after another. */
static unmix_status read_stored(unmix_context *cx, um_h5ad_matrix *matrix, int64_t from, int64_t end, um_block *block)
{
    if (matrix->encoding == UM_ENCODING_CSC) {
        memcpy(block->row, matrix->turned.row + from, (size_t)(end - from) * sizeof *block->row);
        memcpy(block->value, matrix->turned.value + from, (size_t)(end - from) * sizeof *block->value);
        return UNMIX_OK;
    }
    const size_t n_var = matrix->var->count;
    for (int64_t first = from; first < end; first += (int64_t)UM_STORE_PIECE) {
        const size_t now = piece_size(first, end);
        uint32_t *row = block->row + (first - from);
        UM_TRY(read_piece(cx, matrix, first, now, block->value + (first - from)));
        for (size_t i = 0; i < now; i++) {
            const int64_t var = matrix->index_piece[i];
            if (var < 0 || (uint64_t)var >= n_var)
                return refuse_index(cx, matrix, first + (int64_t)i, var, n_var, "variables");
            row[i] = (uint32_t)var;
        }
    }
    return UNMIX_OK;
}

/* Sorts one observation and adds up what is stored for the same variable. Returns what is left. */
static unmix_status sort_and_add(unmix_context *cx, um_h5ad_matrix *matrix, uint32_t *row, double *value, size_t *count)
{
    if (!matrix->sum)
        UM_TRY(UM_ALLOC(cx, &matrix->sum, matrix->var->count, "sparse matrix"));
    um_add_up_repeated(row, value, count, matrix->sum);
    return UNMIX_OK;
}

/* Checks, orders and packs one observation that lies at block[from .. from+stored) to the end of the packed ones. */
static unmix_status pack(unmix_context *cx, um_h5ad_matrix *matrix, size_t obs, size_t from, size_t stored,
                         size_t *used, um_block *block)
{
    uint32_t *row = block->row + from;
    double *value = block->value + from;
    int ascending = 1;
    for (size_t i = 0; i < stored; i++) {
        if (!(value[i] >= 0.0 && value[i] < 1e300))
            UM_TRY(um_h5ad_check_value(cx, matrix, obs, row[i], value[i]));
        ascending &= !i || row[i] > row[i - 1];
    }
    if (!ascending)
        UM_TRY(sort_and_add(cx, matrix, row, value, &stored));
    for (size_t i = 0; i < stored; i++) {
        if (value[i] == 0.0)
            continue;
        block->row[*used] = row[i];
        block->value[(*used)++] = value[i];
    }
    return UNMIX_OK;
}

unmix_status um_h5ad_sparse_read(unmix_context *cx, um_h5ad_matrix *matrix, size_t first, size_t count, um_block *block)
{
    const int64_t *start = matrix->start + first;
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(um_block_reserve(cx, block, 0, (size_t)(start[count] - start[0])));
    UM_TRY(read_stored(cx, matrix, start[0], start[count], block));
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        UM_TRY(pack(cx, matrix, first + i, (size_t)(start[i] - start[0]), (size_t)(start[i + 1] - start[i]), &used,
                    block));
        block->start[i + 1] = used;
    }
    return UNMIX_OK;
}
