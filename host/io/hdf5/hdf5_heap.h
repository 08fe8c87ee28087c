/*
 * Memory for text of variable length while it is read. It lies on heaps of the file, and any number of elements may refer
 * to the same piece: what a file of this size can honestly hold is the bound, and beyond it HDF5 gets no memory.
 */
#ifndef UM_HDF5_HEAP_H
#define UM_HDF5_HEAP_H

#include "io/hdf5/hdf5_file.h"

typedef struct um_h5_heap {
    hid_t transfer;    /* properties of a read that takes its memory here; -1: not begun */
    size_t most, used; /* bytes */
    int refused;       /* more than `most` was asked for */
    void *blocks;      /* what was handed out since the last um_h5_heap_empty() */
} um_h5_heap;

/* `heap` must not move until um_h5_heap_end(), which may be called at any time. */
unmix_status um_h5_heap_begin(unmix_context *cx, const um_h5_file *file, hid_t object, um_h5_heap *heap);
void um_h5_heap_end(um_h5_heap *heap);

/* Frees what was handed out; it goes on counting. */
void um_h5_heap_empty(um_h5_heap *heap);

/* After a read that failed: by the heap, or by HDF5. */
unmix_status um_h5_heap_fail(unmix_context *cx, const um_h5_file *file, hid_t object, const um_h5_heap *heap);

#endif
