#include "io/hdf5/hdf5_write.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5/hdf5_file.h"

/* Arrays from this size on are cut into chunks and compressed. */
#define COMPRESS_BYTES ((size_t)64 << 10)
#define CHUNK_BYTES ((size_t)512 << 10)

static void fail_hdf5(um_h5_writer *writer, const char *name)
{
    char reason[200];
    um_h5_cause(reason, sizeof reason);
    writer->status =
        UM_FAIL(writer->cx, UNMIX_ERROR_WRITE, "%s: '%s' cannot be written (HDF5: %s)", writer->path, name, reason);
}

/* Creation without time stamps, so that the same content gives the same bytes. */
static hid_t creation(hid_t class)
{
    const hid_t plist = H5Pcreate(class);
    if (plist >= 0 && H5Pset_obj_track_times(plist, 0) < 0) {
        um_h5_release(plist);
        return -1;
    }
    return plist;
}

/* ---- The file ---- */

void um_h5_writer_check(um_h5_writer *writer)
{
    if (writer->disk.reason && writer->status == UNMIX_OK)
        writer->status = UM_FAIL(writer->cx, UNMIX_ERROR_WRITE, "%s: cannot be written: %s", writer->path,
                                 strerror(writer->disk.reason));
}

static unmix_status report(const um_h5_writer *writer)
{
    const double fraction = writer->expected > 0.0 ? (double)writer->disk.written / writer->expected : -1.0;
    return um_progress(writer->cx, fraction < 1.0 ? fraction : 1.0, "writing %s", writer->path);
}

/* Below HDF5: what was interrupted is in the context and found by um_h5_writer_check(). */
static int is_stopped(void *payload)
{
    const um_h5_writer *writer = payload;
    return writer->expected > 0.0 && report(writer) != UNMIX_OK; /* else whoever writes part by part reports */
}

void um_h5_writer_progress(um_h5_writer *writer)
{
    if (writer->status == UNMIX_OK)
        writer->status = report(writer);
}

void um_h5_writer_begin(um_h5_writer *writer, unmix_context *cx, const char *path, const char *temporary)
{
    *writer = (um_h5_writer){.cx = cx, .path = path, .status = UNMIX_OK, .file = -1};
    writer->disk.stop = is_stopped;
    writer->disk.payload = writer;
    const hid_t access = um_h5_disk_access(&writer->disk);
    const hid_t create = creation(H5P_FILE_CREATE);
    if (access >= 0 && create >= 0)
        writer->file = H5Fcreate(temporary, H5F_ACC_TRUNC, create, access);
    if (writer->file < 0 && !writer->disk.reason)
        fail_hdf5(writer, "/");
    um_h5_release(create);
    um_h5_release(access);
    um_h5_writer_check(writer);
}

unmix_status um_h5_writer_finish(um_h5_writer *writer)
{
    if (writer->file >= 0 && H5Fclose(writer->file) < 0 && writer->status == UNMIX_OK && !writer->disk.reason)
        fail_hdf5(writer, "/");
    writer->file = -1;
    um_h5_writer_check(writer);
    return writer->status;
}

void um_h5_writer_close(hid_t id)
{
    um_h5_release(id);
}

/* ---- Groups and attributes ---- */

hid_t um_h5_put_bare_group(um_h5_writer *writer, hid_t parent, const char *name)
{
    if (writer->status != UNMIX_OK)
        return -1;
    const hid_t create = creation(H5P_GROUP_CREATE);
    const hid_t group = create < 0 ? -1 : H5Gcreate2(parent, name, H5P_DEFAULT, create, H5P_DEFAULT);
    if (group < 0)
        fail_hdf5(writer, name);
    um_h5_release(create);
    return group;
}

hid_t um_h5_put_group(um_h5_writer *writer, hid_t parent, const char *name, const char *encoding, const char *version)
{
    const hid_t group = um_h5_put_bare_group(writer, parent, name);
    um_h5_put_encoding(writer, group, encoding, version);
    return group;
}

static hid_t text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, H5T_VARIABLE) >= 0 && H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        return type;
    um_h5_release(type);
    return -1;
}

static void put_attribute(um_h5_writer *writer, hid_t object, const char *name, hid_t space, const char *const *texts)
{
    const hid_t type = text_type();
    const hid_t attribute =
        type < 0 || space < 0 ? -1 : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || (texts && H5Awrite(attribute, type, texts) < 0))
        fail_hdf5(writer, name);
    um_h5_release(attribute);
    um_h5_release(type);
}

void um_h5_put_attribute(um_h5_writer *writer, hid_t object, const char *name, const char *text)
{
    if (writer->status != UNMIX_OK)
        return;
    const hid_t space = H5Screate(H5S_SCALAR);
    put_attribute(writer, object, name, space, &text);
    um_h5_release(space);
}

void um_h5_put_encoding(um_h5_writer *writer, hid_t object, const char *encoding, const char *version)
{
    um_h5_put_attribute(writer, object, "encoding-type", encoding);
    um_h5_put_attribute(writer, object, "encoding-version", version);
}

/* Pointers to the names, as HDF5 takes text of variable length. NULL after a failure. */
static const char **pointers(um_h5_writer *writer, const um_names *names)
{
    const char **texts = NULL;
    writer->status = UM_ALLOC(writer->cx, &texts, names->count, "names");
    for (size_t i = 0; i < names->count && texts; i++)
        texts[i] = um_name(names, i);
    return texts;
}

void um_h5_put_attribute_names(um_h5_writer *writer, hid_t object, const char *name, const um_names *names)
{
    if (writer->status != UNMIX_OK)
        return;
    const char **texts = pointers(writer, names);
    if (!texts)
        return;
    const hsize_t extent = names->count;
    const hid_t space = H5Screate_simple(1, &extent, NULL);
    put_attribute(writer, object, name, space, extent ? texts : NULL);
    um_h5_release(space);
    free(texts);
}

void um_h5_put_attribute_pair(um_h5_writer *writer, hid_t object, const char *name, size_t first, size_t second)
{
    if (writer->status != UNMIX_OK)
        return;
    const hsize_t extent = 2;
    const int64_t pair[2] = {(int64_t)first, (int64_t)second};
    const hid_t space = H5Screate_simple(1, &extent, NULL);
    const hid_t attribute =
        space < 0 ? -1 : H5Acreate2(object, name, H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, H5T_NATIVE_INT64, pair) < 0)
        fail_hdf5(writer, name);
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

void um_h5_put_attribute_boolean(um_h5_writer *writer, hid_t object, const char *name, int value)
{
    if (writer->status != UNMIX_OK)
        return;
    const int8_t stored = value != 0;
    const hid_t type = boolean_type();
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute =
        type < 0 || space < 0 ? -1 : H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0 || H5Awrite(attribute, type, &stored) < 0)
        fail_hdf5(writer, name);
    um_h5_release(attribute);
    um_h5_release(space);
    um_h5_release(type);
}

/* ---- Datasets ---- */

/*
 * Rows that belong together fill a chunk of about CHUNK_BYTES; all columns are in it, as rows are read whole. Matrices of
 * reals stay as they are: predicted counts would take four times as long to write and shrink by an eighth.
 */
static int compress(hid_t create, int rank, const hsize_t extent[2], hid_t type)
{
    const size_t element = H5Tget_size(type);
    const size_t width = (rank == 2 ? (size_t)extent[1] : 1) * element;
    if (rank == 2 && H5Tget_class(type) == H5T_FLOAT)
        return 0;
    if (!width || !extent[0] || (size_t)extent[0] < COMPRESS_BYTES / width)
        return 0;
    size_t rows = CHUNK_BYTES / width;
    rows = rows < 1 ? 1 : rows;
    const hsize_t chunk[2] = {rows < extent[0] ? rows : extent[0], extent[1]};
    if (chunk[0] * width > UINT32_MAX) /* HDF5 has no larger chunks */
        return 0;
    return H5Pset_chunk(create, rank, chunk) < 0 || H5Pset_shuffle(create) < 0 || H5Pset_deflate(create, 1) < 0;
}

/* Creates and fills a dataset; values NULL: nothing to fill in. Rank 0 is a scalar. */
static hid_t put_dataset(um_h5_writer *writer, hid_t parent, const char *name, hid_t type, hid_t memory_type, int rank,
                         const hsize_t extent[2], const void *values)
{
    if (writer->status != UNMIX_OK)
        return -1;
    const hid_t space = rank ? H5Screate_simple(rank, extent, NULL) : H5Screate(H5S_SCALAR);
    const hid_t create = creation(H5P_DATASET_CREATE);
    hid_t dataset = -1;
    if (space >= 0 && create >= 0 && (rank == 0 || !compress(create, rank, extent, type)))
        dataset = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (dataset < 0 || (values && H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0))
        fail_hdf5(writer, name);
    um_h5_release(create);
    um_h5_release(space);
    return dataset;
}

/* The values as the bytes that an integer or boolean dataset takes: *buffer, to be freed. */
static void convert(um_h5_writer *writer, um_kind kind, const double *values, size_t count, void **buffer)
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

static hid_t put_numbers(um_h5_writer *writer, hid_t parent, const char *name, um_kind kind, int rank,
                         const hsize_t extent[2], const double *values, size_t count)
{
    if (writer->status != UNMIX_OK)
        return -1;
    if (kind == UM_REAL)
        return put_dataset(writer, parent, name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, rank, extent,
                           count ? values : NULL);
    void *buffer = NULL;
    convert(writer, kind, values, count, &buffer);
    const hid_t boolean = kind == UM_BOOLEAN ? boolean_type() : -1;
    const hid_t dataset =
        kind == UM_BOOLEAN
            ? put_dataset(writer, parent, name, boolean, boolean, rank, extent, count ? buffer : NULL)
            : put_dataset(writer, parent, name, H5T_STD_I64LE, H5T_NATIVE_INT64, rank, extent, count ? buffer : NULL);
    um_h5_release(boolean);
    free(buffer);
    return dataset;
}

hid_t um_h5_put_array(um_h5_writer *writer, hid_t parent, const char *name, um_kind kind, size_t rows, size_t columns,
                      const double *values)
{
    const hsize_t extent[2] = {rows, columns ? columns : 1};
    const hid_t dataset =
        put_numbers(writer, parent, name, kind, columns ? 2 : 1, extent, values, rows * (size_t)extent[1]);
    um_h5_put_encoding(writer, dataset, "array", "0.2.0");
    return dataset;
}

hid_t um_h5_put_stored(um_h5_writer *writer, hid_t parent, const char *name, hid_t type, size_t rows, size_t columns,
                       const void *values)
{
    const hsize_t extent[2] = {rows, columns ? columns : 1};
    return put_dataset(writer, parent, name, type, type, columns ? 2 : 1, extent, rows ? values : NULL);
}

static hid_t type_of(um_h5_number number)
{
    switch (number) {
    case UM_H5_WHOLE:
        return H5T_STD_I32LE;
    case UM_H5_SINGLE:
        return H5T_IEEE_F32LE;
    case UM_H5_DOUBLE:
        break;
    }
    return H5T_IEEE_F64LE;
}

hid_t um_h5_begin_numbers(um_h5_writer *writer, hid_t parent, const char *name, um_h5_number number, size_t rows,
                          size_t columns)
{
    const hsize_t extent[2] = {rows, columns ? columns : 1};
    return put_dataset(writer, parent, name, type_of(number), H5T_NATIVE_DOUBLE, columns ? 2 : 1, extent, NULL);
}

void um_h5_put_part(um_h5_writer *writer, hid_t dataset, const char *name, size_t first, size_t count,
                    const double *values)
{
    if (writer->status != UNMIX_OK || !count)
        return;
    hsize_t start[2] = {first, 0}, extent[2] = {0, 0};
    const hid_t space = H5Dget_space(dataset);
    const int rank = space < 0 ? 0 : H5Sget_simple_extent_dims(space, extent, NULL);
    extent[0] = count;
    const hid_t memory = rank > 0 ? H5Screate_simple(rank, extent, NULL) : -1;
    if (memory < 0 || H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, extent, NULL) < 0 ||
        H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values) < 0)
        fail_hdf5(writer, name);
    um_h5_release(memory);
    um_h5_release(space);
    um_h5_writer_check(writer);
}

void um_h5_put_names(um_h5_writer *writer, hid_t parent, const char *name, const um_names *names)
{
    if (writer->status != UNMIX_OK)
        return;
    const char **texts = pointers(writer, names);
    if (!texts)
        return;
    const hid_t type = text_type();
    const hsize_t extent[2] = {names->count, 1};
    const hid_t dataset = put_dataset(writer, parent, name, type, type, 1, extent, names->count ? texts : NULL);
    um_h5_put_encoding(writer, dataset, "string-array", "0.2.0");
    um_h5_release(dataset);
    um_h5_release(type);
    free(texts);
}

void um_h5_put_scalar(um_h5_writer *writer, hid_t parent, const char *name, um_kind kind, double value)
{
    const hsize_t none[2] = {1, 1};
    const hid_t dataset = put_numbers(writer, parent, name, kind, 0, none, &value, 1);
    um_h5_put_encoding(writer, dataset, "numeric-scalar", "0.2.0");
    um_h5_release(dataset);
}

void um_h5_put_text(um_h5_writer *writer, hid_t parent, const char *name, const char *text)
{
    if (writer->status != UNMIX_OK)
        return;
    const hsize_t none[2] = {1, 1};
    const hid_t type = text_type();
    const hid_t dataset = put_dataset(writer, parent, name, type, type, 0, none, &text);
    um_h5_put_encoding(writer, dataset, "string", "0.2.0");
    um_h5_release(dataset);
    um_h5_release(type);
}
