/* One door to all formats (formats.h): looks at the file and calls the right reader. */
#ifndef UM_READ_H
#define UM_READ_H

#include "core/matrix.h"
#include "core/source.h"
#include "unmix/data.h"

/*
 * A matrix from a file or folder of any format (formats.h), told apart by looking inside; see unmix_matrix_read().
 */
unmix_status um_read_matrix(unmix_context *cx, const char *path, const unmix_read_options *options, um_matrix *matrix);

/* Proportions from a result (.h5ad or folder) or a table; see unmix_proportions_read(). Names are unique on success. */
unmix_status um_read_proportions(unmix_context *cx, const char *path, um_matrix *matrix);

/*
 * A frame beside the proportions of a result (obsm/NAME, NAME.tsv), NaN where it has no number; left empty (values NULL)
 * where the result has none of this name, and of a table.
 */
unmix_status um_read_frame(unmix_context *cx, const char *path, const char *name, um_matrix *frame);

/* See unmix_intervals_read(); both left empty where there are none. */
unmix_status um_read_intervals(unmix_context *cx, const char *path, um_matrix *lower, um_matrix *upper);

/* A source of columns; a table is read here, once, and lies in memory or in a temporary file. See unmix_source_open(). */
unmix_status um_open_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source);

/*
 * Fails with UNMIX_ERROR_INPUT when the name of a gene (row) or a cell (column) of the source repeats: "FILE: gene 'X'
 * stands in row 5 and in row 9; ADVICE". For callers that cannot do with repeated names; readers let them be.
 */
unmix_status um_refuse_repeated_genes(unmix_context *cx, const um_source *source, const char *advice);
unmix_status um_refuse_repeated_cells(unmix_context *cx, const um_source *source, const char *advice);

#endif
