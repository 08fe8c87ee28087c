/* The problem of tests/golden/deconvolve.py in memory, for tests that hold results against its golden optimum. */
#ifndef UM_TESTS_GOLDEN_PROBLEM_H
#define UM_TESTS_GOLDEN_PROBLEM_H

#include <stdio.h>
#include <string.h>

#include "deconvolve/problem/problem.h"
#include "golden/deconvolve_golden.h"
#include "testing/testing.h"
#include "unmix/unmix.h"

typedef struct golden_problem {
    um_matrix signatures, counts;
    um_names genes;
    um_source bulk;
    um_gene_table table;
} golden_problem;

static inline void golden_add_name(unmix_context *cx, um_names *names, const char *name)
{
    assert_ok(cx, um_names_add(cx, names, name, strlen(name)));
}

static inline void golden_problem_open(unmix_context *cx, golden_problem *p)
{
    *p = (golden_problem){0};
    for (int g = 0; g < GOLDEN_GENES; g++) {
        char name[16];
        (void)snprintf(name, sizeof name, "gene%02d", g + 1);
        golden_add_name(cx, &p->genes, name);
    }
    for (int j = 0; j < GOLDEN_TYPES; j++)
        golden_add_name(cx, &p->signatures.columns, golden_type_names[j]);
    for (int n = 0; n < GOLDEN_SAMPLES; n++)
        golden_add_name(cx, &p->counts.columns, golden_sample_names[n]);
    um_matrix *matrices[] = {&p->signatures, &p->counts};
    for (size_t m = 0; m < 2; m++) {
        assert_ok(cx, um_names_copy(cx, &matrices[m]->rows, &p->genes));
        assert_ok(cx, um_matrix_set_origin(cx, matrices[m], m ? "counts" : "signatures"));
        assert_ok(cx, um_matrix_allocate(cx, matrices[m]));
    }
    memcpy(p->signatures.values, golden_signatures, sizeof golden_signatures);
    memcpy(p->counts.values, golden_counts, sizeof golden_counts);
    um_source_of_matrix(&p->bulk, &p->counts);
    p->table = (um_gene_table){"genes", &p->genes, NULL, golden_lengths, golden_weights, 0};
}

static inline void golden_problem_close(golden_problem *p)
{
    um_matrix_clear(&p->signatures);
    um_matrix_clear(&p->counts);
    um_names_clear(&p->genes);
}

static inline const golden_case *golden_optimum_case(const char *name)
{
    for (size_t i = 0; i < sizeof golden_optimum / sizeof golden_optimum[0]; i++)
        if (strcmp(golden_optimum[i].name, name) == 0)
            return &golden_optimum[i];
    fail_msg("no golden optimum '%s'", name);
    return NULL;
}

/* What a case of golden_optimum[] was computed with. */
static inline unmix_deconvolve_options golden_options(const golden_case *c)
{
    unmix_deconvolve_options options;
    unmix_deconvolve_options_init(&options);
    options.method = UNMIX_METHOD_EXACT;
    options.signature_scale = UNMIX_SIGNATURE_SCALE_NONE;
    options.intercept = c->intercept;
    options.insert_size = GOLDEN_INSERT_SIZE;
    options.units = strcmp(c->name, "reads") == 0 ? UNMIX_UNITS_READS : UNMIX_UNITS_MOLECULES;
    return options;
}

/* The device in a precision; skips the test where there is no fp64. */
static inline unmix_device *golden_device(unmix_context *cx, unmix_precision precision)
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
