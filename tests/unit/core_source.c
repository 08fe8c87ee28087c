/* A matrix through a source and back: blocks, names, missing entries. */
#include "core/source.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "testing/testing.h"

enum { ROWS = 5, COLUMNS = 600 }; /* more columns than are read at once */

static void fill(unmix_context *cx, um_matrix *matrix)
{
    char name[24];
    for (size_t r = 0; r < ROWS; r++) {
        (void)snprintf(name, sizeof name, "g%zu", r);
        assert_ok(cx, um_names_add(cx, &matrix->rows, name, strlen(name)));
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        (void)snprintf(name, sizeof name, "c%zu", c);
        assert_ok(cx, um_names_add(cx, &matrix->columns, name, strlen(name)));
    }
    assert_ok(cx, um_matrix_allocate(cx, matrix));
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++)
        matrix->values[i] = i % 3 ? (double)i / 8.0 : 0.0;
    matrix->first_line = 2;
}

static void there_and_back(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0}, back = {0};
    um_source source = {0};
    fill(cx, &matrix);
    for (size_t missing = 0; missing < 2; missing++) {
        um_source_of_matrix(&source, &matrix);
        assert_int_equal(source.missing, missing);
        assert_ok(cx, um_source_to_matrix(cx, &source, &back));
        assert_memory_equal(back.values, matrix.values, (size_t)ROWS * COLUMNS * sizeof(double));
        assert_string_equal(um_name(&back.rows, ROWS - 1), "g4");
        assert_string_equal(um_name(&back.columns, COLUMNS - 1), "c599");
        assert_string_equal(back.origin, "matrix");
        assert_int_equal(back.first_line, 2);
        assert_int_equal(um_matrix_has_missing(&back), missing);
        um_matrix_clear(&back);
        um_source_close(&source);
        matrix.values[3 * COLUMNS + 400] = (double)NAN; /* where a zero was or not: it is an entry from now on */
    }
    um_matrix_clear(&matrix);
    assert_int_equal(um_matrix_has_missing(&matrix), 0); /* an empty one */
    unmix_context_free(cx);
}

static unmix_status fail_later(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    (void)state;
    if (first)
        return UM_FAIL(cx, UNMIX_ERROR_INPUT, "column %zu is damaged", first);
    UM_TRY(um_block_begin(cx, block, count));
    memset(block->start, 0, (count + 1) * sizeof *block->start);
    return UNMIX_OK;
}

static void a_failing_block_leaves_nothing(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix matrix = {0}, back = {0};
    fill(cx, &matrix);
    const um_source source = {.origin = "file", .rows = &matrix.rows, .columns = &matrix.columns,
                              .preferred_block = 7, .read = fail_later};
    assert_refused(cx, um_source_to_matrix(cx, &source, &back), UNMIX_ERROR_INPUT, "column 7 is damaged");
    assert_null(back.values);
    assert_null(back.origin);
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(a_failing_block_leaves_nothing),
    };
    return um_run_group(tests);
}
