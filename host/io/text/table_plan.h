/* What each column of a table of numbers is: names, values of a sample, lengths of genes, or none of these. */
#ifndef UM_TABLE_PLAN_H
#define UM_TABLE_PLAN_H

#include "core/aliases.h"
#include "io/text/dialects.h"
#include "io/text/table_evidence.h"
#include "io/text/table_scan.h"
#include "unmix/data.h"

typedef struct um_plan {
    const um_dialect *dialect; /* NULL: none known */
    size_t name_column;        /* where the row names are */
    unsigned char *role;       /* by column: um_role */
    size_t *numeric;           /* the columns with values, in order */
    size_t n_numeric;
    size_t alias[UM_MOST_ALIASES]; /* columns with other names of the rows */
    size_t n_alias;
    size_t length, length_else; /* columns with lengths of genes, or UM_NOT_FOUND */
    um_names samples;           /* names of the values */
    int missing;                /* fields without a value are NaN */
    int decimal_comma;
    int as_it_stands; /* every row is one */
} um_plan;

/* Decides, and says what was found. Released with um_plan_clear(). */
unmix_status um_plan_make(unmix_context *cx, um_scan *scan, const unmix_read_options *options, um_plan *plan);
void um_plan_clear(um_plan *plan);

/* Position of a column, or UM_NOT_FOUND. */
size_t um_find_column(const um_names *columns, const char *name, size_t length);

#endif
