/* AnnData files opened, and the labels of their observations. */
#include "io/anndata/h5ad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/anndata/h5ad_parts.h"
#include "io/backend/backend.h"
#include "io/store/store_kind.h"

/* ---- What a file is ---- */

static const char *const other_kinds[] = {
    [UM_STORE_TENX] = "a 10x Genomics file, which holds counts only, no labels and no results; labels come from a table "
                      "beside it",
    [UM_STORE_LOOM] = "a loom file; in Python: anndata.read_loom(...).write_h5ad(...)",
    [UM_STORE_MUDATA] = "a MuData file; write the one modality that is meant as .h5ad",
    [UM_STORE_SEURAT] = "an h5Seurat file; in R: SeuratDisk::Convert(..., dest = \"h5ad\")",
};

static unmix_status refuse_members(unmix_context *cx, const um_store *store)
{
    um_names members = {0};
    char list[300];
    unmix_status status = um_node_members(cx, store->root, &members);
    if (status == UNMIX_OK)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: not an AnnData file: it has no '%s'; its members: %s", store->path,
                         um_node_has(store->root, "obs") ? "var" : "obs",
                         um_list_names(&members, 20, list, sizeof list));
    um_names_clear(&members);
    return status;
}

static unmix_status check_kind(unmix_context *cx, const um_store *store)
{
    um_store_kind kind;
    UM_TRY(um_store_kind_of(cx, store, &kind));
    if (kind == UM_STORE_ANNDATA)
        return UNMIX_OK;
    if (kind == UM_STORE_OTHER)
        return refuse_members(cx, store);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: this is %s", store->path, other_kinds[kind]);
}

unmix_status um_h5ad_open(unmix_context *cx, const char *path, um_store *store)
{
    unmix_status status = um_store_open(cx, path, store);
    if (status == UNMIX_OK)
        status = check_kind(cx, store);
    if (status != UNMIX_OK)
        um_store_close(store);
    return status;
}

/* ---- Labels and frames ---- */

static unmix_status read_labels(unmix_context *cx, const um_store *store, const char *column, um_h5ad_factor *factor)
{
    um_node frame = UM_NO_NODE;
    UM_TRY(um_node_find(cx, store->root, "obs", &frame));
    um_names names = {0};
    unmix_status status = um_h5ad_read_factor(cx, frame, column, factor);
    if (status == UNMIX_OK)
        status = um_h5ad_read_index(cx, frame, &names);
    if (status == UNMIX_OK && names.count != factor->count)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: 'obs/%s' has %zu elements for %zu observations", store->path,
                         column, factor->count, names.count);
    um_names_clear(&names);
    um_node_release(frame);
    return status;
}

unmix_status um_h5ad_labels(unmix_context *cx, const char *path, const char *column, um_names *levels, int64_t **level,
                            size_t *n)
{
    um_store store = {0};
    um_h5ad_factor factor = {0};
    unmix_status status = um_h5ad_open(cx, path, &store);
    if (status == UNMIX_OK)
        status = read_labels(cx, &store, column, &factor);
    if (status == UNMIX_OK)
        status = um_h5ad_check_lines(cx, path, column, &factor.levels, 0);
    if (status == UNMIX_OK) {
        *levels = factor.levels;
        *level = factor.level;
        *n = factor.count;
        factor = (um_h5ad_factor){0};
    }
    um_h5ad_factor_clear(&factor);
    um_store_close(&store);
    return status;
}
