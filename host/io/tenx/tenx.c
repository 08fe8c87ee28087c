#include "io/tenx/tenx.h"

#include <inttypes.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/anndata/h5ad_opened.h"
#include "io/backend/backend.h"
#include "io/store/store_kind.h"
#include "io/tenx/features.h"

int um_is_tenx(const char *path)
{
    unmix_context asked = {0};
    um_store store = {0};
    um_store_kind kind = UM_STORE_OTHER;
    const int yes = um_is_store(path) && um_store_open(&asked, path, &store) == UNMIX_OK &&
                    um_store_kind_of(&asked, &store, &kind) == UNMIX_OK && kind == UM_STORE_TENX;
    um_store_close(&store);
    return yes;
}

/* ---- What is in it ---- */

static unmix_status open_group(unmix_context *cx, const um_store *store, um_node *group)
{
    um_names groups = {0};
    char list[400];
    unmix_status status = um_tenx_groups(cx, store, &groups);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &groups);
    const int today = status == UNMIX_OK && um_names_find(&groups, "matrix") != UM_NOT_FOUND;
    if (status == UNMIX_OK && groups.count == 0)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: holds no 10x Genomics matrix", store->path);
    else if (status == UNMIX_OK && groups.count > 1 && !today)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                         "%s: holds the matrices of %zu genomes: %s; write the one that is meant to a file of its own",
                         store->path, groups.count, um_list_names(&groups, 20, list, sizeof list));
    if (status == UNMIX_OK)
        status = um_node_find(cx, store->root, today ? "matrix" : um_name(&groups, 0), group);
    um_names_clear(&groups);
    return status;
}

static unmix_status read_list(unmix_context *cx, um_node group, const char *name, um_names *names)
{
    um_node dataset = UM_NO_NODE;
    UM_TRY(um_node_find_array(cx, group, name, &dataset));
    const unmix_status status = um_node_read_texts(cx, dataset, NULL, names);
    um_node_release(dataset);
    return status;
}

/* features/id, name, feature_type; names and kinds may be absent. */
static unmix_status read_feature_group(unmix_context *cx, um_node group, um_features *features)
{
    um_node lists = UM_NO_NODE;
    UM_TRY(um_node_find(cx, group, "features", &lists));
    unmix_status status;
    UM_TRY_GOTO(status, done, read_list(cx, lists, "id", &features->all_ids));
    if (um_node_has(lists, "name"))
        UM_TRY_GOTO(status, done, read_list(cx, lists, "name", &features->all_names));
    else
        UM_TRY_GOTO(status, done, um_names_copy(cx, &features->all_names, &features->all_ids));
    if (um_node_has(lists, "feature_type"))
        status = read_list(cx, lists, "feature_type", &features->all_kinds);
done:
    um_node_release(lists);
    return status;
}

static unmix_status read_names(unmix_context *cx, um_node group, um_names *cells, um_features *features)
{
    UM_TRY(read_list(cx, group, "barcodes", cells));
    if (um_node_has(group, "features")) {
        UM_TRY(read_feature_group(cx, group, features));
    } else {
        UM_TRY(read_list(cx, group, "genes", &features->all_ids));
        UM_TRY(read_list(cx, group, "gene_names", &features->all_names));
    }
    return um_features_settle(cx, group.store->path, features);
}

static unmix_status check_shape(unmix_context *cx, um_node group, size_t features, size_t cells)
{
    um_node dataset = UM_NO_NODE;
    size_t length = 0;
    int64_t shape[2] = {-1, -1};
    UM_TRY(um_node_find_array(cx, group, "shape", &dataset));
    const um_place place = um_node_place(dataset);
    unmix_status status = um_node_length(cx, dataset, &length);
    if (status == UNMIX_OK && length != 2)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu elements; 2 are expected", group.store->path, place.text,
                         length);
    if (status == UNMIX_OK)
        status = um_node_read_integers(cx, dataset, NULL, NULL, shape);
    um_node_release(dataset);
    UM_TRY(status);
    if (shape[0] < 0 || shape[1] < 0 || (uint64_t)shape[0] != features || (uint64_t)shape[1] != cells)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: '%s' says %" PRId64 " x %" PRId64 ", but there are %zu features and %zu barcodes",
                       group.store->path, place.text, shape[0], shape[1], features, cells);
    if (!features || !cells)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' says %zu features x %zu barcodes; there is nothing to read",
                       group.store->path, place.text, features, cells);
    return UNMIX_OK;
}

/* ---- The source ---- */

static void clear_features(void *more)
{
    um_features_clear(more);
}

static void keep_features(const void *more, um_block *block)
{
    um_features_keep(more, block);
}

static unmix_status open_file(unmix_context *cx, const char *path, const unmix_read_options *options,
                              um_h5ad_opened *opened)
{
    (void)options;
    um_features *features = NULL;
    UM_TRY(UM_ALLOC(cx, &features, 1, "features"));
    opened->more = features;
    opened->keep = keep_features;
    opened->clear = clear_features;
    opened->rows = &features->names;
    opened->row_ids = &features->ids;
    um_node group = UM_NO_NODE;
    UM_TRY(um_store_open(cx, path, &opened->store));
    UM_TRY(open_group(cx, &opened->store, &group));
    opened->matrix.object = group; /* released with it */
    opened->matrix.obs = &opened->obs;
    opened->matrix.var = &features->all_names;
    opened->matrix.encoding = UM_ENCODING_CSR;
    UM_TRY(read_names(cx, group, &opened->obs, features));
    UM_TRY(check_shape(cx, group, features->all_names.count, opened->obs.count));
    UM_TRY(um_aliases_copy(cx, &opened->aliases, &features->aliases));
    return um_h5ad_stored_open(cx, &opened->matrix);
}

unmix_status um_tenx_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source)
{
    return um_h5ad_open_source(cx, path, options, open_file, source);
}
