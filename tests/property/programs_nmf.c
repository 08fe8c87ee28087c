/* What must hold for any factorisation, whatever the data: see the names of the tests. */
#include "programs/nmf/nmf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "programs/nmf/loss.h"
#include "testing/testing.h"

enum { CELLS = 61, GENES = 43, K = 4 };

typedef struct setting {
    unmix_context *cx;
    unmix_device *device;
    double dense[CELLS * GENES];
    unsigned char lost[CELLS * GENES];
    um_sparse X, missing;
    um_nmf_options options;
    double W[CELLS * K], H[K * GENES];
    double eps; /* of the device */
} setting;

static const um_nmf_options hals = {UM_NMF_HALS, UM_NMF_FROBENIUS, K, 1e-4, 200, 0, 0, 0, 0, 0, 0};
static const um_nmf_options mu = {UM_NMF_MU, UM_NMF_FROBENIUS, K, 1e-4, 200, 0, 0, 0, 0, 0, 0};
static const um_nmf_options kl = {UM_NMF_MU, UM_NMF_KL, K, 1e-4, 200, 0, 0, 0, 0, 0, 0};
static const um_nmf_options *const methods[] = {&hals, &mu, &kl};
enum { METHODS = sizeof methods / sizeof methods[0] };

static double rounded(double x)
{
    return (double)(float)x;
}

/* X and the pattern from dense[] and lost[]. */
static void fill(setting *s)
{
    size_t used = 0, lost = 0;
    for (size_t c = 0; c < CELLS; c++) {
        for (size_t j = 0; j < GENES; j++) {
            const size_t at = c * GENES + j;
            if (s->lost[at])
                s->missing.column[lost++] = (uint32_t)j;
            else if (s->dense[at] > 0) {
                s->X.column[used] = (uint32_t)j;
                s->X.value[used++] = s->dense[at];
            }
        }
        s->X.start[c + 1] = used;
        s->missing.start[c + 1] = lost;
    }
}

static void draw_start(setting *s, const char *name)
{
    um_random random;
    um_random_start(&random, 2, "start", name);
    for (size_t i = 0; i < CELLS * K; i++)
        s->W[i] = rounded(0.05 + um_random_uniform(&random));
    for (size_t i = 0; i < K * GENES; i++)
        s->H[i] = rounded(0.05 + um_random_uniform(&random));
}

/* Counts of K mixed profiles, 10 per cent of the entries missing. */
static setting *open_setting(unmix_precision precision)
{
    static setting s;
    um_random random;
    s = (setting){.cx = um_test_context(), .eps = precision == UNMIX_SINGLE ? 0x1p-24 : 0x1p-53};
    um_random_start(&random, 1, "property", "factorisation");
    assert_ok(s.cx, unmix_device_open(s.cx, "auto", precision, &s.device));
    assert_ok(s.cx, um_sparse_allocate(s.cx, &s.X, CELLS, GENES, (size_t)CELLS * GENES));
    assert_ok(s.cx, um_sparse_allocate(s.cx, &s.missing, CELLS, GENES, (size_t)CELLS * GENES));
    for (size_t i = 0; i < CELLS * GENES; i++) {
        const double mean = i / GENES % K == i % GENES % K ? 4 : 0.4;
        s.dense[i] = um_random_poisson(&random, mean);
        s.lost[i] = um_random_uniform(&random) < 0.1;
    }
    fill(&s);
    draw_start(&s, "first");
    return &s;
}

static void close_setting(setting *s)
{
    um_sparse_clear(&s->X);
    um_sparse_clear(&s->missing);
    unmix_device_close(s->device);
    unmix_context_free(s->cx);
}

/* One fit from W and H of the setting, which become the fit. */
static um_nmf_fit fit(setting *s, const um_sparse *missing)
{
    const um_nmf_data data = {&s->X, missing};
    um_factors factors = {s->W, s->H};
    um_nmf_fit fit = {0};
    assert_ok(s->cx, um_nmf(s->cx, s->device, &data, &s->options, &factors, &fit));
    return fit;
}

static double product(const setting *s, size_t cell, size_t gene)
{
    double y = 0;
    for (size_t t = 0; t < K; t++)
        y += s->W[cell * K + t] * s->H[t * GENES + gene];
    return y;
}

/*
 * With the penalties, in double from every entry; `size`: the magnitudes in it. What is missing counts nothing, or, where
 * the fit does not know of it, as zero.
 */
static double objective(const setting *s, int with_missing, double *size)
{
    const um_nmf_options *o = &s->options;
    double sum = 0;
    *size = 0;
    for (size_t i = 0; i < CELLS * GENES; i++) {
        const double x = s->lost[i] ? 0 : s->dense[i], y = product(s, i / GENES, i % GENES);
        if (with_missing && s->lost[i])
            continue;
        const double share = x > 0 ? x * log(x / fmax(y, 0x1p-23)) : 0;
        sum += o->loss == UM_NMF_FROBENIUS ? 0.5 * (x - y) * (x - y) : share - x + y;
        *size += o->loss == UM_NMF_FROBENIUS ? 0.5 * (x + y) * (x + y) : fabs(share) + x + y;
    }
    for (size_t i = 0; i < CELLS * K; i++)
        sum += GENES * o->alpha_W * s->W[i] * (o->l1_ratio + 0.5 * (1 - o->l1_ratio) * s->W[i]);
    for (size_t i = 0; i < K * GENES; i++)
        sum += CELLS * o->alpha_H * s->H[i] * (o->l1_ratio + 0.5 * (1 - o->l1_ratio) * s->H[i]);
    return sum;
}

/*
 * Iteration by iteration, seen in double. A step that is off by a relative (CELLS + 2 K) eps in every factor, as its sums
 * are, moves the objective by that times its magnitudes, to first order.
 */
static void no_iteration_raises_the_loss(unmix_precision precision)
{
    setting *s = open_setting(precision);
    for (size_t i = 0; i < METHODS; i++)
        for (int with_missing = 0; with_missing < 2; with_missing++)
            for (int penalised = 0; penalised < 2; penalised++) {
                double size = 0;
                s->options = *methods[i];
                s->options.max_iterations = 1;
                s->options.alpha_W = penalised * 0.01;
                s->options.alpha_H = penalised * 0.02;
                s->options.l1_ratio = 0.5;
                draw_start(s, "first");
                double before = objective(s, with_missing, &size);
                for (size_t iteration = 1; iteration <= 30; iteration++) {
                    um_nmf_fit one = fit(s, with_missing ? &s->missing : NULL);
                    const double now = objective(s, with_missing, &size);
                    if (!(now <= before + 2 * (CELLS + 2 * K) * s->eps * (size + before)))
                        fail_msg("method %zu, missing %d, penalties %d, iteration %zu: %.17g after %.17g", i, with_missing,
                                 penalised, iteration, now, before);
                    before = now;
                    um_nmf_fit_clear(&one);
                }
            }
    close_setting(s);
}

static void no_iteration_raises_the_loss_in_single(void **state)
{
    (void)state;
    no_iteration_raises_the_loss(UNMIX_SINGLE);
}

static void no_iteration_raises_the_loss_in_double(void **state)
{
    (void)state;
    no_iteration_raises_the_loss(UNMIX_DOUBLE);
}

/* The device's own account: never up, and at its last entry the loss of what came back. */
static void the_history_falls_to_the_loss(void **state)
{
    (void)state;
    for (int precision = UNMIX_SINGLE; precision <= UNMIX_DOUBLE; precision++) {
        setting *s = open_setting((unmix_precision)precision);
        for (size_t i = 0; i < METHODS; i++) {
            double size = 0;
            s->options = *methods[i];
            s->options.tolerance = 0;
            s->options.max_iterations = 60;
            draw_start(s, "first");
            um_nmf_fit done = fit(s, &s->missing);
            const double loss = objective(s, 1, &size), off = 2 * (CELLS + GENES + 4 * K) * s->eps * size;
            assert_int_equal(done.looks, 6);
            for (size_t look = 1; look < done.looks; look++)
                assert_true(done.history[look] <= done.history[look - 1] + off);
            um_assert_close(&done.history[done.looks - 1], &loss, 1, 0, off, "history");
            um_assert_close(&done.loss, &loss, 1, 0, 2 * CELLS * GENES * 0x1p-53 * size, "loss");
            um_nmf_fit_clear(&done);
        }
        close_setting(s);
    }
}

/* A run in one go and the same run stopped and taken up again at every iteration give the same bytes. */
static void a_run_can_be_cut_anywhere(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    double W[CELLS * K], H[K * GENES];
    for (size_t i = 0; i < METHODS; i++) {
        s->options = *methods[i];
        s->options.tolerance = 0;
        s->options.max_iterations = 12;
        draw_start(s, "first");
        um_nmf_fit whole = fit(s, &s->missing);
        memcpy(W, s->W, sizeof W);
        memcpy(H, s->H, sizeof H);
        s->options.max_iterations = 1;
        draw_start(s, "first");
        for (size_t iteration = 0; iteration < 12; iteration++) {
            um_nmf_fit part = fit(s, &s->missing);
            um_nmf_fit_clear(&part);
        }
        assert_memory_equal(W, s->W, sizeof W);
        assert_memory_equal(H, s->H, sizeof H);
        um_nmf_fit_clear(&whole);
    }
    close_setting(s);
}

/* Replicates from several starts over several sets of cells, which stop at different iterations. */
static void a_replicate_does_not_see_the_others(void **state)
{
    (void)state;
    enum { COUNT = 7 };
    static double W[COUNT][CELLS * K], H[COUNT][K * GENES];
    static unsigned char uses[COUNT * CELLS];
    for (int precision = UNMIX_SINGLE; precision <= UNMIX_DOUBLE; precision++) {
        setting *s = open_setting((unmix_precision)precision);
        const um_nmf_data data = {&s->X, &s->missing};
        for (size_t i = 0; i < METHODS; i++) {
            um_factors factors[COUNT];
            um_nmf_fit fits[COUNT];
            size_t different = 0;
            s->options = *methods[i];
            for (size_t r = 0; r < COUNT; r++) {
                char name[8] = {(char)('a' + r), 0};
                draw_start(s, name);
                memcpy(W[r], s->W, sizeof W[r]);
                memcpy(H[r], s->H, sizeof H[r]);
                factors[r] = (um_factors){W[r], H[r]};
                for (size_t c = 0; c < CELLS; c++)
                    uses[r * CELLS + c] = r == 0 || (c * 5 + r) % 7 != 0;
            }
            assert_ok(s->cx, um_nmf_many(s->cx, s->device, &data, &s->options, COUNT, uses, factors, fits));
            for (size_t r = 0; r < COUNT; r++) {
                char name[8] = {(char)('a' + r), 0};
                um_factors alone = {s->W, s->H};
                um_nmf_fit one = {0};
                draw_start(s, name);
                assert_ok(s->cx, um_nmf_many(s->cx, s->device, &data, &s->options, 1, uses + r * CELLS, &alone, &one));
                assert_memory_equal(W[r], s->W, sizeof W[r]);
                assert_memory_equal(H[r], s->H, sizeof H[r]);
                assert_int_equal(one.iterations, fits[r].iterations);
                assert_int_equal(one.looks, fits[r].looks);
                assert_memory_equal(one.history, fits[r].history, one.looks * sizeof *one.history);
                assert_memory_equal(&one.loss, &fits[r].loss, sizeof one.loss);
                different += fits[r].iterations != fits[0].iterations;
                for (size_t c = 0; c < CELLS; c++)
                    for (size_t t = 0; t < K && !uses[r * CELLS + c]; t++)
                        assert_true(W[r][c * K + t] == 0);
                um_nmf_fit_clear(&one);
            }
            assert_true(different > 0); /* else nobody left early */
            for (size_t r = 0; r < COUNT; r++)
                um_nmf_fit_clear(&fits[r]);
        }
        close_setting(s);
    }
}

/*
 * Cells in another order: sums over cells change theirs, by CELLS eps an iteration, which 10 iterations amplify by less
 * than a factor 1000 here (the Gram matrices' condition).
 */
static void cells_in_another_order_give_the_same(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_DOUBLE);
    static double W[CELLS * K], H[K * GENES], dense[CELLS * GENES];
    static unsigned char lost[CELLS * GENES];
    for (size_t i = 0; i < METHODS; i++) {
        s->options = *methods[i];
        s->options.tolerance = 0;
        s->options.max_iterations = 10;
        draw_start(s, "first");
        um_nmf_fit first = fit(s, &s->missing);
        memcpy(W, s->W, sizeof W);
        memcpy(H, s->H, sizeof H);
        draw_start(s, "first");
        memcpy(dense, s->dense, sizeof dense);
        memcpy(lost, s->lost, sizeof lost);
        double start[CELLS * K];
        memcpy(start, s->W, sizeof start);
        for (size_t c = 0; c < CELLS; c++) { /* cell c goes to place 17 c mod 61 */
            const size_t to = 17 * c % CELLS;
            memcpy(s->dense + to * GENES, dense + c * GENES, GENES * sizeof *dense);
            memcpy(s->lost + to * GENES, lost + c * GENES, GENES);
            memcpy(s->W + to * K, start + c * K, K * sizeof *start);
        }
        fill(s);
        um_nmf_fit second = fit(s, &s->missing);
        const double off = 10 * 1000 * CELLS * s->eps;
        for (size_t c = 0; c < CELLS; c++)
            um_assert_close(s->W + 17 * c % CELLS * K, W + c * K, K, off, off, "W");
        um_assert_close(s->H, H, K * GENES, off, off, "H");
        memcpy(s->dense, dense, sizeof dense);
        memcpy(s->lost, lost, sizeof lost);
        fill(s);
        um_nmf_fit_clear(&first);
        um_nmf_fit_clear(&second);
    }
    close_setting(s);
}

/* X and the start of W times 2^5: W times 2^5, H as it was, to the last bit (the floor of kl apart: yhat is above). */
static void scaling_the_data_scales_the_product(void **state)
{
    (void)state;
    for (int precision = UNMIX_SINGLE; precision <= UNMIX_DOUBLE; precision++) {
        setting *s = open_setting((unmix_precision)precision);
        double W[CELLS * K], H[K * GENES];
        for (size_t i = 0; i < METHODS; i++) {
            s->options = *methods[i];
            s->options.tolerance = 0;
            s->options.max_iterations = 15;
            draw_start(s, "first");
            um_nmf_fit first = fit(s, &s->missing);
            memcpy(W, s->W, sizeof W);
            memcpy(H, s->H, sizeof H);
            draw_start(s, "first");
            for (size_t at = 0; at < CELLS * K; at++)
                s->W[at] *= 32;
            for (size_t at = 0; at < um_sparse_entries(&s->X); at++)
                s->X.value[at] *= 32;
            um_nmf_fit second = fit(s, &s->missing);
            for (size_t at = 0; at < CELLS * K; at++)
                W[at] *= 32;
            assert_memory_equal(W, s->W, sizeof W);
            assert_memory_equal(H, s->H, sizeof H);
            fill(s);
            um_nmf_fit_clear(&first);
            um_nmf_fit_clear(&second);
        }
        close_setting(s);
    }
}

/* The projected gradient of the objective at the fit, of one factor, summed up; from every entry in double. */
static double projected_gradient(const setting *s)
{
    const um_nmf_options *o = &s->options;
    double sum = 0;
    for (size_t c = 0; c < CELLS; c++)
        for (size_t t = 0; t < K; t++) {
            const double w = s->W[c * K + t];
            double slope = GENES * o->alpha_W * (o->l1_ratio + (1 - o->l1_ratio) * w);
            for (size_t j = 0; j < GENES; j++)
                slope += s->lost[c * GENES + j] ? 0 : (product(s, c, j) - s->dense[c * GENES + j]) * s->H[t * GENES + j];
            sum += w > 0 ? fabs(slope) : fmax(-slope, 0);
        }
    for (size_t t = 0; t < K; t++)
        for (size_t j = 0; j < GENES; j++) {
            const double h = s->H[t * GENES + j];
            double slope = CELLS * o->alpha_H * (o->l1_ratio + (1 - o->l1_ratio) * h);
            for (size_t c = 0; c < CELLS; c++)
                slope += s->lost[c * GENES + j] ? 0 : (product(s, c, j) - s->dense[c * GENES + j]) * s->W[c * K + t];
            sum += h > 0 ? fabs(slope) : fmax(-slope, 0);
        }
    return sum;
}

/* hals stops where each gradient, taken before its step, is 1e-8 of the first: after the steps it is of that order. */
static void hals_ends_at_a_stationary_point(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_DOUBLE);
    for (int which = 0; which < 4; which++) {
        const int penalised = which % 2;
        s->options = hals;
        s->options.sweeps = which < 2 ? 1 : 4;
        s->options.tolerance = 1e-8;
        s->options.max_iterations = 20000;
        s->options.alpha_W = s->options.alpha_H = penalised * 0.01;
        s->options.l1_ratio = 0.5;
        draw_start(s, "first");
        const double before = projected_gradient(s);
        um_nmf_fit done = fit(s, &s->missing);
        assert_true(done.converged);
        const double after = projected_gradient(s);
        if (!(after <= 1e-6 * before))
            fail_msg("%zu sweeps, penalties %d: projected gradient %g after %g", s->options.sweeps, penalised, after, before);
        um_nmf_fit_clear(&done);
    }
    close_setting(s);
}

/* The product of X with programs that stay is the same each time: three sweeps at once are three iterations, to the bit. */
static void sweeps_over_fixed_programs_are_iterations(void **state)
{
    (void)state;
    static double W[CELLS * K];
    for (int precision = UNMIX_SINGLE; precision <= UNMIX_DOUBLE; precision++) {
        setting *s = open_setting((unmix_precision)precision);
        s->options = hals;
        s->options.fixed_programs = 1;
        s->options.tolerance = 0;
        s->options.max_iterations = 6;
        um_nmf_fit one = fit(s, NULL);
        memcpy(W, s->W, sizeof W);
        draw_start(s, "first");
        assert_memory_not_equal(W, s->W, sizeof W);
        s->options.sweeps = 3;
        s->options.max_iterations = 2;
        um_nmf_fit three = fit(s, NULL);
        assert_memory_equal(W, s->W, sizeof W);
        um_nmf_fit_clear(&one);
        um_nmf_fit_clear(&three);
        close_setting(s);
    }
}

/* X = W H exactly, entries of W and H mostly apart (so that the factorisation is unique but for scale). */
static void make_exact(setting *s)
{
    um_random random;
    um_random_start(&random, 9, "property", "exact");
    for (size_t i = 0; i < CELLS * K; i++)
        s->W[i] = (i / K % K == i % K ? 3 : um_random_uniform(&random) < 0.4) * um_random_uniform(&random);
    for (size_t i = 0; i < K * GENES; i++)
        s->H[i] = (i % GENES % K == i / GENES ? 3 : um_random_uniform(&random) < 0.4) * um_random_uniform(&random);
    for (size_t i = 0; i < CELLS * GENES; i++)
        s->dense[i] = product(s, i / GENES, i % GENES);
    fill(s);
}

/* Relative residual over the entries with lost[] == which. */
static double residual(const setting *s, int which)
{
    double off = 0, all = 0;
    for (size_t i = 0; i < CELLS * GENES; i++)
        if (s->lost[i] == which) {
            const double d = s->dense[i] - product(s, i / GENES, i % GENES);
            off += d * d;
            all += s->dense[i] * s->dense[i];
        }
    assert_true(all > 0);
    return sqrt(off / all);
}

/* From what remains of an exact product the missing tenth is predicted; a fit to zeros in their place would be 1 off. */
static void an_exact_product_is_found_and_predicts_what_is_missing(void **state)
{
    (void)state;
    static const double found[METHODS] = {1e-6, 2e-3, 1e-4}; /* hals gets there, mu is slow: 2000 iterations */
    setting *s = open_setting(UNMIX_DOUBLE);
    for (size_t i = 0; i < METHODS; i++) {
        make_exact(s);
        s->options = *methods[i];
        s->options.tolerance = 0;
        s->options.max_iterations = 2000;
        draw_start(s, "first");
        um_nmf_fit done = fit(s, &s->missing);
        print_message("method %zu: residual %g, of the missing %g\n", i, residual(s, 0), residual(s, 1));
        assert_true(residual(s, 0) < found[i]);
        assert_true(residual(s, 1) < 3 * found[i]);
        um_nmf_fit_clear(&done);
        draw_start(s, "first"); /* taken for zeros they are not found */
        done = fit(s, NULL);
        assert_true(residual(s, 1) > 0.1);
        um_nmf_fit_clear(&done);
    }
    close_setting(s);
}

/* Values of the pattern are nothing to the fit. */
static void values_at_missing_places_do_not_matter(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    double W[CELLS * K], H[K * GENES];
    for (size_t i = 0; i < METHODS; i++) {
        s->options = *methods[i];
        for (int time = 0; time < 3; time++) {
            double *values = s->missing.value;
            draw_start(s, "first");
            for (size_t at = 0; at < um_sparse_entries(&s->missing); at++)
                values[at] = time == 0 ? 0 : 1e6 * (double)(at + 1);
            if (time == 2)
                s->missing.value = NULL;
            um_nmf_fit done = fit(s, &s->missing);
            s->missing.value = values;
            if (time == 0) {
                memcpy(W, s->W, sizeof W);
                memcpy(H, s->H, sizeof H);
            }
            assert_memory_equal(W, s->W, sizeof W);
            assert_memory_equal(H, s->H, sizeof H);
            um_nmf_fit_clear(&done);
        }
    }
    close_setting(s);
}

/* A missing pattern without entries is no pattern; the same cells alone are the same as the others left out. */
static void an_empty_pattern_is_none(void **state)
{
    (void)state;
    setting *s = open_setting(UNMIX_SINGLE);
    double W[CELLS * K], H[K * GENES];
    memset(s->lost, 0, sizeof s->lost);
    fill(s);
    for (size_t i = 0; i < METHODS; i++) {
        s->options = *methods[i];
        draw_start(s, "first");
        um_nmf_fit first = fit(s, NULL);
        memcpy(W, s->W, sizeof W);
        memcpy(H, s->H, sizeof H);
        draw_start(s, "first");
        um_nmf_fit second = fit(s, &s->missing);
        assert_memory_equal(W, s->W, sizeof W);
        assert_memory_equal(H, s->H, sizeof H);
        assert_int_equal(first.iterations, second.iterations);
        um_nmf_fit_clear(&first);
        um_nmf_fit_clear(&second);
    }
    close_setting(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_iteration_raises_the_loss_in_single),
        cmocka_unit_test(no_iteration_raises_the_loss_in_double),
        cmocka_unit_test(the_history_falls_to_the_loss),
        cmocka_unit_test(a_run_can_be_cut_anywhere),
        cmocka_unit_test(a_replicate_does_not_see_the_others),
        cmocka_unit_test(cells_in_another_order_give_the_same),
        cmocka_unit_test(scaling_the_data_scales_the_product),
        cmocka_unit_test(hals_ends_at_a_stationary_point),
        cmocka_unit_test(sweeps_over_fixed_programs_are_iterations),
        cmocka_unit_test(an_exact_product_is_found_and_predicts_what_is_missing),
        cmocka_unit_test(values_at_missing_places_do_not_matter),
        cmocka_unit_test(an_empty_pattern_is_none),
    };
    return um_run_group(tests);
}
