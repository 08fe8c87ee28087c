/* What spreadsheets make of names of genes, and what they leave alone. */
#include "core/gene_date.h"

#include <string.h>

#include "testing/testing.h"

static void dates_of_several_languages(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int month, number;
    } dates[] = {{"1-Mar", 3, 1},    {"01-Mar", 3, 1},       {"15-Sep", 9, 15},     {"1-Dec-20", 12, 1}, {"2-Sep-2021", 9, 2},
                 {"Mar-01", 3, 1},   {"Sep-11", 9, 11},      {"2-mar", 3, 2},       {"01. Mrz", 3, 1},   {"1.Dez", 12, 1},
                 {"9-sept.", 9, 9},  {"1-d\xc3\xa9" "c", 12, 1}, {"2-ago", 8, 2},   {"1 M\xc3\xa4r", 3, 1},
                 {"2020-03-04", 3, 4}, {"2020-09-01", 9, 1}, {"2001-03-01", 3, 1}, {"2006-03-01", 3, 0},
                 {"2021/12/01", 12, 1}, {"2020-03-07 00:00:00", 3, 7}, {"4-Oct", 10, 4}};
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        um_gene_date date = {0};
        if (!um_gene_date_read(dates[i].text, strlen(dates[i].text), &date))
            fail_msg("%s is a date", dates[i].text);
        assert_int_equal(date.month, dates[i].month);
        assert_int_equal(date.number, dates[i].number);
    }
}

static void names_of_genes_are_none(void **state)
{
    (void)state;
    static const char *const genes[] = {"MARCH1", "SEPT2", "DEC1", "HLA-A", "1-Foo", "Mar", "Dec-abc", "H2-Ab1", "March-A1", "",
                                        "apr-1", "sep-1", "Dec-1", "mar-01", "1-", "-Mar", "32-Mar", "0-Mar", "1-Marx", "2020-13-01",
                                        "2020-03", "1234-56-78", "7157", "Jun", "AC004556.3", "10-formyl", "1-Mar-"};
    um_gene_date date;
    for (size_t i = 0; i < sizeof genes / sizeof genes[0]; i++)
        if (um_gene_date_read(genes[i], strlen(genes[i]), &date))
            fail_msg("'%s' is no date", genes[i]);
}

static void genes_that_give_them(void **state)
{
    (void)state;
    um_dated_gene genes[UM_DATED_GENES];
    assert_int_equal(um_dated_genes((um_gene_date){3, 1}, genes), 2);
    assert_string_equal(genes[0].symbols[0], "MARCHF1");
    assert_string_equal(genes[1].symbols[1], "MARC1");
    assert_int_equal(um_dated_genes((um_gene_date){3, 11}, genes), 1);
    assert_string_equal(genes[0].symbols[1], "MARCH11");
    assert_int_equal(um_dated_genes((um_gene_date){9, 15}, genes), 1);
    assert_string_equal(genes[0].symbols[0], "SELENOF");
    assert_string_equal(genes[0].symbols[1], "SEP15");
    assert_int_equal(um_dated_genes((um_gene_date){12, 1}, genes), 1);
    static const um_gene_date none[] = {{3, 0}, {3, 12}, {9, 16}, {12, 2}, {10, 4}};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_int_equal(um_dated_genes(none[i], genes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_of_several_languages),
        cmocka_unit_test(names_of_genes_are_none),
        cmocka_unit_test(genes_that_give_them),
    };
    return um_run_group(tests);
}
