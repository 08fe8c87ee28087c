/* Percentile intervals: what they depend on, how they are formed, and that they say what the standard errors say. */
#include "deconvolve/certify/bootstrap.h"

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

static unmix_deconvolve_options with_bootstrap(size_t replicates, uint64_t seed)
{
    unmix_deconvolve_options options = inputs_options();
    options.bootstrap = replicates;
    options.seed = seed;
    return options;
}

static int same_rows(const um_result *a, size_t i, const um_result *b, size_t j)
{
    const size_t size = a->low.columns.count * sizeof(double);
    return memcmp(um_row(&a->low, i), um_row(&b->low, j), size) == 0 && memcmp(um_row(&a->high, i), um_row(&b->high, j), size) == 0;
}

/* Samples `sample` (n) and genes `gene` (NULL: as they are) of the cohort, in that order. */
static inputs pick(const inputs *from, const size_t *sample, size_t n, const size_t *gene)
{
    const size_t G = from->counts.rows.count, C = from->signatures.columns.count, N = from->counts.columns.count;
    inputs to = inputs_draw(cx, 2, C, n, 1.0, 0.0, 1);
    um_matrix *matrices[] = {&to.signatures, &to.counts};
    for (size_t m = 0; m < 2; m++) {
        um_names columns = {0};
        assert_ok(cx, um_names_copy(cx, &columns, &matrices[m]->columns));
        um_matrix_clear(matrices[m]);
        *matrices[m] = (um_matrix){.columns = columns};
        for (size_t g = 0; g < G; g++) {
            const char *name = um_name(&from->counts.rows, gene ? gene[g] : g);
            assert_ok(cx, um_names_add(cx, &matrices[m]->rows, name, strlen(name)));
        }
        assert_ok(cx, um_matrix_set_origin(cx, matrices[m], m ? "counts" : "signatures"));
        assert_ok(cx, um_matrix_allocate(cx, matrices[m]));
    }
    for (size_t g = 0; g < G; g++) {
        const size_t f = gene ? gene[g] : g;
        memcpy(um_row(&to.signatures, g), um_row(&from->signatures, f), C * sizeof(double));
        for (size_t i = 0; i < n; i++)
            to.counts.values[g * n + i] = from->counts.values[f * N + sample[i]];
    }
    return to;
}

static void the_seed_decides(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 150, 3, 4, 1e5, 0.1, 1);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = with_bootstrap(25, 42), other_seed = with_bootstrap(25, 43);
    um_result one = inputs_deconvolve(cx, device, &in, &options), again = inputs_deconvolve(cx, device, &in, &options);
    um_result other = inputs_deconvolve(cx, device, &in, &other_seed);
    for (size_t n = 0; n < 4; n++) {
        assert_true(same_rows(&one, n, &again, n));
        assert_false(same_rows(&one, n, &other, n));
        for (size_t j = 0; j < 3; j++) {
            const double low = um_row(&one.low, n)[j], high = um_row(&one.high, n)[j];
            assert_true(low >= 0.0 && low < high && high <= 1.0);
        }
    }
    /* the fit itself is not touched */
    const unmix_deconvolve_options without = inputs_options();
    um_result plain = inputs_deconvolve(cx, device, &in, &without);
    assert_memory_equal(plain.proportions.values, one.proportions.values, 12 * sizeof(double));
    assert_memory_equal(plain.standard_errors.values, one.standard_errors.values, 12 * sizeof(double));
    assert_null(plain.low.values);
    um_result *results[] = {&one, &again, &other, &plain};
    for (size_t i = 0; i < 4; i++)
        um_result_clear(results[i]);
    unmix_device_close(device);
    inputs_clear(&in);
}

static void neither_batch_nor_order_matters(void **state)
{
    (void)state;
    enum { N = 37 };
    inputs in = inputs_draw(cx, 300, 4, N, 1e4, 0.1, 2);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = with_bootstrap(20, 7);
    size_t backward[N], genes[300];
    for (size_t n = 0; n < N; n++)
        backward[n] = N - 1 - n;
    for (size_t g = 0; g < 300; g++)
        genes[g] = (g * 7 + 3) % 300;
    inputs turned = pick(&in, backward, N, genes);
    um_result all = inputs_deconvolve(cx, device, &in, &options), other = inputs_deconvolve(cx, device, &turned, &options);
    for (size_t n = 0; n < N; n++)
        assert_true(same_rows(&all, n, &other, N - 1 - n));
    for (size_t n = 0; n < N; n += 9) {
        inputs one = pick(&in, &n, 1, NULL);
        um_result alone = inputs_deconvolve(cx, device, &one, &options);
        assert_true(same_rows(&all, n, &alone, 0));
        um_result_clear(&alone);
        inputs_clear(&one);
    }
    um_result_clear(&all);
    um_result_clear(&other);
    inputs_clear(&turned);
    inputs_clear(&in);
    unmix_device_close(device);
}

/*
 * Two types with a gene each and no background: k = (a, b) and P = a w_1 / (a w_1 + b w_2). In a replicate the weights
 * are how often each gene was drawn, but they cancel: yhat is free for each gene, so P = a / (a + b) whenever both were
 * drawn, and otherwise 1 or 0. Of G = 2 draws both are drawn with probability 1/2: the 2.5% percentile is 0, that of
 * 97.5% is 1 (interpolated between draws that are all 1, but for a chance of less than 1e-3).
 */
static void percentiles_by_hand(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 2, 2, 1, 1.0, 0.0, 3);
    const double S[] = {1, 0, 0, 1}, k[] = {300, 100};
    memcpy(in.signatures.values, S, sizeof S);
    memcpy(in.counts.values, k, sizeof k);
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    unmix_deconvolve_options options = with_bootstrap(400, 1);
    options.intercept = 0;
    um_result result = inputs_deconvolve(cx, device, &in, &options);
    const double zero = 0.0, one = 1.0;
    for (size_t j = 0; j < 2; j++) {
        um_assert_close(um_row(&result.low, 0) + j, &zero, 1, 0.0, 1e-6, "low");
        um_assert_close(um_row(&result.high, 0) + j, &one, 1, 0.0, 1e-6, "high");
    }
    um_result_clear(&result);
    inputs_clear(&in);
    unmix_device_close(device);
}

/* 39 draws 1, 2, ... 39: the ends are draws themselves, number 1 and 39; 199: number 5 and 195; fewer than 39: the outermost. */
static void percentiles_are_order_statistics(void **state)
{
    (void)state;
    float draws[200];
    for (size_t i = 0; i < 200; i++)
        draws[i] = (float)(i + 1);
    static const struct {
        size_t n;
        double q, want;
    } cases[] = {{39, 0.025, 1.0},  {39, 0.975, 39.0},   {199, 0.025, 5.0}, {199, 0.975, 195.0}, {199, 0.5, 100.0},
                 {20, 0.025, 1.0},  {20, 0.975, 20.0},   {20, 0.5, 10.5},   {200, 0.025, 5.025}, {200, 0.975, 195.975}};
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const double got = um_bootstrap_percentile(draws, cases[c].n, cases[c].q);
        um_assert_close(&got, &cases[c].want, 1, 1e-12, 0.0, "percentile");
    }
}

/*
 * Half the width over 1.96 is a standard error too. Resampling genes lacks what HC3 adds for leverage, and percentiles
 * of 200 draws are known to about 10%: so within 0.7 to 1.4 in the mean of 100 intervals.
 */
static void as_wide_as_the_standard_errors_say(void **state)
{
    (void)state;
    for (size_t d = 0; d < 2; d++) {
        inputs in = inputs_draw(cx, 1500, 5, 20, 1e6, d ? 0.1 : 0.0, 4);
        unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
        const unmix_deconvolve_options options = with_bootstrap(200, 11);
        um_result result = inputs_deconvolve(cx, device, &in, &options);
        double mean = 0.0;
        size_t held = 0, n = 0;
        for (size_t i = 0; i < 100; i++) {
            const double se = result.standard_errors.values[i], low = result.low.values[i], high = result.high.values[i];
            if (!(se > 0.0) || low == 0.0)
                continue; /* at the bound an interval is one-sided */
            mean += (high - low) / 2.0 / 1.96 / se;
            held += low <= result.proportions.values[i] && result.proportions.values[i] <= high;
            n++;
        }
        mean /= (double)n;
        print_message("%s: the bootstrap is %.3f times as wide (%zu intervals)\n", d ? "dispersion 0.1" : "Poisson", mean, n);
        assert_true(n > 60 && mean > 0.7 && mean < 1.4 && held > n * 9 / 10);
        um_result_clear(&result);
        inputs_clear(&in);
        unmix_device_close(device);
    }
}

/* One gene with counts: most replicates of the other sample are as usual, of this one many have no count at all. */
static void replicates_without_a_count(void **state)
{
    (void)state;
    inputs in = inputs_draw(cx, 60, 3, 2, 1e4, 0.0, 5);
    for (size_t g = 0; g < 60; g++)
        in.counts.values[g * 2 + 1] = g == 7 ? 50.0 : 0.0;
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    const unmix_deconvolve_options options = with_bootstrap(30, 3);
    um_result result = inputs_deconvolve(cx, device, &in, &options);
    for (size_t i = 0; i < 6; i++)
        assert_true(result.low.values[i] >= 0.0 && result.low.values[i] <= result.high.values[i] && result.high.values[i] <= 1.0);
    um_result_clear(&result);
    inputs_clear(&in);
    unmix_device_close(device);
}

#define bootstrap_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        bootstrap_test(the_seed_decides),
        bootstrap_test(neither_batch_nor_order_matters),
        bootstrap_test(percentiles_by_hand),
        bootstrap_test(percentiles_are_order_statistics),
        bootstrap_test(as_wide_as_the_standard_errors_say),
        bootstrap_test(replicates_without_a_count),
    };
    return um_run_group(tests);
}
