/*
 * MatrixMarket folders: a matrix (coordinates) with the names of its features and cells in files beside it, as Cell
 * Ranger, STARsolo, BD Rhapsody, kallisto | bustools, alevin, alevin-fry and split-pipe write them; each plain or .gz.
 * Also the path of the matrix itself. Which files belong together: market_files.h.
 */
#ifndef UM_MARKET_H
#define UM_MARKET_H

#include "core/source.h"
#include "unmix/data.h"

/* 1 for a folder with a .mtx, and for a file that begins or is named like one; 0 otherwise. */
int um_is_market(const char *path);

/* 1 for a folder in which there are such folders: what a program leaves as a whole. */
int um_has_market(const char *path);

/*
 * Reads everything into memory (12 bytes an entry; while reading 16, or 28 where the file is not in the order of the
 * cells) as a source: rows are the genes (symbols made unique, row_ids their ids; see features.h for what is kept),
 * columns the cells. Of the options, `missing` counts. Repeated entries are added up, and a matrix of cells x genes is
 * turned; notes say so where the program has another custom. INPUT with file and line for everything that is wrong.
 */
unmix_status um_market_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                              um_source *source);

/*
 * The table that holds labels of the cells (split-pipe's cell_metadata.csv), to be freed; *sheet stays NULL where there
 * is none. Errors: INPUT, MEMORY.
 */
unmix_status um_market_labels(unmix_context *cx, const char *path, char **sheet);

#endif
