/* Signatures: the mean expression of each cell type, from single cells (or sorted samples) with labels. */
#ifndef UNMIX_SIGNATURES_H
#define UNMIX_SIGNATURES_H

#include <stdint.h>

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum unmix_cell_scale {
    UNMIX_CELLS_DETECT, /* decide from the values and say so; refused when neither fits */
    UNMIX_CELLS_COUNTS, /* mean of the values */
    UNMIX_CELLS_LOG1P   /* mean of expm1 of the values */
} unmix_cell_scale;

typedef struct unmix_signature_options {
    const char *groupby;      /* obs column of the .h5ad, or column of the table of labels, with the types */
    const char *cells;        /* table of labels for a table of counts (first column: names); NULL for an .h5ad */
    const char
        *subject; /* of a reference: column like groupby with the donors; NULL: none. Not for unmix_signatures() */
    const char *const *drop;  /* labels to leave out */
    size_t n_drop;
    unmix_cell_scale scale;
    unmix_read_options read;  /* layer, gene column, duplicates */
} unmix_signature_options;

/* Fills the defaults. */
UNMIX_API void unmix_signature_options_init(unmix_signature_options *options);

/*
 * Genes x types: for each label the mean over its cells, not scaled; types in the order of their names (categories in
 * the order of the file). Cells without a label are left out and counted in a note. Freed with unmix_matrix_free().
 * Errors: INPUT, ARGUMENT, MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_signatures(unmix_context *cx, const char *path, const unmix_signature_options *options,
                                        unmix_matrix **signatures);

/* A label for each cell: of_cell[i] is a position in `names` (n, unique), negative for a cell without label. */
typedef struct unmix_cell_labels {
    size_t n;
    const char *const *names;
    const int64_t *of_cell;
} unmix_cell_labels;

/*
 * The same over cells that are open, with the types in the order of their names. Of the options drop, scale and
 * read.duplicates matter.
 */
UNMIX_API unmix_status unmix_signatures_of(unmix_context *cx, const unmix_source *cells, const unmix_cell_labels *types,
                                           const unmix_signature_options *options, unmix_matrix **signatures);

#ifdef __cplusplus
}
#endif
#endif
