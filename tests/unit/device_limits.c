/* At the limits of a device: launches in pieces, smaller groups, no local memory; the results are the same. */
#include "device/limits.h"

#include <stdlib.h>
#include <string.h>

#include "device/queue.h"
#include "testing/testing.h"

enum { GENES = 64, SOURCES = 3, SAMPLES = 8, ROWS = 23 };

static unmix_context *cx;
static unmix_device *device;
static um_queue *queue;

static void open_tuned(const char *tuning)
{
    cx = um_test_context();
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    assert_ok(cx, unmix_device_tune(cx, device, tuning));
    assert_ok(cx, um_queue_open(cx, device, &queue));
}

static void close_all(void)
{
    um_queue_close(queue);
    unmix_device_close(device);
    unmix_context_free(cx);
}

static um_buffer input(size_t count, double first, double step)
{
    um_buffer buffer = {0};
    double *values = calloc(count, sizeof *values);
    assert_non_null(values);
    for (size_t i = 0; i < count; i++)
        values[i] = first + step * (double)i;
    um_buffer_reals(queue, &buffer, count, "test");
    um_write_reals(queue, &buffer, 0, values, count);
    free(values);
    return buffer;
}

/* fold_j = sum_g w k_gn A_gj / yhat: every A is 1 and every E 1, so it is sum_g k_gn / SOURCES. */
static void check_pass(void)
{
    const um_variant variant = {.sources = SOURCES};
    um_buffer A = input(GENES * 4, 1, 0), w = input(GENES, 1, 0), k = input(GENES * SAMPLES, 0, 1),
              E = input(SOURCES * SAMPLES, 1, 0), fold = input(SOURCES * SAMPLES, -1, 0);
    um_run(queue, UM_KERNEL_MULTIPLIERS, variant, um_grid_2d(SAMPLES, 1), UM_U32(SOURCES), UM_U32(SAMPLES), UM_BUF(&A),
           UM_BUF(&w), UM_BUF(&k), UM_BUF(&E), UM_BUF(&fold));
    double got[SOURCES * SAMPLES], want[SOURCES * SAMPLES];
    um_read_reals(queue, &fold, 0, got, SOURCES * SAMPLES);
    assert_ok(cx, um_queue_status(queue));
    for (size_t i = 0; i < SOURCES * SAMPLES; i++)
        want[i] = ((double)(i % SAMPLES) * GENES + SAMPLES * GENES * (GENES - 1) / 2.0) / SOURCES;
    um_assert_close(got, want, SOURCES * SAMPLES, (GENES + 4) * 0x1p-24, 0, "fold");
    um_buffer *buffers[] = {&A, &w, &k, &E, &fold};
    for (size_t i = 0; i < sizeof buffers / sizeof buffers[0]; i++)
        um_buffer_release(buffers[i]);
}

#define GPU_ROW "vector=1 vectors=1 genes=8 tile=64 fixed-sources=1 "

static int said(const char *part)
{
    return strstr(um_test_log(), part) != NULL;
}

static void what_fits_stays(void **state)
{
    (void)state;
    open_tuned(GPU_ROW "group=64 stage=1");
    check_pass();
    assert_true(said("-DUM_WG=64 ") && said("-DUM_STAGE=32 "));
    close_all();
}

static void groups_become_smaller(void **state)
{
    (void)state;
    open_tuned(GPU_ROW "group=64 stage=1 most-group=17");
    check_pass();
    assert_true(said("-DUM_WG=64 ") && said("-DUM_WG=32 ") && said("-DUM_WG=16 ") && !said("-DUM_WG=8 "));
    close_all();
}

static void without_local_memory_rows_are_read_where_they_are(void **state)
{
    (void)state;
    open_tuned(GPU_ROW "group=64 stage=1 most-local=127"); /* 8 genes x 4 sources x 4 bytes are 128 */
    check_pass();
    assert_true(said("-DUM_STAGE=0 ") && !said("-DUM_STAGE=32 "));
    close_all();
    open_tuned(GPU_ROW "group=64 stage=1 most-local=128");
    check_pass();
    assert_true(said("-DUM_STAGE=32 ") && !said("-DUM_STAGE=0 "));
    close_all();
}

static void large_grids_are_launched_in_pieces(void **state)
{
    (void)state;
    open_tuned("vector=1 most-rows=5");
    um_buffer from = input(2 * ROWS, 0, 1), to = input(ROWS, -1, 0);
    um_run(queue, UM_KERNEL_GRAM_SUM, (um_variant){0}, um_grid_2d(1, ROWS), UM_U32(1), UM_U32(ROWS), UM_U32(2), UM_BUF(&from),
           UM_BUF(&to));
    double got[ROWS];
    um_read_reals(queue, &to, 0, got, ROWS);
    assert_ok(cx, um_queue_status(queue));
    for (size_t i = 0; i < ROWS; i++)
        assert_true(got[i] == (double)(2 * i + ROWS));
    assert_true(said("um_gram_sum: 23 rows of groups in pieces of 5"));
    um_buffer_release(&from);
    um_buffer_release(&to);
    close_all();
}

static void the_limit_of_rows_is_that_of_grids(void **state)
{
    (void)state;
    enum { MANY = 70000 };
    open_tuned("vector=1");
    um_buffer from = input(MANY, 0, 1), to = input(MANY, -1, 0);
    um_run(queue, UM_KERNEL_GRAM_SUM, (um_variant){0}, um_grid_2d(1, MANY), UM_U32(1), UM_U32(MANY), UM_U32(1), UM_BUF(&from),
           UM_BUF(&to));
    double ends[2];
    um_read_reals(queue, &to, 65534, ends, 2);
    assert_true(ends[0] == 65534 && ends[1] == 65535);
    um_read_reals(queue, &to, MANY - 1, ends, 1);
    assert_ok(cx, um_queue_status(queue));
    assert_true(ends[0] == MANY - 1);
    assert_true(said("70000 rows of groups in pieces of 65535"));
    um_buffer_release(&from);
    um_buffer_release(&to);
    close_all();
}

static void grids_beyond_what_kernels_count_are_refused(void **state)
{
    (void)state;
    open_tuned("");
    um_buffer b = input(16, 0, 1);
    um_run(queue, UM_KERNEL_GRAM_SUM, (um_variant){0}, um_grid_2d((size_t)1 << 32, 1), UM_U32(1), UM_U32(1), UM_U32(1),
           UM_BUF(&b), UM_BUF(&b));
    assert_refused(cx, um_queue_status(queue), UNMIX_ERROR_INTERNAL, "um_gram_sum: a grid of 4294967296 x 1");
    um_buffer_release(&b);
    close_all();
}

/* The decisions by themselves. */
static void builds_give_way_step_by_step(void **state)
{
    (void)state;
    um_build build = {.program = UM_PROGRAM_DECONVOLVE, .tuning = um_tuning_for(UNMIX_DEVICE_GPU, UNMIX_SINGLE, 1), .sources = 22};
    um_limits limits = um_limits_of(1024, 49152, &build.tuning);
    assert_true(limits.group == 1024 && limits.local == 49152 && limits.rows == 65535);
    assert_true(um_build_local_bytes(&build) == 8 * 24 * 4);
    um_limits_fit(&limits, &build);
    assert_true(build.tuning.group == 64 && build.tuning.stage == 1);
    build.sources = 3000; /* 96 kB */
    um_limits_fit(&limits, &build);
    assert_true(build.tuning.stage == 0 && um_build_local_bytes(&build) == 0);
    limits.group = 48;
    um_limits_fit(&limits, &build);
    assert_true(build.tuning.group == 32);
    build.tuning.stage = 1;
    assert_int_equal(um_limits_check(&limits, 32, 49152, &build), 1);
    assert_int_equal(um_limits_check(&limits, 31, 49153, &build), 0);
    assert_true(build.tuning.group == 16 && build.tuning.stage == 0);
    assert_int_equal(um_limits_check(&limits, 16, 49153, &build), -1);
    build.tuning.group = 1;
    assert_int_equal(um_limits_check(&limits, 1, 0, &build), 1);
    assert_int_equal(um_limits_check(&limits, 0, 0, &build), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_fits_stays),
        cmocka_unit_test(groups_become_smaller),
        cmocka_unit_test(without_local_memory_rows_are_read_where_they_are),
        cmocka_unit_test(large_grids_are_launched_in_pieces),
        cmocka_unit_test(the_limit_of_rows_is_that_of_grids),
        cmocka_unit_test(grids_beyond_what_kernels_count_are_refused),
        cmocka_unit_test(builds_give_way_step_by_step),
    };
    return um_run_group(tests);
}
