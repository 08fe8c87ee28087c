/* Sparse matrices in memory: room, transposes, patterns, empty rows. */
#include "core/sparse.h"

#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

/* Rows of a dense matrix (0: no entry); without values when it shall be a pattern. */
static um_sparse from_dense(unmix_context *cx, const double *dense, size_t rows, size_t columns)
{
    um_sparse matrix = {0};
    size_t used = 0;
    assert_ok(cx, um_sparse_allocate(cx, &matrix, rows, columns, rows * columns));
    for (size_t i = 0; i < rows; i++) {
        for (size_t j = 0; j < columns; j++)
            if (dense[i * columns + j] != 0) {
                matrix.column[used] = (uint32_t)j;
                matrix.value[used++] = dense[i * columns + j];
            }
        matrix.start[i + 1] = used;
    }
    return matrix;
}

static void make_pattern(um_sparse *matrix)
{
    free(matrix->value);
    matrix->value = NULL;
}

static void check_turned(const um_sparse *turned, const double *dense, size_t rows, size_t columns)
{
    assert_int_equal(turned->rows, columns);
    assert_int_equal(turned->columns, rows);
    size_t at = 0;
    assert_int_equal(turned->start[0], 0);
    for (size_t j = 0; j < columns; j++) {
        for (size_t i = 0; i < rows; i++)
            if (dense[i * columns + j] != 0) {
                assert_true(at < turned->start[columns]);
                assert_int_equal(turned->column[at], i); /* ascending within the row */
                if (turned->value)
                    assert_true(turned->value[at] == dense[i * columns + j]);
                at++;
            }
        assert_int_equal(turned->start[j + 1], at);
    }
}

static void a_new_matrix_has_empty_rows(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse matrix = {0};
    assert_int_equal(um_sparse_entries(&matrix), 0);
    assert_ok(cx, um_sparse_allocate(cx, &matrix, 4, 7, 0));
    assert_int_equal(matrix.rows, 4);
    assert_int_equal(matrix.columns, 7);
    assert_int_equal(um_sparse_entries(&matrix), 0);
    for (size_t i = 0; i <= 4; i++)
        assert_int_equal(matrix.start[i], 0);
    um_sparse_clear(&matrix);
    um_sparse_clear(&matrix);
    assert_null(matrix.start);
    assert_int_equal(matrix.rows, 0);
    unmix_context_free(cx);
}

static void too_much_is_refused_and_leaves_nothing(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse matrix = {0};
    assert_refused(cx, um_sparse_allocate(cx, &matrix, 3, 3, SIZE_MAX / 2), UNMIX_ERROR_MEMORY, "sparse matrix");
    assert_null(matrix.start);
    assert_null(matrix.column);
    assert_int_equal(matrix.capacity, 0);
    assert_ok(cx, um_sparse_allocate(cx, &matrix, 3, 3, 2));
    matrix.column[1] = 2;
    matrix.value[1] = 5;
    assert_refused(cx, um_sparse_reserve(cx, &matrix, SIZE_MAX / 2), UNMIX_ERROR_MEMORY, "sparse matrix");
    assert_int_equal(matrix.column[1], 2); /* still whole */
    assert_true(matrix.value[1] == 5);
    assert_true(matrix.capacity >= 2 && matrix.capacity < 1000);
    um_sparse_clear(&matrix);
    unmix_context_free(cx);
}

static void room_grows_and_keeps_what_is_there(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse matrix = {0};
    assert_ok(cx, um_sparse_allocate(cx, &matrix, 1, 5000, 1));
    for (size_t i = 0; i < 5000; i++) {
        assert_ok(cx, um_sparse_reserve(cx, &matrix, i + 1));
        assert_true(matrix.capacity >= i + 1);
        matrix.column[i] = (uint32_t)i;
        matrix.value[i] = 0.5 * (double)i;
        matrix.start[1] = i + 1;
    }
    for (size_t i = 0; i < 5000; i++) {
        assert_int_equal(matrix.column[i], i);
        assert_true(matrix.value[i] == 0.5 * (double)i);
    }
    const size_t before = matrix.capacity;
    assert_ok(cx, um_sparse_reserve(cx, &matrix, 3)); /* never less */
    assert_int_equal(matrix.capacity, before);
    um_sparse_clear(&matrix);
    unmix_context_free(cx);
}

static void a_pattern_grows_as_a_pattern(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse pattern = {0};
    assert_ok(cx, um_sparse_allocate(cx, &pattern, 2, 100, 1));
    make_pattern(&pattern);
    assert_ok(cx, um_sparse_reserve(cx, &pattern, 100));
    assert_null(pattern.value);
    assert_true(pattern.capacity >= 100);
    for (size_t i = 0; i < 100; i++)
        pattern.column[i] = (uint32_t)i;
    um_sparse_clear(&pattern);
    unmix_context_free(cx);
}

static void turning_gives_the_transpose(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {1, 9}, {9, 1}, {5, 8}, {40, 3}, {33, 65}};
    unmix_context *cx = um_test_context();
    um_random random;
    um_random_start(&random, 5, "test", "turn");
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
        for (int pattern = 0; pattern < 2; pattern++) {
            const size_t rows = sizes[s][0], columns = sizes[s][1];
            double *dense = calloc(rows * columns, sizeof *dense);
            assert_non_null(dense);
            for (size_t i = 0; i < rows * columns; i++) /* row 2 and column 1 are empty */
                dense[i] = i / columns == 2 || i % columns == 1 ? 0 : (double)um_random_below(&random, 3);
            um_sparse matrix = from_dense(cx, dense, rows, columns), turned = {0}, back = {0};
            if (pattern)
                make_pattern(&matrix);
            assert_ok(cx, um_sparse_turn(cx, &matrix, &turned));
            assert_int_equal(turned.value == NULL, pattern);
            check_turned(&turned, dense, rows, columns);
            assert_ok(cx, um_sparse_turn(cx, &turned, &back));
            assert_int_equal(um_sparse_entries(&back), um_sparse_entries(&matrix));
            assert_memory_equal(back.start, matrix.start, (rows + 1) * sizeof *back.start);
            assert_memory_equal(back.column, matrix.column, um_sparse_entries(&back) * sizeof *back.column);
            if (!pattern)
                assert_memory_equal(back.value, matrix.value, um_sparse_entries(&back) * sizeof *back.value);
            um_sparse_clear(&matrix);
            um_sparse_clear(&turned);
            um_sparse_clear(&back);
            free(dense);
        }
    unmix_context_free(cx);
}

static void stored_zeros_stay(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse matrix = {0}, turned = {0};
    assert_ok(cx, um_sparse_allocate(cx, &matrix, 2, 3, 2));
    matrix.column[0] = 2;
    matrix.value[0] = 0;
    matrix.column[1] = 0;
    matrix.value[1] = 4;
    matrix.start[1] = 1;
    matrix.start[2] = 2;
    assert_ok(cx, um_sparse_turn(cx, &matrix, &turned));
    assert_int_equal(um_sparse_entries(&turned), 2);
    assert_int_equal(turned.column[0], 1);
    assert_true(turned.value[0] == 4);
    assert_int_equal(turned.column[1], 0);
    assert_true(turned.value[1] == 0);
    um_sparse_clear(&matrix);
    um_sparse_clear(&turned);
    unmix_context_free(cx);
}

static void a_matrix_without_rows_turns(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse matrix = {0}, turned = {0};
    assert_ok(cx, um_sparse_allocate(cx, &matrix, 0, 3, 0));
    assert_ok(cx, um_sparse_turn(cx, &matrix, &turned));
    assert_int_equal(turned.rows, 3);
    assert_int_equal(turned.columns, 0);
    assert_int_equal(um_sparse_entries(&turned), 0);
    um_sparse_clear(&matrix);
    um_sparse_clear(&turned);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_matrix_has_empty_rows),
        cmocka_unit_test(too_much_is_refused_and_leaves_nothing),
        cmocka_unit_test(room_grows_and_keeps_what_is_there),
        cmocka_unit_test(a_pattern_grows_as_a_pattern),
        cmocka_unit_test(turning_gives_the_transpose),
        cmocka_unit_test(stored_zeros_stay),
        cmocka_unit_test(a_matrix_without_rows_turns),
    };
    return um_run_group(tests);
}
