/* The benchmark of factorisations: what is wrong is refused before it is timed, and every item has a line. No times here. */
#include "bench/bench_programs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "testing/testing.h"

/* More genes than a tile of 256, programs that fill no vector, panels of different size. */
static const unmix_bench_options tiny = {.part = UNMIX_BENCH_NMF, .cells = 150, .program_genes = 300, .density = 0.2,
                                         .components = 5, .replicates = 3, .seconds = 1e-6, .seed = 42};

typedef struct lines {
    char names[512];
    um_bench_line last;
} lines;

static unmix_status collect(void *payload, const um_bench_line *line)
{
    lines *l = payload;
    strncat(l->names, line->name, sizeof l->names - strlen(l->names) - 2);
    strcat(l->names, " ");
    l->last = *line;
    assert_true(strcmp(line->size[0].key, "genes") == 0 && line->size[0].value == tiny.program_genes);
    assert_true(strcmp(line->size[1].key, "cells") == 0 && line->size[1].value == tiny.cells);
    assert_true(line->error <= line->bound);
    assert_true(line->fastest > 0 && line->fastest <= line->median && line->processor >= 0);
    return UNMIX_OK;
}

static unmix_device *open_device(unmix_context *cx)
{
    unmix_device *device = NULL;
    assert_ok(cx, unmix_device_open(cx, "cpu", UNMIX_SINGLE, &device));
    return device;
}

static void test_every_item_is_right(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_device *device = open_device(cx);
    lines l = {0};
    assert_ok(cx, um_programs_bench_run(cx, device, &tiny, NULL, collect, &l));
    assert_string_equal(l.names, "multiply_add copy nmf_start hals_iteration mu_iteration kl_iteration hals_fit kl_fit "
                                 "hals_replicates ");
    assert_true(l.last.verified == tiny.cells);
    unmix_device_close(device);
    unmix_context_free(cx);
}

static void test_the_density_is_the_wanted_one(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_device *device = open_device(cx);
    um_programs_bench b = {0};
    assert_ok(cx, um_programs_bench_open(cx, device, &tiny, NULL, &b));
    /* Cells differ in depth (a sum of 5 gamma of shape 0.3 varies by 0.8 of its mean), 32 of them set it. */
    const double density = (double)um_sparse_entries(&b.X) / (double)(tiny.cells * tiny.program_genes);
    assert_true(density > 0.1 && density < 0.4);
    um_programs_bench_clear(&b);
    unmix_device_close(device);
    unmix_context_free(cx);
}

/* The device gets other data than the host: every item that computes there must notice. */
static void test_a_wrong_result_is_refused(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_device *device = open_device(cx);
    lines l = {0};
    um_programs_bench b = {.base = {.sink = collect, .payload = &l}};
    assert_ok(cx, um_programs_bench_open(cx, device, &tiny, NULL, &b));
    um_sparse other = b.X;
    double *values = calloc(um_sparse_entries(&b.X), sizeof *values);
    assert_non_null(values);
    memcpy(values, b.X.value, um_sparse_entries(&b.X) * sizeof *values);
    values[0] += 5;
    other.value = values;
    b.data.X = &other;
    size_t refused = 0;
    for (size_t i = 0; i < um_programs_bench_item_count; i++)
        if (strstr(um_programs_bench_items[i].name, "iteration")) {
            assert_refused(cx, um_bench_measure(&b.base, &b, &um_programs_bench_items[i]), UNMIX_ERROR_WRONG_DEVICE,
                           um_programs_bench_items[i].name);
            refused++;
        }
    assert_int_equal(refused, 3);
    assert_string_equal(l.names, "");
    free(values);
    um_programs_bench_clear(&b);
    unmix_device_close(device);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_item_is_right),
        cmocka_unit_test(test_the_density_is_the_wanted_one),
        cmocka_unit_test(test_a_wrong_result_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
