/* Covariances of a sample and the types that it cannot tell apart, from small matrices with known answers. */
#include "deconvolve/certify/inseparable.h"

#include <math.h>
#include <string.h>

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

enum { M = 5, C = 4, GENES = 12 };

/* A gene for a gene: profiles, counts' weights and residuals of a made-up sample. */
typedef struct sample {
    double a[GENES][M], E[M], D[M];
    um_sandwich s;
} sample;

/* Between 0 and 1, of no pattern. */
static double at(size_t g, size_t j)
{
    const double x = 43758.5453 * sin(12.9898 * (double)(g + 1) + 78.233 * (double)(j + 1));
    return x - floor(x);
}

static void open_sample(sample *x)
{
    static const double E[M] = {30.0, 20.0, 10.0, 25.0, 5.0};
    memcpy(x->E, E, sizeof E);
    assert_ok(cx, um_sandwich_open(cx, &x->s, M));
    for (size_t g = 0; g < GENES; g++)
        for (size_t j = 0; j < M; j++)
            x->a[g][j] = at(g, j);
}

/* H and B as for counts k = yhat (1 + e) with e = +-noise in turn; D so that all free sources are at their optimum. */
static void fill(sample *x, double noise)
{
    memset(x->s.H, 0, M * M * sizeof *x->s.H);
    memset(x->s.B, 0, M * M * sizeof *x->s.B);
    for (size_t g = 0; g < GENES; g++) {
        double y = 0.0;
        for (size_t j = 0; j < M; j++)
            y += x->a[g][j] * x->E[j];
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j < M; j++) {
                x->s.H[i * M + j] += x->a[g][i] * x->a[g][j] / y;
                x->s.B[i * M + j] += noise * noise * x->a[g][i] * x->a[g][j];
            }
    }
    x->s.n = 0;
    for (size_t j = 0; j < M; j++) {
        x->D[j] = 0.0;
        for (size_t i = 0; i < M; i++)
            x->D[j] += x->s.H[j * M + i] * x->E[i];
        if (x->E[j] > 0.0)
            x->s.source[x->s.n++] = j;
    }
    assert_ok(cx, um_sandwich_form(cx, &x->s, 1e-12));
}

static double sum_at(const double *E, const double *size, const unsigned char *in)
{
    double all = 0.0, some = 0.0;
    for (size_t j = 0; j < C; j++) {
        all += E[j] / (size ? size[j] : 1.0);
        some += in[j] ? E[j] / (size ? size[j] : 1.0) : 0.0;
    }
    return some / all;
}

/* J V J' with J by central differences: error of order step^2. */
static void variance_of_a_sum_is_that_of_differences(void **state)
{
    (void)state;
    static const double sizes[C] = {1.0, 0.25, 3.0, 1.7};
    sample x;
    open_sample(&x);
    x.E[2] = 0.0; /* not free: does not move */
    fill(&x, 0.1);
    for (size_t with = 0; with < 2; with++)
        for (unsigned set = 1; set < 1U << C; set++) {
            const um_mixture mixture = {C, x.E, with ? sizes : NULL};
            unsigned char in[C];
            double J[M] = {0.0}, want = 0.0;
            for (size_t j = 0; j < C; j++)
                in[j] = set >> j & 1U;
            for (size_t j = 0; j < M; j++) {
                double up[M], down[M];
                memcpy(up, x.E, sizeof up);
                memcpy(down, x.E, sizeof down);
                up[j] += 1e-3;
                down[j] -= 1e-3;
                J[j] = (sum_at(up, mixture.cell_size, in) - sum_at(down, mixture.cell_size, in)) / 2e-3;
            }
            for (size_t a = 0; a < x.s.n; a++)
                for (size_t b = 0; b < x.s.n; b++)
                    want += J[x.s.source[a]] * x.s.V[a * x.s.n + b] * J[x.s.source[b]];
            const double got = um_sandwich_variance(&x.s, &mixture, in), sum = um_mixture_sum(&mixture, in);
            const double sum_wanted = sum_at(x.E, mixture.cell_size, in);
            um_assert_close(&sum, &sum_wanted, 1, 1e-14, 0.0, "sum");
            um_assert_close(&got, &want, 1, 1e-6, 1e-12, "variance");
        }
    um_sandwich_close(&x.s);
}

/* H V H = B where H has full rank. */
static void covariance_is_the_sandwich(void **state)
{
    (void)state;
    sample x;
    open_sample(&x);
    fill(&x, 0.3);
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < M; j++) {
            double HVH = 0.0;
            for (size_t a = 0; a < M; a++)
                for (size_t b = 0; b < M; b++)
                    HVH += x.s.H[i * M + a] * x.s.V[a * M + b] * x.s.H[b * M + j];
            um_assert_close(&HVH, &x.s.B[i * M + j], 1, 1e-8, 0.0, "H V H");
        }
    um_sandwich_close(&x.s);
}

static void find(sample *x, uint16_t *group, double *se)
{
    const um_mixture mixture = {C, x->E, NULL};
    assert_ok(cx, um_inseparable_find(cx, &x->s, &mixture, x->D, 1e-12, group, se));
}

/* Profile j becomes that of i but for a small part. */
static void make_like(sample *x, size_t j, size_t i, double part)
{
    for (size_t g = 0; g < GENES; g++)
        x->a[g][j] = (1.0 - part) * x->a[g][i] + part * at(g, j);
}

static void expect(const uint16_t *group, uint16_t a, uint16_t b, uint16_t c, uint16_t d)
{
    const uint16_t want[C] = {a, b, c, d};
    for (size_t j = 0; j < C; j++)
        if (group[j] != want[j])
            fail_msg("groups %u %u %u %u, expected %u %u %u %u", group[0], group[1], group[2], group[3], a, b, c, d);
}

static void distinct_types_have_no_group(void **state)
{
    (void)state;
    sample x;
    uint16_t group[C];
    double se[C];
    open_sample(&x);
    fill(&x, 0.01);
    find(&x, group, se);
    expect(group, 0, 0, 0, 0);
    for (size_t j = 0; j < C; j++)
        assert_true(se[j] == 0.0);
    um_sandwich_close(&x.s);
}

/* Alike and noisy: a group, whose sum is known far better than the parts. With little noise the same two are told apart. */
static void alike_types_are_one_group_when_the_noise_hides_their_difference(void **state)
{
    (void)state;
    sample x;
    uint16_t group[C];
    double se[C];
    open_sample(&x);
    make_like(&x, 3, 1, 0.02);
    fill(&x, 0.05);
    const um_mixture mixture = {C, x.E, NULL};
    const unsigned char one[C] = {0, 1, 0, 0};
    find(&x, group, se);
    expect(group, 0, 1, 0, 1);
    assert_true(se[1] > 0.0 && se[1] == se[3] && se[0] == 0.0);
    assert_true(10.0 * se[1] < sqrt(um_sandwich_variance(&x.s, &mixture, one)));
    fill(&x, 1e-5);
    find(&x, group, se);
    expect(group, 0, 0, 0, 0);
    um_sandwich_close(&x.s);
}

/* Two pairs are two groups, numbered by their first types; pairs with a type in common are one. */
static void pairs_make_groups(void **state)
{
    (void)state;
    sample x;
    uint16_t group[C];
    double se[C];
    open_sample(&x);
    make_like(&x, 3, 0, 0.01);
    make_like(&x, 2, 1, 0.01);
    fill(&x, 0.05);
    find(&x, group, se);
    expect(group, 1, 2, 2, 1);
    um_sandwich_close(&x.s);
}

/* The same profile twice: no noise is needed, whichever of the two is above zero. */
static void twins_are_a_group(void **state)
{
    (void)state;
    for (size_t zero = 0; zero < 2; zero++) {
        sample x;
        uint16_t group[C];
        double se[C];
        open_sample(&x);
        make_like(&x, 2, 0, 0.0);
        x.E[2] = zero ? 0.0 : 10.0;
        fill(&x, 1e-3);
        find(&x, group, se);
        expect(group, 1, 0, 1, 0);
        assert_true(isfinite(se[0]) && se[0] > 0.0);
        um_sandwich_close(&x.s);
    }
}

/* A type at zero that its noise could hide takes part; one that the data rule out does not. */
static void types_at_zero_take_part_unless_they_are_ruled_out(void **state)
{
    (void)state;
    sample x;
    uint16_t group[C];
    double se[C];
    open_sample(&x);
    make_like(&x, 3, 1, 0.02);
    x.E[3] = 0.0;
    fill(&x, 0.05); /* g = 0: at zero by a hair */
    find(&x, group, se);
    expect(group, 0, 1, 0, 1);
    fill(&x, 0.05);
    x.D[3] *= 1.5; /* the gradient keeps it down */
    find(&x, group, se);
    expect(group, 0, 0, 0, 0);
    um_sandwich_close(&x.s);
}

/* What is uncertain by less than a hundredth is not worth a word. */
static void traces_are_not_named(void **state)
{
    (void)state;
    sample x;
    uint16_t group[C];
    double se[C];
    open_sample(&x);
    make_like(&x, 3, 1, 0.02);
    x.E[1] = x.E[3] = 1e-4;
    fill(&x, 1e-4);
    find(&x, group, se);
    expect(group, 0, 0, 0, 0);
    um_sandwich_close(&x.s);
}

#define inseparable_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        inseparable_test(variance_of_a_sum_is_that_of_differences),
        inseparable_test(covariance_is_the_sandwich),
        inseparable_test(distinct_types_have_no_group),
        inseparable_test(alike_types_are_one_group_when_the_noise_hides_their_difference),
        inseparable_test(pairs_make_groups),
        inseparable_test(twins_are_a_group),
        inseparable_test(types_at_zero_take_part_unless_they_are_ruled_out),
        inseparable_test(traces_are_not_named),
    };
    return um_run_group(tests);
}
