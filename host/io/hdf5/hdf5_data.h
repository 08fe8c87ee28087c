/*
 * Numbers out of HDF5 datasets and attributes. Sizes, types and filters are checked before anything is read; every
 * refusal names the file and the place inside it.
 */
#ifndef UM_HDF5_DATA_H
#define UM_HDF5_DATA_H

#include "io/hdf5/hdf5_heap.h"

/*
 * Looks at a dataset before it is read: its rank must be 1 or 2, its filters must be known here, and its size must be
 * possible for a file of this size. extent[1] is 1 for rank 1.
 */
unmix_status um_h5_extent(unmix_context *cx, const um_h5_file *file, hid_t dataset, int *rank, hsize_t extent[2]);

/* As above for rank 1, as a size. */
unmix_status um_h5_length(unmix_context *cx, const um_h5_file *file, hid_t dataset, size_t *length);

/* Class of the elements; of a member of the elements where they are records. H5T_NO_CLASS when there is no such. */
H5T_class_t um_h5_class(hid_t dataset, const char *member);

/* 1 for an enumeration as h5py writes booleans: FALSE, TRUE. */
int um_h5_is_boolean(hid_t dataset, const char *member);

/*
 * Reads a part (NULL: everything) as doubles or integers, which the elements are (um_h5_class()). `member` (or NULL) is the member of a record to read.
 */
unmix_status um_h5_read_doubles(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                const um_h5_part *part, double *values);
unmix_status um_h5_read_integers(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *member,
                                 const um_h5_part *part, int64_t *values);

/* A memory type that picks `member` out of a record, or `type` itself without a member. The caller releases it. */
hid_t um_h5_memory_type(hid_t type, const char *member);

/* 1 when the elements hold their values themselves, and not where they lie (text of variable length, references). */
int um_h5_is_plain(hid_t type);

/*
 * Reads elements through a memory type that is plain into `buffer`; part NULL: everything. Through another type:
 * um_h5_read_text(), after um_h5_check_chunks() was called once.
 */
unmix_status um_h5_read_raw(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t memory_type,
                            const um_h5_part *part, void *buffer);

unmix_status um_h5_read_text(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t memory_type,
                             const um_h5_part *part, const um_h5_heap *heap, void *buffer);

/* Extent of the chunks of a dataset of rank 1 or 2; zeros when it is not chunked. chunk[1] is 1 for rank 1. */
void um_h5_chunk(hid_t dataset, hsize_t chunk[2]);

/*
 * Opens *dataset again with a cache that holds `bytes` of expanded chunks (the library's own is 1 MB), so that a chunk
 * that several reads share is expanded once.
 */
unmix_status um_h5_set_cache(unmix_context *cx, const um_h5_file *file, hid_t *dataset, size_t bytes);

/* Two integers out of an attribute (shape). *found is 0 when there is no such attribute. */
unmix_status um_h5_attribute_pair(unmix_context *cx, const um_h5_file *file, hid_t object, const char *name,
                                  int64_t pair[2], int *found);

#endif
