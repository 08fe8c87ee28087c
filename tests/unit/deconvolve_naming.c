/* Names of genes that do not meet as they stand: how they are read, what is said, and what is advised. */
#include "deconvolve/problem/match.h"

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

static void add_words(um_names *names, const char *words)
{
    while (*words) {
        const size_t length = strcspn(words, " ");
        assert_ok(cx, um_names_add(cx, names, words, length == 1 && *words == '-' ? 0 : length));
        words += length + strspn(words + length, " ");
    }
}

/* Signatures of one type, a bulk of one sample (all values 1), and a gene table with up to one alias column. */
typedef struct inputs {
    um_matrix signatures, bulk;
    um_names genes;
    um_aliases aliases;
    double length[64];
    int with_table;
    um_match match;
} inputs;

static void fill(um_matrix *m, const char *origin, const char *rows, const char *column)
{
    m->first_line = 2;
    add_words(&m->rows, rows);
    add_words(&m->columns, column);
    assert_ok(cx, um_matrix_set_origin(cx, m, origin));
    assert_ok(cx, um_matrix_allocate(cx, m));
}

static inputs of(const char *signatures, const char *bulk)
{
    inputs in = {.with_table = 0};
    fill(&in.signatures, "sig.tsv", signatures, "T");
    fill(&in.bulk, "bulk.tsv", bulk, "S1");
    return in;
}

static void alias(um_aliases *aliases, const char *column, const char *words)
{
    um_names names = {0};
    add_words(&names, words);
    assert_ok(cx, um_aliases_add(cx, aliases, column, &names));
}

static void table(inputs *in, const char *genes, const char *column, const char *others)
{
    add_words(&in->genes, genes);
    alias(&in->aliases, column, others);
    in->with_table = 1;
}

static unmix_status match(inputs *in)
{
    um_source bulk;
    um_source_of_matrix(&bulk, &in->bulk);
    const um_gene_table genes = {"genes.tsv", &in->genes, &in->aliases, in->length, NULL, 2};
    return um_match_genes(cx, &in->match, &in->signatures, &bulk, in->with_table ? &genes : NULL, UNMIX_DUPLICATES_REFUSE);
}

static void clear(inputs *in)
{
    um_match_clear(&in->match);
    um_matrix_clear(&in->signatures);
    um_matrix_clear(&in->bulk);
    um_names_clear(&in->genes);
    um_aliases_clear(&in->aliases);
}

/* The genes in common are `words`, and the bulk row of each is rows[i]. */
static void expect(inputs *in, const char *words, const size_t *rows, const char *note)
{
    um_names want = {0};
    add_words(&want, words);
    assert_ok(cx, match(in));
    assert_int_equal(in->match.count, want.count);
    for (size_t g = 0; g < want.count; g++) {
        assert_string_equal(in->match.name[g], um_name(&want, g));
        assert_int_equal(in->match.of_bulk[rows[g]], g);
    }
    if (!strstr(um_test_log(), note))
        fail_msg("expected '%s' in '%s'", note, um_test_log());
    um_names_clear(&want);
    clear(in);
}

static void refused(inputs *in, const char *words)
{
    assert_int_equal(match(in), UNMIX_ERROR_INPUT);
    if (!strstr(unmix_error_message(cx), words))
        fail_msg("expected '%s' in '%s'", words, unmix_error_message(cx));
    unmix_error_clear(cx);
    clear(in);
}

#define A "ENSG00000000001"
#define B "ENSG00000000002"

static void names_that_meet_stay_as_they_are(void **state)
{
    (void)state;
    inputs in = of("ABC DEF", "DEF ABC ENSG00000000001.2");
    expect(&in, "ABC DEF", (size_t[]){1, 0}, "");
    assert_string_equal(um_test_log(), "");
}

static void versions_are_cut_on_either_side(void **state)
{
    (void)state;
    inputs in = of(A " " B, B ".7 " A ".12");
    expect(&in, A " " B, (size_t[]){1, 0}, "bulk.tsv without versions; 2 genes meet that way");
    in = of(A ".3 " B ".1", B ".7 " A ".12");
    expect(&in, A " " B, (size_t[]){1, 0}, "sig.tsv without versions; bulk.tsv without versions; 2 genes");
}

/* The table has the versions, too, and the copy on Y is added to its gene. */
static void versions_in_the_table_and_copies_on_y(void **state)
{
    (void)state;
    inputs in = of(A " " B, B ".7 " A ".12 " A ".12_PAR_Y");
    table(&in, A ".12 " B ".7", "name", "ABC DEF");
    assert_ok(cx, match(&in));
    assert_int_equal(in.match.count, 2);
    assert_int_equal(in.match.of_bulk[1], 0);
    assert_int_equal(in.match.of_bulk[2], 0);
    assert_int_equal(in.match.table_row[0], 0);
    assert_non_null(strstr(um_test_log(), "bulk.tsv: 3 rows stand for 2 genes; rows of the same gene are added up"));
    clear(&in);
}

static void joined_names_are_taken_apart(void **state)
{
    (void)state;
    inputs in = of("ABC DEF", A ".3_ABC " B ".1_DEF");
    expect(&in, "ABC DEF", (size_t[]){0, 1}, "bulk.tsv by the second of their two names; 2 genes");
    in = of(A " " B, A ".3_ABC " B ".1_DEF");
    expect(&in, A " " B, (size_t[]){0, 1}, "bulk.tsv by the first of their two names");
    in = of("ABC DEF", "ABC|17 DEF|99");
    expect(&in, "ABC DEF", (size_t[]){0, 1}, "bulk.tsv by the first of their two names");
}

static void another_column_of_the_file_serves(void **state)
{
    (void)state;
    inputs in = of("ABC DEF", A " " B);
    alias(&in.bulk.aliases, "gene_name", "ABC DEF");
    expect(&in, "ABC DEF", (size_t[]){0, 1}, "bulk.tsv by column 'gene_name'; 2 genes meet");
    in = of(A " " B, "DEF ABC");
    alias(&in.signatures.aliases, "symbol", "ABC DEF");
    expect(&in, "ABC DEF", (size_t[]){1, 0}, "sig.tsv by column 'symbol'");
}

/* The table knows one kind of names, signatures and bulk meet by the other; the file that has both is between them. */
static void a_file_with_both_kinds_leads_to_the_table(void **state)
{
    (void)state;
    inputs in = of("DEF ABC", A ".1 " B ".2");
    alias(&in.bulk.aliases, "gene_name", "ABC DEF");
    table(&in, B " " A " ENSG00000000009", "biotype", "x y z");
    in.length[0] = 5;
    assert_ok(cx, match(&in));
    assert_int_equal(in.match.count, 2);
    assert_int_equal(in.match.of_bulk[0], 0);
    assert_int_equal(in.match.of_signature[0], 1);
    assert_int_equal(in.match.table_row[0], 1);
    assert_int_equal(in.match.table_row[1], 0);
    assert_non_null(strstr(um_test_log(), "bulk.tsv by column 'gene_name'; genes.tsv by the names of bulk.tsv; 2 genes meet"));
    clear(&in);
    in = of(A " " B, A " " B);
    alias(&in.signatures.aliases, "symbol", "ABC DEF");
    table(&in, "DEF ABC", "biotype", "x y");
    assert_ok(cx, match(&in));
    assert_int_equal(in.match.table_row[0], 1);
    assert_non_null(strstr(um_test_log(), "genes.tsv by column 'symbol' of sig.tsv; 2 genes meet"));
    clear(&in);
}

/* Half of the versions are the same by chance: all genes meet without them. */
static void versions_of_another_release_are_cut(void **state)
{
    (void)state;
    inputs in = of(A ".3 " B ".1", B ".1 " A ".3");
    expect(&in, A ".3 " B ".1", (size_t[]){1, 0}, "");
    assert_string_equal(um_test_log(), "");
    in = of(A ".3 " B ".1", B ".7 " A ".3");
    expect(&in, A " " B, (size_t[]){1, 0}, "sig.tsv without versions; bulk.tsv without versions; 2 genes");
}

/* Names that repeat are refused only where they are the ones that are used. */
static void repeated_symbols_beside_identifiers(void **state)
{
    (void)state;
    inputs in = of(A " " B, "ABC ABC");
    alias(&in.bulk.aliases, "id", B " " A);
    expect(&in, A " " B, (size_t[]){1, 0}, "bulk.tsv by column 'id'");
    in = of("ABC DEF", "ABC ABC");
    refused(&in, "bulk.tsv: gene 'ABC' stands in line 2 and again in line 3");
    in = of("ABC DEF", "DEF ABC");
    table(&in, "ABC DEF ABC", "id", A " " B " ENSG00000000003");
    assert_ok(cx, match(&in));
    assert_int_equal(in.match.table_row[0], 0);
    assert_non_null(strstr(um_test_log(), "genes.tsv: 1 rows repeat names of genes above ('ABC'), whose lengths count"));
    clear(&in);
    in = of("ABC DEF", "DEF ABC");
    table(&in, "ABC DEF ABC", "kind", "x x x");
    refused(&in, "genes.tsv: gene 'ABC' stands in line 2 and again in line 4; keep one of them");
}

static void a_few_in_common_among_mouse_and_human_are_doubted(void **state)
{
    (void)state;
    char human[4000] = "X1", mouse[4000] = "X1";
    for (size_t i = 0; i < 50; i++) {
        (void)snprintf(human + strlen(human), sizeof human - strlen(human), " GENE%zu", i);
        (void)snprintf(mouse + strlen(mouse), sizeof mouse - strlen(mouse), " Gene%zu", i);
    }
    inputs in = of(human, mouse);
    expect(&in, "X1", (size_t[]){0}, "only 1 genes are in common, and 51 names differ in letter case only: genes of mouse and human?");
}

/* A symbol that two identifiers have is given by the first; what the table does not know meets nothing. */
static void the_gene_table_translates(void **state)
{
    (void)state;
    inputs in = of("ABC DEF XYZ", B ".4 " A ".1 ENSG00000000003 ENSG00000000009");
    table(&in, A " " B " ENSG00000000003", "symbol", "ABC DEF ABC");
    in.length[0] = 10;
    assert_ok(cx, match(&in));
    assert_int_equal(in.match.count, 2);
    assert_string_equal(in.match.name[0], "ABC");
    assert_int_equal(in.match.of_bulk[0], 1);
    assert_int_equal(in.match.of_bulk[1], 0);
    assert_int_equal(in.match.of_bulk[2], UM_NO_GENE);
    assert_int_equal(in.match.of_bulk[3], UM_NO_GENE);
    assert_int_equal(in.match.table_row[0], 0);
    assert_int_equal(in.match.table_row[1], 1);
    assert_non_null(strstr(um_test_log(), "genes.tsv translates the names of the bulk into those of the signatures; 2 genes"));
    clear(&in);
}

static void a_few_names_in_common_do_not_stand_in_the_way(void **state)
{
    (void)state;
    char symbols[2000] = "ENSG00000000900", ids[4000] = "ENSG00000000900", joined[4000] = "ENSG00000000900";
    for (size_t i = 0; i < 50; i++) {
        (void)snprintf(symbols + strlen(symbols), sizeof symbols - strlen(symbols), " GENE%zu", i);
        (void)snprintf(joined + strlen(joined), sizeof joined - strlen(joined), " ENSG000000001%02zu.1_GENE%zu", i, i);
        (void)snprintf(ids + strlen(ids), sizeof ids - strlen(ids), " ENSG000000001%02zu", i);
    }
    inputs in = of(symbols, joined);
    assert_ok(cx, match(&in));
    assert_int_equal(in.match.count, 50);
    clear(&in);
}

static void advice_fits_the_case(void **state)
{
    (void)state;
    inputs in = of("Cd3e Ms4a1", "CD3E MS4A1");
    refused(&in, "no gene in common: signatures sig.tsv such as 'Cd3e', bulk bulk.tsv such as 'CD3E'; 2 names differ in letter "
                 "case only: genes of mouse and human?");
    in = of("ABC DEF", A " " B);
    refused(&in, "give --gene-info a table that has both kinds, as 'unmix genes' makes it from a GTF");
    in = of("ABC S1", "sample1 sample2");
    refused(&in, "bulk.tsv looks transposed: 1 of its columns are genes of the signatures; put genes into the rows");
    in = of("sample1 sample2", "T U");
    refused(&in, "sig.tsv looks transposed: 1 of its columns are genes of the bulk; put genes into the rows");
    in = of("ABC DEF", A " " B);
    table(&in, "XYZ", "id", "UVW");
    refused(&in, "gene information genes.tsv such as 'XYZ'; use the same kind of names in all");
}

static void names_of_two_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *first, *second;
    } pairs[] = {{A ".18_TP53", A ".18", "TP53"},   {A "_TP53", A, "TP53"},      {A ".18-TP53", A ".18", "TP53"},
                 {A ":TP53", A, "TP53"},            {"TP53|7157", "TP53", "7157"}, {"TP53_" A ".18", "TP53", A ".18"},
                 {"HLA-A_" A, "HLA-A", A},          {"TP53 (7157)", "TP53", "7157"}, {"GRCh38_TP53", "GRCh38", "TP53"},
                 {"hg19_HLA-A", "hg19", "HLA-A"},   {"mm10___Trp53", "mm10", "Trp53"}};
    static const char *const single[] = {"Y_RNA", "HLA_A", A "_PAR_Y", A ".2_PAR_Y", A ".2", "TP53", "|", A "|", "|TP53", "HLA-A",
                                         A "_", "(x)", "TP53(7157)", "TP53 ()", "hg19_", "hg19", "", "mm10"};
    um_gene_pair pair;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const char *name = pairs[i].name;
        if (!um_gene_pair_read(name, strlen(name), &pair))
            fail_msg("%s is two names", name);
        assert_int_equal(pair.first, strlen(pairs[i].first));
        assert_int_equal(pair.second_length, strlen(pairs[i].second));
        assert_memory_equal(name, pairs[i].first, pair.first);
        assert_memory_equal(name + pair.second, pairs[i].second, pair.second_length);
    }
    for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
        if (um_gene_pair_read(single[i], strlen(single[i]), &pair))
            fail_msg("'%s' is one name", single[i]);
}

#define naming_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        naming_test(names_that_meet_stay_as_they_are),
        naming_test(versions_are_cut_on_either_side),
        naming_test(versions_in_the_table_and_copies_on_y),
        naming_test(joined_names_are_taken_apart),
        naming_test(another_column_of_the_file_serves),
        naming_test(a_file_with_both_kinds_leads_to_the_table),
        naming_test(versions_of_another_release_are_cut),
        naming_test(repeated_symbols_beside_identifiers),
        naming_test(a_few_in_common_among_mouse_and_human_are_doubted),
        naming_test(the_gene_table_translates),
        naming_test(a_few_names_in_common_do_not_stand_in_the_way),
        naming_test(advice_fits_the_case),
        naming_test(names_of_two_kinds),
    };
    return um_run_group(tests);
}
