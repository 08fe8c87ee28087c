/* obsm: frames and arrays that belong to the observations, for example the proportions of a result. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_parts.h"

static unmix_status check_rows(unmix_context *cx, um_node object, size_t got, size_t n_obs)
{
    if (got == n_obs)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu rows, not %zu", object.store->path,
                   um_node_place(object).text, got, n_obs);
}

/* ---- Arrays ---- */

static unmix_status read_array(unmix_context *cx, um_node dataset, um_matrix *matrix)
{
    int rank = 0;
    size_t extent[2];
    UM_TRY(um_node_shape(cx, dataset, &rank, extent));
    UM_TRY(check_rows(cx, dataset, (size_t)extent[0], matrix->rows.count));
    for (size_t i = 0; i < (size_t)extent[1]; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "%zu", i);
        UM_TRY(um_names_add(cx, &matrix->columns, name, strlen(name)));
    }
    UM_TRY(um_matrix_allocate(cx, matrix));
    return um_node_read_doubles(cx, dataset, NULL, NULL, matrix->values);
}

/* ---- Frames ---- */

static unmix_status read_numbers(unmix_context *cx, um_node dataset, size_t n_obs, double *values)
{
    size_t length = 0;
    UM_TRY(um_node_length(cx, dataset, &length));
    UM_TRY(check_rows(cx, dataset, length, n_obs));
    return length ? um_node_read_doubles(cx, dataset, NULL, NULL, values) : UNMIX_OK;
}

/* Nullable integers or booleans; what is missing becomes NaN. */
static unmix_status read_nullable(unmix_context *cx, um_node group, size_t n_obs, double *values)
{
    um_node members[2] = {UM_NO_NODE, UM_NO_NODE};
    double *mask = NULL;
    unmix_status status = UM_ALLOC(cx, &mask, n_obs, "mask");
    if (status == UNMIX_OK)
        status = um_node_find_array(cx, group, "values", &members[0]);
    if (status == UNMIX_OK)
        status = um_node_find_array(cx, group, "mask", &members[1]);
    if (status == UNMIX_OK)
        status = read_numbers(cx, members[0], n_obs, values);
    if (status == UNMIX_OK)
        status = read_numbers(cx, members[1], n_obs, mask);
    for (size_t i = 0; i < n_obs && status == UNMIX_OK; i++)
        if (mask[i] != 0.0)
            values[i] = NAN;
    um_node_release(members[1]);
    um_node_release(members[0]);
    free(mask);
    return status;
}

unmix_status um_h5ad_read_reals(unmix_context *cx, um_node object, size_t n_obs, double *values)
{
    um_encoding encoding;
    UM_TRY(um_h5ad_encoding(cx, object, &encoding));
    if (encoding == UM_ENCODING_ARRAY)
        return read_numbers(cx, object, n_obs, values);
    if (encoding == UM_ENCODING_NULLABLE)
        return read_nullable(cx, object, n_obs, values);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' does not hold numbers", object.store->path, um_node_place(object).text);
}

/* The name of a column: unmix keeps one that cannot be a member's name (with '/') in an attribute. */
static unmix_status add_name(unmix_context *cx, um_node object, const char *member,
                             um_names *names)
{
    char name[4096];
    UM_TRY(um_node_attribute_text(cx, object, "unmix-name", name, sizeof name));
    const char *chosen = name[0] ? name : member;
    return um_names_add(cx, names, chosen, strlen(chosen));
}

static unmix_status take_column(unmix_context *cx, um_node frame, const char *member,
                                double *values, um_matrix *matrix)
{
    um_node object = UM_NO_NODE;
    UM_TRY(um_node_find(cx, frame, member, &object));
    unmix_status status = add_name(cx, object, member, &matrix->columns);
    if (status == UNMIX_OK)
        status = um_h5ad_read_reals(cx, object, matrix->rows.count, values);
    um_node_release(object);
    return status;
}

static unmix_status read_frame(unmix_context *cx, um_node frame, const um_names *columns,
                               um_matrix *matrix)
{
    const size_t n_obs = matrix->rows.count;
    double *values = NULL;
    UM_TRY(UM_ALLOC(cx, &matrix->values, um_product_size(n_obs, columns->count, 1), "frame"));
    UM_TRY(UM_ALLOC(cx, &values, n_obs, "column"));
    unmix_status status = UNMIX_OK;
    for (size_t c = 0; c < columns->count && status == UNMIX_OK; c++) {
        status = take_column(cx, frame, um_name(columns, c), values, matrix);
        for (size_t r = 0; r < n_obs && status == UNMIX_OK; r++)
            matrix->values[r * columns->count + c] = values[r];
    }
    free(values);
    return status;
}

static unmix_status read_element(unmix_context *cx, um_node object, um_matrix *matrix)
{
    um_encoding encoding;
    UM_TRY(um_h5ad_encoding(cx, object, &encoding));
    if (encoding == UM_ENCODING_ARRAY)
        return read_array(cx, object, matrix);
    if (encoding != UM_ENCODING_FRAME)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is neither a data frame nor an array", object.store->path,
                       um_node_place(object).text);
    um_names columns = {0};
    unmix_status status = um_h5ad_columns(cx, object, &columns);
    if (status == UNMIX_OK)
        status = read_frame(cx, object, &columns, matrix);
    um_names_clear(&columns);
    return status;
}

/* ---- The file ---- */

static unmix_status refuse_name(unmix_context *cx, const um_store *store, um_node obsm, const char *name)
{
    um_names members = {0};
    unmix_status status = UNMIX_OK;
    if (um_node_is_group(obsm))
        status = um_node_members(cx, obsm, &members);
    char list[400];
    if (status == UNMIX_OK)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no 'obsm/%s'; there are: %s", store->path, name,
                         um_list_names(&members, 20, list, sizeof list));
    um_names_clear(&members);
    return status;
}

static unmix_status read_obs(unmix_context *cx, const um_store *store, um_names *names)
{
    um_node obs = UM_NO_NODE;
    UM_TRY(um_node_find(cx, store->root, "obs", &obs));
    const unmix_status status = um_h5ad_read_index(cx, obs, names);
    um_node_release(obs);
    return status;
}

static unmix_status read_obsm(unmix_context *cx, const um_store *store, const char *name, um_matrix *matrix)
{
    UM_TRY(um_matrix_set_origin(cx, matrix, store->path));
    UM_TRY(read_obs(cx, store, &matrix->rows));
    if (!um_node_has(store->root, "obsm"))
        return refuse_name(cx, store, UM_NO_NODE, name);
    um_node obsm = UM_NO_NODE, object = UM_NO_NODE;
    UM_TRY(um_node_find(cx, store->root, "obsm", &obsm));
    unmix_status status = um_node_is_group(obsm) && um_node_has(obsm, name)
                              ? um_node_find(cx, obsm, name, &object)
                              : refuse_name(cx, store, obsm, name);
    if (status == UNMIX_OK)
        status = read_element(cx, object, matrix);
    um_node_release(object);
    um_node_release(obsm);
    return status;
}

unmix_status um_h5ad_read_obsm(unmix_context *cx, const char *path, const char *name, um_matrix *matrix)
{
    um_store store = {0};
    unmix_status status = um_h5ad_open(cx, path, &store);
    if (status == UNMIX_OK)
        status = read_obsm(cx, &store, name, matrix);
    if (status != UNMIX_OK)
        um_matrix_clear(matrix);
    um_store_close(&store);
    return status;
}
