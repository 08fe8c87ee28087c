/* Some rows of a source, in another order, and its columns under other names: what makes sources of different genes alike. */
#ifndef UM_SOURCE_SELECT_H
#define UM_SOURCE_SELECT_H

#include "core/source.h"

/*
 * `selected` takes over `from`, also on failure. Its rows are `rows` (distinct, all of them in `from`); entries of rows that
 * repeat there come several times, to be added up. Names of columns get `prefix` before them, so that those of several
 * sources differ. Errors: MEMORY.
 */
unmix_status um_source_select(unmix_context *cx, um_source *from, const um_names *rows, const char *prefix,
                              um_source *selected);

#endif
