/* Gene information from a table: lengths and weights. */
#ifndef UM_GENE_INFO_H
#define UM_GENE_INFO_H

#include "core/aliases.h"

typedef struct um_gene_info {
    um_names genes;
    um_aliases aliases; /* the other columns of text, unless a column was asked for */
    double *length; /* NaN where the field was empty or NA */
    double *weight; /* NaN likewise; NULL when there is no such column */
    char *origin;
    size_t first_line;
} um_gene_info;

/*
 * See unmix_gene_info_read(). `wanted` (indexed) are the names to match when gene_column is NULL: the column with most
 * matches is taken, and a note says which. Lengths and weights that are not numbers are refused here; ranges are
 * checked where the genes are used.
 */
unmix_status um_gene_info_read(unmix_context *cx, const char *path, const char *gene_column, const um_names *wanted,
                               um_gene_info *info);
void um_gene_info_clear(um_gene_info *info);

#endif
