/* Cohorts in memory for the properties of deconvolution: drawn, permuted, cut, deconvolved through the public API. */
#ifndef UM_TESTS_COHORT_H
#define UM_TESTS_COHORT_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/random.h"
#include "testing/testing.h"
#include "unmix/unmix.h"

typedef struct cohort {
    size_t G, C, N;
    char **gene, **type, **sample; /* shared with the cohort that this was cut from */
    double *S;                     /* G x C */
    double *k;                     /* G x N */
    double *length, *weight;       /* G */
} cohort;

/* Everything that is allocated lives as long as the test process: the tests are small and share names. */
static inline double *cohort_reals(size_t n)
{
    double *values = calloc(n ? n : 1, sizeof *values);
    if (!values)
        abort();
    return values;
}

enum { NAME = 64 }; /* bytes of a name */

static inline char **cohort_names(const char *prefix, size_t n)
{
    char **names = calloc(n ? n : 1, sizeof *names);
    char *text = malloc(n * NAME + 1);
    if (!names || !text)
        abort();
    for (size_t i = 0; i < n; i++) {
        names[i] = text + i * NAME;
        (void)snprintf(names[i], NAME, "%.40s%06zu", prefix, i + 1);
    }
    return names;
}

/*
 * Poisson counts of random mixtures. The first C genes are markers: gene j is expressed by type j alone; gene C by none
 * (background only). Samples differ in depth (a few hundred to millions) and in how many types they hold.
 */
static inline cohort cohort_draw(size_t G, size_t C, size_t N, uint64_t seed)
{
    cohort c = {.G = G,
                .C = C,
                .N = N,
                .gene = cohort_names("g", G),
                .type = cohort_names("type", C),
                .sample = cohort_names("s", N),
                .S = cohort_reals(G * C),
                .k = cohort_reals(G * N),
                .length = cohort_reals(G),
                .weight = cohort_reals(G)};
    um_random r;
    um_random_start(&r, seed, "test", "cohort");
    double *E = cohort_reals(C), *sum = cohort_reals(C);
    for (size_t g = 0; g < G; g++) {
        c.length[g] = floor(200.0 + 5000.0 * um_random_uniform(&r));
        c.weight[g] = g % 5 == 4 && g > C ? 0.5 : 1.0;
        const double family = exp(um_random_normal(&r));
        for (size_t j = 0; j < C; j++) {
            const int silent = (g < C && g != j) || g == C;
            c.S[g * C + j] = silent ? 0.0 : family * exp(0.7 * um_random_normal(&r));
            sum[j] += c.S[g * C + j];
        }
    }
    for (size_t n = 0; n < N; n++) {
        const double depth = pow(10.0, 2.5 + 4.0 * um_random_uniform(&r)), background = 0.02 * depth;
        double types = 0.0;
        for (size_t j = 0; j < C; j++) {
            E[j] = (j + n) % (1 + n % C) == 0 ? um_random_gamma(&r, 0.5) + 0.05 : 0.0;
            types += E[j];
        }
        for (size_t g = 0; g < G; g++) {
            double q = background / (double)G;
            for (size_t j = 0; j < C; j++)
                q += c.S[g * C + j] / sum[j] * depth * E[j] / types;
            c.k[g * N + n] = um_random_poisson(&r, q * c.length[g] / 500.0);
        }
        for (size_t g = 0; g <= C; g++)
            c.k[g * N + n] += 1.0; /* markers and background gene never empty: they bound what can be known */
    }
    free(E);
    free(sum);
    return c;
}

static inline size_t *cohort_order(size_t n)
{
    size_t *order = calloc(n, sizeof *order);
    if (!order)
        abort();
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    return order;
}

/* A random permutation. */
static inline size_t *cohort_shuffle(size_t n, uint64_t seed)
{
    size_t *order = cohort_order(n);
    um_random r;
    um_random_start(&r, seed, "test", "shuffle");
    for (size_t i = n; i > 1; i--) {
        const size_t j = um_random_below(&r, i), t = order[i - 1];
        order[i - 1] = order[j];
        order[j] = t;
    }
    return order;
}

/* The same cohort with genes, types and samples picked in another order (NULL: all as they are). */
static inline cohort cohort_pick(const cohort *from, const size_t *genes, size_t G, const size_t *types,
                                 const size_t *samples, size_t N)
{
    cohort c = {.G = genes ? G : from->G, .C = from->C, .N = samples ? N : from->N};
    c.gene = cohort_names("", c.G);
    c.type = cohort_names("", c.C);
    c.sample = cohort_names("", c.N);
    c.S = cohort_reals(c.G * c.C);
    c.k = cohort_reals(c.G * c.N);
    c.length = cohort_reals(c.G);
    c.weight = cohort_reals(c.G);
    for (size_t j = 0; j < c.C; j++)
        c.type[j] = from->type[types ? types[j] : j];
    for (size_t n = 0; n < c.N; n++)
        c.sample[n] = from->sample[samples ? samples[n] : n];
    for (size_t g = 0; g < c.G; g++) {
        const size_t f = genes ? genes[g] : g;
        c.gene[g] = from->gene[f];
        c.length[g] = from->length[f];
        c.weight[g] = from->weight[f];
        for (size_t j = 0; j < c.C; j++)
            c.S[g * c.C + j] = from->S[f * c.C + (types ? types[j] : j)];
        for (size_t n = 0; n < c.N; n++)
            c.k[g * c.N + n] = from->k[f * from->N + (samples ? samples[n] : n)];
    }
    return c;
}

static inline cohort cohort_copy(const cohort *from)
{
    return cohort_pick(from, NULL, 0, NULL, NULL, 0);
}

static inline cohort cohort_one(const cohort *from, size_t sample)
{
    return cohort_pick(from, NULL, 0, NULL, &sample, 1);
}

static inline unmix_deconvolve_options cohort_options(unmix_method method, double tolerance, long max_iterations)
{
    unmix_deconvolve_options options;
    unmix_deconvolve_options_init(&options);
    options.bulk_units = UNMIX_BULK_READS; /* what is drawn here may look like anything */
    options.method = method;
    options.tolerance = tolerance;
    options.max_iterations = max_iterations;
    options.scale = UNMIX_SCALE_LINEAR;
    options.signature_scale = UNMIX_SIGNATURE_SCALE_NONE;
    return options;
}

/* Iterates to max_iterations: no change is as small as this. */
static const double cohort_never = 1e-300;

static inline unmix_result *cohort_deconvolve(unmix_context *cx, unmix_device *device, const cohort *c,
                                              const unmix_deconvolve_options *options)
{
    unmix_matrix *signatures = NULL, *bulk = NULL;
    unmix_source *source = NULL;
    unmix_gene_info *info = NULL;
    unmix_result *result = NULL;
    const char *const *genes = (const char *const *)c->gene;
    assert_ok(cx, unmix_matrix_new(cx, c->G, c->C, genes, (const char *const *)c->type, c->S, &signatures));
    assert_ok(cx, unmix_matrix_new(cx, c->G, c->N, genes, (const char *const *)c->sample, c->k, &bulk));
    assert_ok(cx, unmix_source_from_matrix(cx, bulk, &source));
    assert_ok(cx, unmix_gene_info_new(cx, c->G, genes, c->length, c->weight, &info));
    assert_ok(cx, unmix_deconvolve(cx, device, signatures, source, info, options, &result));
    unmix_gene_info_free(info);
    unmix_source_close(source);
    unmix_matrix_free(bulk);
    unmix_matrix_free(signatures);
    return result;
}

static inline const double *cohort_row(const unmix_result *result, const char *matrix, size_t sample)
{
    const unmix_matrix *m = unmix_result_matrix(result, matrix);
    return unmix_matrix_values(m) + sample * unmix_matrix_columns(m);
}

static inline double cohort_metric(const unmix_result *result, size_t sample, const char *name)
{
    const unmix_matrix *m = unmix_result_matrix(result, "metrics");
    for (size_t i = 0; i < unmix_matrix_columns(m); i++)
        if (strcmp(unmix_matrix_column_name(m, i), name) == 0)
            return cohort_row(result, "metrics", sample)[i];
    fail_msg("no metric '%s'", name);
    return NAN;
}

/* sum_g w_g k_gn over all genes. */
static inline double cohort_T(const cohort *c, size_t sample)
{
    double T = 0.0;
    for (size_t g = 0; g < c->G; g++)
        T += c->weight[g] * c->k[g * c->N + sample];
    return T;
}

/* All that is known of a sample is the same to the last bit. */
static inline void cohort_assert_same_bits(const unmix_result *a, size_t i, const unmix_result *b, size_t j,
                                           const char *what)
{
    static const char *const names[] = {"exposures", "proportions", "proportions_with_intercept", "metrics"};
    for (size_t m = 0; m < sizeof names / sizeof names[0]; m++) {
        const size_t n = unmix_matrix_columns(unmix_result_matrix(a, names[m]));
        const double *x = cohort_row(a, names[m], i), *y = cohort_row(b, names[m], j);
        for (size_t at = 0; at < n; at++)
            if (memcmp(x + at, y + at, sizeof *x) != 0)
                fail_msg("%s: sample %zu and %zu differ in %s, '%s': %.17g and %.17g", what, i, j, names[m],
                         unmix_matrix_column_name(unmix_result_matrix(a, names[m]), at), x[at], y[at]);
    }
}

/* The device in a precision; skips the test where there is no fp64. */
static inline unmix_device *cohort_device(unmix_context *cx, unmix_precision precision)
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

static inline double cohort_unit(unmix_precision precision)
{
    return precision == UNMIX_SINGLE ? 0x1p-24 : 0x1p-53;
}

/*
 * Relative error of one iteration of em: a sum over the sources, one over the genes of a tile (at most 256), and some
 * ten operations more.
 */
static inline double cohort_step_error(const cohort *c, unmix_precision precision)
{
    return ((double)(c->G < 256 ? c->G : 256) + (double)c->C + 1.0 + 10.0) * cohort_unit(precision);
}

#endif
