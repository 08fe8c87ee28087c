/*
 * Gene sets (programs, pathways), plain or .gz, in two forms: GMT, a set a line (name, description, genes, separated by
 * tabs), or a table of two columns with a header, a row for each gene of each set. Which column of the table is which
 * is told by the header: 'set', 'program', 'cluster', 'cell type' or the like, and 'gene', 'symbol', 'marker' or the like;
 * letter case does not matter.
 */
#ifndef UM_GENE_SETS_H
#define UM_GENE_SETS_H

#include "core/names.h"

/* Sets in the order of the file (of their first row); genes likewise, each once in a set. */
typedef struct um_gene_sets {
    um_names names;
    um_names *genes; /* one list a set */
    char *origin;
} um_gene_sets;

/* Zero-initialise with `um_gene_sets sets = {0}`; release with um_gene_sets_clear(), which leaves it empty. */
void um_gene_sets_clear(um_gene_sets *sets);

/*
 * `sets` is empty on entry and cleared on failure; there is at least one set, and none is empty. A note counts the
 * genes that repeat in their set. INPUT with file and line: neither form, no set, a set without genes, a set that is
 * there twice (GMT), an empty name.
 */
unmix_status um_gene_sets_read(unmix_context *cx, const char *path, um_gene_sets *sets);

#endif
