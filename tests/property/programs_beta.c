/*
 * Multiplicative updates of the beta-divergence never raise it: for every beta, as its exponents are those of a
 * majorisation (Fevotte, Idier 2011), and whatever is missing. Seen in double from every entry, on the tuning of a CPU and of
 * a GPU.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "programs/nmf/nmf.h"
#include "testing/testing.h"

enum { CELLS = 47, GENES = 39, K = 3, ITERATIONS = 25 };

static const double betas[] = {-1.2, 0, 0.2, 0.5, 1.5, 1.9, 2.5, 4};

typedef struct setting {
    unmix_context *cx;
    unmix_device *device;
    double x[CELLS * GENES], W[CELLS * K], H[K * GENES];
    unsigned char lost[CELLS * GENES];
    um_sparse X, missing;
    um_nmf_options options;
} setting;

/* Above 0 where the loss needs it, else counts with zeros. */
static void fill(setting *s, double beta, int with_missing)
{
    um_random random;
    size_t used = 0, lost = 0;
    um_random_start(&random, 3, "property", "beta");
    for (size_t c = 0; c < CELLS; c++) {
        for (size_t j = 0; j < GENES; j++) {
            const size_t at = c * GENES + j;
            s->x[at] = um_random_poisson(&random, c % K == j % K ? 4 : 0.4) + (beta <= 0 ? 0.25 : 0);
            s->lost[at] = um_random_uniform(&random) < 0.1 && with_missing;
            if (s->lost[at])
                s->missing.column[lost++] = (uint32_t)j;
            else if (s->x[at] > 0) {
                s->X.column[used] = (uint32_t)j;
                s->X.value[used++] = s->x[at];
            }
        }
        s->X.start[c + 1] = used;
        s->missing.start[c + 1] = lost;
    }
    for (size_t i = 0; i < CELLS * K; i++)
        s->W[i] = (float)(0.05 + um_random_uniform(&random));
    for (size_t i = 0; i < K * GENES; i++)
        s->H[i] = (float)(0.05 + um_random_uniform(&random));
}

/* `size`: the magnitudes in it. */
static double objective(const setting *s, double b, double *size)
{
    double sum = 0;
    *size = 0;
    for (size_t i = 0; i < CELLS * GENES; i++) {
        const double x = s->x[i];
        double y = 0;
        for (size_t t = 0; t < K && !s->lost[i]; t++)
            y += s->W[i / GENES * K + t] * s->H[t * GENES + i % GENES];
        if (s->lost[i])
            continue;
        const double parts[] = {b == 0 ? x / y : x > 0 ? pow(x, b) / (b * (b - 1)) : 0,
                                b == 0 ? -log(x / y) : pow(y, b) / b,
                                b == 0 ? -1 : x > 0 ? -x * pow(y, b - 1) / (b - 1) : 0};
        for (size_t part = 0; part < 3; part++) {
            sum += parts[part];
            *size += fabs(parts[part]);
        }
    }
    return sum;
}

static void check(setting *s, double beta, int with_missing, double eps)
{
    const um_nmf_data data = {&s->X, with_missing ? &s->missing : NULL};
    um_factors factors = {s->W, s->H};
    double size = 0;
    fill(s, beta, with_missing);
    s->options = (um_nmf_options){.solver = UM_NMF_MU,
                                  .loss = beta == 0 ? UM_NMF_ITAKURA_SAITO : UM_NMF_BETA,
                                  .beta = beta,
                                  .components = K,
                                  .max_iterations = 1};
    double before = objective(s, beta, &size);
    for (size_t iteration = 1; iteration <= ITERATIONS; iteration++) {
        um_nmf_fit fit = {0};
        assert_ok(s->cx, um_nmf(s->cx, s->device, &data, &s->options, &factors, &fit));
        const double now = objective(s, beta, &size);
        /* A step off by a relative (CELLS + 2 K) eps moves the objective by |beta| + 1 times that times its magnitudes. */
        const double off = 2 * (fabs(beta) + 1) * (CELLS + 2 * K + 32) * eps * size;
        if (!(now <= before + off))
            fail_msg("beta %g, missing %d, iteration %zu: %.17g after %.17g", beta, with_missing, iteration, now, before);
        um_assert_close(&fit.loss, &now, 1, 0, 4 * CELLS * GENES * 0x1p-53 * size, "loss");
        before = now;
        um_nmf_fit_clear(&fit);
    }
}

static void no_iteration_raises_the_loss(unmix_precision precision, const char *tuning)
{
    static setting s;
    s = (setting){.cx = um_test_context()};
    assert_ok(s.cx, unmix_device_open(s.cx, "auto", precision, &s.device));
    assert_ok(s.cx, unmix_device_tune(s.cx, s.device, tuning));
    assert_ok(s.cx, um_sparse_allocate(s.cx, &s.X, CELLS, GENES, (size_t)CELLS * GENES));
    assert_ok(s.cx, um_sparse_allocate(s.cx, &s.missing, CELLS, GENES, (size_t)CELLS * GENES));
    for (size_t b = 0; b < sizeof betas / sizeof betas[0]; b++)
        for (int with_missing = 0; with_missing < 2; with_missing++)
            check(&s, betas[b], with_missing, precision == UNMIX_SINGLE ? 0x1p-24 : 0x1p-53);
    um_sparse_clear(&s.X);
    um_sparse_clear(&s.missing);
    unmix_device_close(s.device);
    unmix_context_free(s.cx);
}

static void in_single(void **state)
{
    (void)state;
    no_iteration_raises_the_loss(UNMIX_SINGLE, "");
}

static void in_double(void **state)
{
    (void)state;
    no_iteration_raises_the_loss(UNMIX_DOUBLE, "");
}

static void as_on_a_gpu(void **state)
{
    (void)state;
    no_iteration_raises_the_loss(UNMIX_SINGLE, "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64 fold=0 dense=0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_single),
        cmocka_unit_test(in_double),
        cmocka_unit_test(as_on_a_gpu),
    };
    return um_run_group(tests);
}
