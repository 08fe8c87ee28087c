/* Results as AnnData, in the encodings that anndata 0.8 and later write. A result of deconvolve has no X. */
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_put.h"
#include "io/anndata/h5ad_spill.h"
#include "io/backend/backend.h"
#include "io/files/output.h"

static int fits(const um_layer *layer, const um_annotated *annotated)
{
    const size_t rows = layer->matrix ? layer->matrix->rows.count : layer->spill->rows;
    const size_t columns = layer->matrix ? layer->matrix->columns.count : layer->spill->columns;
    return rows == annotated->obs->count && columns == annotated->var->count;
}

/* X may have any form; a layer is an array of real numbers, whether it was held in memory or not. */
void um_h5ad_put_layer(um_writer *writer, um_node parent, const um_layer *layer, const um_annotated *annotated)
{
    um_h5ad_check_key(writer, layer->name);
    if (writer->status == UNMIX_OK && !fits(layer, annotated))
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INTERNAL, "%s: layer '%s' is not %zu x %zu", writer->path,
                                 layer->name, annotated->obs->count, annotated->var->count);
    if (!layer->matrix)
        (layer == annotated->x ? um_h5ad_put_counts : um_h5ad_put_reals)(writer, parent, layer->name, layer->spill);
    else if (annotated->var->count)
        um_node_release(um_h5ad_put_array(writer, parent, layer->name, UM_REAL, annotated->obs->count,
                                           annotated->var->count, layer->matrix->values));
}

void um_h5ad_put_result(um_writer *writer, const um_annotated *annotated)
{
    um_h5ad_put_encoding(writer, writer->store.root, "anndata", "0.1.0");
    if (annotated->x)
        um_h5ad_put_layer(writer, writer->store.root, annotated->x, annotated);
    um_h5ad_put_columns(writer, "obs", annotated->obs, annotated->obs_columns, annotated->n_obs_columns);
    um_h5ad_put_columns(writer, "var", annotated->var, annotated->var_columns, annotated->n_var_columns);
    um_h5ad_put_mapping(writer, "obsm", annotated->obs, annotated->obsm, annotated->n_obsm);
    const um_node layers = um_h5ad_put_group(writer, writer->store.root, "layers", "dict", "0.1.0");
    for (size_t i = 0; i < annotated->n_layers; i++)
        um_h5ad_put_layer(writer, layers, &annotated->layers[i], annotated);
    um_node_release(layers);
    um_h5ad_put_mapping(writer, "uns", NULL, annotated->uns, annotated->n_uns);
    um_h5ad_put_mapping(writer, "varm", annotated->var, annotated->varm, annotated->n_varm);
    um_h5ad_put_mapping(writer, "obsp", NULL, NULL, 0);
    um_h5ad_put_mapping(writer, "varp", NULL, NULL, 0);
}

static unmix_status write_file(unmix_context *cx, const um_annotated *annotated, const um_output *output)
{
    um_writer writer;
    um_store_write(&writer, cx, output->path, output->temporary);
    um_h5ad_put_result(&writer, annotated);
    const unmix_status status = um_writer_finish(&writer);
    return status;
}

unmix_status um_h5ad_write(unmix_context *cx, const um_annotated *annotated, const char *path, int overwrite)
{
    um_output output = {0};
    UM_TRY(um_output_begin(cx, &output, path, overwrite));
    unmix_status status = write_file(cx, annotated, &output);
    if (status == UNMIX_OK)
        status = um_output_commit(cx, &output);
    um_output_abandon(&output);
    return status;
}
