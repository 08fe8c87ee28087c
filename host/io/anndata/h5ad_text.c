/* Columns of AnnData frames as text and as labels. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/anndata/h5ad_parts.h"

void um_h5ad_texts_clear(um_h5ad_texts *texts)
{
    um_names_clear(&texts->text);
    free(texts->missing);
    *texts = (um_h5ad_texts){0};
}

void um_h5ad_factor_clear(um_h5ad_factor *factor)
{
    um_names_clear(&factor->levels);
    free(factor->level);
    *factor = (um_h5ad_factor){0};
}

static unmix_status read_integers_as_text(unmix_context *cx, um_node dataset, const char *member,
                                          um_names *text)
{
    size_t count = 0;
    UM_TRY(um_node_length(cx, dataset, &count));
    const int boolean = um_node_element(dataset, member) == UM_ELEMENT_BOOLEAN;
    int64_t *values = NULL;
    UM_TRY(UM_ALLOC(cx, &values, count, "column"));
    unmix_status status = count ? um_node_read_integers(cx, dataset, member, NULL, values) : UNMIX_OK;
    for (size_t i = 0; i < count && status == UNMIX_OK; i++) {
        char digits[32];
        if (boolean)
            (void)snprintf(digits, sizeof digits, "%s", values[i] ? "True" : "False"); /* as pandas shows them */
        else
            (void)snprintf(digits, sizeof digits, "%" PRId64, values[i]);
        status = um_names_add(cx, text, digits, strlen(digits));
    }
    free(values);
    return status;
}

static unmix_status read_plain(unmix_context *cx, um_node dataset, const char *member,
                               um_names *text)
{
    const um_element element = um_node_element(dataset, member);
    if (element == UM_ELEMENT_TEXT)
        return um_node_read_texts(cx, dataset, member, text);
    if (um_is_integer(element))
        return read_integers_as_text(cx, dataset, member, text);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s%s%s' holds %s; text, integers or booleans are needed as names",
                   dataset.store->path, um_node_place(dataset).text, member ? "/" : "", member ? member : "",
                   um_element_name(element));
}

static unmix_status read_mask(unmix_context *cx, um_node mask, size_t count,
                              unsigned char **missing)
{
    size_t length = 0;
    UM_TRY(um_node_length(cx, mask, &length));
    if (length != count)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %zu elements for %zu values", mask.store->path,
                       um_node_place(mask).text, length, count);
    int64_t *flags = NULL;
    UM_TRY(UM_ALLOC(cx, &flags, count, "mask"));
    unmix_status status = UM_ALLOC(cx, missing, count, "mask");
    if (status == UNMIX_OK && count)
        status = um_node_read_integers(cx, mask, NULL, NULL, flags);
    for (size_t i = 0; i < count && status == UNMIX_OK; i++)
        (*missing)[i] = flags[i] != 0;
    free(flags);
    return status;
}

static unmix_status read_nullable(unmix_context *cx, um_node group, um_h5ad_texts *texts)
{
    um_node values = UM_NO_NODE, mask = UM_NO_NODE;
    unmix_status status = um_node_find_array(cx, group, "values", &values);
    if (status == UNMIX_OK)
        status = um_node_find_array(cx, group, "mask", &mask);
    if (status == UNMIX_OK)
        status = read_plain(cx, values, NULL, &texts->text);
    if (status == UNMIX_OK)
        status = read_mask(cx, mask, texts->text.count, &texts->missing);
    um_node_release(mask);
    um_node_release(values);
    return status;
}

unmix_status um_h5ad_read_texts(unmix_context *cx, um_node object, const char *member,
                                um_h5ad_texts *texts)
{
    if (!um_node_is_group(object))
        return read_plain(cx, object, member, &texts->text);
    um_encoding encoding;
    UM_TRY(um_h5ad_encoding(cx, object, &encoding));
    if (encoding == UM_ENCODING_NULLABLE)
        return read_nullable(cx, object, texts);
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' is a group that does not hold text", object.store->path,
                   um_node_place(object).text);
}

static unmix_status read_levels(unmix_context *cx, um_node categories, um_names *levels)
{
    um_h5ad_texts texts = {0};
    unmix_status status = um_h5ad_read_texts(cx, categories, NULL, &texts);
    for (size_t i = 0; i < texts.text.count && texts.missing && status == UNMIX_OK; i++)
        if (texts.missing[i])
            status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s': category %zu is missing", categories.store->path,
                             um_node_place(categories).text, i + 1);
    if (status == UNMIX_OK) {
        *levels = texts.text;
        texts.text = (um_names){0};
    }
    um_h5ad_texts_clear(&texts);
    if (status != UNMIX_OK)
        return status;
    UM_TRY(um_names_index(cx, levels));
    const size_t repeated = um_names_repeated(levels);
    if (repeated == UM_NOT_FOUND)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s': the category '%s' is there twice", categories.store->path,
                   um_node_place(categories).text, um_name(levels, repeated));
}

unmix_status um_h5ad_read_codes(unmix_context *cx, um_node codes, const char *member,
                                um_node categories, um_h5ad_factor *factor)
{
    UM_TRY(um_node_length(cx, codes, &factor->count));
    UM_TRY(read_levels(cx, categories, &factor->levels));
    UM_TRY(UM_ALLOC(cx, &factor->level, factor->count, "labels"));
    if (factor->count)
        UM_TRY(um_node_read_integers(cx, codes, member, NULL, factor->level));
    for (size_t i = 0; i < factor->count; i++) {
        if (factor->level[i] < 0)
            factor->level[i] = -1;
        else if ((uint64_t)factor->level[i] >= factor->levels.count)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s': element %zu is %" PRId64 ", but there are %zu categories",
                           codes.store->path, um_node_place(codes).text, i + 1, factor->level[i], factor->levels.count);
    }
    return UNMIX_OK;
}

unmix_status um_h5ad_read_categorical(unmix_context *cx, um_node group, um_h5ad_factor *factor)
{
    um_node codes = UM_NO_NODE, categories = UM_NO_NODE;
    unmix_status status = um_node_find_array(cx, group, "codes", &codes);
    if (status == UNMIX_OK)
        status = um_node_find(cx, group, "categories", &categories);
    if (status == UNMIX_OK)
        status = um_h5ad_read_codes(cx, codes, NULL, categories, factor);
    um_node_release(categories);
    um_node_release(codes);
    return status;
}
