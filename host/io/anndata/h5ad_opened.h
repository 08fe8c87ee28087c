/* A store whose matrix is read as a source: of an AnnData file (h5ad_source.c), of a 10x file (tenx/). */
#ifndef UM_H5AD_OPENED_H
#define UM_H5AD_OPENED_H

#include "io/anndata/h5ad_parts.h"
#include "unmix/data.h"

typedef struct um_h5ad_opened {
    um_store store;
    um_names obs; /* names of the matrix: cells */
    um_names var; /* and genes, all that are stored */
    um_h5ad_matrix matrix;
    const um_names *rows;    /* of the source; NULL: var */
    const um_names *row_ids; /* or NULL */
    um_aliases aliases;      /* other names of the rows; owned */
    void *more; /* the opener's, allocated; freed after clear(). NULL: none, and then without the following */
    void (*keep)(const void *more, um_block *block); /* turns rows of the matrix into rows of the source */
    void (*clear)(void *more);
} um_h5ad_opened;

/* Opens store, names and matrix in a zeroed um_h5ad_opened, which is closed for it, also after a failure. */
typedef unmix_status (*um_h5ad_opener)(unmix_context *cx, const char *path, const unmix_read_options *options,
                                       um_h5ad_opened *opened);

unmix_status um_h5ad_open_source(unmix_context *cx, const char *path, const unmix_read_options *options,
                                 um_h5ad_opener open, um_source *source);

#endif
