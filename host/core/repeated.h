/* Names that must be there once only. */
#ifndef UM_REPEATED_H
#define UM_REPEATED_H

#include "core/names.h"

/* *again: position of the first name that repeats an earlier one (*first), or UM_NOT_FOUND. Errors: MEMORY. */
unmix_status um_find_repeated(unmix_context *cx, const um_names *names, size_t *first, size_t *again);

/* INPUT when a name of rows occurs twice: "FILE: gene 'X' stands in line 5 and in line 9; ADVICE" (um_row_place()). */
unmix_status um_refuse_repeated(unmix_context *cx, const char *origin, const char *kind, const um_names *names,
                                size_t first_line, const char *advice);

/* The same for columns: "FILE: type 'X' stands in column 2 and again in column 4; rename one". */
unmix_status um_refuse_repeated_column(unmix_context *cx, const char *origin, const char *kind, const um_names *names);

#endif
