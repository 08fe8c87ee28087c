/* What an element of an AnnData file is. */
#include <string.h>

#include "io/anndata/h5ad_parts.h"

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

static um_encoding encoding_of_array(um_node array)
{
    if (um_node_count(array, NULL) < 0)
        return UM_ENCODING_NULL;
    return um_node_element(array, NULL) == UM_ELEMENT_RECORD ? UM_ENCODING_RECORDS : UM_ENCODING_ARRAY;
}

static unmix_status encoding_of_group(unmix_context *cx, um_node group, um_encoding *encoding)
{
    char sparse[16];
    UM_TRY(um_node_attribute_text(cx, group, "h5sparse_format", sparse, sizeof sparse));
    if (strcmp(sparse, "csr") == 0)
        *encoding = UM_ENCODING_CSR;
    else if (strcmp(sparse, "csc") == 0)
        *encoding = UM_ENCODING_CSC;
    else if (um_node_has(group, "codes") && um_node_has(group, "categories"))
        *encoding = UM_ENCODING_CATEGORICAL;
    else if (um_node_has(group, "values") && um_node_has(group, "mask"))
        *encoding = UM_ENCODING_NULLABLE;
    else
        *encoding = um_node_has_attribute(group, "_index") ? UM_ENCODING_FRAME : UM_ENCODING_GROUP;
    return UNMIX_OK;
}

unmix_status um_h5ad_encoding(unmix_context *cx, um_node object, um_encoding *encoding)
{
    char type[64];
    UM_TRY(um_node_attribute_text(cx, object, "encoding-type", type, sizeof type));
    const int group = um_node_is_group(object);
    if (!type[0] && group)
        return encoding_of_group(cx, object, encoding);
    if (!type[0]) {
        *encoding = encoding_of_array(object);
        return UNMIX_OK;
    }
    for (size_t i = 0; i < sizeof encodings / sizeof encodings[0]; i++) {
        if (strcmp(encodings[i].name, type) != 0)
            continue;
        if (encodings[i].group != group)
            return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has the encoding '%s' but is a %s; the file is damaged",
                           object.store->path, um_node_place(object).text, type, group ? "group" : "dataset");
        *encoding = encodings[i].encoding;
        return UNMIX_OK;
    }
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: '%s' has the encoding '%s', which is not known here; convert it in Python to an array or a "
                   "sparse matrix and write the file again",
                   object.store->path, um_node_place(object).text, type);
}
