/* Which columns of a table of genes are no samples: by their names, and by what stands in them. */
#ifndef UM_TABLE_EVIDENCE_H
#define UM_TABLE_EVIDENCE_H

#include "io/text/table_look.h"

/* What a column of a table is. */
typedef enum um_role { UM_ROLE_VALUE, UM_ROLE_NAME, UM_ROLE_LEFT_OUT, UM_ROLE_TEXT, UM_ROLE_NO_SAMPLE, UM_ROLE_LENGTH } um_role;

/*
 * Takes such columns out of the values in `role` (by column, um_role); lengths of genes become UM_ROLE_LENGTH, and the
 * first of them is *length where none is known yet (UM_NOT_FOUND).
 */
unmix_status um_leave_out_no_samples(unmix_context *cx, const um_scan *scan, const um_look *look, unsigned char *role,
                                     size_t *length);

/* 1 for a table that a test of differential expression wrote: two columns or more are its statistics. */
int um_has_statistics(const um_scan *scan);

/*
 * Where a sample stood in several units of which one was taken, cuts it from the names, which all have one and differ
 * without it: "S1_count", "counts.S1". *cut says whether.
 */
unmix_status um_cut_units(unmix_context *cx, const um_scan *scan, const unsigned char *role, um_names *samples, int *cut);

#endif
