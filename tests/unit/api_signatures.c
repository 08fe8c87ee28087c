/* Signatures from a table of counts and a sheet of labels: the join by name, and every refusal. */
#include "unmix/signatures.h"

#include <string.h>

#include "testing/testing.h"

static const char COUNTS[] = "gene\tc1\tc2\tc3\tc4\nCD3D\t4\t0\t2\t9\nMS4A1\t0\t3\t0\t9\n";
static const char SHEET[] = "cell\tdonor\ttype\nc3\td1\tT\nc1\td1\tT\nc2\td2\tB\nc9\td2\tNK\n";

static unmix_status signatures_of(unmix_context *cx, const char *counts, const char *sheet, const char *groupby,
                                  unmix_matrix **signatures)
{
    unmix_signature_options options;
    unmix_signature_options_init(&options);
    options.groupby = groupby;
    options.cells = sheet ? um_test_file("cells.tsv", sheet) : NULL;
    return unmix_signatures(cx, um_test_file("counts.tsv", counts), &options, signatures);
}

static void cells_are_joined_with_their_labels_by_name(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *s = NULL;
    assert_ok(cx, signatures_of(cx, COUNTS, SHEET, "type", &s));
    assert_int_equal(unmix_matrix_rows(s), 2);
    assert_int_equal(unmix_matrix_columns(s), 2);
    assert_string_equal(unmix_matrix_column_name(s, 0), "B"); /* sorted */
    assert_string_equal(unmix_matrix_column_name(s, 1), "T");
    um_assert_close(unmix_matrix_values(s), (const double[]){0, 3, 3, 0}, 4, 0.0, 0.0, "means");
    assert_non_null(strstr(um_test_log(), "counts.tsv: 1 of 4 cells have no row in "));
    assert_non_null(strstr(um_test_log(), "cells.tsv: 1 of 4 rows are not cells of "));
    assert_non_null(strstr(um_test_log(), "no cell has the label 'NK'; it is left out"));
    unmix_matrix_free(s);
    unmix_context_free(cx);
}

static void missing_labels_are_left_out_and_counted(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *s = NULL;
    assert_ok(cx, signatures_of(cx, COUNTS, "cell\ttype\nc1\tT\nc2\tB\nc3\tNA\nc4\t\n", "type", &s));
    um_assert_close(unmix_matrix_values(s), (const double[]){0, 4, 3, 0}, 4, 0.0, 0.0, "means");
    assert_non_null(strstr(um_test_log(), "2 of 4 cells have no label and are left out"));
    unmix_matrix_free(s);
    unmix_context_free(cx);
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *s = NULL;
    const unmix_signature_options options = {.groupby = "type", .read.missing = 1};
    assert_refused(cx, unmix_signatures(cx, um_test_file("counts.tsv", COUNTS), &options, &s), UNMIX_ERROR_ARGUMENT,
                   "counts.tsv: signatures cannot leave out missing entries");
    assert_refused(cx, signatures_of(cx, COUNTS, NULL, "type", &s), UNMIX_ERROR_ARGUMENT, "(--cells)");
    assert_refused(cx, signatures_of(cx, COUNTS, SHEET, NULL, &s), UNMIX_ERROR_ARGUMENT,
                   "(--groupby); its columns are: cell, donor, type");
    assert_refused(cx, signatures_of(cx, COUNTS, SHEET, "Type", &s), UNMIX_ERROR_INPUT,
                   "cells.tsv: there is no column 'Type'; the columns are: cell, donor, type");
    assert_refused(cx, signatures_of(cx, COUNTS, SHEET, "cell", &s), UNMIX_ERROR_INPUT,
                   "names of the cells, not their types");
    assert_refused(cx, signatures_of(cx, COUNTS, "cell\ttype\nc1\tT\nc2\tB\nc1\tB\n", "type", &s), UNMIX_ERROR_INPUT,
                   "cells.tsv: cell 'c1' stands in line 2 and in line 4");
    assert_refused(cx, signatures_of(cx, COUNTS, "cell\ttype\nC1\tT\nC2\tB\n", "type", &s), UNMIX_ERROR_INPUT,
                   "have no cell in common: c1, c2, c3 and 1 more against C1, C2");
    assert_refused(cx, signatures_of(cx, COUNTS, "cell\ttype\nc1\tNA\nc2\t\n", "type", &s), UNMIX_ERROR_INPUT,
                   "no cell with a label is left");
    assert_refused(cx, unmix_signatures(cx, "counts.tsv", NULL, &s), UNMIX_ERROR_ARGUMENT,
                   "'options' must not be NULL");
    assert_null(s);
    unmix_context_free(cx);
}

static void options_reach_the_reader_and_the_builder(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *s = NULL;
    const char *counts = um_test_file("twice.tsv", "id\tsymbol\tc1\tc2\nE1\tCD3D\t4\t0\nE2\tCD3D\t1\t3\n");
    unmix_signature_options options;
    unmix_signature_options_init(&options);
    options.groupby = "type";
    options.cells = um_test_file("two.tsv", "cell\ttype\nc1\tT\nc2\tB\n");
    options.read.gene_column = "symbol";
    assert_refused(cx, unmix_signatures(cx, counts, &options, &s), UNMIX_ERROR_INPUT,
                   "gene 'CD3D' stands in line 2 and in line 3");
    options.read.duplicates = UNMIX_DUPLICATES_SUM;
    const char *const drop[] = {"B"};
    options.drop = drop;
    options.n_drop = 1;
    assert_ok(cx, unmix_signatures(cx, counts, &options, &s));
    assert_int_equal(unmix_matrix_rows(s), 1);
    assert_int_equal(unmix_matrix_columns(s), 1);
    assert_true(unmix_matrix_values(s)[0] == 5);
    unmix_matrix_free(s);
    options.drop = NULL;
    assert_refused(cx, unmix_signatures(cx, counts, &options, &s), UNMIX_ERROR_ARGUMENT,
                   "'options->drop' must not be NULL");
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_joined_with_their_labels_by_name),
        cmocka_unit_test(missing_labels_are_left_out_and_counted),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(options_reach_the_reader_and_the_builder),
    };
    return um_run_group(tests);
}
