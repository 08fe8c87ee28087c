/*
 * Chunks as they lie in the file, made into what they were before the filters. HDF5 1.10 takes what a filter gives for a
 * whole chunk, however long it is, and hands out the memory behind it; here every chunk that is expanded has its size, or
 * is refused.
 */
#ifndef UM_HDF5_EXPAND_H
#define UM_HDF5_EXPAND_H

#include "io/hdf5/hdf5_file.h"

/* The filters of a dataset in the order in which they were applied. */
typedef struct um_h5_filters {
    size_t count;
    struct um_h5_filter {
        H5Z_filter_t id;
        size_t n_values;
        unsigned value[8]; /* the filter's own parameters */
    } filter[H5Z_MAX_NFILTERS];
} um_h5_filters;

void um_h5_get_filters(hid_t creation, um_h5_filters *filters);

/* The first filter that is not known here, or H5Z_FILTER_NONE. */
H5Z_filter_t um_h5_unknown_filter(const um_h5_filters *filters);

/*
 * Replaces *bytes (from malloc(), `size` of them) by the `whole` bytes of the chunk. Bit i of `mask`: filter i was not
 * applied. Returns NULL, or what is wrong with the chunk; *bytes is to be freed in any case.
 */
const char *um_h5_expand(const um_h5_filters *filters, unsigned mask, size_t whole, unsigned char **bytes, size_t size);

#endif
