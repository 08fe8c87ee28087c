/* Sums over the cells for every gene, of linear and of log1p values: what the choice of genes is made from. */
#ifndef UM_MOMENTS_H
#define UM_MOMENTS_H

#include <stdint.h>

#include "core/diagnostics.h"

/* One gene in the cells of one batch. Missing entries take no part in the sums. */
typedef struct um_moment {
    double above;   /* cells with a value above zero */
    double missing; /* cells without a value */
    double sum, squares;             /* of the linear values */
    double log_sum, log_squares;     /* of their log1p */
} um_moment;

typedef struct um_moments {
    size_t genes, batches;
    um_moment *gene; /* batches x genes */
    size_t *cells;   /* of each batch */
} um_moments;

/* Zeroes for `batches` >= 1 batches. Errors: MEMORY. */
unmix_status um_moments_open(unmix_context *cx, um_moments *moments, size_t genes, size_t batches);
void um_moments_clear(um_moments *moments);

/* Back to zero. */
void um_moments_reset(um_moments *moments);

#endif
