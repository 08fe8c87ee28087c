/* Creating HDF5 objects: without time stamps, compressed where that helps. Inside hdf5/ only. */
#ifndef UM_HDF5_CREATE_H
#define UM_HDF5_CREATE_H

#include <hdf5.h>

#include "io/store/store_write.h"

/* The last HDF5 call failed to write `name`: WRITE, with HDF5's reason. */
void um_h5_fail_write(um_writer *writer, const char *name);

/* Properties of creation without time stamps, so that the same content gives the same bytes. -1 after a failure. */
hid_t um_h5_creation(hid_t class);

/*
 * Creates and fills a dataset of `type` from values of `memory_type` (NULL: nothing to fill in). Rank 0 is a scalar. -1
 * after a failure.
 */
hid_t um_h5_put_dataset(um_writer *writer, hid_t parent, const char *name, hid_t type, hid_t memory_type, int rank,
                        const hsize_t extent[2], const void *values);

#endif
