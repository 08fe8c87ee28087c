#include "io/anndata/h5ad_copy.h"

#include <string.h>

#include "io/anndata/h5ad_put.h"

void um_h5ad_new_order(const um_h5ad_copy *copy, um_node frame, const um_column *columns, size_t count, um_names *order)
{
    um_writer *const writer = copy->writer;
    char index[1024];
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_index_name(writer->cx, frame, index, sizeof index);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_columns(writer->cx, frame, order);
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++) {
        writer->status = um_names_index(writer->cx, order);
        if (writer->status == UNMIX_OK && strcmp(columns[i].name, index) == 0)
            writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INPUT,
                                     "%s: the index of '%s' is called '%s', which is the name of a column of the "
                                     "result; give the index another name in Python and write the file again",
                                     copy->source->path, um_node_place(frame).text, index);
        if (writer->status == UNMIX_OK && um_names_find(order, columns[i].name) == UM_NOT_FOUND)
            writer->status = um_names_add(writer->cx, order, columns[i].name, strlen(columns[i].name));
    }
}

/* Categories of a column that is replaced (anndata 0.7). */
static void forget_categories(um_writer *writer, um_node frame, const char *column)
{
    um_node group = UM_NO_NODE;
    if (writer->status == UNMIX_OK && um_node_has(frame, "__categories"))
        writer->status = um_node_find(writer->cx, frame, "__categories", &group);
    if (um_is_node(group))
        um_remove_member(writer, group, column);
    um_node_release(group);
}

void um_h5ad_copy_frame(const um_h5ad_copy *copy, const char *name, const um_column *columns, size_t count,
                        size_t rows)
{
    um_writer *const writer = copy->writer;
    um_names order = {0}, except = {0};
    um_node source = UM_NO_NODE;
    if (writer->status == UNMIX_OK)
        writer->status = um_node_find(writer->cx, copy->source->root, name, &source);
    um_h5ad_new_order(copy, source, columns, count, &order);
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &except, columns[i].name, strlen(columns[i].name));
    const um_node target = um_put_group(writer, writer->store.root, name);
    um_copy_attributes(writer, source, target, "column-order");
    um_put_attribute_names(writer, target, "column-order", &order);
    um_copy_members(writer, source, target, &except, UM_REFERRED_KEPT);
    um_refer_to_copies(writer, source, target, "categories");
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++) {
        forget_categories(writer, target, columns[i].name);
        um_h5ad_put_column(writer, target, &columns[i], rows);
    }
    um_node_release(target);
    um_node_release(source);
    um_names_clear(&order);
    um_names_clear(&except);
}
