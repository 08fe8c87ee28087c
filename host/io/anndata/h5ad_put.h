/*
 * The parts of an AnnData file, written in the encodings of anndata 0.8: frames of columns, members of obsm, varm and
 * uns. Sticky as the writer is. Keys are ours: an impossible one is INTERNAL; only columns of frames are the user's.
 */
#ifndef UM_H5AD_PUT_H
#define UM_H5AD_PUT_H

#include "io/anndata/h5ad_encode.h"

/* The member of our frames that holds the index. */
#define UM_H5AD_INDEX "_index"

/* Fails with INTERNAL where `key` cannot be the name of a member. */
void um_h5ad_check_key(um_writer *writer, const char *key);

/* A frame with its index and the order of its columns, which are then put into it; left open. */
um_node um_h5ad_begin_frame(um_writer *writer, um_node parent, const char *name, const char *index_name,
                          const um_names *index, const um_names *columns);

/* A column of `rows` elements into an open frame. */
void um_h5ad_put_column(um_writer *writer, um_node frame, const um_column *column, size_t rows);

/* A whole frame at the root: obs or var. */
void um_h5ad_put_columns(um_writer *writer, const char *name, const um_names *index, const um_column *columns,
                         size_t count);

/* A member of an open group. rows: the names that its rows stand for (obsm, varm), or NULL (uns). */
void um_h5ad_put_entry(um_writer *writer, um_node parent, const um_names *rows, const um_entry *entry);

/* A dictionary at the root with its members. */
void um_h5ad_put_mapping(um_writer *writer, const char *name, const um_names *rows, const um_entry *entries,
                         size_t count);

/* A layer (or X) of a result; its shape must be that of the result. */
void um_h5ad_put_layer(um_writer *writer, um_node parent, const um_layer *layer, const um_annotated *annotated);

/* All of a result. */
void um_h5ad_put_result(um_writer *writer, const um_annotated *annotated);

#endif
