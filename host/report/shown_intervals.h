/* The 95% intervals of a result that a report shows: the best that it has. */
#ifndef UM_REPORT_SHOWN_INTERVALS_H
#define UM_REPORT_SHOWN_INTERVALS_H

#include "core/matrix.h"

/* Where they come from; the first that a result has is shown. */
typedef enum um_interval_source {
    UM_INTERVALS_NONE,
    UM_INTERVALS_BOOTSTRAP, /* bootstrap_low and bootstrap_high, which were asked for */
    UM_INTERVALS_DRAWN,     /* lower and upper */
    UM_INTERVALS_VARIANCES, /* p +- 1.96 sqrt(var_p), of MuSiC */
    UM_INTERVALS_ERRORS     /* p +- 1.96 standard errors, of results of versions without lower and upper */
} um_interval_source;

typedef struct um_shown_intervals {
    um_interval_source source;
    um_matrix lower, upper; /* as the proportions, NaN where there is none; empty (values NULL) where the result has none */
} um_shown_intervals;

/* Zero-initialise. Errors: INPUT (of another size than the proportions), MEMORY. */
unmix_status um_shown_intervals_read(unmix_context *cx, const char *path, const um_matrix *proportions,
                                     um_shown_intervals *shown);

void um_shown_intervals_clear(um_shown_intervals *shown);

#endif
