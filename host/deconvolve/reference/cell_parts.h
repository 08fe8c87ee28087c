/*
 * Cells of a type dealt out at random to parts of nearly the same number of cells: what shows how much a mean depends on
 * which cells were sampled, where there are no donors to show more. Which part a cell is of depends on the names of the
 * cells of its type and on nothing else.
 */
#ifndef UM_CELL_PARTS_H
#define UM_CELL_PARTS_H

#include "core/names.h"

#define UM_NO_PART SIZE_MAX

typedef struct um_cell_parts {
    size_t n;        /* parts of all types */
    size_t *of_cell; /* UM_NO_PART: of none */
    size_t *first;   /* types + 1: the parts of type t are first[t] .. first[t + 1] - 1 */
} um_cell_parts;

void um_cell_parts_clear(um_cell_parts *parts);

/*
 * `type`: of each cell, UM_NO_PART for cells that are not dealt out. A type of n cells has min(n, most) parts, none when
 * that is 1. `parts` is zero-initialised. Errors: MEMORY.
 */
unmix_status um_cell_parts_deal(unmix_context *cx, const um_names *cells, const size_t *type, size_t n_types, size_t most,
                                um_cell_parts *parts);

#endif
