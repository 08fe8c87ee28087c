/* Several sources of the same genes as one: the columns of the first, then those of the next. */
#ifndef UM_SOURCE_JOIN_H
#define UM_SOURCE_JOIN_H

#include "core/source.h"

/*
 * `joined` takes over the n sources, also on failure. Genes are in the order of the first source; lengths are means over
 * those that say them. INPUT: a gene lacks in one of them or repeats, a column's name repeats.
 */
unmix_status um_source_join(unmix_context *cx, um_source *sources, size_t n, um_source *joined);

#endif
