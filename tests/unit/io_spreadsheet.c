/* Tables as people's spreadsheets and hands leave them: titles, empty rows and columns, genes without names, totals. */
#include "io/text/table.h"

#include <stdio.h>
#include <string.h>

#include "testing/testing.h"

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

/* Names joined by blanks. */
static const char *joined(const um_names *names)
{
    static char text[400];
    text[0] = '\0';
    for (size_t i = 0; i < names->count; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "", um_name(names, i));
    return text;
}

/* The table holds genes A and B of S1 (7, 0) and S2 (8, 1), whatever is around them. */
static void expect(const char *content, const char *note)
{
    static const double want[] = {7, 8, 0, 1};
    const char *path = um_test_file("S1.txt", content);
    assert_ok(cx, um_table_read(cx, path, NULL, &matrix));
    assert_string_equal(joined(&matrix.columns), "S1 S2");
    assert_string_equal(joined(&matrix.rows), "A B");
    assert_memory_equal(matrix.values, want, sizeof want);
    if (!strstr(um_test_log(), note))
        fail_msg("'%s' lacks '%s'", um_test_log(), note);
    if (!*note)
        assert_string_equal(um_test_log(), "");
    um_matrix_clear(&matrix);
}

static void refuse(const char *content, const char *part)
{
    assert_refused(cx, um_table_read(cx, um_test_file("refused.txt", content), NULL, &matrix), UNMIX_ERROR_INPUT, part);
}

static void empty_rows_and_columns(void **unused)
{
    (void)unused;
    expect("gene,S1,S2,,\nA,7,8,,\nB,0,1,,\n", "");
    expect("gene,S1,S2,,\nA,7,8\nB,0,1,\n", "");
    expect("gene;S1;S2\nA;7;8\nB;0;1\n;;\n;;\n", "");
    expect("gene\tS1\tS2\nA\t7\t8\nB\t0\t1\n\t\t\n\n", "");
    expect(",,\ngene,S1,S2\nA,7,8\nB,0,1\n", "");
    refuse("gene,S1,S2,,\nA,7,8,,5\nB,0,1,,\n", "line 2 has 5 fields; 3 are expected");
    refuse("gene,S1,S2\nA,7,8\n,,\nB,0,1\n", "line 3 is blank in the middle");
}

static void titles(void **unused)
{
    (void)unused;
    expect("Table S1. Raw counts,,\n,,\ngene,S1,S2\nA,7,8\nB,0,1\n", "S1.txt: line 1 is a title and is passed over: 'Table S1. Raw counts'");
    expect("Raw counts\n\ngene\tS1\tS2\nA\t7\t8\nB\t0\t1\n", "line 1 is a title");
    expect("\"Raw counts, all\",,\ngene,S1,S2\nA,7,8\nB,0,1\n", "line 1 is a title");
}

/* R heads the one column of a sample so. */
static void headers_of_one_word_are_no_titles(void **unused)
{
    (void)unused;
    assert_ok(cx, um_table_read(cx, um_test_file("one.tsv", "S1\nA\t7\nB\t0\n"), NULL, &matrix));
    assert_string_equal(um_name(&matrix.columns, 0), "S1");
    assert_string_equal(um_test_log(), "");
}

static void rows_without_a_name(void **unused)
{
    (void)unused;
    expect("gene\tS1\tS2\nA\t7\t8\nB\t0\t1\nNA\t5\t5\n", "S1.txt: 1 row has no name ('', NA, ---) and is left out, the first in line 4");
    expect("gene\tS1\tS2\n\t5\t5\nA\t7\t8\nB\t0\t1\n", "1 row has no name ('', NA, ---) and is left out, the first in line 2");
    expect("gene\tS1\tS2\n\treads\treads\nA\t7\t8\nB\t0\t1\n", "the first in line 2"); /* a row of units */
    refuse("gene\tS1\tS2\nA\t7\t8\n---\t0\t1\n", "line 3 has no name in its column 1, nor have most others");
    const unmix_read_options all = {.columns = "all"}; /* proportions: samples may be called anything */
    assert_ok(cx, um_table_read(cx, um_test_file("all.tsv", "sample\tT\nNA\t1\nB\t0\n"), &all, &matrix));
    assert_int_equal(matrix.rows.count, 2);
}

static void tables_of_tests(void **unused)
{
    (void)unused;
    static const char *const headers[] = {"\"\",\"baseMean\",\"log2FoldChange\",\"lfcSE\",\"stat\",\"pvalue\",\"padj\"",
                                          "gene,logFC,logCPM,F,PValue,FDR", "gene,logFC,AveExpr,t,P.Value,adj.P.Val,B"};
    static const char *const rows[] = {"A,5,-1,2,-3,.1,.2\nB,5,-1,2,-3,.1,NA\n", "A,-1,2,3,.1,.2\n", "A,-1,2,-3,.1,.2,-4\n"};
    for (size_t i = 0; i < 3; i++) {
        char text[300];
        (void)snprintf(text, sizeof text, "%s\n%s", headers[i], rows[i]);
        refuse(text, "holds results of a test, as DESeq2, edgeR and limma write them, and no counts");
    }
    expect("gene,logFC,FDR,F,S1,S2\nA,-1,.2,-3,7,8\nB,1,1,1,0,1\n", "columns logFC, FDR, F are no samples");
    assert_ok(cx, um_table_read(cx, um_test_file("f.csv", "gene,F,M\nA,1,2\n"), NULL, &matrix)); /* women and men */
    assert_string_equal(joined(&matrix.columns), "F M");
}

/* 40 rows by a format of the row's number. */
static const char *rows_of(const char *header, const char *(*row)(int i))
{
    static char text[4000];
    (void)snprintf(text, sizeof text, "%s\n", header);
    for (int i = 0; i < 40; i++)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s", row(i));
    return text;
}

static const char *with_points(int i)
{
    static char text[40];
    (void)snprintf(text, sizeof text, i % 9 ? "G%d;%d.%d0;%d.125\n" : "G%d;%d;%d.250\n", i, 10 + i, 11 + i, 1 + i);
    return text;
}

static const char *with_three_digits(int i)
{
    static char text[40];
    (void)snprintf(text, sizeof text, "G%d;%.3f;%.3f\n", i, 10.5 * i, 1.25 * (i + 1));
    return text;
}

static const char *with_few_digits(int i)
{
    static char text[40];
    (void)snprintf(text, sizeof text, "G%d;%g;%g\n", i, 10.5 * i, 1.125 * (i + 1));
    return text;
}

static void thousands_with_points(void **unused)
{
    (void)unused;
    const char *header = "gene;S1;S2";
    refuse(rows_of(header, with_points), "has a point as thousands separator, as numbers such as 953 beside it show");
    const unmix_read_options all = {.columns = "all"};
    assert_ok(cx, um_table_read(cx, um_test_file("all.csv", rows_of(header, with_points)), &all, &matrix));
    um_matrix_clear(&matrix);
    assert_ok(cx, um_table_read(cx, um_test_file("three.csv", rows_of(header, with_three_digits)), NULL, &matrix));
    um_matrix_clear(&matrix);
    assert_ok(cx, um_table_read(cx, um_test_file("few.csv", rows_of(header, with_few_digits)), NULL, &matrix));
    assert_string_equal(um_test_log(), "");
}

static const char *with_total(int i)
{
    static char text[40];
    (void)snprintf(text, sizeof text, "G%d\t%d\t%d\t%d\n", i, i % 7, 3 * (i % 11), i % 7 + 3 * (i % 11));
    return text;
}

static void totals(void **unused)
{
    (void)unused;
    assert_ok(cx, um_table_read(cx, um_test_file("t.tsv", rows_of("gene\tS1\tS2\tTotal", with_total)), NULL, &matrix));
    assert_string_equal(joined(&matrix.columns), "S1 S2");
    um_matrix_clear(&matrix);
    assert_ok(cx, um_table_read(cx, um_test_file("p.tsv", rows_of("gene\tS1\tS2\tPool", with_total)), NULL, &matrix));
    assert_string_equal(joined(&matrix.columns), "S1 S2 Pool");
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(empty_rows_and_columns), UM_CASE(titles),          UM_CASE(headers_of_one_word_are_no_titles),
        UM_CASE(rows_without_a_name),    UM_CASE(tables_of_tests), UM_CASE(thousands_with_points),
        UM_CASE(totals),
    };
    return um_run_group(tests);
}
