/*
 * em and gd against the same mathematics in numpy (tests/golden/model.py): after exactly n iterations, with the
 * stopping rules, the metrics and the optimum.
 */

/*
 * The start of gd comes from the golden values: um_random_start() and um_random_normal() of this file stand before
 * those of host/core/random.c, which is part of this file under other names, so that the linker does not look for it.
 */
#define um_random_start real_random_start
#define um_random_normal real_random_normal
#include "core/random.c"
#undef um_random_start
#undef um_random_normal

#include "deconvolve/deconvolution.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/deconvolve_golden.h"
#include "testing/testing.h"

enum { G = GOLDEN_GENES, C = GOLDEN_TYPES, N = GOLDEN_SAMPLES };

void um_random_start(um_random *random, uint64_t seed, const char *purpose, const char *name);
double um_random_normal(um_random *random);

static double drawn; /* for gd; NaN: draw really */

void um_random_start(um_random *random, uint64_t seed, const char *purpose, const char *name)
{
    real_random_start(random, seed, purpose, name);
    drawn = NAN;
    for (size_t j = 0; j < C && strcmp(purpose, "gd exposures") == 0; j++)
        if (strcmp(name, golden_type_names[j]) == 0)
            drawn = (golden_log_start[j] + 5.0) / 0.1;
}

double um_random_normal(um_random *random)
{
    return isnan(drawn) ? real_random_normal(random) : drawn;
}

static unmix_context *cx;
static unmix_device *device[2]; /* by precision; NULL without fp64 */
static um_matrix signatures, counts;
static um_names genes;

static void add_name(um_names *names, const char *name)
{
    assert_ok(cx, um_names_add(cx, names, name, strlen(name)));
}

static int open_all(void **state)
{
    (void)state;
    cx = um_test_context();
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device[UNMIX_SINGLE]));
    if (unmix_device_get_info(device[UNMIX_SINGLE])->has_double)
        assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_DOUBLE, &device[UNMIX_DOUBLE]));
    for (int g = 0; g < G; g++) {
        char name[16];
        (void)snprintf(name, sizeof name, "gene%02d", g + 1);
        add_name(&genes, name);
    }
    for (int j = 0; j < C; j++)
        add_name(&signatures.columns, golden_type_names[j]);
    for (int n = 0; n < N; n++)
        add_name(&counts.columns, golden_sample_names[n]);
    um_matrix *matrices[] = {&signatures, &counts};
    for (size_t m = 0; m < 2; m++) {
        assert_ok(cx, um_names_copy(cx, &matrices[m]->rows, &genes));
        assert_ok(cx, um_matrix_set_origin(cx, matrices[m], m ? "counts" : "signatures"));
        assert_ok(cx, um_matrix_allocate(cx, matrices[m]));
    }
    memcpy(signatures.values, golden_signatures, sizeof golden_signatures);
    memcpy(counts.values, golden_counts, sizeof golden_counts);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    um_matrix_clear(&signatures);
    um_matrix_clear(&counts);
    um_names_clear(&genes);
    unmix_device_close(device[UNMIX_SINGLE]);
    unmix_device_close(device[UNMIX_DOUBLE]);
    unmix_context_free(cx);
    return 0;
}

/* With eps in the linear part of the deviance too, as the series needs it, NLL is larger by at most eps a gene. */
static const double eps_of_all_genes = G * 1e-10;

/* Iterates until max_iterations: no change is as small as this. */
static const double never = 1e-300;

static unmix_deconvolve_options options_of(unmix_method method, const golden_case *c)
{
    return (unmix_deconvolve_options){
        .method = method,
        .m_step = (unmix_m_step)c->m_step,
        .stop = (unmix_stop)c->together,
        .signature_scale = UNMIX_SIGNATURE_SCALE_NONE,
        .intercept = c->intercept,
        .insert_size = GOLDEN_INSERT_SIZE,
        .tolerance = c->tolerance > 0.0 ? c->tolerance : never,
        .max_iterations = c->iterations,
        .l1 = c->l1,
        .l2 = c->l2,
        .learning_rate = 0.01,
        .start_exposure = strcmp(c->name, "low") == 0 ? -10.0 : -5.0,
    };
}

static um_result deconvolve(unmix_precision precision, const unmix_deconvolve_options *options)
{
    um_source bulk;
    um_source_of_matrix(&bulk, &counts);
    const um_gene_table table = {"genes", &genes, NULL, golden_lengths, golden_weights, 0};
    um_result result = {0};
    if (!device[precision]) {
        print_message("no double precision on this device\n");
        skip();
    }
    assert_ok(cx, um_deconvolve(cx, device[precision], &signatures, NULL, &bulk, &table, NULL, NULL, options, &result));
    return result;
}

static double unit_of(unmix_precision precision)
{
    return precision == UNMIX_SINGLE ? 0x1p-24 : 0x1p-53;
}

static const double *metric(const um_result *result, size_t sample, enum um_metric which)
{
    return um_row(&result->metrics, sample) + which;
}

/*
 * NLL and gap are formed in double, so they are off by what the exposures are: NLL by their relative error times the
 * sum of |gradient|, which is at most 2 T, and the gap by that of a multiplier and of the scaling.
 */
static void check_fit(const um_result *result, const golden_case *c, double relative, double absolute)
{
    const size_t M = C + (size_t)c->intercept;
    um_assert_close(result->exposures.values, c->exposures, N * M, relative, absolute, c->name);
    for (size_t n = 0; n < N; n++) {
        const double T = *metric(result, n, UM_METRIC_total_counts), off = relative + absolute / T;
        um_assert_close(metric(result, n, UM_METRIC_nll), c->nll + n, 1, 0.0,
                        2.0 * T * off + 1e-12 * T + eps_of_all_genes, c->name);
        /* numpy scales E before eps is added, so yhat + eps differs by up to eps / yhat: here yhat is 0.01 and more */
        um_assert_close(metric(result, n, UM_METRIC_gap), c->gap + n, 1, 0.0, 4.0 * off * (double)M + 1e-8, c->name);
    }
}

/*
 * One iteration of em: sums of M and of G products, four more operations. The errors of n iterations add up (a common
 * error of all exposures is undone by the next step, so they do not grow); twice that for what E does through yhat.
 */
static double em_tolerance(unmix_precision precision, long iterations)
{
    return 2.0 * (double)iterations * (G + C + 1 + 12) * unit_of(precision);
}

static void em_in(unmix_precision precision)
{
    for (size_t i = 0; i < sizeof golden_em / sizeof golden_em[0]; i++) {
        const golden_case *c = &golden_em[i];
        const unmix_deconvolve_options options = options_of(UNMIX_METHOD_EM, c);
        um_result result = deconvolve(precision, &options);
        const double tolerance = em_tolerance(precision, c->iterations);
        /* What l1 takes off leaves the error of a number larger by l1: absolute, and again from every step. */
        check_fit(&result, c, tolerance, tolerance * c->l1);
        um_result_clear(&result);
    }
}

static void em_in_double(void **state)
{
    (void)state;
    em_in(UNMIX_DOUBLE);
}

static void em_in_single(void **state)
{
    (void)state;
    em_in(UNMIX_SINGLE);
}

static void em_stops_where_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_em_run / sizeof golden_em_run[0]; i++) {
        const golden_case *c = &golden_em_run[i];
        const unmix_deconvolve_options options = options_of(UNMIX_METHOD_EM, c);
        um_result result = deconvolve(UNMIX_DOUBLE, &options);
        long most = 0;
        for (size_t n = 0; n < N; n++) {
            um_assert_close(metric(&result, n, UM_METRIC_iterations), c->sample_iterations + n, 1, 0.0, 0.0, c->name);
            assert_true(*metric(&result, n, UM_METRIC_converged) == 1.0);
            most = c->sample_iterations[n] > (double)most ? (long)c->sample_iterations[n] : most;
        }
        check_fit(&result, c, em_tolerance(UNMIX_DOUBLE, most), 0.0);
        um_result_clear(&result);
    }
}

/*
 * Adam moves theta by rate x first / sqrt(second) a step. In float 1 - 0.999f is off by 1000 u, its root by 500 u; the
 * moments carry some ten operations and the gradient the error of the sums, which is a part of E D, not of itself: over
 * `steps` steps of at most `rate` (Adam's bound) theta, and so E relatively, is off by this.
 */
static double gd_tolerance(unmix_precision precision, long steps)
{
    return (double)steps * 0.01 * (500.0 + 20.0 + 8.0 * (G + C + 1 + 12)) * unit_of(precision) +
           16.0 * unit_of(precision);
}

static void gd_in(unmix_precision precision)
{
    for (size_t i = 0; i < sizeof golden_gd / sizeof golden_gd[0]; i++) {
        const golden_case *c = &golden_gd[i];
        const unmix_deconvolve_options options = options_of(UNMIX_METHOD_GD, c);
        um_result result = deconvolve(precision, &options);
        check_fit(&result, c, gd_tolerance(precision, c->iterations), 0.0);
        um_result_clear(&result);
    }
}

static void gd_in_double(void **state)
{
    (void)state;
    gd_in(UNMIX_DOUBLE);
}

static void gd_in_single(void **state)
{
    (void)state;
    gd_in(UNMIX_SINGLE);
}

static void gd_stops_where_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_gd_run / sizeof golden_gd_run[0]; i++) {
        const golden_case *c = &golden_gd_run[i];
        const unmix_deconvolve_options options = options_of(UNMIX_METHOD_GD, c);
        um_result result = deconvolve(UNMIX_DOUBLE, &options);
        long most = 0;
        for (size_t n = 0; n < N; n++) {
            um_assert_close(metric(&result, n, UM_METRIC_iterations), c->sample_iterations + n, 1, 0.0, 0.0, c->name);
            most = c->sample_iterations[n] > (double)most ? (long)c->sample_iterations[n] : most;
        }
        check_fit(&result, c, gd_tolerance(UNMIX_DOUBLE, most), 0.0);
        um_result_clear(&result);
    }
}

static const golden_case *em_case(const char *name)
{
    for (size_t i = 0; i < sizeof golden_em / sizeof golden_em[0]; i++)
        if (strcmp(golden_em[i].name, name) == 0)
            return &golden_em[i];
    fail_msg("no golden case '%s'", name);
    return NULL;
}

/*
 * Every metric is a smooth function of the exposures, whose error is em_tolerance; sums over G add a little. The
 * dispersion divides by yhat + eps, here down to 1e-3.
 */
static const double metric_tolerance = 1e-10, dispersion_tolerance = 1e-7;

static void check_metrics(const char *name, const double *want)
{
    const unmix_deconvolve_options options = options_of(UNMIX_METHOD_EM, em_case(name));
    um_result result = deconvolve(UNMIX_DOUBLE, &options);
    assert_ok(cx, um_names_index(cx, &result.metrics.columns));
    for (size_t m = 0; m < GOLDEN_METRICS; m++) {
        const size_t at = um_names_find(&result.metrics.columns, golden_metric_names[m]);
        assert_true(at != UM_NOT_FOUND);
        const double relative = at == UM_METRIC_dispersion ? dispersion_tolerance : metric_tolerance;
        for (size_t n = 0; n < N; n++)
            um_assert_close(um_row(&result.metrics, n) + at, want + n * GOLDEN_METRICS + m, 1, relative,
                            at == UM_METRIC_nll ? eps_of_all_genes : 1e-13, golden_metric_names[m]);
    }
    um_result_clear(&result);
}

static void metrics_are_those_of_numpy(void **state)
{
    (void)state;
    check_metrics("exact_50", golden_metrics);
    check_metrics("l1_50", golden_metrics_l1);
    check_metrics("no_intercept_50", golden_no_intercept_metrics);
}

static void summary_and_proportions_are_those_of_numpy(void **state)
{
    (void)state;
    unmix_deconvolve_options options = options_of(UNMIX_METHOD_EM, em_case("exact_50"));
    um_result result = deconvolve(UNMIX_DOUBLE, &options);
    const double got[GOLDEN_SUMMARY] = {result.summary.r2, result.summary.deviance_r2, result.summary.mape,
                                        result.summary.gene_correlation};
    um_assert_close(got, golden_summary, GOLDEN_SUMMARY, metric_tolerance, 0.0, "summary");
    um_assert_close(result.proportions.values, golden_proportions, N * C, metric_tolerance, 0.0, "proportions");
    um_result_clear(&result);
    options.signature_scale = UNMIX_SIGNATURE_SCALE_COLUMNS;
    result = deconvolve(UNMIX_DOUBLE, &options);
    um_assert_close(result.proportions.values, golden_cell_proportions, N * C, metric_tolerance, 0.0, "cells");
    um_result_clear(&result);
}

/* em, run long: above the optimum by no more than its certificate says, and close to it. */
static void em_approaches_the_optimum_within_its_certificate(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof golden_optimum / sizeof golden_optimum[0]; i++) {
        const golden_case *c = &golden_optimum[i];
        unmix_deconvolve_options options = options_of(UNMIX_METHOD_EM, c);
        options.max_iterations = 20000;
        options.tolerance = 1e-13;
        options.units = strcmp(c->name, "reads") == 0 ? UNMIX_UNITS_READS : UNMIX_UNITS_MOLECULES;
        um_result result = deconvolve(UNMIX_DOUBLE, &options);
        for (size_t n = 0; n < N; n++) {
            const double T = *metric(&result, n, UM_METRIC_total_counts), gap = *metric(&result, n, UM_METRIC_gap);
            const double above = *metric(&result, n, UM_METRIC_nll) - c->nll[n];
            /* rounding of two sums over G of terms that add up to about T */
            assert_true(above >= -1e-12 * T - eps_of_all_genes);
            assert_true(above <= T * gap + 1e-12 * T + eps_of_all_genes);
            assert_true(gap < 1e-4);
        }
        um_result_clear(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(em_in_double),
        cmocka_unit_test(em_in_single),
        cmocka_unit_test(em_stops_where_it_should),
        cmocka_unit_test(gd_in_double),
        cmocka_unit_test(gd_in_single),
        cmocka_unit_test(gd_stops_where_it_should),
        cmocka_unit_test(metrics_are_those_of_numpy),
        cmocka_unit_test(summary_and_proportions_are_those_of_numpy),
        cmocka_unit_test(em_approaches_the_optimum_within_its_certificate),
    };
    return cmocka_run_group_tests(tests, open_all, close_all) != 0 ? 1 : 0;
}
