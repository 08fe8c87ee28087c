/* Data handles: what is checked at the door, and that reading and writing reach the files. */
#include "unmix/data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/api_handles.h"
#include "testing/testing.h"

static const char *const genes[] = {"CD3D", "MS4A1"};
static const char *const samples[] = {"s1", "s2", "s3"};
static const double values[] = {1, 0, 2.5, 4, 5e-7, 6};

static unmix_matrix *matrix_of(unmix_context *cx)
{
    unmix_matrix *matrix = NULL;
    assert_ok(cx, unmix_matrix_new(cx, 2, 3, genes, samples, values, &matrix));
    return matrix;
}

static void a_matrix_from_memory_gives_back_what_it_got(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *matrix = matrix_of(cx);
    assert_int_equal(unmix_matrix_rows(matrix), 2);
    assert_int_equal(unmix_matrix_columns(matrix), 3);
    assert_string_equal(unmix_matrix_row_name(matrix, 1), "MS4A1");
    assert_string_equal(unmix_matrix_column_name(matrix, 2), "s3");
    assert_null(unmix_matrix_row_name(matrix, 2));
    assert_null(unmix_matrix_column_name(matrix, 3));
    assert_memory_equal(unmix_matrix_values(matrix), values, sizeof values);
    unmix_matrix_free(matrix);
    unmix_matrix_free(NULL);
    unmix_context_free(cx);
}

static void a_matrix_from_memory_is_checked(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *m = (unmix_matrix *)values;
    const char *const twice[] = {"CD3D", "CD3D"}, *const unnamed[] = {"CD3D", NULL}, *const empty[] = {"", "CD3D"};
    assert_refused(cx, unmix_matrix_new(cx, 2, 3, twice, samples, values, &m), UNMIX_ERROR_ARGUMENT,
                   "row 1 and 2 have the same name 'CD3D'");
    assert_null(m);
    assert_refused(cx, unmix_matrix_new(cx, 2, 3, unnamed, samples, values, &m), UNMIX_ERROR_ARGUMENT,
                   "row 2 is empty");
    assert_refused(cx, unmix_matrix_new(cx, 2, 3, empty, samples, values, &m), UNMIX_ERROR_ARGUMENT, "row 1 is empty");
    static const double bad[] = {-1, NAN, INFINITY};
    for (size_t i = 0; i < 3; i++) {
        double v[6];
        memcpy(v, values, sizeof v);
        v[4] = bad[i];
        assert_refused(cx, unmix_matrix_new(cx, 2, 3, genes, samples, v, &m), UNMIX_ERROR_ARGUMENT,
                       "row 'MS4A1', column 's2': ");
    }
    unmix_context_free(cx);
}

static void null_is_refused_by_name(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *m = NULL;
    unmix_source *s = NULL;
    unmix_gene_info *info = NULL;
    const unmix_status bad = UNMIX_ERROR_ARGUMENT;
    assert_refused(cx, unmix_matrix_new(cx, 2, 3, genes, samples, values, NULL), bad, "'matrix' must not be NULL");
    assert_refused(cx, unmix_matrix_new(cx, 2, 3, NULL, samples, values, &m), bad, "'row_names' must not be NULL");
    assert_refused(cx, unmix_matrix_new(cx, 2, 3, genes, NULL, values, &m), bad, "'column_names'");
    assert_refused(cx, unmix_matrix_new(cx, 2, 3, genes, samples, NULL, &m), bad, "'values'");
    assert_refused(cx, unmix_matrix_read(cx, NULL, NULL, &m), bad, "unmix_matrix_read: 'path'");
    assert_refused(cx, unmix_matrix_read(cx, "x", NULL, NULL), bad, "'matrix'");
    assert_refused(cx, unmix_proportions_read(cx, NULL, &m), bad, "'path'");
    assert_refused(cx, unmix_matrix_write(cx, NULL, "x", "gene", 0), bad, "'matrix'");
    assert_refused(cx, unmix_source_open(cx, NULL, NULL, &s), bad, "'path'");
    assert_refused(cx, unmix_source_from_matrix(cx, NULL, &s), bad, "'matrix'");
    assert_refused(cx, unmix_gene_info_new(cx, 2, NULL, NULL, NULL, &info), bad, "'genes'");
    assert_refused(cx, unmix_gene_info_read(cx, "x", NULL, NULL, NULL, &info), bad, "the column with the gene names");
    assert_int_equal(unmix_matrix_read(NULL, "x", NULL, &m), bad);
    unmix_source_close(NULL);
    unmix_gene_info_free(NULL);
    unmix_context_free(cx);
}

static void a_written_matrix_reads_back_equal(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *matrix = matrix_of(cx), *again = NULL;
    char path[700];
    (void)snprintf(path, sizeof path, "%s/matrix.tsv", um_test_folder());
    assert_ok(cx, unmix_matrix_write(cx, matrix, path, "gene", 0));
    assert_refused(cx, unmix_matrix_write(cx, matrix, path, "gene", 0), UNMIX_ERROR_EXISTS, "matrix.tsv");
    assert_ok(cx, unmix_matrix_write(cx, matrix, path, "gene", 1));
    assert_ok(cx, unmix_matrix_read(cx, path, NULL, &again));
    assert_int_equal(unmix_matrix_rows(again), 2);
    assert_string_equal(unmix_matrix_row_name(again, 0), "CD3D");
    assert_memory_equal(unmix_matrix_values(again), values, sizeof values);
    unmix_matrix_free(again);
    assert_refused(cx, unmix_matrix_read(cx, "/nowhere/x.tsv", NULL, &again), UNMIX_ERROR_INPUT, "/nowhere/x.tsv");
    assert_null(again);
    unmix_matrix_free(matrix);
    unmix_context_free(cx);
}

static void sources_open_over_files_and_matrices(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *matrix = matrix_of(cx);
    unmix_source *source = NULL;
    assert_ok(cx, unmix_source_from_matrix(cx, matrix, &source));
    assert_int_equal(source->source.columns->count, 3);
    unmix_source_close(source);
    assert_ok(cx, unmix_source_open(cx, um_test_file("bulk.tsv", "gene\ts1\nCD3D\t5\n"), NULL, &source));
    assert_int_equal(source->source.rows->count, 1);
    assert_string_equal(um_name(source->source.columns, 0), "s1");
    unmix_source_close(source);
    assert_refused(cx, unmix_source_open(cx, "/nowhere/x.tsv", NULL, &source), UNMIX_ERROR_INPUT, "/nowhere/x.tsv");
    assert_null(source);
    unmix_matrix_free(matrix);
    unmix_context_free(cx);
}

/* Two columns hold names; the one that fits the genes in common is taken. */
static void gene_information_is_recognised_by_the_genes_in_common(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *matrix = matrix_of(cx);
    unmix_source *bulk = NULL;
    assert_ok(cx, unmix_source_from_matrix(cx, matrix, &bulk));
    const char *path = um_test_file("genes.tsv", "id\tsymbol\tlength\nE1\tCD3D\t500\nE2\tMS4A1\t1500\n");
    unmix_gene_info *info = NULL;
    assert_ok(cx, unmix_gene_info_read(cx, path, NULL, matrix, bulk, &info));
    assert_string_equal(um_name(&info->info.genes, 1), "MS4A1");
    assert_true(info->info.length[1] == 1500);
    assert_null(info->info.weight);
    unmix_gene_info_free(info);
    assert_ok(cx, unmix_gene_info_read(cx, path, NULL, matrix, NULL, &info));
    assert_string_equal(um_name(&info->info.genes, 0), "CD3D");
    unmix_gene_info_free(info);
    assert_ok(cx, unmix_gene_info_read(cx, path, "id", NULL, NULL, &info));
    assert_string_equal(um_name(&info->info.genes, 0), "E1");
    unmix_gene_info_free(info);
    unmix_source_close(bulk);
    unmix_matrix_free(matrix);
    unmix_context_free(cx);
}

static void gene_information_from_memory_is_copied(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_gene_info *info = NULL;
    double lengths[] = {500, 1500}, weights[] = {1, 0.5};
    assert_ok(cx, unmix_gene_info_new(cx, 2, genes, lengths, weights, &info));
    lengths[1] = 0;
    assert_true(info->info.length[1] == 1500 && info->info.weight[1] == 0.5);
    unmix_gene_info_free(info);
    assert_ok(cx, unmix_gene_info_new(cx, 2, genes, NULL, NULL, &info));
    assert_null(info->info.weight);
    unmix_gene_info_free(info);
    const char *const twice[] = {"CD3D", "CD3D"};
    assert_refused(cx, unmix_gene_info_new(cx, 2, twice, lengths, weights, &info), UNMIX_ERROR_ARGUMENT,
                   "gene 1 and 2 have the same name 'CD3D'");
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matrix_from_memory_gives_back_what_it_got),
        cmocka_unit_test(a_matrix_from_memory_is_checked),
        cmocka_unit_test(null_is_refused_by_name),
        cmocka_unit_test(a_written_matrix_reads_back_equal),
        cmocka_unit_test(sources_open_over_files_and_matrices),
        cmocka_unit_test(gene_information_is_recognised_by_the_genes_in_common),
        cmocka_unit_test(gene_information_from_memory_is_copied),
    };
    return um_run_group(tests);
}
