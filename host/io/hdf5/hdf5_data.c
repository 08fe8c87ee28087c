#include "io/hdf5/hdf5_data.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "io/hdf5/hdf5_chunks.h"
#include "io/hdf5/hdf5_expand.h"
#include "io/hdf5/hdf5_lzf.h"

static const char *filter_name(H5Z_filter_t id)
{
    static const struct {
        H5Z_filter_t id;
        const char *name;
    } known[] = {
        {H5Z_FILTER_DEFLATE, "gzip"},
        {H5Z_FILTER_SZIP, "szip"},
        {H5Z_FILTER_NBIT, "nbit"},
        {H5Z_FILTER_SCALEOFFSET, "scale-offset"},
        {305, "lzo"},
        {307, "bzip2"},
        {UM_H5_FILTER_LZF, "lzf"},
        {32001, "blosc"},
        {32004, "lz4"},
        {32008, "bitshuffle"},
        {32013, "zfp"},
        {32015, "zstd"},
        {32026, "blosc2"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (known[i].id == id)
            return known[i].name;
    return "an unknown filter";
}

/* Bytes in a chunk; 0 when the dataset has none. */
static size_t chunk_bytes(hid_t layout, size_t element)
{
    hsize_t extent[H5S_MAX_RANK];
    const int rank = H5Pget_layout(layout) == H5D_CHUNKED ? H5Pget_chunk(layout, H5S_MAX_RANK, extent) : 0;
    size_t bytes = rank > 0 ? element : 0;
    for (int i = 0; i < rank; i++)
        bytes = um_product_size(bytes, (size_t)extent[i], 1);
    return bytes;
}

/*
 * Filters that are not known here: what those give that HDF5 was made for (nbit, scale-offset) is not to be relied on in
 * damaged files, others are there because the process, or who allowed plugins, wanted them.
 */
static unmix_status check_filters(unmix_context *cx, const um_h5_file *file, hid_t dataset, size_t element)
{
    const hid_t layout = H5Dget_create_plist(dataset);
    if (layout < 0)
        return UM_H5_FAIL(cx, file, dataset, "cannot be described");
    um_h5_filters filters;
    um_h5_get_filters(layout, &filters);
    const size_t chunk = chunk_bytes(layout, element);
    const H5Z_filter_t unknown = um_h5_unknown_filter(&filters);
    um_h5_release(layout);
    if (chunk / UM_H5_SHRINKS > file->size + 4096)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has chunks of an impossible size; the file is damaged",
                       file->path, um_h5_place_of(dataset).text);
    if (unknown == H5Z_FILTER_NONE || (unknown >= H5Z_FILTER_RESERVED && H5Zfilter_avail(unknown) > 0))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: '%s' is compressed with %s (HDF5 filter %d), which cannot be read here; rewrite the file in "
                   "Python: adata.write_h5ad('new.h5ad', compression='gzip')%s",
                   file->path, um_h5_place_of(dataset).text, filter_name(unknown), (int)unknown,
                   cx->hdf5_plugins || unknown < H5Z_FILTER_RESERVED ? "" : ", or, where HDF5's plugin for it is installed, allow plugins (--hdf5-plugins)");
}

/* A dataset that claims more than its file can hold has been damaged, and must not make us allocate. */
static int is_possible(const um_h5_file *file, hsize_t count, size_t element)
{
    const hsize_t most = (hsize_t)(UM_H5_SHRINKS * (file->size + 4096) / (element ? element : 1));
    return file->size > UINT64_MAX / UM_H5_SHRINKS / 2 || count <= most;
}

static unmix_status describe(unmix_context *cx, const um_h5_file *file, hid_t dataset, int *rank, hsize_t extent[2])
{
    const hid_t space = H5Dget_space(dataset);
    if (space < 0)
        return UM_H5_FAIL(cx, file, dataset, "cannot be described");
    *rank = H5Sget_simple_extent_type(space) == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : 0;
    extent[0] = extent[1] = 1;
    if (*rank == 1 || *rank == 2)
        (void)H5Sget_simple_extent_dims(space, extent, NULL);
    um_h5_release(space);
    if (*rank == 1 || *rank == 2)
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has %d dimensions; 1 or 2 are expected", file->path,
                   um_h5_place_of(dataset).text, *rank);
}

unmix_status um_h5_extent(unmix_context *cx, const um_h5_file *file, hid_t dataset, int *rank, hsize_t extent[2])
{
    um_h5_touch(cx, file);
    UM_TRY(describe(cx, file, dataset, rank, extent));
    const hid_t type = H5Dget_type(dataset);
    if (type < 0)
        return UM_H5_FAIL(cx, file, dataset, "has a type that cannot be read");
    const size_t element = um_h5_stored_bytes(file, type);
    um_h5_release(type);
    const size_t count = extent[0] > SIZE_MAX || extent[1] > SIZE_MAX
                             ? SIZE_MAX
                             : um_product_size((size_t)extent[0], (size_t)extent[1], 1);
    if (count == SIZE_MAX || !is_possible(file, count, element))
        return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                       "%s: '%s' claims %llu x %llu elements, more than a file of %llu bytes can hold; the file is "
                       "damaged",
                       file->path, um_h5_place_of(dataset).text, (unsigned long long)extent[0],
                       (unsigned long long)extent[1], (unsigned long long)file->size);
    return check_filters(cx, file, dataset, element);
}

unmix_status um_h5_length(unmix_context *cx, const um_h5_file *file, hid_t dataset, size_t *length)
{
    int rank = 0;
    hsize_t extent[2];
    UM_TRY(um_h5_extent(cx, file, dataset, &rank, extent));
    if (rank != 1)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: '%s' has 2 dimensions; 1 is expected", file->path,
                       um_h5_place_of(dataset).text);
    *length = (size_t)extent[0];
    return UNMIX_OK;
}

/* Type of the elements, or of one of their members; -1 when there is no such member. */
static hid_t element_type(hid_t dataset, const char *member)
{
    const hid_t type = H5Dget_type(dataset);
    if (type < 0 || !member)
        return type;
    const int index = H5Tget_class(type) == H5T_COMPOUND ? H5Tget_member_index(type, member) : -1;
    const hid_t inner = index < 0 ? -1 : H5Tget_member_type(type, (unsigned)index);
    um_h5_release(type);
    return inner;
}

H5T_class_t um_h5_class(hid_t dataset, const char *member)
{
    const hid_t type = element_type(dataset, member);
    if (type < 0)
        return H5T_NO_CLASS;
    const H5T_class_t class = H5Tget_class(type);
    um_h5_release(type);
    return class;
}

int um_h5_is_boolean(hid_t dataset, const char *member)
{
    const hid_t type = element_type(dataset, member);
    if (type < 0)
        return 0;
    int yes = 0;
    if (H5Tget_class(type) == H5T_ENUM && H5Tget_nmembers(type) == 2)
        yes = H5Tget_member_index(type, "FALSE") >= 0 && H5Tget_member_index(type, "TRUE") >= 0;
    um_h5_release(type);
    return yes;
}

hid_t um_h5_memory_type(hid_t type, const char *member)
{
    if (!member)
        return H5Tcopy(type);
    const hid_t record = H5Tcreate(H5T_COMPOUND, H5Tget_size(type));
    if (record >= 0 && H5Tinsert(record, member, 0, type) >= 0)
        return record;
    um_h5_release(record);
    return -1;
}

static hid_t select_part(hid_t dataset, const um_h5_part *part, hid_t *memory)
{
    const hid_t space = H5Dget_space(dataset);
    if (space < 0)
        return -1;
    const int rank = H5Sget_simple_extent_ndims(space);
    *memory = H5Screate_simple(rank, part->count, NULL);
    if (*memory >= 0 && H5Sselect_hyperslab(space, H5S_SELECT_SET, part->first, NULL, part->count, NULL) >= 0)
        return space;
    um_h5_release(*memory);
    um_h5_release(space);
    return -1;
}

int um_h5_is_plain(hid_t type)
{
    const H5T_class_t class = H5Tget_class(type);
    int plain = class == H5T_INTEGER || class == H5T_FLOAT || class == H5T_ENUM || class == H5T_BITFIELD || class == H5T_OPAQUE;
    if (class == H5T_STRING)
        return H5Tis_variable_str(type) == 0;
    if (class == H5T_ARRAY) {
        const hid_t element = H5Tget_super(type);
        plain = um_h5_is_plain(element);
        um_h5_release(element);
    }
    for (int m = 0, members = class == H5T_COMPOUND ? H5Tget_nmembers(type) : 0; m < members; m++) {
        const hid_t member = H5Tget_member_type(type, (unsigned)m);
        plain = (m == 0 || plain) && um_h5_is_plain(member);
        um_h5_release(member);
    }
    return plain;
}

unmix_status um_h5_read_text(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t memory_type,
                             const um_h5_part *part, const um_h5_heap *heap, void *buffer)
{
    hid_t memory = H5S_ALL, space = H5S_ALL;
    if (part && (space = select_part(dataset, part, &memory)) < 0)
        return UM_H5_FAIL(cx, file, dataset, "cannot be read in part");
    unmix_status status = UNMIX_OK;
    if (H5Dread(dataset, memory_type, memory, space, heap ? heap->transfer : H5P_DEFAULT, buffer) < 0)
        status = heap ? um_h5_heap_fail(cx, file, dataset, heap) : UM_H5_FAIL(cx, file, dataset, "cannot be read");
    if (part) {
        um_h5_release(memory);
        um_h5_release(space);
    }
    return status;
}

unmix_status um_h5_read_raw(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t memory_type,
                            const um_h5_part *part, void *buffer)
{
    if (!um_h5_is_expanded_here(dataset))
        return um_h5_read_text(cx, file, dataset, memory_type, part, NULL, buffer);
    const hid_t type = H5Dget_type(dataset);
    const int plain = type >= 0 && um_h5_is_plain(type);
    um_h5_release(type);
    if (plain)
        return um_h5_read_expanded(cx, file, dataset, memory_type, part, buffer);
    UM_TRY(um_h5_check_chunks(cx, file, dataset)); /* numbers in records that have text, too */
    return um_h5_read_text(cx, file, dataset, memory_type, part, NULL, buffer);
}

static unmix_status read_numbers(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                 const um_h5_part *part, hid_t native, void *values)
{
    const hid_t type = um_h5_memory_type(native, member);
    if (type < 0)
        return UM_H5_FAIL(cx, file, dataset, "cannot be read");
    const unmix_status status = um_h5_read_raw(cx, file, dataset, type, part, values);
    um_h5_release(type);
    return status;
}

unmix_status um_h5_read_doubles(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                const um_h5_part *part, double *values)
{
    return read_numbers(cx, file, dataset, member, part, H5T_NATIVE_DOUBLE, values);
}

unmix_status um_h5_read_integers(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                 const um_h5_part *part, int64_t *values)
{
    return read_numbers(cx, file, dataset, member, part, H5T_NATIVE_INT64, values);
}

void um_h5_chunk(hid_t dataset, hsize_t chunk[2])
{
    chunk[0] = chunk[1] = 0;
    const hid_t layout = H5Dget_create_plist(dataset);
    if (layout >= 0 && H5Pget_layout(layout) == H5D_CHUNKED) {
        const int rank = H5Pget_chunk(layout, 2, chunk);
        if (rank == 1)
            chunk[1] = 1;
        else if (rank != 2)
            chunk[0] = chunk[1] = 0;
    }
    um_h5_release(layout);
}

unmix_status um_h5_set_cache(unmix_context *cx, const um_h5_file *file, hid_t *dataset, size_t bytes)
{
    char name[4096];
    if (um_h5_is_expanded_here(*dataset)) {
        um_h5_kept_widen(file->kept, bytes);
        return UNMIX_OK;
    }
    const ssize_t length = H5Iget_name(*dataset, name, sizeof name);
    if (length <= 0 || (size_t)length >= sizeof name)
        return UNMIX_OK; /* slower only */
    const hid_t access = H5Pcreate(H5P_DATASET_ACCESS);
    /* Chunks that have been read in full go first; 12,421 places keep collisions rare. */
    if (access >= 0 && H5Pset_chunk_cache(access, 12421, bytes, 1.0) >= 0) {
        um_h5_release(*dataset); /* an open dataset would keep its cache */
        *dataset = H5Dopen2(file->id, name, access);
    }
    um_h5_release(access);
    return *dataset < 0 ? UM_H5_FAIL(cx, file, file->id, "has a dataset that cannot be opened again") : UNMIX_OK;
}

unmix_status um_h5_attribute_pair(unmix_context *cx, const um_h5_file *file, hid_t object, const char *name,
                                  int64_t pair[2], int *found)
{
    *found = H5Aexists(object, name) > 0;
    if (!*found)
        return UNMIX_OK;
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    if (attribute < 0)
        return UM_H5_FAIL(cx, file, object, "has an attribute that cannot be opened");
    const hid_t space = H5Aget_space(attribute);
    const hid_t type = H5Aget_type(attribute);
    unmix_status status = UNMIX_OK;
    if (space < 0 || type < 0 || H5Sget_simple_extent_npoints(space) != 2 || H5Tget_class(type) != H5T_INTEGER)
        status = UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: the attribute '%s' of '%s' is not a pair of integers", file->path,
                         name, um_h5_place_of(object).text);
    else if (H5Aread(attribute, H5T_NATIVE_INT64, pair) < 0)
        status = UM_H5_FAIL(cx, file, object, "has an attribute that cannot be read");
    um_h5_release(type);
    um_h5_release(space);
    um_h5_release(attribute);
    return status;
}
