/* Predicted counts that are too large for memory: the same numbers and files as those that fit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "testing/testing.h"
#include "unmix/unmix.h"

enum { GENES = 60, TYPES = 3, SAMPLES = 50 };

typedef struct fixture {
    unmix_context *cx;
    unmix_device *device;
    unmix_simulation cohort;
    unmix_source *bulk;
} fixture;

static fixture f;

static int setup(void **unused)
{
    (void)unused;
    f = (fixture){.cx = um_test_context()};
    if (unmix_device_open(f.cx, NULL, UNMIX_SINGLE, &f.device) != UNMIX_OK) {
        unmix_error_clear(f.cx);
        return 0; /* the tests skip */
    }
    unmix_simulate_options o;
    unmix_simulate_options_init(&o);
    o.genes = GENES;
    o.types = TYPES;
    o.samples = SAMPLES;
    assert_ok(f.cx, unmix_simulate(f.cx, &o, &f.cohort));
    assert_ok(f.cx, unmix_source_from_matrix(f.cx, f.cohort.bulk, &f.bulk));
    return 0;
}

static int teardown(void **unused)
{
    (void)unused;
    unmix_source_close(f.bulk);
    unmix_simulation_free(&f.cohort);
    unmix_device_close(f.device);
    unmix_context_free(f.cx);
    return 0;
}

static unmix_result *fit(int predicted, size_t memory)
{
    unmix_deconvolve_options o;
    unmix_deconvolve_options_init(&o);
    o.predicted = predicted;
    o.memory = memory;
    o.scratch = um_test_folder();
    unmix_result *result = NULL;
    assert_ok(f.cx, unmix_deconvolve(f.cx, f.device, f.cohort.signatures, f.bulk, NULL, &o, &result));
    return result;
}

static char *bytes_of(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 22);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 22, file);
    assert_true(*size > 0 && *size < 1 << 22);
    (void)fclose(file);
    return bytes;
}

static void assert_same_files(const char *a, const char *b)
{
    size_t sizes[2];
    char *bytes[2] = {bytes_of(a, &sizes[0]), bytes_of(b, &sizes[1])};
    assert_int_equal(sizes[0], sizes[1]);
    assert_memory_equal(bytes[0], bytes[1], sizes[0]);
    free(bytes[0]);
    free(bytes[1]);
}

static void write_as(const unmix_result *result, const char *name, char path[700])
{
    (void)snprintf(path, 700, "%s/%s", um_test_folder(), name);
    assert_ok(f.cx, unmix_result_write(f.cx, result, path, 0));
}

static void streamed_equals_held(void **unused)
{
    (void)unused;
    if (!f.device)
        skip();
    unmix_result *held = fit(1, 0), *streamed = fit(1, 100);
    const unmix_matrix *matrix = unmix_result_matrix(held, "predicted");
    assert_non_null(matrix);
    assert_null(unmix_result_matrix(streamed, "predicted"));
    const size_t genes = unmix_matrix_columns(matrix);
    double rows[2][SAMPLES * GENES];
    for (size_t first = 0; first < SAMPLES; first += 7) {
        const size_t count = SAMPLES - first < 7 ? SAMPLES - first : 7;
        assert_ok(f.cx, unmix_result_read_predicted(f.cx, held, first, count, rows[0]));
        assert_ok(f.cx, unmix_result_read_predicted(f.cx, streamed, first, count, rows[1]));
        assert_memory_equal(rows[0], unmix_matrix_values(matrix) + first * genes, count * genes * sizeof(double));
        assert_memory_equal(rows[1], rows[0], count * genes * sizeof(double));
    }
    char a[700], b[700], file[2][800];
    write_as(held, "held.h5ad", a);
    write_as(streamed, "streamed.h5ad", b);
    assert_same_files(a, b);
    write_as(held, "held/", a);
    write_as(streamed, "streamed/", b);
    (void)snprintf(file[0], sizeof file[0], "%spredicted.tsv", a);
    (void)snprintf(file[1], sizeof file[1], "%spredicted.tsv", b);
    assert_same_files(file[0], file[1]);
    unmix_result_free(held);
    unmix_result_free(streamed);
}

static void refusals(void **unused)
{
    (void)unused;
    if (!f.device)
        skip();
    double row[GENES];
    unmix_result *without = fit(0, 0), *with = fit(1, 1);
    assert_null(unmix_result_matrix(without, "predicted"));
    assert_refused(f.cx, unmix_result_read_predicted(f.cx, without, 0, 1, row), UNMIX_ERROR_ARGUMENT, "no predicted counts");
    assert_refused(f.cx, unmix_result_read_predicted(f.cx, with, SAMPLES, 1, row), UNMIX_ERROR_ARGUMENT, "of 50");
    assert_refused(f.cx, unmix_result_read_predicted(f.cx, with, 0, 1, NULL), UNMIX_ERROR_ARGUMENT, "'values'");
    unmix_result_free(without);
    unmix_result_free(with);

    unmix_deconvolve_options o;
    unmix_deconvolve_options_init(&o);
    o.predicted = 1;
    o.memory = 1;
    o.scratch = "/not/there";
    unmix_result *result = NULL;
    assert_refused(f.cx, unmix_deconvolve(f.cx, f.device, f.cohort.signatures, f.bulk, NULL, &o, &result),
                   UNMIX_ERROR_WRITE, "/not/there");
    assert_null(result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(streamed_equals_held, setup, teardown),
        cmocka_unit_test_setup_teardown(refusals, setup, teardown),
    };
    return um_run_group(tests);
}
