/*
 * Signatures of real cells: counts against the published sums by type, log values against what they are the logs of.
 * Needs the shared data; skipped without it.
 */
#include "unmix/signatures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/testing.h"

static const char *data(const char *name)
{
    static char paths[4][600];
    static unsigned next;
    const char *folder = getenv("UNMIX_SHARED_DATA");
    char *path = paths[next++ % 4];
    (void)snprintf(path, sizeof paths[0], "%s/pbmc3k/%s", folder ? folder : "", name);
    FILE *file = folder ? fopen(path, "r") : NULL;
    if (!file) {
        print_message("UNMIX_SHARED_DATA does not lead to pbmc3k/%s\n", name);
        skip();
    }
    (void)fclose(file);
    return path;
}

static unmix_status build(unmix_context *cx, const char *file, const char *groupby, unmix_matrix **signatures)
{
    static const char *const drop[] = {"unlabelled"};
    unmix_signature_options options;
    unmix_signature_options_init(&options);
    options.groupby = groupby;
    options.drop = drop;
    options.n_drop = 1;
    return unmix_signatures(cx, data(file), &options, signatures);
}

/* Column of b that has the name of column c of a. */
static size_t same_column(const unmix_matrix *a, size_t c, const unmix_matrix *b)
{
    for (size_t i = 0; i < unmix_matrix_columns(b); i++)
        if (strcmp(unmix_matrix_column_name(a, c), unmix_matrix_column_name(b, i)) == 0)
            return i;
    fail_msg("no column '%s'", unmix_matrix_column_name(a, c));
    return 0;
}

static double column_sum(const unmix_matrix *m, size_t column)
{
    double sum = 0;
    for (size_t g = 0; g < unmix_matrix_rows(m); g++)
        sum += unmix_matrix_values(m)[g * unmix_matrix_columns(m) + column];
    return sum;
}

/* mean x cells = sum; cells is the ratio of the totals, a whole number. Two roundings: of the mean, of the product. */
static void means_of_counts_times_cells_are_the_published_sums(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *s = NULL, *sums = NULL;
    assert_ok(cx, unmix_matrix_read(cx, data("pseudobulk_counts_by_type.tsv.gz"), NULL, &sums));
    assert_ok(cx, build(cx, "pbmc3k_counts.h5ad", "cell_type", &s));
    const size_t genes = 13714, types = 9;
    assert_int_equal(unmix_matrix_rows(s), genes);
    assert_int_equal(unmix_matrix_columns(s), types);
    double cells_in_all = 0;
    for (size_t c = 0; c < types; c++) {
        const size_t d = same_column(s, c, sums);
        const double cells = round(column_sum(sums, d) / column_sum(s, c));
        cells_in_all += cells;
        for (size_t g = 0; g < genes; g++) {
            assert_string_equal(unmix_matrix_row_name(s, g), unmix_matrix_row_name(sums, g));
            const double got = unmix_matrix_values(s)[g * types + c] * cells;
            um_assert_close(&got, &unmix_matrix_values(sums)[g * types + d], 1, 4 * 1.2e-16, 0.0, "sum of counts");
        }
    }
    assert_true(cells_in_all == 2700 - 62);
    assert_non_null(strstr(um_test_log(), "taken as counts"));
    assert_non_null(strstr(um_test_log(), "cells with dropped labels are left out: 62"));
    unmix_matrix_free(s);
    unmix_matrix_free(sums);
    unmix_context_free(cx);
}

/* Every cell was scaled to 10,000 before the logarithm, so signatures sum to it, up to the float32 of the file. */
static void means_of_log_values_sum_to_ten_thousand(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *s = NULL;
    assert_ok(cx, build(cx, "pbmc3k_lognorm.h5ad", "cell_type", &s));
    assert_int_equal(unmix_matrix_rows(s), 13714);
    assert_int_equal(unmix_matrix_columns(s), 9);
    for (size_t c = 0; c < 9; c++) {
        const double sum = column_sum(s, c), want = 1e4;
        /* d expm1(x) = (1 + e^x) dx with dx <= x 2^-24 and x below 9 */
        um_assert_close(&sum, &want, 1, 2 * 9 * 6e-8, 0.0, "sum of a signature");
    }
    assert_non_null(strstr(um_test_log(), "taken as log1p"));
    unmix_matrix_free(s);
    unmix_context_free(cx);
}

static void a_missing_groupby_names_the_columns(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *s = NULL;
    assert_refused(cx, build(cx, "pbmc3k_lognorm.h5ad", NULL, &s), UNMIX_ERROR_ARGUMENT, "cell_type");
    assert_refused(cx, build(cx, "pbmc3k_lognorm.h5ad", "celltype", &s), UNMIX_ERROR_INPUT, "cell_type");
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_of_counts_times_cells_are_the_published_sums),
        cmocka_unit_test(means_of_log_values_sum_to_ten_thousand),
        cmocka_unit_test(a_missing_groupby_names_the_columns),
    };
    return um_run_group(tests);
}
