#include "io/hdf5/hdf5_create.h"

#include <stdint.h>

#include "io/hdf5/hdf5_file.h"

/* Arrays from this size on are cut into chunks and compressed. */
#define COMPRESS_BYTES ((size_t)64 << 10)
#define CHUNK_BYTES ((size_t)512 << 10)

void um_h5_fail_write(um_writer *writer, const char *name)
{
    char reason[200];
    um_h5_cause(reason, sizeof reason);
    writer->status =
        UM_FAIL(writer->cx, UNMIX_ERROR_WRITE, "%s: '%s' cannot be written (HDF5: %s)", writer->path, name, reason);
}

hid_t um_h5_creation(hid_t class)
{
    const hid_t plist = H5Pcreate(class);
    if (plist >= 0 && H5Pset_obj_track_times(plist, 0) < 0) {
        um_h5_release(plist);
        return -1;
    }
    return plist;
}

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

hid_t um_h5_put_dataset(um_writer *writer, hid_t parent, const char *name, hid_t type, hid_t memory_type, int rank,
                         const hsize_t extent[2], const void *values)
{
    const hid_t space = rank ? H5Screate_simple(rank, extent, NULL) : H5Screate(H5S_SCALAR);
    const hid_t create = um_h5_creation(H5P_DATASET_CREATE);
    hid_t dataset = -1;
    if (space >= 0 && create >= 0 && (rank == 0 || !compress(create, rank, extent, type)))
        dataset = H5Dcreate2(parent, name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    if (dataset < 0 || (values && H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0))
        um_h5_fail_write(writer, name);
    um_h5_release(create);
    um_h5_release(space);
    return dataset;
}
