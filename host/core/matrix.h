/* A dense matrix with named rows and columns, in double, on the host. */
#ifndef UM_MATRIX_H
#define UM_MATRIX_H

#include "core/aliases.h"
#include "core/names.h"

/*
 * Signatures: rows are genes, columns are types. Truth and proportions: rows are samples, columns are types.
 * `origin` names the file for messages (owned, may be NULL). `first_line` is the line of row 0 in a text table, so that
 * row i stands in line first_line + i; 0 when the matrix does not come from a table.
 */
typedef struct um_matrix {
    um_names rows;
    um_names columns;
    double *values; /* row-major, rows.count x columns.count; owned */
    char *origin;
    size_t first_line;
    um_aliases aliases; /* other names of the rows; owned */
} um_matrix;

/* Zero-initialise with `um_matrix matrix = {0}`; release with um_matrix_clear(), which leaves it empty. */
void um_matrix_clear(um_matrix *matrix);

/* Allocates zeroed `values` for the names that `matrix` already holds. */
unmix_status um_matrix_allocate(unmix_context *cx, um_matrix *matrix);

/* Sets `origin` to a copy of `path`. */
unmix_status um_matrix_set_origin(unmix_context *cx, um_matrix *matrix, const char *path);

/* 1 when an entry is missing, that is NaN. */
int um_matrix_has_missing(const um_matrix *matrix);

static inline double *um_row(const um_matrix *matrix, size_t row)
{
    return matrix->values + row * matrix->columns.count;
}

/*
 * "line 17" or "row 16 (1-based)" for row `row`, written into text[size]: how a message points at a row.
 * Returns text.
 */
const char *um_row_place(size_t first_line, size_t row, char *text, size_t size);

#endif
