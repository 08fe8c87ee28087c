/*
 * A device that writes NaN into any output of any kernel: the self-test finds it, and every method ends with "the device
 * computes wrongly" unless the result is the same to the bit, the output being of no use there. With the values of a CPU
 * and with those of a GPU.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <math.h>

#include "bench/self_test_deconvolve.h"
#include "bench/self_test_linalg.h"
#include "bench/self_test_programs.h"
#include "testing/nan_device.h"
#include "testing/testing.h"
#include "testing/tuning_rows.h"
#include "unmix/unmix.h"

/* How the device computes: with the values of a kind, and changes to them. */
typedef struct row {
    unmix_device_kind kind;
    const char *changes;
} row;

static const row cpu = {UNMIX_DEVICE_CPU, ""}, gpu = {UNMIX_DEVICE_GPU, ""},
                 all_sparse = {UNMIX_DEVICE_CPU, "sparse=101"};

static void spoil(int kernel, unsigned argument)
{
    nan_target = kernel;
    nan_argument = argument;
}

static unmix_device *open_device(unmix_context *cx, row how)
{
    unmix_device *device = NULL;
    spoil(NAN_NONE, 0);
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    um_tune_as(cx, device, how.kind);
    assert_ok(cx, unmix_device_tune(cx, device, how.changes));
    return device;
}

/* Calls `see` for every output of the kernels that were launched; the set of them stays as it is. */
static void for_each_output(const unsigned char *launched, void (*see)(void *state), void *state)
{
    for (int kernel = 0; kernel < UM_KERNEL_COUNT; kernel++)
        for (unsigned a = 0; launched[kernel] && a < NAN_ARGUMENTS; a++)
            if (nan_outputs[kernel] >> a & 1) {
                spoil(kernel, a);
                see(state);
            }
    spoil(NAN_NONE, 0);
}

/* ---- The self-test ---- */

enum { FAMILIES = 32 };

typedef struct self_test {
    unmix_context *cx;
    unmix_device *device;
    const um_self_test_family *family[FAMILIES];
    double error[FAMILIES]; /* of the right device */
    unsigned char launched[FAMILIES][UM_KERNEL_COUNT];
    size_t count;
    size_t found[UM_KERNEL_COUNT];
} self_test;

static void add_families(self_test *t, const um_self_test_family *families, size_t count)
{
    for (size_t i = 0; i < count; i++)
        t->family[t->count++] = &families[i];
}

/* The error of a family; infinity when the device was found out on the way. */
static double run_family(self_test *t, size_t f, double *bound)
{
    double error = 0.0;
    um_queue *queue = NULL;
    assert_ok(t->cx, um_queue_open(t->cx, t->device, &queue));
    const unmix_status status = t->family[f]->run(t->cx, queue, &error, bound);
    um_queue_close(queue);
    if (status == UNMIX_ERROR_WRONG_DEVICE)
        unmix_error_clear(t->cx);
    else
        assert_ok(t->cx, status);
    return status == UNMIX_OK ? error : INFINITY;
}

/* One family that finds it is enough: the exact solver, for one, comes to its optimum without its second derivatives. */
static void see_families(void *state)
{
    self_test *t = state;
    int found = 0, changed = 0;
    for (size_t f = 0; f < t->count && !found; f++) {
        if (!t->launched[f][nan_target])
            continue;
        double bound = 0.0;
        const double error = run_family(t, f, &bound);
        found = !(error <= bound);
        changed |= error != t->error[f];
    }
    if (changed && !found)
        fail_msg("NaN in argument %u of %s changes errors, and is not found", nan_argument,
                 um_kernel_table[nan_target].function);
    t->found[nan_target] += (size_t)found;
}

static void self_test_with(row how)
{
    self_test t = {.cx = um_test_context()};
    unsigned char launched[UM_KERNEL_COUNT] = {0};
    t.device = open_device(t.cx, how);
    add_families(&t, um_linalg_self_tests, um_linalg_self_test_count);
    add_families(&t, um_deconvolve_self_tests, um_deconvolve_self_test_count);
    add_families(&t, um_programs_self_tests, um_programs_self_test_count);
    for (size_t f = 0; f < t.count; f++) {
        double bound = 0.0;
        memset(nan_launched, 0, sizeof nan_launched);
        t.error[f] = run_family(&t, f, &bound);
        assert_true(t.error[f] <= bound);
        memcpy(t.launched[f], nan_launched, sizeof nan_launched);
        for (size_t k = 0; k < UM_KERNEL_COUNT; k++)
            launched[k] |= nan_launched[k];
    }
    for_each_output(launched, see_families, &t);
    for (size_t k = 0; k < UM_KERNEL_COUNT; k++)
        if (launched[k] && !t.found[k])
            fail_msg("NaN of %s is not found", um_kernel_table[k].function);
    unmix_device_close(t.device);
    unmix_context_free(t.cx);
}

static void the_self_test_finds_it(void **state)
{
    (void)state;
    self_test_with(cpu);
}

static void the_self_test_finds_it_on_a_gpu(void **state)
{
    (void)state;
    self_test_with(gpu);
}

/* As `unmix devices` shows it: the family fails, with an error that is no number of use, and is named. */
static void families_are_named(void **state)
{
    (void)state;
    static const struct {
        um_kernel_id kernel;
        unsigned argument;
        const char *family;
    } cases[] = {{UM_KERNEL_SQP_UPDATE, 11, "exact solver"},
                 {UM_KERNEL_LS_MOMENTS, 8, "least squares"},
                 {UM_KERNEL_NMF_GRAM_SUM, 4, "factorisation, missing entries"}};
    unmix_context *cx = um_test_context();
    unmix_device *device = open_device(cx, cpu);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        spoil((int)cases[i].kernel, cases[i].argument);
        const unmix_status status = unmix_device_self_test(cx, device, NULL, NULL);
        char family[64];
        (void)snprintf(family, sizeof family, "%.*s", (int)strcspn(cases[i].family, ","), cases[i].family);
        assert_refused(cx, status, UNMIX_ERROR_WRONG_DEVICE, family);
    }
    spoil(NAN_NONE, 0);
    unmix_device_close(device);
    unmix_context_free(cx);
}

/* ---- The methods ---- */

enum { GENES = 24, TYPES = 3, SAMPLES = 5, CELLS = 24, PROGRAMS = 2, ROOM = 4096 };

typedef struct outcome {
    double value[ROOM];
    size_t count;
} outcome;

/* Names and numbers of one small experiment; cells are of two subjects. */
typedef struct data {
    char text[GENES + CELLS][8];
    const char *genes[GENES], *columns[CELLS];
    double signature[GENES * TYPES], bulk[GENES * SAMPLES], cells[GENES * CELLS];
} data;

static const char *const types[] = {"t1", "t2", "t3"}, *const subjects[] = {"d1", "d2"};

static void make_data(data *d)
{
    for (size_t i = 0; i < GENES + CELLS; i++) {
        (void)snprintf(d->text[i], sizeof d->text[i], "n%zu", i);
        *(i < GENES ? &d->genes[i] : &d->columns[i - GENES]) = d->text[i];
    }
    for (size_t g = 0; g < GENES; g++) {
        for (size_t j = 0; j < TYPES; j++)
            d->signature[g * TYPES + j] = 1.0 + (double)((g * 7 + j * 5) % 11) + (g % TYPES == j ? 20.0 : 0.0);
        for (size_t n = 0; n < SAMPLES; n++)
            d->bulk[g * SAMPLES + n] = 5.0 + (double)((g * 13 + n * 17) % 29) + (g % TYPES == n % TYPES ? 90.0 : 0.0);
        for (size_t c = 0; c < CELLS; c++)
            d->cells[g * CELLS + c] = (g + c) % 4 ? (double)((g * 5 + c * 3) % 7 + (g % TYPES == c % TYPES ? 9 : 0)) : 0.0;
    }
}

static void keep(outcome *o, const unmix_matrix *matrix)
{
    const size_t n = matrix ? unmix_matrix_rows(matrix) * unmix_matrix_columns(matrix) : 0;
    assert_true(o->count + n <= ROOM);
    if (n)
        memcpy(o->value + o->count, unmix_matrix_values(matrix), n * sizeof *o->value);
    o->count += n;
}

typedef struct trial {
    unmix_context *cx;
    unmix_device *device;
    const data *d;
    unmix_source *bulk, *cells;
    unmix_matrix *signatures, *counts;
    unmix_reference *reference;
    unmix_deconvolve_options options;
    unmix_nmf_options nmf;
    unmix_status (*run)(struct trial *t, outcome *o);
    outcome right, now;
    size_t found;
    const char *name;
} trial;

static unmix_status deconvolve(trial *t, outcome *o)
{
    static const char *const names[] = {"proportions",     "exposures",     "proportions_with_intercept", "metrics",
                                        "standard_errors", "bootstrap_low", "bootstrap_high",
                                        "var_p",           "unweighted_proportions"};
    unmix_result *result = NULL;
    const unmix_status status = unmix_deconvolve(t->cx, t->device, t->options.reference ? NULL : t->signatures, t->bulk,
                                                 NULL, &t->options, &result);
    assert_true((status == UNMIX_OK) == (result != NULL));
    for (size_t i = 0; result && i < sizeof names / sizeof names[0]; i++)
        keep(o, unmix_result_matrix(result, names[i]));
    unmix_result_free(result);
    return status;
}

static unmix_status factorise(trial *t, outcome *o)
{
    unmix_programs *programs = NULL;
    const unmix_status status = unmix_nmf(t->cx, t->device, t->cells, &t->nmf, &programs);
    assert_true((status == UNMIX_OK) == (programs != NULL));
    if (programs) {
        keep(o, unmix_programs_matrix(programs, "usages"));
        keep(o, unmix_programs_matrix(programs, "components"));
        const unmix_programs_summary *s = unmix_programs_get_summary(programs);
        o->value[o->count++] = s->loss;
        o->value[o->count++] = (double)s->iterations;
    }
    unmix_programs_free(programs);
    return status;
}

static void see_method(void *state)
{
    trial *t = state;
    t->now.count = 0;
    const unmix_status status = t->run(t, &t->now);
    const char *function = um_kernel_table[nan_target].function;
    if (status == UNMIX_ERROR_WRONG_DEVICE) {
        assert_refused(t->cx, status, UNMIX_ERROR_WRONG_DEVICE, unmix_device_get_info(t->device)->name);
        t->found++;
    } else if (status != UNMIX_OK) {
        fail_msg("%s: NaN in argument %u of %s: %s", t->name, nan_argument, function, unmix_error_message(t->cx));
    } else if (t->now.count != t->right.count ||
               memcmp(t->now.value, t->right.value, t->now.count * sizeof *t->now.value) != 0) {
        fail_msg("%s: NaN in argument %u of %s changes the result, and is not found", t->name, nan_argument, function);
    }
}

static void try(trial *t, const char *name)
{
    unsigned char launched[UM_KERNEL_COUNT];
    memset(nan_launched, 0, sizeof nan_launched);
    t->name = name;
    t->right.count = 0;
    assert_ok(t->cx, t->run(t, &t->right));
    assert_true(t->right.count > 0);
    memcpy(launched, nan_launched, sizeof launched);
    t->found = 0;
    for_each_output(launched, see_method, t);
    assert_true(t->found >= 3);
}

static void open_reference(trial *t)
{
    int64_t type[CELLS], subject[CELLS];
    for (int64_t c = 0; c < CELLS; c++) {
        type[c] = c % TYPES;
        subject[c] = c / TYPES % 2;
    }
    const unmix_cell_labels of_type = {TYPES, types, type}, of_subject = {2, subjects, subject};
    unmix_signature_options options;
    unmix_signature_options_init(&options);
    options.scale = UNMIX_CELLS_COUNTS;
    assert_ok(t->cx, unmix_reference_of(t->cx, t->cells, &of_type, &of_subject, &options, &t->reference));
}

static void open_trial(trial *t, const data *d, row how, double missing)
{
    t->cx = um_test_context();
    t->device = open_device(t->cx, how);
    t->d = d;
    assert_ok(t->cx, unmix_matrix_new(t->cx, GENES, TYPES, d->genes, types, d->signature, &t->signatures));
    assert_ok(t->cx, unmix_matrix_new(t->cx, GENES, SAMPLES, d->genes, d->columns, d->bulk, &t->counts));
    assert_ok(t->cx, unmix_source_from_matrix(t->cx, t->counts, &t->bulk));
    static double values[GENES * CELLS];
    memcpy(values, d->cells, sizeof values);
    for (size_t i = 0; missing > 0.0 && i < GENES * CELLS; i += 17)
        values[i] = NAN;
    const unmix_arrays arrays = {.name = "cells", .genes = GENES, .columns = CELLS, .gene_names = d->genes,
                                 .column_names = d->columns, .type = UNMIX_NUMBER_DOUBLE, .values = values,
                                 .stored = GENES * CELLS, .missing = missing > 0.0};
    assert_ok(t->cx, unmix_source_from_dense(t->cx, &arrays, CELLS, 1, &t->cells));
    unmix_deconvolve_options_init(&t->options);
    unmix_nmf_options_init(&t->nmf);
    t->nmf.components = PROGRAMS;
    t->nmf.max_iterations = 20;
    t->nmf.cells.values = UNMIX_VALUES_COUNTS;
    t->nmf.cells.selection = UNMIX_GENES_ALL;
}

static void close_trial(trial *t)
{
    unmix_reference_free(t->reference);
    unmix_source_close(t->bulk);
    unmix_source_close(t->cells);
    unmix_matrix_free(t->signatures);
    unmix_matrix_free(t->counts);
    unmix_device_close(t->device);
    unmix_context_free(t->cx);
}

static trial shared;
static data made;

static void deconvolution_with(row how)
{
    make_data(&made);
    for (size_t i = 0; i < unmix_method_count(); i++) {
        const unmix_method_traits *method = unmix_method_info((unmix_method)i);
        memset(&shared, 0, sizeof shared);
        open_trial(&shared, &made, how, 0.0);
        shared.run = deconvolve;
        shared.options.method = (unmix_method)i;
        shared.options.max_iterations = method->max_iterations > 40 ? 40 : 0;
        shared.options.bootstrap = unmix_method_takes(method, "bootstrap") && i == 0 ? 20 : 0;
        if (method->needs_reference) {
            open_reference(&shared);
            shared.options.reference = shared.reference;
        }
        try(&shared, method->name);
        close_trial(&shared);
    }
}

static void no_deconvolution_believes_it(void **state)
{
    (void)state;
    deconvolution_with(cpu);
}

static void nor_does_one_of_sparse_samples(void **state)
{
    (void)state;
    deconvolution_with(all_sparse);
}

static void nor_does_one_on_a_gpu(void **state)
{
    (void)state;
    deconvolution_with(gpu);
}

static void factorisation_with(row how)
{
    static const struct {
        unmix_nmf_solver solver;
        unmix_nmf_loss loss;
        const char *name;
    } cases[] = {{UNMIX_NMF_HALS, UNMIX_NMF_FROBENIUS, "nmf, hals"},
                 {UNMIX_NMF_MU, UNMIX_NMF_FROBENIUS, "nmf, mu"},
                 {UNMIX_NMF_MU, UNMIX_NMF_KL, "nmf, kl"},
                 {UNMIX_NMF_MU, UNMIX_NMF_BETA, "nmf, beta"}};
    make_data(&made);
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        memset(&shared, 0, sizeof shared);
        open_trial(&shared, &made, how, (double)(i % 2));
        shared.run = factorise;
        shared.nmf.solver = cases[i / 2].solver;
        shared.nmf.loss = cases[i / 2].loss;
        shared.nmf.beta = 0.5;
        shared.nmf.init = UNMIX_NMF_RANDOM;
        try(&shared, cases[i / 2].name);
        close_trial(&shared);
    }
}

static void no_factorisation_believes_it(void **state)
{
    (void)state;
    factorisation_with(cpu);
}

static void nor_does_one_of_cells_on_a_gpu(void **state)
{
    (void)state;
    factorisation_with(gpu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_self_test_finds_it),         cmocka_unit_test(the_self_test_finds_it_on_a_gpu),
        cmocka_unit_test(families_are_named),             cmocka_unit_test(no_deconvolution_believes_it),
        cmocka_unit_test(nor_does_one_of_sparse_samples), cmocka_unit_test(nor_does_one_on_a_gpu),
        cmocka_unit_test(no_factorisation_believes_it),   cmocka_unit_test(nor_does_one_of_cells_on_a_gpu),
    };
    return um_run_group(tests);
}
