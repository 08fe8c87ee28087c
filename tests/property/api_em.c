/*
 * What em promises: the likelihood never falls, the certificate holds, scale and background behave, mixtures come back.
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

/*
 * Rounding of E by the relative error `step` moves NLL by at most step x sum |gradient| <= 2 T step; the NLL itself is
 * summed over G genes in double.
 */
static void likelihood_never_falls_in(unmix_precision precision)
{
    const cohort c = cohort_draw(700, 6, 23, 1);
    unmix_device *device = cohort_device(cx, precision);
    double *before = cohort_reals(c.N);
    for (long i = 1; i <= 40; i++) {
        const unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, cohort_never, i);
        unmix_result *result = cohort_deconvolve(cx, device, &c, &options);
        for (size_t n = 0; n < c.N; n++) {
            const double nll = cohort_metric(result, n, "nll"), T = cohort_T(&c, n);
            const double off = T * (2.0 * cohort_step_error(&c, precision) + (double)c.G * 2.3e-16);
            if (i > 1 && nll > before[n] + off)
                fail_msg("sample %zu, iteration %ld: NLL rose from %.17g to %.17g, allowed %.3g", n, i, before[n], nll,
                         off);
            assert_true(cohort_metric(result, n, "iterations") == (double)i);
            before[n] = nll;
        }
        unmix_result_free(result);
    }
    unmix_device_close(device);
}

static void likelihood_never_falls_in_double(void **state)
{
    (void)state;
    likelihood_never_falls_in(UNMIX_DOUBLE);
}

static void likelihood_never_falls_in_single(void **state)
{
    (void)state;
    likelihood_never_falls_in(UNMIX_SINGLE);
}

/* Along the iterations: gap >= 0, NLL - NLL(best) <= T gap, and the gap goes to 0. */
static void the_certificate_holds(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 5, 17, 2);
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, 1e-15, 60000);
    unmix_result *best = cohort_deconvolve(cx, device, &c, &options);
    static const long after[] = {1, 2, 5, 10, 30, 100, 1000, 10000};
    for (size_t i = 0; i < sizeof after / sizeof after[0]; i++) {
        options = cohort_options(UNMIX_METHOD_EM, cohort_never, after[i]);
        unmix_result *result = cohort_deconvolve(cx, device, &c, &options);
        for (size_t n = 0; n < c.N; n++) {
            const double gap = cohort_metric(result, n, "gap"), T = cohort_T(&c, n);
            const double above = cohort_metric(result, n, "nll") - cohort_metric(best, n, "nll");
            const double off = 1e-13 * T + (double)c.G * 2e-10; /* rounding, and eps = 1e-10 in every gene */
            assert_true(gap >= 0.0);
            if (above > T * gap + off)
                fail_msg("sample %zu after %ld: %.17g nats above the best, certified %.17g", n, after[i], above,
                         T * gap);
            if (i == sizeof after / sizeof after[0] - 1)
                assert_true(gap < 1e-3);
        }
        unmix_result_free(result);
    }
    for (size_t n = 0; n < c.N; n++)
        if (!(cohort_metric(best, n, "gap") < 1e-5))
            fail_msg("sample %zu: gap %g after %g iterations", n, cohort_metric(best, n, "gap"),
                     cohort_metric(best, n, "iterations"));
    unmix_result_free(best);
    unmix_device_close(device);
}

static cohort scaled(const cohort *from, double factor)
{
    cohort c = cohort_copy(from);
    for (size_t i = 0; i < c.G * c.N; i++)
        c.k[i] *= factor;
    return c;
}

/* Deep enough that in float yhat + eps is yhat: every step then commutes with a power of two exactly. */
static cohort deep(void)
{
    cohort c = cohort_draw(300, 5, 9, 3);
    for (size_t i = 0; i < c.G * c.N; i++)
        c.k[i] = c.k[i] * 16.0 + 1024.0;
    return c;
}

static void a_power_of_two_scales_exposures_exactly(void **state)
{
    (void)state;
    const cohort c = deep();
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, cohort_never, 50);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options);
    static const double factors[] = {2.0, 64.0, 0.25};
    for (size_t f = 0; f < sizeof factors / sizeof factors[0]; f++) {
        const cohort d = scaled(&c, factors[f]);
        unmix_result *other = cohort_deconvolve(cx, device, &d, &options);
        for (size_t n = 0; n < c.N; n++)
            for (size_t j = 0; j <= c.C; j++)
                assert_true(cohort_row(other, "exposures", n)[j] == factors[f] * cohort_row(one, "exposures", n)[j]);
        for (size_t n = 0; n < c.N; n++)
            for (size_t j = 0; j < c.C; j++)
                assert_true(cohort_row(other, "proportions", n)[j] == cohort_row(one, "proportions", n)[j]);
        unmix_result_free(other);
    }
    unmix_result_free(one);
    unmix_device_close(device);
}

/* Two runs of 50 iterations, each off by the error of its steps; eps is 1e-10 beside yhat of at least 100. */
static void any_factor_scales_exposures_within_rounding(void **state)
{
    (void)state;
    const cohort c = deep(), d = scaled(&c, 3.0);
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    const unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, cohort_never, 50);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                 *other = cohort_deconvolve(cx, device, &d, &options);
    const double relative = 50.0 * (2.0 * cohort_step_error(&c, UNMIX_DOUBLE) + 1e-12);
    for (size_t n = 0; n < c.N; n++)
        for (size_t j = 0; j <= c.C; j++) {
            const double want = 3.0 * cohort_row(one, "exposures", n)[j];
            um_assert_close(cohort_row(other, "exposures", n) + j, &want, 1, relative, 0.0, "three times the counts");
        }
    unmix_result_free(one);
    unmix_result_free(other);
    unmix_device_close(device);
}

/* Lengths and insert size by the same factor are the same problem; lengths alone halve E and leave the proportions. */
static void only_lengths_relative_to_the_insert_matter(void **state)
{
    (void)state;
    const cohort c = deep();
    cohort d = cohort_copy(&c);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, cohort_never, 50);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options);
    for (size_t g = 0; g < d.G; g++)
        d.length[g] *= 3.0; /* whole numbers: the quotients are the same reals */
    options.insert_size = 1500.0;
    unmix_result *both = cohort_deconvolve(cx, device, &d, &options);
    for (size_t n = 0; n < c.N; n++)
        cohort_assert_same_bits(one, n, both, n, "lengths and insert size times 3");
    unmix_result_free(both);

    options.insert_size = 500.0;
    for (size_t g = 0; g < d.G; g++)
        d.length[g] = 2.0 * c.length[g];
    unmix_result *lengths = cohort_deconvolve(cx, device, &d, &options);
    for (size_t n = 0; n < c.N; n++) {
        for (size_t j = 0; j <= c.C; j++)
            assert_true(2.0 * cohort_row(lengths, "exposures", n)[j] == cohort_row(one, "exposures", n)[j]);
        for (size_t j = 0; j < c.C; j++)
            assert_true(cohort_row(lengths, "proportions", n)[j] == cohort_row(one, "proportions", n)[j]);
    }
    unmix_result_free(lengths);
    unmix_result_free(one);
    unmix_device_close(device);
}

/*
 * k = A E exactly. A marker of type j has yhat = A_gj E_j + background, and NLL >= its own term, about (k - yhat)^2 /
 * 2k: |A_gj dE_j + A_gM dE_M| <= sqrt(2.1 NLL k), and the gene that nobody expresses bounds dE_M alone.
 */
static void an_exact_mixture_comes_back(void **state)
{
    (void)state;
    enum { G = 200, C = 4, N = 6 };
    cohort c = cohort_draw(G, C, N, 4);
    double truth[N][C + 1], sum[C] = {0};
    for (size_t g = 0; g < G; g++)
        for (size_t j = 0; j < C; j++)
            sum[j] += c.S[g * C + j];
    for (size_t n = 0; n < N; n++) {
        for (size_t j = 0; j < C; j++)
            truth[n][j] = n == j ? 1e5 : n > 3 || (n + j) % 2 ? 1e4 * (double)(j + 1) : 200.0;
        truth[n][C] = 5e3;
        for (size_t g = 0; g < G; g++) {
            double q = truth[n][C] / G;
            for (size_t j = 0; j < C; j++)
                q += c.S[g * C + j] / sum[j] * truth[n][j];
            c.k[g * N + n] = q * c.length[g] / 500.0;
        }
    }
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    const unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, cohort_never, 5000);
    unmix_result *result = cohort_deconvolve(cx, device, &c, &options);
    for (size_t n = 0; n < N; n++) {
        const double *E = cohort_row(result, "exposures", n);
        const double nll = cohort_metric(result, n, "nll") + 1e-12 * cohort_T(&c, n);
        const double a = c.length[C] / 500.0 / G, off = sqrt(2.1 * nll * c.k[C * N + n]) / a;
        um_assert_close(E + C, truth[n] + C, 1, 0.0, off, "background");
        double total = 0.0;
        for (size_t j = 0; j < C; j++) {
            const double marker = c.length[j] / 500.0 * c.S[j * C + j] / sum[j], also = c.length[j] / 500.0 / G;
            um_assert_close(E + j, truth[n] + j, 1, 0.0, (sqrt(2.1 * nll * c.k[j * N + n]) + also * off) / marker,
                            "exposure");
            total += truth[n][j];
        }
        for (size_t j = 0; j < C; j++) { /* and the bound is not an empty one */
            const double p = truth[n][j] / total;
            um_assert_close(cohort_row(result, "proportions", n) + j, &p, 1, 0.0, 1e-4, "proportion");
        }
    }
    unmix_result_free(result);
    unmix_device_close(device);
}

/* Without an intercept, a gene that no type expresses is as if it were not there. */
static void without_intercept_a_silent_gene_is_left_out(void **state)
{
    (void)state;
    const cohort c = cohort_draw(200, 4, 7, 5); /* gene C is silent */
    size_t *others = cohort_order(c.G);
    for (size_t g = c.C; g + 1 < c.G; g++)
        others[g] = g + 1;
    const cohort d = cohort_pick(&c, others, c.G - 1, NULL, NULL, 0);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, 1e-6, 0);
    options.intercept = 0;
    unmix_result *with = cohort_deconvolve(cx, device, &c, &options);
    assert_non_null(strstr(um_test_log(), "1 genes that no type expresses are left out (no intercept)"));
    unmix_result *without = cohort_deconvolve(cx, device, &d, &options);
    assert_int_equal(unmix_matrix_columns(unmix_result_matrix(with, "exposures")), c.C);
    for (size_t n = 0; n < c.N; n++) {
        cohort_assert_same_bits(with, n, without, n, "silent gene");
        assert_true(cohort_metric(with, n, "intercept_fraction") == 0.0);
    }
    assert_int_equal(unmix_result_summary(with)->genes_used, c.G - 1);
    unmix_result_free(with);
    unmix_result_free(without);
    free(others);
    unmix_device_close(device);
}

static void genes_without_weight_have_no_influence(void **state)
{
    (void)state;
    cohort c = cohort_draw(300, 4, 7, 6);
    for (size_t g = 10; g < 30; g++)
        c.weight[g] = 0.0;
    cohort d = cohort_copy(&c);
    for (size_t i = 10 * c.N; i < 30 * c.N; i++)
        d.k[i] = 1e6 - d.k[i];
    for (size_t g = 10; g < 30; g++)
        d.length[g] *= 7.0;
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    const unmix_method methods[] = {UNMIX_METHOD_EM, UNMIX_METHOD_GD};
    for (size_t m = 0; m < 2; m++) {
        const unmix_deconvolve_options options = cohort_options(methods[m], 1e-6, 500);
        unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                     *other = cohort_deconvolve(cx, device, &d, &options);
        for (size_t n = 0; n < c.N; n++)
            cohort_assert_same_bits(one, n, other, n, "weight 0");
        unmix_result_free(one);
        unmix_result_free(other);
    }
    unmix_device_close(device);
}

/*
 * A run that is cut off between two looks has not converged: its last look is nearer to the one before, and a small
 * change over one iteration is not a small change over ten.
 */
static void being_cut_off_is_not_convergence(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 5, 12, 7);
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, 1e-6, 0);
    unmix_result *whole = cohort_deconvolve(cx, device, &c, &options);
    size_t looked_at = 0;
    for (size_t n = 0; n < c.N; n++) {
        const long done = (long)cohort_metric(whole, n, "iterations");
        assert_int_equal(done % 10, 0);
        if (done < 20 || cohort_metric(whole, n, "converged") == 0.0)
            continue;
        looked_at++;
        const cohort one = cohort_one(&c, n);
        options.max_iterations = done - 9;
        unmix_result *cut = cohort_deconvolve(cx, device, &one, &options);
        if (cohort_metric(cut, 0, "converged") != 0.0)
            fail_msg("sample %zu converges after %ld iterations, and also when it is cut off after %ld", n, done,
                     done - 9);
        assert_true(cohort_metric(cut, 0, "iterations") == (double)(done - 9));
        unmix_result_free(cut);
    }
    assert_true(looked_at > 3);
    unmix_result_free(whole);
    unmix_device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(likelihood_never_falls_in_double, begin, end),
        cmocka_unit_test_setup_teardown(likelihood_never_falls_in_single, begin, end),
        cmocka_unit_test_setup_teardown(the_certificate_holds, begin, end),
        cmocka_unit_test_setup_teardown(a_power_of_two_scales_exposures_exactly, begin, end),
        cmocka_unit_test_setup_teardown(any_factor_scales_exposures_within_rounding, begin, end),
        cmocka_unit_test_setup_teardown(only_lengths_relative_to_the_insert_matter, begin, end),
        cmocka_unit_test_setup_teardown(an_exact_mixture_comes_back, begin, end),
        cmocka_unit_test_setup_teardown(without_intercept_a_silent_gene_is_left_out, begin, end),
        cmocka_unit_test_setup_teardown(genes_without_weight_have_no_influence, begin, end),
        cmocka_unit_test_setup_teardown(being_cut_off_is_not_convergence, begin, end),
    };
    return um_run_group(tests);
}
