/* Which labels of the cells become types, and which subjects; what is left out is said. */
#ifndef UM_CELL_LEVELS_H
#define UM_CELL_LEVELS_H

#include "core/source.h"
#include "unmix/signatures.h"

/* For every cell the position of its type and its subject, -1 for none. A view. */
typedef struct um_cell_labels {
    const um_names *types;
    const int64_t *type;
    const um_names *subjects; /* NULL: all cells are of one subject */
    const int64_t *subject;
    size_t parts;             /* most parts of the cells of a type with fewer than two subjects; 0: none wanted */
} um_cell_labels;

/* Types of fewer cells, or subjects of fewer cells of a type, have uncertain means. */
enum { UM_FEW_CELLS = 10 };

/* Where cells go; type and subject are those of the labels. */
typedef struct um_cell_levels {
    const int64_t *type, *subject;            /* level of each cell */
    size_t *type_position, *subject_position; /* of each level among those that are kept, or UM_NOT_FOUND */
} um_cell_levels;

/*
 * Keeps the types that are not dropped and have cells, and the subjects that have cells of these; their names are added
 * to types and subjects, in the order of the labels. `levels` is zero-initialised, cleared by the caller. Errors: INPUT
 * (an unknown label to drop, no cell left, every cell a subject of its own), MEMORY.
 */
unmix_status um_cell_levels_choose(unmix_context *cx, const um_source *cells, const um_cell_labels *labels,
                                   const unmix_signature_options *options, um_cell_levels *levels, um_names *types,
                                   um_names *subjects);

void um_cell_levels_clear(um_cell_levels *levels);

/* 1 with the positions of the cell's type and subject, 0 where it is left out. */
int um_cell_levels_place(const um_cell_levels *levels, size_t cell, size_t *type, size_t *subject);

#endif
