/* Types that a sample cannot tell apart, from draws and Hessians with known answers. */
#include "deconvolve/certify/inseparable.h"

#include <math.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"

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

enum { C = 4, DRAWS = 80 };

/* A sample, and what its draws do: type j moves by own[j] z_j + shared[j] y of the trade that it takes part in. */
typedef struct sample {
    double E[C], size[C];
    double own[C], shared[C];
    unsigned trade[C]; /* 0 or 1 */
    double lower[C], upper[C];
    uint16_t group[C];
    double low[C], high[C];
} sample;

static sample ordinary(void)
{
    return (sample){.E = {30.0, 20.0, 10.0, 40.0}, .size = {1.0, 1.0, 1.0, 1.0}, .own = {0.5, 0.5, 0.5, 0.5}};
}

/* Draws in pairs of z and -z, cut off at zero; intervals of each type of 30% to both sides unless they are set. */
static void find(sample *x)
{
    um_moves moves;
    um_random random;
    assert_ok(cx, um_moves_open(cx, &moves, C, DRAWS, 0));
    um_random_start(&random, 1, "test", "moves");
    for (size_t r = 0; r < DRAWS; r += 2) {
        double z[C], y[2], d[C];
        for (size_t t = 0; t < 2; t++)
            y[t] = um_random_normal(&random);
        for (size_t j = 0; j < C; j++)
            z[j] = um_random_normal(&random);
        for (double side = 1.0; side >= -1.0; side -= 2.0) {
            for (size_t j = 0; j < C; j++)
                d[j] = fmax(side * (x->own[j] * z[j] + x->shared[j] * y[x->trade[j]]), -x->E[j]);
            um_moves_add(&moves, d);
        }
    }
    const um_mixture mixture = {C, x->E, x->size};
    double all = 0.0;
    for (size_t j = 0; j < C; j++)
        all += x->E[j] / x->size[j];
    for (size_t j = 0; j < C; j++) {
        const double P = x->E[j] / x->size[j] / all;
        x->group[j] = (uint16_t)(j + 1);
        x->lower[j] = x->upper[j] == 0.0 ? 0.7 * P : x->lower[j];
        x->upper[j] = x->upper[j] == 0.0 ? 1.3 * P : x->upper[j];
    }
    um_inseparable_find(&moves, &mixture, x->lower, x->upper, x->group, x->low, x->high);
    um_moves_close(&moves);
}

static void expect(const uint16_t *group, uint16_t a, uint16_t b, uint16_t c, uint16_t d)
{
    const uint16_t want[C] = {a, b, c, d};
    for (size_t j = 0; j < C; j++)
        if (group[j] != want[j])
            fail_msg("groups %u %u %u %u, expected %u %u %u %u", group[0], group[1], group[2], group[3], a, b, c, d);
}

/* Types i and j take from each other: a pair, if the interval of one of them is wide. */
static void trade(sample *x, size_t i, size_t j, unsigned which)
{
    x->trade[i] = x->trade[j] = which;
    x->shared[i] = 6.0;
    x->shared[j] = -6.0;
}

static void distinct_types_have_no_group(void **state)
{
    (void)state;
    sample x = ordinary();
    for (size_t j = 0; j < C; j++)
        x.upper[j] = 1.0; /* however uncertain they are */
    find(&x);
    expect(x.group, 0, 0, 0, 0);
    for (size_t j = 0; j < C; j++)
        assert_true(x.low[j] == 0.0 && x.high[j] == 0.0);
}

/* Of two that trade at least one must be uncertain, by half of itself and by a hundredth in all. */
static void a_pair_trades_and_is_uncertain(void **state)
{
    (void)state;
    sample certain = ordinary();
    trade(&certain, 1, 3, 0);
    find(&certain);
    expect(certain.group, 0, 0, 0, 0);
    sample wide = ordinary();
    trade(&wide, 1, 3, 0);
    wide.upper[1] = 0.32; /* 0.2 -+ 0.11 */
    wide.lower[1] = 0.1;
    find(&wide);
    expect(wide.group, 0, 1, 0, 1);
    sample traces = ordinary();
    traces.E[1] = traces.E[2] = 0.1;
    trade(&traces, 1, 2, 0);
    traces.shared[1] = 0.05;
    traces.shared[2] = -0.05;
    traces.own[1] = traces.own[2] = 0.001;
    traces.upper[1] = traces.upper[2] = 0.015;
    find(&traces);
    expect(traces.group, 0, 0, 0, 0);
    traces.upper[1] = 0.025;
    find(&traces);
    expect(traces.group, 0, 1, 1, 0);
}

/* The interval of the sum is of what is left of the trade: that of own moves, here of two types of cell sizes 1 and 2. */
static void the_sum_is_known_where_the_parts_are_not(void **state)
{
    (void)state;
    sample x = ordinary();
    trade(&x, 0, 1, 0);
    x.upper[0] = 0.6;
    x.size[0] = x.size[1] = 2.0;
    find(&x);
    expect(x.group, 1, 1, 0, 0);
    assert_true(x.low[0] == x.low[1] && x.high[0] == x.high[1]);
    const double P = 25.0 / 75.0, middle = (x.low[0] + x.high[0]) / 2.0, half = (x.high[0] - x.low[0]) / 2.0;
    um_assert_close(&middle, &P, 1, 1e-2, 0.0, "middle");
    assert_true(half > 0.005 && half < 0.03); /* 1.96 sqrt(4 own moves of 0.5) / 75, while one of the pair moves by 6 */
}

/* Two pairs are two groups, numbered by their first types; pairs with a type in common are one. */
static void pairs_make_groups(void **state)
{
    (void)state;
    sample two = ordinary();
    trade(&two, 0, 3, 0);
    trade(&two, 1, 2, 1);
    for (size_t j = 0; j < C; j++)
        two.upper[j] = 1.0;
    find(&two);
    expect(two.group, 1, 2, 2, 1);
    sample three = ordinary();
    trade(&three, 0, 1, 0);
    three.trade[3] = 0;
    three.shared[3] = -6.0;
    for (size_t j = 0; j < C; j++)
        three.upper[j] = 1.0;
    find(&three);
    expect(three.group, 1, 1, 0, 1);
}

/* A type at zero trades in the draws that let it rise; when hardly any does, it says nothing. */
static void types_at_zero_take_part_where_draws_let_them_rise(void **state)
{
    (void)state;
    sample x = ordinary();
    x.E[2] = 0.0;
    trade(&x, 2, 3, 0);
    x.upper[2] = 0.2;
    find(&x);
    expect(x.group, 0, 0, 1, 1);
    sample down = ordinary();
    down.E[2] = 0.0;
    trade(&down, 2, 3, 0);
    down.shared[2] = down.own[2] = 0.0; /* never rises */
    down.upper[2] = 0.2;
    find(&down);
    expect(down.group, 0, 0, 0, 0);
}

/* What no draw can show: the same profile, and three profiles of which one is made of the two others. */
static void hidden_directions_are_groups(void **state)
{
    (void)state;
    enum { GENES = 12 };
    for (size_t of_three = 0; of_three < 2; of_three++) {
        um_sandwich s;
        uint16_t group[C];
        double a[GENES][C];
        um_random random;
        um_random_start(&random, 2, "test", "profiles");
        assert_ok(cx, um_sandwich_open(cx, &s, C));
        for (size_t g = 0; g < GENES; g++) {
            for (size_t j = 0; j < C; j++)
                a[g][j] = um_random_uniform(&random);
            a[g][3] = of_three ? a[g][0] + 2.0 * a[g][1] : 3.0 * a[g][1];
        }
        for (size_t i = 0; i < C; i++)
            for (size_t j = 0; j < C; j++)
                for (size_t g = 0; g < GENES; g++) {
                    s.H[i * C + j] += a[g][i] * a[g][j];
                    s.B[i * C + j] += 0.1 * a[g][i] * a[g][j];
                }
        for (s.n = 0; s.n < C; s.n++)
            s.source[s.n] = s.n;
        assert_ok(cx, um_sandwich_form(cx, &s, 1e-12));
        um_inseparable_hidden(&s, C, group);
        assert_true(group[1] == group[3] && group[2] != group[1]);
        assert_int_equal(group[0] == group[1], of_three);
        um_sandwich_close(&s);
    }
}

#define inseparable_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        inseparable_test(distinct_types_have_no_group),
        inseparable_test(a_pair_trades_and_is_uncertain),
        inseparable_test(the_sum_is_known_where_the_parts_are_not),
        inseparable_test(pairs_make_groups),
        inseparable_test(types_at_zero_take_part_where_draws_let_them_rise),
        inseparable_test(hidden_directions_are_groups),
    };
    return um_run_group(tests);
}
