/* The genes of bulk and signatures that a match leaves over. */
#ifndef UM_UNMATCHED_H
#define UM_UNMATCHED_H

#include "deconvolve/problem/match.h"

/* One row a gene, by the name that its file has. */
typedef struct um_unmatched {
    um_names genes;
    um_names where; /* "signatures", "bulk", or "both": these have it, and the gene information lacks it */
} um_unmatched;

/* Zero-initialise with `um_unmatched list = {0}`; leaves it empty. */
void um_unmatched_clear(um_unmatched *list);

/* Those of the signatures, then those of the bulk, in the order of their rows; `list` is empty on entry. Errors: MEMORY. */
unmix_status um_unmatched_take(unmix_context *cx, const um_match *match, const um_names *signatures, const um_names *bulk,
                               um_unmatched *list);

#endif
