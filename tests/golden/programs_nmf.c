/*
 * Factorisations with every loss against scikit-learn from the same starts: programs_nmf_golden.h, made by programs_nmf.py.
 *
 * In double both sides make the same iterations in another order of summation: some hundred iterations each add about
 * 1e-15, amplified by the condition of the problem, far from 1e-10. In single each iteration adds 1e-7, and a fit that
 * stops at the same iteration stays within 1e-3 of each factor's largest entry; the loss is flat there, so it agrees to 1e-5.
 */
#include "programs/nmf/nmf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "testing/testing.h"

#include "golden/programs_nmf_golden.h"

/*
 * What both stopping rules look at is relative to its first value, and a sum over at most 23 + 4 terms in single is off by
 * 27 x 2^-24 = 1.6e-6 of its size: below that the iteration at which it passes the tolerance is chance.
 */
static const double NOISE = 1.6e-6;

static uint32_t hashed(uint64_t i, uint64_t j, uint64_t s)
{
    return (uint32_t)((i * 7919 + j * 104729 + s * 1299709) * UINT64_C(2654435761)) >> 16;
}

/* With zeros, or 1/8 to 1 more everywhere. */
static void make_counts(unmix_context *cx, um_sparse *X, int zeros)
{
    double sum = 0;
    assert_ok(cx, um_sparse_allocate(cx, X, GOLDEN_CELLS, GOLDEN_GENES, (size_t)GOLDEN_CELLS * GOLDEN_GENES));
    for (size_t i = 0, used = 0; i < GOLDEN_CELLS; i++) {
        for (size_t j = 0; j < GOLDEN_GENES; j++) {
            const int same = i % 4 == j % 4;
            const int there = hashed(i, j, 2) < 22938u + (same ? 26214u : 0u);
            if (!there && zeros)
                continue;
            X->column[used] = (uint32_t)j;
            X->value[used] = (there ? 1.0 + hashed(i, j, 1) % 5 + (same ? 6.0 : 0.0) : 0.0) +
                             (zeros ? 0.0 : (1.0 + hashed(i, j, 7) % 8) / 8.0);
            sum += X->value[used++];
        }
        X->start[i + 1] = used;
    }
    assert_true(sum == (zeros ? golden_sum_of_X : golden_sum_without_zeros));
    assert_true((double)um_sparse_entries(X) == (zeros ? golden_entries_of_X : GOLDEN_CELLS * GOLDEN_GENES));
}

/* scikit-learn's choice of W where the programs are given, else the formula. */
static void start_from(const golden_case *g, double *W, double *H)
{
    for (size_t i = 0; i < GOLDEN_CELLS; i++)
        for (size_t t = 0; t < GOLDEN_PROGRAMS; t++)
            W[i * GOLDEN_PROGRAMS + t] =
                !g->fixed_programs         ? (1.0 + hashed(i, t, 3u + 2u * (unsigned)g->start)) / 65536.0
                : g->solver == UM_NMF_HALS ? 0.0
                                           : sqrt((g->zeros ? golden_sum_of_X : golden_sum_without_zeros) / (GOLDEN_CELLS * GOLDEN_GENES) / GOLDEN_PROGRAMS);
    for (size_t t = 0; t < GOLDEN_PROGRAMS; t++)
        for (size_t j = 0; j < GOLDEN_GENES; j++)
            H[t * GOLDEN_GENES + j] = (1.0 + hashed(t, j, 4u + 2u * (unsigned)g->start)) / 65536.0;
}

static double largest(const double *values, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, values[i]);
    return most;
}

static void check_case(unmix_context *cx, unmix_device *device, const um_sparse *with_zeros, const um_sparse *without,
                       const golden_case *g, int single)
{
    enum { W_SIZE = GOLDEN_CELLS * GOLDEN_PROGRAMS, H_SIZE = GOLDEN_PROGRAMS * GOLDEN_GENES };
    const um_nmf_options options = {g->solver,  g->loss,    GOLDEN_PROGRAMS, g->tolerance,     g->most,
                                    g->alpha_W, g->alpha_H, g->l1_ratio,     g->fixed_programs, 1, g->beta};
    const um_nmf_data data = {g->zeros ? with_zeros : without, NULL};
    const double off = single ? 1e-3 : 1e-10;
    double W[W_SIZE], H[H_SIZE];
    um_factors factors = {W, H};
    um_nmf_fit fit = {0};
    print_message("%s, %s\n", g->name, single ? "single" : "double");
    start_from(g, W, H);
    assert_ok(cx, um_nmf(cx, device, &data, &options, &factors, &fit));
    if (!single || g->tolerance > NOISE) {
        assert_int_equal(fit.iterations, g->iterations);
        assert_int_equal(fit.converged, g->iterations < g->most);
    }
    assert_int_equal(fit.looks, fit.iterations / 10);
    um_assert_close(&fit.loss, &g->value, 1, single ? 1e-5 : 1e-12, 0, "loss");
    um_assert_close(W, g->W, W_SIZE, off, off * (single ? largest(g->W, W_SIZE) : 1e-3), "W");
    um_assert_close(H, g->H, H_SIZE, off, off * (single ? largest(g->H, H_SIZE) : 1e-3), "H");
    um_nmf_fit_clear(&fit);
}

static void check_precision(unmix_precision precision, const char *tuning)
{
    unmix_context *cx = um_test_context();
    unmix_device *device = NULL;
    um_sparse X = {0}, without = {0};
    make_counts(cx, &X, 1);
    make_counts(cx, &without, 0);
    assert_ok(cx, unmix_device_open(cx, "auto", precision, &device));
    assert_ok(cx, unmix_device_tune(cx, device, tuning));
    for (size_t i = 0; i < sizeof golden_cases / sizeof golden_cases[0]; i++)
        check_case(cx, device, &X, &without, &golden_cases[i], precision == UNMIX_SINGLE);
    unmix_device_close(device);
    um_sparse_clear(&X);
    um_sparse_clear(&without);
    unmix_context_free(cx);
}

static void in_double(void **state)
{
    (void)state;
    check_precision(UNMIX_DOUBLE, "");
}

static void in_double_gene_by_gene(void **state)
{
    (void)state;
    check_precision(UNMIX_DOUBLE, "fold=0 vector=4");
}

static void in_single_as_on_a_gpu(void **state)
{
    (void)state;
    check_precision(UNMIX_SINGLE, "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64 fold=0 dense=0");
}

static void in_single(void **state)
{
    (void)state;
    check_precision(UNMIX_SINGLE, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_double),
        cmocka_unit_test(in_double_gene_by_gene),
        cmocka_unit_test(in_single),
        cmocka_unit_test(in_single_as_on_a_gpu),
    };
    return um_run_group(tests);
}
