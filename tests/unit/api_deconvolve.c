/* unmix_deconvolve(): what it refuses, cell sizes, and the shape of what it gives. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "testing/testing.h"
#include "unmix/unmix.h"

enum { G = 6, C = 2, N = 3 };

static const char *const genes[] = {"a", "b", "c", "d", "e", "f"}, *const types[] = {"T", "B"};
static const char *const samples[] = {"s1", "s2", "s3"};
static const double signature_values[G * C] = {10, 0, 0, 40, 5, 5, 1, 9, 2, 4, 2, 2};
static const double bulk_values[G * N] = {100, 5, 0, 20, 80, 1, 60, 30, 2, 30, 20, 0, 25, 17, 1, 22, 9, 1};

static unmix_context *cx;
static unmix_device *device;
static unmix_matrix *signatures, *bulk;
static unmix_source *source;
static unmix_deconvolve_options options;
static unmix_result *result;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    assert_ok(cx, unmix_matrix_new(cx, G, C, genes, types, signature_values, &signatures));
    assert_ok(cx, unmix_matrix_new(cx, G, N, genes, samples, bulk_values, &bulk));
    assert_ok(cx, unmix_source_from_matrix(cx, bulk, &source));
    unmix_deconvolve_options_init(&options);
    options.method = UNMIX_METHOD_EM;
    options.signature_scale = UNMIX_SIGNATURE_SCALE_NONE;
    result = NULL;
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_result_free(result);
    unmix_source_close(source);
    unmix_matrix_free(bulk);
    unmix_matrix_free(signatures);
    unmix_device_close(device);
    unmix_context_free(cx);
    return 0;
}

static unmix_status run(void)
{
    unmix_result_free(result);
    result = NULL;
    const unmix_status status = unmix_deconvolve(cx, device, signatures, source, NULL, &options, &result);
    assert_true((status == UNMIX_OK) == (result != NULL));
    return status;
}

static void use_signatures(const char *const *type_names, size_t n_types, const double *values)
{
    unmix_matrix_free(signatures);
    assert_ok(cx, unmix_matrix_new(cx, G, n_types, genes, type_names, values, &signatures));
}

static const double *rows(const char *name)
{
    return unmix_matrix_values(unmix_result_matrix(result, name));
}

static void missing_entries_are_refused(void **state)
{
    (void)state;
    const unmix_read_options allowed = {.missing = 1};
    const char *path = um_test_file("bulk.tsv", "gene\ts1\nCD3D\t5\nMS4A1\tNA\n");
    unmix_source_close(source);
    assert_ok(cx, unmix_source_open(cx, path, &allowed, &source));
    assert_refused(cx, run(), UNMIX_ERROR_ARGUMENT, "bulk.tsv was read with missing entries allowed");
    unmix_source_close(source);
    assert_ok(cx, unmix_source_from_matrix(cx, bulk, &source));
    unmix_matrix_free(signatures);
    assert_ok(cx, unmix_matrix_read(cx, path, &allowed, &signatures));
    assert_refused(cx, run(), UNMIX_ERROR_ARGUMENT, "bulk.tsv was read with missing entries allowed");
}

static void missing_arguments_are_refused(void **state)
{
    (void)state;
    unmix_result *r = NULL;
    assert_refused(cx, unmix_deconvolve(cx, NULL, signatures, source, NULL, &options, &r), UNMIX_ERROR_ARGUMENT,
                   "NULL");
    assert_refused(cx, unmix_deconvolve(cx, device, NULL, source, NULL, &options, &r), UNMIX_ERROR_ARGUMENT, "NULL");
    assert_refused(cx, unmix_deconvolve(cx, device, signatures, NULL, NULL, &options, &r), UNMIX_ERROR_ARGUMENT,
                   "NULL");
    assert_refused(cx, unmix_deconvolve(cx, device, signatures, source, NULL, NULL, &r), UNMIX_ERROR_ARGUMENT, "NULL");
    assert_refused(cx, unmix_deconvolve(cx, device, signatures, source, NULL, &options, NULL), UNMIX_ERROR_ARGUMENT,
                   "NULL");
}

static void options_have_ranges(void **state)
{
    (void)state;
    const unmix_deconvolve_options good = options;
#define REFUSED(change, part)                                                                                          \
    do {                                                                                                               \
        options = good;                                                                                                \
        change;                                                                                                        \
        assert_refused(cx, run(), UNMIX_ERROR_ARGUMENT, part);                                                         \
    } while (0)
    REFUSED(options.insert_size = 0.0, "insert size");
    REFUSED(options.insert_size = -500.0, "-500");
    REFUSED(options.insert_size = INFINITY, "insert size");
    REFUSED(options.insert_size = NAN, "insert size");
    REFUSED(options.tolerance = -1e-6, "tolerance");
    REFUSED(options.tolerance = NAN, "tolerance");
    REFUSED(options.max_iterations = -1, "iterations");
    REFUSED(options.l1 = -1.0, "l1");
    REFUSED(options.l1 = NAN, "l1");
    REFUSED(options.l2 = -1.0, "l2");
    REFUSED(options.l2 = 1.0, "l2");
    REFUSED(options.learning_rate = 0.0, "learning rate");
    REFUSED((options.method = UNMIX_METHOD_GD, options.m_step = UNMIX_M_STEP_COUNTS), "m-step is for em");
    REFUSED((options.method = UNMIX_METHOD_EXACT, options.stop = UNMIX_STOP_TOGETHER), "stop is for em");
    REFUSED((options.stop = UNMIX_STOP_TOGETHER, options.permutations = 99), "fitted one by one");
    REFUSED(options.start_exposure = 1.0, "start exposure");
    REFUSED(options.start_exposure = NAN, "start exposure");
#undef REFUSED
}

static void a_type_called_intercept_needs_no_intercept(void **state)
{
    (void)state;
    static const char *const names[] = {"T", "intercept"};
    use_signatures(names, C, signature_values);
    assert_refused(cx, run(), UNMIX_ERROR_INPUT, "'intercept'");
    options.intercept = 0;
    assert_ok(cx, run());
}

static void the_result_has_its_matrices(void **state)
{
    (void)state;
    options.predicted = 1;
    assert_ok(cx, run());
    static const struct {
        const char *name;
        size_t columns;
        const char *last;
    } matrices[] = {{"proportions", C, "B"},
                    {"exposures", C + 1, "intercept"},
                    {"proportions_with_intercept", C + 1, "intercept"},
                    {"metrics", 0, NULL},
                    {"predicted", G, "f"}};
    for (size_t m = 0; m < sizeof matrices / sizeof matrices[0]; m++) {
        const unmix_matrix *x = unmix_result_matrix(result, matrices[m].name);
        assert_non_null(x);
        assert_int_equal(unmix_matrix_rows(x), N);
        for (size_t n = 0; n < N; n++)
            assert_string_equal(unmix_matrix_row_name(x, n), samples[n]);
        if (!matrices[m].last)
            continue;
        assert_int_equal(unmix_matrix_columns(x), matrices[m].columns);
        assert_string_equal(unmix_matrix_column_name(x, matrices[m].columns - 1), matrices[m].last);
    }
    assert_null(unmix_result_matrix(result, "nothing of that name"));
    for (size_t n = 0; n < N; n++) {
        const double *p = rows("proportions") + n * C, *q = rows("proportions_with_intercept") + n * (C + 1);
        const double sums[] = {p[0] + p[1], q[0] + q[1] + q[2]};
        um_assert_close(sums, (double[]){1, 1}, 2, 4 * 1.2e-16, 0.0, "rows sum to 1");
    }
    const unmix_summary *s = unmix_result_summary(result);
    assert_int_equal(s->genes, G);
    assert_int_equal(s->genes_used, G);
    assert_int_equal(s->types, C);
    assert_int_equal(s->samples, N);
    options.predicted = 0;
    assert_ok(cx, run());
    assert_null(unmix_result_matrix(result, "predicted"));
}

/* yhat = A E, with lengths all as the insert. */
static void predicted_counts_are_those_of_the_exposures(void **state)
{
    (void)state;
    options.predicted = 1;
    assert_ok(cx, run());
    const double sum[C] = {20, 60};
    for (size_t n = 0; n < N; n++)
        for (size_t g = 0; g < G; g++) {
            const double *E = rows("exposures") + n * (C + 1);
            const double want =
                signature_values[2 * g] / sum[0] * E[0] + signature_values[2 * g + 1] / sum[1] * E[1] + E[2] / G;
            um_assert_close(rows("predicted") + n * G + g, &want, 1, 8 * 1.2e-16, 0.0, "yhat");
        }
}

/* Cell size divides the exposures before they are normalised, and touches nothing else. */
static void cell_sizes_turn_rna_into_cells(void **state)
{
    (void)state;
    assert_ok(cx, run());
    double E[N * (C + 1)];
    memcpy(E, rows("exposures"), sizeof E);
    static const char *const table_rows[] = {"B", "other", "T"}, *const size[] = {"size"};
    static const double sizes[] = {0.5, 9, 4};
    unmix_matrix *table = NULL;
    assert_ok(cx, unmix_matrix_new(cx, 3, 1, table_rows, size, sizes, &table));
    for (int by_sums = 0; by_sums < 2; by_sums++) {
        options.cell_size = by_sums ? NULL : table;
        options.signature_scale = by_sums ? UNMIX_SIGNATURE_SCALE_COLUMNS : UNMIX_SIGNATURE_SCALE_NONE;
        const double of[C] = {by_sums ? 20 : 4, by_sums ? 60 : 0.5};
        assert_ok(cx, run());
        assert_memory_equal(rows("exposures"), E, sizeof E);
        for (size_t n = 0; n < N; n++) {
            const double t = E[3 * n] / of[0], b = E[3 * n + 1] / of[1], want[C] = {t / (t + b), b / (t + b)};
            um_assert_close(rows("proportions") + n * C, want, C, 8 * 1.2e-16, 0.0, "cells");
        }
    }
    options.cell_size = NULL;
    options.signature_scale = UNMIX_SIGNATURE_SCALE_NONE;
    unmix_matrix_free(table);
}

/* Sizes divide on top of the sums; what was done stands in the summary. */
static void cell_sizes_and_column_sums_multiply(void **state)
{
    (void)state;
    static const char *const size[] = {"size"};
    unmix_matrix *table = NULL;
    assert_ok(cx, unmix_matrix_new(cx, 2, 1, types, size, (const double[]){4, 0.5}, &table));
    options.cell_size = table;
    options.signature_scale = UNMIX_SIGNATURE_SCALE_COLUMNS;
    assert_ok(cx, run());
    for (size_t n = 0; n < N; n++) {
        const double *E = rows("exposures") + n * (C + 1), t = E[0] / 80, b = E[1] / 30, want[C] = {t / (t + b), b / (t + b)};
        um_assert_close(rows("proportions") + n * C, want, C, 8 * 1.2e-16, 0.0, "cells");
    }
    assert_string_equal(unmix_result_summary(result)->proportions_of, "cells");
    options.cell_size = NULL;
    unmix_matrix_free(table);
}

/* Whole values are counts; halves of them a panel, where the bulk has as many other genes. */
static void scale_is_detected_and_told(void **state)
{
    (void)state;
    options.signature_scale = UNMIX_SIGNATURE_SCALE_DETECT;
    assert_ok(cx, run());
    assert_int_equal(unmix_result_summary(result)->signature_scale, UNMIX_SIGNATURE_SCALE_NONE);
    assert_string_equal(unmix_result_summary(result)->proportions_of, "RNA");
    double E[N * (C + 1)], halves[G * C];
    memcpy(E, rows("exposures"), sizeof E);
    for (size_t i = 0; i < G * C; i++)
        halves[i] = signature_values[i] / 2.0;
    use_signatures(types, C, halves);
    assert_ok(cx, run());
    assert_int_equal(unmix_result_summary(result)->signature_scale, UNMIX_SIGNATURE_SCALE_NONE);
    static const char *const more[2 * G] = {"a", "b", "c", "d", "e", "f", "u", "v", "w", "x", "y", "z"};
    double more_counts[2 * G * N] = {0};
    memcpy(more_counts, bulk_values, sizeof bulk_values);
    unmix_source_close(source);
    unmix_matrix_free(bulk);
    assert_ok(cx, unmix_matrix_new(cx, 2 * G, N, more, samples, more_counts, &bulk));
    assert_ok(cx, unmix_source_from_matrix(cx, bulk, &source));
    assert_ok(cx, run());
    assert_memory_equal(rows("exposures"), E, sizeof E);
    for (size_t n = 0; n < N; n++) {
        const double t = E[3 * n] / 10, b = E[3 * n + 1] / 30, want[C] = {t / (t + b), b / (t + b)};
        um_assert_close(rows("proportions") + n * C, want, C, 8 * 1.2e-16, 0.0, "a panel");
    }
    assert_int_equal(unmix_result_summary(result)->signature_scale, UNMIX_SIGNATURE_SCALE_COLUMNS);
    assert_string_equal(unmix_result_summary(result)->proportions_of, "RNA or cells");
}

static void refuse_sizes(const char *const *names, size_t n, size_t columns, const double *values, const char *part)
{
    static const char *const size[] = {"size", "more"};
    unmix_matrix *table = NULL;
    assert_ok(cx, unmix_matrix_new(cx, n, columns, names, size, values, &table));
    options.cell_size = table;
    assert_refused(cx, run(), UNMIX_ERROR_INPUT, part);
    options.cell_size = NULL;
    unmix_matrix_free(table);
}

static void wrong_cell_sizes_are_refused(void **state)
{
    (void)state;
    refuse_sizes(types, 1, 1, (double[]){1}, "no cell size for type 'B'");
    refuse_sizes(types, 2, 1, (double[]){1, 0}, "the cell size of type 'B' is 0");
    refuse_sizes(types, 2, 2, (double[]){1, 1, 1, 1}, "one column");
}

static void column_sums_that_are_equal_say_nothing(void **state)
{
    (void)state;
    double equal[G * C];
    for (size_t i = 0; i < G * C; i++)
        equal[i] = signature_values[i] / (i % 2 ? 60.0 : 20.0); /* as everyone scales them: equal up to rounding */
    use_signatures(types, C, equal);
    options.signature_scale = UNMIX_SIGNATURE_SCALE_COLUMNS;
    assert_refused(cx, run(), UNMIX_ERROR_INPUT, "--signature-scale columns has nothing to go by");
    equal[0] *= 1.01;
    use_signatures(types, C, equal);
    assert_ok(cx, run());
}

static void one_type_and_one_sample_are_enough(void **state)
{
    (void)state;
    double one[G];
    for (size_t g = 0; g < G; g++)
        one[g] = signature_values[2 * g] + 1.0;
    use_signatures(types, 1, one);
    options.signature_scale = UNMIX_SIGNATURE_SCALE_COLUMNS; /* a single column is always equal to itself: no reason to refuse */
    assert_ok(cx, run());
    for (size_t n = 0; n < N; n++)
        assert_true(rows("proportions")[n] == 1.0);
}

/* l1 beyond every exposure leaves nothing: no proportions, and no certificate of a good fit. */
static void a_penalty_that_leaves_nothing(void **state)
{
    (void)state;
    options.intercept = 0;
    options.l1 = 1e6;
    assert_ok(cx, run());
    for (size_t i = 0; i < N * C; i++) {
        assert_true(rows("exposures")[i] == 0.0);
        assert_true(isnan(rows("proportions")[i]));
    }
    assert_false(unmix_result_summary(result)->largest_gap < 1.0);
}

static void results_go_to_h5ad_or_a_folder_only(void **state)
{
    (void)state;
    assert_ok(cx, run());
    assert_refused(cx, unmix_result_write(cx, result, "out.tsv", 0), UNMIX_ERROR_ARGUMENT, "out.tsv");
    assert_refused(cx, unmix_result_write(cx, result, ".h5ad", 0), UNMIX_ERROR_ARGUMENT, ".h5ad");
    assert_refused(cx, unmix_result_write(cx, result, "", 0), UNMIX_ERROR_ARGUMENT, "ends in");
    char path[700];
    (void)snprintf(path, sizeof path, "%s/out/", um_test_folder());
    assert_ok(cx, unmix_result_write(cx, result, path, 0));
    assert_refused(cx, unmix_result_write(cx, result, path, 0), UNMIX_ERROR_EXISTS, "out");
    assert_ok(cx, unmix_result_write(cx, result, path, 1));
    (void)snprintf(path, sizeof path, "%s/out.h5ad", um_test_folder());
    assert_ok(cx, unmix_result_write(cx, result, path, 0));
}

static int stop_at(void *payload, const char *stage, double fraction)
{
    (void)stage;
    assert_true(fraction < 0.0 || (fraction >= 0.0 && fraction <= 1.0));
    return --*(int *)payload == 0;
}

/* Wherever it is stopped, it says so, gives no result, and works again afterwards. */
static void it_can_be_stopped_anywhere(void **state)
{
    (void)state;
    int stopped = 0;
    for (int at = 1; at < 50; at++) {
        int left = at;
        unmix_set_progress(cx, stop_at, &left);
        const unmix_status status = run();
        unmix_set_progress(cx, NULL, NULL);
        if (status == UNMIX_OK)
            break;
        assert_int_equal(status, UNMIX_ERROR_INTERRUPTED);
        unmix_error_clear(cx);
        stopped++;
    }
    assert_true(stopped >= 2);
    assert_ok(cx, run());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(missing_arguments_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(missing_entries_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(options_have_ranges, begin, end),
        cmocka_unit_test_setup_teardown(a_type_called_intercept_needs_no_intercept, begin, end),
        cmocka_unit_test_setup_teardown(the_result_has_its_matrices, begin, end),
        cmocka_unit_test_setup_teardown(predicted_counts_are_those_of_the_exposures, begin, end),
        cmocka_unit_test_setup_teardown(cell_sizes_turn_rna_into_cells, begin, end),
        cmocka_unit_test_setup_teardown(cell_sizes_and_column_sums_multiply, begin, end),
        cmocka_unit_test_setup_teardown(scale_is_detected_and_told, begin, end),
        cmocka_unit_test_setup_teardown(wrong_cell_sizes_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(column_sums_that_are_equal_say_nothing, begin, end),
        cmocka_unit_test_setup_teardown(one_type_and_one_sample_are_enough, begin, end),
        cmocka_unit_test_setup_teardown(a_penalty_that_leaves_nothing, begin, end),
        cmocka_unit_test_setup_teardown(results_go_to_h5ad_or_a_folder_only, begin, end),
        cmocka_unit_test_setup_teardown(it_can_be_stopped_anywhere, begin, end),
    };
    return um_run_group(tests);
}
