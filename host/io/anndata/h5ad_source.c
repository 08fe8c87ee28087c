/* Sources and matrices out of AnnData files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_parts.h"

/* ---- Where the matrix lies ---- */

static unmix_status refuse_layer(unmix_context *cx, const um_h5_file *file, const char *what)
{
    um_names layers = {0};
    unmix_status status = UNMIX_OK;
    if (um_h5_has(file->id, "layers")) {
        hid_t group = -1;
        status = um_h5_open_member(cx, file, file->id, "layers", &group);
        if (status == UNMIX_OK && um_h5_is_group(group))
            status = um_h5_members(cx, file, group, &layers);
        um_h5_release(group);
    }
    if (status == UNMIX_OK) {
        char list[400];
        const int raw = um_h5_has(file->id, "raw") || um_h5_has(file->id, "raw.X");
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: there is no %s; layers: %s%s", file->path, what,
                         um_list_names(&layers, 20, list, sizeof list), raw ? "; there is 'raw'" : "");
    }
    um_names_clear(&layers);
    return status;
}

/* raw: a group with X and var, or in files from before anndata 0.7 the members raw.X and raw.var. */
static unmix_status open_raw(unmix_context *cx, const um_h5_file *file, hid_t *object, hid_t *var)
{
    if (um_h5_has(file->id, "raw.X") && um_h5_has(file->id, "raw.var")) {
        UM_TRY(um_h5_open_member(cx, file, file->id, "raw.X", object));
        return um_h5_open_member(cx, file, file->id, "raw.var", var);
    }
    if (!um_h5_has(file->id, "raw"))
        return refuse_layer(cx, file, "'raw'");
    hid_t raw = -1;
    UM_TRY(um_h5_open_member(cx, file, file->id, "raw", &raw));
    um_encoding encoding;
    unmix_status status = um_h5ad_encoding(cx, file, raw, &encoding);
    if (status == UNMIX_OK && encoding != UM_ENCODING_GROUP)
        status = refuse_layer(cx, file, "matrix in 'raw'");
    if (status == UNMIX_OK)
        status = um_h5_open_member(cx, file, raw, "X", object);
    if (status == UNMIX_OK)
        status = um_h5_open_member(cx, file, raw, "var", var);
    um_h5_release(raw);
    return status;
}

static unmix_status open_layer(unmix_context *cx, const um_h5_file *file, const char *layer, hid_t *object)
{
    if (!layer || strcmp(layer, "X") == 0) {
        if (!um_h5_has(file->id, "X"))
            return refuse_layer(cx, file, "'X'");
        UM_TRY(um_h5_open_member(cx, file, file->id, "X", object));
        um_encoding encoding;
        UM_TRY(um_h5ad_encoding(cx, file, *object, &encoding));
        return encoding == UM_ENCODING_NULL ? refuse_layer(cx, file, "'X' (it is null)") : UNMIX_OK;
    }
    char what[300];
    (void)snprintf(what, sizeof what, "layer '%s'", layer);
    if (!um_h5_has(file->id, "layers"))
        return refuse_layer(cx, file, what);
    hid_t layers = -1;
    UM_TRY(um_h5_open_member(cx, file, file->id, "layers", &layers));
    const unmix_status status = um_h5_is_group(layers) && um_h5_has(layers, layer)
                                    ? um_h5_open_member(cx, file, layers, layer, object)
                                    : refuse_layer(cx, file, what);
    um_h5_release(layers);
    return status;
}

/* ---- The source ---- */

typedef struct state {
    um_h5_file file;
    um_names obs;
    um_names var;
    um_h5ad_matrix matrix;
} state;

static unmix_status read_frames(unmix_context *cx, state *opened, hid_t var)
{
    hid_t obs = -1;
    UM_TRY(um_h5_open_member(cx, &opened->file, opened->file.id, "obs", &obs));
    unmix_status status = um_h5ad_read_index(cx, &opened->file, obs, &opened->obs);
    if (status == UNMIX_OK)
        status = um_h5ad_read_index(cx, &opened->file, var, &opened->var);
    um_h5_release(obs);
    return status;
}

static unmix_status open_state(unmix_context *cx, const char *path, const char *layer, state *opened)
{
    UM_TRY(um_h5ad_open(cx, path, &opened->file));
    hid_t object = -1, var = -1;
    unmix_status status;
    if (layer && strcmp(layer, "raw") == 0) {
        status = open_raw(cx, &opened->file, &object, &var);
    } else {
        status = open_layer(cx, &opened->file, layer, &object);
        if (status == UNMIX_OK)
            status = um_h5_open_member(cx, &opened->file, opened->file.id, "var", &var);
    }
    if (status == UNMIX_OK)
        status = read_frames(cx, opened, var);
    um_h5_release(var);
    if (status != UNMIX_OK) {
        um_h5_release(object);
        return status;
    }
    return um_h5ad_matrix_open(cx, &opened->file, object, &opened->obs, &opened->var, &opened->matrix);
}

static void close_source(void *payload)
{
    state *opened = payload;
    um_h5_silence silence;
    um_h5_hush(&silence);
    um_h5ad_matrix_close(&opened->matrix);
    um_names_clear(&opened->obs);
    um_names_clear(&opened->var);
    um_h5_close(&opened->file);
    um_h5_unhush(&silence);
    free(opened);
}

static unmix_status read_source(unmix_context *cx, void *payload, size_t first, size_t count, um_block *block)
{
    state *opened = payload;
    um_h5_silence silence;
    um_h5_hush(&silence);
    const unmix_status status = um_h5ad_matrix_read(cx, &opened->matrix, first, count, block);
    um_h5_unhush(&silence);
    return status;
}

unmix_status um_h5ad_source_as(unmix_context *cx, const char *path, const unmix_read_options *options,
                               um_source *source)
{
    state *opened = NULL;
    UM_TRY(UM_ALLOC(cx, &opened, 1, "source"));
    opened->file = UM_H5_CLOSED;
    opened->matrix = UM_H5AD_NO_MATRIX;
    um_h5_silence silence;
    um_h5_hush(&silence);
    const unmix_status status = open_state(cx, path, options->layer, opened);
    um_h5_unhush(&silence);
    if (status != UNMIX_OK) {
        close_source(opened);
        return status;
    }
    opened->matrix.missing = options->missing;
    *source = (um_source){
        .origin = opened->file.path,
        .rows = &opened->var,
        .columns = &opened->obs,
        .preferred_block = opened->matrix.preferred_block,
        .missing = options->missing,
        .state = opened,
        .read = read_source,
        .close = close_source,
    };
    return UNMIX_OK;
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
