/*
 * Single elements of an AnnData file by their place, for example obsm/X_nmf or uns/unmix_nmf/history: what an earlier
 * run left there. `advice` ends the refusal of an element that is not there ("run 'unmix nmf' first"); NULL: none.
 */
#ifndef UM_H5AD_ELEMENT_H
#define UM_H5AD_ELEMENT_H

#include "core/names.h"

typedef struct um_numbers {
    size_t rows, columns; /* a list has one column */
    double *values;       /* row-major; owned */
} um_numbers;

/* Zero-initialise with `um_numbers numbers = {0}`; leaves it empty. */
void um_numbers_clear(um_numbers *numbers);

/* *found becomes 1 when the file has the element, else 0. Errors: INPUT where the file is no AnnData. */
unmix_status um_h5ad_has(unmix_context *cx, const char *path, const char *element, int *found);

/*
 * An array of rank 1 or 2 of numbers or booleans; values may be negative or not finite. In obsm and varm it has a row
 * for every observation or variable. Errors: INPUT naming file and element (missing, a frame, sparse, text), MEMORY.
 */
unmix_status um_h5ad_read_array(unmix_context *cx, const char *path, const char *element, const char *advice,
                                um_numbers *numbers);

/* A list of text, fixed, variable, nullable (all there) or categorical. names is empty on entry. */
unmix_status um_h5ad_read_names(unmix_context *cx, const char *path, const char *element, const char *advice,
                                um_names *names);

/* A single number or boolean; a single text, to be freed. */
unmix_status um_h5ad_read_number(unmix_context *cx, const char *path, const char *element, const char *advice,
                                 double *number);
unmix_status um_h5ad_read_text(unmix_context *cx, const char *path, const char *element, const char *advice,
                               char **text);

/*
 * A column of a frame ("obs", "var") of numbers or booleans; what is missing is NaN. *values is allocated, n rows. An
 * unknown column is refused naming those there are.
 */
unmix_status um_h5ad_read_column(unmix_context *cx, const char *path, const char *frame, const char *column,
                                 const char *advice, double **values, size_t *n);

/*
 * A column of truths as a mask of 0 and 1: booleans, nullable ones without gaps, 0 and 1, or their names as text
 * (True, TRUE, true; False, ...) or categories. Any other value is refused with its row.
 */
unmix_status um_h5ad_read_mask(unmix_context *cx, const char *path, const char *frame, const char *column,
                               const char *advice, unsigned char **mask, size_t *n);

/* The names of the rows of `frame` ("obs", "var", "raw/var"), into the empty `names`. */
unmix_status um_h5ad_row_names(unmix_context *cx, const char *path, const char *frame, um_names *names);

/* Refuses a file in which two rows of `frame` have the same name, naming it and the two rows. */
unmix_status um_h5ad_refuse_repeated(unmix_context *cx, const char *path, const char *frame);

#endif
