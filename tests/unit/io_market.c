/* MatrixMarket folders: every form they come in, and every refusal with its line. */
#include "io/market/market.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/read.h"
#include "io/text/text_file.h"
#include "testing/testing.h"

#define HEAD "%%MatrixMarket matrix coordinate integer general\n"
#define FEATURES "E1\tGATA1\tGene Expression\nE2\tCD34\tGene Expression\nE3\tLYZ\tGene Expression\n"
#define BARCODES "c1\nc2\n"

/* GATA1: 1 0; CD34: 0 2; LYZ: 3 4. Entries as Cell Ranger orders them. */
#define MATRIX HEAD "3 2 4\n1 1 1\n3 1 3\n2 2 2\n3 2 4\n"
static const double counts[6] = {1, 0, 0, 2, 3, 4};

static unmix_context *cx;
static um_source source;
static char folder[700];

static int setup(void **unused)
{
    (void)unused;
    static unsigned number;
    cx = um_test_context();
    source = (um_source){0};
    (void)snprintf(folder, sizeof folder, "%s/market%u", um_test_folder(), number++);
    assert_int_equal(mkdir(folder, 0700), 0);
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_source_close(&source);
    unmix_context_free(cx);
    return 0;
}

static const char *path_of(const char *name)
{
    static char paths[8][800];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static unmix_status put_text(unmix_context *context, um_text_out *out, const void *content)
{
    return um_text_out_put(context, out, content, strlen(content));
}

/* Compressed where the name ends in .gz. */
static void put(const char *name, const char *content)
{
    assert_ok(cx, um_text_out_write(cx, path_of(name), 1, put_text, content));
}

static void put_all(const char *matrix, const char *features, const char *barcodes)
{
    put("matrix.mtx", matrix);
    put("features.tsv", features);
    put("barcodes.tsv", barcodes);
}

static void assert_opens(const char *path, const double *want, size_t rows, size_t columns)
{
    um_matrix matrix = {0};
    assert_ok(cx, um_open_source(cx, path, NULL, &source));
    assert_int_equal(source.rows->count, rows);
    assert_int_equal(source.row_ids->count, rows);
    assert_int_equal(source.columns->count, columns);
    assert_string_equal(source.origin, path);
    assert_ok(cx, um_source_to_matrix(cx, &source, &matrix));
    assert_memory_equal(matrix.values, want, rows * columns * sizeof *want);
    um_matrix_clear(&matrix);
    um_block block = {0};
    assert_ok(cx, um_source_read(cx, &source, columns - 1, 1, &block)); /* from the middle, and rows ascending */
    for (size_t i = 1; i < block.start[1]; i++)
        assert_true(block.row[i] > block.row[i - 1]);
    um_block_clear(&block);
}

static void as_cell_ranger_writes(void **state)
{
    (void)state;
    put("matrix.mtx.gz", HEAD "%metadata_json: {\"software_version\": \"7\"}\n3 2 4\n1 1 1\n3 1 3\n2 2 2\n3 2 4\n");
    put("features.tsv.gz", FEATURES);
    put("barcodes.tsv.gz", BARCODES);
    assert_opens(folder, counts, 3, 2);
    assert_string_equal(um_name(source.rows, 2), "LYZ");
    assert_string_equal(um_name(source.row_ids, 2), "E3");
    assert_string_equal(um_name(source.columns, 1), "c2");
    assert_string_equal(um_test_log(), "");
    um_source_close(&source);
    assert_opens(path_of("matrix.mtx.gz"), counts, 3, 2);
}

static void names_of_other_versions(void **state)
{
    (void)state;
    put("matrix.mtx", MATRIX);
    put("genes.tsv", "E1\tGATA1\nE2\tCD34\nE3\tLYZ\n"); /* Cell Ranger 2 */
    put("barcodes.tsv", BARCODES);
    assert_opens(folder, counts, 3, 2);
    assert_string_equal(um_name(source.rows, 0), "GATA1");
    um_source_close(&source);
    put("features.tsv", "GATA1\r\nCD34\r\nLYZ\r\n"); /* one column; CRLF */
    put("barcodes.tsv", "c1\tx\nc2\ty\n");            /* more than the names */
    assert_opens(folder, counts, 3, 2);
    assert_string_equal(um_name(source.row_ids, 2), "LYZ");
}

static void file_with_a_prefix(void **state)
{
    (void)state;
    put("GSM1_matrix.mtx", MATRIX);
    put("GSM1_features.tsv", FEATURES);
    put("GSM1_barcodes.tsv.gz", BARCODES);
    assert_opens(path_of("GSM1_matrix.mtx"), counts, 3, 2);
    um_source_close(&source);
    assert_opens(folder, counts, 3, 2); /* the only one there */
    um_source_close(&source);
    put("GSM2_matrix.mtx.gz", MATRIX);
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT,
                   "is a folder with 2 matrices; name the one that is meant: GSM1_matrix.mtx, GSM2_matrix.mtx.gz");
    assert_refused(cx, um_open_source(cx, path_of("GSM2_matrix.mtx.gz"), NULL, &source), UNMIX_ERROR_INPUT,
                   "/GSM2_features.tsv' or '");
}

/* What stands between a matrix and the names beside it differs. */
static void prefixes(void **state)
{
    (void)state;
    static const char *const names[][3] = {
        {"A_count_matrix_sparse.mtx", "A_count_matrix_genes.tsv", "A_count_matrix_barcodes.tsv"},
        {"B.counts.mtx.gz", "B.genes.txt", "B.barcodes.txt.gz"},
        {"C.mtx", "C_features.tsv.gz", "C_barcodes.tsv.gz"},
        {"D.mtx", "D.genes.tsv", "D.barcodes.tsv"},
        {"E_DGE.mtx.gz", "E_features.tsv", "E_barcodes.tsv"}, /* of another program than its name says: refused */
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        put(names[i][0], MATRIX);
        put(names[i][1], FEATURES);
        put(names[i][2], BARCODES);
        if (i == 4) {
            assert_refused(cx, um_open_source(cx, path_of(names[i][0]), NULL, &source), UNMIX_ERROR_INPUT, "beside it");
            continue;
        }
        assert_opens(path_of(names[i][0]), counts, 3, 2);
        um_source_close(&source);
    }
}

#define TURNED HEAD "2 3 4\n1 1 1\n1 3 3\n2 2 2\n2 3 4\n"

/* kallisto | bustools: cells in rows, ids and symbols in files of their own. */
static void of_bustools(void **state)
{
    (void)state;
    put("cells_x_genes.mtx", TURNED);
    put("cells_x_genes.genes.txt", "E1.1\nE2.2\nE3.3\n");
    put("cells_x_genes.barcodes.txt", BARCODES);
    assert_opens(folder, counts, 3, 2);
    assert_string_equal(um_name(source.rows, 0), "E1.1");
    assert_string_equal(um_test_log(), ""); /* that rows are cells is no surprise */
    um_source_close(&source);
    put("cells_x_genes.genes.names.txt", "GATA1\n\nLYZ\n");
    assert_opens(folder, counts, 3, 2);
    assert_string_equal(um_name(source.rows, 0), "GATA1");
    assert_string_equal(um_name(source.rows, 1), "E2.2");
    assert_string_equal(um_name(source.row_ids, 2), "E3.3");
    um_source_close(&source);
    put("cells_x_genes.total.mtx", HEAD "2 3 1\n2 3 9\n");
    static const double want[6] = {0, 0, 0, 0, 0, 9};
    assert_opens(path_of("cells_x_genes.total.mtx"), want, 3, 2);
    um_source_close(&source);
    assert_opens(folder, counts, 3, 2); /* the usual one */
    um_source_close(&source);
    put("cells_x_genes.genes.names.txt", "GATA1\nLYZ\n");
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT,
                   "cells_x_genes.genes.names.txt has 2 names and ");
}

/* As many cells as genes: the program's custom counts. */
static void square_of_bustools(void **state)
{
    (void)state;
    static const double want[4] = {0, 0, 5, 0};
    put("cells_x_genes.mtx", HEAD "2 2 1\n1 2 5\n");
    put("cells_x_genes.genes.txt", "A\nB\n");
    put("cells_x_genes.barcodes.txt", BARCODES);
    assert_opens(folder, want, 2, 2);
}

static void of_alevin(void **state)
{
    (void)state;
    put("quants_mat.mtx.gz", TURNED);
    put("quants_mat_cols.txt", "GATA1\nCD34\nLYZ\n");
    put("quants_mat_rows.txt", BARCODES);
    put("quants_mat.gz", "binary");
    assert_opens(folder, counts, 3, 2);
    assert_string_equal(um_test_log(), "");
}

/* Spliced and ambiguous counts together, unspliced ones are left out. */
static void of_alevin_fry(void **state)
{
    (void)state;
    static const double want[4] = {1 + 3, 0, 0, 7 + 2};
    put("quants_mat.mtx", HEAD "2 6 7\n1 1 1\n1 3 50\n1 5 3\n2 2 7\n2 4 60\n2 6 2\n1 4 80\n");
    put("quants_mat_cols.txt", "A\nB\nA-U\nB-U\nA-A\nB-A\n");
    put("quants_mat_rows.txt", BARCODES);
    assert_opens(folder, want, 2, 2);
    assert_non_null(strstr(um_test_log(), "quants_mat_cols.txt: 2 genes, each spliced, unspliced (-U) and ambiguous (-A)"));
    assert_null(strstr(um_test_log(), "repeated"));
    um_source_close(&source);
    put("quants_mat_cols.txt", "A\nB\nA-U\nB-U\nA-A\nB-B\n"); /* six genes */
    assert_ok(cx, um_open_source(cx, folder, NULL, &source));
    assert_int_equal(source.rows->count, 6);
}

static void of_split_pipe(void **state)
{
    (void)state;
    static const char *const matrices[] = {"DGE.mtx", "count_matrix.mtx"};
    put("all_genes.csv", "gene_id,gene_name,genome\nE1,GATA1,hg38\nE2,CD34,hg38\nE3,LYZ,hg38\n");
    put("cell_metadata.csv", "bc_wells,sample,type\nc1,s,B\nc2,s,T\n");
    for (size_t i = 0; i < 2; i++) {
        put(matrices[i], TURNED);
        assert_opens(path_of(matrices[i]), counts, 3, 2);
        assert_string_equal(um_name(source.rows, 2), "LYZ");
        assert_string_equal(um_name(source.row_ids, 2), "E3");
        assert_string_equal(um_test_log(), "");
        um_source_close(&source);
    }
    char *sheet = NULL;
    assert_ok(cx, um_market_labels(cx, path_of("DGE.mtx"), &sheet));
    assert_string_equal(sheet, path_of("cell_metadata.csv"));
    free(sheet);
    put("all_genes.csv", "gene_id,gene_name\nE1,GATA1\nE2\n");
    assert_refused(cx, um_open_source(cx, path_of("DGE.mtx"), NULL, &source), UNMIX_ERROR_INPUT, "all_genes.csv: line 3");
}

static void mkdirs(const char *name)
{
    assert_int_equal(mkdir(path_of(name), 0700), 0);
}

/* What a program leaves as a whole: the one matrix somewhere in it, or their names. */
static void folders_in_folders(void **state)
{
    (void)state;
    mkdirs("Gene");
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT,
                   "is a folder; a file is wanted, or a folder with matrix.mtx");
    mkdirs("Gene/raw");
    put("Gene/raw/matrix.mtx", MATRIX);
    put("Gene/raw/UniqueAndMult-EM.mtx", HEAD "3 2 0\n");
    put("Gene/raw/features.tsv", FEATURES);
    put("Gene/raw/barcodes.tsv", BARCODES);
    assert_opens(path_of("Gene/raw"), counts, 3, 2);
    um_source_close(&source);
    static const double none[6] = {0};
    assert_opens(path_of("Gene/raw/UniqueAndMult-EM.mtx"), none, 3, 2);
    um_source_close(&source);
    assert_int_equal(unlink(path_of("Gene/raw/UniqueAndMult-EM.mtx")), 0);
    assert_opens(folder, counts, 3, 2);
    assert_non_null(strstr(um_test_log(), ": the matrix is "));
    um_source_close(&source);
    mkdirs("Gene/filtered");
    put("Gene/filtered/matrix.mtx", MATRIX);
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT,
                   "2 matrices; name the one that is meant: Gene/filtered/matrix.mtx, Gene/raw/matrix.mtx");
}

/* A file of any name that begins with the banner; the names lie beside it. */
static void file_of_another_name(void **state)
{
    (void)state;
    put("counts.txt", MATRIX);
    put("features.tsv", FEATURES);
    put("barcodes.tsv", BARCODES);
    assert_opens(path_of("counts.txt"), counts, 3, 2);
}

static void forms_of_the_matrix(void **state)
{
    (void)state;
    static const double half[6] = {0.5, 0, 0, 2, 3, 4}, ones[6] = {1, 0, 0, 1, 1, 1};
    static const struct {
        const char *text;
        const double *want;
    } forms[] = {
        {HEAD "3 2 4\n3 2 4\n2 2 2\n3 1 3\n1 1 1\n", counts}, /* any order */
        {"%%MatrixMarket matrix coordinate real general\r\n%\r\n3\t2\t4\r\n"
         "1\t1\t0.5\r\n3 1 3e0\r\n2 2 2.0\r\n3 2 4\r\n",
         half},
        {"%%matrixmarket MATRIX Coordinate Pattern General\n3 2 4\n3 2\n2 2\n3 1\n1 1\n", ones},
        {HEAD "3 2 5\n1 1 1\n2 1 0\n3 1 3\n%\n2 2 2\n\n3 2 4\n\n", counts}, /* a zero, a comment and blank lines */
        {HEAD "3 2 4\n1 1 1\n3 1 3\n2 2 2\n3 2 4", counts},                 /* no line end */
        {"\xef\xbb\xbf" HEAD "3 2 4\n1 1 1\n3 1 3\n2 2 2\n3 2 4\n", counts},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        put_all(forms[i].text, FEATURES, BARCODES);
        assert_opens(folder, forms[i].want, 3, 2);
        um_source_close(&source);
    }
    static const double none[6] = {0};
    put_all(HEAD "3 2 0\n", FEATURES, BARCODES);
    assert_opens(folder, none, 3, 2);
}

static void repeated_entries(void **state)
{
    (void)state;
    put_all(HEAD "3 2 7\n3 2 1\n1 1 1\n3 1 3\n3 2 2\n2 2 2\n3 2 1\n1 1 0\n", FEATURES, BARCODES);
    assert_opens(folder, counts, 3, 2);
    assert_non_null(strstr(um_test_log(), "matrix.mtx: 2 repeated entries are added up"));
    um_source_close(&source);
    put("matrix.mtx", HEAD "3 2 5\n1 1 1\n3 1 1\n3 1 2\n2 2 2\n3 2 4\n"); /* beside each other, in order */
    assert_opens(folder, counts, 3, 2);
    assert_non_null(strstr(um_test_log(), "matrix.mtx: 1 repeated entries are added up"));
}

static void turned(void **state)
{
    (void)state;
    put_all(HEAD "2 3 4\n1 1 1\n1 3 3\n2 2 2\n2 3 4\n", FEATURES, BARCODES);
    assert_opens(folder, counts, 3, 2);
    assert_non_null(strstr(um_test_log(), "matrix.mtx: is cells x genes by the numbers of names, and is read so"));
}

/* Where both ways fit, the standard one holds. */
static void square(void **state)
{
    (void)state;
    static const double want[4] = {0, 5, 0, 0};
    put_all(HEAD "2 2 1\n1 2 5\n", "E1\tA\nE2\tB\n", BARCODES);
    assert_opens(folder, want, 2, 2);
    assert_string_equal(um_test_log(), "");
}

static void kinds_and_repeated_names(void **state)
{
    (void)state;
    static const double want[4] = {1, 0, 3, 4};
    put_all(MATRIX, "E1\tLYZ\tGene Expression\nP1\tCD34\tAntibody Capture\nE3\tLYZ\tGene Expression\n", BARCODES);
    assert_opens(folder, want, 2, 2);
    assert_string_equal(um_name(source.rows, 1), "LYZ-1");
    assert_string_equal(um_name(source.row_ids, 1), "E3");
    assert_non_null(strstr(um_test_log(), "features.tsv: 1 features of other kinds"));
    assert_non_null(strstr(um_test_log(), "features.tsv: 1 repeated gene names are made unique"));
}

static void missing_values(void **state)
{
    (void)state;
    put_all("%%MatrixMarket matrix coordinate real general\n3 2 2\n1 1 NaN\n3 2 4\n", FEATURES, BARCODES);
    const unmix_read_options options = {.missing = 1};
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT,
                   "matrix.mtx: line 3, gene 'GATA1', cell 'c1': 'NaN' is not a finite number");
    assert_ok(cx, um_open_source(cx, folder, &options, &source));
    um_block block = {0};
    assert_ok(cx, um_source_read(cx, &source, 0, 2, &block));
    assert_int_equal(source.missing, 1);
    assert_int_equal(block.start[1], 1);
    assert_true(isnan(block.value[0]) && block.value[1] == 4.0);
    um_block_clear(&block);
}

static void options_of_others(void **state)
{
    (void)state;
    put_all(MATRIX, FEATURES, BARCODES);
    const unmix_read_options options = {.layer = "raw", .gene_column = "symbol"};
    assert_ok(cx, um_open_source(cx, folder, &options, &source));
    assert_non_null(strstr(um_test_log(), "the layer 'raw' does not matter for a MatrixMarket folder"));
    assert_non_null(strstr(um_test_log(), "the gene column 'symbol' does not matter for a MatrixMarket folder"));
}

static void refused_matrices(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"3 2 4\n1 1 1\n", "matrix.mtx: line 1 is not the head of a MatrixMarket file"},
        {"%%MatrixMarket vector coordinate real general\n", "line 1 is not the head"},
        {"%%MatrixMarket matrix array real general\n3 2\n", "line 1: a matrix that is 'array real general' is not"},
        {"%%MatrixMarket matrix coordinate complex general\n", "'coordinate complex general' is not read"},
        {"%%MatrixMarket matrix coordinate real symmetric\n", "'coordinate real symmetric' is not read"},
        {"%%MatrixMarket matrix coordinate pattern skew-symmetric\n", "'coordinate pattern skew-symmetric'"},
        {"%%MatrixMarket matrix coordinate\n", "line 1: a matrix that is 'coordinate  '"},
        {HEAD "% comment\n", "matrix.mtx: ends before the line with the size of the matrix"},
        {HEAD "%\n3 2\n", "line 3: '3 2' is not the size of a matrix"},
        {HEAD "3 2 4 1\n", "line 2: '3 2 4 1' is not the size"},
        {HEAD "3 2 -4\n", "line 2: '3 2 -4' is not the size"},
        {HEAD "3 2 99999999999999999999\n", "is not the size"},
        {HEAD "4 2 1\n1 1 1\n", "features.tsv has 3 names and "},
        {HEAD "3 5 1\n1 1 1\n", "matrix.mtx: is 3 x 5, but "},
        {HEAD "3 2 2\n1 1 1\n", "matrix.mtx: ends after 1 entries, but line 2 announces 2; the file is cut off"},
        {HEAD "3 2 1\n1 1 1\n2 1 1\n", "line 4: there are more entries than the 1 of line 2"},
        {HEAD "3 2 1\n1 1\n", "line 3: '1 1' is not an entry: a row, a column and a value"},
        {HEAD "3 2 1\n1 1 1 1\n", "line 3: '1 1 1 1' is not an entry"},
        {HEAD "3 2 1\n1.0 1 1\n", "line 3: '1.0 1 1' is not an entry"},
        {"%%MatrixMarket matrix coordinate pattern general\n3 2 1\n1 1 1\n",
         "line 3: '1 1 1' is not an entry: a row, a column"},
        {HEAD "3 2 1\n0 1 1\n", "line 3: an entry in row 0 and column 1 of a matrix of 3 x 2"},
        {HEAD "3 2 1\n4 1 1\n", "line 3: an entry in row 4 and column 1 of"},
        {HEAD "3 2 1\n1 3 1\n", "line 3: an entry in row 1 and column 3 of"},
        {HEAD "3 2 1\n2 1 -1\n", "line 3, gene 'CD34', cell 'c1': '-1' is negative"},
        {HEAD "3 2 1\n2 1 x\n", "line 3, gene 'CD34', cell 'c1': 'x' is not a finite number"},
        {HEAD "3 2 1\n2 1 1e999\n", "'1e999' is not a finite number"},
        {HEAD "3 2 1\n2 1 inf\n", "'inf' is not a finite number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_all(cases[i].text, FEATURES, BARCODES);
        assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT, cases[i].part);
    }
}

static void refused_names(void **state)
{
    (void)state;
    put("matrix.mtx", MATRIX);
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT, "/features.tsv' or 'genes.tsv");
    put("features.tsv", FEATURES);
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT,
                   "/barcodes.tsv' beside it, nor the same with .gz");
    static const struct {
        const char *features, *barcodes, *part;
    } cases[] = {
        {"E1\tA\nE2\n", BARCODES, "features.tsv: line 2 has 1 fields; 2 are expected"},
        {"E1\tA\n\t\nE3\tC\n", BARCODES, "features.tsv: line 2 has no name"},
        {"E1\tA\n\nE3\tC\n", BARCODES, "features.tsv: line 2 is blank"},
        {FEATURES, "c1\n\t\n", "barcodes.tsv: line 2 has 2 fields; 1 are expected"},
        {FEATURES, "c1\tx\n\ty\n", "barcodes.tsv: line 2 has no name"},
        {"a\tA\tx\nb\tB\ty\nc\tC\ty\n", BARCODES, "features.tsv: has features of the kinds x, y, but none is called"},
        {"E1\tA\n", BARCODES, "matrix.mtx: is 3 x 2, but "},
        {FEATURES, "c1\n", "barcodes.tsv has 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put_all(MATRIX, cases[i].features, cases[i].barcodes);
        assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT, cases[i].part);
    }
    put_all("", FEATURES, BARCODES);
    assert_refused(cx, um_open_source(cx, folder, NULL, &source), UNMIX_ERROR_INPUT, "matrix.mtx: is empty");
    assert_refused(cx, um_open_source(cx, path_of("gone.mtx"), NULL, &source), UNMIX_ERROR_INPUT,
                   "gone.mtx: no such file");
}

static void what_is_a_market(void **state)
{
    (void)state;
    assert_int_equal(um_is_market(folder), 0);
    assert_int_equal(um_is_market(path_of("nothing")), 0);
    assert_int_equal(um_is_market(um_test_file("market.tsv", "gene\ts\nA\t1\n")), 0);
    assert_int_equal(um_is_market(um_test_file("empty.tsv", "")), 0);
    put("matrix.mtx.gz", MATRIX);
    assert_int_equal(um_is_market(folder), 1);
    put("banner.gz", MATRIX);
    assert_int_equal(um_is_market(path_of("banner.gz")), 1);
}

/* Callers that cannot do with repeated names refuse them in one line. */
static void repeated_cells_are_for_the_caller(void **state)
{
    (void)state;
    put_all(MATRIX, FEATURES, "c1\nc1\n");
    assert_opens(folder, counts, 3, 2);
    assert_ok(cx, um_refuse_repeated_genes(cx, &source, "advice"));
    assert_refused(cx, um_refuse_repeated_cells(cx, &source, "make them unique"), UNMIX_ERROR_INPUT,
                   ": cell 'c1' stands in row 1 and in row 2; make them unique");
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(as_cell_ranger_writes),
        UM_CASE(names_of_other_versions),
        UM_CASE(file_with_a_prefix),
        UM_CASE(prefixes),
        UM_CASE(of_bustools),
        UM_CASE(square_of_bustools),
        UM_CASE(of_alevin),
        UM_CASE(of_alevin_fry),
        UM_CASE(of_split_pipe),
        UM_CASE(folders_in_folders),
        UM_CASE(file_of_another_name),
        UM_CASE(forms_of_the_matrix),
        UM_CASE(repeated_entries),
        UM_CASE(turned),
        UM_CASE(square),
        UM_CASE(kinds_and_repeated_names),
        UM_CASE(missing_values),
        UM_CASE(options_of_others),
        UM_CASE(refused_matrices),
        UM_CASE(refused_names),
        UM_CASE(what_is_a_market),
        UM_CASE(repeated_cells_are_for_the_caller),
    };
    return um_run_group(tests);
}
