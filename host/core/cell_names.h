/* Names of the same cells as different programs write them: AAAC-1, AAAC.1 of R, AAAC, S1_AAAC-1. */
#ifndef UM_CELL_NAMES_H
#define UM_CELL_NAMES_H

#include "core/names.h"

/*
 * For names that have none in common with the `cells`: looks for a way of reading both by which most meet, and gives those
 * of `names` that do the names of their cells. *how says what was done ("without -1 at their ends"), static storage; NULL
 * and nothing changed where no way makes a half of the shorter list meet, each name once. Errors: MEMORY.
 */
unmix_status um_cell_names_reconcile(unmix_context *cx, const um_names *cells, um_names *names, const char **how);

#endif
