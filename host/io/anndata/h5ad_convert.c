/* Frames and mappings that are records, as anndata before 0.7 stored them, in the present encoding. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/anndata/h5ad_copy.h"
#include "io/anndata/h5ad_put.h"

/* ---- One member of the records ---- */

static void convert_text(const um_h5ad_copy *copy, um_node records, const char *member, um_node target)
{
    um_writer *const writer = copy->writer;
    um_names texts = {0};
    writer->status = um_node_read_texts(writer->cx, records, member, &texts);
    um_h5ad_put_names(writer, target, member, &texts);
    um_names_clear(&texts);
}

static void convert_member(const um_h5ad_copy *copy, um_node records, const char *member, um_node target)
{
    um_writer *const writer = copy->writer;
    if (writer->status != UNMIX_OK)
        return;
    if (um_node_element(records, member) == UM_ELEMENT_TEXT) {
        convert_text(copy, records, member, target);
        return;
    }
    const um_node array = um_copy_field(writer, records, member, target);
    if (!um_is_node(array) && writer->status == UNMIX_OK)
        um_warn(writer->cx, "%s: '%s/%s' holds neither numbers nor text and is left out", copy->source->path,
                um_node_place(records).text, member);
    um_h5ad_put_encoding(writer, array, "array", "0.2.0");
    um_node_release(array);
}

void um_h5ad_convert_members(const um_h5ad_copy *copy, um_node records, um_node target, um_names *except)
{
    um_writer *const writer = copy->writer;
    um_names members = {0};
    if (writer->status == UNMIX_OK)
        writer->status = um_node_fields(writer->cx, records, &members);
    if (writer->status == UNMIX_OK)
        writer->status = um_names_index(writer->cx, except);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++)
        if (um_names_find(except, um_name(&members, i)) == UM_NOT_FOUND)
            convert_member(copy, records, um_name(&members, i), target);
    um_names_clear(&members);
}

/* ---- Categories, which were kept in uns ---- */

/* Whether `categories` is a list with one for every code, as anndata asks, too; other columns only have such a name. */
static int are_categories(const um_h5ad_copy *copy, um_node records, const char *column, um_node categories)
{
    um_writer *const writer = copy->writer;
    int rank = 0;
    const int64_t length = um_node_count(categories, &rank);
    size_t count = 0;
    int64_t *codes = NULL;
    if (rank != 1 || writer->status != UNMIX_OK)
        return 0;
    writer->status = um_node_length(writer->cx, records, &count);
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &codes, count, "labels");
    if (writer->status == UNMIX_OK && count)
        writer->status = um_node_read_integers(writer->cx, records, column, NULL, codes);
    int fit = writer->status == UNMIX_OK;
    for (size_t i = 0; i < count && fit; i++)
        fit = codes[i] < length;
    free(codes);
    return fit;
}

/* uns/COLUMN_categories where it can be the categories of this column of integers. UM_NO_NODE when there is none. */
static um_node open_categories(const um_h5ad_copy *copy, um_node records, const char *column)
{
    char place[1100];
    (void)snprintf(place, sizeof place, "uns/%s_categories", column);
    if (um_node_element(records, column) != UM_ELEMENT_INTEGER || !um_node_has(copy->source->root, "uns") ||
        !um_node_has(copy->source->root, place))
        return UM_NO_NODE;
    um_node array = UM_NO_NODE;
    if (copy->writer->status == UNMIX_OK)
        copy->writer->status = um_node_find(copy->writer->cx, copy->source->root, place, &array);
    if (um_is_node(array) && !um_node_is_group(array) && are_categories(copy, records, column, array))
        return array;
    um_node_release(array);
    return UM_NO_NODE;
}

static void convert_factor(const um_h5ad_copy *copy, um_node records, const char *column, um_node categories, um_node target)
{
    um_writer *const writer = copy->writer;
    um_h5ad_factor factor = {0}; /* read to be checked */
    writer->status = um_h5ad_read_codes(writer->cx, records, column, categories, &factor);
    const um_node group = um_h5ad_put_group(writer, target, column, "categorical", "0.2.0");
    um_put_attribute_boolean(writer, group, "ordered", 0);
    double *codes = NULL;
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &codes, factor.count, "labels");
    for (size_t i = 0; i < factor.count && writer->status == UNMIX_OK; i++)
        codes[i] = (double)factor.level[i];
    um_node_release(um_h5ad_put_array(writer, group, "codes", UM_INTEGER, factor.count, 0, codes));
    if (um_node_element(categories, NULL) == UM_ELEMENT_TEXT)
        um_h5ad_put_names(writer, group, "categories", &factor.levels);
    else
        um_copy_member(writer, copy->source->root, um_node_place(categories).text, group, "categories");
    um_node_release(group);
    free(codes);
    um_h5ad_factor_clear(&factor);
}

static void convert_column(const um_h5ad_copy *copy, um_node records, const char *column, um_node target)
{
    const um_node categories = open_categories(copy, records, column);
    if (um_is_node(categories))
        convert_factor(copy, records, column, categories, target);
    else
        convert_member(copy, records, column, target);
    um_node_release(categories);
}

void um_h5ad_converted_categories(const um_h5ad_copy *copy, const char *name, um_names *names)
{
    um_writer *const writer = copy->writer;
    um_names members = {0};
    um_node records = UM_NO_NODE;
    if (writer->status == UNMIX_OK)
        writer->status = um_node_find(writer->cx, copy->source->root, name, &records);
    if (writer->status == UNMIX_OK && !um_node_is_group(records))
        writer->status = um_node_fields(writer->cx, records, &members);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++) {
        char member[1100];
        const um_node categories = open_categories(copy, records, um_name(&members, i));
        if (um_is_node(categories)) {
            (void)snprintf(member, sizeof member, "%s_categories", um_name(&members, i));
            writer->status = um_names_add(writer->cx, names, member, strlen(member));
        }
        um_node_release(categories);
    }
    um_names_clear(&members);
    um_node_release(records);
}

/* ---- The frame ---- */

static const um_column *find_column(const um_column *columns, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(columns[i].name, name) == 0)
            return &columns[i];
    return NULL;
}

void um_h5ad_convert_frame(const um_h5ad_copy *copy, const char *name, const um_column *columns, size_t count,
                           size_t rows)
{
    um_writer *const writer = copy->writer;
    um_names order = {0}, index = {0};
    char index_name[1024] = UM_H5AD_INDEX;
    um_node records = UM_NO_NODE;
    if (writer->status == UNMIX_OK)
        writer->status = um_node_find(writer->cx, copy->source->root, name, &records);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_read_index(writer->cx, records, &index);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_index_name(writer->cx, records, index_name, sizeof index_name);
    um_h5ad_new_order(copy, records, columns, count, &order);
    const um_node target = um_h5ad_begin_frame(writer, writer->store.root, name, index_name, &index, &order);
    for (size_t i = 0; i < order.count && writer->status == UNMIX_OK; i++) {
        const um_column *added = find_column(columns, count, um_name(&order, i));
        if (added)
            um_h5ad_put_column(writer, target, added, rows);
        else
            convert_column(copy, records, um_name(&order, i), target);
    }
    um_node_release(target);
    um_node_release(records);
    um_names_clear(&order);
    um_names_clear(&index);
}
