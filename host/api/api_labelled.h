/* Labelled cells from files: the source of their counts, and the columns that name type and subject of each. */
#ifndef UM_LABELLED_H
#define UM_LABELLED_H

#include "deconvolve/reference/cell_sums.h"

/* The distinct labels of a column, and for every cell the position of its label, -1 for none. */
typedef struct um_column_labels {
    um_names levels;
    int64_t *level; /* NULL: no such column was asked for */
} um_column_labels;

typedef struct um_labelled {
    um_source source;
    um_column_labels types, subjects;
} um_labelled;

/*
 * Opens the cells with the labels of options->groupby and, where given, options->subject. `cells` is zero-initialised;
 * closed on failure. Errors: INPUT, ARGUMENT, MEMORY.
 */
unmix_status um_labelled_open(unmix_context *cx, const char *path, const unmix_signature_options *options,
                              um_labelled *cells);
void um_labelled_close(um_labelled *cells);

/* The labels as the sums take them; a view. */
um_cell_labels um_labelled_labels(const um_labelled *cells);

/*
 * Labels from memory: checks them, `kind` ("type", "subject") being their name in messages, and copies their names into
 * `levels` (empty). Errors: ARGUMENT, MEMORY.
 */
unmix_status um_take_labels(unmix_context *cx, const char *kind, const unmix_cell_labels *given, const um_source *cells,
                            um_names *levels);

#endif
