/* Sources over arrays that the caller holds: every layout and type gives the same columns; what is wrong is named. */
#include <math.h>
#include <string.h>

#include "api/api_handles.h"
#include "testing/testing.h"
#include "unmix/data.h"

/*
 *          s1   s2   s3
 *   CD3D    1    0  2.5          GENES x COLUMNS; gene GNLY is empty, so is no sample
 *   GNLY    0    0    0
 *   MS4A1   4    7    0
 */
enum { GENES = 3, COLUMNS = 3, STORED = 4 };
static const char *const genes[] = {"CD3D", "GNLY", "MS4A1"};
static const char *const samples[] = {"s1", "s2", "s3"};
static const double dense[GENES * COLUMNS] = {1, 0, 2.5, 0, 0, 0, 4, 7, 0};

static const int32_t column_start[] = {0, 2, 3, 4}, gene_of[] = {0, 2, 2, 0};
static const double by_column[] = {1, 4, 7, 2.5};
static const int32_t gene_start[] = {0, 2, 2, 4}, column_of[] = {0, 2, 0, 1};
static const double by_gene[] = {1, 2.5, 4, 7};

static unmix_arrays arrays_of(unmix_number type, const void *values)
{
    return (unmix_arrays){.name = "bulk", .genes = GENES, .columns = COLUMNS, .gene_names = genes, .column_names = samples,
                          .type = type, .values = values, .stored = STORED};
}

/* The source holds `expected` (genes x columns), read as a whole and column by column; closes it. */
static void assert_holds(unmix_context *cx, unmix_source *source, const double *expected)
{
    um_matrix whole = {0};
    um_block block = {0};
    assert_ok(cx, um_source_to_matrix(cx, &source->source, &whole));
    assert_int_equal(whole.rows.count, GENES);
    assert_string_equal(um_name(&whole.rows, 2), "MS4A1");
    assert_string_equal(um_name(&whole.columns, 1), "s2");
    assert_memory_equal(whole.values, expected, sizeof dense);
    for (size_t c = 0; c < COLUMNS; c++) {
        assert_ok(cx, um_source_read(cx, &source->source, c, 1, &block));
        size_t stored = 0;
        for (size_t g = 0; g < GENES; g++)
            stored += expected[g * COLUMNS + c] != 0.0;
        assert_int_equal(block.start[1], stored);
        for (size_t i = 0; i < stored; i++) {
            assert_true(block.value[i] == expected[block.row[i] * COLUMNS + c]);
            assert_true(!i || block.row[i] > block.row[i - 1]);
        }
    }
    um_block_clear(&block);
    um_matrix_clear(&whole);
    unmix_source_close(source);
}

static void every_layout_gives_the_same_columns(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *source = NULL;
    double turned[GENES * COLUMNS];
    for (size_t i = 0; i < GENES * COLUMNS; i++)
        turned[i % COLUMNS * GENES + i / COLUMNS] = dense[i];
    unmix_arrays arrays = arrays_of(UNMIX_NUMBER_DOUBLE, dense);
    assert_ok(cx, unmix_source_from_dense(cx, &arrays, COLUMNS, 1, &source));
    assert_holds(cx, source, dense);
    arrays.values = turned;
    assert_ok(cx, unmix_source_from_dense(cx, &arrays, 1, GENES, &source));
    assert_holds(cx, source, dense);
    arrays.values = by_column;
    assert_ok(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, column_start, gene_of, &source));
    assert_string_equal(source->source.origin, "bulk");
    assert_holds(cx, source, dense);
    arrays.values = by_gene;
    assert_ok(cx, unmix_source_from_csr(cx, &arrays, UNMIX_NUMBER_INT32, gene_start, column_of, &source));
    assert_holds(cx, source, dense);
    unmix_context_free(cx);
}

static void every_type_of_number_is_read(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *source = NULL;
    const int64_t long_start[] = {0, 2, 3, 4}, long_gene[] = {0, 2, 2, 0};
    const float f[] = {1, 4, 7, 2};
    const int32_t i32[] = {1, 4, 7, 2};
    const int64_t i64[] = {1, 4, 7, 2};
    const double whole[] = {1, 0, 2, 0, 0, 0, 4, 7, 0};
    const void *values[] = {f, i32, i64};
    for (int k = 0; k < 3; k++) {
        const unmix_arrays arrays = arrays_of((unmix_number)(UNMIX_NUMBER_FLOAT + k), values[k]);
        assert_ok(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT64, long_start, long_gene, &source));
        assert_holds(cx, source, whole);
    }
    unmix_context_free(cx);
}

/* scipy allows entries in any order, repeated and zero. */
static void entries_may_be_unordered_repeated_and_zero(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *source = NULL;
    const int32_t start[] = {0, 4, 5, 6}, gene[] = {2, 0, 2, 1, 2, 0};
    const double values[] = {3, 1, 1, 0, 7, 2.5};
    unmix_arrays arrays = arrays_of(UNMIX_NUMBER_DOUBLE, values);
    arrays.stored = 6;
    assert_ok(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, start, gene, &source));
    assert_holds(cx, source, dense);
    const int32_t by_start[] = {0, 2, 3, 6}, column[] = {2, 0, 1, 0, 1, 0};
    const double by_values[] = {2.5, 1, 0, 3, 7, 1};
    arrays.values = by_values;
    assert_ok(cx, unmix_source_from_csr(cx, &arrays, UNMIX_NUMBER_INT32, by_start, column, &source));
    assert_int_equal(source->source.columns->count, COLUMNS);
    assert_holds(cx, source, (const double[]){1, 0, 2.5, 0, 0, 0, 4, 7, 0});
    unmix_context_free(cx);
}

static void names_are_copied_and_genes_may_repeat(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *source = NULL;
    char first[] = "CD3D";
    const char *const names[] = {first, "CD3D", "MS4A1"};
    unmix_arrays arrays = arrays_of(UNMIX_NUMBER_DOUBLE, dense);
    arrays.gene_names = names;
    arrays.name = NULL;
    assert_ok(cx, unmix_source_from_dense(cx, &arrays, COLUMNS, 1, &source));
    memcpy(first, "none", sizeof first);
    assert_string_equal(um_name(source->source.rows, 0), "CD3D");
    assert_string_equal(source->source.origin, "matrix");
    unmix_source_close(source);
    const char *const unnamed[] = {"CD3D", "", "MS4A1"}, *const absent[] = {"s1", "s2", NULL};
    arrays.gene_names = unnamed;
    assert_refused(cx, unmix_source_from_dense(cx, &arrays, COLUMNS, 1, &source), UNMIX_ERROR_INPUT,
                   "matrix: the name of gene 2 is empty");
    assert_null(source);
    arrays.gene_names = genes;
    arrays.column_names = absent;
    assert_refused(cx, unmix_source_from_dense(cx, &arrays, COLUMNS, 1, &source), UNMIX_ERROR_INPUT,
                   "the name of column 3 is empty");
    unmix_context_free(cx);
}

static void a_wrong_value_is_named_when_it_is_read(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *source = NULL;
    um_block block = {0};
    static const double bad[] = {-1, NAN, INFINITY};
    static const char *const said[] = {"column 's2', gene 'MS4A1': -1 is negative", "nan is not finite", "inf is not finite"};
    for (size_t i = 0; i < 3; i++) {
        double d[GENES * COLUMNS], c[STORED], g[STORED];
        memcpy(d, dense, sizeof d);
        memcpy(c, by_column, sizeof c);
        memcpy(g, by_gene, sizeof g);
        d[7] = c[2] = g[3] = bad[i];
        unmix_arrays arrays = arrays_of(UNMIX_NUMBER_DOUBLE, d);
        assert_ok(cx, unmix_source_from_dense(cx, &arrays, COLUMNS, 1, &source));
        assert_refused(cx, um_source_read(cx, &source->source, 0, 3, &block), UNMIX_ERROR_INPUT, said[i]);
        unmix_source_close(source);
        arrays.values = c;
        assert_ok(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, column_start, gene_of, &source));
        assert_refused(cx, um_source_read(cx, &source->source, 0, 3, &block), UNMIX_ERROR_INPUT, said[i]);
        unmix_source_close(source);
        arrays.values = g;
        assert_refused(cx, unmix_source_from_csr(cx, &arrays, UNMIX_NUMBER_INT32, gene_start, column_of, &source),
                       UNMIX_ERROR_INPUT, said[i]);
        assert_null(source);
    }
    um_block_clear(&block);
    unmix_context_free(cx);
}

static void missing_entries_stay_where_they_are_allowed(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *source = NULL;
    um_block block = {0};
    double c[STORED];
    memcpy(c, by_column, sizeof c);
    c[2] = NAN;
    unmix_arrays arrays = arrays_of(UNMIX_NUMBER_DOUBLE, c);
    arrays.missing = 1;
    assert_ok(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, column_start, gene_of, &source));
    assert_true(source->source.missing);
    assert_ok(cx, um_source_read(cx, &source->source, 1, 1, &block));
    assert_int_equal(block.start[1], 1);
    assert_true(isnan(block.value[0]));
    um_block_clear(&block);
    unmix_source_close(source);
    unmix_context_free(cx);
}

static void damaged_arrays_are_refused(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *source = NULL;
    um_block block = {0};
    unmix_arrays arrays = arrays_of(UNMIX_NUMBER_DOUBLE, by_column);
    const int32_t falling[] = {0, 3, 2, 4}, late[] = {1, 2, 3, 4}, beyond[] = {0, 2, 3, 5};
    const int32_t *const starts[] = {falling, late, beyond};
    for (size_t i = 0; i < 3; i++) {
        assert_refused(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, starts[i], gene_of, &source),
                       UNMIX_ERROR_INPUT, "starts must begin with 0, never fall and not exceed the values");
        assert_refused(cx, unmix_source_from_csr(cx, &arrays, UNMIX_NUMBER_INT32, starts[i], column_of, &source),
                       UNMIX_ERROR_INPUT, "bulk: where line");
    }
    const int32_t outside[] = {0, 2, 3, 0}, negative[] = {0, -1, 2, 0};
    assert_ok(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, column_start, outside, &source));
    assert_refused(cx, um_source_read(cx, &source->source, 0, 3, &block), UNMIX_ERROR_INPUT,
                   "column 's2' has an entry for gene 4, but there are 3");
    unmix_source_close(source);
    assert_refused(cx, unmix_source_from_csr(cx, &arrays, UNMIX_NUMBER_INT32, gene_start, negative, &source),
                   UNMIX_ERROR_INPUT, "gene 'CD3D' has an entry for column 0, but there are 3");
    um_block_clear(&block);
    unmix_context_free(cx);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_source *s = NULL;
    const unmix_status bad = UNMIX_ERROR_ARGUMENT;
    unmix_arrays arrays = arrays_of(UNMIX_NUMBER_DOUBLE, by_column);
    assert_refused(cx, unmix_source_from_dense(cx, &arrays, 1, 1, NULL), bad, "'source' must not be NULL");
    assert_refused(cx, unmix_source_from_dense(cx, NULL, 1, 1, &s), bad, "'arrays' must not be NULL");
    assert_refused(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, NULL, gene_of, &s), bad, "'start'");
    assert_refused(cx, unmix_source_from_csc(cx, &arrays, UNMIX_NUMBER_INT32, column_start, NULL, &s), bad, "'index'");
    assert_refused(cx, unmix_source_from_csr(cx, &arrays, UNMIX_NUMBER_FLOAT, gene_start, column_of, &s), bad,
                   "indices must be INT32 or INT64");
    arrays.values = NULL;
    assert_refused(cx, unmix_source_from_dense(cx, &arrays, 1, 1, &s), bad, "'arrays->values'");
    arrays.gene_names = NULL;
    assert_refused(cx, unmix_source_from_dense(cx, &arrays, 1, 1, &s), bad, "'arrays->gene_names'");
    arrays = arrays_of((unmix_number)9, by_column);
    assert_refused(cx, unmix_source_from_dense(cx, &arrays, 1, 1, &s), bad, "no type of numbers 9");
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_layout_gives_the_same_columns),
        cmocka_unit_test(every_type_of_number_is_read),
        cmocka_unit_test(entries_may_be_unordered_repeated_and_zero),
        cmocka_unit_test(names_are_copied_and_genes_may_repeat),
        cmocka_unit_test(a_wrong_value_is_named_when_it_is_read),
        cmocka_unit_test(missing_entries_stay_where_they_are_allowed),
        cmocka_unit_test(damaged_arrays_are_refused),
        cmocka_unit_test(arguments_are_checked),
    };
    return um_run_group(tests);
}
