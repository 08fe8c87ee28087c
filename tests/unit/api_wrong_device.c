/*
 * A device that computes wrongly is found: by the self-test, and by deconvolution itself. The device is a right one
 * with wrong kernels: this file stands in for the embedded kernel files at linking, with one line changed at a time.
 * Lines that only CPUs or only GPUs compile are changed for a device with the values of that kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/embedded.h"
#include "device/kernels.h"
#include "testing/testing.h"
#include "testing/tuning_rows.h"
#include "unmix/unmix.h"

enum { FILE_SIZE = 1 << 16, MAX_FILES = 32 };

/* Names and texts of all kernel files, filled at run time; behind a text stand line ends, so that its size is constant.
 */
static char names[MAX_FILES][32];
static unsigned char text[MAX_FILES][FILE_SIZE];

#define SLOT(i)                                                                                                        \
    {                                                                                                                  \
        names[i], text[i], FILE_SIZE                                                                                   \
    }
const um_embedded_file um_embedded_files[] = {
    SLOT(0),  SLOT(1),  SLOT(2),  SLOT(3),  SLOT(4),  SLOT(5),  SLOT(6),  SLOT(7),
    SLOT(8),  SLOT(9),  SLOT(10), SLOT(11), SLOT(12), SLOT(13), SLOT(14), SLOT(15),
    SLOT(16), SLOT(17), SLOT(18), SLOT(19), SLOT(20), SLOT(21), SLOT(22), SLOT(23),
    SLOT(24), SLOT(25), SLOT(26), SLOT(27), SLOT(28), SLOT(29), SLOT(30), SLOT(31),
};
const size_t um_embedded_count = sizeof um_embedded_files / sizeof um_embedded_files[0];

typedef struct mutation {
    const char *file, *from, *to;
    const char *family; /* that the self-test must name; NULL: all is well */
    unmix_device_kind kind; /* with whose values the line is compiled */
} mutation;

/* Every file that some program is made of gets a slot. */
static size_t name_files(void)
{
    size_t count = 0;
    for (size_t p = 0; p < UM_PROGRAM_COUNT; p++)
        for (const char *at = um_program_files[p]; *at;) {
            char name[sizeof names[0]];
            const size_t length = strcspn(at, " ");
            (void)snprintf(name, sizeof name, "%.*s", (int)length, at);
            size_t i = 0;
            while (i < count && strcmp(names[i], name) != 0)
                i++;
            assert_true(i < MAX_FILES);
            if (i == count)
                memcpy(names[count++], name, sizeof name);
            at += length + (at[length] == ' ');
        }
    return count;
}

static void load(size_t i, const mutation *m)
{
    static char raw[FILE_SIZE];
    char path[64];
    (void)snprintf(path, sizeof path, "../kernels/%s", names[i]);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is not there", path);
    const size_t size = fread(raw, 1, sizeof raw - 1, file);
    raw[size] = '\0';
    (void)fclose(file);
    const char *at = NULL;
    size_t kept = size;
    if (m->from && strcmp(m->file, names[i]) == 0) {
        at = strstr(raw, m->from);
        if (!at)
            fail_msg("%s has no '%s' any more", m->file, m->from);
        kept = (size_t)(at - raw);
    }
    memset(text[i], '\n', FILE_SIZE);
    memcpy(text[i], raw, kept);
    if (!at)
        return;
    memcpy(text[i] + kept, m->to, strlen(m->to));
    const char *rest = at + strlen(m->from);
    memcpy(text[i] + kept + strlen(m->to), rest, strlen(rest));
}

static unmix_device *device_with(unmix_context *cx, const mutation *m)
{
    const size_t count = name_files();
    for (size_t i = 0; i < count; i++)
        load(i, m);
    unmix_device *device = NULL;
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    um_tune_as(cx, device, m->kind);
    return device;
}

typedef struct tally {
    size_t run, failed;
} tally;

static void count_test(void *payload, const unmix_self_test *test)
{
    tally *t = payload;
    t->run++;
    t->failed += !test->passed;
    assert_true(test->passed == (test->error <= test->bound));
    assert_true(*test->family);
}

#define CPU UNMIX_DEVICE_CPU
#define GPU UNMIX_DEVICE_GPU

static const mutation mutations[] = {
    {"", NULL, "", NULL, CPU},
    {"", NULL, "", NULL, GPU},
    {"likelihood_poisson.cl", "return w * k / y;", "return w * k / y * (real)1.0002f;", "multipliers and EM step", CPU},
    {"pass.cl", "const realv weight = (realv)(w[g + u]);", "const realv weight = (realv)(1);", "Poisson loss", CPU},
    {"pass.cl", "fold[((size_t)tile * UM_M + j) * ld + column + v] = folded[j][v];",
     "fold[((size_t)tile * UM_M + j) * ld + column + v] = j ? folded[j][v] : (realv)(0) / (realv)(0);",
     "multipliers and EM step", CPU},
    {"pass.cl", "loss[column] = UM_SUM_VALUE(sum);", "loss[column] = partial[column];", "Poisson loss", CPU},
    {"em.cl", "t < tiles", "t + 1 < tiles", "multipliers and EM step", CPU},
    {"adam.cl", "theta[at] - step", "theta[at] + step", "Adam step", CPU},
    {"gram.cl", "realv weight = h[(size_t)g * ld + column];",
     "realv weight = h[(size_t)g * ld + column] * (real)1.001f;", "Gram matrices", CPU},
    {"sqp.cl", "fold[at] = value;", "fold[at] = value * (real)1.01f;", "exact solver", CPU},
    {"product.cl", "C[(row + u) * ld + column] = c[u];", "C[(row + u) * ld + column] = c[u] + (row == 256 ? 1 : 0);",
     "product", CPU},
    {"gram.cl", "realv weight = h[(size_t)g * ld];", "realv weight = h[(size_t)g * ld] * (real)1.001f;", "Gram matrices",
     GPU},
    {"pass.cl", "stage[i] = source_rows[i];", "stage[i] = source_rows[i] * (real)1.001f;", "Poisson loss", GPU},
    {"pass.cl", "loss[column] = UM_SUM_VALUE(sum);", "loss[column] = partial[column];", "Poisson loss", GPU},
    {"nmf_genes.cl", "A[v] = UM_SUM_VALUE(sum[v]);", "A[v] = UM_SUM_VALUE(sum[v]) * (real)1.001f;",
     "factorisation", GPU},
};

static void the_self_test_finds_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mutations / sizeof mutations[0]; i++) {
        const mutation *m = &mutations[i];
        unmix_context *cx = um_test_context();
        unmix_device *device = device_with(cx, m);
        tally t = {0};
        const unmix_status status = unmix_device_self_test(cx, device, count_test, &t);
        assert_true(t.run >= 5);
        if (!m->family) {
            assert_ok(cx, status);
            assert_int_equal(t.failed, 0);
            assert_ok(cx, unmix_device_self_test(cx, device, NULL, NULL));
        } else {
            assert_true(t.failed > 0);
            assert_non_null(strstr(unmix_error_message(cx), unmix_device_get_info(device)->name));
            assert_refused(cx, status, UNMIX_ERROR_WRONG_DEVICE, m->family);
        }
        unmix_device_close(device);
        unmix_context_free(cx);
    }
}

/* Kernels that do not compile: one line that names the device and the line of the file. */
static void kernels_that_cannot_be_built_are_a_failure_of_the_device(void **state)
{
    (void)state;
    const mutation m = {"em.cl", "um_sum sum = UM_SUM_ZERO;", "this is not OpenCL;", NULL, CPU};
    unmix_context *cx = um_test_context();
    unmix_device *device = device_with(cx, &m);
    const unmix_status status = unmix_device_self_test(cx, device, NULL, NULL);
    assert_int_equal(status, UNMIX_ERROR_DEVICE);
    assert_null(strchr(unmix_error_message(cx), '\n'));
    assert_non_null(strstr(unmix_error_message(cx), unmix_device_get_info(device)->name));
    assert_refused(cx, status, UNMIX_ERROR_DEVICE, "em.cl");
    unmix_device_close(device);
    unmix_context_free(cx);
}

static unmix_status deconvolve(unmix_context *cx, unmix_device *device)
{
    static const char *const genes[] = {"a", "b", "c", "d"}, *const types[] = {"t1", "t2"}, *const samples[] = {"mix"};
    static const double s[] = {10, 1, 5, 5, 1, 20, 4, 4}, k[] = {1000, 700, 3000, 800};
    unmix_matrix *signatures = NULL, *bulk = NULL;
    unmix_source *source = NULL;
    unmix_result *result = NULL;
    assert_ok(cx, unmix_matrix_new(cx, 4, 2, genes, types, s, &signatures));
    assert_ok(cx, unmix_matrix_new(cx, 4, 1, genes, samples, k, &bulk));
    assert_ok(cx, unmix_source_from_matrix(cx, bulk, &source));
    unmix_deconvolve_options options;
    unmix_deconvolve_options_init(&options);
    options.method = UNMIX_METHOD_EM;
    const unmix_status status = unmix_deconvolve(cx, device, signatures, source, NULL, &options, &result);
    assert_true((status == UNMIX_OK) == (result != NULL));
    unmix_result_free(result);
    unmix_source_close(source);
    unmix_matrix_free(bulk);
    unmix_matrix_free(signatures);
    return status;
}

/* The loss that the device reports for the result is not the one that the host computes there. */
static void deconvolution_does_not_believe_it(void **state)
{
    (void)state;
    const mutation right = {"", NULL, "", NULL, CPU};
    const mutation wrong[] = {
        {"likelihood_poisson.cl", "const realv direct = k * log(positive / y)",
         "const realv direct = k * log(positive / y) * (real)1.1f", NULL, CPU},
        {"likelihood_poisson.cl", "const realv near = k * t * t * series;",
         "const realv near = k * t * t * series + k * (real)0.01f;", NULL, CPU},
    };
    unmix_context *cx = um_test_context();
    unmix_device *device = device_with(cx, &right);
    assert_ok(cx, deconvolve(cx, device));
    unmix_device_close(device);
    size_t found = 0; /* each mutation changes another branch; both are in use here */
    for (size_t i = 0; i < 2; i++) {
        device = device_with(cx, &wrong[i]);
        const unmix_status status = deconvolve(cx, device);
        if (status != UNMIX_OK) {
            assert_refused(cx, status, UNMIX_ERROR_WRONG_DEVICE, "sample 'mix'");
            found++;
        }
        unmix_device_close(device);
    }
    assert_int_equal(found, 2);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_self_test_finds_it),
        cmocka_unit_test(kernels_that_cannot_be_built_are_a_failure_of_the_device),
        cmocka_unit_test(deconvolution_does_not_believe_it),
    };
    return um_run_group(tests);
}
