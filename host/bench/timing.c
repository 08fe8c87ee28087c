#include "bench/timing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/memory.h"
#include "core/order.h"

enum { WARM_UP = 2, MOST_REPEATS = 2000 };

double um_bench_worse(double worst, double got, double want, double scale)
{
    return um_worst(worst, fabs(got - want) / scale);
}

unmix_status um_bench_accept(const um_bench_base *b, const char *name, double error, double bound)
{
    if (error <= bound)
        return UNMIX_OK;
    return UM_FAIL(b->cx, UNMIX_ERROR_WRONG_DEVICE,
                   "%s computes wrongly: %s is off by %.2g, allowed is %.2g; nothing was timed; use another --device or "
                   "another driver",
                   um_queue_info(b->queue)->name, name, error, bound);
}

static unmix_status repeat(um_bench_base *b, um_bench_work run, void *subject, size_t least, double *seconds,
                           size_t *repeats, double *processor)
{
    for (int i = 0; i < WARM_UP && least > 1; i++)
        UM_TRY(run(subject));
    UM_TRY(um_queue_finish(b->queue));
    const double started = um_seconds();
    double now = started;
    for (*repeats = 0; *repeats < MOST_REPEATS && (*repeats < least || now - started < b->options->seconds); ++*repeats) {
        const double before = now;
        const clock_t used = clock();
        UM_TRY(run(subject));
        UM_TRY(um_queue_finish(b->queue));
        now = um_seconds();
        seconds[*repeats] = now - before;
        *processor = fmin(*processor, (double)(clock() - used) / CLOCKS_PER_SEC);
    }
    return UNMIX_OK;
}

unmix_status um_bench_time(um_bench_base *b, um_bench_work run, void *subject, size_t least, um_bench_line *line)
{
    double *seconds = NULL;
    UM_TRY(UM_ALLOC(b->cx, &seconds, MOST_REPEATS, "timings"));
    const unmix_status status = repeat(b, run, subject, least, seconds, &line->repeats, &line->processor);
    if (status == UNMIX_OK) {
        qsort(seconds, line->repeats, sizeof *seconds, um_by_double);
        line->median = seconds[line->repeats / 2];
        line->fastest = seconds[0];
    }
    free(seconds);
    return status;
}

um_bench_line um_bench_new_line(const um_bench_base *b, const char *name)
{
    um_bench_line line = {
        .name = name, .median = NAN, .fastest = NAN, .processor = NAN, .operations = NAN, .bytes = NAN, .peak = b->peak,
        .bandwidth = b->bandwidth, .error = NAN, .bound = NAN};
    memcpy(line.size, b->size, sizeof line.size);
    return line;
}

unmix_status um_bench_measure(um_bench_base *b, void *subject, const um_bench_item *item)
{
    um_bench_line line = um_bench_new_line(b, item->name);
    um_bench_check check = {0};
    UM_TRY(um_progress(b->cx, -1.0, "bench: %s", item->name));
    UM_TRY(item->verify(subject, &check));
    UM_TRY(um_bench_accept(b, item->name, check.error, check.bound));
    UM_TRY(um_bench_time(b, item->run, subject, item->least, &line));
    line.operations = item->operations ? item->operations(subject) : NAN;
    line.bytes = item->bytes ? item->bytes(subject) : NAN;
    line.error = check.error;
    line.bound = check.bound;
    line.verified = check.verified;
    for (size_t e = 0; e < UM_BENCH_EXTRAS; e++)
        line.extra[e] = check.extra[e];
    return b->sink(b->payload, &line);
}

unmix_status um_bench_measure_part(um_bench_base *b, void *subject, const um_bench_item *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (b->options->part == UNMIX_BENCH_ALL || b->options->part == items[i].part)
            UM_TRY(um_bench_measure(b, subject, &items[i]));
    return UNMIX_OK;
}

double um_bench_eps(const um_bench_base *b)
{
    return um_queue_real_size(b->queue) == sizeof(float) ? 1.2e-7 : 2.3e-16;
}
