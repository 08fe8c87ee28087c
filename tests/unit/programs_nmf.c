/* What factorisations refuse, how they stop, and data at the edge. What they compute: tests/kernel/programs_nmf.c. */
#include "programs/nmf/nmf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

enum { CELLS = 12, GENES = 9, K = 3 };

typedef struct setting {
    unmix_context *cx;
    unmix_device *device;
    um_sparse X, missing;
    um_nmf_data data;
    um_nmf_options options;
    double W[CELLS * K], H[K * GENES];
    um_factors factors;
    um_nmf_fit fit;
} setting;

static void draw_starts(setting *s)
{
    um_random random;
    um_random_start(&random, 1, "test", "starts");
    for (size_t i = 0; i < CELLS * K; i++)
        s->W[i] = um_random_uniform(&random);
    for (size_t i = 0; i < K * GENES; i++)
        s->H[i] = um_random_uniform(&random);
}

/* Every entry with c + 2 j divisible by 3 is there, those with (c + j) % 10 == 9 are missing. */
static setting *open_setting(unmix_precision precision)
{
    static setting s;
    s = (setting){.cx = um_test_context(),
                  .options = {UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, 0, 0, 0, 0, 0, 0}};
    size_t used = 0, lost = 0;
    assert_ok(s.cx, unmix_device_open(s.cx, "auto", precision, &s.device));
    assert_ok(s.cx, um_sparse_allocate(s.cx, &s.X, CELLS, GENES, (size_t)CELLS * GENES));
    assert_ok(s.cx, um_sparse_allocate(s.cx, &s.missing, CELLS, GENES, (size_t)CELLS * GENES));
    free(s.missing.value);
    s.missing.value = NULL;
    for (size_t c = 0; c < CELLS; c++) {
        for (size_t j = 0; j < GENES; j++)
            if ((c + j) % 10 == 9)
                s.missing.column[lost++] = (uint32_t)j;
            else if ((c + 2 * j) % 3 == 0) {
                s.X.column[used] = (uint32_t)j;
                s.X.value[used++] = 1.0 + (double)((c * j) % 5);
            }
        s.X.start[c + 1] = used;
        s.missing.start[c + 1] = lost;
    }
    s.data = (um_nmf_data){&s.X, NULL};
    s.factors = (um_factors){s.W, s.H};
    draw_starts(&s);
    return &s;
}

static void close_setting(setting *s)
{
    um_nmf_fit_clear(&s->fit);
    um_sparse_clear(&s->X);
    um_sparse_clear(&s->missing);
    unmix_device_close(s->device);
    unmix_context_free(s->cx);
}

static unmix_status run(setting *s)
{
    um_nmf_fit_clear(&s->fit);
    return um_nmf(s->cx, s->device, &s->data, &s->options, &s->factors, &s->fit);
}

static void wrong_options_are_refused(void **state)
{
    (void)state;
    static const um_nmf_options fine = {UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, 0, 0, 0, 0, 0, 0};
    const struct {
        um_nmf_options options;
        const char *part;
    } cases[] = {
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, 0, 1e-4, 50, 0, 0, 0, 0, 0, 0}, "1 component or more"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, 4097, 1e-4, 50, 0, 0, 0, 0, 0, 0}, "4097 components is too large"},
        {{UM_NMF_HALS, UM_NMF_KL, K, 1e-4, 50, 0, 0, 0, 0, 0, 0}, "for kl use mu"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, -1e-4, 50, 0, 0, 0, 0, 0, 0}, "0 or more"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, NAN, 50, 0, 0, 0, 0, 0, 0}, "0 or more"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 0, 0, 0, 0, 0, 0, 0}, "1 iteration or more"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, -1, 0, 0, 0, 0, 0}, "0 or more"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, INFINITY, 0, 0, 0, 0, 0}, "0 or more"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, 0, NAN, 0, 0, 0, 0}, "0 or more"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, 0, 0, 1.01, 0, 0, 0}, "[0, 1]"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, 0, 0, -0.01, 0, 0, 0}, "[0, 1]"},
        {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 50, 0, 0, NAN, 0, 0, 0}, "[0, 1]"},
        {{UM_NMF_HALS, UM_NMF_BETA, K, 1e-4, 50, 0, 0, 0, 0, 0, 0.5}, "for 0.5 use mu"},
        {{UM_NMF_MU, UM_NMF_BETA, K, 1e-4, 50, 0, 0, 0, 0, 0, NAN}, "beta cannot be nan"},
        {{UM_NMF_MU, UM_NMF_BETA, K, 1e-4, 50, 0, 0, 0, 0, 0, INFINITY}, "beta cannot be inf"},
        {{UM_NMF_MU, (um_nmf_loss)99, K, 1e-4, 50, 0, 0, 0, 0, 0, 0}, "no loss 99"},
    };
    setting *s = open_setting(UNMIX_SINGLE);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        s->options = cases[i].options;
        assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, cases[i].part);
    }
    s->options = fine;
    assert_ok(s->cx, run(s));
    s->options = (um_nmf_options){UM_NMF_MU, UM_NMF_ITAKURA_SAITO, K, 1e-4, 50, 0, 0, 0, 0, 0, 0};
    assert_refused(s->cx, run(s), UNMIX_ERROR_INPUT, "cell 1, gene 2: 0; the itakura-saito loss takes values above 0");
    close_setting(s);
}

static void wrong_shapes_are_refused(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    const um_sparse X = s->X, missing = s->missing;
    s->X.rows = 0;
    assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, "there are 0 cells");
    s->X = X;
    s->X.columns = 0;
    assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, "0 genes");
    s->X = X;
    s->X.rows = (size_t)UINT32_MAX + 1;
    assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, "is too large");
    s->X = X;
    s->X.columns = UINT32_MAX;
    assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, "is too large");
    s->X = X;
    s->data.missing = &s->missing;
    s->missing.rows = CELLS - 1;
    assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, "missing entries are of 11 cells");
    s->missing = missing;
    s->missing.columns = GENES + 1;
    assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, "12 cells x 10 genes");
    s->missing = missing;
    assert_ok(s->cx, run(s));
    close_setting(s);
}

static void wrong_values_are_refused(void **state)
{
    (void)state;
    static const double wrong[] = {-1, NAN, INFINITY};
    setting *s = open_setting(UNMIX_SINGLE);
    const size_t last = um_sparse_entries(&s->X) - 1;
    const double there = s->X.value[last];
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        s->X.value[last] = wrong[i];
        assert_refused(s->cx, run(s), UNMIX_ERROR_INPUT, "cell 12, gene 6");
    }
    s->X.value[last] = 1e30;
    assert_refused(s->cx, run(s), UNMIX_ERROR_INPUT, "the largest value is 1e+30");
    s->X.value[last] = there;
    for (size_t i = 0; i <= last; i++)
        s->X.value[i] *= 1e-30;
    assert_refused(s->cx, run(s), UNMIX_ERROR_INPUT, "scale the data, or use double");
    close_setting(s);
}

static void a_value_at_a_missing_place_is_refused(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    s->data.missing = &s->missing;
    assert_int_equal(s->missing.column[s->missing.start[1]], 8); /* cell 2, gene 9 */
    s->X.column[s->X.start[2] - 1] = 8;
    assert_refused(s->cx, run(s), UNMIX_ERROR_ARGUMENT, "cell 2, gene 9 is missing and has a value");
    close_setting(s);
}

/* 20 iterations from starts of W scaled along with X. */
static void run_scaled(setting *s, double scale)
{
    draw_starts(s);
    for (size_t i = 0; i < um_sparse_entries(&s->X); i++)
        s->X.value[i] *= scale;
    for (size_t i = 0; i < CELLS * K; i++)
        s->W[i] *= scale;
    assert_ok(s->cx, run(s));
    for (size_t i = 0; i < um_sparse_entries(&s->X); i++)
        s->X.value[i] /= scale;
    for (size_t i = 0; i < CELLS * K; i++)
        s->W[i] /= scale;
}

/* Values that single would lose: powers of two change no digit of X, W or H. */
static void double_takes_very_large_and_small_values(void **state)
{
    (void)state;
    static const double scales[] = {0x1p-90, 0x1p90};
    setting *s = open_setting(UNMIX_DOUBLE);
    double W[CELLS * K], H[K * GENES];
    s->options.tolerance = 0; /* the gradients of W and H scale differently, so the stop would move */
    s->options.max_iterations = 20;
    run_scaled(s, 1);
    memcpy(W, s->W, sizeof W);
    memcpy(H, s->H, sizeof H);
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        run_scaled(s, scales[i]);
        assert_memory_equal(W, s->W, sizeof W);
        assert_memory_equal(H, s->H, sizeof H);
    }
    close_setting(s);
}

static void wrong_starts_are_refused(void **state)
{
    (void)state;
    static const double wrong[] = {-1, NAN, INFINITY, 1e13};
    setting *s = open_setting(UNMIX_SINGLE);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        draw_starts(s);
        s->W[4 * K + 1] = wrong[i];
        assert_refused(s->cx, run(s), UNMIX_ERROR_INPUT, "start of W, row 5, column 2");
        draw_starts(s);
        s->H[2 * GENES + 8] = wrong[i];
        assert_refused(s->cx, run(s), UNMIX_ERROR_INPUT, "start of H, row 3, column 9");
    }
    close_setting(s);
}

/* The largest numbers that are taken, all at once: what comes out is not a number in single, and that is said. */
static void what_leaves_the_range_is_said(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    for (size_t i = 0; i < um_sparse_entries(&s->X); i++)
        s->X.value[i] = 1e12;
    for (size_t i = 0; i < K * GENES; i++)
        s->H[i] = 1e12;
    for (size_t i = 0; i < CELLS * K; i++)
        s->W[i] = 1e12;
    s->options.alpha_W = 1e28; /* times 9 genes times 1e12: more than 3.4e38 */
    s->options.solver = UM_NMF_HALS;
    assert_refused(s->cx, run(s), UNMIX_ERROR_INPUT, "left the range of numbers");
    assert_null(s->fit.history);
    close_setting(s);
}

static int stop_at_third(void *payload, const char *stage, double fraction)
{
    (void)fraction;
    (void)stage;
    return ++*(int *)payload == 3;
}

static int never_stop(void *payload, const char *stage, double fraction)
{
    (void)stage;
    assert_true(fraction >= 0 && fraction <= 1);
    ++*(int *)payload;
    return 0;
}

static void a_fit_can_be_interrupted(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    int calls = 0;
    s->options.tolerance = 0;
    unmix_set_progress(s->cx, stop_at_third, &calls);
    assert_refused(s->cx, run(s), UNMIX_ERROR_INTERRUPTED, "");
    assert_int_equal(calls, 3);
    assert_null(s->fit.history);
    assert_int_equal(s->fit.iterations, 0);
    calls = 0;
    unmix_set_progress(s->cx, never_stop, &calls);
    draw_starts(s);
    assert_ok(s->cx, run(s)); /* the device is as good as before */
    assert_int_equal(calls, 50);
    assert_int_equal(s->fit.iterations, 50);
    assert_int_equal(s->fit.looks, 5);
    assert_false(s->fit.converged);
    close_setting(s);
}

/* Interrupted at an iteration with histories: nothing is left of them. */
static int stop_at_fifteenth(void *payload, const char *stage, double fraction)
{
    (void)fraction;
    (void)stage;
    return ++*(int *)payload == 15;
}

static void an_interruption_leaves_no_history(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    double W[CELLS * K], H[K * GENES];
    memcpy(W, s->W, sizeof W);
    memcpy(H, s->H, sizeof H);
    um_factors factors[2] = {{s->W, s->H}, {W, H}};
    um_nmf_fit fits[2];
    int calls = 0;
    s->options = (um_nmf_options){UM_NMF_MU, UM_NMF_KL, K, 0, 50, 0, 0, 0, 0, 0, 0};
    unmix_set_progress(s->cx, stop_at_fifteenth, &calls);
    assert_refused(s->cx, um_nmf_many(s->cx, s->device, &s->data, &s->options, 2, NULL, factors, fits),
                   UNMIX_ERROR_INTERRUPTED, "");
    for (size_t i = 0; i < 2; i++) {
        assert_null(fits[i].history);
        assert_int_equal(fits[i].looks, 0);
    }
    close_setting(s);
}

static void no_replicates_are_no_work(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    assert_ok(s->cx, um_nmf_many(s->cx, s->device, &s->data, &s->options, 0, NULL, &s->factors, &s->fit));
    close_setting(s);
}

/* No entries, a replicate without cells, and all of one cell and gene missing: numbers stay numbers. */
static void data_that_say_nothing_end_well(void **state)
{
    (void)state;
    static const um_nmf_options all[] = {{UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 60, 0, 0, 0, 0, 0, 0},
                                         {UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 60, 0.1, 0.2, 1, 0, 0, 0},
                                         {UM_NMF_MU, UM_NMF_FROBENIUS, K, 1e-4, 60, 0, 0, 0, 0, 0, 0},
                                         {UM_NMF_MU, UM_NMF_KL, K, 1e-4, 60, 0, 0, 0, 0, 0, 0}};
    for (int precision = UNMIX_SINGLE; precision <= UNMIX_DOUBLE; precision++)
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            setting *s = open_setting((unmix_precision)precision);
            unsigned char none[CELLS] = {0};
            s->options = all[i];
            assert_ok(s->cx, um_nmf_many(s->cx, s->device, &s->data, &s->options, 1, none, &s->factors, &s->fit));
            assert_true(s->fit.loss == 0);
            for (size_t at = 0; at < CELLS * K; at++)
                assert_true(s->W[at] == 0);
            memset(s->X.start, 0, (CELLS + 1) * sizeof *s->X.start);
            draw_starts(s);
            assert_ok(s->cx, run(s));
            assert_true(s->fit.loss >= 0 && s->fit.loss < 1e-3 * CELLS * GENES); /* X = 0: the product vanishes */
            close_setting(s);
        }
}

/* Cell 6 has no entry and all of them are missing; no other is. */
static void lose_a_cell(setting *s)
{
    enum { LOST = 5 };
    const size_t first = s->X.start[LOST], gone = s->X.start[LOST + 1] - first;
    const size_t rest = um_sparse_entries(&s->X) - first - gone;
    memmove(s->X.column + first, s->X.column + first + gone, rest * sizeof *s->X.column);
    memmove(s->X.value + first, s->X.value + first + gone, rest * sizeof *s->X.value);
    for (size_t c = 0; c < CELLS; c++) {
        s->X.start[c + 1] -= c >= LOST ? gone : 0;
        s->missing.start[c + 1] = c >= LOST ? GENES : 0;
    }
    for (size_t j = 0; j < GENES; j++)
        s->missing.column[j] = (uint32_t)j;
    s->data.missing = &s->missing;
}

/* The rest of the fit does not wait for what cannot be fitted, also where a penalty has a gradient there. */
static void a_cell_that_is_missing_does_not_keep_a_fit_from_ending(void **state)
{
    (void)state;
    for (int precision = UNMIX_SINGLE; precision <= UNMIX_DOUBLE; precision++)
        for (int penalised = 0; penalised < 2; penalised++) {
            setting *s = open_setting((unmix_precision)precision);
            lose_a_cell(s);
            s->options.max_iterations = 3000;
            s->options.alpha_W = s->options.alpha_H = penalised ? 0.01 : 0;
            s->options.l1_ratio = 1;
            assert_ok(s->cx, run(s));
            assert_true(s->fit.converged);
            close_setting(s);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_options_are_refused),
        cmocka_unit_test(wrong_shapes_are_refused),
        cmocka_unit_test(wrong_values_are_refused),
        cmocka_unit_test(a_value_at_a_missing_place_is_refused),
        cmocka_unit_test(double_takes_very_large_and_small_values),
        cmocka_unit_test(wrong_starts_are_refused),
        cmocka_unit_test(what_leaves_the_range_is_said),
        cmocka_unit_test(a_fit_can_be_interrupted),
        cmocka_unit_test(an_interruption_leaves_no_history),
        cmocka_unit_test(no_replicates_are_no_work),
        cmocka_unit_test(data_that_say_nothing_end_well),
        cmocka_unit_test(a_cell_that_is_missing_does_not_keep_a_fit_from_ending),
    };
    return um_run_group(tests);
}
