/*
 * Which files are a matrix of cells with its names: by the names that Cell Ranger, STARsolo, BD Rhapsody, kallisto |
 * bustools, alevin, alevin-fry and split-pipe give them, with what stands before them in all alike ("GSM1_").
 */
#ifndef UM_MARKET_FILES_H
#define UM_MARKET_FILES_H

#include "core/names.h"

/* How the names of features and cells are written. */
typedef enum um_market_form {
    UM_MARKET_LISTS, /* without a header: id, symbol, kind; or one column only */
    UM_MARKET_USA,   /* the same of alevin-fry, where genes may stand three times: spliced, unspliced, ambiguous */
    UM_MARKET_TABLES /* with a header: gene_id, gene_name, ...; cells in the first column, labels in the others */
} um_market_form;

typedef struct um_market_files {
    char *matrix, *features, *cells;
    char *symbols; /* of the features, a line each; NULL: in `features` */
    um_market_form form;
    int cells_first; /* by its program's custom, rows of the matrix are cells */
} um_market_files;

void um_market_files_clear(um_market_files *files);

/* 1 for a folder in which such a matrix lies; 2 where it lies in a folder in it, or further down; 0 otherwise. */
int um_market_depth(const char *folder);

/*
 * The files of a matrix, or of the one matrix of a folder. `files` is empty on entry and cleared on failure. INPUT where
 * names are not there, or where a folder has several matrices, which are named.
 */
unmix_status um_market_files_find(unmix_context *cx, const char *path, um_market_files *files);

#endif
