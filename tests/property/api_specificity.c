/* Weights by specificity: what they do not depend on (order of genes, scale of columns), and whom they silence. */
#include "property/cohort.h"

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

enum { GENES = 300, TYPES = 4, SAMPLES = 5 };

static unmix_deconvolve_options by_specificity(void)
{
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EXACT, 0.0, 0);
    options.gene_weighting = UNMIX_GENE_WEIGHTING_SPECIFICITY;
    return options;
}

static void assert_same(const unmix_result *a, const unmix_result *b)
{
    for (size_t n = 0; n < SAMPLES; n++)
        cohort_assert_same_bits(a, n, b, n, "genes in another order, columns of another scale");
}

static void the_order_of_genes_is_nothing(void **state)
{
    (void)state;
    const cohort c = cohort_draw(GENES, TYPES, SAMPLES, 5);
    const cohort d = cohort_pick(&c, cohort_shuffle(GENES, 6), GENES, NULL, NULL, 0);
    const unmix_deconvolve_options options = by_specificity();
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                 *other = cohort_deconvolve(cx, device, &d, &options);
    assert_same(one, other);
    unmix_result_free(one);
    unmix_result_free(other);
    unmix_device_close(device);
}

/* A column times a power of two is the same column once it is scaled to sum 1, to the bit. */
static void the_scale_of_columns_is_nothing(void **state)
{
    (void)state;
    const cohort c = cohort_draw(GENES, TYPES, SAMPLES, 5);
    const cohort d = cohort_copy(&c);
    for (size_t g = 0; g < GENES; g++)
        for (size_t j = 0; j < TYPES; j++)
            d.S[g * TYPES + j] = ldexp(d.S[g * TYPES + j], (int)(3 * j));
    const unmix_deconvolve_options options = by_specificity();
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                 *other = cohort_deconvolve(cx, device, &d, &options);
    assert_same(one, other);
    unmix_result_free(one);
    unmix_result_free(other);
    unmix_device_close(device);
}

/* A gene that is the same share of every type has no weight: its counts may be anything. */
static void a_gene_that_is_alike_in_all_types_is_not_heard(void **state)
{
    (void)state;
    const cohort c = cohort_draw(GENES, TYPES, SAMPLES, 5);
    for (size_t j = 0; j < TYPES; j++) { /* equal column sums, so that the last gene's equal values are equal shares */
        double sum = 0.0;
        for (size_t g = 0; g < GENES - 2; g++)
            sum += c.S[g * TYPES + j] = floor(c.S[g * TYPES + j]);
        c.S[(GENES - 2) * TYPES + j] = ldexp(1.0, 40) - sum;
        c.S[(GENES - 1) * TYPES + j] = 4096.0;
    }
    const cohort d = cohort_copy(&c);
    for (size_t n = 0; n < SAMPLES; n++)
        d.k[(GENES - 1) * SAMPLES + n] += 1000.0;
    unmix_deconvolve_options options = by_specificity();
    options.intercept = 0;
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                 *other = cohort_deconvolve(cx, device, &d, &options);
    for (size_t n = 0; n < SAMPLES; n++)
        assert_memory_equal(cohort_row(one, "proportions", n), cohort_row(other, "proportions", n),
                            TYPES * sizeof(double));
    options.gene_weighting = UNMIX_GENE_WEIGHTING_NONE;
    unmix_result *plain = cohort_deconvolve(cx, device, &d, &options);
    assert_memory_not_equal(cohort_row(plain, "proportions", 0), cohort_row(other, "proportions", 0),
                            TYPES * sizeof(double));
    unmix_result_free(plain);
    unmix_result_free(one);
    unmix_result_free(other);
    unmix_device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_order_of_genes_is_nothing, begin, end),
        cmocka_unit_test_setup_teardown(the_scale_of_columns_is_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_gene_that_is_alike_in_all_types_is_not_heard, begin, end),
    };
    return um_run_group(tests);
}
