/* Other names of the same rows: identifiers beside symbols, as the further columns of a gene table have them. */
#ifndef UM_ALIASES_H
#define UM_ALIASES_H

#include "core/names.h"

typedef struct um_aliases {
    um_names columns; /* what the file calls each kind of names: "gene_name", "id" */
    um_names *names;  /* one list a column; all as long as the rows. A row without such a name has "" */
} um_aliases;

/* Zero-initialise with `um_aliases aliases = {0}`; leaves it empty. */
void um_aliases_clear(um_aliases *aliases);

/* Takes the names over, also on failure. */
unmix_status um_aliases_add(unmix_context *cx, um_aliases *aliases, const char *column, um_names *names);

/* Makes `to` (empty) the rows row[0..n) of `from` (NULL: nothing), in that order. */
unmix_status um_aliases_select(unmix_context *cx, um_aliases *to, const um_aliases *from, const size_t *row, size_t n);

/* More columns than names of genes come in; the first ones of a file are the likely ones. */
enum { UM_MOST_ALIASES = 6 };

/* Makes `to` (empty) a copy of `from` (NULL: nothing). */
unmix_status um_aliases_copy(unmix_context *cx, um_aliases *to, const um_aliases *from);

#endif
