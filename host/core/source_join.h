/* Several sources of the same genes as one: the columns of the first, then those of the next. */
#ifndef UM_SOURCE_JOIN_H
#define UM_SOURCE_JOIN_H

#include "core/source.h"
#include "unmix/data.h"

/*
 * `joined` takes over the n sources, also on failure. Genes are in the order of the first source; lengths are means over
 * those that say them. INPUT: a gene lacks in one of them or repeats, a column's name repeats.
 */
unmix_status um_source_join(unmix_context *cx, um_source *sources, size_t n, um_source *joined);

/* Opens one of the files that are joined. */
typedef unmix_status (*um_source_opener)(unmix_context *cx, const char *path, const unmix_read_options *options,
                                         um_source *source);

/*
 * The same for files, which are opened one after another. What is said about several of them is said once
 * (core/gathered.h). Errors: those of `open`, and those above.
 */
unmix_status um_source_join_files(unmix_context *cx, const char *const *paths, size_t n, um_source_opener open,
                                  const unmix_read_options *options, um_source *joined);

#endif
