/* What every kernel test needs: a device in one precision and tuning, numbers it holds exactly, poisoned buffers. */
#ifndef UM_TESTS_RIG_H
#define UM_TESTS_RIG_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "device/queue.h"
#include "testing/testing.h"

/* A precision and changes to the tuning of the device ("": its own row of the table). */
typedef struct rig_case {
    unmix_precision precision;
    const char *tuning;
} rig_case;

typedef struct rig {
    unmix_context *cx;
    unmix_device *device;
    um_queue *queue;
    um_variant variant;  /* of the launches */
    um_tuning tuning;
    double u;            /* half of eps */
    double series_below; /* where the loss changes from its series to the direct form */
    um_random random;
} rig;

enum { RIG_CANARIES = 97 };
static const double rig_canary = -4242.0;

static inline rig rig_open(const rig_case *c)
{
    rig r = {.cx = um_test_context()};
    const int single = c->precision == UNMIX_SINGLE;
    if (!single) {
        unmix_device *any = NULL;
        assert_ok(r.cx, unmix_device_open(r.cx, "auto", UNMIX_SINGLE, &any));
        const int has_double = unmix_device_get_info(any)->has_double;
        unmix_device_close(any);
        if (!has_double) {
            print_message("no double precision on this device\n");
            skip();
        }
    }
    assert_ok(r.cx, unmix_device_open(r.cx, "auto", c->precision, &r.device));
    assert_ok(r.cx, unmix_device_tune(r.cx, r.device, c->tuning));
    assert_ok(r.cx, um_queue_open(r.cx, r.device, &r.queue));
    r.tuning = *um_queue_tuning(r.queue);
    r.u = single ? 0x1p-24 : 0x1p-53;
    r.series_below = single ? 1.0 / 16.0 : 1.0 / 256.0;
    um_random_start(&r.random, 7, "kernel tests", c->tuning);
    return r;
}

static inline void rig_close(rig *r)
{
    assert_ok(r->cx, um_queue_finish(r->queue));
    um_queue_close(r->queue);
    unmix_device_close(r->device);
    unmix_context_free(r->cx);
}

/* The nearest number that the device holds exactly. */
static inline double rig_real(const rig *r, double x)
{
    return r->u > 1e-10 ? (double)(float)x : x;
}

static inline size_t rig_round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/* Samples and what stands behind them in a row. */
static inline size_t rig_width(const rig *r, size_t samples)
{
    return rig_round_up(samples, (size_t)r->tuning.vector * r->tuning.vectors);
}

static inline double *rig_new(size_t count, double value)
{
    double *values = malloc((count ? count : 1) * sizeof *values);
    if (!values)
        abort();
    for (size_t i = 0; i < count; i++)
        values[i] = value;
    return values;
}

/* An input of the device. */
static inline um_buffer rig_input(rig *r, const double *values, size_t count)
{
    um_buffer buffer = {0};
    um_buffer_reals(r->queue, &buffer, count, "test");
    um_write_reals(r->queue, &buffer, 0, values, count);
    return buffer;
}

/* An output full of NaN, with canaries behind. */
static inline um_buffer rig_output(rig *r, size_t count)
{
    double *poison = rig_new(count + RIG_CANARIES, NAN);
    for (size_t i = 0; i < RIG_CANARIES; i++)
        poison[count + i] = rig_canary;
    um_buffer buffer = rig_input(r, poison, count + RIG_CANARIES);
    free(poison);
    return buffer;
}

/* Values that the kernel changes in place, with canaries behind. */
static inline um_buffer rig_state(rig *r, const double *values, size_t count)
{
    um_buffer buffer = rig_output(r, count);
    um_write_reals(r->queue, &buffer, 0, values, count);
    return buffer;
}

/* The values of an output or state; fails when a canary was written over. Released with free(). */
static inline double *rig_read(rig *r, um_buffer *buffer, size_t count, const char *what)
{
    double *values = rig_new(count + RIG_CANARIES, 0.0);
    um_read_reals(r->queue, buffer, 0, values, count + RIG_CANARIES);
    um_buffer_release(buffer);
    assert_ok(r->cx, um_queue_status(r->queue));
    for (size_t i = 0; i < RIG_CANARIES; i++)
        if (values[count + i] != rig_canary)
            fail_msg("%s: %zu reals behind the end is %g", what, i, values[count + i]);
    return values;
}

static inline void rig_check(double got, double want, double off, const char *what, size_t row, size_t column,
                             const char *where)
{
    if (!(fabs(got - want) <= off))
        fail_msg("%s, %s (%zu, %zu): %.17g, expected %.17g within %.3g", where, what, row, column, got, want, off);
}

/* Tests from a table: every case becomes one test named after its precision and tuning. */
static inline size_t rig_add_tests(struct CMUnitTest *tests, const rig_case *cases, size_t n, const char *what,
                                   CMUnitTestFunction test)
{
    for (size_t i = 0; i < n; i++) {
        char *name = malloc(200);
        if (!name)
            abort();
        (void)snprintf(name, 200, "%s, %s, %s", what, cases[i].precision == UNMIX_SINGLE ? "single" : "double",
                       *cases[i].tuning ? cases[i].tuning : "as the device is tuned");
        tests[i] = (struct CMUnitTest){name, test, NULL, NULL, (void *)(uintptr_t)&cases[i]};
    }
    return n;
}

#endif
