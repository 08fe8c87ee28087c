#include "io/tenx/tenx.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/files/readable.h"
#include "io/tenx/features.h"
#include "io/anndata/h5ad_parts.h"

/* ---- What a file is ---- */

unmix_status um_tenx_groups(unmix_context *cx, const um_h5_file *file, um_names *groups)
{
    um_names members = {0};
    unmix_status status = um_h5_members(cx, file, file->id, &members);
    for (size_t i = 0; i < members.count && status == UNMIX_OK; i++) {
        hid_t group = -1;
        const char *name = um_name(&members, i);
        if (!um_h5_has(file->id, name))
            continue;
        status = um_h5_open_member(cx, file, file->id, name, &group);
        if (status == UNMIX_OK && um_h5_is_group(group) && um_h5_has(group, "barcodes") && um_h5_has(group, "indptr"))
            status = um_names_add(cx, groups, name, strlen(name));
        um_h5_release(group);
    }
    um_names_clear(&members);
    return status;
}

int um_is_tenx(const char *path)
{
    unmix_context asked = {0};
    um_names groups = {0};
    um_h5_file file = UM_H5_CLOSED;
    um_h5_silence silence;
    if (!um_is_hdf5(path))
        return 0;
    um_h5_hush(&silence);
    const int yes = um_h5_open(&asked, path, &file) == UNMIX_OK &&
                    !(um_h5_has(file.id, "obs") && um_h5_has(file.id, "var")) &&
                    um_tenx_groups(&asked, &file, &groups) == UNMIX_OK && groups.count > 0;
    um_names_clear(&groups);
    um_h5_close(&file);
    um_h5_unhush(&silence);
    return yes;
}

/* ---- Opening ---- */

typedef struct state {
    um_h5_file file;
    um_features features;
    um_names cells;
    um_h5ad_matrix matrix; /* of cells x all features */
} state;

static unmix_status open_group(unmix_context *cx, const um_h5_file *file, hid_t *group)
{
    um_names groups = {0};
    char list[400];
    unmix_status status = um_tenx_groups(cx, file, &groups);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &groups);
    const int today = status == UNMIX_OK && um_names_find(&groups, "matrix") != UM_NOT_FOUND;
    if (status == UNMIX_OK && groups.count == 0)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: holds no 10x Genomics matrix", file->path);
    else if (status == UNMIX_OK && groups.count > 1 && !today)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT,
                         "%s: holds the matrices of %zu genomes: %s; write the one that is meant to a file of its own",
                         file->path, groups.count, um_list_names(&groups, 20, list, sizeof list));
    if (status == UNMIX_OK)
        status = um_h5_open_member(cx, file, file->id, today ? "matrix" : um_name(&groups, 0), group);
    um_names_clear(&groups);
    return status;
}

static unmix_status read_list(unmix_context *cx, const um_h5_file *file, hid_t group, const char *name, um_names *names)
{
    hid_t dataset = -1;
    UM_TRY(um_h5_open_dataset(cx, file, group, name, &dataset));
    const unmix_status status = um_h5_read_strings(cx, file, dataset, NULL, names);
    um_h5_release(dataset);
    return status;
}

/* features/id, name, feature_type; names and kinds may be absent. */
static unmix_status read_feature_group(unmix_context *cx, const um_h5_file *file, hid_t group, um_features *features)
{
    hid_t lists = -1;
    UM_TRY(um_h5_open_member(cx, file, group, "features", &lists));
    unmix_status status;
    UM_TRY_GOTO(status, done, read_list(cx, file, lists, "id", &features->all_ids));
    if (um_h5_has(lists, "name"))
        UM_TRY_GOTO(status, done, read_list(cx, file, lists, "name", &features->all_names));
    else
        UM_TRY_GOTO(status, done, um_names_copy(cx, &features->all_names, &features->all_ids));
    if (um_h5_has(lists, "feature_type"))
        status = read_list(cx, file, lists, "feature_type", &features->all_kinds);
done:
    um_h5_release(lists);
    return status;
}

static unmix_status read_names(unmix_context *cx, state *opened, hid_t group)
{
    const um_h5_file *file = &opened->file;
    UM_TRY(read_list(cx, file, group, "barcodes", &opened->cells));
    if (um_h5_has(group, "features")) {
        UM_TRY(read_feature_group(cx, file, group, &opened->features));
    } else {
        UM_TRY(read_list(cx, file, group, "genes", &opened->features.all_ids));
        UM_TRY(read_list(cx, file, group, "gene_names", &opened->features.all_names));
    }
    return um_features_settle(cx, file->path, &opened->features);
}

static unmix_status check_shape(unmix_context *cx, const um_h5_file *file, hid_t group, size_t features, size_t cells)
{
    hid_t dataset = -1;
    size_t length = 0;
    int64_t shape[2] = {-1, -1};
    UM_TRY(um_h5_open_dataset(cx, file, group, "shape", &dataset));
    const um_h5_place place = um_h5_place_of(dataset);
    unmix_status status = um_h5_length(cx, file, dataset, &length);
    if (status == UNMIX_OK && length != 2)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu elements; 2 are expected", file->path, place.text,
                         length);
    if (status == UNMIX_OK)
        status = um_h5_read_integers(cx, file, dataset, NULL, NULL, shape);
    um_h5_release(dataset);
    UM_TRY(status);
    if (shape[0] < 0 || shape[1] < 0 || (uint64_t)shape[0] != features || (uint64_t)shape[1] != cells)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: '%s' says %" PRId64 " x %" PRId64 ", but there are %zu features and %zu barcodes",
                       file->path, place.text, shape[0], shape[1], features, cells);
    if (!features || !cells)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' says %zu features x %zu barcodes; there is nothing to read",
                       file->path, place.text, features, cells);
    return UNMIX_OK;
}

static unmix_status open_state(unmix_context *cx, const char *path, state *opened)
{
    hid_t group = -1;
    UM_TRY(um_h5_open(cx, path, &opened->file));
    UM_TRY(open_group(cx, &opened->file, &group));
    opened->matrix.object = group; /* released with it */
    opened->matrix.file = &opened->file;
    opened->matrix.obs = &opened->cells;
    opened->matrix.var = &opened->features.all_names;
    opened->matrix.encoding = UM_ENCODING_CSR;
    UM_TRY(read_names(cx, opened, group));
    UM_TRY(check_shape(cx, &opened->file, group, opened->features.all_names.count, opened->cells.count));
    return um_h5ad_stored_open(cx, &opened->matrix);
}

/* ---- The source ---- */

static void close_source(void *payload)
{
    state *opened = payload;
    um_h5_silence silence;
    um_h5_hush(&silence);
    um_h5ad_matrix_close(&opened->matrix);
    um_names_clear(&opened->cells);
    um_features_clear(&opened->features);
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
    if (status == UNMIX_OK)
        um_features_keep(&opened->features, block);
    return status;
}

unmix_status um_tenx_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source)
{
    state *opened = NULL;
    UM_TRY(UM_ALLOC(cx, &opened, 1, "source"));
    opened->file = UM_H5_CLOSED;
    opened->matrix = UM_H5AD_NO_MATRIX;
    um_h5_silence silence;
    um_h5_hush(&silence);
    const unmix_status status = open_state(cx, path, opened);
    um_h5_unhush(&silence);
    if (status != UNMIX_OK) {
        close_source(opened);
        return status;
    }
    opened->matrix.missing = options->missing;
    *source = (um_source){
        .origin = opened->file.path,
        .rows = &opened->features.names,
        .row_ids = &opened->features.ids,
        .columns = &opened->cells,
        .preferred_block = opened->matrix.preferred_block,
        .missing = options->missing,
        .state = opened,
        .read = read_source,
        .close = close_source,
    };
    return UNMIX_OK;
}
