/*
 * References, music and nnls against music.py, an independent program in double: basis, proportions, variances, R^2 and
 * the number of rounds, in both precisions.
 */
#include "deconvolve/deconvolution.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden/music_golden.h"
#include "testing/testing.h"

enum { CG = GOLDEN_CELL_GENES, BG = GOLDEN_BULK_GENES, C = GOLDEN_TYPES, N = GOLDEN_SAMPLES };

typedef struct golden {
    unmix_context *cx;
    um_matrix cells, bulk;
    um_source cell_source, bulk_source;
    um_names donors, types, genes;
    int64_t type[GOLDEN_CELLS], donor[GOLDEN_CELLS];
    um_cell_reference reference;
    um_gene_table table;
} golden;

static void add(unmix_context *cx, um_names *names, const char *format, int number)
{
    char name[32];
    (void)snprintf(name, sizeof name, format, number);
    assert_ok(cx, um_names_add(cx, names, name, strlen(name)));
}

static um_matrix matrix(unmix_context *cx, const char *origin, const int *gene, size_t genes, const char *column,
                        int columns, const double *values)
{
    um_matrix m = {0};
    for (size_t g = 0; g < genes; g++)
        add(cx, &m.rows, "gene%03d", gene[g]);
    for (int c = 0; c < columns; c++)
        add(cx, &m.columns, column, c);
    assert_ok(cx, um_matrix_allocate(cx, &m));
    assert_ok(cx, um_matrix_set_origin(cx, &m, origin));
    memcpy(m.values, values, genes * (size_t)columns * sizeof *values);
    return m;
}

static void open_golden(golden *g)
{
    *g = (golden){.cx = um_test_context()};
    g->cells = matrix(g->cx, "cells", golden_cell_gene, CG, "cell%03d", GOLDEN_CELLS, golden_cells);
    g->bulk = matrix(g->cx, "bulk", golden_bulk_gene, BG, "sample%d", N, golden_bulk);
    um_source_of_matrix(&g->cell_source, &g->cells);
    um_source_of_matrix(&g->bulk_source, &g->bulk);
    for (int i = 0; i < GOLDEN_DONORS; i++)
        add(g->cx, &g->donors, "donor%d", i);
    for (size_t c = 0; c < C; c++)
        assert_ok(g->cx, um_names_add(g->cx, &g->types, golden_types[c], strlen(golden_types[c])));
    for (size_t i = 0; i < GOLDEN_CELLS; i++) {
        g->type[i] = golden_type[i];
        g->donor[i] = golden_donor[i];
    }
    assert_ok(g->cx, um_names_copy(g->cx, &g->genes, &g->bulk.rows));
    g->table = (um_gene_table){.origin = "lengths", .genes = &g->genes, .length = golden_lengths};
    const um_cell_labels labels = {&g->types, g->type, &g->donors, g->donor, 0};
    const unmix_signature_options options = {0};
    um_cell_sums sums = {0};
    assert_ok(g->cx, um_cell_sums_take(g->cx, &g->cell_source, &labels, &options, &sums));
    assert_ok(g->cx, um_cell_reference_form(g->cx, &sums, &g->reference));
    um_cell_sums_clear(&sums);
}

static void close_golden(golden *g)
{
    um_cell_reference_clear(&g->reference);
    um_source_close(&g->cell_source);
    um_source_close(&g->bulk_source);
    um_matrix_clear(&g->cells);
    um_matrix_clear(&g->bulk);
    um_names_clear(&g->donors);
    um_names_clear(&g->types);
    um_names_clear(&g->genes);
    unmix_context_free(g->cx);
}

/* Sums of some 90 terms in another order, a quotient, a mean of five: 1e-14 is generous. */
static void the_basis_is_that_of_the_description(void **state)
{
    (void)state;
    golden g;
    open_golden(&g);
    const um_cell_reference *r = &g.reference;
    assert_int_equal(r->mean.rows.count, CG);
    assert_int_equal(r->n_subjects, GOLDEN_DONORS);
    assert_int_equal(r->n_poisson, 1);
    um_assert_close(r->mean.values, golden_mean, CG * C, 1e-14, 0.0, "mean");
    um_assert_close(r->variance.values, golden_variance, CG * C, 1e-12, 1e-20,
                    "variance"); /* of differences from the mean */
    um_assert_close(r->cell_size.values, golden_size, C, 1e-14, 0.0, "cell sizes");
    for (size_t i = 0; i < CG * C; i++)
        assert_true(r->basis.values[i] == r->mean.values[i] * r->cell_size.values[i % C]);
    assert_non_null(
        strstr(um_test_log(), "not all subjects have cells of these types, whose means are over those that do: beta"));
    assert_non_null(strstr(um_test_log(),
                           "fewer than two subjects have cells of these types, so the variance of a gene there is "
                           "that of Poisson counts, not between people: rare"));
    close_golden(&g);
}

typedef struct wanted {
    const char *name;
    unmix_method method;
    int compat;
    const double *p, *var_p, *r2, *unweighted;
    const int *iterations;
} wanted;

static const wanted methods[] = {
    {"plain", UNMIX_METHOD_MUSIC, 0, golden_plain_p, golden_plain_var_p, golden_plain_r2, golden_unweighted,
     golden_plain_iterations},
    {"compat", UNMIX_METHOD_MUSIC, 1, golden_compat_p, golden_compat_var_p, golden_compat_r2, golden_unweighted,
     golden_compat_iterations},
    {"nnls", UNMIX_METHOD_NNLS, 0, golden_nnls_p, golden_nnls_var_p, golden_nnls_r2, NULL, NULL},
};

static unmix_deconvolve_options options_of(const wanted *w)
{
    return (unmix_deconvolve_options){.method = w->method,
                                      .music_compat = w->compat,
                                      .scale = UNMIX_SCALE_LINEAR,
                                      .signature_scale = UNMIX_SIGNATURE_SCALE_NONE,
                                      .intercept = 1, /* as the defaults are: least squares take neither */
                                      .errors = 1,
                                      .insert_size = 500.0};
}

/*
 * In double the normal equations carry cond(D)^2 u, here some 1e3 x 1e-16 x 70 terms: 1e-9. In single precision counts,
 * signatures and weights are rounded to 6e-8 and products summed in double: an error of some cond(D) 6e-8 = 2e-6 a
 * round, and the weights pass it on for up to 17 rounds. Without fp64 on the device the sums are in float too.
 */
static void check(golden *g, unmix_device *device, const wanted *w, double tolerance)
{
    um_result result = {0};
    const unmix_deconvolve_options options = options_of(w);
    assert_ok(g->cx, um_deconvolve(g->cx, device, &g->reference.basis, NULL, &g->bulk_source, &g->table, NULL, &g->reference,
                                   &options, &result));
    um_assert_close(result.proportions.values, w->p, N * C, 0.0, tolerance, w->name);
    um_assert_close(result.variance.values, w->var_p, N * C, 100.0 * tolerance, 0.0, w->name);
    for (size_t n = 0; n < N; n++) {
        const double *row = um_row(&result.metrics, n);
        um_assert_close(row + UM_METRIC_r2, w->r2 + n, 1, 0.0, tolerance, "R2");
        assert_true(row[UM_METRIC_converged] == 1.0);
        if (w->iterations)
            assert_int_equal(row[UM_METRIC_iterations], w->iterations[n]);
    }
    if (w->unweighted)
        um_assert_close(result.unweighted.values, w->unweighted, N * C, 0.0, tolerance, "unweighted");
    else
        assert_null(result.unweighted.values);
    assert_null(result.standard_errors.values);
    assert_int_equal(result.exposures.columns.count, C); /* no background */
    um_result_clear(&result);
}

static void run_precision(unmix_precision precision)
{
    golden g;
    open_golden(&g);
    unmix_device *device = NULL;
    assert_ok(g.cx, unmix_device_open(g.cx, "auto", UNMIX_SINGLE, &device));
    const int has_double = unmix_device_get_info(device)->has_double;
    if (precision == UNMIX_DOUBLE && has_double) {
        unmix_device_close(device);
        assert_ok(g.cx, unmix_device_open(g.cx, "auto", UNMIX_DOUBLE, &device));
    }
    const double tolerance = precision == UNMIX_DOUBLE ? 1e-9 : has_double ? 2e-5 : 2e-3;
    for (size_t m = 0; m < 3 && (precision == UNMIX_SINGLE || has_double); m++)
        check(&g, device, &methods[m], tolerance);
    unmix_device_close(device);
    close_golden(&g);
    if (precision == UNMIX_DOUBLE && !has_double)
        skip();
}

static void in_double_precision(void **state)
{
    (void)state;
    run_precision(UNMIX_DOUBLE);
}

static void in_single_precision(void **state)
{
    (void)state;
    run_precision(UNMIX_SINGLE);
}

/* A sample alone gives the bytes that it gives among others, and so does half of them (which are packed at other
 * times). */
static void a_sample_does_not_depend_on_the_others(void **state)
{
    (void)state;
    golden g;
    open_golden(&g);
    unmix_device *device = NULL;
    assert_ok(g.cx, unmix_device_open(g.cx, "auto", UNMIX_SINGLE, &device));
    for (size_t m = 0; m < 3; m++) {
        const unmix_deconvolve_options options = options_of(&methods[m]);
        um_result all = {0}, one = {0};
        assert_ok(g.cx, um_deconvolve(g.cx, device, &g.reference.basis, NULL, &g.bulk_source, &g.table, NULL, &g.reference,
                                      &options, &all));
        for (int n = 0; n < N; n++) {
            double column[BG];
            for (size_t i = 0; i < BG; i++)
                column[i] = golden_bulk[i * N + (size_t)n];
            um_matrix alone = matrix(g.cx, "alone", golden_bulk_gene, BG, "sample%d", 1, column);
            um_source source;
            um_source_of_matrix(&source, &alone);
            assert_ok(g.cx, um_deconvolve(g.cx, device, &g.reference.basis, NULL, &source, &g.table, NULL, &g.reference,
                                          &options, &one));
            assert_memory_equal(one.proportions.values, um_row(&all.proportions, (size_t)n), C * sizeof(double));
            assert_memory_equal(one.variance.values, um_row(&all.variance, (size_t)n), C * sizeof(double));
            um_result_clear(&one);
            um_source_close(&source);
            um_matrix_clear(&alone);
        }
        um_result_clear(&all);
    }
    unmix_device_close(device);
    close_golden(&g);
}

/* p_j is proportional to x_j / (size_j sum_j): sizes twice as large halve a type before it is normalised. */
static void given_sizes_take_the_place_of_those_of_the_reference(void **state)
{
    (void)state;
    golden g;
    open_golden(&g);
    unmix_device *device = NULL;
    assert_ok(g.cx, unmix_device_open(g.cx, "auto", UNMIX_SINGLE, &device));
    const unmix_deconvolve_options options = options_of(&methods[2]);
    double sizes[C];
    um_result own = {0}, given = {0};
    for (size_t c = 0; c < C; c++)
        sizes[c] = golden_size[c] * (c ? 1.0 : 2.0);
    assert_ok(g.cx, um_deconvolve(g.cx, device, &g.reference.basis, NULL, &g.bulk_source, &g.table, NULL, &g.reference,
                                  &options, &own));
    assert_ok(g.cx, um_deconvolve(g.cx, device, &g.reference.basis, NULL, &g.bulk_source, &g.table, sizes, &g.reference,
                                  &options, &given));
    for (size_t n = 0; n < N; n++) {
        double p[C], all = 0.0;
        memcpy(p, um_row(&own.proportions, n), sizeof p);
        p[0] /= 2.0;
        for (size_t c = 0; c < C; c++)
            all += p[c];
        for (size_t c = 0; c < C; c++)
            p[c] /= all;
        um_assert_close(um_row(&given.proportions, n), p, C, 1e-13, 1e-15, "with sizes");
    }
    um_result_clear(&own);
    um_result_clear(&given);
    unmix_device_close(device);
    close_golden(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_basis_is_that_of_the_description),
        cmocka_unit_test(in_double_precision),
        cmocka_unit_test(in_single_precision),
        cmocka_unit_test(a_sample_does_not_depend_on_the_others),
        cmocka_unit_test(given_sizes_take_the_place_of_those_of_the_reference),
    };
    return um_run_group(tests);
}
