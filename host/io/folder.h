/* A result as a folder of tables. */
#ifndef UM_FOLDER_H
#define UM_FOLDER_H

#include "core/annotated.h"
#include "core/matrix.h"

/*
 * Writes an annotated result as a folder (path ends in '/'): every member of obsm and varm as <name>.tsv (um_entry.table
 * gives another name), the obs columns as metrics.tsv or what um_annotated.obs_table says (first column "sample", or
 * .noun), the var columns as genes.tsv, every layer as <name>.tsv with genes in rows, the dictionary as run.json: where
 * it holds nothing but one tree, that one's entries. A new folder appears by one rename; with overwrite, files in an
 * existing folder are replaced one by one, run.json last, and files that are not ours stay.
 */
unmix_status um_folder_write(unmix_context *cx, const um_annotated *annotated, const char *path, int overwrite);

/* The table proportions.tsv of such a folder. INPUT: a folder without it is no result. */
unmix_status um_folder_proportions(unmix_context *cx, const char *path, um_matrix *matrix);

/* The table NAME.tsv of such a folder, NaN where a field has no number; left empty where there is none. */
unmix_status um_folder_frame(unmix_context *cx, const char *path, const char *name, um_matrix *frame);

#endif
