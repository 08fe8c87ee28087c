/* Agreement against numpy and scipy; tests/golden/compare.py holds the data and printed the values. */
#include "deconvolve/certify/agreement.h"

#include <math.h>
#include <stdio.h>

#include "testing/testing.h"

enum { SAMPLES = 6, TYPES = 3 };

static const double a_64[SAMPLES][TYPES] = {{12, 30, 22}, {12, 20, 32}, {0, 64, 0},
                                            {40, 12, 12}, {5, 30, 29},  {0, 33, 31}};
static const double b_64[SAMPLES][TYPES] = {{10, 33, 21}, {12, 31, 21}, {0, 43, 21},
                                            {33, 10, 21}, {10, 33, 21}, {12, 31, 21}};

static const unmix_agreement want[TYPES + 1] = {
    {"all", 18, 0.82576996412672099, 0.77645690300553372, 0.14814023597216552, 0.1111111111111111, 0, NAN, NAN},
    {"t0", 6, 0.9218994634104013, 0.59090909090909083, 0.095043164535909677, 0.067708333333333329, 0, NAN, NAN},
    {"t1", 6, 0.82383745679877296, 0.74635179253316508, 0.15467960838455727, 0.109375, 0, NAN, NAN},
    {"t2", 6, NAN, NAN, 0.1813218248492626, 0.15625, 0, NAN, NAN},
};

static um_matrix table(unmix_context *cx, const double (*values)[TYPES])
{
    um_matrix m = {0};
    char name[16];
    for (int s = 0; s < SAMPLES; s++)
        assert_ok(cx, um_names_add(cx, &m.rows, name, (size_t)snprintf(name, sizeof name, "s%d", s)));
    for (int t = 0; t < TYPES; t++)
        assert_ok(cx, um_names_add(cx, &m.columns, name, (size_t)snprintf(name, sizeof name, "t%d", t)));
    assert_ok(cx, um_matrix_allocate(cx, &m));
    for (size_t i = 0; i < SAMPLES * TYPES; i++)
        m.values[i] = values[i / TYPES][i % TYPES] / 64;
    return m;
}

static void agreement_equals_numpy_and_scipy(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    um_matrix a = table(cx, a_64), b = table(cx, b_64);
    um_comparison comparison = {0};
    assert_ok(cx, um_compare(cx, &a, &b, NULL, &comparison));
    assert_int_equal(comparison.count, TYPES + 1);
    for (size_t i = 0; i <= TYPES; i++) {
        const unmix_agreement *got = comparison.entries + i;
        assert_string_equal(got->scope, want[i].scope);
        assert_int_equal(got->n, want[i].n);
        /* sums of 18 exact values in another order: at most 18 roundings in each of the sums of a quotient */
        const double tolerance = 4 * 18 * 1.1e-16;
        um_assert_close((double[]){got->rmse, got->mae}, (double[]){want[i].rmse, want[i].mae}, 2, tolerance, 0.0,
                        got->scope);
        if (isnan(want[i].r))
            assert_true(isnan(got->r) && isnan(got->rho));
        else
            um_assert_close((double[]){got->r, got->rho}, (double[]){want[i].r, want[i].rho}, 2, tolerance, 0.0,
                            got->scope);
    }
    um_comparison_clear(&comparison);
    um_matrix_clear(&a);
    um_matrix_clear(&b);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agreement_equals_numpy_and_scipy),
    };
    return um_run_group(tests);
}
