/*
 * p-values of permutations: what they depend on (the sample, its name, the seed) and on nothing else, their bounds, and
 * that they are uniform where there is nothing to find.
 */
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

static const unmix_method methods[] = {UNMIX_METHOD_EXACT, UNMIX_METHOD_EM, UNMIX_METHOD_NNLS};
enum { METHODS = sizeof methods / sizeof methods[0] };

static unmix_deconvolve_options options_for(unmix_method method, size_t permutations)
{
    unmix_deconvolve_options options = cohort_options(method, 0.0, 0);
    options.errors = 0;
    options.permutations = permutations;
    return options;
}

/* Counts that know nothing of the signatures, of samples whose depths differ by a factor of hundred. */
static cohort random_cohort(size_t G, size_t C, size_t N, uint64_t seed)
{
    cohort c = cohort_draw(G, C, N, seed);
    um_random r;
    um_random_start(&r, seed, "test", "random counts");
    for (size_t g = 0; g < G; g++) {
        c.length[g] = 500.0;
        c.weight[g] = 1.0;
        for (size_t j = 0; j < C; j++)
            c.S[g * C + j] = um_random_gamma(&r, 0.5);
        for (size_t n = 0; n < N; n++)
            c.k[g * N + n] = um_random_poisson(&r, pow(10.0, (double)(n % 3)) * um_random_gamma(&r, 0.5));
    }
    return c;
}

static void assert_same_p(const unmix_result *a, size_t i, const unmix_result *b, size_t j, const char *what)
{
    const double x = unmix_result_p_value(a, i), y = unmix_result_p_value(b, j);
    if (x != y)
        fail_msg("%s: sample %zu has p = %g, sample %zu %g", what, i, x, j, y);
}

/* Alone the permuted samples fill other batches than among others, and another number of samples makes other blocks. */
static void alone_and_among_others_is_the_same(void **state)
{
    (void)state;
    const cohort c = random_cohort(200, 4, 23, 1);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    for (size_t m = 0; m < METHODS; m++) {
        const unmix_deconvolve_options options = options_for(methods[m], 49);
        unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
        for (size_t n = 0; n < c.N; n += 5) {
            const cohort one = cohort_one(&c, n);
            unmix_result *alone = cohort_deconvolve(cx, device, &one, &options);
            cohort_assert_same_bits(all, n, alone, 0, "alone");
            assert_same_p(all, n, alone, 0, "alone");
            unmix_result_free(alone);
        }
        unmix_result_free(all);
    }
    unmix_device_close(device);
}

static void the_order_of_genes_and_samples_changes_nothing(void **state)
{
    (void)state;
    const cohort c = random_cohort(200, 4, 13, 2);
    size_t *order = cohort_shuffle(c.N, 3);
    const cohort d = cohort_pick(&c, cohort_shuffle(c.G, 4), c.G, NULL, order, c.N);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = options_for(UNMIX_METHOD_EXACT, 49);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options), *other = cohort_deconvolve(cx, device, &d, &options);
    for (size_t n = 0; n < c.N; n++)
        assert_same_p(one, order[n], other, n, "in another order");
    unmix_result_free(one);
    unmix_result_free(other);
    free(order);
    unmix_device_close(device);
}

static void threads_change_nothing_and_seeds_do(void **state)
{
    (void)state;
    const cohort c = random_cohort(200, 4, 13, 5);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = options_for(UNMIX_METHOD_EXACT, 99);
    unmix_result *first = cohort_deconvolve(cx, device, &c, &options);
    unmix_set_threads(cx, 3);
    unmix_result *threads = cohort_deconvolve(cx, device, &c, &options);
    unmix_set_threads(cx, 0);
    options.seed = 43;
    unmix_result *seed = cohort_deconvolve(cx, device, &c, &options);
    size_t differ = 0;
    for (size_t n = 0; n < c.N; n++) {
        assert_same_p(first, n, threads, n, "threads");
        differ += unmix_result_p_value(first, n) != unmix_result_p_value(seed, n);
        assert_true(fabs(unmix_result_p_value(first, n) - unmix_result_p_value(seed, n)) < 0.35); /* 5 sd of two of them */
    }
    assert_true(differ > c.N / 2);
    unmix_result_free(first);
    unmix_result_free(threads);
    unmix_result_free(seed);
    unmix_device_close(device);
}

/* Samples of hardly any counts above zero go through a batch of their own. */
static void sparse_samples_have_them_too(void **state)
{
    (void)state;
    cohort c = random_cohort(2000, 3, 12, 6);
    for (size_t i = 0; i < c.G * c.N; i++)
        if (i % c.N % 2 && i / c.N % 40)
            c.k[i] = 0.0; /* every other sample has counts at one gene in forty */
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = options_for(UNMIX_METHOD_EXACT, 19);
    unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
    for (size_t n = 0; n < c.N; n++) {
        const cohort one = cohort_one(&c, n);
        unmix_result *alone = cohort_deconvolve(cx, device, &one, &options);
        assert_same_p(all, n, alone, 0, "sparse");
        unmix_result_free(alone);
    }
    unmix_result_free(all);
    unmix_device_close(device);
}

static void mixtures_are_at_the_lower_bound(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 5, 20, 7);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    for (size_t m = 0; m < METHODS; m++) {
        const unmix_deconvolve_options options = options_for(methods[m], 19);
        unmix_result *result = cohort_deconvolve(cx, device, &c, &options);
        for (size_t n = 0; n < c.N; n++)
            assert_true(unmix_result_p_value(result, n) == 1.0 / 20.0);
        assert_int_equal(unmix_result_summary(result)->significant, c.N);
        unmix_result_free(result);
    }
    unmix_device_close(device);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/*
 * 60 cohorts of random counts: Kolmogorov and Smirnov's distance of n = 240 p-values from the uniform distribution is above
 * 1.63 / sqrt(n) with a chance of 0.01; p has steps of 1 / 100, which add as much. And none of these fits is good.
 */
static void random_counts_have_uniform_p_values_and_no_good_fit(void **state)
{
    (void)state;
    enum { SEEDS = 60, N = 4, P = 99 };
    static double p[SEEDS * N];
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        const cohort c = random_cohort(150, 4, N, 100 + seed);
        unmix_deconvolve_options options = options_for(UNMIX_METHOD_EXACT, P);
        options.seed = seed;
        unmix_result *result = cohort_deconvolve(cx, device, &c, &options);
        for (size_t n = 0; n < N; n++)
            p[seed * N + n] = unmix_result_p_value(result, n);
        assert_int_equal(unmix_result_summary(result)->good, 0);
        unmix_result_free(result);
    }
    qsort(p, SEEDS * N, sizeof *p, ascending);
    const double n = SEEDS * N;
    double distance = 0.0;
    for (size_t i = 0; i < SEEDS * N; i++)
        distance = fmax(distance, fmax(fabs((double)(i + 1) / n - p[i]), fabs((double)i / n - p[i])));
    if (distance > 1.63 / sqrt(n) + 1.0 / (P + 1.0))
        fail_msg("the distance from the uniform distribution is %.3f", distance);
    unmix_device_close(device);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    const cohort c = cohort_draw(60, 3, 2, 8);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    const struct {
        unmix_method method;
        size_t permutations;
        const char *words;
    } cases[] = {{UNMIX_METHOD_GD, 99, "permutations is for exact, em, music and nnls; gd has none"},
                 {UNMIX_METHOD_EXACT, 18, "number of permutations (0, or 19 to 100000"}};
    for (size_t i = 0; i < 2; i++) {
        unmix_matrix *signatures = NULL, *bulk = NULL;
        unmix_source *source = NULL;
        unmix_result *result = NULL;
        const char *const *genes = (const char *const *)c.gene;
        const unmix_deconvolve_options options = options_for(cases[i].method, cases[i].permutations);
        assert_ok(cx, unmix_matrix_new(cx, c.G, c.C, genes, (const char *const *)c.type, c.S, &signatures));
        assert_ok(cx, unmix_matrix_new(cx, c.G, c.N, genes, (const char *const *)c.sample, c.k, &bulk));
        assert_ok(cx, unmix_source_from_matrix(cx, bulk, &source));
        assert_int_equal(unmix_deconvolve(cx, device, signatures, source, NULL, &options, &result), UNMIX_ERROR_ARGUMENT);
        assert_non_null(strstr(unmix_error_message(cx), cases[i].words));
        unmix_source_close(source);
        unmix_matrix_free(bulk);
        unmix_matrix_free(signatures);
    }
    const unmix_deconvolve_options none = options_for(UNMIX_METHOD_EXACT, 0);
    unmix_result *result = cohort_deconvolve(cx, device, &c, &none);
    assert_true(isnan(unmix_result_p_value(result, 0)));
    unmix_result_free(result);
    unmix_device_close(device);
}

#define permutations_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        permutations_test(alone_and_among_others_is_the_same),
        permutations_test(the_order_of_genes_and_samples_changes_nothing),
        permutations_test(threads_change_nothing_and_seeds_do),
        permutations_test(sparse_samples_have_them_too),
        permutations_test(mixtures_are_at_the_lower_bound),
        permutations_test(random_counts_have_uniform_p_values_and_no_good_fit),
        permutations_test(what_cannot_be_is_refused),
    };
    return um_run_group(tests);
}
