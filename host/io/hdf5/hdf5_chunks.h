/*
 * Datasets that are stored in compressed chunks: read through hdf5_expand.h, so that no chunk is believed to be whole. What
 * was expanded is kept while there is room, as several reads may share a chunk.
 */
#ifndef UM_HDF5_CHUNKS_H
#define UM_HDF5_CHUNKS_H

#include "io/hdf5/hdf5_file.h"

/* 1 when a dataset has filters, all of which are known here: with elements of a fixed size it is read here. */
int um_h5_is_expanded_here(hid_t dataset);

/* As um_h5_read_raw(), of such a dataset of rank 1 or 2. */
unmix_status um_h5_read_expanded(unmix_context *cx, const um_h5_file *file, hid_t dataset, hid_t memory_type,
                                 const um_h5_part *part, void *buffer);

/*
 * Expands all chunks of a dataset of any rank, where it has filters, and refuses it unless they are whole: before HDF5
 * itself expands them.
 */
unmix_status um_h5_check_chunks(unmix_context *cx, const um_h5_file *file, hid_t dataset);

#endif
