/* Frames and mappings that are records, as anndata before 0.7 stored them, in the present encoding. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/anndata/h5ad_copy.h"
#include "io/anndata/h5ad_put.h"

/* ---- One member of the records ---- */

static void convert_text(const um_h5ad_copy *copy, hid_t records, const char *member, hid_t target)
{
    um_h5_writer *const writer = copy->writer;
    um_names texts = {0};
    writer->status = um_h5_read_strings(writer->cx, copy->file, records, member, &texts);
    um_h5_put_names(writer, target, member, &texts);
    um_names_clear(&texts);
}

/* Numbers of `type` (columns 0) or lists of `columns` of them, a row each, as they are stored. */
static void convert_numbers(const um_h5ad_copy *copy, hid_t records, const char *member, hid_t type, size_t columns,
                            hid_t target, const char *name)
{
    um_h5_writer *const writer = copy->writer;
    const hsize_t extent = columns;
    size_t rows = 0;
    char *buffer = NULL;
    const hid_t row = columns ? H5Tarray_create2(type, 1, &extent) : H5Tcopy(type);
    const hid_t record = row < 0 ? -1 : um_h5_memory_type(row, member);
    writer->status = record < 0 ? UM_H5_FAIL(writer->cx, copy->file, records, "cannot be described")
                                : um_h5_length(writer->cx, copy->file, records, &rows);
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &buffer, um_product_size(rows, H5Tget_size(row), 1), "column");
    if (writer->status == UNMIX_OK && rows)
        writer->status = um_h5_read_raw(writer->cx, copy->file, records, record, NULL, buffer);
    const hid_t dataset = um_h5_put_stored(writer, target, name, type, rows, columns, buffer);
    um_h5_put_encoding(writer, dataset, "array", "0.2.0");
    um_h5_writer_close(dataset);
    um_h5_release(record);
    um_h5_release(row);
    free(buffer);
}

/* Type of a member's numbers. *columns: length of lists of them, 0 for plain ones, SIZE_MAX for what is neither. */
static hid_t number_type(hid_t records, const char *member, size_t *columns)
{
    const hid_t record = H5Dget_type(records);
    const int place = record < 0 ? -1 : H5Tget_member_index(record, member);
    const hid_t type = place < 0 ? -1 : H5Tget_member_type(record, (unsigned)place);
    hid_t element = type;
    hsize_t extent = 0;
    *columns = 0;
    if (type >= 0 && H5Tget_class(type) == H5T_ARRAY) {
        element = H5Tget_super(type);
        *columns = H5Tget_array_ndims(type) == 1 && H5Tget_array_dims2(type, &extent) == 1 && extent ? (size_t)extent
                                                                                                     : SIZE_MAX;
        um_h5_release(type);
    }
    const H5T_class_t class = element < 0 ? H5T_NO_CLASS : H5Tget_class(element);
    if (class != H5T_INTEGER && class != H5T_FLOAT && class != H5T_ENUM)
        *columns = SIZE_MAX;
    um_h5_release(record);
    return element;
}

static void convert_member(const um_h5ad_copy *copy, hid_t records, const char *member, hid_t target)
{
    um_h5_writer *const writer = copy->writer;
    if (writer->status != UNMIX_OK)
        return;
    if (um_h5_class(records, member) == H5T_STRING) {
        convert_text(copy, records, member, target);
        return;
    }
    size_t columns = 0;
    const hid_t type = number_type(records, member, &columns);
    if (columns == SIZE_MAX)
        um_warn(writer->cx, "%s: '%s/%s' holds neither numbers nor text and is left out", copy->file->path,
                um_h5_place_of(records).text, member);
    else
        convert_numbers(copy, records, member, type, columns, target, member);
    um_h5_release(type);
}

void um_h5ad_convert_members(const um_h5ad_copy *copy, hid_t records, hid_t target, um_names *except)
{
    um_h5_writer *const writer = copy->writer;
    um_names members = {0};
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_record_members(writer->cx, copy->file, records, &members);
    if (writer->status == UNMIX_OK)
        writer->status = um_names_index(writer->cx, except);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++)
        if (um_names_find(except, um_name(&members, i)) == UM_NOT_FOUND)
            convert_member(copy, records, um_name(&members, i), target);
    um_names_clear(&members);
}

/* ---- Categories, which were kept in uns ---- */

/* Whether `categories` is a list with one for every code, as anndata asks, too; other columns only have such a name. */
static int are_categories(const um_h5ad_copy *copy, hid_t records, const char *column, hid_t categories)
{
    um_h5_writer *const writer = copy->writer;
    const hid_t space = H5Dget_space(categories);
    const int is_list = space >= 0 && H5Sget_simple_extent_ndims(space) == 1;
    const hssize_t length = is_list ? H5Sget_simple_extent_npoints(space) : -1;
    size_t count = 0;
    int64_t *codes = NULL;
    um_h5_release(space);
    if (length < 0 || writer->status != UNMIX_OK)
        return 0;
    writer->status = um_h5_length(writer->cx, copy->file, records, &count);
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &codes, count, "labels");
    if (writer->status == UNMIX_OK && count)
        writer->status = um_h5_read_integers(writer->cx, copy->file, records, column, NULL, codes);
    int fit = writer->status == UNMIX_OK;
    for (size_t i = 0; i < count && fit; i++)
        fit = codes[i] < length;
    free(codes);
    return fit;
}

/* uns/COLUMN_categories where it can be the categories of this column of integers. -1 when there is none. */
static hid_t open_categories(const um_h5ad_copy *copy, hid_t records, const char *column)
{
    char place[1100];
    (void)snprintf(place, sizeof place, "uns/%s_categories", column);
    if (um_h5_class(records, column) != H5T_INTEGER || !um_h5_has(copy->file->id, "uns") ||
        !um_h5_has(copy->file->id, place))
        return -1;
    const hid_t dataset = H5Dopen2(copy->file->id, place, H5P_DEFAULT);
    if (dataset >= 0 && are_categories(copy, records, column, dataset))
        return dataset;
    um_h5_release(dataset);
    return -1;
}

static void convert_factor(const um_h5ad_copy *copy, hid_t records, const char *column, hid_t categories, hid_t target)
{
    um_h5_writer *const writer = copy->writer;
    um_h5ad_factor factor = {0}; /* read to be checked */
    writer->status = um_h5ad_read_codes(writer->cx, copy->file, records, column, categories, &factor);
    const hid_t group = um_h5_put_group(writer, target, column, "categorical", "0.2.0");
    um_h5_put_attribute_boolean(writer, group, "ordered", 0);
    double *codes = NULL;
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &codes, factor.count, "labels");
    for (size_t i = 0; i < factor.count && writer->status == UNMIX_OK; i++)
        codes[i] = (double)factor.level[i];
    um_h5_writer_close(um_h5_put_array(writer, group, "codes", UM_INTEGER, factor.count, 0, codes));
    if (um_h5_class(categories, NULL) == H5T_STRING)
        um_h5_put_names(writer, group, "categories", &factor.levels);
    else
        um_h5ad_copy_member(copy, copy->file->id, um_h5_place_of(categories).text, group, "categories");
    um_h5_writer_close(group);
    free(codes);
    um_h5ad_factor_clear(&factor);
}

static void convert_column(const um_h5ad_copy *copy, hid_t records, const char *column, hid_t target)
{
    const hid_t categories = open_categories(copy, records, column);
    if (categories >= 0)
        convert_factor(copy, records, column, categories, target);
    else
        convert_member(copy, records, column, target);
    um_h5_release(categories);
}

void um_h5ad_converted_categories(const um_h5ad_copy *copy, const char *name, um_names *names)
{
    um_h5_writer *const writer = copy->writer;
    um_names members = {0};
    hid_t records = -1;
    if (writer->status == UNMIX_OK)
        writer->status = um_h5_open_member(writer->cx, copy->file, copy->file->id, name, &records);
    if (writer->status == UNMIX_OK && !um_h5_is_group(records))
        writer->status = um_h5ad_record_members(writer->cx, copy->file, records, &members);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++) {
        char member[1100];
        const hid_t categories = open_categories(copy, records, um_name(&members, i));
        if (categories >= 0) {
            (void)snprintf(member, sizeof member, "%s_categories", um_name(&members, i));
            writer->status = um_names_add(writer->cx, names, member, strlen(member));
        }
        um_h5_release(categories);
    }
    um_names_clear(&members);
    um_h5_release(records);
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
    um_h5_writer *const writer = copy->writer;
    um_names order = {0}, index = {0};
    char index_name[1024] = UM_H5AD_INDEX;
    hid_t records = -1;
    if (writer->status == UNMIX_OK)
        writer->status = um_h5_open_member(writer->cx, copy->file, copy->file->id, name, &records);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_read_index(writer->cx, copy->file, records, &index);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_index_name(writer->cx, copy->file, records, index_name, sizeof index_name);
    um_h5ad_new_order(copy, records, columns, count, &order);
    const hid_t target = um_h5ad_begin_frame(writer, writer->file, name, index_name, &index, &order);
    for (size_t i = 0; i < order.count && writer->status == UNMIX_OK; i++) {
        const um_column *added = find_column(columns, count, um_name(&order, i));
        if (added)
            um_h5ad_put_column(writer, target, added, rows);
        else
            convert_column(copy, records, um_name(&order, i), target);
    }
    um_h5_writer_close(target);
    um_h5_release(records);
    um_names_clear(&order);
    um_names_clear(&index);
}
