/*
 * 10x Genomics .h5 files: Cell Ranger 3 and later (group `matrix`, several kinds of features) and before (one group a
 * genome). Genes x cells, stored by cell.
 */
#ifndef UM_TENX_H
#define UM_TENX_H

#include "core/source.h"
#include "unmix/data.h"

/* 1 when an HDF5 file holds 10x matrices and is not AnnData; 0 otherwise, also when it cannot be read. */
int um_is_tenx(const char *path);

/*
 * Opens the matrix as a source that is read in blocks of cells: rows are the genes (symbols made unique, row_ids their
 * ids; see features.h for what is kept), columns the cells. Of the options, `missing` counts. What is wrong with the
 * file is refused as um_h5ad_source() does; several genomes are refused by name.
 */
unmix_status um_tenx_source(unmix_context *cx, const char *path, const unmix_read_options *options, um_source *source);

#endif
