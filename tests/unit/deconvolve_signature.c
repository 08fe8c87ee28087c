/* Signatures from labelled columns: means, the decision between counts and log1p, labels, and every refusal. */
#include "deconvolve/reference/signature.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "testing/testing.h"

static void add_words(unmix_context *cx, um_names *names, const char *words)
{
    while (*words) {
        const size_t length = strcspn(words, " ");
        assert_ok(cx, um_names_add(cx, names, words, length));
        words += length + strspn(words + length, " ");
    }
}

/* Four genes, five cells. */
static const double counts[20] = {
    4, 0, 2, 0, 7, /* g1 */
    0, 3, 0, 0, 0, /* g2 */
    1, 1, 1, 9, 0, /* g3 */
    0, 0, 0, 0, 5, /* g4 */
};

typedef struct fixture {
    unmix_context *cx;
    um_matrix cells;
    um_source source;
    um_names levels;
    int64_t level[5];
    unmix_signature_options options;
    um_matrix signatures;
} fixture;

/* Levels B, T, none, in that order; cells 0 and 2 are T, 1 is B, 3 has no label, 4 is "none". */
static fixture open_cells(const double *values)
{
    fixture f = {.cx = um_test_context(), .level = {1, 0, 1, -1, 2}};
    add_words(f.cx, &f.cells.rows, "g1 g2 g3 g4");
    add_words(f.cx, &f.cells.columns, "c1 c2 c3 c4 c5");
    assert_ok(f.cx, um_matrix_allocate(f.cx, &f.cells));
    assert_ok(f.cx, um_matrix_set_origin(f.cx, &f.cells, "cells.tsv"));
    memcpy(f.cells.values, values, sizeof counts);
    f.cells.first_line = 2;
    add_words(f.cx, &f.levels, "B T none");
    return f;
}

static unmix_status build(fixture *f)
{
    um_matrix_clear(&f->signatures);
    um_source_of_matrix(&f->source, &f->cells);
    return um_signature_build(f->cx, &f->source, &f->levels, f->level, &f->options, &f->signatures);
}

static void close_cells(fixture *f)
{
    um_matrix_clear(&f->cells);
    um_names_clear(&f->levels);
    um_matrix_clear(&f->signatures);
    unmix_context_free(f->cx);
}

static void a_signature_is_the_mean_of_the_cells_of_its_label(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    assert_ok(f.cx, build(&f));
    assert_int_equal(f.signatures.rows.count, 4);
    assert_int_equal(f.signatures.columns.count, 3);
    assert_string_equal(um_name(&f.signatures.rows, 3), "g4");
    assert_string_equal(um_name(&f.signatures.columns, 0), "B");
    assert_string_equal(um_name(&f.signatures.columns, 2), "none");
    const double want[12] = {0, 3, 7, 3, 0, 0, 1, 1, 0, 0, 0, 5};
    um_assert_close(f.signatures.values, want, 12, 0.0, 0.0, "means");
    assert_non_null(strstr(um_test_log(), "cells.tsv: 1 of 5 cells have no label and are left out"));
    assert_non_null(strstr(um_test_log(), "cells.tsv: taken as counts (all values are whole, the largest is 9)"));
    assert_non_null(strstr(um_test_log(), "cells.tsv: 3 types from 4 cells"));
    close_cells(&f);
}

/* log1p of the counts is taken back by expm1: the same means, to the rounding of the two functions. */
static void log_values_are_detected_and_taken_back(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    for (size_t i = 0; i < 20; i++)
        f.cells.values[i] = log1p(f.cells.values[i]);
    assert_ok(f.cx, build(&f));
    const double want[12] = {0, 3, 7, 3, 0, 0, 1, 1, 0, 0, 0, 5};
    um_assert_close(f.signatures.values, want, 12, 8 * 2.3e-16, 0.0, "means of expm1");
    assert_non_null(strstr(um_test_log(), "taken as log1p (values are not whole, the largest is 2.30259)"));
    close_cells(&f);
}

/* Column c holds one value, in row c: 2, and 0.5 in the last column. Counts the columns read. */
enum { ROWS = 1 << 16, COLUMNS = 65 }; /* a block holds 2^22 values: 64 columns */

static unmix_status read_one_value_a_column(unmix_context *cx, void *state, size_t first, size_t count, um_block *block)
{
    *(size_t *)state += count;
    UM_TRY(um_block_begin(cx, block, count));
    UM_TRY(um_block_reserve(cx, block, 0, count));
    for (size_t i = 0; i < count; i++) {
        block->row[i] = (uint32_t)(first + i);
        block->value[i] = first + i + 1 < COLUMNS ? 2.0 : 0.5;
        block->start[i + 1] = i + 1;
    }
    return UNMIX_OK;
}

static void the_decision_holds_for_the_blocks_before_it(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_names rows = {0}, columns = {0}, levels = {0};
    char name[16];
    for (int i = 0; i < ROWS; i++)
        assert_ok(cx, um_names_add(cx, &rows, name, (size_t)snprintf(name, sizeof name, "%d", i)));
    for (int i = 0; i < COLUMNS; i++)
        assert_ok(cx, um_names_add(cx, &columns, name, (size_t)snprintf(name, sizeof name, "%d", i)));
    add_words(cx, &levels, "A B");
    size_t columns_read = 0;
    const um_source source = {
        .origin = "big", .rows = &rows, .columns = &columns, .state = &columns_read, .read = read_one_value_a_column};
    int64_t level[COLUMNS] = {0}; /* all are A but the last */
    level[COLUMNS - 1] = 1;
    const unmix_signature_options options = {0};
    um_matrix signatures = {0};
    assert_ok(cx, um_signature_build(cx, &source, &levels, level, &options, &signatures));
    assert_int_equal(columns_read, 2 * COLUMNS); /* the worst case */
    for (size_t g = 0; g < COLUMNS - 1; g++)
        assert_true(um_row(&signatures, g)[0] == expm1(2.0) / (COLUMNS - 1) && um_row(&signatures, g)[1] == 0.0);
    assert_true(um_row(&signatures, COLUMNS - 1)[1] == expm1(0.5));
    um_matrix_clear(&signatures);
    um_names_clear(&rows);
    um_names_clear(&columns);
    um_names_clear(&levels);
    unmix_context_free(cx);
}

static void values_that_fit_neither_scale_are_refused(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    f.cells.values[0] = 2.5;
    f.cells.values[1] = 31;
    assert_refused(
        f.cx, build(&f), UNMIX_ERROR_INPUT,
        "cells.tsv: the values are neither counts (2.5 is not whole) nor log1p (31 is not below 30); say which "
        "with --input counts or --input log1p");
    assert_null(f.signatures.values);
    f.options.scale = UNMIX_CELLS_COUNTS;
    assert_ok(f.cx, build(&f));
    assert_true(um_row(&f.signatures, 0)[1] == (2.5 + 2) / 2);
    f.options.scale = UNMIX_CELLS_LOG1P;
    assert_ok(f.cx, build(&f));
    assert_true(um_row(&f.signatures, 0)[0] == expm1(31));
    assert_non_null(strstr(um_test_log(), "taken as log1p as asked, but the largest value is 31"));
    close_cells(&f);
}

static void a_given_scale_is_taken_at_its_word(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    f.options.scale = UNMIX_CELLS_LOG1P; /* whole numbers, but the caller knows better */
    assert_ok(f.cx, build(&f));
    const double want = expm1(3.0);
    um_assert_close(&um_row(&f.signatures, 1)[0], &want, 1, 0.0, 0.0, "g2 in B");
    assert_null(strstr(um_test_log(), "taken as"));

    f.cells.values[0] = 0.5;
    f.options.scale = UNMIX_CELLS_COUNTS;
    assert_ok(f.cx, build(&f));
    assert_non_null(
        strstr(um_test_log(), "taken as counts as asked, but the values look log-transformed (0.5 is not whole"));
    close_cells(&f);
}

static void values_beyond_exp_are_refused(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    f.cells.values[0] = 800;
    f.options.scale = UNMIX_CELLS_LOG1P;
    assert_refused(f.cx, build(&f), UNMIX_ERROR_INPUT,
                   "the mean of type 'T' is beyond all numbers (the largest value is 800)");
    close_cells(&f);
}

static void labels_are_dropped_by_name(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    f.options.drop = (const char *const[]){"none"};
    f.options.n_drop = 1;
    assert_ok(f.cx, build(&f));
    assert_int_equal(f.signatures.columns.count, 2);
    const double want[8] = {0, 3, 3, 0, 1, 1, 0, 0};
    um_assert_close(f.signatures.values, want, 8, 0.0, 0.0, "means");
    assert_non_null(strstr(um_test_log(), "cells with dropped labels are left out: 1"));

    f.options.drop = (const char *const[]){"None"};
    assert_refused(f.cx, build(&f), UNMIX_ERROR_INPUT, "there is no label 'None' to drop; the labels are: B, T, none");

    f.options.drop = (const char *const[]){"B", "T", "none"};
    f.options.n_drop = 3;
    assert_refused(f.cx, build(&f), UNMIX_ERROR_INPUT, "no cell with a label is left");
    close_cells(&f);
}

static void a_label_without_cells_is_left_out_and_named(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    f.level[1] = -1; /* the only B */
    assert_ok(f.cx, build(&f));
    assert_int_equal(f.signatures.columns.count, 2);
    assert_string_equal(um_name(&f.signatures.columns, 0), "T");
    assert_non_null(strstr(um_test_log(), "no cell has the label 'B'; it is left out"));
    close_cells(&f);
}

static void a_type_of_empty_cells_is_refused(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    for (size_t g = 0; g < 4; g++)
        um_row(&f.cells, g)[1] = 0;
    assert_refused(f.cx, build(&f), UNMIX_ERROR_INPUT, "type 'B' is zero in all of its cells (1); leave it out");
    close_cells(&f);
}

static void repeated_genes_are_refused_or_summed(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    um_names_clear(&f.cells.rows);
    add_words(f.cx, &f.cells.rows, "g1 g2 g1 g4");
    assert_refused(f.cx, build(&f), UNMIX_ERROR_INPUT, "cells.tsv: gene 'g1' stands in line 2 and in line 4;");
    f.options.read.duplicates = UNMIX_DUPLICATES_SUM;
    assert_ok(f.cx, build(&f));
    assert_int_equal(f.signatures.rows.count, 3);
    assert_string_equal(um_name(&f.signatures.rows, 2), "g4");
    const double want[9] = {1, 4, 7, 3, 0, 0, 0, 0, 5};
    um_assert_close(f.signatures.values, want, 9, 0.0, 0.0, "summed");

    /* Log values are summed as what they are the logs of. */
    for (size_t i = 0; i < 20; i++)
        f.cells.values[i] = log1p(f.cells.values[i]);
    assert_ok(f.cx, build(&f));
    um_assert_close(f.signatures.values, want, 9, 8 * 2.3e-16, 0.0, "summed after expm1");
    close_cells(&f);
}

static int stop(void *payload, const char *stage, double fraction)
{
    (void)payload;
    (void)fraction;
    return strcmp(stage, "reading cells.tsv") == 0;
}

static void can_be_interrupted(void **state)
{
    (void)state;
    fixture f = open_cells(counts);
    unmix_set_progress(f.cx, stop, NULL);
    assert_refused(f.cx, build(&f), UNMIX_ERROR_INTERRUPTED, "interrupted while reading cells.tsv");
    close_cells(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_signature_is_the_mean_of_the_cells_of_its_label),
        cmocka_unit_test(log_values_are_detected_and_taken_back),
        cmocka_unit_test(the_decision_holds_for_the_blocks_before_it),
        cmocka_unit_test(values_that_fit_neither_scale_are_refused),
        cmocka_unit_test(a_given_scale_is_taken_at_its_word),
        cmocka_unit_test(values_beyond_exp_are_refused),
        cmocka_unit_test(labels_are_dropped_by_name),
        cmocka_unit_test(a_label_without_cells_is_left_out_and_named),
        cmocka_unit_test(a_type_of_empty_cells_is_refused),
        cmocka_unit_test(repeated_genes_are_refused_or_summed),
        cmocka_unit_test(can_be_interrupted),
    };
    return um_run_group(tests);
}
