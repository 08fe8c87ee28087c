/* The cells of the golden tests for variable genes and scores, as tests/golden/cells.py draws them. */
#ifndef UM_GOLDEN_CELLS_H
#define UM_GOLDEN_CELLS_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/matrix.h"
#include "core/numpy_random.h"
#include "testing/testing.h"

enum { GOLDEN_CELLS = 60, GOLDEN_GENES = 200, GOLDEN_BATCHES = 3 };

static inline void golden_counts(int count[GOLDEN_CELLS][GOLDEN_GENES])
{
    um_mt mt;
    um_mt_start(&mt, 11);
    for (int c = 0; c < GOLDEN_CELLS; c++)
        for (int g = 0; g < GOLDEN_GENES; g++) {
            const int most = 2 + g * 7 % 39;
            const int drawn = (int)um_mt_interval(&mt, (uint32_t)most) - g % 4 * most / 5 - c % 3;
            count[c][g] = drawn > 0 ? drawn : 0;
        }
    for (int c = 0; c < GOLDEN_CELLS; c++) {
        count[c][0] = 0;
        count[c][2] = c == 7 ? 5 : 0;
        count[c][10] = count[c][11] = count[c][12] = count[c][9];
        count[c][13] = c % GOLDEN_BATCHES ? 0 : count[c][13];
    }
}

/* Genes x cells (as a source takes them), the first `genes`; value = count x factor. */
static inline void golden_cells(unmix_context *cx, um_matrix *matrix, size_t genes, double factor)
{
    static int count[GOLDEN_CELLS][GOLDEN_GENES];
    char name[40];
    golden_counts(count);
    for (size_t g = 0; g < genes; g++) {
        (void)snprintf(name, sizeof name, "g%03zu", g * 37 % GOLDEN_GENES);
        assert_ok(cx, um_names_add(cx, &matrix->rows, name, strlen(name)));
    }
    for (size_t c = 0; c < GOLDEN_CELLS; c++) {
        (void)snprintf(name, sizeof name, "cell%zu", c);
        assert_ok(cx, um_names_add(cx, &matrix->columns, name, strlen(name)));
    }
    assert_ok(cx, um_matrix_allocate(cx, matrix));
    for (size_t g = 0; g < genes; g++)
        for (size_t c = 0; c < GOLDEN_CELLS; c++)
            um_row(matrix, g)[c] = count[c][g] * factor;
}

/* Every 17th entry (cells first), and all of gene 20. */
static inline void golden_cells_without(um_matrix *matrix)
{
    for (size_t c = 0; c < GOLDEN_CELLS; c++)
        for (size_t g = 0; g < GOLDEN_GENES; g++)
            if ((c * GOLDEN_GENES + g) % 17 == 0 || g == 20)
                um_row(matrix, g)[c] = NAN;
}

#define GOLDEN_FACTOR_SINGLE 0.125
#define GOLDEN_FACTOR_DOUBLE 0.13

#endif
