/*
 * An AnnData file into a new one: what is not touched is copied as it is (store/store_write.h), frames and records that
 * get something added are made anew around copies of the old.
 */
#ifndef UM_H5AD_COPY_H
#define UM_H5AD_COPY_H

#include "io/anndata/h5ad_parts.h"
#include "io/store/store_write.h"

/* From where to where. Sticky as the writer is. */
typedef struct um_h5ad_copy {
    um_writer *writer;
    const um_store *source;
} um_h5ad_copy;

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
void um_h5ad_convert_members(const um_h5ad_copy *copy, um_node records, um_node target, um_names *except);

/* Names of the members of uns (COLUMN_categories) that um_h5ad_convert_frame() turns into categories of a column. */
void um_h5ad_converted_categories(const um_h5ad_copy *copy, const char *name, um_names *names);

/* What a frame has once `columns` are added: its columns in order. */
void um_h5ad_new_order(const um_h5ad_copy *copy, um_node frame, const um_column *columns, size_t count, um_names *order);

#endif
