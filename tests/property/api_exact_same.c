/* The answer of the exact solver depends on the sample alone: not on others, on orders, or on the scale of its counts. */
#include "property/exact.h"

/* Twice the counts, twice the exposures: eps = 1e-10 is all that does not scale, and no yhat here is below 1e-3. */
static void exposures_scale_with_the_counts(void **state)
{
    (void)state;
    const cohort c = cohort_draw(200, 5, 9, 61);
    unmix_deconvolve_options options = exact_options();
    options.tolerance = 1e-13;
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options);
    static const double factors[] = {2.0, 1000.0, 0.01};
    for (size_t f = 0; f < 3; f++) {
        cohort d = cohort_copy(&c);
        for (size_t i = 0; i < d.G * d.N; i++)
            d.k[i] *= factors[f];
        unmix_result *scaled = cohort_deconvolve(cx, device, &d, &options);
        for (size_t n = 0; n < c.N; n++)
            um_assert_close(cohort_row(scaled, "proportions_with_intercept", n), cohort_row(one, "proportions_with_intercept", n),
                            c.C + 1, 0.0, 1e-5, "scaled counts");
        unmix_result_free(scaled);
        clear(&d);
    }
    unmix_result_free(one);
    unmix_device_close(device);
}

static void assert_same_errors(const unmix_result *a, size_t i, const unmix_result *b, size_t j)
{
    static const char *const names[] = {"standard_errors", "bootstrap_low", "bootstrap_high"};
    for (size_t m = 0; m < 3; m++) {
        const unmix_matrix *matrix = unmix_result_matrix(a, names[m]);
        if (!matrix)
            continue;
        if (memcmp(cohort_row(a, names[m], i), cohort_row(b, names[m], j), unmix_matrix_columns(matrix) * sizeof(double)) != 0)
            fail_msg("sample %zu and %zu differ in %s", i, j, names[m]);
    }
}

static void alone_and_among_others_is_the_same(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 9, 75, 71);
    for (size_t p = 0; p < 2; p++) {
        unmix_device *device = cohort_device(cx, precisions[p]);
        unmix_deconvolve_options options = exact_options();
        options.errors = 1;
        unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
        double least = INFINITY, most = 0.0;
        for (size_t n = 0; n < c.N; n++) {
            least = fmin(least, cohort_metric(all, n, "iterations"));
            most = fmax(most, cohort_metric(all, n, "iterations"));
        }
        if (!(most >= least + 2.0))
            fail_msg("nothing was packed: %g to %g steps", least, most);
        for (size_t n = 0; n < c.N; n += 2) {
            const cohort one = cohort_one(&c, n);
            unmix_result *alone = cohort_deconvolve(cx, device, &one, &options);
            cohort_assert_same_bits(all, n, alone, 0, "exact, alone");
            assert_same_errors(all, n, alone, 0);
            unmix_result_free(alone);
        }
        unmix_result_free(all);
        unmix_device_close(device);
    }
}

/* The careful kernels too: a sample of problem 733 needs them, at least on a CPU, among others that do not. */
static void alone_and_among_others_is_the_same_for_hard_samples(void **state)
{
    (void)state;
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    size_t careful = 0;
    for (uint64_t seed = 703; seed < 743; seed++) {
        unmix_deconvolve_options options = exact_options();
        cohort c = draw_fuzz(seed, &options.intercept);
        unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
        for (size_t n = 0; n < c.N; n++) {
            const cohort one = cohort_one(&c, n);
            unmix_result *alone = cohort_deconvolve(cx, device, &one, &options);
            cohort_assert_same_bits(all, n, alone, 0, "fuzz, alone");
            careful += cohort_metric(all, n, "iterations") >= 10.0;
            unmix_result_free(alone);
        }
        unmix_result_free(all);
        clear(&c);
    }
    print_message("%zu samples needed the careful kernels\n", careful);
    unmix_device_close(device);
}

static void the_order_of_genes_and_samples_changes_nothing(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 5, 40, 72);
    size_t *order = cohort_shuffle(c.N, 2);
    const cohort d = cohort_pick(&c, cohort_shuffle(c.G, 1), c.G, NULL, order, c.N);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = exact_options();
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options), *other = cohort_deconvolve(cx, device, &d, &options);
    for (size_t n = 0; n < c.N; n++)
        cohort_assert_same_bits(one, order[n], other, n, "genes and samples permuted");
    unmix_result_free(one);
    unmix_result_free(other);
    unmix_device_close(device);
    free(order);
}

/* Another way to the same optimum. */
static void the_order_of_types_permutes_the_result(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 7, 20, 73);
    size_t *order = cohort_shuffle(c.C, 3);
    const cohort d = cohort_pick(&c, NULL, 0, order, NULL, 0);
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    unmix_deconvolve_options options = exact_options();
    options.tolerance = 1e-13;
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options), *other = cohort_deconvolve(cx, device, &d, &options);
    for (size_t n = 0; n < c.N; n++)
        for (size_t j = 0; j < c.C; j++)
            um_assert_close(cohort_row(other, "proportions", n) + j, cohort_row(one, "proportions", n) + order[j], 1, 0.0, 1e-5,
                            "types permuted");
    unmix_result_free(one);
    unmix_result_free(other);
    unmix_device_close(device);
    free(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        exact_test(exposures_scale_with_the_counts),
        exact_test(alone_and_among_others_is_the_same),
        exact_test(alone_and_among_others_is_the_same_for_hard_samples),
        exact_test(the_order_of_genes_and_samples_changes_nothing),
        exact_test(the_order_of_types_permutes_the_result),
    };
    return um_run_group(tests);
}
