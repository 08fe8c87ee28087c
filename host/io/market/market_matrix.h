/* The matrix file of a MatrixMarket folder. For market.c. */
#ifndef UM_MARKET_MATRIX_H
#define UM_MARKET_MATRIX_H

#include "core/sparse.h"
#include "io/tenx/features.h"

/* What the matrix must fit. */
typedef struct um_market_names {
    const um_features *features;
    const um_names *cells;
    const char *features_path;
    const char *cells_path;
    int cells_first; /* rows are cells; the numbers of names overrule this */
    int added_up;    /* several features have one place: repeated entries are no surprise */
    int missing;     /* NaN and NA are missing entries */
} um_market_names;

/* `matrix` (empty) becomes cells x kept features; no zeros are stored. */
unmix_status um_market_matrix_read(unmix_context *cx, const char *path, const um_market_names *names,
                                   um_sparse *matrix);

#endif
