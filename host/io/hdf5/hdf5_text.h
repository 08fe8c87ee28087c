/* Strings out of HDF5: fixed and variable length, ASCII and UTF-8, in datasets, records and attributes. */
#ifndef UM_HDF5_TEXT_H
#define UM_HDF5_TEXT_H

#include "io/hdf5/hdf5_data.h"

/* Appends the strings of a dataset of rank 1 (or of `member` of its records) to `names`. */
unmix_status um_h5_read_strings(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                um_names *names);

/* Appends the string of a dataset of one element, of any rank. */
unmix_status um_h5_read_single_string(unmix_context *cx, const um_h5_file *file, hid_t dataset, um_names *names);

/* Appends the strings of an attribute. One that is absent, empty or does not hold text adds nothing. */
unmix_status um_h5_attribute_strings(unmix_context *cx, const um_h5_file *file, hid_t object, const char *name,
                                     um_names *names);

/*
 * Reads elements that hold where their values lie, of a dataset of any rank, and forgets them: refuses chunks that are not
 * whole and more than the file can hold. Before HDF5 reads them all at once.
 */
unmix_status um_h5_check_text(unmix_context *cx, const um_h5_file *file, hid_t dataset);

#endif
