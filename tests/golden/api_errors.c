/* Standard errors against numpy (tests/golden/errors.py), at the very exposures of the golden optimum. */
#include "deconvolve/certify/errors.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "golden/deconvolve_golden.h"
#include "golden/errors_golden.h"
#include "golden/problem.h"

enum { G = GOLDEN_GENES, C = GOLDEN_TYPES, N = GOLDEN_SAMPLES };

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

typedef struct errors_case {
    const char *optimum; /* name in golden_optimum[] */
    const double *want;
    int sizes; /* 0 none, 1 given, 2 column sums */
} errors_case;

static const errors_case cases[] = {
    {"intercept", golden_se_intercept, 0}, {"no_intercept", golden_se_no_intercept, 0},  {"reads", golden_se_reads, 0},
    {"intercept", golden_se_given, 1},     {"intercept", golden_se_column_sums, 2},
};

static void form(unmix_device *device, const errors_case *c, double *se)
{
    const golden_case *optimum = golden_optimum_case(c->optimum);
    const unmix_deconvolve_options options = golden_options(optimum);
    um_problem problem = {0};
    um_batch batch = {0};
    um_block block = {0};
    um_errors errors;
    static const size_t column[N] = {0, 1, 2, 3, 4};
    assert_ok(cx, um_problem_stage(cx, &problem, &golden.signatures, &golden.bulk, &golden.table, &options));
    assert_ok(cx, um_source_read(cx, &golden.bulk, 0, N, &block));
    um_queue *queue = NULL;
    assert_ok(cx, um_queue_open(cx, device, &queue));
    assert_ok(cx, um_batch_open(cx, &batch, queue, &problem, problem.D, N));
    assert_ok(cx, um_errors_open(&batch, &errors));
    um_batch_load(&batch, &block, column, N);
    const double *sizes = c->sizes == 0 ? NULL : c->sizes == 1 ? golden_cell_sizes : problem.sum;
    static uint16_t group[N * C];
    static double low[N * C], high[N * C];
    const um_error_rows rows = {se, group, low, high};
    assert_ok(cx, um_errors_form(&errors, &batch, optimum->exposures, sizes, &rows));
    um_errors_close(&errors);
    um_batch_clear(&batch);
    um_queue_close(queue);
    um_block_clear(&block);
    um_problem_clear(&problem);
}

/*
 * In double the formula, and the condition of these small matrices (under 1e4), leave 1e-8. In single the Gram matrices
 * carry a few 1e-7, which the same condition may raise to some 1e-5 for a type that is well determined. An error that
 * is 0 (pure samples) is the root of a difference of roundings.
 */
static void errors_in(unmix_precision precision, double relative, double absolute)
{
    unmix_device *device = golden_device(cx, precision);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double se[N * C];
        char what[60];
        (void)snprintf(what, sizeof what, "%s, cell sizes %d", cases[i].optimum, cases[i].sizes);
        form(device, &cases[i], se);
        um_assert_close(se, cases[i].want, N * C, relative, absolute, what);
    }
    unmix_device_close(device);
}

static void errors_in_double(void **state)
{
    (void)state;
    errors_in(UNMIX_DOUBLE, 1e-8, 1e-9);
}

static void errors_in_single(void **state)
{
    (void)state;
    errors_in(UNMIX_SINGLE, 1e-4, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_in_double),
        cmocka_unit_test(errors_in_single),
    };
    return cmocka_run_group_tests(tests, open_all, close_all) != 0 ? 1 : 0;
}
