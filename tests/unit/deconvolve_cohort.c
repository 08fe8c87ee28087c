/* The samples of a run: sums, empty ones, repeated names, values that look log-transformed. */
#include "deconvolve/problem/cohort.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "testing/testing.h"

enum { ROWS = 4, MAX_SAMPLES = 30 };

static unmix_context *cx;
static um_matrix bulk;
static um_problem problem;
static um_cohort cohort;
static unmix_deconvolve_options options;
static um_source source;

/* Four rows: genes 0 and 1 take part with weights 1 and 0.5, row 2 belongs to no gene, row 3 to a silent one. */
static int begin(void **state)
{
    (void)state;
    static const uint32_t gene_of_row[ROWS] = {0, 1, UM_NO_GENE, UM_NO_GENE}, silent_row[ROWS] = {0, 0, 0, 1};
    cx = um_test_context();
    options = (unmix_deconvolve_options){0};
    problem = (um_problem){0};
    assert_ok(cx, um_names_add(cx, &problem.genes, "gene0", 5));
    assert_ok(cx, um_names_add(cx, &problem.genes, "gene1", 5));
    assert_ok(cx, UM_ALLOC(cx, &problem.w, 2, "test"));
    assert_ok(cx, UM_ALLOC(cx, &problem.gene_of_row, ROWS, "test"));
    assert_ok(cx, UM_ALLOC(cx, &problem.silent_row, ROWS, "test"));
    problem.w[0] = 1.0;
    problem.w[1] = 0.5;
    memcpy(problem.gene_of_row, gene_of_row, sizeof gene_of_row);
    memcpy(problem.silent_row, silent_row, sizeof silent_row);
    return 0;
}

static int end(void **state)
{
    (void)state;
    um_cohort_clear(&cohort);
    um_matrix_clear(&bulk);
    um_problem_clear(&problem);
    unmix_context_free(cx);
    return 0;
}

static void make_bulk(size_t samples, const double *values)
{
    char name[16];
    um_matrix_clear(&bulk);
    for (size_t r = 0; r < ROWS; r++)
        assert_ok(cx, um_names_add(cx, &bulk.rows, name, (size_t)snprintf(name, sizeof name, "g%zu", r)));
    for (size_t s = 0; s < samples; s++)
        assert_ok(cx, um_names_add(cx, &bulk.columns, name, (size_t)snprintf(name, sizeof name, "s%zu", s + 1)));
    assert_ok(cx, um_matrix_set_origin(cx, &bulk, "bulk.tsv"));
    assert_ok(cx, um_matrix_allocate(cx, &bulk));
    memcpy(bulk.values, values, ROWS * samples * sizeof *values);
    um_source_of_matrix(&source, &bulk);
}

static unmix_status open_cohort(size_t at_once)
{
    um_cohort_clear(&cohort);
    return um_cohort_open(cx, &cohort, &source, &problem, &options, at_once);
}

static void sums_are_over_the_genes_that_take_part(void **state)
{
    (void)state;
    make_bulk(3, (double[]){10, 0, 1, 4, 6, 0, 100, 100, 100, 7, 7, 7});
    for (size_t at_once = 1; at_once <= 3; at_once++) {
        assert_ok(cx, open_cohort(at_once));
        const double total[] = {14, 6, 1}, T[] = {12, 3, 1};
        um_assert_close(cohort.total, total, 3, 0.0, 0.0, "total");
        um_assert_close(cohort.T, T, 3, 0.0, 0.0, "T");
        assert_int_equal(cohort.n_used, 3);
    }
}

static void reading_gives_the_block_that_was_asked_for(void **state)
{
    um_block block = {0};
    (void)state;
    make_bulk(3, (double[]){10, 0, 1, 4, 6, 0, 100, 100, 100, 7, 7, 7});
    assert_ok(cx, open_cohort(2));
    assert_int_equal(cohort.block.count, 1); /* of opening, in blocks of 2 */
    cohort.block.value[0] = 5.0;             /* read again it would be 1 */
    const double *same = cohort.block.value;
    assert_ok(cx, um_cohort_read(cx, &cohort, 0, 2, &block));
    assert_int_equal(block.count, 2);
    assert_true(block.value[0] == 10.0);
    assert_ok(cx, um_cohort_read(cx, &cohort, 2, 1, &block));
    assert_true(block.count == 1 && block.value == same && same[0] == 5.0);
    assert_ok(cx, um_cohort_read(cx, &cohort, 2, 1, &block)); /* handed over once */
    assert_true(block.value[0] == 1.0);
    assert_ok(cx, um_cohort_read(cx, &cohort, 1, 1, &block));
    assert_true(block.value[0] == 6.0);
    um_block_clear(&block);
}

static void empty_samples_are_refused_or_left_out(void **state)
{
    (void)state;
    /* s2 has counts, but only where they do not count. */
    make_bulk(3, (double[]){10, 0, 1, 4, 0, 0, 100, 100, 100, 7, 7, 7});
    assert_refused(cx, open_cohort(3), UNMIX_ERROR_INPUT, "bulk.tsv: sample 's2' (column 2) has no count at all");
    assert_refused(cx, open_cohort(1), UNMIX_ERROR_INPUT, "--drop-empty");
    options.drop_empty = 1;
    assert_ok(cx, open_cohort(3));
    assert_int_equal(cohort.n_used, 2);
    assert_true(cohort.used[0] && !cohort.used[1] && cohort.used[2]);
    assert_non_null(strstr(um_test_log(), "1 of 3 samples are empty and left out: 's2'"));
}

static void nothing_but_empty_samples_is_refused_even_so(void **state)
{
    (void)state;
    make_bulk(2, (double[]){0, 0, 0, 0, 1, 1, 1, 1});
    options.drop_empty = 1;
    assert_refused(cx, open_cohort(2), UNMIX_ERROR_INPUT, "every sample is empty");
    make_bulk(0, (double[]){0});
    assert_refused(cx, open_cohort(1), UNMIX_ERROR_INPUT, "every sample is empty");
}

static void many_empty_samples_are_named_up_to_twenty(void **state)
{
    (void)state;
    double values[ROWS * MAX_SAMPLES] = {1.0}; /* only s1 has a count */
    make_bulk(MAX_SAMPLES, values);
    options.drop_empty = 1;
    assert_ok(cx, open_cohort(MAX_SAMPLES));
    assert_non_null(strstr(um_test_log(), "29 of 30 samples are empty and left out: 's2', 's3'"));
    assert_non_null(strstr(um_test_log(), "'s21', ..."));
    assert_null(strstr(um_test_log(), "'s22'"));
}

static void a_repeated_sample_is_refused(void **state)
{
    (void)state;
    make_bulk(3, (double[]){1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    um_names_clear(&bulk.columns);
    const char *const names[] = {"p", "q", "p"};
    for (size_t i = 0; i < 3; i++)
        assert_ok(cx, um_names_add(cx, &bulk.columns, names[i], 1));
    assert_refused(cx, open_cohort(3), UNMIX_ERROR_INPUT, "sample 'p' stands in column 1 and again in column 3");
}

static void values_that_look_logged_are_refused(void **state)
{
    (void)state;
    make_bulk(2, (double[]){3.5, 12, 4, 6, 1, 2, 0, 0});
    assert_refused(cx, open_cohort(2), UNMIX_ERROR_INPUT,
                   "bulk.tsv: the values look log-transformed (not whole, largest 12)");
    options.scale = UNMIX_SCALE_LINEAR;
    assert_ok(cx, open_cohort(2));
    options.scale = UNMIX_SCALE_DETECT;
    make_bulk(2, (double[]){3, 12, 4, 6, 1, 2, 0, 0}); /* whole, shallow */
    assert_ok(cx, open_cohort(2));
    make_bulk(2, (double[]){3.5, 12, 4, 6, 1, 30, 0, 0}); /* not whole, but too large for a logarithm */
    assert_ok(cx, open_cohort(2));
    make_bulk(2, (double[]){3.5, 12, 4, 6, 1, 29.9, 0, 0});
    assert_refused(cx, open_cohort(1), UNMIX_ERROR_INPUT, "largest 29.9");
}

static void counts_of_silent_genes_are_named(void **state)
{
    (void)state;
    make_bulk(2, (double[]){1, 2, 3, 4, 5, 6, 7, 8});
    problem.n_silent = 1;
    assert_ok(cx, open_cohort(1));
    assert_non_null(
        strstr(um_test_log(), "1 genes that no type expresses are left out (no intercept); 15 counts stand there"));
}

static int stop(void *payload, const char *stage, double fraction)
{
    (void)stage;
    assert_true(fraction >= 0.0 && fraction <= 1.0);
    return ++*(int *)payload == 2;
}

static void the_caller_can_stop_it(void **state)
{
    (void)state;
    int calls = 0;
    make_bulk(3, (double[]){1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
    unmix_set_progress(cx, stop, &calls);
    assert_int_equal(open_cohort(1), UNMIX_ERROR_INTERRUPTED);
    assert_int_equal(calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sums_are_over_the_genes_that_take_part, begin, end),
        cmocka_unit_test_setup_teardown(reading_gives_the_block_that_was_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(empty_samples_are_refused_or_left_out, begin, end),
        cmocka_unit_test_setup_teardown(nothing_but_empty_samples_is_refused_even_so, begin, end),
        cmocka_unit_test_setup_teardown(many_empty_samples_are_named_up_to_twenty, begin, end),
        cmocka_unit_test_setup_teardown(a_repeated_sample_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(values_that_look_logged_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(counts_of_silent_genes_are_named, begin, end),
        cmocka_unit_test_setup_teardown(the_caller_can_stop_it, begin, end),
    };
    return um_run_group(tests);
}
