/* The one door: what cannot be read, tables as sources, proportions from tables and folders, and real files. */
#include "testing/testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/anndata/h5ad.h"
#include "io/files/readable.h"
#include "io/folder.h"
#include "io/formats.h"
#include "io/read.h"
#include "io/text/gene_info.h"
#include "io/text/table.h"

static unmix_context *cx;
static um_matrix matrix;
static um_source source;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    matrix = (um_matrix){0};
    source = (um_source){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_matrix_clear(&matrix);
    um_source_close(&source);
    unmix_context_free(cx);
    return 0;
}

static void test_unreadable(void **unused)
{
    (void)unused;
    assert_refused(cx, um_check_readable(cx, "not/there"), UNMIX_ERROR_INPUT, "not/there: no such file");
    assert_refused(cx, um_check_readable(cx, ""), UNMIX_ERROR_INPUT, "no such file");
    assert_refused(cx, um_check_readable(cx, um_test_folder()), UNMIX_ERROR_INPUT, "is a folder");
    const char *path = um_test_file("empty", "");
    assert_refused(cx, um_read_matrix(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, "is empty");
    assert_refused(cx, um_open_source(cx, "nothing", NULL, &source), UNMIX_ERROR_INPUT, "nothing: no such file");
    path = um_test_file("secret", "gene\ts\nA\t1\n");
    assert_ok(cx, um_check_readable(cx, path));
    if (geteuid() == 0)
        return; /* root may read everything */
    assert_int_equal(chmod(path, 0), 0);
    assert_refused(cx, um_check_readable(cx, path), UNMIX_ERROR_INPUT, "no permission to read");
    assert_int_equal(chmod(path, 0644), 0);
}

static void test_formats(void **unused)
{
    (void)unused;
    const um_format *format = NULL;
    const char *const path = um_test_file("format.tsv", "gene\ts1\nA\t1\n");
    assert_ok(cx, um_find_matrix_format(cx, path, &format));
    assert_string_equal(format->name, "a table");
    assert_int_equal(um_is_anndata(cx, path), 0);
    assert_int_equal(um_is_anndata(cx, "not/there"), 0);
    assert_refused(cx, um_find_matrix_format(cx, um_test_folder(), &format), UNMIX_ERROR_INPUT,
                   "is a folder; a file is wanted, or a folder with matrix.mtx");
    assert_ok(cx, um_find_proportions_format(cx, um_test_folder(), &format));
    assert_string_equal(format->name, "a folder of results");
    assert_refused(cx, um_find_proportions_format(cx, "not/there", &format), UNMIX_ERROR_INPUT, "no such file");
}

static void test_table_as_source(void **unused)
{
    (void)unused;
    const char *path = um_test_file("source.tsv", "gene\ts1\ts2\nA\t0\t1\nB\t2\t3\nA\t4\t0\n");
    assert_ok(cx, um_open_source(cx, path, NULL, &source));
    assert_string_equal(source.origin, path);
    assert_int_equal(source.rows->count, 3); /* names may repeat */
    assert_int_equal(source.columns->count, 2);
    assert_int_equal(source.first_line, 2);
    um_block block = {0};
    const unmix_status status = um_source_read(cx, &source, 1, 1, &block);
    const int right = status == UNMIX_OK && block.start[1] == 2 && block.row[1] == 1 && block.value[1] == 3.0;
    um_block_clear(&block);
    assert_ok(cx, status);
    assert_true(right);
}

static void test_proportions(void **unused)
{
    (void)unused;
    const char *path = um_test_file("proportions.tsv", "sample\tT\tB\ns1\t0.5\t0.5\ns2\t1\t0\n");
    assert_ok(cx, um_read_proportions(cx, path, &matrix));
    assert_string_equal(um_name(&matrix.rows, 1), "s2");
    assert_true(matrix.values[2] == 1.0);
    um_matrix_clear(&matrix);
    assert_ok(cx, um_read_proportions(cx, um_test_folder(), &matrix)); /* it holds proportions.tsv now */
    assert_string_equal(um_name(&matrix.columns, 1), "B");
    um_matrix_clear(&matrix);
    assert_int_equal(remove(path), 0);
    assert_refused(cx, um_read_proportions(cx, um_test_folder(), &matrix), UNMIX_ERROR_INPUT,
                   "without proportions.tsv");
    assert_refused(cx, um_read_proportions(cx, um_test_file("twice.tsv", "sample\tT\ns1\t1\ns1\t0\n"), &matrix),
                   UNMIX_ERROR_INPUT, "twice.tsv: sample 's1' stands in line 2 and in line 3");
    assert_null(matrix.values);
    assert_refused(cx, um_read_proportions(cx, "no.tsv", &matrix), UNMIX_ERROR_INPUT, "no.tsv: no such file");
}

/* The same result as .h5ad and as folder gives the same proportions. */
static void test_proportions_of_results(void **unused)
{
    (void)unused;
    static double values[] = {0.25, 0.75, 1.0 / 3.0, 2.0 / 3.0};
    um_matrix types = {.values = values};
    assert_ok(cx, um_names_add(cx, &types.rows, "s1", 2));
    assert_ok(cx, um_names_add(cx, &types.rows, "s2", 2));
    assert_ok(cx, um_names_add(cx, &types.columns, "T", 1));
    assert_ok(cx, um_names_add(cx, &types.columns, "NK", 2));
    um_names genes = {0};
    assert_ok(cx, um_names_add(cx, &genes, "A", 1));
    const um_entry frame = um_entry_frame("proportions", &types);
    const um_annotated result = {.obs = &types.rows, .var = &genes, .obsm = &frame, .n_obsm = 1};
    char file[700];
    char folder[700];
    (void)snprintf(file, sizeof file, "%s/result.h5ad", um_test_folder());
    (void)snprintf(folder, sizeof folder, "%s/result/", um_test_folder());
    assert_ok(cx, um_h5ad_write(cx, &result, file, 0));
    assert_ok(cx, um_folder_write(cx, &result, folder, 0));
    const char *const paths[] = {file, folder};
    for (size_t i = 0; i < 2; i++) {
        assert_ok(cx, um_read_proportions(cx, paths[i], &matrix));
        assert_string_equal(um_name(&matrix.rows, 1), "s2");
        assert_string_equal(um_name(&matrix.columns, 1), "NK");
        assert_memory_equal(matrix.values, values, sizeof values);
        um_matrix_clear(&matrix);
    }
    types.values = NULL;
    um_matrix_clear(&types);
    um_names_clear(&genes);
}

/* A table through a pipe, as from <(zcat counts.tsv.gz): nothing of it is lost to looking at its kind. */
static void test_pipe(void **unused)
{
    (void)unused;
    char path[700];
    (void)snprintf(path, sizeof path, "%s/pipe", um_test_folder());
    assert_int_equal(mkfifo(path, 0600), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        FILE *out = fopen(path, "w");
        _exit(out && fputs("gene\ts1\nA\t1\nB\t2\n", out) >= 0 && fclose(out) == 0 ? 0 : 1);
    }
    const unmix_status status = um_read_matrix(cx, path, NULL, &matrix);
    int ended = 1;
    assert_int_equal(waitpid(child, &ended, 0), child);
    assert_ok(cx, status);
    assert_int_equal(ended, 0);
    assert_int_equal(matrix.rows.count, 2);
    assert_true(matrix.values[1] == 2.0);
}

static void test_options_for_the_other_kind(void **unused)
{
    (void)unused;
    const unmix_read_options options = {.layer = "raw"};
    assert_ok(cx, um_read_matrix(cx, um_test_file("layer.tsv", "gene\ts\nA\t1\n"), &options, &matrix));
    assert_non_null(strstr(um_test_log(), "the layer 'raw' does not matter for a table"));
}

static const char *shared_file(const char *name)
{
    static char path[1024];
    const char *folder = getenv("UNMIX_SHARED_DATA");
    if (folder)
        (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!folder || access(path, R_OK) != 0) {
        print_message("the shared data are not here\n");
        skip();
    }
    return path;
}

static void test_real_tables(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        size_t rows;
        size_t columns;
        const char *first;
    } files[] = {
        {"corces_GSE74246/GSE74246_RNAseq_All_Counts.txt.gz", 25498, 81, "A1BG"},
        {"sc_mixology/RNAmix_celseq2.count.csv.gz", 0, 340, "ENSG00000072858"},
        {"deconrnaseq_mixtures/multi_tissue_bulk_rpkm.tsv.gz", 0, 10, "NR_024540"},
        {"deconrnaseq_mixtures/liver_kidney_bulk_counts.tsv.gz", 0, 7, "NR_024540"},
        {"pbmc_GSE107011_ABIS/tpm_abis_17487.tsv.gz", 0, 12, "DDX11L1"},
        {"pbmc_GSE107011_ABIS/signature_abis_rnaseq_17types.tsv", 0, 17, "S1PR3"},
        {"pbmc_GSE107011_ABIS/flow_cytometry_S13.csv", 0, 0, "453W"},
        {"cdseq_synthetic/counts.tsv", 500, 40, "g001"},
        {"cdseq_synthetic/truth_rna_fraction.tsv", 40, 6, "mix01"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        assert_ok(cx, um_read_matrix(cx, shared_file(files[i].name), NULL, &matrix));
        if (files[i].rows)
            assert_int_equal(matrix.rows.count, files[i].rows);
        if (files[i].columns)
            assert_int_equal(matrix.columns.count, files[i].columns);
        assert_string_equal(um_name(&matrix.rows, 0), files[i].first);
        um_matrix_clear(&matrix);
    }
}

static void test_real_gene_information(void **unused)
{
    (void)unused;
    um_gene_info info = {0};
    assert_ok(cx, um_read_matrix(cx, shared_file("corces_GSE74246/GSE74246_RNAseq_All_Counts.txt.gz"), NULL, &matrix));
    assert_ok(cx, um_names_index(cx, &matrix.rows));
    assert_ok(cx, um_gene_info_read(cx, shared_file("corces_GSE74246/geneWeights_withSymbol.tsv"), NULL, &matrix.rows,
                                    &info));
    assert_string_equal(um_name(&info.genes, 0), "MIR1302-2HG");
    assert_true(info.length[0] == 1555.0 && info.weight[0] == 0.0);
    assert_non_null(strstr(um_test_log(), "genes are taken from column 'symbol'"));
    um_gene_info_clear(&info);
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(test_unreadable),  UM_CASE(test_formats),     UM_CASE(test_table_as_source),
        UM_CASE(test_proportions), UM_CASE(test_proportions_of_results),
        UM_CASE(test_pipe),        UM_CASE(test_options_for_the_other_kind),
        UM_CASE(test_real_tables), UM_CASE(test_real_gene_information),
    };
    return um_run_group(tests);
}
