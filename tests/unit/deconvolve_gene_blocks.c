/* Blocks of genes: every gene once, of one type, by its share, with equal sums of roots. */
#include "deconvolve/problem/gene_blocks.h"

#include "unit/deconvolve_run.h"

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

static void stage(const inputs *in, um_problem *problem)
{
    const unmix_deconvolve_options options = inputs_options();
    um_source bulk;
    um_source_of_matrix(&bulk, &in->counts);
    assert_ok(cx, um_problem_stage(cx, problem, &in->signatures, &bulk, NULL, &options));
}

static size_t type_of(const um_problem *problem, uint32_t gene)
{
    const double *A = problem->A + gene * problem->n_sources;
    size_t best = 0;
    for (size_t j = 1; j < problem->n_types; j++)
        best = A[j] > A[best] ? j : best;
    return best;
}

/* Four types: eight blocks each, since 30 are wanted in all; 40 types: one each. */
static void blocks_are_of_one_type_and_even(void **state)
{
    (void)state;
    static const size_t types[] = {4, 40};
    for (size_t t = 0; t < 2; t++) {
        const size_t G = 4000, C = types[t], parts = t ? 1 : 8;
        inputs in = inputs_draw(cx, G, C, 2, 1e6, 0.0, 3);
        um_problem problem = {0};
        um_gene_blocks blocks = {0};
        double *share = calloc(G, sizeof *share), root[40] = {0};
        unsigned char *seen = calloc(G, 1);
        assert_non_null(share);
        assert_non_null(seen);
        stage(&in, &problem);
        for (size_t g = 0; g < G; g++) {
            share[g] = in.counts.values[g * 2] + 1.0;
            root[type_of(&problem, (uint32_t)g)] += sqrt(share[g]);
        }
        assert_ok(cx, um_gene_blocks_form(cx, &problem, share, &blocks));
        assert_int_equal(blocks.n, parts * C);
        assert_int_equal(blocks.first[0], 0);
        assert_int_equal(blocks.first[blocks.n], G);
        for (size_t b = 0; b < blocks.n; b++) {
            const size_t type = type_of(&problem, blocks.gene[blocks.first[b]]);
            double sum = 0.0, largest = 0.0;
            assert_true(blocks.first[b] < blocks.first[b + 1]);
            for (size_t i = blocks.first[b]; i < blocks.first[b + 1]; i++) {
                const uint32_t gene = blocks.gene[i];
                assert_int_equal(seen[gene]++, 0);
                assert_int_equal(type_of(&problem, gene), type);
                assert_true(i == blocks.first[b] || share[gene] <= share[blocks.gene[i - 1]]);
                sum += sqrt(share[gene]);
                largest = fmax(largest, sqrt(share[gene]));
            }
            /* A gene is whole in one of them: up to half of one at either end. */
            assert_true(fabs(sum - root[type] / (double)parts) <= largest + 1e-9);
        }
        um_gene_blocks_clear(&blocks);
        um_problem_clear(&problem);
        inputs_clear(&in);
        free(share);
        free(seen);
    }
}

/* Genes without any count, and fewer genes than blocks. */
static void few_genes_and_no_counts(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 7, 2, 2, 1e4, 0.0, 3);
    um_problem problem = {0};
    um_gene_blocks blocks = {0};
    const double share[7] = {0.0};
    stage(&in, &problem);
    assert_ok(cx, um_gene_blocks_form(cx, &problem, share, &blocks));
    assert_true(blocks.n >= 1 && blocks.n <= 2);
    assert_int_equal(blocks.first[blocks.n], 7);
    um_gene_blocks_clear(&blocks);
    um_problem_clear(&problem);
    inputs_clear(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_of_one_type_and_even),
        cmocka_unit_test(few_genes_and_no_counts),
    };
    return cmocka_run_group_tests(tests, begin, end) != 0 ? 1 : 0;
}
