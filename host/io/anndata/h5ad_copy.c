#include "io/anndata/h5ad_copy.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/anndata/h5ad_put.h"

/* The last HDF5 call failed on something of the file that is copied, unless the disk is the reason. */
static void fail_copy(const um_h5ad_copy *copy, hid_t object, const char *what)
{
    um_h5_writer *const writer = copy->writer;
    um_h5_writer_check(writer);
    if (writer->status == UNMIX_OK)
        writer->status = UM_H5_FAIL(writer->cx, copy->file, object, what);
}

/* ---- Members ---- */

static int is_soft_link(hid_t source, const char *member, size_t *size)
{
    H5L_info_t about;
    if (H5Lget_info(source, member, &about, H5P_DEFAULT) < 0 || about.type != H5L_TYPE_SOFT)
        return 0;
    *size = about.u.val_size;
    return 1;
}

/* It leads to the same place in the copy. */
static void copy_soft_link(const um_h5ad_copy *copy, hid_t source, const char *member, size_t size, hid_t target)
{
    um_h5_writer *const writer = copy->writer;
    char *place = NULL;
    writer->status = UM_ALLOC(writer->cx, &place, size + 1, "link");
    if (writer->status == UNMIX_OK &&
        (H5Lget_val(source, member, place, size, H5P_DEFAULT) < 0 ||
         H5Lcreate_soft(place, target, member, H5P_DEFAULT, H5P_DEFAULT) < 0))
        fail_copy(copy, source, "has a link that cannot be copied");
    free(place);
}

static void copy_object(const um_h5ad_copy *copy, hid_t source, const char *member, hid_t target, const char *name,
                        unsigned flags)
{
    um_h5_writer *const writer = copy->writer;
    if (writer->status != UNMIX_OK)
        return;
    if (!um_h5_has(source, member)) {
        um_warn(writer->cx, "%s: '%s' in '%s' is a link that leads nowhere and is left out", copy->file->path, member,
                um_h5_place_of(source).text);
        return;
    }
    const hid_t how = H5Pcreate(H5P_OBJECT_COPY);
    if (how < 0 || H5Pset_copy_object(how, flags) < 0 ||
        H5Ocopy(source, member, target, name, how, H5P_DEFAULT) < 0)
        fail_copy(copy, source, "has a member that cannot be copied");
    um_h5_release(how);
    um_h5_writer_check(writer);
}

void um_h5ad_copy_member(const um_h5ad_copy *copy, hid_t source, const char *member, hid_t target, const char *name)
{
    copy_object(copy, source, member, target, name, H5O_COPY_EXPAND_REFERENCE_FLAG | H5O_COPY_EXPAND_EXT_LINK_FLAG);
}

/* `flags` as for H5Pset_copy_object(). */
static void copy_members(const um_h5ad_copy *copy, hid_t source, hid_t target, um_names *except, unsigned flags)
{
    um_h5_writer *const writer = copy->writer;
    um_names members = {0};
    if (writer->status == UNMIX_OK)
        writer->status = um_h5_members(writer->cx, copy->file, source, &members);
    if (writer->status == UNMIX_OK)
        writer->status = um_names_index(writer->cx, except);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++) {
        const char *name = um_name(&members, i);
        if (um_names_find(except, name) != UM_NOT_FOUND)
            continue;
        um_h5_writer_progress(writer);
        size_t size = 0;
        if (writer->status != UNMIX_OK)
            break;
        if (is_soft_link(source, name, &size))
            copy_soft_link(copy, source, name, size, target);
        else
            copy_object(copy, source, name, target, name, flags);
    }
    um_names_clear(&members);
}

void um_h5ad_copy_members(const um_h5ad_copy *copy, hid_t source, hid_t target, um_names *except)
{
    copy_members(copy, source, target, except, H5O_COPY_EXPAND_REFERENCE_FLAG | H5O_COPY_EXPAND_EXT_LINK_FLAG);
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

static void copy_attribute(const um_h5ad_copy *copy, hid_t source, hid_t target, const char *name)
{
    um_h5_writer *const writer = copy->writer;
    const hid_t from = H5Aopen(source, name, H5P_DEFAULT);
    const hid_t type = from < 0 ? -1 : H5Aget_type(from);
    const hid_t space = from < 0 ? -1 : H5Aget_space(from);
    char *buffer = NULL;
    if (type < 0 || space < 0) {
        fail_copy(copy, source, "has an attribute that cannot be read");
    } else if (H5Tdetect_class(type, H5T_REFERENCE) <= 0) {
        const hssize_t count = H5Sget_simple_extent_npoints(space);
        writer->status = UM_ALLOC(writer->cx, &buffer,
                                  um_product_size(count > 0 ? (size_t)count : 0, H5Tget_size(type), 1), "attribute");
        const hid_t to = writer->status != UNMIX_OK
                             ? -1
                             : H5Acreate2(target, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
        if (writer->status == UNMIX_OK && (to < 0 || copy_value(from, to, type, space, buffer) < 0))
            fail_copy(copy, source, "has an attribute that cannot be copied");
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

void um_h5ad_copy_attributes(const um_h5ad_copy *copy, hid_t source, hid_t target, const char *except)
{
    um_h5_writer *const writer = copy->writer;
    um_names names = {0};
    if (writer->status != UNMIX_OK)
        return;
    if (H5Aiterate2(source, H5_INDEX_NAME, H5_ITER_INC, NULL, add_attribute, &names) < 0)
        fail_copy(copy, source, "has attributes that cannot be listed");
    for (size_t i = 0; i < names.count && writer->status == UNMIX_OK; i++)
        if (!except || strcmp(um_name(&names, i), except) != 0)
            copy_attribute(copy, source, target, um_name(&names, i));
    um_names_clear(&names);
}

/* ---- Frames ---- */

void um_h5ad_new_order(const um_h5ad_copy *copy, hid_t frame, const um_column *columns, size_t count, um_names *order)
{
    um_h5_writer *const writer = copy->writer;
    char index[1024];
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_index_name(writer->cx, copy->file, frame, index, sizeof index);
    if (writer->status == UNMIX_OK)
        writer->status = um_h5ad_columns(writer->cx, copy->file, frame, order);
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++) {
        writer->status = um_names_index(writer->cx, order);
        if (writer->status == UNMIX_OK && strcmp(columns[i].name, index) == 0)
            writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_INPUT,
                                     "%s: the index of '%s' is called '%s', which is the name of a column of the "
                                     "result; give the index another name in Python and write the file again",
                                     copy->file->path, um_h5_place_of(frame).text, index);
        if (writer->status == UNMIX_OK && um_names_find(order, columns[i].name) == UM_NOT_FOUND)
            writer->status = um_names_add(writer->cx, order, columns[i].name, strlen(columns[i].name));
    }
}

/* Where the attribute `categories` of a column refers to, as a path in place[size]; "" when it refers to nothing. */
static void follow(hid_t frame, const char *column, char *place, size_t size)
{
    hobj_ref_t reference = 0;
    const hid_t attribute = H5Aopen_by_name(frame, column, "categories", H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = attribute < 0 ? -1 : H5Aget_type(attribute);
    const hid_t space = attribute < 0 ? -1 : H5Aget_space(attribute);
    place[0] = '\0';
    if (type >= 0 && space >= 0 && H5Tequal(type, H5T_STD_REF_OBJ) > 0 && H5Sget_simple_extent_npoints(space) == 1 &&
        H5Aread(attribute, H5T_STD_REF_OBJ, &reference) >= 0)
        (void)H5Rget_name(frame, H5R_OBJECT, &reference, place, size);
    um_h5_release(space);
    um_h5_release(type);
    um_h5_release(attribute);
}

/* The categories of anndata 0.7 lie in the frame and are referred to: the copy must refer to its own. */
static void refer_to_copy(const um_h5ad_copy *copy, hid_t source, hid_t target, const char *column)
{
    static const char name[] = "categories";
    char place[2048];
    hobj_ref_t reference = 0;
    follow(source, column, place, sizeof place);
    if (!place[0] || H5Oexists_by_name(target, place, H5P_DEFAULT) <= 0)
        return;
    const hid_t dataset = H5Dopen2(target, column, H5P_DEFAULT);
    const hid_t space = H5Screate(H5S_SCALAR);
    if (dataset >= 0 && H5Aexists(dataset, name) > 0)
        (void)H5Adelete(dataset, name);
    const hid_t attribute =
        dataset < 0 || space < 0
            ? -1
            : H5Acreate2(dataset, name, H5T_STD_REF_OBJ, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Rcreate(&reference, target, place, H5R_OBJECT, -1) < 0 ||
        H5Awrite(attribute, H5T_STD_REF_OBJ, &reference) < 0)
        fail_copy(copy, source, "has a column whose categories cannot be copied");
    um_h5_release(attribute);
    um_h5_release(space);
    um_h5_release(dataset);
}

static void refer_to_copies(const um_h5ad_copy *copy, hid_t source, hid_t target)
{
    um_h5_writer *const writer = copy->writer;
    um_names members = {0};
    if (writer->status == UNMIX_OK)
        writer->status = um_h5_members(writer->cx, copy->file, source, &members);
    for (size_t i = 0; i < members.count && writer->status == UNMIX_OK; i++) {
        const char *name = um_name(&members, i);
        if (H5Lexists(target, name, H5P_DEFAULT) > 0 &&
            H5Aexists_by_name(source, name, "categories", H5P_DEFAULT) > 0)
            refer_to_copy(copy, source, target, name);
    }
    um_names_clear(&members);
}

/* Categories of a column that is replaced (anndata 0.7). */
static void forget_categories(hid_t frame, const char *column)
{
    const hid_t group = um_h5_has(frame, "__categories") ? H5Gopen2(frame, "__categories", H5P_DEFAULT) : -1;
    if (group >= 0 && H5Lexists(group, column, H5P_DEFAULT) > 0)
        (void)H5Ldelete(group, column, H5P_DEFAULT);
    um_h5_release(group);
}

void um_h5ad_copy_frame(const um_h5ad_copy *copy, const char *name, const um_column *columns, size_t count,
                        size_t rows)
{
    um_h5_writer *const writer = copy->writer;
    um_names order = {0}, except = {0};
    hid_t source = -1;
    if (writer->status == UNMIX_OK)
        writer->status = um_h5_open_member(writer->cx, copy->file, copy->file->id, name, &source);
    um_h5ad_new_order(copy, source, columns, count, &order);
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++)
        writer->status = um_names_add(writer->cx, &except, columns[i].name, strlen(columns[i].name));
    const hid_t target = um_h5_put_bare_group(writer, writer->file, name);
    um_h5ad_copy_attributes(copy, source, target, "column-order");
    um_h5_put_attribute_names(writer, target, "column-order", &order);
    copy_members(copy, source, target, &except, H5O_COPY_EXPAND_EXT_LINK_FLAG);
    refer_to_copies(copy, source, target);
    for (size_t i = 0; i < count && writer->status == UNMIX_OK; i++) {
        forget_categories(target, columns[i].name);
        um_h5ad_put_column(writer, target, &columns[i], rows);
    }
    um_h5_writer_close(target);
    um_h5_release(source);
    um_names_clear(&order);
    um_names_clear(&except);
}
