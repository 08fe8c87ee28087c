/*
 * AnnData files. Reads what anndata 0.7 (categorical layout) to 0.13 write: dense, CSR and CSC matrices, layers, raw,
 * string arrays fixed, variable and nullable, categoricals old and new, and before 0.7 records and h5sparse; chunks
 * compressed with gzip, szip or lzf. Writes the 0.8 encodings.
 *
 * Everything wrong with a file is UNMIX_ERROR_INPUT with the file and the place in it. What HDF5 itself does with
 * structures of its own that were damaged on purpose is not in our hands: do not read files of attackers.
 */
#ifndef UM_H5AD_H
#define UM_H5AD_H

#include "core/annotated.h"
#include "core/matrix.h"
#include "core/source.h"
#include "unmix/data.h"

/*
 * Opens X (layer NULL or "X"), raw ("raw": raw/X with raw/var) or a layer as a source: rows are the variables, columns
 * the observations. CSR and dense matrices are read in blocks of observations; CSC is read whole and turned. Negative
 * and non-finite values end in UNMIX_ERROR_INPUT with file, observation, variable and value when their block is read;
 * with options->missing, NaN is a missing entry. Of the options, `layer` and `missing` count.
 */
unmix_status um_h5ad_source_as(unmix_context *cx, const char *path, const unmix_read_options *options,
                               um_source *source);

/* The same by layer alone. */
unmix_status um_h5ad_source(unmix_context *cx, const char *path, const char *layer, um_source *source);

/* The whole matrix, rows are variables and columns observations (as um_table_read() gives tables of genes). */
unmix_status um_h5ad_read_as(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix);
unmix_status um_h5ad_read(unmix_context *cx, const char *path, const char *layer, um_matrix *matrix);

/*
 * The frame or array obsm[name] with the observations as rows; array columns are named "0", "1", ... Columns that
 * um_h5ad_write() had to store under another name get their own back. Values may be negative or not finite.
 */
unmix_status um_h5ad_read_obsm(unmix_context *cx, const char *path, const char *name, um_matrix *matrix);

/*
 * A column of obs as labels: categorical (old and new layout), strings, booleans or integers. `levels` are the distinct
 * labels (categories in the order of the file, else sorted), level[i] the position for observation i, -1 when missing.
 * *level is allocated (n observations). An unknown column: UNMIX_ERROR_INPUT naming the columns there are.
 */
unmix_status um_h5ad_labels(unmix_context *cx, const char *path, const char *column, um_names *levels, int64_t **level,
                            size_t *n);

/*
 * Writes an annotated result, without X; the same content gives the same bytes (no time stamps). See
 * unmix_result_write(). Column names of obsm are the user's: one that AnnData cannot hold ("Mono/Mac") is stored under
 * another, and a note says so. All other names are ours, and an impossible one is INTERNAL. Nothing of
 * the file is held in memory.
 */
unmix_status um_h5ad_write(unmix_context *cx, const um_annotated *annotated, const char *path, int overwrite);

#endif
