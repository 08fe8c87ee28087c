/*
 * How the names of genes are read where the inputs do not meet as they stand: identifiers without their versions, one of
 * two names that are joined ("ENSG00000141510.18_TP53", "TP53|7157"), another column of one of them, or two columns of the
 * gene table, of the bulk or of the signatures that translate one kind into the other.
 */
#ifndef UM_NAMING_H
#define UM_NAMING_H

#include "core/aliases.h"

/* Names as an input has them. */
typedef struct um_named {
    const char *what;   /* "signatures", "bulk", "gene information" */
    const char *origin;
    const um_names *names;
    const um_aliases *aliases; /* NULL: none */
} um_named;

/* The inputs of a match; the table may have no names (NULL). */
enum { UM_SIGNATURES, UM_BULK, UM_TABLE, UM_INPUTS };

typedef struct um_naming {
    size_t common;                 /* genes that meet */
    um_names names[UM_INPUTS];     /* owned: those to match; of an input that stays as it is they are empty */
    int versions_only;             /* 1: nothing but versions was cut */
    char note[640];                /* what was done, for the user */
} um_naming;

void um_naming_clear(um_naming *naming);

/*
 * Looks for the reading of the names by which most genes meet; `common` is 0 where there is none. Errors: MEMORY.
 */
unmix_status um_naming_find(unmix_context *cx, const um_named inputs[UM_INPUTS], um_naming *naming);

#endif
