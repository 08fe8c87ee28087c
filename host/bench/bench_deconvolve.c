#include "bench/bench_deconvolve.h"

#include <math.h>

#include "core/memory.h"

unmix_status um_bench_start(um_bench *b)
{
    um_bench_line line = um_bench_new_line(&b->base, "start");
    double at[4] = {um_seconds()};
    um_prepare(b->base.queue, UM_KERNEL_MULTIPLIERS, b->batch.variant);
    UM_TRY(um_queue_status(b->base.queue));
    at[1] = um_seconds();
    for (int i = 2; i < 4; i++) {
        um_batch_pass(&b->batch, b->exact->E);
        UM_TRY(um_queue_finish(b->base.queue));
        at[i] = um_seconds();
    }
    line.extra[0] = (um_bench_extra){"build_seconds", at[1] - at[0]};
    line.extra[1] = (um_bench_extra){"first_seconds", at[2] - at[1]};
    line.extra[2] = (um_bench_extra){"second_seconds", at[3] - at[2]};
    UM_TRY(b->base.sink(b->base.payload, &line));
    um_exact_em_passes(b->exact, &b->batch);
    um_batch_get(&b->batch, b->exact->E, b->point);
    return um_queue_finish(b->base.queue);
}

static unmix_status run_all(um_bench *b, unmix_context *cx, unmix_device *device,
                            const unmix_bench_options *options)
{
    UM_TRY(um_bench_open(cx, device, options, b));
    UM_TRY(um_bench_ceilings(&b->base));
    UM_TRY(um_bench_start(b));
    UM_TRY(um_bench_measure_part(&b->base, b, um_bench_kernels, um_bench_kernel_count));
    return um_bench_measure_part(&b->base, b, um_bench_fits, um_bench_fit_count);
}

unmix_status um_bench_run(unmix_context *cx, unmix_device *device, const unmix_bench_options *options, um_bench_sink sink,
                          void *payload)
{
    um_bench b = {.base = {.sink = sink, .payload = payload, .peak = NAN, .bandwidth = NAN}};
    const unmix_status status = run_all(&b, cx, device, options);
    um_bench_clear(&b);
    return status;
}
