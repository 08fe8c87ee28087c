/* obs, var and raw/var: names, columns, labels. Groups, or one dataset of records in files from before anndata 0.7. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_parts.h"

/* ---- The columns there are ---- */

unmix_status um_h5ad_record_members(unmix_context *cx, const um_h5_file *file, hid_t dataset, um_names *names)
{
    const hid_t type = H5Dget_type(dataset);
    const int count = type < 0 ? -1 : H5Tget_nmembers(type);
    if (count < 0) {
        um_h5_release(type);
        return UM_H5_FAIL(cx, file, dataset, "cannot be described");
    }
    unmix_status status = UNMIX_OK;
    for (int i = 0; i < count && status == UNMIX_OK; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        status =
            name ? um_names_add(cx, names, name, strlen(name)) : UM_H5_FAIL(cx, file, dataset, "cannot be described");
        (void)H5free_memory(name);
    }
    um_h5_release(type);
    return status;
}

unmix_status um_h5ad_index_name(unmix_context *cx, const um_h5_file *file, hid_t frame, char *name, size_t size)
{
    if (um_h5_is_group(frame)) {
        UM_TRY(um_h5_attribute_text(cx, file, frame, "_index", name, size));
        if (!name[0])
            (void)snprintf(name, size, "%s", um_h5_has(frame, "_index") ? "_index" : "index");
        return UNMIX_OK;
    }
    um_names members = {0};
    unmix_status status = um_h5ad_record_members(cx, file, frame, &members);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &members);
    if (status == UNMIX_OK) {
        const char *first = members.count ? um_name(&members, 0) : "";
        if (um_names_find(&members, "index") != UM_NOT_FOUND)
            first = "index";
        else if (um_names_find(&members, "_index") != UM_NOT_FOUND)
            first = "_index";
        (void)snprintf(name, size, "%s", first);
    }
    um_names_clear(&members);
    return status;
}

unmix_status um_h5ad_columns(unmix_context *cx, const um_h5_file *file, hid_t frame, um_names *columns)
{
    if (um_h5_is_group(frame) && H5Aexists(frame, "column-order") > 0)
        return um_h5_attribute_strings(cx, file, frame, "column-order", columns);
    char index[1024];
    UM_TRY(um_h5ad_index_name(cx, file, frame, index, sizeof index));
    um_names members = {0};
    unmix_status status =
        um_h5_is_group(frame) ? um_h5_members(cx, file, frame, &members) : um_h5ad_record_members(cx, file, frame, &members);
    for (size_t i = 0; i < members.count && status == UNMIX_OK; i++) {
        const char *name = um_name(&members, i);
        if (strcmp(name, index) != 0 && strcmp(name, "__categories") != 0)
            status = um_names_add(cx, columns, name, strlen(name));
    }
    um_names_clear(&members);
    return status;
}

/* ---- The index ---- */

static unmix_status expand(unmix_context *cx, const um_h5_file *file, hid_t object, const um_h5ad_factor *factor,
                           um_names *names)
{
    for (size_t i = 0; i < factor->count; i++) {
        if (factor->level[i] < 0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s': the name in row %zu is missing", file->path,
                           um_h5_place_of(object).text, i + 1);
        const char *name = um_name(&factor->levels, (size_t)factor->level[i]);
        UM_TRY(um_names_add(cx, names, name, strlen(name)));
    }
    return UNMIX_OK;
}

static unmix_status read_names(unmix_context *cx, const um_h5_file *file, hid_t object, const char *member,
                               um_names *names)
{
    um_encoding encoding = UM_ENCODING_ARRAY;
    if (!member)
        UM_TRY(um_h5ad_encoding(cx, file, object, &encoding));
    if (encoding == UM_ENCODING_CATEGORICAL) {
        um_h5ad_factor factor = {0};
        unmix_status status = um_h5ad_read_categorical(cx, file, object, &factor);
        if (status == UNMIX_OK)
            status = expand(cx, file, object, &factor, names);
        um_h5ad_factor_clear(&factor);
        return status;
    }
    um_h5ad_texts texts = {0};
    unmix_status status = um_h5ad_read_texts(cx, file, object, member, &texts);
    for (size_t i = 0; i < texts.text.count && texts.missing && status == UNMIX_OK; i++)
        if (texts.missing[i])
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s': the name in row %zu is missing", file->path,
                             um_h5_place_of(object).text, i + 1);
    if (status == UNMIX_OK) {
        *names = texts.text;
        texts.text = (um_names){0};
    }
    um_h5ad_texts_clear(&texts);
    return status;
}

unmix_status um_h5ad_read_list(unmix_context *cx, const um_h5_file *file, hid_t object, um_names *names)
{
    return read_names(cx, file, object, NULL, names);
}

unmix_status um_h5ad_read_index(unmix_context *cx, const um_h5_file *file, hid_t frame, um_names *names)
{
    char name[1024];
    UM_TRY(um_h5ad_index_name(cx, file, frame, name, sizeof name));
    if (!um_h5_is_group(frame))
        return read_names(cx, file, frame, name, names);
    hid_t object = -1;
    UM_TRY(um_h5_open_member(cx, file, frame, name, &object));
    const unmix_status status = read_names(cx, file, object, NULL, names);
    um_h5_release(object);
    return status;
}

/* ---- Labels ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static unmix_status distinct(unmix_context *cx, const um_h5ad_texts *texts, um_names *levels)
{
    const char **sorted = NULL;
    UM_TRY(UM_ALLOC(cx, &sorted, texts->text.count, "labels"));
    size_t count = 0;
    for (size_t i = 0; i < texts->text.count; i++)
        if (!texts->missing || !texts->missing[i])
            sorted[count++] = um_name(&texts->text, i);
    qsort(sorted, count, sizeof *sorted, by_text);
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < count && status == UNMIX_OK; i++)
        if (!i || strcmp(sorted[i], sorted[i - 1]) != 0)
            status = um_names_add(cx, levels, sorted[i], strlen(sorted[i]));
    free(sorted);
    return status == UNMIX_OK ? um_names_index(cx, levels) : status;
}

static unmix_status factor_of_texts(unmix_context *cx, const um_h5ad_texts *texts, um_h5ad_factor *factor)
{
    UM_TRY(distinct(cx, texts, &factor->levels));
    factor->count = texts->text.count;
    UM_TRY(UM_ALLOC(cx, &factor->level, factor->count, "labels"));
    for (size_t i = 0; i < factor->count; i++)
        factor->level[i] = texts->missing && texts->missing[i]
                               ? -1
                               : (int64_t)um_names_find(&factor->levels, um_name(&texts->text, i));
    return UNMIX_OK;
}

static unmix_status read_plain_factor(unmix_context *cx, const um_h5_file *file, hid_t object, const char *member,
                                      um_h5ad_factor *factor)
{
    um_h5ad_texts texts = {0};
    unmix_status status = um_h5ad_read_texts(cx, file, object, member, &texts);
    if (status == UNMIX_OK)
        status = factor_of_texts(cx, &texts, factor);
    um_h5ad_texts_clear(&texts);
    return status;
}

/* The object that a reference in an attribute points to, or -1. */
static hid_t follow(hid_t object, const char *attribute_name)
{
    const hid_t attribute = H5Aexists(object, attribute_name) > 0 ? H5Aopen(object, attribute_name, H5P_DEFAULT) : -1;
    if (attribute < 0)
        return -1;
    const hid_t type = H5Aget_type(attribute);
    const hid_t space = H5Aget_space(attribute);
    hobj_ref_t reference = 0;
    hid_t target = -1;
    if (type >= 0 && space >= 0 && H5Tequal(type, H5T_STD_REF_OBJ) > 0 && H5Sget_simple_extent_npoints(space) == 1 &&
        H5Aread(attribute, H5T_STD_REF_OBJ, &reference) >= 0)
        target = H5Rdereference2(attribute, H5P_DEFAULT, H5R_OBJECT, &reference);
    um_h5_release(space);
    um_h5_release(type);
    um_h5_release(attribute);
    return target;
}

/*
 * Categories that stand apart from the codes: behind a reference or in __categories (anndata 0.7), or in
 * uns/<column>_categories (before). *categories is -1 when there are none.
 */
static unmix_status old_categories(unmix_context *cx, const um_h5_file *file, hid_t frame, hid_t codes,
                                   const char *column, hid_t *categories)
{
    char name[1100];
    *categories = -1;
    if (um_h5_class(codes, um_h5_is_group(frame) ? NULL : column) != H5T_INTEGER)
        return UNMIX_OK;
    if (um_h5_is_group(frame)) {
        *categories = follow(codes, "categories");
        if (*categories >= 0 && H5Iget_type(*categories) == H5I_DATASET)
            return UNMIX_OK;
        um_h5_release(*categories);
        *categories = -1;
        (void)snprintf(name, sizeof name, "__categories/%s", column);
        return um_h5_has(frame, "__categories") && um_h5_has(frame, name)
                   ? um_h5_open_dataset(cx, file, frame, name, categories)
                   : UNMIX_OK;
    }
    (void)snprintf(name, sizeof name, "uns/%s_categories", column);
    return um_h5_has(file->id, "uns") && um_h5_has(file->id, name)
               ? um_h5_open_dataset(cx, file, file->id, name, categories)
               : UNMIX_OK;
}

static unmix_status read_dataset_factor(unmix_context *cx, const um_h5_file *file, hid_t frame, hid_t dataset,
                                        const char *column, um_h5ad_factor *factor)
{
    const char *member = um_h5_is_group(frame) ? NULL : column;
    hid_t categories = -1;
    UM_TRY(old_categories(cx, file, frame, dataset, column, &categories));
    const unmix_status status = categories >= 0 ? um_h5ad_read_codes(cx, file, dataset, member, categories, factor)
                                                : read_plain_factor(cx, file, dataset, member, factor);
    um_h5_release(categories);
    return status;
}

static unmix_status refuse_column(unmix_context *cx, const um_h5_file *file, hid_t frame, const char *column)
{
    um_names columns = {0};
    unmix_status status = um_h5ad_columns(cx, file, frame, &columns);
    if (status == UNMIX_OK) {
        char list[700];
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has no column '%s'; there are: %s", file->path,
                         um_h5_place_of(frame).text, column, um_list_names(&columns, 20, list, sizeof list));
    }
    um_names_clear(&columns);
    return status;
}

unmix_status um_h5ad_read_factor(unmix_context *cx, const um_h5_file *file, hid_t frame, const char *column,
                                 um_h5ad_factor *factor)
{
    if (!um_h5_is_group(frame)) {
        if (um_h5_class(frame, column) == H5T_NO_CLASS)
            return refuse_column(cx, file, frame, column);
        return read_dataset_factor(cx, file, frame, frame, column, factor);
    }
    if (!um_h5_has(frame, column) || strcmp(column, "__categories") == 0)
        return refuse_column(cx, file, frame, column);
    hid_t object = -1;
    um_encoding encoding;
    UM_TRY(um_h5_open_member(cx, file, frame, column, &object));
    unmix_status status = um_h5ad_encoding(cx, file, object, &encoding);
    if (status == UNMIX_OK && encoding == UM_ENCODING_CATEGORICAL)
        status = um_h5ad_read_categorical(cx, file, object, factor);
    else if (status == UNMIX_OK && um_h5_is_group(object))
        status = read_plain_factor(cx, file, object, NULL, factor);
    else if (status == UNMIX_OK)
        status = read_dataset_factor(cx, file, frame, object, column, factor);
    um_h5_release(object);
    return status;
}
