/* Small tables of cells for the tests of programs. */
#ifndef UM_PROGRAMS_TABLE_H
#define UM_PROGRAMS_TABLE_H

#include <stdio.h>
#include <string.h>

#include "core/source.h"
#include "testing/testing.h"

/* Genes x cells named g0, g1, ... and c0, c1, ...; value(g, c) fills it. */
static inline void table_make(unmix_context *cx, um_matrix *matrix, size_t genes, size_t cells,
                              double (*value)(size_t gene, size_t cell))
{
    char name[40];
    for (size_t g = 0; g < genes; g++) {
        (void)snprintf(name, sizeof name, "g%zu", g);
        assert_ok(cx, um_names_add(cx, &matrix->rows, name, strlen(name)));
    }
    for (size_t c = 0; c < cells; c++) {
        (void)snprintf(name, sizeof name, "c%zu", c);
        assert_ok(cx, um_names_add(cx, &matrix->columns, name, strlen(name)));
    }
    assert_ok(cx, um_matrix_allocate(cx, matrix));
    for (size_t g = 0; g < genes; g++)
        for (size_t c = 0; c < cells; c++)
            um_row(matrix, g)[c] = value(g, c);
}

#endif
