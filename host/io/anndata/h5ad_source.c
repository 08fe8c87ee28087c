/* Sources and matrices out of AnnData files. */
#include <stdio.h>
#include <string.h>

#include "core/listing.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_opened.h"

/* ---- Where the matrix lies ---- */

static unmix_status refuse_layer(unmix_context *cx, const um_store *store, const char *what)
{
    um_names layers = {0};
    unmix_status status = UNMIX_OK;
    if (um_node_has(store->root, "layers")) {
        um_node group = UM_NO_NODE;
        status = um_node_find(cx, store->root, "layers", &group);
        if (status == UNMIX_OK && um_node_is_group(group))
            status = um_node_members(cx, group, &layers);
        um_node_release(group);
    }
    if (status == UNMIX_OK) {
        char list[400];
        const int raw = um_node_has(store->root, "raw") || um_node_has(store->root, "raw.X");
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no %s; layers: %s%s", store->path, what,
                         um_list_names(&layers, 20, list, sizeof list), raw ? "; there is 'raw'" : "");
    }
    um_names_clear(&layers);
    return status;
}

/* raw: a group with X and var, or in files from before anndata 0.7 the members raw.X and raw.var. */
static unmix_status open_raw(unmix_context *cx, const um_store *store, um_node *object, um_node *var)
{
    if (um_node_has(store->root, "raw.X") && um_node_has(store->root, "raw.var")) {
        UM_TRY(um_node_find(cx, store->root, "raw.X", object));
        return um_node_find(cx, store->root, "raw.var", var);
    }
    if (!um_node_has(store->root, "raw"))
        return refuse_layer(cx, store, "'raw'");
    um_node raw = UM_NO_NODE;
    UM_TRY(um_node_find(cx, store->root, "raw", &raw));
    um_encoding encoding;
    unmix_status status = um_h5ad_encoding(cx, raw, &encoding);
    if (status == UNMIX_OK && encoding != UM_ENCODING_GROUP)
        status = refuse_layer(cx, store, "matrix in 'raw'");
    if (status == UNMIX_OK)
        status = um_node_find(cx, raw, "X", object);
    if (status == UNMIX_OK)
        status = um_node_find(cx, raw, "var", var);
    um_node_release(raw);
    return status;
}

static unmix_status open_layer(unmix_context *cx, const um_store *store, const char *layer, um_node *object)
{
    if (!layer || strcmp(layer, "X") == 0) {
        if (!um_node_has(store->root, "X"))
            return refuse_layer(cx, store, "'X'");
        UM_TRY(um_node_find(cx, store->root, "X", object));
        um_encoding encoding;
        UM_TRY(um_h5ad_encoding(cx, *object, &encoding));
        return encoding == UM_ENCODING_NULL ? refuse_layer(cx, store, "'X' (it is null)") : UNMIX_OK;
    }
    char what[300];
    (void)snprintf(what, sizeof what, "layer '%s'", layer);
    if (!um_node_has(store->root, "layers"))
        return refuse_layer(cx, store, what);
    um_node layers = UM_NO_NODE;
    UM_TRY(um_node_find(cx, store->root, "layers", &layers));
    const unmix_status status = um_node_is_group(layers) && um_node_has(layers, layer)
                                    ? um_node_find(cx, layers, layer, object)
                                    : refuse_layer(cx, store, what);
    um_node_release(layers);
    return status;
}

/* ---- The source ---- */

static unmix_status read_frames(unmix_context *cx, um_h5ad_opened *opened, um_node var, const char *gene_column)
{
    um_node obs;
    UM_TRY(um_node_find(cx, opened->store.root, "obs", &obs));
    unmix_status status = um_h5ad_read_index(cx, obs, &opened->obs);
    if (status == UNMIX_OK)
        status = gene_column ? um_h5ad_read_gene_column(cx, var, gene_column, &opened->var)
                             : um_h5ad_read_index(cx, var, &opened->var);
    if (status == UNMIX_OK && !gene_column)
        status = um_h5ad_read_aliases(cx, var, opened->var.count, &opened->aliases);
    um_node_release(obs);
    return status;
}

static unmix_status open_file(unmix_context *cx, const char *path, const unmix_read_options *options,
                              um_h5ad_opened *opened)
{
    const char *const layer = options->layer;
    UM_TRY(um_h5ad_open(cx, path, &opened->store));
    um_node object = UM_NO_NODE, var = UM_NO_NODE;
    unmix_status status;
    if (layer && strcmp(layer, "raw") == 0) {
        status = open_raw(cx, &opened->store, &object, &var);
    } else {
        status = open_layer(cx, &opened->store, layer, &object);
        if (status == UNMIX_OK)
            status = um_node_find(cx, opened->store.root, "var", &var);
    }
    if (status == UNMIX_OK)
        status = read_frames(cx, opened, var, options->gene_column);
    um_node_release(var);
    if (status != UNMIX_OK) {
        um_node_release(object);
        return status;
    }
    return um_h5ad_matrix_open(cx, object, &opened->obs, &opened->var, &opened->matrix);
}

unmix_status um_h5ad_source_as(unmix_context *cx, const char *path, const unmix_read_options *options,
                               um_source *source)
{
    return um_h5ad_open_source(cx, path, options, open_file, source);
}

/* ---- The whole matrix ---- */

unmix_status um_h5ad_read_as(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix)
{
    um_source source = {0};
    UM_TRY(um_h5ad_source_as(cx, path, options, &source));
    const unmix_status status = um_source_to_matrix(cx, &source, matrix);
    um_source_close(&source);
    return status;
}

unmix_status um_h5ad_source(unmix_context *cx, const char *path, const char *layer, um_source *source)
{
    return um_h5ad_source_as(cx, path, &(unmix_read_options){.layer = layer}, source);
}

unmix_status um_h5ad_read(unmix_context *cx, const char *path, const char *layer, um_matrix *matrix)
{
    return um_h5ad_read_as(cx, path, &(unmix_read_options){.layer = layer}, matrix);
}
