/* Dates among the names of genes: repaired where one gene alone can be meant, else left out; never added up. */
#include "deconvolve/problem/dates.h"

#include <string.h>

#include "deconvolve/problem/match.h"
#include "testing/testing.h"

static unmix_context *cx;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    return 0;
}

static int end(void **state)
{
    (void)state;
    unmix_context_free(cx);
    return 0;
}

/* Names between blanks; "-" is "". */
static um_names words(const char *text)
{
    um_names names = {0};
    while (*text) {
        const size_t length = strcspn(text, " ");
        assert_ok(cx, um_names_add(cx, &names, text, length == 1 && *text == '-' ? 0 : length));
        text += length + strspn(text + length, " ");
    }
    return names;
}

/* The names of the bulk after the repair; "?" are those that meet nothing. */
static void expect(const char *signatures, const char *bulk, const char *want, const char *said)
{
    um_names ours = words(signatures), theirs = words(bulk), wanted = words(want), got = {0};
    const um_named inputs[UM_INPUTS] = {{"signatures", "sig.tsv", &ours, NULL}, {"bulk", "bulk.tsv", &theirs, NULL}, {0}};
    assert_ok(cx, um_dates_repair(cx, inputs, UM_BULK, &got));
    assert_int_equal(got.count, wanted.count);
    for (size_t i = 0; i < wanted.count; i++)
        if (strcmp(um_name(&wanted, i), "?") == 0)
            assert_non_null(strchr(um_name(&got, i), '\x1f'));
        else
            assert_string_equal(um_name(&got, i), um_name(&wanted, i));
    assert_ok(cx, um_names_index(cx, &got));
    assert_int_equal(um_names_repeated(&got), UM_NOT_FOUND);
    if (!strstr(um_test_log(), said))
        fail_msg("'%s' lacks '%s'", um_test_log(), said);
    um_names_clear(&ours);
    um_names_clear(&theirs);
    um_names_clear(&wanted);
    um_names_clear(&got);
}

static void one_gene_alone(void **state)
{
    (void)state;
    expect("A MARCH3 SEPTIN9 DEC1", "A 3-Mar 9-Sep 1-Dec", "A MARCH3 SEPTIN9 DEC1",
           "bulk.tsv: 3 names of genes are dates made by a spreadsheet, read as the genes they were: 3-Mar MARCH3, 9-Sep "
           "SEPTIN9, 1-Dec DEC1");
    expect("A Marchf3 Sept2", "A Mar-03 2-Sep", "A Marchf3 Sept2", "Mar-03 Marchf3");
    expect("A", "A 15-Sep", "A SELENOF", "15-Sep SELENOF"); /* today's symbol, where nobody has the gene */
}

static void two_genes(void **state)
{
    (void)state;
    expect("A MARCHF1 MTARC1", "A 1-Mar", "A ?",
           "bulk.tsv: 1 names of genes are dates made by a spreadsheet, which may be several genes or repeat, and are left "
           "out: 1-Mar (MARCHF1 or MTARC1); take the table from before the spreadsheet");
    expect("A MARCHF1", "A 1-Mar", "A ?", "are left out"); /* that the signatures lack the other says nothing */
    expect("A MARCHF1", "MTARC1 1-Mar", "MTARC1 MARCHF1", "1-Mar MARCHF1"); /* the other one stands here itself */
    expect("A MARCH1", "Marc1 1-Mar", "Marc1 MARCH1", "1-Mar MARCH1");
}

static void never_added_up(void **state)
{
    (void)state;
    expect("A MARCHF1 MTARC1", "A 1-Mar 1-Mar", "A ? ?", "2 names of genes are dates");
    expect("SEPTIN2", "2-Sep Sep-02", "? ?", "2-Sep (SEPTIN2)");
    expect("SEPTIN2", "SEPTIN2 2-Sep", "SEPTIN2 ?", "are left out: 2-Sep;");
    expect("A", "A 4-Oct 2006-03-01", "A ? ?", "are left out: 4-Oct, 2006-03-01;");
}

static void names_without_dates_stay(void **state)
{
    (void)state;
    um_names ours = words("A sep-1"), got = {0};
    const um_named inputs[UM_INPUTS] = {{"signatures", "sig.tsv", &ours, NULL}, {"bulk", "bulk.tsv", &ours, NULL}, {0}};
    assert_ok(cx, um_dates_repair(cx, inputs, UM_BULK, &got));
    assert_ok(cx, um_dates_repair(cx, inputs, UM_TABLE, &got)); /* there is none */
    assert_int_equal(got.count, 0);
    assert_string_equal(um_test_log(), "");
    um_names_clear(&ours);
}

/* An identifier beside the date, which the gene table knows, tells which of two genes it was. */
static void another_name_beside(void **state)
{
    (void)state;
    um_names ours = words("A MARCHF1 MTARC1"), theirs = words("A 1-Mar 1-Mar"), genes = words("A MARCHF1 MTARC1"), got = {0};
    um_names ids = words("ENSG00000000001.2 ENSG00000000002.7 ENSG00000000003.1"),
             known = words("ENSG00000000001 ENSG00000000003 ENSG00000000002");
    um_aliases beside = {0}, of_table = {0};
    assert_ok(cx, um_aliases_add(cx, &beside, "ensembl", &ids));
    assert_ok(cx, um_aliases_add(cx, &of_table, "gene_id", &known));
    const um_named inputs[UM_INPUTS] = {{"signatures", "sig.tsv", &ours, NULL},
                                        {"bulk", "bulk.tsv", &theirs, &beside},
                                        {"gene information", "genes.tsv", &genes, &of_table}};
    assert_ok(cx, um_dates_repair(cx, inputs, UM_BULK, &got));
    assert_string_equal(um_name(&got, 1), "MTARC1");
    assert_string_equal(um_name(&got, 2), "MARCHF1");
    assert_non_null(strstr(um_test_log(), "read as the genes they were: 1-Mar MTARC1, 1-Mar MARCHF1"));
    um_names_clear(&got);
    um_names_clear(&ours);
    um_names_clear(&theirs);
    um_names_clear(&genes);
    um_aliases_clear(&beside);
    um_aliases_clear(&of_table);
}

/* Genes meet by repaired names, in all three inputs. */
static void genes_meet(void **state)
{
    (void)state;
    um_matrix signatures = {.rows = words("A Sep-02 MARCHF3"), .columns = words("T"), .first_line = 2},
              bulk = {.rows = words("1-Mar SEPT2 3-Mar A"), .columns = words("S1"), .first_line = 2};
    um_names genes = words("2-Sep A MARCHF3");
    const double length[] = {1, 2, 3};
    const um_gene_table table = {.origin = "genes.tsv", .genes = &genes, .length = length, .first_line = 2};
    assert_ok(cx, um_matrix_set_origin(cx, &signatures, "sig.tsv"));
    assert_ok(cx, um_matrix_set_origin(cx, &bulk, "bulk.tsv"));
    assert_ok(cx, um_matrix_allocate(cx, &signatures));
    assert_ok(cx, um_matrix_allocate(cx, &bulk));
    um_source source;
    um_source_of_matrix(&source, &bulk);
    um_match match = {0};
    assert_ok(cx, um_match_genes(cx, &match, &signatures, &source, &table, UNMIX_DUPLICATES_SUM));
    assert_int_equal(match.count, 3);
    assert_int_equal(match.of_bulk[0], UM_NO_GENE);
    assert_string_equal(match.name[match.of_bulk[1]], "SEPT2");
    assert_string_equal(match.name[match.of_bulk[2]], "MARCHF3");
    assert_int_equal(match.table_row[match.of_bulk[1]], 0);
    um_match_clear(&match);
    um_names_clear(&genes);
    um_matrix_clear(&signatures);
    um_matrix_clear(&bulk);
}

#define dates_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        dates_test(one_gene_alone),           dates_test(two_genes),           dates_test(never_added_up),
        dates_test(names_without_dates_stay), dates_test(another_name_beside), dates_test(genes_meet),
    };
    return um_run_group(tests);
}
