/* AnnData files: what their elements are, where their matrices lie, and the readers that others call. */
#include "io/anndata/h5ad.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/anndata/h5ad_parts.h"

/* ---- What an element is ---- */

static const struct {
    const char *name;
    um_encoding encoding;
    int group;
} encodings[] = {
    {"array", UM_ENCODING_ARRAY, 0},
    {"string-array", UM_ENCODING_ARRAY, 0},
    {"numeric-scalar", UM_ENCODING_ARRAY, 0},
    {"string", UM_ENCODING_ARRAY, 0},
    {"bytes", UM_ENCODING_ARRAY, 0},
    {"rec-array", UM_ENCODING_RECORDS, 0},
    {"null", UM_ENCODING_NULL, 0},
    {"csr_matrix", UM_ENCODING_CSR, 1},
    {"csc_matrix", UM_ENCODING_CSC, 1},
    {"dataframe", UM_ENCODING_FRAME, 1},
    {"categorical", UM_ENCODING_CATEGORICAL, 1},
    {"nullable-integer", UM_ENCODING_NULLABLE, 1},
    {"nullable-boolean", UM_ENCODING_NULLABLE, 1},
    {"nullable-string-array", UM_ENCODING_NULLABLE, 1},
    {"dict", UM_ENCODING_GROUP, 1},
    {"raw", UM_ENCODING_GROUP, 1},
    {"anndata", UM_ENCODING_GROUP, 1},
};

static um_encoding encoding_of_dataset(hid_t dataset)
{
    const hid_t space = H5Dget_space(dataset);
    const int is_null = space >= 0 && H5Sget_simple_extent_type(space) == H5S_NULL;
    um_h5_release(space);
    if (is_null)
        return UM_ENCODING_NULL;
    return um_h5_class(dataset, NULL) == H5T_COMPOUND ? UM_ENCODING_RECORDS : UM_ENCODING_ARRAY;
}

static unmix_status encoding_of_group(unmix_context *cx, const um_h5_file *file, hid_t group, um_encoding *encoding)
{
    char sparse[16];
    UM_TRY(um_h5_attribute_text(cx, file, group, "h5sparse_format", sparse, sizeof sparse));
    if (strcmp(sparse, "csr") == 0)
        *encoding = UM_ENCODING_CSR;
    else if (strcmp(sparse, "csc") == 0)
        *encoding = UM_ENCODING_CSC;
    else if (um_h5_has(group, "codes") && um_h5_has(group, "categories"))
        *encoding = UM_ENCODING_CATEGORICAL;
    else if (um_h5_has(group, "values") && um_h5_has(group, "mask"))
        *encoding = UM_ENCODING_NULLABLE;
    else
        *encoding = H5Aexists(group, "_index") > 0 ? UM_ENCODING_FRAME : UM_ENCODING_GROUP;
    return UNMIX_OK;
}

unmix_status um_h5ad_encoding(unmix_context *cx, const um_h5_file *file, hid_t object, um_encoding *encoding)
{
    char type[64];
    UM_TRY(um_h5_attribute_text(cx, file, object, "encoding-type", type, sizeof type));
    const int group = um_h5_is_group(object);
    if (!type[0] && group)
        return encoding_of_group(cx, file, object, encoding);
    if (!type[0]) {
        *encoding = encoding_of_dataset(object);
        return UNMIX_OK;
    }
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        if (strcmp(encodings[i].name, type) != 0)
            continue;
        if (encodings[i].group != group)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has the encoding '%s' but is a %s; the file is damaged",
                           file->path, um_h5_place_of(object).text, type, group ? "group" : "dataset");
        *encoding = encodings[i].encoding;
        return UNMIX_OK;
    }
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: '%s' has the encoding '%s', which is not known here; convert it in Python to an array or a "
                   "sparse matrix and write the file again",
                   file->path, um_h5_place_of(object).text, type);
}

/* ---- What a file is ---- */

static const char *other_kind(hid_t root)
{
    if (um_h5_has(root, "matrix") && um_h5_has(root, "row_attrs") && um_h5_has(root, "col_attrs"))
        return "a loom file; in Python: anndata.read_loom(...).write_h5ad(...)";
    if (um_h5_has(root, "mod") && um_h5_has(root, "obs"))
        return "a MuData file; write the one modality that is meant as .h5ad";
    if (um_h5_has(root, "cell.names") && um_h5_has(root, "assays"))
        return "an h5Seurat file; convert it to .h5ad";
    return NULL;
}

static unmix_status check_kind(unmix_context *cx, const um_h5_file *file, const um_names *members)
{
    const char *kind = other_kind(file->id);
    if (kind)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: this is %s", file->path, kind);
    const int obs = um_h5_has(file->id, "obs"), var = um_h5_has(file->id, "var");
    if (obs && var)
        return UNMIX_OK;
    um_names tenx = {0};
    const unmix_status status = um_tenx_groups(cx, file, &tenx);
    const int is_tenx = tenx.count > 0;
    um_names_clear(&tenx);
    UM_TRY(status);
    if (is_tenx)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: this is a 10x Genomics file, which holds counts only, no labels and no results; labels "
                       "come from a table beside it",
                       file->path);
    char list[300];
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: not an AnnData file: it has no '%s'; its members: %s", file->path,
                   obs ? "var" : "obs", um_list_names(members, 20, list, sizeof list));
}

unmix_status um_h5ad_open(unmix_context *cx, const char *path, um_h5_file *file)
{
    UM_TRY(um_h5_open(cx, path, file));
    um_names members = {0};
    unmix_status status = um_h5_members(cx, file, file->id, &members);
    if (status == UNMIX_OK)
        status = check_kind(cx, file, &members);
    um_names_clear(&members);
    if (status != UNMIX_OK)
        um_h5_close(file);
    return status;
}

/* ---- Labels and frames ---- */

static unmix_status read_labels(unmix_context *cx, const um_h5_file *file, const char *column, um_h5ad_factor *factor)
{
    hid_t frame = -1;
    UM_TRY(um_h5_open_member(cx, file, file->id, "obs", &frame));
    um_names names = {0};
    unmix_status status = um_h5ad_read_factor(cx, file, frame, column, factor);
    if (status == UNMIX_OK)
        status = um_h5ad_read_index(cx, file, frame, &names);
    if (status == UNMIX_OK && names.count != factor->count)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: 'obs/%s' has %zu elements for %zu observations", file->path,
                         column, factor->count, names.count);
    um_names_clear(&names);
    um_h5_release(frame);
    return status;
}

unmix_status um_h5ad_labels(unmix_context *cx, const char *path, const char *column, um_names *levels, int64_t **level,
                            size_t *n)
{
    um_h5_silence silence;
    um_h5_hush(&silence);
    um_h5_file file = UM_H5_CLOSED;
    um_h5ad_factor factor = {0};
    unmix_status status = um_h5ad_open(cx, path, &file);
    if (status == UNMIX_OK)
        status = read_labels(cx, &file, column, &factor);
    if (status == UNMIX_OK) {
        *levels = factor.levels;
        *level = factor.level;
        *n = factor.count;
        factor = (um_h5ad_factor){0};
    }
    um_h5ad_factor_clear(&factor);
    um_h5_close(&file);
    um_h5_unhush(&silence);
    return status;
}
