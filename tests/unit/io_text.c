/* Tables as text. */
#include "testing/testing.h"

#include <string.h>

#include "io/text/table.h"

static unmix_context *cx;
static um_text_table table;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    table = (um_text_table){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_text_table_clear(&table);
    unmix_context_free(cx);
    return 0;
}

static const char *field(size_t row, size_t column)
{
    return um_name(&table.fields[column], row);
}

static void test_reads_fields(void **unused)
{
    (void)unused;
    const char *path = um_test_file("sheet.csv", "sample,\"cell type\",size\nA,\"T, CD4\",1.5\nB,,NA\n");
    assert_ok(cx, um_text_table_read(cx, path, &table));
    assert_int_equal(table.columns.count, 3);
    assert_int_equal(table.n_rows, 2);
    assert_int_equal(table.first_line, 2);
    assert_string_equal(table.origin, path);
    assert_int_equal(um_text_table_column(&table, "cell type"), 1);
    assert_true(um_text_table_column(&table, "cell") == UM_NOT_FOUND);
    assert_string_equal(field(0, 1), "T, CD4");
    assert_string_equal(field(1, 1), "");
    assert_string_equal(field(1, 2), "NA");
}

static void test_numbers(void **unused)
{
    (void)unused;
    double number = 0.0;
    assert_ok(cx, um_text_table_read(
                      cx, um_test_file("numbers.tsv", "type\tsize\nA\t-1.5\nB\tNA\nC\t\nD\t1e999\nE\t2x\n"), &table));
    assert_ok(cx, um_text_table_number(cx, &table, 1, 0, &number));
    assert_true(number == -1.5);
    assert_refused(cx, um_text_table_number(cx, &table, 1, 1, &number), UNMIX_ERROR_INPUT,
                   "numbers.tsv: line 3, column 'size': 'NA' is not a finite number");
    assert_refused(cx, um_text_table_number(cx, &table, 1, 2, &number), UNMIX_ERROR_INPUT, "line 4, column 'size': ''");
    assert_refused(cx, um_text_table_number(cx, &table, 1, 3, &number), UNMIX_ERROR_INPUT, "'1e999'");
    assert_refused(cx, um_text_table_number(cx, &table, 1, 4, &number), UNMIX_ERROR_INPUT, "'2x'");
}

static void test_missing_first_header_field(void **unused)
{
    (void)unused;
    assert_ok(cx, um_text_table_read(cx, um_test_file("r.tsv", "ens\tsymbol\n1\tE1\tA\n2\tE2\tB\n"), &table));
    assert_string_equal(um_name(&table.columns, 0), "");
    assert_string_equal(um_name(&table.columns, 2), "symbol");
    assert_string_equal(field(1, 2), "B");
}

static void test_refused(void **unused)
{
    (void)unused;
    assert_refused(cx, um_text_table_read(cx, um_test_file("twice.tsv", "a\tb\tb\n1\t2\t3\n"), &table),
                   UNMIX_ERROR_INPUT, "twice.tsv: the header names column 'b' twice");
    assert_refused(cx, um_text_table_read(cx, um_test_file("ragged.tsv", "a\tb\n1\t2\n1\n"), &table), UNMIX_ERROR_INPUT,
                   "line 3 has 1 fields; 2 are expected");
    assert_refused(cx, um_text_table_read(cx, um_test_file("header.tsv", "a\tb\n"), &table), UNMIX_ERROR_INPUT,
                   "no rows");
    assert_null(table.fields);
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {UM_CASE(test_reads_fields), UM_CASE(test_numbers),
                                       UM_CASE(test_missing_first_header_field), UM_CASE(test_refused)};
    return um_run_group(tests);
}
