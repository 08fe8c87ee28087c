/*
 * A result depends on the sample and on nothing else: not on the order of genes, samples and types, not on the other
 * samples, not on the blocks. And: the same seed gives the same bytes, all methods the same optimum.
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

static const unmix_method methods[] = {UNMIX_METHOD_EM, UNMIX_METHOD_GD};

static void the_order_of_genes_changes_nothing(void **state)
{
    (void)state;
    const cohort c = cohort_draw(600, 5, 20, 11);
    const cohort d = cohort_pick(&c, cohort_shuffle(c.G, 1), c.G, NULL, NULL, 0);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    for (size_t m = 0; m < 2; m++) {
        const unmix_deconvolve_options options = cohort_options(methods[m], 1e-6, 400);
        unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                     *other = cohort_deconvolve(cx, device, &d, &options);
        for (size_t n = 0; n < c.N; n++)
            cohort_assert_same_bits(one, n, other, n, "genes permuted");
        unmix_result_free(one);
        unmix_result_free(other);
    }
    unmix_device_close(device);
}

static void the_order_of_samples_permutes_the_result(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 5, 70, 12);
    size_t *order = cohort_shuffle(c.N, 2);
    const cohort d = cohort_pick(&c, NULL, 0, NULL, order, c.N);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    for (size_t m = 0; m < 2; m++) {
        const unmix_deconvolve_options options = cohort_options(methods[m], 1e-6, 400);
        unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                     *other = cohort_deconvolve(cx, device, &d, &options);
        for (size_t n = 0; n < c.N; n++) {
            cohort_assert_same_bits(one, order[n], other, n, "samples permuted");
            assert_string_equal(unmix_matrix_row_name(unmix_result_matrix(other, "exposures"), n), c.sample[order[n]]);
        }
        unmix_result_free(one);
        unmix_result_free(other);
    }
    free(order);
    unmix_device_close(device);
}

/*
 * Sums over the types come in another order, so every step is off by its rounding, and 60 of them by 60 times that; the
 * draws of gd go with the names. Adam's steps are at most the rate: its error is that part of the gradient's.
 */
static void the_order_of_types_permutes_the_result_within_rounding(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 7, 20, 13);
    size_t *order = cohort_shuffle(c.C, 3);
    const cohort d = cohort_pick(&c, NULL, 0, order, NULL, 0);
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    for (size_t m = 0; m < 2; m++) {
        const unmix_deconvolve_options options = cohort_options(methods[m], cohort_never, 60);
        unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                     *other = cohort_deconvolve(cx, device, &d, &options);
        const double relative = 60.0 * 4.0 * cohort_step_error(&c, UNMIX_DOUBLE);
        for (size_t n = 0; n < c.N; n++)
            for (size_t j = 0; j < c.C; j++)
                um_assert_close(cohort_row(other, "exposures", n) + j, cohort_row(one, "exposures", n) + order[j], 1,
                                relative, 0.0, "types permuted");
        unmix_result_free(one);
        unmix_result_free(other);
    }
    free(order);
    unmix_device_close(device);
}

/* Samples converge at very different times, so that the batch is packed again and again while the last ones run. */
static void alone_and_among_others_is_the_same(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 5, 101, 14);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    for (size_t m = 0; m < 2; m++) {
        const unmix_deconvolve_options options = cohort_options(methods[m], 1e-3, m ? 6000 : 1000);
        unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
        double least = INFINITY, most = 0.0;
        size_t early = 0;
        for (size_t n = 0; n < c.N; n++) {
            least = fmin(least, cohort_metric(all, n, "iterations"));
            most = fmax(most, cohort_metric(all, n, "iterations"));
        }
        for (size_t n = 0; n < c.N; n++)
            early += cohort_metric(all, n, "iterations") < most;
        if (!(least < 0.5 * most && early > c.N / 2)) /* half of them done while others run on */
            fail_msg("nothing was packed: %g to %g iterations, %zu early", least, most, early);
        for (size_t n = 0; n < c.N; n += m ? 20 : 3) {
            const cohort one = cohort_one(&c, n);
            unmix_result *alone = cohort_deconvolve(cx, device, &one, &options);
            cohort_assert_same_bits(all, n, alone, 0, m ? "gd, alone" : "em, alone");
            unmix_result_free(alone);
        }
        unmix_result_free(all);
    }
    unmix_device_close(device);
}

/* Penalties need the loss in every pass, also right after the batch was packed. */
static void alone_and_among_others_with_penalties(void **state)
{
    (void)state;
    const cohort c = cohort_draw(300, 5, 41, 15);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    for (size_t m = 0; m < 2; m++) {
        unmix_deconvolve_options options = cohort_options(methods[m], m ? 1e-3 : 1e-5, 1500);
        options.l1 = 0.5;
        options.l2 = m ? 0.5 : 0.0;
        unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
        for (size_t n = 0; n < c.N; n += 8) {
            const cohort one = cohort_one(&c, n);
            unmix_result *alone = cohort_deconvolve(cx, device, &one, &options);
            cohort_assert_same_bits(all, n, alone, 0, "penalties, alone");
            unmix_result_free(alone);
        }
        unmix_result_free(all);
    }
    unmix_device_close(device);
}

/* On a CPU 40,000 genes in double leave room for 96 samples in a block: 100 take two, the second a ragged one. */
static void blocks_change_nothing(void **state)
{
    (void)state;
    const cohort c = cohort_draw(40000, 2, 100, 16);
    unmix_device *device = cohort_device(cx, UNMIX_DOUBLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, cohort_never, 6);
    unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
    assert_int_equal(unmix_result_summary(all)->samples, c.N);
    static const size_t some[] = {0, 63, 95, 96, 97, 99};
    enum { SOME = sizeof some / sizeof some[0] };
    const cohort d = cohort_pick(&c, NULL, 0, NULL, some, SOME); /* fits one block */
    unmix_result *few = cohort_deconvolve(cx, device, &d, &options);
    for (size_t i = 0; i < SOME; i++)
        cohort_assert_same_bits(all, some[i], few, i, "blocks");
    unmix_result_free(all);
    unmix_result_free(few);
    unmix_device_close(device);
}

/* An empty sample that is left out leaves no trace, wherever it stands. */
static void dropped_samples_leave_no_trace(void **state)
{
    (void)state;
    const cohort c = cohort_draw(200, 4, 20, 17);
    cohort d = cohort_copy(&c);
    static const size_t empty[] = {0, 7, 8, 19};
    size_t kept[20], n_kept = 0;
    for (size_t n = 0, e = 0; n < c.N; n++) {
        if (e < 4 && empty[e] == n)
            e++;
        else
            kept[n_kept++] = n;
    }
    for (size_t e = 0; e < 4; e++)
        for (size_t g = 0; g < d.G; g++)
            d.k[g * d.N + empty[e]] = 0.0;
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, 1e-6, 0);
    unmix_result *all = cohort_deconvolve(cx, device, &c, &options);
    options.drop_empty = 1;
    unmix_result *dropped = cohort_deconvolve(cx, device, &d, &options);
    assert_int_equal(unmix_result_summary(dropped)->samples, n_kept);
    for (size_t i = 0; i < n_kept; i++) {
        cohort_assert_same_bits(all, kept[i], dropped, i, "dropped");
        assert_string_equal(unmix_matrix_row_name(unmix_result_matrix(dropped, "metrics"), i), c.sample[kept[i]]);
    }
    unmix_result_free(all);
    unmix_result_free(dropped);
    unmix_device_close(device);
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    const cohort c = cohort_draw(200, 4, 9, 18);
    unmix_device *device = cohort_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_GD, cohort_never, 20);
    unmix_result *one = cohort_deconvolve(cx, device, &c, &options),
                 *again = cohort_deconvolve(cx, device, &c, &options);
    options.seed = 43;
    unmix_result *other = cohort_deconvolve(cx, device, &c, &options);
    for (size_t n = 0; n < c.N; n++) {
        cohort_assert_same_bits(one, n, again, n, "same seed");
        for (size_t j = 0; j < c.C; j++)
            assert_true(cohort_row(one, "exposures", n)[j] != cohort_row(other, "exposures", n)[j]);
    }
    unmix_result_free(one);
    unmix_result_free(again);
    unmix_result_free(other);
    unmix_device_close(device);
}

/*
 * How far exposures may be from the optimum when NLL is at most `above` nats over it: the curvature of a marker's term
 * is w k / yhat^2, so |A_gj dE_j + A_gM dE_M| <= yhat sqrt(2.1 above / (w k)), and the background gene bounds dE_M
 * alone.
 */
static void assert_near_optimum(const cohort *c, size_t n, const double *E, double above_a, const double *best,
                                double above_b)
{
    double *sum = cohort_reals(c->C);
    for (size_t g = 0; g < c->G; g++)
        for (size_t j = 0; j < c->C; j++)
            sum[j] += c->S[g * c->C + j];
    const double root = sqrt(2.1) * (sqrt(above_a) + sqrt(above_b));
    const double a = c->length[c->C] / 500.0 / (double)c->G;
    const double off_M = a * fmax(E[c->C], best[c->C]) * root / sqrt(c->k[c->C * c->N + n]) / a;
    um_assert_close(E + c->C, best + c->C, 1, 0.0, off_M, "background");
    for (size_t j = 0; j < c->C; j++) {
        const double factor = c->length[j] / 500.0, marker = factor * c->S[j * c->C + j] / sum[j];
        const double also = factor / (double)c->G;
        const double y = fmax(marker * E[j] + also * E[c->C], marker * best[j] + also * best[c->C]);
        const double off = (y * root / sqrt(c->k[j * c->N + n]) + also * off_M) / marker;
        um_assert_close(E + j, best + j, 1, 0.0, off, "exposure");
    }
    free(sum);
}

/* Two seeds of gd, em, single and double: every one within its certificate of the same optimum. */
static void all_methods_seeds_and_precisions_agree(void **state)
{
    (void)state;
    const cohort c = cohort_draw(200, 4, 9, 19);
    unmix_device *twice = cohort_device(cx, UNMIX_DOUBLE), *single = cohort_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = cohort_options(UNMIX_METHOD_EM, 1e-14, 100000);
    unmix_result *best = cohort_deconvolve(cx, twice, &c, &options);
    const struct {
        unmix_method method;
        unmix_device *device;
        uint64_t seed;
        double tolerance, gap;
    } runs[] = {
        {UNMIX_METHOD_GD, twice, 42, 1e-9, 1e-4},
        {UNMIX_METHOD_GD, twice, 7, 1e-9, 1e-4},
        {UNMIX_METHOD_EM, single, 42, 1e-8, 1e-3},
        {UNMIX_METHOD_GD, single, 42, 1e-7, 1e-2},
    };
    for (size_t r = 0; r < sizeof runs / sizeof runs[0]; r++) {
        options = cohort_options(runs[r].method, runs[r].tolerance, 20000);
        options.seed = runs[r].seed;
        unmix_result *result = cohort_deconvolve(cx, runs[r].device, &c, &options);
        for (size_t n = 0; n < c.N; n++) {
            const double T = cohort_T(&c, n), gap = cohort_metric(result, n, "gap");
            const double rounding = 1e-12 * T + (double)c.G * 2e-10;
            /* the certificate is of E scaled to sum D E = T; gd is not scaled, and that costs x^2/2 T for a factor 1 +
             * x */
            const double ratio = cohort_metric(result, n, "count_ratio") / cohort_metric(best, n, "count_ratio") - 1.0;
            const double above = cohort_metric(result, n, "nll") - cohort_metric(best, n, "nll");
            assert_true(above >= -rounding - T * cohort_metric(best, n, "gap"));
            assert_true(above <= T * (gap + ratio * ratio) + rounding);
            if (!(gap < runs[r].gap))
                fail_msg("run %zu, sample %zu: gap %g after %g iterations", r, n, gap,
                         cohort_metric(result, n, "iterations"));
            assert_near_optimum(&c, n, cohort_row(result, "exposures", n), T * (gap + ratio * ratio) + rounding,
                                cohort_row(best, "exposures", n), T * cohort_metric(best, n, "gap") + rounding);
        }
        unmix_result_free(result);
    }
    unmix_result_free(best);
    unmix_device_close(twice);
    unmix_device_close(single);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_order_of_genes_changes_nothing, begin, end),
        cmocka_unit_test_setup_teardown(the_order_of_samples_permutes_the_result, begin, end),
        cmocka_unit_test_setup_teardown(the_order_of_types_permutes_the_result_within_rounding, begin, end),
        cmocka_unit_test_setup_teardown(alone_and_among_others_is_the_same, begin, end),
        cmocka_unit_test_setup_teardown(alone_and_among_others_with_penalties, begin, end),
        cmocka_unit_test_setup_teardown(blocks_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(dropped_samples_leave_no_trace, begin, end),
        cmocka_unit_test_setup_teardown(the_same_seed_gives_the_same_bytes, begin, end),
        cmocka_unit_test_setup_teardown(all_methods_seeds_and_precisions_agree, begin, end),
    };
    return um_run_group(tests);
}
