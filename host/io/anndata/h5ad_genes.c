/* Columns of var that are names of genes. */
#include <stdlib.h>
#include <string.h>

#include "io/anndata/h5ad_parts.h"

static unmix_status name_all(unmix_context *cx, const um_h5ad_factor *factor, um_names *names)
{
    for (size_t i = 0; i < factor->count; i++) {
        const char *name = factor->level[i] < 0 ? "" : um_name(&factor->levels, (size_t)factor->level[i]);
        UM_TRY(um_names_add(cx, names, name, strlen(name)));
    }
    return UNMIX_OK;
}

unmix_status um_h5ad_read_gene_column(unmix_context *cx, um_node var, const char *column, um_names *names)
{
    char index[1024];
    um_h5ad_factor factor = {0};
    UM_TRY(um_h5ad_index_name(cx, var, index, sizeof index));
    if (strcmp(column, index) == 0)
        return um_h5ad_read_index(cx, var, names);
    unmix_status status = um_h5ad_read_factor(cx, var, column, &factor);
    if (status == UNMIX_OK)
        status = name_all(cx, &factor, names);
    um_h5ad_factor_clear(&factor);
    return status;
}

/* Whether a column is of text, also as categories; numbers are no names. */
static int is_text(unmix_context *cx, um_node var, const char *column)
{
    if (!um_node_is_group(var))
        return um_node_element(var, column) == UM_ELEMENT_TEXT;
    um_node object = UM_NO_NODE, part = UM_NO_NODE;
    um_encoding encoding = UM_ENCODING_NULL;
    if (um_node_find(cx, var, column, &object) != UNMIX_OK)
        return 0;
    int text = um_h5ad_encoding(cx, object, &encoding) == UNMIX_OK;
    if (text && um_node_is_group(object)) {
        const char *const member = encoding == UM_ENCODING_CATEGORICAL ? "categories" : "values";
        text = (encoding == UM_ENCODING_CATEGORICAL || encoding == UM_ENCODING_NULLABLE) &&
               um_node_find(cx, object, member, &part) == UNMIX_OK;
    }
    text = text && um_node_element(um_is_node(part) ? part : object, NULL) == UM_ELEMENT_TEXT;
    um_node_release(part);
    um_node_release(object);
    return text;
}

/* A column in which half of the rows or more have a value of their own. */
static unmix_status add_if_names(unmix_context *cx, um_node var, size_t n, const char *column, um_aliases *aliases)
{
    unmix_context aside = {0}; /* a column that nobody asked for is no reason to fail */
    um_h5ad_factor factor = {0};
    um_names names = {0};
    unmix_status status = UNMIX_OK;
    if (is_text(&aside, var, column) && um_h5ad_read_factor(&aside, var, column, &factor) == UNMIX_OK &&
        factor.count == n && 2 * factor.levels.count >= n) {
        status = name_all(cx, &factor, &names);
        if (status == UNMIX_OK)
            status = um_aliases_add(cx, aliases, column, &names);
    }
    um_names_clear(&names);
    um_h5ad_factor_clear(&factor);
    return status;
}

unmix_status um_h5ad_read_aliases(unmix_context *cx, um_node var, size_t n, um_aliases *aliases)
{
    unmix_context aside = {0};
    um_names columns = {0};
    unmix_status status = UNMIX_OK;
    if (um_h5ad_columns(&aside, var, &columns) == UNMIX_OK)
        for (size_t i = 0; i < columns.count && aliases->columns.count < UM_MOST_ALIASES && status == UNMIX_OK; i++)
            status = add_if_names(cx, var, n, um_name(&columns, i), aliases);
    um_names_clear(&columns);
    return status;
}
