/*
 * Objects of an AnnData file into a new one as they are: numbers are not even expanded, attributes, filters and what is
 * not known here come along. Groups that get further members are made anew around copies of the old ones.
 */
#ifndef UM_H5AD_COPY_H
#define UM_H5AD_COPY_H

#include "io/anndata/h5ad_parts.h"
#include "io/hdf5/hdf5_write.h"

/* From where to where. Sticky as the writer is. */
typedef struct um_h5ad_copy {
    um_h5_writer *writer;
    const um_h5_file *file;
} um_h5ad_copy;

/*
 * A member of `source` and all below it becomes target/name. What it refers to is copied with it, also out of other
 * files; a link to another file that leads nowhere is left out, and a warning says so.
 */
void um_h5ad_copy_member(const um_h5ad_copy *copy, hid_t source, const char *member, hid_t target, const char *name);

/* All members but those in `except` (may be empty; gets indexed), under their names. Reports progress. */
void um_h5ad_copy_members(const um_h5ad_copy *copy, hid_t source, hid_t target, um_names *except);

/* All attributes but `except` (NULL: none is left out). Those that refer to an object are left out. */
void um_h5ad_copy_attributes(const um_h5ad_copy *copy, hid_t source, hid_t target, const char *except);

/*
 * A frame (a group: obs, var) with `columns` added at its end, or in place of columns of the same name; all others and
 * the index stay. Both encodings, also anndata 0.7's with its categories elsewhere.
 */
void um_h5ad_copy_frame(const um_h5ad_copy *copy, const char *name, const um_column *columns, size_t count,
                        size_t rows);

/* The same for a frame of records (before anndata 0.7), which becomes a group in the present encoding. */
void um_h5ad_convert_frame(const um_h5ad_copy *copy, const char *name, const um_column *columns, size_t count,
                           size_t rows);

/* Members of a dataset of records (obsm, varm before anndata 0.7) as members of `target`, except those in `except`. */
void um_h5ad_convert_members(const um_h5ad_copy *copy, hid_t records, hid_t target, um_names *except);

/* Names of the members of uns (COLUMN_categories) that um_h5ad_convert_frame() turns into categories of a column. */
void um_h5ad_converted_categories(const um_h5ad_copy *copy, const char *name, um_names *names);

/* What a frame has once `columns` are added: its columns in order. */
void um_h5ad_new_order(const um_h5ad_copy *copy, hid_t frame, const um_column *columns, size_t count, um_names *order);

#endif
