/* What is drawn for a name does not depend on what else is in the cohort; no cohort, however small, is degenerate. */
#include "deconvolve/simulate/simulated_cohort.h"

#include <string.h>

#include "testing/testing.h"

static unmix_simulate_options base(void)
{
    unmix_simulate_options o;
    unmix_simulate_options_init(&o);
    o.genes = 300;
    o.types = 5;
    o.samples = 4;
    o.depth = 1e5;
    return o;
}

/* Every value of `part` stands under the same names in `whole`. */
static void assert_part_of(unmix_context *cx, const um_matrix *part, um_matrix *whole)
{
    assert_ok(cx, um_names_index(cx, &whole->rows));
    assert_ok(cx, um_names_index(cx, &whole->columns));
    for (size_t r = 0; r < part->rows.count; r++) {
        const size_t wr = um_names_find(&whole->rows, um_name(&part->rows, r));
        assert_true(wr != UM_NOT_FOUND);
        for (size_t c = 0; c < part->columns.count; c++) {
            const size_t wc = um_names_find(&whole->columns, um_name(&part->columns, c));
            assert_true(wc != UM_NOT_FOUND);
            assert_true(um_row(part, r)[c] == um_row(whole, wr)[wc]);
        }
    }
}

static void a_sample_does_not_depend_on_the_number_of_samples(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = base();
    um_simulation few = {0}, many = {0};
    assert_ok(cx, um_simulate(cx, &o, &few));
    o.samples = 1001; /* also over the width of the number in the name */
    assert_ok(cx, um_simulate(cx, &o, &many));
    assert_part_of(cx, &few.bulk, &many.bulk);
    assert_part_of(cx, &few.truth, &many.truth);
    assert_part_of(cx, &few.signatures, &many.signatures);
    um_simulation_clear(&few);
    um_simulation_clear(&many);
    unmix_context_free(cx);
}

/* Scaling to a fixed sum couples the genes, so ratios within a column are compared. */
static void a_gene_does_not_depend_on_the_number_of_genes_nor_a_type_on_the_types(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_simulate_options o = base();
    um_simulation few = {0}, many = {0};
    assert_ok(cx, um_simulate(cx, &o, &few));
    o.genes = 700;
    o.types = 9; /* types 1..5 keep their families: 7 of them */
    assert_ok(cx, um_simulate(cx, &o, &many));
    assert_part_of(cx, &few.genes, &many.genes);
    for (size_t c = 0; c < 5; c++) {
        size_t g0 = 0;
        while (um_row(&few.signatures, g0)[c] == 0.0)
            g0++;
        const double scale = um_row(&many.signatures, g0)[c] / um_row(&few.signatures, g0)[c];
        for (size_t g = 0; g < 300; g++) {
            const double want = scale * um_row(&few.signatures, g)[c];
            um_assert_close(&um_row(&many.signatures, g)[c], &want, 1, 8 * 2.3e-16, 0.0, "expression");
        }
    }
    um_simulation_clear(&few);
    um_simulation_clear(&many);
    unmix_context_free(cx);
}

/* The refusals of a deconvolution: a type or a sample without anything on the genes that count. */
static void assert_not_degenerate(const um_matrix *matrix, const um_matrix *genes)
{
    for (size_t c = 0; c < matrix->columns.count; c++) {
        double sum = 0;
        for (size_t g = 0; g < matrix->rows.count; g++)
            sum += um_row(genes, g)[1] * um_row(matrix, g)[c];
        assert_true(sum > 0);
    }
}

static void the_smallest_cohorts_have_no_empty_type_and_no_empty_sample(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    for (uint64_t seed = 0; seed < 500; seed++) {
        unmix_simulate_options o = base();
        o.seed = seed;
        o.types = 1 + seed % 4;
        o.genes = o.types + 1;
        o.depth = seed % 2 ? 1.0 : 50.0;
        o.dispersion = seed % 3 ? 0.1 : 100.0;
        o.background = seed % 5 ? 0.02 : 0.0;
        um_simulation s = {0};
        assert_ok(cx, um_simulate(cx, &o, &s));
        assert_not_degenerate(&s.signatures, &s.genes);
        assert_not_degenerate(&s.bulk, &s.genes);
        um_simulation_clear(&s);
    }
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sample_does_not_depend_on_the_number_of_samples),
        cmocka_unit_test(a_gene_does_not_depend_on_the_number_of_genes_nor_a_type_on_the_types),
        cmocka_unit_test(the_smallest_cohorts_have_no_empty_type_and_no_empty_sample),
    };
    return um_run_group(tests);
}
