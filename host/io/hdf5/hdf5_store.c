#include "io/hdf5/hdf5_store.h"

#include <string.h>

#include "core/memory.h"
#include "io/files/readable.h"
#include "io/hdf5/hdf5_data.h"
#include "io/hdf5/hdf5_state.h"
#include "io/hdf5/hdf5_text.h"
#include "io/hdf5/hdf5_visit.h"

/* ---- The file ---- */

static void enter(um_store *store)
{
    um_h5_state *const state = um_h5_state_of(store);
    um_h5_hush(&state->silence);
    if (state->file.path && state->file.id >= 0)
        um_h5_touch(state->silence.cx, &state->file);
}

static void leave(um_store *store)
{
    um_h5_unhush(&um_h5_state_of(store)->silence);
}

static unmix_status open_file(unmix_context *cx, const char *path, um_store *store)
{
    um_h5_state *state = NULL;
    UM_TRY(UM_ALLOC(cx, &state, 1, "file"));
    state->silence.cx = cx;
    *store = (um_store){.backend = &um_hdf5_backend, .state = state};
    um_store_enter(store);
    UM_TRY(um_h5_open(cx, path, &state->file));
    store->path = state->file.path;
    store->size = state->file.size;
    store->root = um_h5_node(store, state->file.id);
    return um_h5_check_inside(cx, &state->file);
}

static void close_file(um_store *store)
{
    um_h5_close(&um_h5_state_of(store)->file);
}

/* ---- Nodes ---- */

static void release(um_node node)
{
    um_h5_release(node.id);
}

static um_place place(um_node node)
{
    return um_h5_place_of(node.id);
}

static int is_group(um_node node)
{
    return um_h5_is_group(node.id) || H5Iget_type(node.id) == H5I_FILE; /* the root is the file */
}

static int has(um_node group, const char *name)
{
    return um_h5_has(group.id, name);
}

static unmix_status find(unmix_context *cx, um_node group, const char *name, um_node *node)
{
    hid_t id = -1;
    const unmix_status status = um_h5_open_member(cx, um_h5_file_of(group), group.id, name, &id);
    *node = um_h5_node(group.store, id);
    return status;
}

static unmix_status members(unmix_context *cx, um_node group, um_names *names)
{
    return um_h5_members(cx, um_h5_file_of(group), group.id, names);
}

/* ---- Attributes ---- */

static int has_attribute(um_node node, const char *name)
{
    return H5Aexists(node.id, name) > 0;
}

static unmix_status attribute_names(unmix_context *cx, um_node node, const char *name, um_names *names)
{
    return um_h5_attribute_strings(cx, um_h5_file_of(node), node.id, name, names);
}

static unmix_status attribute_pair(unmix_context *cx, um_node node, const char *name, int64_t pair[2], int *found)
{
    return um_h5_attribute_pair(cx, um_h5_file_of(node), node.id, name, pair, found);
}

static um_node attribute_node(um_node node, const char *name)
{
    const hid_t attribute = H5Aexists(node.id, name) > 0 ? H5Aopen(node.id, name, H5P_DEFAULT) : -1;
    if (attribute < 0)
        return UM_NO_NODE;
    hobj_ref_t reference = 0;
    hid_t target = -1;
    if (um_h5_read_reference(attribute, &reference))
        target = H5Rdereference2(attribute, H5P_DEFAULT, H5R_OBJECT, &reference);
    um_h5_release(attribute);
    const H5I_type_t type = target < 0 ? H5I_BADID : H5Iget_type(target);
    if (type == H5I_GROUP || type == H5I_DATASET)
        return um_h5_node(node.store, target);
    um_h5_release(target);
    return UM_NO_NODE;
}

/* ---- Arrays ---- */

static um_element element(um_node array, const char *field)
{
    switch (um_h5_class(array.id, field)) {
    case H5T_NO_CLASS:
        return UM_ELEMENT_NONE;
    case H5T_INTEGER:
        return UM_ELEMENT_INTEGER;
    case H5T_FLOAT:
        return UM_ELEMENT_REAL;
    case H5T_STRING:
        return UM_ELEMENT_TEXT;
    case H5T_COMPOUND:
        return UM_ELEMENT_RECORD;
    case H5T_ENUM:
        return um_h5_is_boolean(array.id, field) ? UM_ELEMENT_BOOLEAN : UM_ELEMENT_CHOICE;
    default:
        return UM_ELEMENT_OTHER;
    }
}

static unmix_status fields(unmix_context *cx, um_node array, um_names *names)
{
    const hid_t type = H5Dget_type(array.id);
    const int count = type < 0 ? -1 : H5Tget_nmembers(type);
    if (count < 0) {
        um_h5_release(type);
        return UM_H5_FAIL(cx, um_h5_file_of(array), array.id, "cannot be described");
    }
    unmix_status status = UNMIX_OK;
    for (int i = 0; i < count && status == UNMIX_OK; i++) {
        char *name = H5Tget_member_name(type, (unsigned)i);
        status = name ? um_names_add(cx, names, name, strlen(name))
                      : UM_H5_FAIL(cx, um_h5_file_of(array), array.id, "cannot be described");
        (void)H5free_memory(name);
    }
    um_h5_release(type);
    return status;
}

static int64_t count(um_node array, int *rank)
{
    const hid_t space = H5Dget_space(array.id);
    const int is_null = space < 0 || H5Sget_simple_extent_type(space) == H5S_NULL;
    const hssize_t points = is_null ? -1 : H5Sget_simple_extent_npoints(space);
    *rank = is_null ? 0 : H5Sget_simple_extent_ndims(space);
    um_h5_release(space);
    return points;
}

static unmix_status shape(unmix_context *cx, um_node array, int *rank, size_t extent[2])
{
    hsize_t stored[2] = {0, 0};
    const unmix_status status = um_h5_extent(cx, um_h5_file_of(array), array.id, rank, stored);
    extent[0] = (size_t)stored[0];
    extent[1] = (size_t)stored[1];
    return status;
}

static void chunk(um_node array, size_t size[2])
{
    hsize_t stored[2];
    um_h5_chunk(array.id, stored);
    size[0] = (size_t)stored[0];
    size[1] = (size_t)stored[1];
}

static unmix_status keep_chunks(unmix_context *cx, um_node *array, size_t bytes)
{
    hid_t id = array->id;
    const unmix_status status = um_h5_set_cache(cx, um_h5_file_of(*array), &id, bytes);
    *array = um_h5_node(array->store, id);
    return status;
}

/* A part as HDF5 takes it, or NULL for everything. */
static const um_h5_part *part_of(const um_part *part, um_h5_part *stored)
{
    if (!part)
        return NULL;
    *stored = (um_h5_part){{part->first[0], part->first[1]}, {part->count[0], part->count[1]}};
    return stored;
}

static unmix_status read_doubles(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                 double *values)
{
    um_h5_part stored;
    return um_h5_read_doubles(cx, um_h5_file_of(array), array.id, field, part_of(part, &stored), values);
}

static unmix_status read_integers(unmix_context *cx, um_node array, const char *field, const um_part *part,
                                  int64_t *values)
{
    um_h5_part stored;
    return um_h5_read_integers(cx, um_h5_file_of(array), array.id, field, part_of(part, &stored), values);
}

static unmix_status read_texts(unmix_context *cx, um_node array, const char *field, um_names *names)
{
    return um_h5_read_strings(cx, um_h5_file_of(array), array.id, field, names);
}

static unmix_status read_single_text(unmix_context *cx, um_node array, um_names *names)
{
    return um_h5_read_single_string(cx, um_h5_file_of(array), array.id, names);
}

const um_store_backend um_hdf5_backend = {
    .name = "HDF5",
    .is = um_is_hdf5,
    .open = open_file,
    .close = close_file,
    .enter = enter,
    .leave = leave,
    .release = release,
    .place = place,
    .is_group = is_group,
    .has = has,
    .find = find,
    .members = members,
    .has_attribute = has_attribute,
    .attribute_names = attribute_names,
    .attribute_pair = attribute_pair,
    .attribute_node = attribute_node,
    .element = element,
    .fields = fields,
    .count = count,
    .shape = shape,
    .chunk = chunk,
    .keep_chunks = keep_chunks,
    .read_doubles = read_doubles,
    .read_integers = read_integers,
    .read_texts = read_texts,
    .read_single_text = read_single_text,
};
