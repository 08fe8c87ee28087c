#include "io/hdf5/hdf5_copy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5/hdf5_create.h"
#include "io/hdf5/hdf5_data.h"
#include "io/hdf5/hdf5_state.h"
#include "io/hdf5/hdf5_text.h"
#include "io/hdf5/hdf5_visit.h"

/* The last HDF5 call failed on something of the file that is copied, unless the disk is the reason. */
static void fail_copy(um_writer *writer, um_node node, const char *what)
{
    um_writer_check(writer);
    if (writer->status == UNMIX_OK)
        writer->status = UM_H5_FAIL(writer->cx, um_h5_file_of(node), node.id, what);
}

/* ---- Members ---- */

static int is_soft_link(um_node source, const char *member, size_t *size)
{
    H5L_info_t about;
    if (H5Lget_info(source.id, member, &about, H5P_DEFAULT) < 0 || about.type != H5L_TYPE_SOFT)
        return 0;
    *size = about.u.val_size;
    return 1;
}

/* It leads to the same place in the copy. */
static void copy_soft_link(um_writer *writer, um_node source, const char *member, size_t size, um_node target)
{
    char *place = NULL;
    writer->status = UM_ALLOC(writer->cx, &place, size + 1, "link");
    if (writer->status == UNMIX_OK &&
        (H5Lget_val(source.id, member, place, size, H5P_DEFAULT) < 0 ||
         H5Lcreate_soft(place, target.id, member, H5P_DEFAULT, H5P_DEFAULT) < 0))
        fail_copy(writer, source, "has a link that cannot be copied");
    free(place);
}

/* Text of variable length is read and written by HDF5 when it is copied; all else goes as it is. */
static unmix_status check_copied(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *place)
{
    const hid_t type = H5Dget_type(dataset);
    const int plain = type >= 0 && um_h5_is_plain(type);
    (void)place;
    um_h5_release(type);
    return plain ? UNMIX_OK : um_h5_check_text(cx, file, dataset);
}

static unmix_status check_member(unmix_context *cx, um_node source, const char *member)
{
    um_h5_touch(cx, um_h5_file_of(source));
    const hid_t object = H5Oopen(source.id, member, H5P_DEFAULT);
    const unmix_status status = object < 0 ? UM_H5_FAIL(cx, um_h5_file_of(source), source.id, "has a member that cannot be opened")
                                           : um_h5_visit(cx, um_h5_file_of(source), object, check_copied);
    um_h5_release(object);
    return status;
}

void um_h5_copy(um_writer *writer, um_node source, const char *member, um_node target, const char *name,
                um_referred referred)
{
    if (!um_h5_has(source.id, member)) {
        um_warn(writer->cx, "%s: '%s' in '%s' is a link that leads nowhere and is left out", source.store->path, member,
                um_h5_place_of(source.id).text);
        return;
    }
    writer->status = check_member(writer->cx, source, member);
    if (writer->status != UNMIX_OK)
        return;
    const hid_t how = H5Pcreate(H5P_OBJECT_COPY);
    if (how < 0 || H5Pset_copy_object(how, referred == UM_REFERRED_COPIED ? H5O_COPY_EXPAND_REFERENCE_FLAG : 0) < 0 ||
        H5Ocopy(source.id, member, target.id, name, how, H5P_DEFAULT) < 0)
        fail_copy(writer, source, "has a member that cannot be copied");
    um_h5_release(how);
    um_writer_check(writer);
}

void um_h5_copy_all(um_writer *writer, um_node source, um_node target, um_names *except, um_referred referred)
{
    um_names members = {0};
    writer->status = um_h5_members(writer->cx, um_h5_file_of(source), source.id, &members);
    if (writer->status == UNMIX_OK)
        writer->status = um_names_index(writer->cx, except);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++) {
        const char *name = um_name(&members, i);
        if (um_names_find(except, name) != UM_NOT_FOUND)
            continue;
        um_writer_progress(writer);
        size_t size = 0;
        if (writer->status != UNMIX_OK)
            break;
        if (is_soft_link(source, name, &size))
            copy_soft_link(writer, source, name, size, target);
        else
            um_h5_copy(writer, source, name, target, name, referred);
    }
    um_names_clear(&members);
}

void um_h5_remove(um_writer *writer, um_node group, const char *name)
{
    if (H5Lexists(group.id, name, H5P_DEFAULT) > 0 && H5Ldelete(group.id, name, H5P_DEFAULT) < 0)
        um_h5_fail_write(writer, name);
}

/* ---- Attributes ---- */

/* Reads and writes as stored; text of variable length is allocated by HDF5 in between. */
static int copy_value(hid_t from, hid_t to, hid_t type, hid_t space, void *buffer)
{
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count <= 0)
        return 0;
    if (H5Aread(from, type, buffer) < 0)
        return -1;
    const int result = H5Awrite(to, type, buffer) < 0 ? -1 : 0;
    (void)H5Dvlen_reclaim(type, space, H5P_DEFAULT, buffer);
    return result;
}

static void copy_attribute(um_writer *writer, um_node source, um_node target, const char *name)
{
    const hid_t from = H5Aopen(source.id, name, H5P_DEFAULT);
    const hid_t type = from < 0 ? -1 : H5Aget_type(from);
    const hid_t space = from < 0 ? -1 : H5Aget_space(from);
    char *buffer = NULL;
    if (type < 0 || space < 0) {
        fail_copy(writer, source, "has an attribute that cannot be read");
    } else if (H5Tdetect_class(type, H5T_REFERENCE) <= 0) {
        const hssize_t count = H5Sget_simple_extent_npoints(space);
        writer->status = UM_ALLOC(writer->cx, &buffer,
                                  um_product_size(count > 0 ? (size_t)count : 0, H5Tget_size(type), 1), "attribute");
        const hid_t to = writer->status != UNMIX_OK
                             ? -1
                             : H5Acreate2(target.id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        if (writer->status == UNMIX_OK && (to < 0 || copy_value(from, to, type, space, buffer) < 0))
            fail_copy(writer, source, "has an attribute that cannot be copied");
        um_h5_release(to);
    }
    free(buffer);
    um_h5_release(space);
    um_h5_release(type);
    um_h5_release(from);
}

static herr_t add_attribute(hid_t object, const char *name, const H5A_info_t *about, void *payload)
{
    um_names *names = payload;
    unmix_context ignored = {0};
    (void)object, (void)about;
    return um_names_add(&ignored, names, name, strlen(name)) == UNMIX_OK ? 0 : -1;
}

void um_h5_copy_attributes(um_writer *writer, um_node source, um_node target, const char *except)
{
    um_names names = {0};
    if (H5Aiterate2(source.id, H5_INDEX_NAME, H5_ITER_INC, NULL, add_attribute, &names) < 0)
        fail_copy(writer, source, "has attributes that cannot be listed");
    for (size_t i = 0; i < names.count && writer->status == UNMIX_OK; i++)
        if (!except || strcmp(um_name(&names, i), except) != 0)
            copy_attribute(writer, source, target, um_name(&names, i));
    um_names_clear(&names);
}

/* ---- References ---- */

/* Where an attribute of a member refers to, as a path in place[size]; "" when it refers to nothing. */
static void follow(um_node group, const char *member, const char *name, char *place, size_t size)
{
    hobj_ref_t reference = 0;
    const hid_t attribute = H5Aopen_by_name(group.id, member, name, H5P_DEFAULT, H5P_DEFAULT);
    place[0] = '\0';
    if (attribute >= 0 && um_h5_read_reference(attribute, &reference))
        (void)H5Rget_name(group.id, H5R_OBJECT, &reference, place, size);
    um_h5_release(attribute);
}

static void refer_to_copy(um_writer *writer, um_node source, um_node target, const char *member, const char *name)
{
    char place[2048];
    hobj_ref_t reference = 0;
    follow(source, member, name, place, sizeof place);
    if (!place[0] || H5Oexists_by_name(target.id, place, H5P_DEFAULT) <= 0)
        return;
    const hid_t dataset = H5Dopen2(target.id, member, H5P_DEFAULT);
    const hid_t space = H5Screate(H5S_SCALAR);
    if (dataset >= 0 && H5Aexists(dataset, name) > 0)
        (void)H5Adelete(dataset, name);
    const hid_t attribute =
        dataset < 0 || space < 0
            ? -1
            : H5Acreate2(dataset, name, H5T_STD_REF_OBJ, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Rcreate(&reference, target.id, place, H5R_OBJECT, -1) < 0 ||
        H5Awrite(attribute, H5T_STD_REF_OBJ, &reference) < 0)
        fail_copy(writer, source, "has a member whose reference cannot be copied");
    um_h5_release(attribute);
    um_h5_release(space);
    um_h5_release(dataset);
}

void um_h5_refer_to_copies(um_writer *writer, um_node source, um_node target, const char *attribute)
{
    um_names members = {0};
    writer->status = um_h5_members(writer->cx, um_h5_file_of(source), source.id, &members);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++) {
        const char *name = um_name(&members, i);
        if (H5Lexists(target.id, name, H5P_DEFAULT) > 0 &&
            H5Aexists_by_name(source.id, name, attribute, H5P_DEFAULT) > 0)
            refer_to_copy(writer, source, target, name, attribute);
    }
    um_names_clear(&members);
}

/* ---- Fields of records ---- */

/* Type of a field's numbers. *columns: length of lists of them, 0 for plain ones, SIZE_MAX for what is neither. */
static hid_t number_type(hid_t records, const char *field, size_t *columns)
{
    const hid_t record = H5Dget_type(records);
    const int place = record < 0 ? -1 : H5Tget_member_index(record, field);
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

/* Numbers of `type` (columns 0) or lists of `columns` of them, a row each, as they are stored. */
static hid_t put_field(um_writer *writer, um_node records, const char *field, hid_t type, size_t columns, um_node target)
{
    const um_h5_file *const file = um_h5_file_of(records);
    const hsize_t list = columns;
    size_t rows = 0;
    char *buffer = NULL;
    hid_t dataset = -1;
    const hid_t row = columns ? H5Tarray_create2(type, 1, &list) : H5Tcopy(type);
    const hid_t record = row < 0 ? -1 : um_h5_memory_type(row, field);
    writer->status = record < 0 ? UM_H5_FAIL(writer->cx, file, records.id, "cannot be described")
                                : um_h5_length(writer->cx, file, records.id, &rows);
    if (writer->status == UNMIX_OK)
        writer->status = UM_ALLOC(writer->cx, &buffer, um_product_size(rows, H5Tget_size(row), 1), "column");
    if (writer->status == UNMIX_OK && rows)
        writer->status = um_h5_read_raw(writer->cx, file, records.id, record, NULL, buffer);
    const hsize_t extent[2] = {rows, columns ? columns : 1};
    if (writer->status == UNMIX_OK)
        dataset = um_h5_put_dataset(writer, target.id, field, type, type, columns ? 2 : 1, extent, rows ? buffer : NULL);
    um_h5_release(record);
    um_h5_release(row);
    free(buffer);
    return dataset;
}

um_node um_h5_copy_field(um_writer *writer, um_node records, const char *field, um_node target)
{
    size_t columns = 0;
    const hid_t type = number_type(records.id, field, &columns);
    const hid_t dataset = columns == SIZE_MAX ? -1 : put_field(writer, records, field, type, columns, target);
    um_h5_release(type);
    return um_h5_node(&writer->store, dataset);
}
