/* What datasets and attributes hold: type, shape, values to the bit. */
#ifndef UM_HDF5_EXACT_DATA_H
#define UM_HDF5_EXACT_DATA_H

#include "io/exact/exact_parts.h"
#include "io/hdf5/hdf5_data.h"

typedef struct um_exact_walk {
    unmix_context *cx;
    const um_exact_files *files;
    um_h5_file file[2];
} um_exact_walk;

typedef struct um_exact_attributes {
    unmix_context *cx;
    um_names names;
} um_exact_attributes;

/* Compares two datasets, or with a name two attributes of the member. Errors: INPUT (unreadable, of a kind not known). */
unmix_status um_exact_data(const um_exact_walk *walk, const char *member, const char *attribute, const hid_t id[2]);

#endif
