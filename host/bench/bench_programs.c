#include "bench/bench_programs.h"

#include <math.h>

static unmix_status run_all(um_programs_bench *b, unmix_context *cx, unmix_device *device,
                            const unmix_bench_options *options, const um_source *source)
{
    UM_TRY(um_programs_bench_open(cx, device, options, source, b));
    UM_TRY(um_bench_ceilings(&b->base));
    return um_bench_measure_part(&b->base, b, um_programs_bench_items, um_programs_bench_item_count);
}

unmix_status um_programs_bench_run(unmix_context *cx, unmix_device *device, const unmix_bench_options *options,
                                   const um_source *source, um_bench_sink sink, void *payload)
{
    um_programs_bench b = {.base = {.sink = sink, .payload = payload, .peak = NAN, .bandwidth = NAN}};
    const unmix_status status = run_all(&b, cx, device, options, source);
    um_programs_bench_clear(&b);
    return status;
}
