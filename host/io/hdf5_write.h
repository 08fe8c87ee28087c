/*
 * Writing HDF5, sticky: after the first failure every call does nothing, and um_h5_writer_finish() reports it.
 *
 * The file is built in memory and stored by um_h5_writer_finish(). HDF5 defers its writes: with a file on a full disk
 * it fails at close, cannot close, and tries again when the process ends. Stored by ourselves, a full disk is one
 * failed write with a reason. The same calls give the same bytes: no time stamps.
 */
#ifndef UM_HDF5_WRITE_H
#define UM_HDF5_WRITE_H

#include <hdf5.h>

#include "core/annotated.h"

typedef struct um_h5_writer {
    unmix_context *cx;
    const char *path; /* for messages */
    unmix_status status;
    hid_t file;
} um_h5_writer;

void um_h5_writer_begin(um_h5_writer *writer, unmix_context *cx, const char *path);

/* Stores the file in `temporary` and closes. Yields the status of the whole. */
unmix_status um_h5_writer_finish(um_h5_writer *writer, const char *temporary);

/* A group with its encoding; release it with H5Idec_ref through um_h5_writer_close(). -1 after a failure. */
hid_t um_h5_put_group(um_h5_writer *writer, hid_t parent, const char *name, const char *encoding, const char *version);
void um_h5_writer_close(hid_t id);

/* Attributes. */
void um_h5_put_attribute(um_h5_writer *writer, hid_t object, const char *name, const char *text);
void um_h5_put_attribute_names(um_h5_writer *writer, hid_t object, const char *name, const um_names *names);
void um_h5_put_encoding(um_h5_writer *writer, hid_t object, const char *encoding, const char *version);

/*
 * An array of rank 1 (columns 0) or 2 with encoding array: real as float64, integer as int64, boolean as h5py's
 * enumeration. Large ones are compressed. Yields the dataset, to be closed.
 */
hid_t um_h5_put_array(um_h5_writer *writer, hid_t parent, const char *name, um_kind kind, size_t rows, size_t columns,
                      const double *values);

/* Text of variable length with encoding string-array. */
void um_h5_put_names(um_h5_writer *writer, hid_t parent, const char *name, const um_names *names);

/* Scalars with encodings numeric-scalar and string. */
void um_h5_put_scalar(um_h5_writer *writer, hid_t parent, const char *name, um_kind kind, double value);
void um_h5_put_text(um_h5_writer *writer, hid_t parent, const char *name, const char *text);

#endif
