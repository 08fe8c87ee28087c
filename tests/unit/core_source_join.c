/* Several sources as one: order of genes and columns, lengths, blocks over the borders, every refusal. */
#include "core/source_join.h"

#include <math.h>
#include <string.h>

#include "testing/testing.h"

static unmix_context *cx;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    unmix_context_free(cx);
    return 0;
}

/* Names of one letter. */
static um_matrix make(const char *rows, const char *columns, const double *values)
{
    um_matrix matrix = {0};
    for (size_t i = 0; rows[i]; i++)
        assert_ok(cx, um_names_add(cx, &matrix.rows, rows + i, 1));
    for (size_t i = 0; columns[i]; i++)
        assert_ok(cx, um_names_add(cx, &matrix.columns, columns + i, 1));
    assert_ok(cx, um_matrix_allocate(cx, &matrix));
    memcpy(matrix.values, values, matrix.rows.count * matrix.columns.count * sizeof *values);
    return matrix;
}

static void test_joined(void **unused)
{
    (void)unused;
    static const double first[] = {1, 2, 0, 4}, second[] = {5, 0, 7}, lengths[] = {10, NAN}, others[] = {6, 20};
    um_matrix a = make("XY", "ab", first), b = make("YX", "c", second + 1), c = make("XY", "d", second), back = {0};
    um_source parts[3], joined = {0};
    um_source_of_matrix(&parts[0], &a);
    um_source_of_matrix(&parts[1], &b);
    um_source_of_matrix(&parts[2], &c);
    parts[0].row_lengths = lengths;
    parts[1].row_lengths = others; /* Y, X */
    assert_ok(cx, um_source_join(cx, parts, 3, &joined));
    assert_null(parts[0].read);
    assert_ok(cx, um_source_to_matrix(cx, &joined, &back));
    static const double want[] = {1, 2, 7, 5, 0, 4, 0, 0};
    assert_int_equal(back.columns.count, 4);
    assert_memory_equal(back.values, want, sizeof want);
    assert_string_equal(um_name(&back.columns, 3), "d");
    assert_true(joined.row_lengths[0] == 15.0 && joined.row_lengths[1] == 6.0);
    um_block block = {0};
    assert_ok(cx, um_source_read(cx, &joined, 1, 2, &block)); /* over a border */
    assert_int_equal(block.count, 2);
    assert_int_equal(block.start[2], 3);
    assert_true(block.value[2] == 7.0 && block.row[2] == 0);
    um_block_clear(&block);
    um_source_close(&joined);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    um_matrix_clear(&c);
    um_matrix_clear(&back);
}

static void test_refused(void **unused)
{
    (void)unused;
    static const double values[] = {1, 2, 3, 4};
    static const struct {
        const char *rows, *columns, *part;
    } cases[] = {
        {"X", "c", "lacks gene 'Y'"},
        {"XYZ", "c", "gene 'Z' is not in"},
        {"YXX", "c", "or stands here twice"},
        {"YX", "b", "sample 'b' is in"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        um_matrix a = make("XY", "ab", values), b = make(cases[i].rows, cases[i].columns, values);
        um_source parts[2], joined = {0};
        um_source_of_matrix(&parts[0], &a);
        um_source_of_matrix(&parts[1], &b);
        assert_refused(cx, um_source_join(cx, parts, 2, &joined), UNMIX_ERROR_INPUT, cases[i].part);
        um_matrix_clear(&a);
        um_matrix_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
    };
    return um_run_group(tests);
}
