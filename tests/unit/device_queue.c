/* The sticky queue: first failure stays, launches and transfers are checked, reals round as the device's do. */
#include "device/queue.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/parallel.h"
#include "testing/testing.h"

static unmix_context *cx;
static unmix_device *device;
static um_queue *queue;

static int open_queue(void **state)
{
    (void)state;
    cx = um_test_context();
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    assert_ok(cx, um_queue_open(cx, device, &queue));
    return 0;
}

static int close_queue(void **state)
{
    (void)state;
    um_queue_close(queue);
    unmix_device_close(device);
    unmix_context_free(cx);
    return 0;
}

/* A failure stays in a queue until its end. */
static void reopen(void)
{
    um_queue_close(queue);
    unmix_error_clear(cx);
    assert_ok(cx, um_queue_open(cx, device, &queue));
}

static um_buffer ones(size_t n)
{
    um_buffer buffer = {0};
    double values[64];
    for (size_t i = 0; i < 64; i++)
        values[i] = 1.0;
    um_buffer_reals(queue, &buffer, n, "ones");
    um_write_reals(queue, &buffer, 0, values, n);
    assert_ok(cx, um_queue_status(queue));
    return buffer;
}

/* Every call after a failure does nothing at all and the first site stays. */
static void assert_everything_is_a_noop(um_buffer *buffer, unmix_status status)
{
    char site[200];
    (void)snprintf(site, sizeof site, "%s", unmix_error_site(cx));
    assert_true(*site);
    double values[4] = {5.0, 6.0, 7.0, 8.0};
    um_buffer other = {0};
    um_write_reals(queue, buffer, 0, values, 4);
    um_write_columns(queue, buffer, 2, 0, values, 2, 2);
    um_fill_zero(queue, buffer);
    um_read_reals(queue, buffer, 0, values, 4);
    assert_true(values[0] == 5.0 && values[3] == 8.0);
    um_buffer_reals(queue, &other, 10, "other");
    assert_null(other.memory);
    um_run(queue, UM_KERNEL_LOSS_SUM, UM_ANY_VARIANT, um_grid_2d(1, 1), UM_U32(1)); /* wrong too, but later */
    um_queue_fail(queue, UNMIX_ERROR_MEMORY);
    assert_int_equal(um_queue_finish(queue), status);
    assert_int_equal(um_queue_status(queue), status);
    assert_string_equal(unmix_error_site(cx), site);
    reopen();
    assert_ok(cx, um_queue_status(queue));
    um_read_reals(queue, buffer, 0, values, 4);
    assert_ok(cx, um_queue_status(queue));
    for (size_t i = 0; i < 4; i++)
        assert_true(values[i] == 1.0);
}

static void a_wrong_number_of_arguments_is_caught(void **state)
{
    (void)state;
    um_buffer b = ones(64);
    um_run(queue, UM_KERNEL_LOSS_SUM, UM_ANY_VARIANT, um_grid_2d(1, 1), UM_U32(1), UM_U32(1), UM_BUF(&b));
    assert_int_equal(um_queue_status(queue), UNMIX_ERROR_INTERNAL);
    assert_non_null(strstr(unmix_error_message(cx), "um_loss_sum: 3 arguments, expected 4"));
    assert_non_null(strstr(unmix_error_site(cx), "device_queue.c"));
    assert_everything_is_a_noop(&b, UNMIX_ERROR_INTERNAL);
    um_buffer_release(&b);
}

static void a_wrong_kind_of_argument_is_caught(void **state)
{
    (void)state;
    um_buffer b = ones(64);
    um_run(queue, UM_KERNEL_LOSS_SUM, UM_ANY_VARIANT, um_grid_2d(1, 1), UM_U32(1), UM_REAL_ARGUMENT(1.0), UM_BUF(&b),
           UM_BUF(&b));
    assert_int_equal(um_queue_status(queue), UNMIX_ERROR_INTERNAL);
    assert_non_null(strstr(unmix_error_message(cx), "argument 2 is 'r', expected 'u'"));
    assert_everything_is_a_noop(&b, UNMIX_ERROR_INTERNAL);
    um_buffer_release(&b);
}

static void an_empty_buffer_is_caught(void **state)
{
    (void)state;
    um_buffer b = ones(64), empty = {0};
    um_run(queue, UM_KERNEL_LOSS_SUM, UM_ANY_VARIANT, um_grid_2d(1, 1), UM_U32(1), UM_U32(1), UM_BUF(&b),
           UM_BUF(&empty));
    assert_int_equal(um_queue_status(queue), UNMIX_ERROR_INTERNAL);
    assert_non_null(strstr(unmix_error_message(cx), "argument 4 is an empty 'b'"));
    assert_everything_is_a_noop(&b, UNMIX_ERROR_INTERNAL);
    um_buffer_release(&b);
}

static void an_oversized_buffer_names_its_sizes(void **state)
{
    (void)state;
    um_buffer b = ones(64), huge = {0};
    const uint64_t largest = um_queue_info(queue)->largest_buffer_bytes;
    um_buffer_allocate(queue, &huge, (size_t)largest + 1, "counts of everybody");
    assert_int_equal(um_queue_status(queue), UNMIX_ERROR_MEMORY);
    char size[40];
    (void)snprintf(size, sizeof size, "%.3g MB", (double)largest / 1e6);
    assert_non_null(strstr(unmix_error_message(cx), "counts of everybody"));
    assert_non_null(strstr(unmix_error_message(cx), size));
    assert_non_null(strstr(unmix_error_message(cx), um_queue_info(queue)->name));
    assert_null(huge.memory);
    assert_everything_is_a_noop(&b, UNMIX_ERROR_MEMORY);
    um_buffer_reals(queue, &huge, SIZE_MAX / 2, "overflow"); /* x 4 does not fit */
    assert_refused(cx, um_queue_status(queue), UNMIX_ERROR_MEMORY, "overflow");
    reopen();
    um_buffer_release(&b);
    um_buffer_release(&huge);
}

static void transfers_outside_a_buffer_are_caught(void **state)
{
    (void)state;
    double values[65] = {0};
    um_buffer b = ones(64);
    um_write_reals(queue, &b, 0, values, 65);
    assert_everything_is_a_noop(&b, UNMIX_ERROR_INTERNAL);
    um_read_reals(queue, &b, 64, values, 1);
    assert_everything_is_a_noop(&b, UNMIX_ERROR_INTERNAL);
    um_write_columns(queue, &b, 8, 7, values, 8, 2); /* the last row ends at 65 */
    assert_everything_is_a_noop(&b, UNMIX_ERROR_INTERNAL);
    um_read_reals(queue, &b, 64, values, 0); /* nothing, at the very end: fine */
    assert_ok(cx, um_queue_status(queue));
    um_buffer_release(&b);
}

static double rounded(unmix_precision precision, double x)
{
    return precision == UNMIX_SINGLE ? (double)(float)x : x;
}

/* More values than fit the transfer memory at once (2^18), with a ragged end; numbers that float must round. */
static void check_round_trip(unmix_precision precision)
{
    unmix_device *d = NULL;
    assert_ok(cx, unmix_device_open(cx, "auto", precision, &d));
    um_queue *q = NULL;
    assert_ok(cx, um_queue_open(cx, d, &q));
    assert_int_equal(um_queue_real_size(q), precision == UNMIX_SINGLE ? 4 : 8);
    const size_t n = 600001;
    double *values = malloc(n * sizeof *values), *back = malloc(n * sizeof *back);
    assert_true(values && back);
    for (size_t i = 0; i < n; i++)
        values[i] = (i % 2 ? -1.0 : 1.0) * exp(0.0001 * (double)i - 30.0);
    um_buffer b = {0};
    um_buffer_reals(q, &b, n, "values");
    um_write_reals(q, &b, 0, values, n);
    um_read_reals(q, &b, 0, back, n);
    assert_ok(cx, um_queue_finish(q));
    for (size_t i = 0; i < n; i++)
        assert_true(back[i] == rounded(precision, values[i]));
    um_read_reals(q, &b, n - 3, back, 3);
    assert_ok(cx, um_queue_status(q));
    assert_true(back[0] == rounded(precision, values[n - 3]));
    um_buffer_release(&b);
    um_queue_close(q);
    unmix_device_close(d);
    free(values);
    free(back);
}

/* Columns 3 .. 3+columns of a matrix with rows `stride` apart; the rest stays as it was. */
static void check_columns(unmix_precision precision, size_t rows, size_t columns)
{
    unmix_device *d = NULL;
    assert_ok(cx, unmix_device_open(cx, "auto", precision, &d));
    um_queue *q = NULL;
    assert_ok(cx, um_queue_open(cx, d, &q));
    const size_t stride = columns + 5, n = rows * stride;
    double *values = malloc(rows * columns * sizeof *values), *back = malloc(n * sizeof *back);
    assert_true(values && back);
    for (size_t i = 0; i < rows * columns; i++)
        values[i] = 1.0 / (double)(i + 3);
    um_buffer b = {0};
    um_buffer_reals(q, &b, n, "matrix");
    um_fill_zero(q, &b);
    um_write_columns(q, &b, stride, 3, values, rows, columns);
    um_read_reals(q, &b, 0, back, n);
    assert_ok(cx, um_queue_finish(q));
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < stride; c++) {
            const int in = c >= 3 && c < 3 + columns;
            assert_true(back[r * stride + c] == (in ? rounded(precision, values[r * columns + c - 3]) : 0.0));
        }
    um_buffer_release(&b);
    um_queue_close(q);
    unmix_device_close(d);
    free(values);
    free(back);
}

static void for_each_precision(void (*check)(unmix_precision))
{
    check(UNMIX_SINGLE);
    if (um_queue_info(queue)->has_double)
        check(UNMIX_DOUBLE);
}

static void columns_of(unmix_precision precision)
{
    check_columns(precision, 1, 1);
    check_columns(precision, 7, 32);
    check_columns(precision, 20000, 27); /* more than the transfer memory holds at once */
    check_columns(precision, 2, 300000); /* one row alone is more than it holds */
}

static void reals_come_back_rounded(void **state)
{
    (void)state;
    for_each_precision(check_round_trip);
}

static void columns_land_where_they_belong(void **state)
{
    (void)state;
    for_each_precision(columns_of);
}

static void an_empty_grid_and_an_empty_buffer_are_nothing(void **state)
{
    (void)state;
    um_buffer b = ones(64), none = {0};
    um_run(queue, UM_KERNEL_LOSS_SUM, UM_ANY_VARIANT, um_grid_2d(0, 1), UM_U32(1), UM_U32(0), UM_BUF(&b), UM_BUF(&b));
    um_buffer_reals(queue, &none, 0, "nothing");
    assert_ok(cx, um_queue_finish(queue));
    assert_non_null(none.memory);
    um_buffer_release(&none);
    um_buffer_release(&none);
    um_buffer_release(&b);
}

/* ---- Several queues on one device ---- */

static void a_failure_is_one_queues_own(void **state)
{
    (void)state;
    um_queue *other = NULL;
    assert_ok(cx, um_queue_open(cx, device, &other));
    um_buffer b = ones(64);
    um_queue_refuse(other, "a mistake");
    assert_refused(cx, um_queue_status(other), UNMIX_ERROR_INTERNAL, "a mistake");
    double values[64] = {0};
    um_read_reals(queue, &b, 0, values, 64);
    assert_ok(cx, um_queue_status(queue));
    assert_true(values[63] == 1.0);
    um_queue_close(other);
    um_queue_close(NULL);
    um_buffer_release(&b);
    unmix_error_clear(cx);
}

/* Threads with a context and a queue each, all of which need the same program first, then launch it with numbers of
 * their own. */
enum { THREADS = 4, LAUNCHES = 200, TILES = 3 };

typedef struct sums_of_threads {
    unmix_context *cx[THREADS];
    size_t wrong[THREADS];
} sums_of_threads;

static void add_up_in_a_thread(void *state, unsigned t)
{
    sums_of_threads *s = state;
    um_queue *q = NULL;
    s->wrong[t] = LAUNCHES;
    if (um_queue_open(s->cx[t], device, &q) != UNMIX_OK)
        return;
    const size_t width = um_queue_tuning(q)->vector;
    um_buffer in = {0}, out = {0};
    um_buffer_reals(q, &in, TILES * width, "in");
    um_buffer_reals(q, &out, width, "out");
    for (size_t i = 0; i < LAUNCHES; i++) {
        double values[TILES * 16], sum[16] = {0};
        for (size_t v = 0; v < TILES * width; v++)
            values[v] = (double)(1000 * t + i);
        um_write_reals(q, &in, 0, values, TILES * width);
        um_run(q, UM_KERNEL_LOSS_SUM, ((um_variant){.sources = (uint32_t)(1 + 128 * (i % 2))}), um_grid_2d(1, 1),
               UM_U32(TILES), UM_U32(1), UM_BUF(&in), UM_BUF(&out));
        um_read_reals(q, &out, 0, sum, width);
        s->wrong[t] -=
            um_queue_status(q) == UNMIX_OK && sum[0] == TILES * values[0] && sum[width - 1] == TILES * values[0];
    }
    um_buffer_release(&in);
    um_buffer_release(&out);
    um_queue_close(q);
}

static void threads_have_queues_of_their_own(void **state)
{
    (void)state;
    sums_of_threads s = {0};
    for (size_t t = 0; t < THREADS; t++)
        s.cx[t] = um_test_context();
    um_parallel(THREADS, add_up_in_a_thread, &s);
    for (size_t t = 0; t < THREADS; t++) {
        if (s.wrong[t])
            fail_msg("thread %zu: %zu of %d sums are wrong; %s", t, s.wrong[t], LAUNCHES, unmix_error_message(s.cx[t]));
        unmix_context_free(s.cx[t]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_number_of_arguments_is_caught),
        cmocka_unit_test(a_wrong_kind_of_argument_is_caught),
        cmocka_unit_test(an_empty_buffer_is_caught),
        cmocka_unit_test(an_oversized_buffer_names_its_sizes),
        cmocka_unit_test(transfers_outside_a_buffer_are_caught),
        cmocka_unit_test(reals_come_back_rounded),
        cmocka_unit_test(columns_land_where_they_belong),
        cmocka_unit_test(an_empty_grid_and_an_empty_buffer_are_nothing),
        cmocka_unit_test(a_failure_is_one_queues_own),
        cmocka_unit_test(threads_have_queues_of_their_own),
    };
    return cmocka_run_group_tests(tests, open_queue, close_queue) != 0 ? 1 : 0;
}
