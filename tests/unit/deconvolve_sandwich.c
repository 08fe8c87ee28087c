/* The covariance of a sample and the variance of a sum of its proportions, from small matrices with known answers. */
#include "deconvolve/certify/sandwich.h"

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

#define sandwich_test(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        sandwich_test(variance_of_a_sum_is_that_of_differences),
        sandwich_test(covariance_is_the_sandwich),
    };
    return um_run_group(tests);
}
