/*
 * MatrixMarket folders as Cell Ranger, STARsolo and others write them: matrix.mtx (genes x cells, coordinates),
 * features.tsv or genes.tsv (id, symbol, kind), barcodes.tsv; each plain or .gz. Also the path of the matrix itself,
 * with the others beside it: of "GSM1_matrix.mtx.gz" these are "GSM1_features.tsv" and so on.
 */
#ifndef UM_MARKET_H
#define UM_MARKET_H

#include "core/source.h"
#include "unmix/data.h"

/* 1 for a folder with a matrix.mtx, and for a file that begins or is named like one; 0 otherwise. */
int um_is_market(const char *path);

/*
 * Reads everything into memory (12 bytes an entry; while reading 16, or 28 where the file is not in the order of the
 * cells) as a source: rows are the genes (symbols made unique, row_ids their ids; see features.h for what is kept),
 * columns the cells. Of the options, `missing` counts. Repeated entries are added up, and a matrix of cells x genes is
 * turned; notes say so. INPUT with file and line for everything that is wrong.
 */
unmix_status um_market_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                              um_source *source);

#endif
