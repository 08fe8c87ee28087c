#include "io/anndata/h5ad_opened.h"

#include <stdlib.h>

#include "core/memory.h"

static void close_source(void *state)
{
    um_h5ad_opened *opened = state;
    um_store_enter(&opened->store);
    um_h5ad_matrix_close(&opened->matrix);
    um_names_clear(&opened->obs);
    um_names_clear(&opened->var);
    um_aliases_clear(&opened->aliases);
    if (opened->more)
        opened->clear(opened->more);
    um_store_close(&opened->store);
    free(opened->more);
    free(opened);
}

static unmix_status read_source(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    um_h5ad_opened *opened = state;
    um_store_enter(&opened->store);
    const unmix_status status = um_h5ad_matrix_read(cx, &opened->matrix, first, count, block);
    um_store_leave(&opened->store);
    if (status == UNMIX_OK && opened->more)
        opened->keep(opened->more, block);
    return status;
}

unmix_status um_h5ad_open_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                                 um_h5ad_opener open, um_source *source)
{
    um_h5ad_opened *opened = NULL;
    UM_TRY(UM_ALLOC(cx, &opened, 1, "source"));
    opened->matrix = UM_H5AD_NO_MATRIX;
    const unmix_status status = open(cx, path, options, opened);
    um_store_leave(&opened->store);
    if (status != UNMIX_OK) {
        close_source(opened);
        return status;
    }
    opened->matrix.missing = options->missing;
    *source = (um_source){
        .origin = opened->store.path,
        .rows = opened->rows ? opened->rows : &opened->var,
        .row_ids = opened->row_ids,
        .aliases = opened->aliases.columns.count ? &opened->aliases : NULL,
        .columns = &opened->obs,
        .preferred_block = opened->matrix.preferred_block,
        .missing = options->missing,
        .state = opened,
        .read = read_source,
        .close = close_source,
    };
    return UNMIX_OK;
}
