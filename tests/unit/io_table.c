/* Reading tables of numbers: every form that is accepted, every refusal. */
#include "testing/testing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/repeated.h"
#include "io/text/table.h"

static unmix_context *cx;
static um_matrix matrix;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    matrix = (um_matrix){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_matrix_clear(&matrix);
    unmix_context_free(cx);
    return 0;
}

/* Every accepted form below says the same: genes A1BG and "TNF a", samples s1 and s2, values 1 2.5 0 1000. */
static void test_accepted_forms(void **unused)
{
    (void)unused;
    static const char *const forms[] = {
        "gene\ts1\ts2\nA1BG\t1\t2.5\nTNF a\t0\t1e3\n",
        "gene\ts1\ts2\nA1BG\t1\t2.5\nTNF a\t0\t1e3",
        "gene\ts1\ts2\r\nA1BG\t1\t2.5\r\nTNF a\t0\t1e3\r\n",
        "\xef\xbb\xbfgene\ts1\ts2\nA1BG\t1\t2.5\nTNF a\t0\t1e3\n",
        "\xef\xbb\xbf\"gene\",\"s1\",\"s2\"\nA1BG,1,2.5\nTNF a,0,1e3\n",
        "gene,s1,s2\nA1BG,1,2.5\nTNF a,0,1e3\n\n\n",
        "gene,s1,s2\nA1BG, 1, 2.5\n\"TNF a\", 0, \"1e3\"\n \r\n",
        "\"s1\",\"s2\"\n\"A1BG\",1,2.5\n\"TNF a\",0,1000\n",
        "s1\ts2\nA1BG\t1\t2.5\nTNF a\t0\t1000\n",
        "s1 s2\nA1BG 1 2.5\n\"TNF a\" 0 1000\n",
        "gene   s1  s2\n  A1BG\t1 2.5  \n\"TNF a\"\t 0 1000\n",
        "\n# made by hand, in 2024\n#\ngene\ts1\ts2\nA1BG\t1\t2.5\nTNF a\t0\t1000\n",
        "# notes\n#gene\ts1\ts2\nA1BG\t1\t2.5\nTNF a\t0\t1000\n",
        "gene\ts1\ts2\t\nA1BG\t1\t2.5\nTNF a\t0\t1000\n",
        "gene\ts1\ts2\t\nA1BG\t1\t2.5\t\nTNF a\t0\t1000\t\n",
        "gene,s1,s2,\nA1BG,1,2.5,\nTNF a,0,1000\n",
        "\ts1\ts2\nA1BG\t1\t2.5\nTNF a\t-0\t+1000.\n",
        "gene;s1;s2\nA1BG;1;2.5\nTNF a;0;1e3\n",
        "sep=;\ngene;s1;s2\r\nA1BG;1;2.5\r\nTNF a;0;1e3\r\n",
    };
    static const double want[] = {1.0, 2.5, 0.0, 1000.0};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        assert_ok(cx, um_table_read(cx, um_test_file("form.txt", forms[i]), NULL, &matrix));
        assert_int_equal(matrix.rows.count, 2);
        assert_int_equal(matrix.columns.count, 2);
        assert_string_equal(um_name(&matrix.rows, 0), "A1BG");
        assert_string_equal(um_name(&matrix.rows, 1), "TNF a");
        assert_string_equal(um_name(&matrix.columns, 0), "s1");
        assert_string_equal(um_name(&matrix.columns, 1), "s2");
        assert_memory_equal(matrix.values, want, sizeof want);
        um_matrix_clear(&matrix);
    }
}

static void test_quotes(void **unused)
{
    (void)unused;
    assert_ok(cx, um_table_read(cx,
                                um_test_file("quotes.csv", "gene,\"a \"\"b\"\"\",\"c,d\"\n\"x, \"\"y\"\"\",\"3\",4\n"
                                                           "\"\"\"\"\"\",5,6\n5\"-end,7,8\n"),
                                NULL, &matrix));
    assert_string_equal(um_name(&matrix.columns, 0), "a \"b\"");
    assert_string_equal(um_name(&matrix.columns, 1), "c,d");
    assert_string_equal(um_name(&matrix.rows, 0), "x, \"y\"");
    assert_string_equal(um_name(&matrix.rows, 1), "\"\"");
    assert_string_equal(um_name(&matrix.rows, 2), "5\"-end");
    assert_true(matrix.values[0] == 3.0);
}

static void test_origin_and_lines(void **unused)
{
    (void)unused;
    const char *path = um_test_file("lines.tsv", "# a comment\ngene\ts1\nA\t1\nB\t2\nA\t3\n");
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_string_equal(matrix.origin, path);
    assert_int_equal(matrix.first_line, 3);
    assert_refused(cx, um_refuse_repeated(cx, "lines.tsv", "gene", &matrix.rows, matrix.first_line, "do something"),
                   UNMIX_ERROR_INPUT, "lines.tsv: gene 'A' stands in line 3 and in line 5; do something");
}

static void test_r_header_of_one_sample(void **unused)
{
    (void)unused;
    static const char *const forms[] = {"S1\nA\t5\n", "\"S1\"\n\"A\",5\n", "S1\nA 5\n"};
    for (size_t i = 0; i < 3; i++) {
        assert_ok(cx, um_table_read(cx, um_test_file("one.txt", forms[i]), NULL, &matrix));
        assert_string_equal(um_name(&matrix.rows, 0), "A");
        assert_string_equal(um_name(&matrix.columns, 0), "S1");
        assert_true(matrix.values[0] == 5.0);
        um_matrix_clear(&matrix);
    }
}

static void test_text_columns_are_skipped(void **unused)
{
    (void)unused;
    assert_ok(cx, um_table_read(cx, um_test_file("text.tsv", "id\tsymbol\ts1\tkind\nA\tx\t1\tNA\nB\ty\t2\tcoding\n"),
                                NULL, &matrix));
    assert_int_equal(matrix.columns.count, 1);
    assert_string_equal(um_name(&matrix.columns, 0), "s1");
    assert_non_null(strstr(um_test_log(), "text.tsv: columns symbol, kind are text and no samples"));
    assert_int_equal(matrix.aliases.columns.count, 2);
    assert_string_equal(um_name(&matrix.aliases.columns, 0), "symbol");
    assert_string_equal(um_name(&matrix.aliases.names[0], 1), "y");
    um_matrix_clear(&matrix);
    assert_ok(cx, um_table_read(cx, um_test_file("text2.tsv", "id\tsymbol\ts1\nA\tx\t1\n"), NULL, &matrix));
    assert_non_null(strstr(um_test_log(), "text2.tsv: column 'symbol' is text and no sample"));
}

/* Other names of the genes: text and Entrez numbers, but no places, and none where the user says which column has them. */
static void test_names_beside_the_names(void **unused)
{
    (void)unused;
    const char *path = um_test_file("names.tsv", "id\tchr\tentrez\tsymbol\tstrand\ts1\nA\tchr1\t7157\tTP53\t+\t1\n"
                                                 "B\tchr2\t\t\t-\t2\n");
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_int_equal(matrix.aliases.columns.count, 2);
    assert_string_equal(um_name(&matrix.aliases.columns, 0), "entrez");
    assert_string_equal(um_name(&matrix.aliases.names[0], 0), "7157");
    assert_string_equal(um_name(&matrix.aliases.columns, 1), "symbol");
    assert_string_equal(um_name(&matrix.aliases.names[1], 1), "");
    um_matrix_clear(&matrix);
    assert_ok(cx, um_table_read(cx, path, &(const unmix_read_options){.gene_column = "id"}, &matrix));
    assert_int_equal(matrix.aliases.columns.count, 0);
}

static void test_chosen_columns(void **unused)
{
    (void)unused;
    const char *path = um_test_file("chosen.tsv", "id\tsymbol\tp_val\ts1\n1\tA\t0.5\t7\n2\tB\t0.1\t8\n");
    unmix_read_options options = {.gene_column = "symbol", .skip_columns = "p_val,id"};
    assert_ok(cx, um_table_read(cx, path, &options, &matrix));
    assert_string_equal(um_name(&matrix.rows, 1), "B");
    assert_int_equal(matrix.columns.count, 1);
    assert_true(matrix.values[1] == 8.0);
    um_matrix_clear(&matrix);

    options = (unmix_read_options){.gene_column = "gene"};
    assert_refused(cx, um_table_read(cx, path, &options, &matrix), UNMIX_ERROR_INPUT,
                   "has no column 'gene'; its columns are id, symbol, p_val, s1");
    options = (unmix_read_options){.skip_columns = "p_val,pval"};
    assert_refused(cx, um_table_read(cx, path, &options, &matrix), UNMIX_ERROR_INPUT,
                   "has no column 'pval'; its columns");
    options = (unmix_read_options){.skip_columns = "id"};
    assert_refused(cx, um_table_read(cx, path, &options, &matrix), UNMIX_ERROR_INPUT, "'id' holds the row names");
    options = (unmix_read_options){.skip_columns = "p_val,s1"};
    assert_refused(cx, um_table_read(cx, path, &options, &matrix), UNMIX_ERROR_INPUT, "no column of numbers");
}

/* R's row numbers beside the column that was asked for are no sample. */
/* What featureCounts writes, here with genes of one exon: the numbers beside the samples are no samples. */
static void test_dialect(void **unused)
{
    (void)unused;
    const char *path = um_test_file("counts.txt", "# Program:featureCounts v2.0.3; Command:\"featureCounts\" \"-a\"\n"
                                                  "Geneid\tChr\tStart\tEnd\tStrand\tLength\ta.bam\tb.bam\n"
                                                  "G1\t1\t100\t900\t+\t801\t5\t0\nG2\t2\t50\t80\t-\t31\t7\t1\n");
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_int_equal(matrix.columns.count, 2);
    assert_string_equal(um_name(&matrix.columns, 0), "a");
    assert_string_equal(um_name(&matrix.rows, 1), "G2");
    assert_true(um_row(&matrix, 1)[0] == 7 && um_row(&matrix, 1)[1] == 1);
    assert_non_null(strstr(um_test_log(), "counts.txt: a table of featureCounts"));
    um_matrix_clear(&matrix);
    const unmix_read_options options = {.gene_column = "Start", .skip_columns = "b.bam"}; /* the user goes before */
    assert_ok(cx, um_table_read(cx, path, &options, &matrix));
    assert_int_equal(matrix.columns.count, 1);
    assert_string_equal(um_name(&matrix.rows, 0), "100");
}

static void test_unnamed_first_column(void **unused)
{
    (void)unused;
    const unmix_read_options options = {.gene_column = "ens"};
    assert_ok(cx, um_table_read(cx, um_test_file("unnamed.tsv", "ens\ts1\n1\tE1\t5\n2\tE2\t6\n"), &options, &matrix));
    assert_int_equal(matrix.columns.count, 1);
    assert_string_equal(um_name(&matrix.rows, 0), "E1");
    assert_non_null(strstr(um_test_log(), "the first column has no name and is skipped"));
}

static void test_refused_tables(void **unused)
{
    (void)unused;
    static const struct {
        const char *content;
        const char *part;
    } cases[] = {
        {"gene\ts1\ts2\nA\t1\t2\nB\t3\t-3\n", "refused.txt: line 3, column 's2': '-3' is negative"},
        {"gene\ts1\nA\t12abc\nB\t1\n", "line 2, column 's1': '12abc' is not a finite number"},
        {"gene\ts1\ts2\nA\t\t2\n", "line 2, column 's1' is empty"},
        {"gene\ts1\nA\tNA\n", "line 2, column 's1': 'NA' is not a finite number"},
        {"gene\ts1\nA\tNaN\n", "'NaN' is not a finite number"},
        {"gene\ts1\nA\tinf\n", "'inf' is not a finite number"},
        {"gene\ts1\nA\t1\nB\t0x1p3\n", "line 3, column 's1': '0x1p3' is not a finite number"},
        {"gene\ts1\nA\t1e999\n", "'1e999' is too large"},
        {"gene\ts1\nA\t1\nB\t1,5\n", "'1,5' is not a finite number"},
        {"gene\ts1\n", "has a header but no rows"},
        {"gene\ts1\n\n\n", "has a header but no rows"},
        {"\n \n", "holds no table"},
        {"# only\n# comments\n", "holds no table"},
        {"gene\ts1\nA\tx\nB\ty\n", "has no column of numbers beside the names in column 'gene'"},
        {"gene\ts1\ts2\nA\t1\t2\nB\t1\n", "line 3 has 2 fields; 3 are expected"},
        {"gene\ts1\nA\t1\nB\t1\t2\n", "line 3 has 3 fields; 2 are expected"},
        {"gene\ts1\ts2\ts3\nA\t1\n", "line 2 has 2 fields; 4 are expected"},
        {"gene\ts1\nA\t1\n\t2\n", "line 3 has no name in its column 1"},
        {"gene\ts1\ts1\nA\t1\t2\n", "the header names column 's1' twice"},
        {"gene\ts1\t\ts3\nA\t1\t2\t3\n", "column 3 has no name in the header"},
        {"gene\ts1\nA\t1\n\nB\t2\n", "line 3 is blank in the middle"},
        {"gene\nA\nB\n", "has one column only ('gene')"},
        {"#!x\nchr1\tx\texon\t1\t9\t.\t+\t.\tgene_id \"G1\";\nchr1\tx\texon\t1\t9\t.\t+\t.\tgene_id \"G1\";\n",
         "is an annotation (GTF or GFF3); 'unmix genes' makes a table of genes from it"},
        {"gene\ts1\nA\t1\n\"B\t2\nC\t3\n", "line 3: a quote opens in field 1"},
        {"gene,s1\n\"A\"B,1\n", "line 2: text follows the closing quote of field 1"},
        {"gene\ts1\rA\t1\rB\t2\r", "carriage returns"},
        {"%%MatrixMarket matrix coordinate integer general\n1 1 1\n", "MatrixMarket"},
        {"PK\x03\x04zip", "Excel workbook or zip"},
        {"%PDF-1.7\n", "PDF"},
        {"\x89HDF\r\n\x1a\n", "HDF5"},
        {"<!DOCTYPE html>\n<html>", "web page"},
        {"BZh91AY", "bzip2"},
        {"\x28\xb5\x2f\xfd"
         "abc",
         "zstd"},
        {"RDX3\nX\n", "R data file"},
        {"\xff\xfeg", "UTF-16"},
        {"", "is empty"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = um_test_file("refused.txt", cases[i].content);
        assert_refused(cx, um_table_read(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, cases[i].part);
        assert_null(matrix.values);
        assert_int_equal(matrix.rows.count, 0);
    }
}

/* The path is given as the user wrote it. */
static void test_path_in_messages(void **unused)
{
    (void)unused;
    const char *path = um_test_file("path.tsv", "gene\ts1\nA\t-1\n");
    char want[800];
    (void)snprintf(want, sizeof want, "%s: line 2, column 's1'", path);
    assert_refused(cx, um_table_read(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, want);
    assert_refused(cx, um_table_read(cx, "no/such/file.tsv", NULL, &matrix), UNMIX_ERROR_INPUT,
                   "no/such/file.tsv: no such file");
    assert_refused(cx, um_table_read(cx, um_test_folder(), NULL, &matrix), UNMIX_ERROR_INPUT, "is a folder");
}

static const char *write_bytes(const char *name, const char *bytes, size_t length)
{
    const char *path = um_test_file(name, "");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return path;
}

static void test_binary_is_refused(void **unused)
{
    (void)unused;
    static const char bytes[] = "gene\ts1\nA\t1\nB\0\t2\n";
    assert_refused(cx, um_table_read(cx, write_bytes("zero.tsv", bytes, sizeof bytes - 1), NULL, &matrix),
                   UNMIX_ERROR_INPUT, "zero bytes");
}

/* A problem behind the first 100 rows, which are read twice, and behind the first piece of the file. */
static void test_line_numbers_far_down(void **unused)
{
    (void)unused;
    enum { ROWS = 200000 };
    char *text = malloc(ROWS * 16 + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "gene\ts1\n");
    for (int i = 0; i < ROWS; i++)
        used += (size_t)sprintf(text + used, "g%d\t%d\n", i, i);
    const char *path = write_bytes("far.tsv", text, used);
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_int_equal(matrix.rows.count, ROWS);
    for (int i = 0; i < ROWS; i++)
        if (matrix.values[i] != i)
            fail_msg("row %d holds %g", i, matrix.values[i]);
    assert_string_equal(um_name(&matrix.rows, ROWS - 1), "g199999");
    um_matrix_clear(&matrix);
    (void)sprintf(text + used, "bad\tx\n");
    path = write_bytes("far.tsv", text, used + 6);
    free(text);
    assert_refused(cx, um_table_read(cx, path, NULL, &matrix), UNMIX_ERROR_INPUT, "line 200002, column 's1': 'x'");
}

/* Lines longer than the pieces in which a file is read. */
static void test_wide_table(void **unused)
{
    (void)unused;
    enum { COLUMNS = 300000 };
    char *text = malloc(COLUMNS * 24 + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "gene");
    for (int i = 0; i < COLUMNS; i++)
        used += (size_t)sprintf(text + used, ",s%d", i);
    used += (size_t)sprintf(text + used, "\nA");
    for (int i = 0; i < COLUMNS; i++)
        used += (size_t)sprintf(text + used, ",\"%d\"", i);
    used += (size_t)sprintf(text + used, "\n");
    assert_ok(cx, um_table_read(cx, write_bytes("wide.csv", text, used), NULL, &matrix));
    free(text);
    assert_int_equal(matrix.columns.count, COLUMNS);
    assert_true(matrix.values[COLUMNS - 1] == COLUMNS - 1);
}

/* Very long names and values end in a message, not in a crash. */
static void test_overlong_fields(void **unused)
{
    (void)unused;
    enum { LONG = 3000000 };
    char *text = malloc(LONG + 64);
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "gene\ts1\nA\t1");
    memset(text + used, '0', LONG);
    assert_refused(cx, um_table_read(cx, write_bytes("long.tsv", text, used + LONG), NULL, &matrix), UNMIX_ERROR_INPUT,
                   "is too large");
    memset(text + used, 'x', LONG);
    assert_refused(cx, um_table_read(cx, write_bytes("long.tsv", text, used + LONG), NULL, &matrix), UNMIX_ERROR_INPUT,
                   "no column of numbers");
    assert_refused(cx, um_table_read(cx, write_bytes("long.tsv", text + used, LONG), NULL, &matrix), UNMIX_ERROR_INPUT,
                   "no rows");
    free(text);
}

static int stop(void *payload, const char *stage, double fraction)
{
    assert_true(fraction >= 0.0 && fraction <= 1.0);
    assert_string_equal(stage, "reading stop.tsv");
    ++*(int *)payload;
    return 1;
}

static void test_interrupt(void **unused)
{
    (void)unused;
    int calls = 0;
    unmix_set_progress(cx, stop, &calls);
    assert_refused(cx, um_table_read(cx, um_test_file("stop.tsv", "gene\ts1\nA\t1\n"), NULL, &matrix),
                   UNMIX_ERROR_INTERRUPTED, "reading stop.tsv");
    assert_int_equal(calls, 1);
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(test_accepted_forms),           UM_CASE(test_quotes),
        UM_CASE(test_origin_and_lines),         UM_CASE(test_r_header_of_one_sample),
        UM_CASE(test_text_columns_are_skipped), UM_CASE(test_chosen_columns),
        UM_CASE(test_names_beside_the_names), UM_CASE(test_chosen_columns),
        UM_CASE(test_dialect),
        UM_CASE(test_unnamed_first_column),     UM_CASE(test_refused_tables),
        UM_CASE(test_path_in_messages),         UM_CASE(test_binary_is_refused),
        UM_CASE(test_line_numbers_far_down),    UM_CASE(test_wide_table),
        UM_CASE(test_overlong_fields),          UM_CASE(test_interrupt),
    };
    return um_run_group(tests);
}
