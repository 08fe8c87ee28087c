/*
 * Sparse samples give what dense ones give: all methods, samples alone and among others, files with both kinds, and the
 * evaluation in double.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "deconvolve/deconvolution.h"
#include "testing/testing.h"

enum { GENES = 900, TYPES = 6, SAMPLES = 45, M = TYPES + 1 };

static const char *const sparse_path = "sparse=101", *const dense_path = "sparse=0", *const own_path = "sparse=25";

typedef struct input {
    um_matrix signatures, bulk;
    um_gene_table table;
    double length[GENES], weight[GENES];
} input;

static void add_names(unmix_context *cx, um_names *names, const char *prefix, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char text[32];
        const int length = snprintf(text, sizeof text, "%s%zu", prefix, i);
        assert_ok(cx, um_names_add(cx, names, text, (size_t)length));
    }
}

/* Counts of a mean depth; every `dense_every`-th sample (0: none) is a hundred times deeper. */
static void make_input(unmix_context *cx, input *in, size_t dense_every)
{
    um_random random;
    um_random_start(&random, 5, "test", "paths");
    *in = (input){0};
    add_names(cx, &in->signatures.rows, "g", GENES);
    add_names(cx, &in->signatures.columns, "t", TYPES);
    add_names(cx, &in->bulk.rows, "g", GENES);
    add_names(cx, &in->bulk.columns, "s", SAMPLES);
    assert_ok(cx, um_matrix_allocate(cx, &in->signatures));
    assert_ok(cx, um_matrix_allocate(cx, &in->bulk));
    assert_ok(cx, um_matrix_set_origin(cx, &in->signatures, "signatures"));
    double sum[TYPES] = {0};
    for (size_t g = 0; g < GENES; g++) {
        const double level = 2.0 * um_random_normal(&random);
        in->length[g] = 300.0 + floor(2000.0 * um_random_uniform(&random));
        in->weight[g] = g % 7 == 0 ? 0.5 : 1.0;
        for (size_t j = 0; j < TYPES; j++)
            sum[j] += um_row(&in->signatures, g)[j] = exp(level + um_random_normal(&random));
    }
    for (size_t n = 0; n < SAMPLES; n++) {
        double share[TYPES], all = 0.0;
        const double depth = dense_every && n % dense_every == 0 ? 2e4 : 60.0 + 4.0 * (double)n;
        for (size_t j = 0; j < TYPES; j++)
            all += share[j] = um_random_uniform(&random) < 0.3 ? 0.0 : um_random_uniform(&random);
        for (size_t g = 0; g < GENES; g++) {
            double rate = 0.02 / GENES;
            for (size_t j = 0; j < TYPES && all > 0.0; j++)
                rate += 0.98 * share[j] / all * um_row(&in->signatures, g)[j] / sum[j];
            um_row(&in->bulk, g)[n] = um_random_poisson(&random, depth * rate * in->length[g] / 1300.0);
        }
    }
    in->table = (um_gene_table){.origin = "table", .genes = &in->bulk.rows, .length = in->length, .weight = in->weight};
}

static void clear_input(input *in)
{
    um_matrix_clear(&in->signatures);
    um_matrix_clear(&in->bulk);
}

static unmix_deconvolve_options options_for(unmix_method method)
{
    return (unmix_deconvolve_options){.method = method, .intercept = 1, .insert_size = 500.0, .learning_rate = 0.05, .start_exposure = -5.0,
                                       .seed = 7};
}

/* Columns first .. first+count of the bulk. */
static void run(const input *in, const char *tuning, unmix_precision precision, const unmix_deconvolve_options *options,
                size_t first, size_t count, um_result *result)
{
    unmix_context *cx = um_test_context();
    unmix_device *device = NULL;
    um_matrix part = {0};
    um_source source = {0};
    assert_ok(cx, um_names_copy(cx, &part.rows, &in->bulk.rows));
    for (size_t n = first; n < first + count; n++)
        assert_ok(cx, um_names_add(cx, &part.columns, um_name(&in->bulk.columns, n), strlen(um_name(&in->bulk.columns, n))));
    assert_ok(cx, um_matrix_allocate(cx, &part));
    for (size_t g = 0; g < GENES; g++)
        memcpy(um_row(&part, g), um_row(&in->bulk, g) + first, count * sizeof(double));
    um_source_of_matrix(&source, &part);
    *result = (um_result){0};
    assert_ok(cx, unmix_device_open(cx, "auto", precision, &device));
    assert_ok(cx, unmix_device_tune(cx, device, tuning));
    assert_ok(cx, um_deconvolve(cx, device, &in->signatures, NULL, &source, &in->table, NULL, NULL, options, result));
    unmix_device_close(device);
    um_source_close(&source);
    um_matrix_clear(&part);
}

/* The same number of steps on both paths gives the same exposures up to `tolerance` of the sample's total. */
static void compare_paths(unmix_method method, unmix_precision precision, long steps, double tolerance)
{
    unmix_context *cx = um_test_context();
    input in;
    um_result dense, sparse;
    make_input(cx, &in, 0);
    unmix_deconvolve_options options = options_for(method);
    if (steps) {
        options.max_iterations = steps;
        options.tolerance = 1e-300;
    }
    run(&in, dense_path, precision, &options, 0, SAMPLES, &dense);
    run(&in, sparse_path, precision, &options, 0, SAMPLES, &sparse);
    for (size_t n = 0; n < SAMPLES; n++) {
        double total = 0.0;
        for (size_t j = 0; j < M; j++)
            total += um_row(&dense.exposures, n)[j];
        um_assert_close(um_row(&sparse.exposures, n), um_row(&dense.exposures, n), M, 0.0, tolerance * total, "exposures");
        const double *a = um_row(&sparse.metrics, n), *b = um_row(&dense.metrics, n);
        um_assert_close(&a[UM_METRIC_nll], &b[UM_METRIC_nll], 1, tolerance, 0.0, "nll");
        if (!steps)
            assert_true(a[UM_METRIC_converged] > 0.0 && b[UM_METRIC_converged] > 0.0);
    }
    um_result_clear(&dense);
    um_result_clear(&sparse);
    clear_input(&in);
}

/* Rounding of a pass is about 256 eps; em contracts, so it does not pile up by more than the iterations in 1e2. */
static void em_agrees(void **state)
{
    (void)state;
    compare_paths(UNMIX_METHOD_EM, UNMIX_SINGLE, 60, 60 * 256 * 1.2e-7);
    compare_paths(UNMIX_METHOD_EM, UNMIX_DOUBLE, 60, 60 * 256 * 2.3e-16);
}

/* Adam divides by the root of the mean square gradient, which magnifies rounding where the gradient is small. */
static void gd_agrees(void **state)
{
    (void)state;
    compare_paths(UNMIX_METHOD_GD, UNMIX_SINGLE, 200, 1e-3);
    compare_paths(UNMIX_METHOD_GD, UNMIX_DOUBLE, 200, 1e-10);
}

/* At a gap of 1e-6 (1e-9) the loss is known to T times that, the exposures to about its root. */
static void exact_agrees(void **state)
{
    (void)state;
    compare_paths(UNMIX_METHOD_EXACT, UNMIX_SINGLE, 0, 5e-3);
    compare_paths(UNMIX_METHOD_EXACT, UNMIX_DOUBLE, 0, 1e-4);
}

static void same_bits(const um_result *among, size_t row, const um_result *alone, const char *what)
{
    const double *a = um_row(&among->exposures, row), *b = um_row(&alone->exposures, 0);
    for (size_t j = 0; j < M; j++)
        if (memcmp(&a[j], &b[j], sizeof *a) != 0)
            fail_msg("%s: sample %zu, source %zu: %.17g among others, %.17g alone", what, row, j, a[j], b[j]);
    assert_memory_equal(um_row(&among->metrics, row), um_row(&alone->metrics, 0), among->metrics.columns.count * sizeof(double));
}

/* In a file of sparse samples, and in one where every third is dense. */
static void alone_and_among_others(void **state)
{
    (void)state;
    static const size_t chosen[] = {0, 1, 7, 16, 44};
    static const unmix_method methods[] = {UNMIX_METHOD_EM, UNMIX_METHOD_GD, UNMIX_METHOD_EXACT};
    static const char *const names[] = {"em", "gd", "exact"};
    unmix_context *cx = um_test_context();
    for (size_t kind = 0; kind < 2; kind++) {
        input in;
        make_input(cx, &in, kind ? 3 : 0);
        for (size_t m = 0; m < 3; m++) {
            unmix_deconvolve_options options = options_for(methods[m]);
            um_result all, alone;
            options.max_iterations = m < 2 ? 200 : 0;
            run(&in, own_path, UNMIX_SINGLE, &options, 0, SAMPLES, &all);
            for (size_t i = 0; i < sizeof chosen / sizeof chosen[0]; i++) {
                run(&in, own_path, UNMIX_SINGLE, &options, chosen[i], 1, &alone);
                same_bits(&all, chosen[i], &alone, names[m]);
                um_result_clear(&alone);
            }
            um_result_clear(&all);
        }
        clear_input(&in);
    }
}

typedef struct evaluated {
    um_metrics metrics[SAMPLES];
    double r2, deviance_r2, mape, correlation;
    double *predicted;
} evaluated;

static void evaluate(const um_problem *problem, const um_block *block, const double *E, double sparse_below, unsigned threads,
                     evaluated *to)
{
    unmix_context *cx = um_test_context();
    um_evaluator evaluator;
    size_t column[SAMPLES];
    for (size_t n = 0; n < SAMPLES; n++)
        column[n] = n;
    assert_ok(cx, UM_ALLOC(cx, &to->predicted, SAMPLES * GENES, "test"));
    assert_ok(cx, um_evaluator_open(cx, &evaluator, problem));
    evaluator.sparse_below = sparse_below;
    evaluator.threads = threads;
    assert_ok(cx, um_evaluate(cx, &evaluator, block, column, 20, E, to->metrics, to->predicted)); /* in two calls */
    assert_ok(cx, um_evaluate(cx, &evaluator, block, column + 20, SAMPLES - 20, E, to->metrics + 20,
                              to->predicted + 20 * GENES));
    to->r2 = um_evaluator_r2(&evaluator);
    to->deviance_r2 = um_evaluator_deviance_r2(&evaluator);
    to->mape = um_evaluator_mape(&evaluator);
    to->correlation = um_evaluator_gene_correlation(&evaluator);
    um_evaluator_close(&evaluator);
}

/* The numbers again, straight from their definitions, over the genes of the problem. */
static void check_definitions(const um_problem *p, const input *in, const double *E, const evaluated *got)
{
    double relative = 0.0, correlations = 0.0, defined = 0.0;
    for (size_t n = 0; n < SAMPLES; n++) {
        double nll = 0.0, squares = 0.0, dispersion = 0.0, used = 0.0;
        for (size_t g = 0; g < p->genes.count; g++) {
            const double k = um_row(&in->bulk, (size_t)atoi(um_name(&p->genes, g) + 1))[n];
            double y = 0.0;
            for (size_t j = 0; j < M; j++)
                y += p->A[g * M + j] * E[n * M + j];
            nll += p->w[g] * ((k > 0.0 ? k * log(k / (y + 1e-10)) : 0.0) - k + y);
            squares += (k - y) * (k - y);
            dispersion += p->w[g] * (k - y) * (k - y) / y;
            relative += fabs(k - y) / (k + 1.0);
        }
        for (size_t j = 0; j < M; j++)
            used += E[n * M + j] > 0.0;
        dispersion /= (double)p->genes.count - used;
        const double rmse = sqrt(squares / (double)p->genes.count);
        um_assert_close(&got->metrics[n].nll, &nll, 1, 1e-11, 0.0, "nll by definition");
        um_assert_close(&got->metrics[n].rmse, &rmse, 1, 1e-11, 0.0, "rmse by definition");
        um_assert_close(&got->metrics[n].dispersion, &dispersion, 1, 1e-6, 0.0, "dispersion by definition"); /* eps */
    }
    relative /= (double)(SAMPLES * p->genes.count);
    um_assert_close(&got->mape, &relative, 1, 1e-11, 0.0, "mape by definition");
    for (size_t g = 0; g < p->genes.count; g++) {
        double mk = 0.0, my = 0.0, kk = 0.0, yy = 0.0, ky = 0.0;
        for (int pass = 0; pass < 2; pass++)
            for (size_t n = 0; n < SAMPLES; n++) {
                const double k = um_row(&in->bulk, (size_t)atoi(um_name(&p->genes, g) + 1))[n];
                double y = 0.0;
                for (size_t j = 0; j < M; j++)
                    y += p->A[g * M + j] * E[n * M + j];
                if (pass == 0)
                    mk += k / SAMPLES, my += y / SAMPLES;
                else
                    kk += (k - mk) * (k - mk), yy += (y - my) * (y - my), ky += (k - mk) * (y - my);
            }
        if (!(kk > 0.0))
            continue;
        correlations += ky / sqrt(kk * yy);
        defined += 1.0;
    }
    correlations /= defined;
    um_assert_close(&got->correlation, &correlations, 1, 1e-9, 0.0, "gene correlation by definition");
}

/* `relative`: of sums that are differences: sum y^2 less that of the non-zeros loses sum y^2 / sum (k - y)^2. */
static void close_to(const evaluated *a, const evaluated *b, double relative)
{
    const double left[] = {a->r2, a->deviance_r2, a->mape, a->correlation};
    const double right[] = {b->r2, b->deviance_r2, b->mape, b->correlation};
    um_assert_close(left, right, 3, relative, 0.0, "numbers of the run");
    um_assert_close(left + 3, right + 3, 1, 1e-9, 0.0, "gene correlation"); /* differences of square sums */
    for (size_t n = 0; n < SAMPLES; n++) {
        const um_metrics *x = &a->metrics[n], *y = &b->metrics[n];
        const double u[] = {x->total_counts, x->nll, x->null_nll, x->pearson, x->rmse, x->nrmse, x->count_ratio, x->dispersion};
        const double v[] = {y->total_counts, y->nll, y->null_nll, y->pearson, y->rmse, y->nrmse, y->count_ratio, y->dispersion};
        um_assert_close(u, v, 8, relative, 0.0, "metrics");
        um_assert_close(&x->gap, &y->gap, 1, 0.0, 1e-13, "gap");
    }
    um_assert_close(a->predicted, b->predicted, SAMPLES * GENES, 1e-14, 0.0, "predicted");
}

static void same_evaluation(const evaluated *a, const evaluated *b)
{
    assert_memory_equal(a->metrics, b->metrics, sizeof a->metrics);
    assert_true(a->r2 == b->r2 && a->mape == b->mape && a->correlation == b->correlation);
}

static void evaluation(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    input in;
    um_problem problem = {0};
    um_source source = {0};
    um_block block = {0};
    static evaluated dense, sparse, mixed, threads;
    make_input(cx, &in, 3);
    const unmix_deconvolve_options options = options_for(UNMIX_METHOD_EXACT);
    um_source_of_matrix(&source, &in.bulk);
    assert_ok(cx, um_problem_stage(cx, &problem, &in.signatures, &source, &in.table, &options));
    assert_int_equal(problem.genes.count, GENES);
    assert_ok(cx, um_source_read(cx, &source, 0, SAMPLES, &block));
    um_result fit;
    run(&in, own_path, UNMIX_SINGLE, &options, 0, SAMPLES, &fit);
    const double *E = fit.exposures.values;
    evaluate(&problem, &block, E, 0.0, 1, &dense);
    evaluate(&problem, &block, E, 2.0, 1, &sparse);
    evaluate(&problem, &block, E, 0.25, 1, &mixed);
    check_definitions(&problem, &in, E, &dense);
    check_definitions(&problem, &in, E, &sparse);
    close_to(&sparse, &dense, 1e-10); /* deep samples, which nobody would evaluate so */
    close_to(&mixed, &dense, 1e-12);
    const double below[] = {0.0, 2.0, 0.25};
    const evaluated *const single[] = {&dense, &sparse, &mixed};
    for (size_t i = 0; i < 3; i++) {
        evaluate(&problem, &block, E, below[i], 5, &threads);
        same_evaluation(&threads, single[i]);
        free(threads.predicted);
    }
    free(dense.predicted);
    free(sparse.predicted);
    free(mixed.predicted);
    um_result_clear(&fit);
    um_block_clear(&block);
    um_source_close(&source);
    um_problem_clear(&problem);
    clear_input(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(evaluation), cmocka_unit_test(em_agrees),    cmocka_unit_test(gd_agrees),
        cmocka_unit_test(exact_agrees), cmocka_unit_test(alone_and_among_others),
    };
    return um_run_group(tests);
}
