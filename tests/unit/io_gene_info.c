/* Gene information: which column holds the genes, and what is refused. */
#include "testing/testing.h"

#include <math.h>
#include <string.h>

#include "io/text/gene_info.h"

static unmix_context *cx;
static um_gene_info info;
static um_names wanted;

static int setup(void **unused)
{
    (void)unused;
    cx = um_test_context();
    info = (um_gene_info){0};
    wanted = (um_names){0};
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    um_gene_info_clear(&info);
    um_names_clear(&wanted);
    unmix_context_free(cx);
    return 0;
}

static void want(const char *const *names, size_t count)
{
    um_names_clear(&wanted);
    for (size_t i = 0; i < count; i++)
        assert_ok(cx, um_names_add(cx, &wanted, names[i], strlen(names[i])));
    assert_ok(cx, um_names_index(cx, &wanted));
}

/* As R writes it: row numbers without a name in the header. */
static const char TABLE[] = "ens\tsymbol\tLength\tweight\n"
                            "1\tE1\tA\t1555\t0.5\n"
                            "2\tE2\tB\tNA\t\n"
                            "3\tE3\t\t100\t1\n"
                            "4\tE4\tB\t7\t0\n";

static void test_column_with_most_matches(void **unused)
{
    (void)unused;
    const char *path = um_test_file("genes.tsv", TABLE);
    static const char *const symbols[] = {"B", "A", "Z"};
    want(symbols, 3);
    assert_ok(cx, um_gene_info_read(cx, path, NULL, &wanted, &info));
    assert_int_equal(info.genes.count, 4);
    assert_string_equal(um_name(&info.genes, 0), "A");
    assert_string_equal(um_name(&info.genes, 2), "");
    assert_true(info.length[0] == 1555.0 && isnan(info.length[1]) && info.length[2] == 100.0);
    assert_true(info.weight[0] == 0.5 && isnan(info.weight[1]) && info.weight[3] == 0.0);
    assert_int_equal(info.first_line, 2);
    assert_string_equal(info.origin, path);
    assert_non_null(strstr(um_test_log(), "genes.tsv: genes are taken from column 'symbol' (2 of 3"));
    um_gene_info_clear(&info);

    static const char *const ids[] = {"E3", "E1", "A"};
    want(ids, 3);
    assert_ok(cx, um_gene_info_read(cx, path, NULL, &wanted, &info));
    assert_string_equal(um_name(&info.genes, 3), "E4");
}

/* Lengths by another name, where one column alone is called so. */
static void test_names_of_lengths(void **unused)
{
    (void)unused;
    static const char *const genes[] = {"A", "B"};
    want(genes, 2);
    assert_ok(cx, um_gene_info_read(cx, um_test_file("l.tsv", "gene_id\tgene_length\nA\t7\nB\t8\n"), NULL, &wanted, &info));
    assert_true(info.length[0] == 7.0 && info.length[1] == 8.0);
    assert_non_null(strstr(um_test_log(), "lengths are taken from column 'gene_length'"));
    um_gene_info_clear(&info);
    assert_refused(cx, um_gene_info_read(cx, um_test_file("two.tsv", "gene_id\tgene_length\teff_length\nA\t7\t5\n"), NULL, &wanted, &info),
                   UNMIX_ERROR_INPUT, "two.tsv: has no column 'length'");
}

/* Even where genes are called 1, 2, 3: R's row numbers are no genes. */
static void test_row_numbers_do_not_win(void **unused)
{
    (void)unused;
    static const char *const numbers[] = {"1", "2", "3", "4"};
    want(numbers, 4);
    assert_ok(cx, um_gene_info_read(cx, um_test_file("genes.tsv", TABLE), NULL, &wanted, &info));
    assert_string_equal(um_name(&info.genes, 0), "E1");
    um_gene_info_clear(&info);
    assert_refused(cx, um_gene_info_read(cx, um_test_file("only.tsv", "length\n1\t5\n2\t6\n"), NULL, &wanted, &info),
                   UNMIX_ERROR_INPUT, "no column with names of genes");
}

static void test_named_column(void **unused)
{
    (void)unused;
    const char *path = um_test_file("named.tsv", TABLE);
    assert_ok(cx, um_gene_info_read(cx, path, "ens", NULL, &info));
    assert_string_equal(um_name(&info.genes, 0), "E1");
    um_gene_info_clear(&info);
    assert_refused(cx, um_gene_info_read(cx, path, "gene", NULL, &info), UNMIX_ERROR_INPUT,
                   "named.tsv: has no column 'gene'; its columns are ");
}

static void test_no_weights(void **unused)
{
    (void)unused;
    static const char *const names[] = {"g1"};
    want(names, 1);
    assert_ok(cx, um_gene_info_read(cx, um_test_file("lengths.tsv", "gene\tLENGTH\ng1\t10\n"), NULL, &wanted, &info));
    assert_null(info.weight);
    assert_true(info.length[0] == 10.0);
}

static void test_refused(void **unused)
{
    (void)unused;
    assert_refused(cx, um_gene_info_read(cx, um_test_file("none.tsv", "gene\tsize\ng1\t10\n"), NULL, NULL, &info),
                   UNMIX_ERROR_INPUT, "none.tsv: has no column 'length'; its columns are gene, size");
    assert_refused(cx,
                   um_gene_info_read(cx, um_test_file("bad.tsv", "gene\tlength\ng1\t10\ng2\t1k\n"), NULL, NULL, &info),
                   UNMIX_ERROR_INPUT, "bad.tsv: line 3, column 'length': '1k' is not a finite number");
    assert_refused(
        cx, um_gene_info_read(cx, um_test_file("bad.tsv", "gene\tlength\tweight\ng1\t10\tinf\n"), NULL, NULL, &info),
        UNMIX_ERROR_INPUT, "column 'weight': 'inf'");
    assert_null(info.length);
    assert_int_equal(info.genes.count, 0);
}

#define UM_CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UM_CASE(test_column_with_most_matches),
        UM_CASE(test_row_numbers_do_not_win), UM_CASE(test_names_of_lengths),
        UM_CASE(test_named_column),
        UM_CASE(test_no_weights),
        UM_CASE(test_refused),
    };
    return um_run_group(tests);
}
