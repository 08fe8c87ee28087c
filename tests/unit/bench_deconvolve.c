/* The benchmark: what is wrong is refused before it is timed, and every item has a line. Nothing here looks at a time. */
#include "bench/bench_deconvolve.h"

#include <math.h>
#include <string.h>

#include "testing/testing.h"

/* More samples than a vector of 16 holds, more genes than a tile of 256, sources that do not fill blocks of 4. */
static const unmix_bench_options tiny = {.genes = 600, .types = 5, .samples = 19, .seconds = 1e-6, .seed = 42};

typedef struct lines {
    char names[512];
    size_t count;
    um_bench_line last;
} lines;

static unmix_status collect(void *payload, const um_bench_line *line)
{
    lines *l = payload;
    strncat(l->names, line->name, sizeof l->names - strlen(l->names) - 2);
    strcat(l->names, " ");
    l->count++;
    l->last = *line;
    return UNMIX_OK;
}

typedef struct stage {
    unmix_context *cx;
    unmix_device *device;
    um_bench bench;
    lines lines;
} stage;

static void open_stage(stage *s)
{
    *s = (stage){.cx = um_test_context()};
    assert_ok(s->cx, unmix_device_open(s->cx, "cpu", UNMIX_SINGLE, &s->device));
    s->bench.base.sink = collect;
    s->bench.base.payload = &s->lines;
    assert_ok(s->cx, um_bench_open(s->cx, s->device, &tiny, &s->bench));
    assert_ok(s->cx, um_bench_start(&s->bench));
}

static void close_stage(stage *s)
{
    um_bench_clear(&s->bench);
    unmix_device_close(s->device);
    unmix_context_free(s->cx);
}

static void test_worse(void **state)
{
    (void)state;
    assert_true(um_bench_worse(0.0, 11.0, 10.0, 10.0) == 0.1);
    assert_true(um_bench_worse(0.5, 11.0, 10.0, 10.0) == 0.5);
    assert_true(isinf(um_bench_worse(0.0, NAN, 10.0, 10.0)));
    assert_true(isinf(um_bench_worse(0.0, 1.0, 10.0, 0.0)));
}

static void test_accept(void **state)
{
    (void)state;
    stage s;
    open_stage(&s);
    assert_ok(s.cx, um_bench_accept(&s.bench.base, "gram", 1e-6, 1e-6));
    assert_refused(s.cx, um_bench_accept(&s.bench.base, "gram", 1.1e-6, 1e-6), UNMIX_ERROR_WRONG_DEVICE, "gram is off by 1.1e-06");
    assert_refused(s.cx, um_bench_accept(&s.bench.base, "gram", NAN, 1e-6), UNMIX_ERROR_WRONG_DEVICE, "computes wrongly");
    assert_refused(s.cx, um_bench_accept(&s.bench.base, "gram", INFINITY, 1e-6), UNMIX_ERROR_WRONG_DEVICE, "computes wrongly");
    close_stage(&s);
}

static void test_every_item_is_right(void **state)
{
    (void)state;
    stage s;
    open_stage(&s);
    for (size_t i = 0; i < um_bench_kernel_count + um_bench_fit_count; i++) {
        const um_bench_item *item =
            i < um_bench_kernel_count ? &um_bench_kernels[i] : &um_bench_fits[i - um_bench_kernel_count];
        assert_ok(s.cx, um_bench_measure(&s.bench.base, &s.bench, item));
        assert_string_equal(s.lines.last.name, item->name);
        assert_true(s.lines.last.error <= s.lines.last.bound);
        assert_true(s.lines.last.verified >= UM_BENCH_CHECKED && s.lines.last.verified <= tiny.samples);
        assert_true(s.lines.last.repeats >= item->least);
        assert_true(s.lines.last.fastest > 0.0 && s.lines.last.fastest <= s.lines.last.median);
    }
    assert_int_equal(s.lines.count, 1 + um_bench_kernel_count + um_bench_fit_count);
    close_stage(&s);
}

/* The device holds one problem and the host another: what the device gives is wrong, and every kernel must notice. */
static void test_a_wrong_result_is_refused(void **state)
{
    (void)state;
    stage s;
    open_stage(&s);
    for (size_t g = 0; g < s.bench.problem.genes.count; g += 2)
        s.bench.problem.A[g * s.bench.problem.n_sources] *= 1.5;
    const size_t before = s.lines.count;
    for (size_t i = 0; i < um_bench_kernel_count; i++)
        assert_refused(s.cx, um_bench_measure(&s.bench.base, &s.bench, &um_bench_kernels[i]), UNMIX_ERROR_WRONG_DEVICE,
                       um_bench_kernels[i].name);
    assert_int_equal(s.lines.count, before);
    close_stage(&s);
}

/* One sample in the last, partly filled vector is wrong. */
static void test_a_wrong_sample_is_refused(void **state)
{
    (void)state;
    stage s;
    open_stage(&s);
    s.bench.point[(tiny.samples - 1)] *= 1.001;
    assert_ok(s.cx, um_bench_measure(&s.bench.base, &s.bench, &um_bench_kernels[0])); /* set and compared alike */
    s.bench.block.value[s.bench.block.start[tiny.samples] - 1] += 1000.0;
    assert_refused(s.cx, um_bench_measure(&s.bench.base, &s.bench, &um_bench_kernels[0]), UNMIX_ERROR_WRONG_DEVICE, "multipliers");
    close_stage(&s);
}

static void test_parts(void **state)
{
    (void)state;
    const struct {
        unmix_bench_part part;
        const char *names;
    } wanted[] = {
        {UNMIX_BENCH_EM, "multiply_add copy start multipliers multipliers_loss em_iteration "},
        {UNMIX_BENCH_GRAM, "multiply_add copy start gram "},
    };
    unmix_context *cx = um_test_context();
    unmix_device *device = NULL;
    assert_ok(cx, unmix_device_open(cx, "cpu", UNMIX_SINGLE, &device));
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        lines l = {0};
        unmix_bench_options options = tiny;
        options.part = wanted[i].part;
        assert_ok(cx, um_bench_run(cx, device, &options, collect, &l));
        assert_string_equal(l.names, wanted[i].names);
        assert_true(l.last.peak > 0.0 && l.last.bandwidth > 0.0);
    }
    unmix_device_close(device);
    unmix_context_free(cx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worse),
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_every_item_is_right),
        cmocka_unit_test(test_a_wrong_result_is_refused),
        cmocka_unit_test(test_a_wrong_sample_is_refused),
        cmocka_unit_test(test_parts),
    };
    return um_run_group(tests);
}
