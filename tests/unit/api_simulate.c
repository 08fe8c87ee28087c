/* A simulated cohort in files: what is written, what is refused, and that nothing half-written stays. */
#include "unmix/simulate.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "testing/testing.h"

static const char *const files[] = {"signatures.tsv", "bulk.tsv", "genes.tsv", "truth.tsv"};

static const char *in(const char *folder, const char *name)
{
    static char path[700];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static int exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static unmix_simulation draw(unmix_context *cx, uint64_t seed)
{
    unmix_simulate_options o;
    unmix_simulate_options_init(&o);
    o.genes = 30;
    o.types = 3;
    o.samples = 4;
    o.depth = 1e4;
    o.seed = seed;
    unmix_simulation s;
    assert_ok(cx, unmix_simulate(cx, &o, &s));
    return s;
}

static void assert_file_holds(unmix_context *cx, const char *folder, const char *name, const unmix_matrix *want)
{
    unmix_matrix *got = NULL;
    const unmix_read_options as_it_stands = {.columns = "all"}; /* lengths of genes are values here */
    assert_ok(cx, unmix_matrix_read(cx, in(folder, name), &as_it_stands, &got));
    assert_int_equal(unmix_matrix_rows(got), unmix_matrix_rows(want));
    assert_int_equal(unmix_matrix_columns(got), unmix_matrix_columns(want));
    assert_string_equal(unmix_matrix_row_name(got, 0), unmix_matrix_row_name(want, 0));
    assert_string_equal(unmix_matrix_column_name(got, 0), unmix_matrix_column_name(want, 0));
    assert_memory_equal(unmix_matrix_values(got), unmix_matrix_values(want),
                        unmix_matrix_rows(want) * unmix_matrix_columns(want) * sizeof(double));
    unmix_matrix_free(got);
}

static void assert_header(const char *path, const char *want)
{
    char line[200] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    assert_string_equal(line, want);
}

static void the_four_tables_read_back_equal(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulation s = draw(cx, 1);
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s/cohort", um_test_folder());
    assert_ok(cx, unmix_simulation_write(cx, &s, folder, 0));
    assert_file_holds(cx, folder, files[0], s.signatures);
    assert_file_holds(cx, folder, files[1], s.bulk);
    assert_file_holds(cx, folder, files[2], s.genes);
    assert_file_holds(cx, folder, files[3], s.truth);
    assert_header(in(folder, "signatures.tsv"), "gene\ttype01\ttype02\ttype03\n");
    assert_header(in(folder, "genes.tsv"), "gene\tlength\tweight\n");
    assert_header(in(folder, "truth.tsv"), "sample\ttype01\ttype02\ttype03\n");
    unmix_simulation_free(&s);
    assert_null(s.bulk);
    unmix_simulation_free(NULL);
    unmix_context_free(cx);
}

static void existing_files_are_replaced_only_when_asked(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulation s = draw(cx, 1), other = draw(cx, 2);
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s/again/", um_test_folder()); /* a slash at the end is fine */
    assert_ok(cx, unmix_simulation_write(cx, &s, folder, 0));
    assert_refused(cx, unmix_simulation_write(cx, &other, folder, 0), UNMIX_ERROR_EXISTS, "signatures.tsv");
    assert_file_holds(cx, folder, "bulk.tsv", s.bulk);
    assert_ok(cx, unmix_simulation_write(cx, &other, folder, 1));
    assert_file_holds(cx, folder, "bulk.tsv", other.bulk);
    unmix_simulation_free(&s);
    unmix_simulation_free(&other);
    unmix_context_free(cx);
}

static void the_last_file_in_the_way_keeps_the_first_from_being_written(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulation s = draw(cx, 1);
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s/partly", um_test_folder());
    assert_int_equal(mkdir(folder, 0777), 0);
    (void)um_test_file("partly/truth.tsv", "mine\n");
    assert_refused(cx, unmix_simulation_write(cx, &s, folder, 0), UNMIX_ERROR_EXISTS, "truth.tsv");
    assert_false(exists(in(folder, "signatures.tsv")));
    unmix_simulation_free(&s);
    unmix_context_free(cx);
}

static void a_failure_half_way_leaves_nothing_of_this_call(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulation s = draw(cx, 1);
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s/broken", um_test_folder());
    assert_int_equal(mkdir(folder, 0777), 0);
    assert_int_equal(mkdir(in(folder, "truth.tsv"), 0777), 0); /* a folder cannot be replaced by a file */
    (void)um_test_file("broken/truth.tsv/keep", "");
    assert_int_not_equal(unmix_simulation_write(cx, &s, folder, 1), UNMIX_OK);
    for (size_t i = 0; i < 3; i++)
        assert_false(exists(in(folder, files[i])));
    unmix_error_clear(cx);
    unmix_simulation_free(&s);
    unmix_context_free(cx);
}

static void a_folder_that_cannot_be_made_is_refused(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulation s = draw(cx, 1);
    assert_refused(cx, unmix_simulation_write(cx, &s, "/nowhere/at/all", 0), UNMIX_ERROR_WRITE,
                   "/nowhere/at does not exist");
    const char *file = um_test_file("a_file", "");
    assert_refused(cx, unmix_simulation_write(cx, &s, file, 0), UNMIX_ERROR_WRITE, "a_file");
    unmix_simulation none = {0};
    assert_refused(cx, unmix_simulation_write(cx, &none, file, 0), UNMIX_ERROR_ARGUMENT,
                   "no matrix for signatures.tsv");
    assert_refused(cx, unmix_simulate(cx, NULL, &none), UNMIX_ERROR_ARGUMENT, "'options' must not be NULL");
    unmix_simulation_free(&s);
    unmix_context_free(cx);
}

/* ---- Straight into files ---- */

static unmix_simulate_options small_cohort(void)
{
    unmix_simulate_options o;
    unmix_simulate_options_init(&o);
    o.genes = 30;
    o.types = 3;
    o.samples = 4;
    o.depth = 1e4;
    o.seed = 1;
    return o;
}

static void streamed_files_hold_the_same(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const unmix_simulate_options o = small_cohort();
    unmix_simulation s = draw(cx, 1);
    char folder[600];
    for (int h5ad = 0; h5ad < 2; h5ad++) {
        (void)snprintf(folder, sizeof folder, "%s/streamed%d", um_test_folder(), h5ad);
        assert_ok(cx, unmix_simulate_write(cx, &o, h5ad ? UNMIX_SIMULATION_H5AD : UNMIX_SIMULATION_TSV, folder,
                                           um_test_folder(), 0));
        assert_file_holds(cx, folder, "signatures.tsv", s.signatures);
        assert_file_holds(cx, folder, h5ad ? "bulk.h5ad" : "bulk.tsv", s.bulk);
        assert_file_holds(cx, folder, "genes.tsv", s.genes);
        assert_file_holds(cx, folder, "truth.tsv", s.truth);
        assert_int_equal(exists(in(folder, "bulk.tsv")), !h5ad);
    }
    assert_refused(cx, unmix_simulate_write(cx, &o, UNMIX_SIMULATION_H5AD, folder, NULL, 0), UNMIX_ERROR_EXISTS,
                   "signatures.tsv");
    assert_ok(cx, unmix_simulate_write(cx, &o, UNMIX_SIMULATION_H5AD, folder, NULL, 1));
    unmix_simulation_free(&s);
    unmix_context_free(cx);
}

static void what_cannot_be_streamed_leaves_nothing(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = small_cohort();
    char folder[600];
    (void)snprintf(folder, sizeof folder, "%s/nothing", um_test_folder());
    o.dispersion = -1.0;
    assert_refused(cx, unmix_simulate_write(cx, &o, UNMIX_SIMULATION_TSV, folder, NULL, 0), UNMIX_ERROR_ARGUMENT,
                   "dispersion");
    o.dispersion = 0.1;
    o.genes = 0;
    assert_refused(cx, unmix_simulate_write(cx, &o, UNMIX_SIMULATION_TSV, folder, NULL, 0), UNMIX_ERROR_ARGUMENT, "genes");
    assert_refused(cx, unmix_simulate_write(cx, NULL, UNMIX_SIMULATION_TSV, folder, NULL, 0), UNMIX_ERROR_ARGUMENT,
                   "'options'");
    assert_false(exists(folder));
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_four_tables_read_back_equal),
        cmocka_unit_test(existing_files_are_replaced_only_when_asked),
        cmocka_unit_test(the_last_file_in_the_way_keeps_the_first_from_being_written),
        cmocka_unit_test(a_failure_half_way_leaves_nothing_of_this_call),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_refused),
        cmocka_unit_test(streamed_files_hold_the_same),
        cmocka_unit_test(what_cannot_be_streamed_leaves_nothing),
    };
    return um_run_group(tests);
}
