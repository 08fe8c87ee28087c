#include "deconvolve/bench.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

enum { WARM_UP = 2, MOST_REPEATS = 2000 };

double um_bench_worse(double worst, double got, double want, double scale)
{
    const double error = fabs(got - want) / scale;
    return isnan(error) ? INFINITY : fmax(worst, error);
}

unmix_status um_bench_accept(const um_bench *b, const char *name, double error, double bound)
{
    if (error <= bound)
        return UNMIX_OK;
    return UM_FAIL(b->cx, UNMIX_ERROR_WRONG_DEVICE,
                   "%s computes wrongly: %s is off by %.2g, allowed is %.2g; nothing was timed; use another --device or "
                   "another driver",
                   um_queue_info(b->queue)->name, name, error, bound);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static unmix_status repeat(um_bench *b, um_bench_work run, void *subject, size_t least, double *seconds,
                           size_t *repeats)
{
    for (int i = 0; i < WARM_UP && least > 1; i++)
        UM_TRY(run(subject));
    UM_TRY(um_queue_finish(b->queue));
    const double started = um_seconds();
    double now = started;
    for (*repeats = 0; *repeats < MOST_REPEATS && (*repeats < least || now - started < b->options->seconds); ++*repeats) {
        const double before = now;
        UM_TRY(run(subject));
        UM_TRY(um_queue_finish(b->queue));
        now = um_seconds();
        seconds[*repeats] = now - before;
    }
    return UNMIX_OK;
}

unmix_status um_bench_time(um_bench *b, um_bench_work run, void *subject, size_t least, um_bench_line *line)
{
    double *seconds = NULL;
    UM_TRY(UM_ALLOC(b->cx, &seconds, MOST_REPEATS, "timings"));
    const unmix_status status = repeat(b, run, subject, least, seconds, &line->repeats);
    if (status == UNMIX_OK) {
        qsort(seconds, line->repeats, sizeof *seconds, ascending);
        line->median = seconds[line->repeats / 2];
        line->fastest = seconds[0];
    }
    free(seconds);
    return status;
}

um_bench_line um_bench_new_line(const um_bench *b, const char *name)
{
    return (um_bench_line){
        .name = name, .genes = b->options->genes, .types = b->options->types, .samples = b->options->samples,
        .median = NAN, .fastest = NAN, .operations = NAN, .bytes = NAN, .peak = b->peak, .bandwidth = b->bandwidth,
        .error = NAN, .bound = NAN};
}

unmix_status um_bench_measure(um_bench *b, const um_bench_item *item)
{
    um_bench_line line = um_bench_new_line(b, item->name);
    um_bench_check check = {0};
    UM_TRY(um_progress(b->cx, -1.0, "bench: %s", item->name));
    UM_TRY(item->verify(b, &check));
    UM_TRY(um_bench_accept(b, item->name, check.error, check.bound));
    UM_TRY(um_bench_time(b, item->run, b, item->least, &line));
    line.operations = item->operations ? item->operations(b) : NAN;
    line.bytes = item->bytes ? item->bytes(b) : NAN;
    line.error = check.error;
    line.bound = check.bound;
    line.verified = check.verified;
    for (size_t e = 0; e < UM_BENCH_EXTRAS; e++)
        line.extra[e] = check.extra[e];
    return b->sink(b->payload, &line);
}

unmix_status um_bench_start(um_bench *b)
{
    um_bench_line line = um_bench_new_line(b, "start");
    double at[4] = {um_seconds()};
    um_prepare(b->queue, UM_KERNEL_MULTIPLIERS);
    UM_TRY(um_queue_status(b->queue));
    at[1] = um_seconds();
    for (int i = 2; i < 4; i++) {
        um_batch_pass(&b->batch, b->exact->E);
        UM_TRY(um_queue_finish(b->queue));
        at[i] = um_seconds();
    }
    line.extra[0] = (um_bench_extra){"build_seconds", at[1] - at[0]};
    line.extra[1] = (um_bench_extra){"first_seconds", at[2] - at[1]};
    line.extra[2] = (um_bench_extra){"second_seconds", at[3] - at[2]};
    UM_TRY(b->sink(b->payload, &line));
    um_exact_em_passes(b->exact, &b->batch);
    um_batch_get(&b->batch, b->exact->E, b->point);
    return um_queue_finish(b->queue);
}

static unmix_status measure_part(um_bench *b, const um_bench_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (b->options->part == UNMIX_BENCH_ALL || b->options->part == items[i].part)
            UM_TRY(um_bench_measure(b, &items[i]));
    return UNMIX_OK;
}

static unmix_status run_all(um_bench *b, unmix_device *device)
{
    UM_TRY(um_bench_open(b->cx, device, b->options, b));
    UM_TRY(um_bench_ceilings(b));
    UM_TRY(um_bench_start(b));
    UM_TRY(measure_part(b, um_bench_kernels, um_bench_kernel_count));
    return measure_part(b, um_bench_fits, um_bench_fit_count);
}

unmix_status um_bench_run(unmix_context *cx, unmix_device *device, const unmix_bench_options *options, um_bench_sink sink,
                          void *payload)
{
    um_bench b = {.cx = cx, .options = options, .sink = sink, .payload = payload, .peak = NAN, .bandwidth = NAN};
    const unmix_status status = run_all(&b, device);
    um_bench_clear(&b);
    return status;
}
