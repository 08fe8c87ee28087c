/*
 * Draws against numpy (tests/golden/draws.py), which solves again with the other signatures or counts: what the first-order
 * formula and its quadratic program say must be that, to a hundredth of what moves most in the sample.
 */
#include "deconvolve/certify/draws.h"
#include "deconvolve/certify/jackknife.h"

#include <math.h>
#include <string.h>

#include "golden/deconvolve_golden.h"
#include "golden/draws_golden.h"
#include "golden/problem.h"

enum { N = GOLDEN_SAMPLES, M = GOLDEN_TYPES + 1 };

static unmix_context *cx;
static golden_problem golden;

static int open_all(void **state)
{
    (void)state;
    cx = um_test_context();
    golden_problem_open(cx, &golden);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    golden_problem_close(&golden);
    unmix_context_free(cx);
    return 0;
}

static void assert_moved(um_draws *draws, const um_batch *batch, const um_errors *errors, const double *E, size_t r,
                         const double *want)
{
    for (size_t n = 0; n < N; n++) {
        double most = 0.0, step[M];
        um_draws_take(draws, 0, batch, errors, n, E);
        um_draws_move(draws, 0, batch, n, r, 1.0, step);
        for (size_t j = 0; j < M; j++)
            most = fmax(most, fabs(want[n * M + j]));
        assert_true(most > 0.0);
        for (size_t j = 0; j < M; j++) {
            if (!(fabs(step[j] - want[n * M + j]) <= 0.01 * most))
                fail_msg("sample %zu, source %zu: %g, a fit moves by %g", n, j, step[j], want[n * M + j]);
        }
    }
}

/* (B - 1) / B sum_b (P(E + d_b) - P(E))^2 */
static void form_variance(const um_jackknife *jackknife, const um_batch *batch, const double *E, double *variance)
{
    for (size_t n = 0; n < N; n++) {
        const um_mixture mixture = {GOLDEN_TYPES, E + n * M, NULL};
        for (size_t j = 0; j < GOLDEN_TYPES; j++) {
            variance[n * GOLDEN_TYPES + j] = 0.0;
            for (size_t b = 0; b < jackknife->blocks.n; b++) {
                const double *d = um_jackknife_move(jackknife, batch, b, n);
                const double change = um_mixture_part(&mixture, d, j) / um_mixture_cells(&mixture, d) -
                                      um_mixture_part(&mixture, NULL, j) / um_mixture_cells(&mixture, NULL);
                variance[n * GOLDEN_TYPES + j] += um_jackknife_weight(jackknife) * change * change;
            }
        }
    }
}

static void a_draw_moves_the_solution_as_a_fit_does(void **state)
{
    (void)state;
    unmix_device *device = golden_device(cx, UNMIX_DOUBLE);
    const golden_case *optimum = golden_optimum_case("intercept");
    const unmix_deconvolve_options options = golden_options(optimum);
    um_problem problem = {0};
    um_batch batch = {0};
    um_block block = {0};
    um_errors errors;
    um_draws draws;
    um_queue *queue = NULL;
    static const size_t column[N] = {0, 1, 2, 3, 4};
    double se[N * GOLDEN_TYPES], low[N * GOLDEN_TYPES], high[N * GOLDEN_TYPES];
    uint16_t group[N * GOLDEN_TYPES];
    const um_error_rows rows = {se, group, low, high};
    assert_ok(cx, um_problem_stage(cx, &problem, &golden.signatures, &golden.bulk, &golden.table, &options));
    assert_int_equal(problem.genes.count * M, sizeof golden_dA / sizeof golden_dA[0]);
    assert_ok(cx, um_source_read(cx, &golden.bulk, 0, N, &block));
    assert_ok(cx, um_queue_open(cx, device, &queue));
    assert_ok(cx, um_batch_open(cx, &batch, queue, &problem, problem.D, N));
    assert_ok(cx, um_errors_open(&batch, &errors));
    assert_ok(cx, um_draws_open(&batch, &options, 0, &draws));
    um_batch_load(&batch, &block, column, N);
    assert_ok(cx, um_errors_form(&errors, &batch, optimum->exposures, NULL, &rows));
    um_draws_begin(&draws, &batch);

    um_draws_shift(&draws, &batch, &errors, 0, golden_dA, draws.sign); /* no signs yet: the same counts */
    um_draws_shift(&draws, &batch, &errors, 1, draws.dA, golden_sign);
    assert_ok(cx, um_queue_status(queue));
    assert_moved(&draws, &batch, &errors, optimum->exposures, 0, golden_moved_by_reference);
    assert_moved(&draws, &batch, &errors, optimum->exposures, 1, golden_moved_by_counts);

    double variance[N * GOLDEN_TYPES], share[sizeof golden_sign / sizeof golden_sign[0]] = {0};
    um_jackknife jackknife;
    for (size_t n = 0; n < N; n++) {
        double total = 0.0;
        for (size_t at = block.start[n]; at < block.start[n + 1]; at++)
            total += problem.gene_of_row[block.row[at]] == UM_NO_GENE ? 0.0 : block.value[at];
        for (size_t at = block.start[n]; at < block.start[n + 1]; at++)
            if (problem.gene_of_row[block.row[at]] != UM_NO_GENE)
                share[problem.gene_of_row[block.row[at]]] += block.value[at] / total;
    }
    assert_ok(cx, um_jackknife_open(&batch, share, &jackknife));
    assert_ok(cx, um_errors_form(&errors, &batch, optimum->exposures, NULL, &rows));
    um_draws_begin(&draws, &batch);
    assert_ok(cx, um_jackknife_form(&jackknife, &batch, &errors, draws.gradient, optimum->exposures));
    form_variance(&jackknife, &batch, optimum->exposures, variance);
    um_assert_close(variance, golden_jackknife, N * GOLDEN_TYPES, 1e-4, 1e-8, "jackknife");
    um_jackknife_close(&jackknife);

    um_draws_close(&draws);
    um_errors_close(&errors);
    um_batch_clear(&batch);
    um_queue_close(queue);
    um_block_clear(&block);
    um_problem_clear(&problem);
    unmix_device_close(device);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draw_moves_the_solution_as_a_fit_does),
    };
    return cmocka_run_group_tests(tests, open_all, close_all) != 0 ? 1 : 0;
}
