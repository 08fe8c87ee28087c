/*
 * Writing HDF5, sticky: after the first failure every call does nothing, and um_h5_writer_finish() reports it, also a
 * full disk (see hdf5_disk.h). The same calls give the same bytes: no time stamps.
 */
#ifndef UM_HDF5_WRITE_H
#define UM_HDF5_WRITE_H

#include <hdf5.h>

#include "core/annotated.h"
#include "io/hdf5/hdf5_disk.h"

typedef struct um_h5_writer {
    unmix_context *cx;
    const char *path; /* for messages */
    unmix_status status;
    hid_t file;
    um_h5_disk disk;
    double expected; /* bytes of the whole file, for progress; 0: not known */
} um_h5_writer;

/* Writes to `temporary`. The writer must not move until it is finished. */
void um_h5_writer_begin(um_h5_writer *writer, unmix_context *cx, const char *path, const char *temporary);

/* Sees whether the disk still takes what is written: a full one is a failure from here on. */
void um_h5_writer_check(um_h5_writer *writer);

/* Reports progress. Where `expected` is known, that happens below long copies, too; interrupted, they fail. */
void um_h5_writer_progress(um_h5_writer *writer);

/* Closes. Yields the status of the whole. */
unmix_status um_h5_writer_finish(um_h5_writer *writer);

/* A group with its encoding; release it with H5Idec_ref through um_h5_writer_close(). -1 after a failure. */
hid_t um_h5_put_group(um_h5_writer *writer, hid_t parent, const char *name, const char *encoding, const char *version);
hid_t um_h5_put_bare_group(um_h5_writer *writer, hid_t parent, const char *name); /* without an encoding */
void um_h5_writer_close(hid_t id);

/* Attributes. */
void um_h5_put_attribute(um_h5_writer *writer, hid_t object, const char *name, const char *text);
void um_h5_put_attribute_names(um_h5_writer *writer, hid_t object, const char *name, const um_names *names);
void um_h5_put_attribute_pair(um_h5_writer *writer, hid_t object, const char *name, size_t first, size_t second);
void um_h5_put_attribute_boolean(um_h5_writer *writer, hid_t object, const char *name, int value);
void um_h5_put_encoding(um_h5_writer *writer, hid_t object, const char *encoding, const char *version);

/*
 * An array of rank 1 (columns 0) or 2 with encoding array: real as float64, integer as int64, boolean as h5py's
 * enumeration. Large ones are compressed, but not matrices of reals. Yields the dataset, to be closed.
 */
hid_t um_h5_put_array(um_h5_writer *writer, hid_t parent, const char *name, um_kind kind, size_t rows, size_t columns,
                      const double *values);

/* The same from elements of `type`, which they keep, and without encoding. */
hid_t um_h5_put_stored(um_h5_writer *writer, hid_t parent, const char *name, hid_t type, size_t rows, size_t columns,
                       const void *values);

/* As what numbers are stored: 32-bit integers, float32, float64. */
typedef enum um_h5_number { UM_H5_WHOLE, UM_H5_SINGLE, UM_H5_DOUBLE } um_h5_number;

/* A dataset of numbers that is filled part by part: rank 1 (columns 0) or 2, without encoding. */
hid_t um_h5_begin_numbers(um_h5_writer *writer, hid_t parent, const char *name, um_h5_number number, size_t rows,
                          size_t columns);

/* Rows first .. first+count of it. */
void um_h5_put_part(um_h5_writer *writer, hid_t dataset, const char *name, size_t first, size_t count,
                    const double *values);

/* Text of variable length with encoding string-array. */
void um_h5_put_names(um_h5_writer *writer, hid_t parent, const char *name, const um_names *names);

/* Scalars with encodings numeric-scalar and string. */
void um_h5_put_scalar(um_h5_writer *writer, hid_t parent, const char *name, um_kind kind, double value);
void um_h5_put_text(um_h5_writer *writer, hid_t parent, const char *name, const char *text);

#endif
