/* The losses on the host against sums over every entry of a dense X. */
#include "programs/nmf/loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

enum { CELLS = 37, GENES = 29, K = 5 };

typedef struct data {
    double dense[CELLS * GENES];
    unsigned char lost[CELLS * GENES], cells[CELLS];
    double W[CELLS * K], H[K * GENES];
    um_sparse X, missing;
} data;

/* Cell 3 and gene 2 are empty, cell 7 is missing as a whole; some zeros are stored; program 1 is zero in cell 4. */
static void make_data(unmix_context *cx, data *d)
{
    um_random random;
    size_t used = 0, lost = 0;
    um_random_start(&random, 3, "test", "loss");
    memset(d, 0, sizeof *d);
    assert_ok(cx, um_sparse_allocate(cx, &d->X, CELLS, GENES, (size_t)CELLS * GENES));
    assert_ok(cx, um_sparse_allocate(cx, &d->missing, CELLS, GENES, (size_t)CELLS * GENES));
    free(d->missing.value);
    d->missing.value = NULL;
    for (size_t c = 0; c < CELLS; c++) {
        d->cells[c] = c % 3 != 1;
        for (size_t j = 0; j < GENES; j++) {
            const size_t at = c * GENES + j;
            const double x = 5 * um_random_uniform(&random);
            d->lost[at] = c == 7 || um_random_uniform(&random) < 0.1;
            if (d->lost[at])
                d->missing.column[lost++] = (uint32_t)j;
            else if (c != 3 && j != 2 && x > 3) {
                d->dense[at] = at % 13 == 0 ? 0 : x;
                d->X.column[used] = (uint32_t)j;
                d->X.value[used++] = d->dense[at];
            }
        }
        d->X.start[c + 1] = used;
        d->missing.start[c + 1] = lost;
    }
    for (size_t i = 0; i < CELLS * K; i++)
        d->W[i] = i == 4 * K + 1 ? 0 : um_random_uniform(&random);
    for (size_t i = 0; i < K * GENES; i++)
        d->H[i] = um_random_uniform(&random);
}

static void clear_data(data *d)
{
    um_sparse_clear(&d->X);
    um_sparse_clear(&d->missing);
}

static double predicted(const data *d, size_t cell, size_t gene)
{
    double y = 0;
    for (size_t t = 0; t < K; t++)
        y += d->W[cell * K + t] * d->H[t * GENES + gene];
    return y;
}

static double entry(um_nmf_loss which, double x, double y)
{
    if (which == UM_NMF_FROBENIUS)
        return 0.5 * (x - y) * (x - y);
    return x > 0 ? x * log(x / fmax(y, 0x1p-23)) - x + y : y;
}

/* Over the entries that are not lost, of the cells that count; `size`: the sum of magnitudes. */
static double naive(const data *d, um_nmf_loss which, const unsigned char *lost, const unsigned char *cells, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t c = 0; c < CELLS; c++)
        for (size_t j = 0; j < GENES; j++) {
            const double x = d->dense[c * GENES + j], y = predicted(d, c, j);
            if (cells && !cells[c])
                continue;
            *size += which == UM_NMF_FROBENIUS ? (x + y) * (x + y) : x + y + (x > 0 ? fabs(x * log(x / y)) : 0);
            sum += lost && lost[c * GENES + j] ? 0 : entry(which, x, y);
        }
    return sum;
}

/* Each number is the result of at most CELLS x GENES + 2 K K additions of terms that sum up to `size`. */
static void check(unmix_context *cx, const data *d, um_nmf_loss which, int with_missing, int with_cells)
{
    const um_nmf_data all = {&d->X, with_missing ? &d->missing : NULL};
    um_factors factors = {(double *)(uintptr_t)d->W, (double *)(uintptr_t)d->H};
    const unsigned char *cells = with_cells ? d->cells : NULL;
    double got = -1, again = -1, size = 0;
    const double want = naive(d, which, with_missing ? d->lost : NULL, cells, &size);
    assert_ok(cx, um_nmf_evaluate(cx, &all, &(um_nmf_options){.loss = which, .components = K}, &factors, cells, &got));
    um_assert_close(&got, &want, 1, 0, 0x1p-53 * (CELLS * GENES + 2 * K * K) * size, "loss");
    assert_ok(cx, um_nmf_evaluate(cx, &all, &(um_nmf_options){.loss = which, .components = K}, &factors, cells, &again));
    assert_memory_equal(&got, &again, sizeof got);
}

static void loss_is_the_sum_over_all_entries(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    static data d;
    make_data(cx, &d);
    for (int with_missing = 0; with_missing < 2; with_missing++)
        for (int with_cells = 0; with_cells < 2; with_cells++) {
            check(cx, &d, UM_NMF_FROBENIUS, with_missing, with_cells);
            check(cx, &d, UM_NMF_KL, with_missing, with_cells);
        }
    clear_data(&d);
    unmix_context_free(cx);
}

static void without_any_cell_it_is_zero(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    static data d;
    make_data(cx, &d);
    memset(d.cells, 0, sizeof d.cells);
    const um_nmf_data all = {&d.X, NULL};
    const um_factors factors = {d.W, d.H};
    for (int which = UM_NMF_FROBENIUS; which <= UM_NMF_KL; which++) {
        double loss = -1;
        assert_ok(cx, um_nmf_evaluate(cx, &all, &(um_nmf_options){.loss = (um_nmf_loss)which, .components = K}, &factors, d.cells, &loss));
        assert_true(loss == 0);
    }
    clear_data(&d);
    unmix_context_free(cx);
}

/* A count where W H is 0: the logarithm is that of x / 2^-23. */
static void divergence_has_a_floor(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    static data d;
    make_data(cx, &d);
    for (size_t t = 0; t < K; t++)
        d.W[10 * K + t] = 0;
    const um_nmf_data all = {&d.X, NULL};
    const um_factors factors = {d.W, d.H};
    double loss = 0, size = 0, want = 0;
    memset(d.cells, 0, sizeof d.cells);
    d.cells[10] = 1;
    for (size_t j = 0; j < GENES; j++) {
        want += entry(UM_NMF_KL, d.dense[10 * GENES + j], 0);
        size += d.dense[10 * GENES + j] * 20;
    }
    assert_true(want > 1);
    assert_ok(cx, um_nmf_evaluate(cx, &all, &(um_nmf_options){.loss = UM_NMF_KL, .components = K}, &factors, d.cells, &loss));
    um_assert_close(&loss, &want, 1, 0, 0x1p-53 * GENES * size, "loss");
    clear_data(&d);
    unmix_context_free(cx);
}

static void what_is_not_finite_gives_nan(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    static data d;
    for (int which = UM_NMF_FROBENIUS; which <= UM_NMF_KL; which++)
        for (int where = 0; where < 3; where++) {
            double loss = 0;
            make_data(cx, &d);
            (where == 0 ? d.X.value : where == 1 ? d.W : d.H)[1] = NAN;
            const um_nmf_data all = {&d.X, NULL};
            const um_factors factors = {d.W, d.H};
            assert_ok(cx, um_nmf_evaluate(cx, &all, &(um_nmf_options){.loss = (um_nmf_loss)which, .components = K}, &factors, NULL, &loss));
            assert_true(isnan(loss));
            clear_data(&d);
        }
    unmix_context_free(cx);
}

/* Held out: the entries that are missing above, with values of their own, zeros among them. */
static void held_out_entries_give_their_mean(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    static data d;
    make_data(cx, &d);
    um_sparse held = {0};
    const size_t count = um_sparse_entries(&d.missing);
    assert_ok(cx, um_sparse_allocate(cx, &held, CELLS, GENES, count));
    memcpy(held.start, d.missing.start, (CELLS + 1) * sizeof *held.start);
    memcpy(held.column, d.missing.column, count * sizeof *held.column);
    for (size_t i = 0; i < count; i++)
        held.value[i] = (double)(i % 4);
    const um_factors factors = {d.W, d.H};
    for (int which = UM_NMF_FROBENIUS; which <= UM_NMF_KL; which++) {
        double want = 0, size = 0, got = -1;
        for (size_t c = 0; c < CELLS; c++)
            for (size_t i = held.start[c]; i < held.start[c + 1]; i++) {
                const double x = held.value[i], y = predicted(&d, c, held.column[i]);
                want += entry((um_nmf_loss)which, x, y);
                size += (x + y) * (x + y) + x + y;
            }
        want /= (double)count;
        assert_ok(cx, um_nmf_evaluate_at(cx, &held, &(um_nmf_options){.loss = (um_nmf_loss)which, .components = K}, &factors, &got));
        um_assert_close(&got, &want, 1, 0, 0x1p-53 * (double)(count + 2 * K) * size / (double)count, "held out");
    }
    um_sparse_clear(&held);
    clear_data(&d);
    unmix_context_free(cx);
}

static void the_mean_of_nothing_is_nan(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_sparse held = {0};
    double W[2 * K] = {0}, H[3 * K] = {0}, got = 0;
    const um_factors factors = {W, H};
    assert_ok(cx, um_sparse_allocate(cx, &held, 2, 3, 0));
    assert_ok(cx, um_nmf_evaluate_at(cx, &held, &(um_nmf_options){.loss = UM_NMF_FROBENIUS, .components = K}, &factors, &got));
    assert_true(isnan(got));
    um_sparse_clear(&held);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loss_is_the_sum_over_all_entries), cmocka_unit_test(without_any_cell_it_is_zero),
        cmocka_unit_test(divergence_has_a_floor),           cmocka_unit_test(what_is_not_finite_gives_nan),
        cmocka_unit_test(held_out_entries_give_their_mean), cmocka_unit_test(the_mean_of_nothing_is_nan),
    };
    return um_run_group(tests);
}
