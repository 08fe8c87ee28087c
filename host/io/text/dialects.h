/*
 * Tables of counts that other programs write in their own way, known by their headers: where the row names are, and which
 * columns of numbers are no samples. A new one is a line in dialects.c; what the user says goes before.
 */
#ifndef UM_DIALECTS_H
#define UM_DIALECTS_H

#include "core/names.h"

enum { UM_DIALECT_COLUMNS = 8 };

typedef struct um_dialect {
    const char *program;                      /* for messages */
    const char *columns[UM_DIALECT_COLUMNS];  /* with which the header begins, up to NULL */
    const char *names;                        /* the column with the row names */
    const char *no_samples[UM_DIALECT_COLUMNS]; /* columns to leave out, up to NULL */
} um_dialect;

/* The dialect of a table with this header; NULL: none. */
const um_dialect *um_find_dialect(const um_names *columns);

#endif
