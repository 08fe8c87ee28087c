/* The public side of references: reading, matrices, gene weights and how they join gene information; every refusal. */
#include "unmix/unmix.h"

#include <string.h>

#include "testing/testing.h"

static const char COUNTS[] = "gene\tc1\tc2\tc3\tc4\nCD3D\t4\t0\t2\t1\nMS4A1\t0\t3\t0\t1\n";
static const char SHEET[] = "cell\ttype\tdonor\nc1\tT\td1\nc2\tB\td1\nc3\tT\td2\nc4\tB\td2\n";

static unmix_status read_reference(unmix_context *cx, const char *subject, unmix_reference **reference)
{
    unmix_signature_options options;
    unmix_signature_options_init(&options);
    options.groupby = "type";
    options.subject = subject;
    options.cells = um_test_file("cells.tsv", SHEET);
    return unmix_reference_read(cx, um_test_file("counts.tsv", COUNTS), &options, reference);
}

static const double *values(const unmix_reference *reference, const char *name)
{
    return unmix_matrix_values(unmix_reference_matrix(reference, name));
}

static void matrices_of_a_reference(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_reference *r = NULL;
    assert_ok(cx, read_reference(cx, "donor", &r));
    assert_int_equal(unmix_reference_subjects(r), 2);
    /* Rows CD3D and MS4A1, columns B and T. B: shares (0, 1) of d1 and (1/2, 1/2) of d2. */
    um_assert_close(values(r, "signatures"), (const double[]){0.5, 3, 2, 0}, 4, 0.0, 0.0, "signatures");
    um_assert_close(values(r, "mean"), (const double[]){0.25, 1, 0.75, 0}, 4, 0.0, 0.0, "mean");
    um_assert_close(values(r, "variance"), (const double[]){0.125, 0, 0.125, 0}, 4, 1e-15, 0.0, "variance");
    um_assert_close(values(r, "cell_size"), (const double[]){2.5, 3}, 2, 0.0, 0.0, "cell size");
    um_assert_close(values(r, "basis"), (const double[]){0.625, 3, 1.875, 0}, 4, 0.0, 0.0, "basis");
    assert_null(unmix_reference_matrix(r, "nothing"));
    unmix_reference_free(r);
    assert_ok(cx, read_reference(cx, NULL, &r));
    assert_int_equal(unmix_reference_subjects(r), 0);
    unmix_reference_free(r);
    unmix_reference_free(NULL);
    unmix_context_free(cx);
}

static void what_cannot_be_read_is_refused(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_reference *r = NULL;
    unmix_matrix *weights = NULL;
    assert_refused(cx, read_reference(cx, "person", &r), UNMIX_ERROR_INPUT,
                   "there is no column 'person'; the columns are: cell, type, donor");
    assert_refused(cx, unmix_reference_read(cx, NULL, NULL, &r), UNMIX_ERROR_ARGUMENT, "'path' must not be NULL");
    assert_null(r);
    assert_ok(cx, read_reference(cx, NULL, &r));
    assert_refused(cx, unmix_reference_markers(cx, r, 0, &weights), UNMIX_ERROR_ARGUMENT, "must be 1 or more");
    assert_ok(cx, unmix_reference_markers(cx, r, 1, &weights));
    assert_int_equal(unmix_matrix_columns(weights), 2);
    unmix_matrix_free(weights);
    assert_ok(cx, unmix_variance_weights(cx, unmix_reference_matrix(r, "signatures"),
                                         unmix_reference_matrix(r, "variance"), &weights));
    assert_int_equal(unmix_matrix_columns(weights), 1);
    unmix_matrix_free(weights);
    unmix_reference_free(r);
    unmix_context_free(cx);
}

static unmix_matrix *new_weights(unmix_context *cx, size_t n, const char *const *genes, const double *weights)
{
    unmix_matrix *matrix = NULL;
    assert_ok(cx, unmix_matrix_new(cx, n, 1, genes, &(const char *){"weight"}, weights, &matrix));
    return matrix;
}

/* What the information says of genes is seen by deconvolving with it: exposures of one type that has all genes. */
static void weights_multiply_those_of_the_information(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *const genes[] = {"a", "b", "c"}, *const some[] = {"c", "a", "x"};
    unmix_matrix *weights = new_weights(cx, 3, some, (const double[]){0.5, 0.25, 1});
    unmix_gene_info *info = NULL;
    assert_ok(cx, unmix_gene_info_new(cx, 3, genes, (const double[]){100, 200, 300}, (const double[]){0.5, 1, 1}, &info));
    assert_ok(cx, unmix_gene_info_weigh(cx, &info, weights));

    unmix_device *device = NULL;
    unmix_matrix *signatures = NULL, *counts = NULL;
    unmix_source *bulk = NULL;
    unmix_result *result = NULL;
    unmix_deconvolve_options options;
    unmix_deconvolve_options_init(&options);
    options.intercept = 0;
    options.scale = UNMIX_SCALE_LINEAR;
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    assert_ok(cx, unmix_matrix_new(cx, 3, 1, genes, &(const char *){"T"}, (const double[]){1, 1, 1}, &signatures));
    assert_ok(cx, unmix_matrix_new(cx, 3, 1, genes, &(const char *){"s"}, (const double[]){5, 7, 9}, &counts));
    assert_ok(cx, unmix_source_from_matrix(cx, counts, &bulk));
    assert_ok(cx, unmix_deconvolve(cx, device, signatures, bulk, info, &options, &result));
    const unmix_summary *summary = unmix_result_summary(result);
    assert_int_equal(summary->genes_used, 2); /* b has left */
    /* E = sum w k / sum w L/500 S: w is 1/8 and 1/2, S 1/2 */
    const double E = (5 / 8.0 + 9 / 2.0) / (100 / 500.0 / 16 + 300 / 500.0 / 4);
    um_assert_close(unmix_matrix_values(unmix_result_matrix(result, "exposures")), &E, 1, 1e-6, 0.0, "exposure");
    unmix_result_free(result);
    unmix_source_close(bulk);
    unmix_matrix_free(counts);
    unmix_matrix_free(signatures);
    unmix_device_close(device);
    unmix_gene_info_free(info);
    unmix_matrix_free(weights);
    unmix_context_free(cx);
}

static void weights_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *const genes[] = {"a", "b"}, *const others[] = {"x", "y"};
    unmix_gene_info *info = NULL;
    unmix_matrix *weights = new_weights(cx, 2, genes, (const double[]){1, 1.5});
    assert_refused(cx, unmix_gene_info_weigh(cx, &info, weights), UNMIX_ERROR_INPUT,
                   "gene 'b' has weight 1.5; weights must be in [0, 1]");
    assert_null(info);
    unmix_matrix_free(weights);
    weights = new_weights(cx, 2, others, (const double[]){1, 1});
    assert_ok(cx, unmix_gene_info_new(cx, 2, genes, NULL, NULL, &info));
    unmix_gene_info *before = info;
    assert_refused(cx, unmix_gene_info_weigh(cx, &info, weights), UNMIX_ERROR_INPUT, "no gene in common");
    assert_ptr_equal(info, before);
    unmix_matrix_free(weights);
    assert_ok(cx, unmix_matrix_new(cx, 1, 2, genes, others, (const double[]){1, 1}, &weights));
    assert_refused(cx, unmix_gene_info_weigh(cx, &info, weights), UNMIX_ERROR_ARGUMENT, "a matrix of one column");
    unmix_matrix_free(weights);
    unmix_gene_info_free(info);
    unmix_context_free(cx);
}

static void least_squares_have_conditions(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    const char *const genes[] = {"CD3D", "MS4A1"};
    unmix_device *device = NULL;
    unmix_matrix *counts = NULL;
    unmix_source *bulk = NULL;
    unmix_reference *reference = NULL;
    unmix_result *result = NULL;
    unmix_deconvolve_options options;
    unmix_deconvolve_options_init(&options);
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    assert_ok(cx, unmix_matrix_new(cx, 2, 1, genes, &(const char *){"s"}, (const double[]){50, 70}, &counts));
    assert_ok(cx, unmix_source_from_matrix(cx, counts, &bulk));
    assert_ok(cx, read_reference(cx, "donor", &reference));
    options.method = UNMIX_METHOD_MUSIC;
    assert_refused(cx, unmix_deconvolve(cx, device, counts, bulk, NULL, &options, &result), UNMIX_ERROR_ARGUMENT,
                   "music needs a reference");
    options.reference = reference;
    assert_refused(cx, unmix_deconvolve(cx, device, counts, bulk, NULL, &options, &result), UNMIX_ERROR_ARGUMENT,
                   "either signatures or a reference");
    options.bootstrap = 20;
    assert_refused(cx, unmix_deconvolve(cx, device, NULL, bulk, NULL, &options, &result), UNMIX_ERROR_ARGUMENT,
                   "bootstrap is for exact, em and gd");
    options.bootstrap = 0;
    options.signature_scale = UNMIX_SIGNATURE_SCALE_COLUMNS;
    assert_refused(cx, unmix_deconvolve(cx, device, NULL, bulk, NULL, &options, &result), UNMIX_ERROR_ARGUMENT,
                   "takes the cell sizes from the reference");
    options.signature_scale = UNMIX_SIGNATURE_SCALE_DETECT;
    options.method = UNMIX_METHOD_NNLS;
    options.music_compat = 1;
    assert_refused(cx, unmix_deconvolve(cx, device, NULL, bulk, NULL, &options, &result), UNMIX_ERROR_ARGUMENT,
                   "music-compat is for music");
    options.music_compat = 0;
    assert_ok(cx, unmix_deconvolve(cx, device, NULL, bulk, NULL, &options, &result));
    /* D has the rows (5/8, 3) and (15/8, 0), so MS4A1 gives B and what is left of CD3D gives T. */
    const double B = 70 / 1.875, T = (50 - B * 0.625) / 3, p[2] = {B / (B + T), T / (B + T)};
    um_assert_close(unmix_matrix_values(unmix_result_matrix(result, "proportions")), p, 2, 1e-6, 0.0, "proportions");
    assert_non_null(unmix_result_matrix(result, "var_p"));
    assert_null(unmix_result_matrix(result, "unweighted_proportions"));
    assert_null(unmix_result_matrix(result, "standard_errors"));
    unmix_result_free(result);
    unmix_reference_free(reference);
    unmix_source_close(bulk);
    unmix_matrix_free(counts);
    unmix_device_close(device);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matrices_of_a_reference),
        cmocka_unit_test(what_cannot_be_read_is_refused),
        cmocka_unit_test(weights_multiply_those_of_the_information),
        cmocka_unit_test(weights_that_do_not_fit_are_refused),
        cmocka_unit_test(least_squares_have_conditions),
    };
    return um_run_group(tests);
}
