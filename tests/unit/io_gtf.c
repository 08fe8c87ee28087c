/* Gene models: lengths as unions of exons, names, versions, and every refusal. */
#include "io/text/gtf.h"

#include <stdio.h>
#include <string.h>

#include "core/gene_name.h"
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

#define EXON(sequence, from, to, rest) sequence "\tX\texon\t" from "\t" to "\t.\t+\t.\t" rest "\n"
#define GENE(sequence, rest) sequence "\tX\tgene\t1\t9000\t.\t+\t.\t" rest "\n"
#define P53 "gene_id \"ENSG00000141510.18\"; gene_type \"protein_coding\"; gene_name \"TP53\";"

static void assert_gene(const um_gene_models *m, size_t i, const char *id, const char *symbol, const char *biotype,
                        double length)
{
    assert_true(i < m->id.count);
    assert_string_equal(um_name(&m->id, i), id);
    assert_string_equal(um_name(&m->symbol, i), symbol);
    assert_string_equal(um_name(&m->biotype, i), biotype);
    assert_true(m->length[i] == length);
}

/* 1-10, 5-20, 20-25 and 40-40 of two transcripts, in no order: 25 + 1 bases. */
static void length_is_the_union_of_the_exons(void **state)
{
    (void)state;
    um_gene_models m = {0};
    const char *path = um_test_file("a.gtf", "#!genome-build GRCh38\n" GENE("chr17", P53) EXON("chr17", "40", "40", P53)
                                                 EXON("chr17", "5", "20", P53) EXON("chr17", "20", "25", P53)
                                                     EXON("chr17", "1", "10", P53));
    assert_ok(cx, um_gtf_read(cx, path, &m));
    assert_int_equal(m.id.count, 1);
    assert_gene(&m, 0, "ENSG00000141510", "TP53", "protein_coding", 26.0);
    um_gene_models_clear(&m);
    um_gene_models_clear(&m);
}

/* Genes come apart in the file, words stand on some lines only, and a missing symbol is the id. */
static void genes_are_put_together(void **state)
{
    (void)state;
    um_gene_models m = {0};
    const char *path = um_test_file(
        "b.gtf", EXON("1", "1", "10", "gene_id \"ENSG00000000001\"; transcript_id \"T1\"")
                     EXON("1", "11", "30", "gene_id \"ENSG00000000002\";")
                         GENE("1", "gene_id \"ENSG00000000001\"; gene_name \"ABC\"; gene_biotype \"lncRNA\";")
                             EXON("1", "8", "12", "gene_id \"ENSG00000000001\"; gene_name \"ABC\";"));
    assert_ok(cx, um_gtf_read(cx, path, &m));
    assert_int_equal(m.id.count, 2);
    assert_gene(&m, 0, "ENSG00000000001", "ABC", "lncRNA", 12.0);
    assert_gene(&m, 1, "ENSG00000000002", "ENSG00000000002", "", 20.0);
    um_gene_models_clear(&m);
}

static void gff3_with_gene_ids_is_read(void **state)
{
    (void)state;
    um_gene_models m = {0};
    const char *path = um_test_file("c.gff3", "##gff-version 3\n" EXON("chr1", "100", "199",
                                                                         "ID=exon:1;Parent=T;gene_id=ENSG00000000001.4;"
                                                                         "gene_type=protein_coding;gene_name=ABC"));
    assert_ok(cx, um_gtf_read(cx, path, &m));
    assert_gene(&m, 0, "ENSG00000000001", "ABC", "protein_coding", 100.0);
    um_gene_models_clear(&m);
}

static void a_symbol_stands_once(void **state)
{
    (void)state;
    um_gene_models m = {0};
    const char *path = um_test_file(
        "d.gtf", EXON("1", "1", "5", "gene_id \"ENSG00000000001\"; gene_name \"ABC\"; gene_type \"lncRNA\";")
                     EXON("1", "1", "7", "gene_id \"ENSG00000000002\"; gene_name \"ABC\"; gene_type \"protein_coding\";")
                         EXON("2", "1", "9", "gene_id \"ENSG00000000003\"; gene_name \"ABC\"; gene_type \"protein_coding\";"));
    assert_ok(cx, um_gtf_read(cx, path, &m));
    assert_int_equal(m.n_same_symbol, 2);
    assert_gene(&m, 0, "ENSG00000000001", "ENSG00000000001", "lncRNA", 5.0);
    assert_gene(&m, 1, "ENSG00000000002", "ABC", "protein_coding", 7.0);
    assert_gene(&m, 2, "ENSG00000000003", "ENSG00000000003", "protein_coding", 9.0);
    um_gene_models_clear(&m);
}

static void copies_on_y_do_not_count(void **state)
{
    (void)state;
    um_gene_models m = {0};
    const char *path = um_test_file(
        "e.gtf", EXON("chrX", "1", "100", "gene_id \"ENSG00000002586.20\"; gene_name \"CD99\";")
                     GENE("chrY", "gene_id \"ENSG00000002586.20_PAR_Y\"; gene_name \"CD99\";")
                         EXON("chrY", "1", "100", "gene_id \"ENSG00000002586.20_PAR_Y\"; gene_name \"CD99\";")
                             EXON("chrY", "500", "900", "gene_id \"ENSG00000002586.20\"; gene_name \"CD99\";"));
    assert_ok(cx, um_gtf_read(cx, path, &m));
    assert_int_equal(m.id.count, 1);
    assert_gene(&m, 0, "ENSG00000002586", "CD99", "", 100.0);
    assert_int_equal(m.n_par, 1);
    assert_int_equal(m.n_elsewhere, 1);
    um_gene_models_clear(&m);
}

static void refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } wrong[] = {
        {"gene\tlength\nA\t100\n", "line 1 has fewer than nine tab-separated fields; a GTF is wanted"},
        {GENE("1", P53), "there is no exon in it; a GTF is wanted"},
        {"#x\n" EXON("1", "5", "4", P53), "line 2: the exon goes from '5' to '4'"},
        {EXON("1", "0", "4", P53), "line 1: the exon goes from '0' to '4'"},
        {EXON("1", "a", "4", P53), "the exon goes from 'a'"},
        {EXON("1", "99999999999999999999", "99999999999999999999", P53), "two whole numbers"},
        {EXON("1", "1", "4", "Parent=transcript:ENST00000000001"), "line 1: the exon has no gene_id"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        um_gene_models m = {0};
        assert_int_equal(um_gtf_read(cx, um_test_file("wrong.gtf", wrong[i].text), &m), UNMIX_ERROR_INPUT);
        if (!strstr(unmix_error_message(cx), wrong[i].words))
            fail_msg("expected '%s' in '%s'", wrong[i].words, unmix_error_message(cx));
        assert_int_equal(m.id.count, 0);
        unmix_error_clear(cx);
    }
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        const char *name, *stem;
    } names[] = {
        {"ENSG00000141510.18", "ENSG00000141510"},   {"ENSG00000141510", "ENSG00000141510"},
        {"ENSMUSG00000059552.14", "ENSMUSG00000059552"}, {"ENST00000269305.9", "ENST00000269305"},
        {"ENSG00000002586.20_PAR_Y", "ENSG00000002586"}, {"NM_000546.6", "NM_000546"},
        {"XR_001737835.2", "XR_001737835"},          {"AC004556.3", "AC004556.3"},
        {"HLA.A", "HLA.A"},                          {"ENSG00000141510.", "ENSG00000141510."},
        {"ENSG00000141510.1x", "ENSG00000141510.1x"}, {"ENSG00000141510.18_TP53", "ENSG00000141510.18_TP53"},
        {"TP53", "TP53"},                            {"", ""},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(um_gene_unversioned(names[i].name, strlen(names[i].name)), strlen(names[i].stem));
    assert_true(um_gene_is_par_y("ENSG00000002586.20_PAR_Y", 24));
    assert_false(um_gene_is_par_y("ENSG00000002586.20", 18));
}

#define gtf_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        gtf_test(length_is_the_union_of_the_exons), gtf_test(genes_are_put_together), gtf_test(gff3_with_gene_ids_is_read),
        gtf_test(a_symbol_stands_once),             gtf_test(copies_on_y_do_not_count), gtf_test(refusals),
        gtf_test(versions),
    };
    return um_run_group(tests);
}
