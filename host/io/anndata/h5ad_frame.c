/* obs, var and raw/var: names, columns, labels. Groups, or one dataset of records in files from before anndata 0.7. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/listing.h"
#include "core/memory.h"
#include "core/shown.h"
#include "core/order.h"
#include "io/anndata/h5ad.h"
#include "io/anndata/h5ad_parts.h"

/* ---- The columns there are ---- */

unmix_status um_h5ad_index_name(unmix_context *cx, um_node frame, char *name, size_t size)
{
    if (um_node_is_group(frame)) {
        UM_TRY(um_node_attribute_text(cx, frame, "_index", name, size));
        if (!name[0])
            (void)snprintf(name, size, "%s", um_node_has(frame, "_index") ? "_index" : "index");
        return UNMIX_OK;
    }
    um_names members = {0};
    unmix_status status = um_node_fields(cx, frame, &members);
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

unmix_status um_h5ad_columns(unmix_context *cx, um_node frame, um_names *columns)
{
    if (um_node_is_group(frame) && um_node_has_attribute(frame, "column-order"))
        return um_node_attribute_names(cx, frame, "column-order", columns);
    char index[1024];
    UM_TRY(um_h5ad_index_name(cx, frame, index, sizeof index));
    um_names members = {0};
    unmix_status status =
        um_node_is_group(frame) ? um_node_members(cx, frame, &members) : um_node_fields(cx, frame, &members);
    for (size_t i = 0; i < members.count && status == UNMIX_OK; i++) {
        const char *name = um_name(&members, i);
        if (strcmp(name, index) != 0 && strcmp(name, "__categories") != 0)
            status = um_names_add(cx, columns, name, strlen(name));
    }
    um_names_clear(&members);
    return status;
}

/* ---- The index ---- */

static unmix_status expand(unmix_context *cx, um_node object, const um_h5ad_factor *factor,
                           um_names *names)
{
    for (size_t i = 0; i < factor->count; i++) {
        if (factor->level[i] < 0)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s': the name in row %zu is missing", object.store->path,
                           um_node_place(object).text, i + 1);
        const char *name = um_name(&factor->levels, (size_t)factor->level[i]);
        UM_TRY(um_names_add(cx, names, name, strlen(name)));
    }
    return UNMIX_OK;
}

static unmix_status read_names(unmix_context *cx, um_node object, const char *member,
                               um_names *names)
{
    um_encoding encoding = UM_ENCODING_ARRAY;
    if (!member)
        UM_TRY(um_h5ad_encoding(cx, object, &encoding));
    if (encoding == UM_ENCODING_CATEGORICAL) {
        um_h5ad_factor factor = {0};
        unmix_status status = um_h5ad_read_categorical(cx, object, &factor);
        if (status == UNMIX_OK)
            status = expand(cx, object, &factor, names);
        um_h5ad_factor_clear(&factor);
        return status;
    }
    um_h5ad_texts texts = {0};
    unmix_status status = um_h5ad_read_texts(cx, object, member, &texts);
    for (size_t i = 0; i < texts.text.count && texts.missing && status == UNMIX_OK; i++)
        if (texts.missing[i])
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s': the name in row %zu is missing", object.store->path,
                             um_node_place(object).text, i + 1);
    if (status == UNMIX_OK) {
        *names = texts.text;
        texts.text = (um_names){0};
    }
    um_h5ad_texts_clear(&texts);
    return status;
}

unmix_status um_h5ad_read_list(unmix_context *cx, um_node object, um_names *names)
{
    return read_names(cx, object, NULL, names);
}

unmix_status um_h5ad_check_lines(unmix_context *cx, const char *path, const char *where, const um_names *names,
                                 size_t first)
{
    char shown[200];
    for (size_t i = first; i < names->count; i++)
        if (strpbrk(um_name(names, i), "\r\n"))
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: name %zu of '%s' has a line end in it: '%s'; rename it", path, i - first + 1,
                           where, um_shown(um_name(names, i), shown, sizeof shown));
    return UNMIX_OK;
}

unmix_status um_h5ad_read_index(unmix_context *cx, um_node frame, um_names *names)
{
    char name[1024];
    const size_t first = names->count;
    um_node object = UM_NO_NODE;
    UM_TRY(um_h5ad_index_name(cx, frame, name, sizeof name));
    const int group = um_node_is_group(frame);
    if (group)
        UM_TRY(um_node_find(cx, frame, name, &object));
    unmix_status status = group ? read_names(cx, object, NULL, names) : read_names(cx, frame, name, names);
    if (status == UNMIX_OK)
        status = um_h5ad_check_lines(cx, frame.store->path, um_node_place(frame).text, names, first);
    um_node_release(object);
    return status;
}

/* ---- Labels ---- */

static unmix_status distinct(unmix_context *cx, const um_h5ad_texts *texts, um_names *levels)
{
    const char **there = NULL;
    size_t count = 0;
    UM_TRY(UM_ALLOC(cx, &there, texts->text.count, "labels"));
    for (size_t i = 0; i < texts->text.count; i++)
        if (!texts->missing || !texts->missing[i])
            there[count++] = um_name(&texts->text, i);
    const unmix_status status = um_names_add_distinct(cx, levels, there, count);
    free(there);
    return status;
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

static unmix_status read_plain_factor(unmix_context *cx, um_node object, const char *member,
                                      um_h5ad_factor *factor)
{
    um_h5ad_texts texts = {0};
    unmix_status status = um_h5ad_read_texts(cx, object, member, &texts);
    if (status == UNMIX_OK)
        status = factor_of_texts(cx, &texts, factor);
    um_h5ad_texts_clear(&texts);
    return status;
}

/*
 * Categories that stand apart from the codes: behind a reference or in __categories (anndata 0.7), or in
 * uns/<column>_categories (before). *categories is UM_NO_NODE when there are none.
 */
static unmix_status old_categories(unmix_context *cx, um_node frame, um_node codes,
                                   const char *column, um_node *categories)
{
    char name[1100];
    *categories = UM_NO_NODE;
    if (um_node_element(codes, um_node_is_group(frame) ? NULL : column) != UM_ELEMENT_INTEGER)
        return UNMIX_OK;
    if (um_node_is_group(frame)) {
        *categories = um_node_attribute_node(codes, "categories");
        if (um_is_node(*categories) && !um_node_is_group(*categories))
            return UNMIX_OK;
        um_node_release(*categories);
        *categories = UM_NO_NODE;
        (void)snprintf(name, sizeof name, "__categories/%s", column);
        return um_node_has(frame, "__categories") && um_node_has(frame, name)
                   ? um_node_find_array(cx, frame, name, categories)
                   : UNMIX_OK;
    }
    const um_node root = frame.store->root;
    (void)snprintf(name, sizeof name, "uns/%s_categories", column);
    return um_node_has(root, "uns") && um_node_has(root, name)
               ? um_node_find_array(cx, root, name, categories)
               : UNMIX_OK;
}

static unmix_status read_dataset_factor(unmix_context *cx, um_node frame, um_node dataset,
                                        const char *column, um_h5ad_factor *factor)
{
    const char *member = um_node_is_group(frame) ? NULL : column;
    um_node categories = UM_NO_NODE;
    UM_TRY(old_categories(cx, frame, dataset, column, &categories));
    const unmix_status status = um_is_node(categories) ? um_h5ad_read_codes(cx, dataset, member, categories, factor)
                                                : read_plain_factor(cx, dataset, member, factor);
    um_node_release(categories);
    return status;
}

static unmix_status refuse_column(unmix_context *cx, um_node frame, const char *column)
{
    um_names columns = {0};
    unmix_status status = um_h5ad_columns(cx, frame, &columns);
    if (status == UNMIX_OK) {
        char list[700];
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has no column '%s'; there are: %s", frame.store->path,
                         um_node_place(frame).text, column, um_list_names(&columns, 20, list, sizeof list));
    }
    um_names_clear(&columns);
    return status;
}

unmix_status um_h5ad_read_factor(unmix_context *cx, um_node frame, const char *column,
                                 um_h5ad_factor *factor)
{
    if (!um_node_is_group(frame)) {
        if (um_node_element(frame, column) == UM_ELEMENT_NONE)
            return refuse_column(cx, frame, column);
        return read_dataset_factor(cx, frame, frame, column, factor);
    }
    if (!um_node_has(frame, column) || strcmp(column, "__categories") == 0)
        return refuse_column(cx, frame, column);
    um_node object = UM_NO_NODE;
    um_encoding encoding;
    UM_TRY(um_node_find(cx, frame, column, &object));
    unmix_status status = um_h5ad_encoding(cx, object, &encoding);
    if (status == UNMIX_OK && encoding == UM_ENCODING_CATEGORICAL)
        status = um_h5ad_read_categorical(cx, object, factor);
    else if (status == UNMIX_OK && um_node_is_group(object))
        status = read_plain_factor(cx, object, NULL, factor);
    else if (status == UNMIX_OK)
        status = read_dataset_factor(cx, frame, object, column, factor);
    um_node_release(object);
    return status;
}
