/* Agreement of two tables of proportions; see include/unmix/compare.h. */
#ifndef UM_AGREEMENT_H
#define UM_AGREEMENT_H

#include "core/matrix.h"
#include "unmix/compare.h"

typedef struct um_comparison {
    um_names scopes; /* owns the text of entries[].scope */
    unmix_agreement *entries;
    size_t count;
} um_comparison;

/* Ends of intervals of a's values: rows and columns of a, NaN where there is none. */
typedef struct um_interval_ends {
    const um_matrix *lower, *upper;
} um_interval_ends;

/*
 * `ends`, of intervals that may hold b: NULL for none. `comparison` is zero-initialised; cleared on failure.
 * Errors: INPUT (nothing in common; ends of other samples or types than a), MEMORY.
 */
unmix_status um_compare(unmix_context *cx, const um_matrix *a, const um_matrix *b, const um_interval_ends *ends,
                        um_comparison *comparison);

void um_comparison_clear(um_comparison *comparison);

#endif
