/* The genes that a match leaves over, by the names that their files have. */
#include "deconvolve/problem/unmatched.h"

#include <string.h>

#include "testing/testing.h"

static void add_words(unmix_context *cx, um_names *names, const char *words)
{
    while (*words) {
        const size_t length = strcspn(words, " ");
        assert_ok(cx, um_names_add(cx, names, words, length));
        words += length + strspn(words + length, " ");
    }
}

static void open_matrix(unmix_context *cx, um_matrix *m, const char *rows, const char *column)
{
    add_words(cx, &m->rows, rows);
    add_words(cx, &m->columns, column);
    assert_ok(cx, um_matrix_allocate(cx, m));
}

static void genes_and_where_they_are(void **state)
{
    (void)state;
    static const char *const want[][2] = {{"ENSG00000000001.3", "signatures"}, {"c", "both"}, {"d", "bulk"}};
    unmix_context *cx = um_test_context();
    um_matrix signatures = {0}, counts = {0};
    um_names genes = {0};
    um_source bulk;
    um_match match = {0};
    um_unmatched list = {0};
    open_matrix(cx, &signatures, "a ENSG00000000001.3 c b", "T");
    open_matrix(cx, &counts, "d b a c", "S");
    add_words(cx, &genes, "a b d");
    um_source_of_matrix(&bulk, &counts);
    const um_gene_table table = {.origin = "genes.tsv", .genes = &genes};
    assert_ok(cx, um_match_genes(cx, &match, &signatures, &bulk, &table, UNMIX_DUPLICATES_REFUSE));
    assert_ok(cx, um_unmatched_take(cx, &match, &signatures.rows, bulk.rows, &list));
    assert_int_equal(list.genes.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(um_name(&list.genes, i), want[i][0]);
        assert_string_equal(um_name(&list.where, i), want[i][1]);
    }
    um_unmatched_clear(&list);
    um_match_clear(&match);
    um_names_clear(&genes);
    um_matrix_clear(&signatures);
    um_matrix_clear(&counts);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(genes_and_where_they_are),
    };
    return um_run_group(tests);
}
