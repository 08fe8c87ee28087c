/* HDF5 as a store that is written. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5/hdf5_copy.h"
#include "io/hdf5/hdf5_create.h"
#include "io/hdf5/hdf5_data.h"
#include "io/hdf5/hdf5_lzf.h"
#include "io/hdf5/hdf5_state.h"
#include "io/hdf5/hdf5_store.h"

/* ---- The file ---- */

static void check(um_writer *writer)
{
    const um_h5_state *const state = um_h5_state_of(&writer->store);
    if (state && state->disk.reason)
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_WRITE, "%s: cannot be written: %s", writer->path,
                                 strerror(state->disk.reason));
}

static double written(const um_writer *writer)
{
    const um_h5_state *const state = um_h5_state_of(&writer->store);
    return state ? (double)state->disk.written : 0.0;
}

/* Below HDF5: what was interrupted is in the context and found by check(). */
static int is_stopped(void *payload)
{
    um_writer *const writer = payload;
    if (!(writer->expected > 0.0)) /* whoever writes part by part reports */
        return 0;
    return um_progress(writer->cx, fmin(written(writer) / writer->expected, 1.0), "writing %s", writer->path) !=
           UNMIX_OK;
}

static void begin(um_writer *writer, const char *temporary)
{
    um_h5_state *state = NULL;
    writer->status = UM_ALLOC(writer->cx, &state, 1, "file");
    if (!state)
        return;
    const size_t length = strlen(writer->path) + 1;
    state->file.id = -1;
    state->silence.cx = writer->cx;
    state->disk.stop = is_stopped;
    state->disk.payload = writer;
    writer->store.backend = &um_hdf5_backend;
    writer->store.state = state;
    um_store_enter(&writer->store);
    um_h5_register_lzf(); /* chunks that are copied may be compressed so */
    writer->status = UM_ALLOC(writer->cx, &state->file.path, length, "file name");
    if (writer->status != UNMIX_OK)
        return;
    memcpy(state->file.path, writer->path, length);
    writer->store.path = state->file.path;
    const hid_t access = um_h5_disk_access(&state->disk);
    const hid_t create = um_h5_creation(H5P_FILE_CREATE);
    if (access >= 0 && create >= 0)
        state->file.id = H5Fcreate(temporary, H5F_ACC_TRUNC, create, access);
    if (state->file.id < 0 && !state->disk.reason)
        um_h5_fail_write(writer, "/");
    writer->store.root = um_h5_node(&writer->store, state->file.id);
    um_h5_release(create);
    um_h5_release(access);
    um_writer_check(writer);
}

static void finish(um_writer *writer)
{
    um_h5_state *const state = um_h5_state_of(&writer->store);
    if (!state)
        return;
    if (state->file.id >= 0 && H5Fclose(state->file.id) < 0 && writer->status == UNMIX_OK && !state->disk.reason)
        um_h5_fail_write(writer, "/");
    state->file.id = -1;
    um_writer_check(writer);
}

/* ---- Groups and attributes ---- */

static um_node put_group(um_writer *writer, um_node parent, const char *name)
{
    const hid_t create = um_h5_creation(H5P_GROUP_CREATE);
    const hid_t group = create < 0 ? -1 : H5Gcreate2(parent.id, name, H5P_DEFAULT, create, H5P_DEFAULT);
    if (group < 0)
        um_h5_fail_write(writer, name);
    um_h5_release(create);
    return um_h5_node(&writer->store, group);
}

static hid_t text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        return type;
    um_h5_release(type);
    return -1;
}

static void put_texts(um_writer *writer, um_node node, const char *name, hid_t space, const char *const *texts)
{
    const hid_t type = text_type();
    const hid_t attribute =
        type < 0 || space < 0 ? -1 : H5Acreate2(node.id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || (texts && H5Awrite(attribute, type, texts) < 0))
        um_h5_fail_write(writer, name);
    um_h5_release(attribute);
    um_h5_release(type);
}

static void put_attribute(um_writer *writer, um_node node, const char *name, const char *text)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    put_texts(writer, node, name, space, &text);
    um_h5_release(space);
}

/* Pointers to the names, as HDF5 takes text of variable length. NULL after a failure. */
static const char **pointers(um_writer *writer, const um_names *names)
{
    const char **texts = NULL;
    writer->status = UM_ALLOC(writer->cx, &texts, names->count, "names");
    for (size_t i = 0; i < names->count && texts; i++)
        texts[i] = um_name(names, i);
    return texts;
}

static void put_attribute_names(um_writer *writer, um_node node, const char *name, const um_names *names)
{
    const char **texts = pointers(writer, names);
    if (!texts)
        return;
    const hsize_t extent = names->count;
    const hid_t space = H5Screate_simple(1, &extent, NULL);
    put_texts(writer, node, name, space, extent ? texts : NULL);
    um_h5_release(space);
    free(texts);
}

static void put_attribute_pair(um_writer *writer, um_node node, const char *name, size_t first, size_t second)
{
    const hsize_t extent = 2;
    const int64_t pair[2] = {(int64_t)first, (int64_t)second};
    const hid_t space = H5Screate_simple(1, &extent, NULL);
    const hid_t attribute =
        space < 0 ? -1 : H5Acreate2(node.id, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, H5T_NATIVE_INT64, pair) < 0)
        um_h5_fail_write(writer, name);
    um_h5_release(attribute);
    um_h5_release(space);
}

/* As h5py stores numpy's booleans. */
static hid_t boolean_type(void)
{
    const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    const int8_t no = 0, yes = 1;
    if (type >= 0 && H5Tenum_insert(type, "FALSE", &no) >= 0 && H5Tenum_insert(type, "TRUE", &yes) >= 0)
        return type;
    um_h5_release(type);
    return -1;
}

static void put_attribute_boolean(um_writer *writer, um_node node, const char *name, int value)
{
    const int8_t stored = value != 0;
    const hid_t type = boolean_type();
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute =
        type < 0 || space < 0 ? -1 : H5Acreate2(node.id, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, &stored) < 0)
        um_h5_fail_write(writer, name);
    um_h5_release(attribute);
    um_h5_release(space);
    um_h5_release(type);
}

/* ---- Datasets ---- */

/* The values as the bytes that an integer or boolean dataset takes: *buffer, to be freed. */
static void convert(um_writer *writer, um_kind kind, const double *values, size_t count, void **buffer)
{
    int64_t *integers = NULL;
    writer->status = UM_ALLOC(writer->cx, &integers, count, "column");
    *buffer = integers;
    int8_t *booleans = (int8_t *)integers;
    for (size_t i = 0; i < count && integers; i++) {
        if (kind == UM_BOOLEAN)
            booleans[i] = values[i] != 0.0;
        else if (values[i] >= -9.2e18 && values[i] <= 9.2e18)
            integers[i] = (int64_t)values[i];
        else
            writer->status =
                UM_FAIL(writer->cx, UNMIX_ERROR_INTERNAL, "%s: %g in a column of integers", writer->path, values[i]);
    }
}

static um_node put_numbers(um_writer *writer, um_node parent, const char *name, um_kind kind, int rank,
                           const size_t size[2], const double *values)
{
    const hsize_t extent[2] = {size[0], size[1]};
    const size_t count = rank ? size[0] * size[1] : 1;
    if (kind == UM_REAL)
        return um_h5_node(&writer->store, um_h5_put_dataset(writer, parent.id, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                                                            rank, extent, count ? values : NULL));
    void *buffer = NULL;
    convert(writer, kind, values, count, &buffer);
    const hid_t boolean = kind == UM_BOOLEAN ? boolean_type() : -1;
    hid_t dataset = -1;
    if (writer->status == UNMIX_OK)
        dataset = kind == UM_BOOLEAN ? um_h5_put_dataset(writer, parent.id, name, boolean, boolean, rank, extent,
                                                         count ? buffer : NULL)
                                     : um_h5_put_dataset(writer, parent.id, name, H5T_STD_I64LE, H5T_NATIVE_INT64, rank,
                                                         extent, count ? buffer : NULL);
    um_h5_release(boolean);
    free(buffer);
    return um_h5_node(&writer->store, dataset);
}

static hid_t type_of(um_stored stored)
{
    switch (stored) {
    case UM_STORED_WHOLE:
        return H5T_STD_I32LE;
    case UM_STORED_SINGLE:
        return H5T_IEEE_F32LE;
    case UM_STORED_DOUBLE:
        break;
    }
    return H5T_IEEE_F64LE;
}

static um_node begin_numbers(um_writer *writer, um_node parent, const char *name, um_stored stored, int rank,
                             const size_t size[2])
{
    const hsize_t extent[2] = {size[0], size[1]};
    return um_h5_node(&writer->store, um_h5_put_dataset(writer, parent.id, name, type_of(stored), H5T_NATIVE_DOUBLE,
                                                        rank, extent, NULL));
}

static void put_part(um_writer *writer, um_node array, const char *name, size_t first, size_t count,
                    const double *values)
{
    hsize_t start[2] = {first, 0}, extent[2] = {0, 0};
    const hid_t space = H5Dget_space(array.id);
    const int rank = space < 0 ? 0 : H5Sget_simple_extent_dims(space, extent, NULL);
    extent[0] = count;
    const hid_t memory = rank > 0 ? H5Screate_simple(rank, extent, NULL) : -1;
    if (memory < 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) < 0 ||
        H5Dwrite(array.id, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) < 0)
        um_h5_fail_write(writer, name);
    um_h5_release(memory);
    um_h5_release(space);
    um_writer_check(writer);
}

static um_node put_names(um_writer *writer, um_node parent, const char *name, const um_names *names)
{
    const char **texts = pointers(writer, names);
    if (!texts)
        return UM_NO_NODE;
    const hid_t type = text_type();
    const hsize_t extent[2] = {names->count, 1};
    const hid_t dataset =
        um_h5_put_dataset(writer, parent.id, name, type, type, 1, extent, names->count ? texts : NULL);
    um_h5_release(type);
    free(texts);
    return um_h5_node(&writer->store, dataset);
}

static um_node put_text(um_writer *writer, um_node parent, const char *name, const char *text)
{
    const hsize_t none[2] = {1, 1};
    const hid_t type = text_type();
    const hid_t dataset = um_h5_put_dataset(writer, parent.id, name, type, type, 0, none, &text);
    um_h5_release(type);
    return um_h5_node(&writer->store, dataset);
}

const um_writer_backend um_hdf5_writer = {
    .begin = begin,
    .finish = finish,
    .check = check,
    .written = written,
    .put_group = put_group,
    .put_attribute = put_attribute,
    .put_attribute_names = put_attribute_names,
    .put_attribute_pair = put_attribute_pair,
    .put_attribute_boolean = put_attribute_boolean,
    .put_numbers = put_numbers,
    .begin_numbers = begin_numbers,
    .put_part = put_part,
    .put_names = put_names,
    .put_text = put_text,
    .copy = um_h5_copy,
    .copy_all = um_h5_copy_all,
    .copy_attributes = um_h5_copy_attributes,
    .copy_field = um_h5_copy_field,
    .refer_to_copies = um_h5_refer_to_copies,
    .remove = um_h5_remove,
};
