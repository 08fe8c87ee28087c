/* Weights by specificity of genes by hand: one type alone, alike in all, single counts, and the formula between. */
#include "deconvolve/problem/specificity.h"

#include <math.h>

#include "testing/testing.h"

static void units_are_the_smallest_values(void **state)
{
    (void)state;
    double unit[3];
    um_specificity_units((double[]){0.5, 0.0, 0.25, 0.125, 0.0, 0.0, 0.375, 0.0, 0.75}, 3, 3, unit);
    assert_true(unit[0] == 0.125 && unit[1] == 1.0 && unit[2] == 0.25);
}

static void one_type_alone_has_the_most(void **state)
{
    (void)state;
    const double unit[] = {1e-6, 1e-6, 1e-6, 1e-6};
    assert_true(um_specificity((double[]){1e-3, 0, 0, 0}, unit, 4) == 0.1);
    assert_true(um_specificity((double[]){1e-3, 1e-3, 0, 0}, unit, 4) == 0.1); /* a third without the cap */
}

static void alike_in_all_has_none(void **state)
{
    (void)state;
    const double unit[] = {1e-6, 1e-6, 1e-6};
    assert_true(um_specificity((double[]){0.25, 0.25, 0.25}, unit, 3) == 0.0);
    assert_true(um_specificity((double[]){0, 0, 0}, unit, 3) == 0.0);
}

/* One count in one type and none elsewhere: v = u^2 (1/C - 1/C^2) - 2 (1 - 1/C) u^2 / C < 0. */
static void a_single_count_has_none(void **state)
{
    (void)state;
    const double unit[] = {1e-6, 1e-6, 1e-6};
    assert_true(um_specificity((double[]){1e-6, 0, 0}, unit, 3) == 0.0);
    assert_true(um_specificity((double[]){2e-6, 0, 0}, unit, 3) < 1e-15);
    assert_true(um_specificity((double[]){8e-6, 0, 0}, unit, 3) == 0.1);
}

static void the_formula_between(void **state)
{
    (void)state;
    const double S[] = {3e-4, 4e-4, 5e-4}, unit[] = {1e-6, 2e-6, 4e-6};
    const double mean = 4e-4, v = (1e-8 + 0 + 1e-8) / 3 - 2 * (2.0 / 3.0) * (3e-10 + 8e-10 + 20e-10) / 3;
    const double want = v / (mean * mean) / 2, got = um_specificity(S, unit, 3);
    um_assert_close(&got, &want, 1, 1e-14, 0.0, "weight");
    assert_true(got > 0.0 && got < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_the_smallest_values), cmocka_unit_test(one_type_alone_has_the_most),
        cmocka_unit_test(alike_in_all_has_none),         cmocka_unit_test(a_single_count_has_none),
        cmocka_unit_test(the_formula_between),
    };
    return um_run_group(tests);
}
