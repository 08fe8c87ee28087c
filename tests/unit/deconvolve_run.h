/* Small cohorts in memory for unit tests of what lies around the exact solver: drawn, changed, deconvolved. */
#ifndef UM_TESTS_DECONVOLVE_RUN_H
#define UM_TESTS_DECONVOLVE_RUN_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "deconvolve/deconvolution.h"
#include "testing/testing.h"

typedef struct inputs {
    um_matrix signatures, counts;
    double *truth; /* samples x types */
} inputs;

static inline void inputs_names(unmix_context *cx, um_names *names, const char *prefix, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char name[40];
        (void)snprintf(name, sizeof name, "%s%04zu", prefix, i + 1);
        assert_ok(cx, um_names_add(cx, names, name, strlen(name)));
    }
}

static inline um_matrix inputs_matrix(unmix_context *cx, const char *origin, size_t G, const char *prefix, size_t n)
{
    um_matrix m = {0};
    inputs_names(cx, &m.rows, "g", G);
    inputs_names(cx, &m.columns, prefix, n);
    assert_ok(cx, um_matrix_set_origin(cx, &m, origin));
    assert_ok(cx, um_matrix_allocate(cx, &m));
    return m;
}

/* Signatures of different types, proportions all above zero, gamma-Poisson counts (dispersion 0: Poisson). */
static inline inputs inputs_draw(unmix_context *cx, size_t G, size_t C, size_t N, double depth, double dispersion, uint64_t seed)
{
    inputs in = {inputs_matrix(cx, "signatures", G, "type", C), inputs_matrix(cx, "counts", G, "s", N), calloc(N * C, sizeof(double))};
    um_random r;
    um_random_start(&r, seed, "test", "inputs");
    double *sum = calloc(C, sizeof *sum);
    if (!in.truth || !sum)
        abort();
    for (size_t i = 0; i < G * C; i++) {
        in.signatures.values[i] = exp(1.2 * um_random_normal(&r));
        sum[i % C] += in.signatures.values[i];
    }
    for (size_t n = 0; n < N; n++) {
        double *P = in.truth + n * C, all = 0.0;
        for (size_t j = 0; j < C; j++) {
            P[j] = um_random_gamma(&r, 2.0) + 0.2;
            all += P[j];
        }
        for (size_t j = 0; j < C; j++)
            P[j] /= all;
        for (size_t g = 0; g < G; g++) {
            double y = 0.02 * depth / (double)G;
            for (size_t j = 0; j < C; j++)
                y += depth * P[j] * in.signatures.values[g * C + j] / sum[j];
            if (dispersion > 0.0)
                y *= dispersion * um_random_gamma(&r, 1.0 / dispersion);
            in.counts.values[g * N + n] = um_random_poisson(&r, y);
        }
    }
    free(sum);
    return in;
}

static inline void inputs_clear(inputs *in)
{
    um_matrix_clear(&in->signatures);
    um_matrix_clear(&in->counts);
    free(in->truth);
}

static inline unmix_deconvolve_options inputs_options(void)
{
    return (unmix_deconvolve_options){
        .method = UNMIX_METHOD_EXACT,
        .scale = UNMIX_SCALE_LINEAR,
        .intercept = 1,
        .errors = 1,
        .insert_size = 500.0,
        .learning_rate = 0.01,
        .start_exposure = -10.0,
        .seed = 42,
    };
}

static inline um_result inputs_deconvolve(unmix_context *cx, unmix_device *device, const inputs *in,
                                          const unmix_deconvolve_options *options)
{
    um_source bulk;
    um_result result = {0};
    um_source_of_matrix(&bulk, &in->counts);
    assert_ok(cx, um_deconvolve(cx, device, &in->signatures, NULL, &bulk, NULL, NULL, NULL, options, &result));
    return result;
}

/* The device in a precision; skips the test where there is no fp64. */
static inline unmix_device *inputs_device(unmix_context *cx, unmix_precision precision)
{
    unmix_device *device = NULL;
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    if (precision == UNMIX_SINGLE)
        return device;
    const int has_double = unmix_device_get_info(device)->has_double;
    unmix_device_close(device);
    if (!has_double) {
        print_message("no double precision on this device\n");
        skip();
    }
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_DOUBLE, &device));
    return device;
}

#endif
