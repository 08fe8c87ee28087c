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

/* `comparison` is zero-initialised; cleared on failure. Errors: INPUT (nothing in common), MEMORY. */
unmix_status um_compare(unmix_context *cx, const um_matrix *a, const um_matrix *b, um_comparison *comparison);

void um_comparison_clear(um_comparison *comparison);

#endif
