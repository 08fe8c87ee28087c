/* X and the pattern of what is missing on their way to the device. */
#ifndef UM_NMF_ENTRIES_H
#define UM_NMF_ENTRIES_H

#include "core/sparse.h"
#include "device/queue.h"

/*
 * Entries of a sparse matrix on the device. X: rows padded to whole vectors. Missing entries: values are what the factors
 * expect there, for each replicate.
 */
typedef struct um_nmf_entries {
    um_buffer start, index, value;
} um_nmf_entries;

/*
 * These fill zeroed entries; whatever they return, um_nmf_entries_release() releases them. Errors: ARGUMENT (more than 2^32
 * entries), MEMORY, DEVICE.
 */
unmix_status um_nmf_entries_put(unmix_context *cx, um_queue *queue, const um_sparse *matrix, um_nmf_entries *entries);

/* The transpose. */
unmix_status um_nmf_entries_put_turned(unmix_context *cx, um_queue *queue, const um_sparse *matrix,
                                       um_nmf_entries *entries);

/* Rows x columns values with the zeros; entries->start and ->index stay empty. */
unmix_status um_nmf_entries_put_dense(unmix_context *cx, um_queue *queue, const um_sparse *matrix,
                                      um_nmf_entries *entries);

/* Where entries are missing, with room for the values of `room` replicates; `rows` empty rows without a pattern (NULL). */
unmix_status um_nmf_entries_put_pattern(unmix_context *cx, um_queue *queue, const um_sparse *pattern, size_t rows,
                                        size_t room, um_nmf_entries *entries);
unmix_status um_nmf_entries_put_turned_pattern(unmix_context *cx, um_queue *queue, const um_sparse *pattern, size_t rows,
                                               size_t room, um_nmf_entries *entries);

void um_nmf_entries_release(um_nmf_entries *entries);

#endif
