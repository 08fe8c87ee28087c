/* The ceilings: the rates of multiply-adds and of memory that this device reaches in this run (kernels/ceiling.cl). */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "bench/timing.h"
#include "device/constants.h"

enum {
    ROUNDS = 4096,  /* x <- a x + b so often; with a = 1 - 1/4096 the result still depends on every round */
    COPY_RUN = 256, /* vectors a work-item copies */
    PROBE = 1024    /* reals compared at each place of the copy */
};

/* Much more than a cache that a program has for itself; on a GPU enough to fill it. */
static const size_t copy_bytes = (size_t)256 << 20;

static const double factor = 1.0 - 1.0 / ROUNDS, addend = 1.0 / ROUNDS;

typedef struct ceiling {
    um_queue *queue;
    um_buffer from, to;
    size_t items;  /* work-items of the multiply-adds */
    size_t reals;  /* in each buffer of the copy */
    size_t vector;
} ceiling;

/* --- multiply-adds ------------------------------------------------------------------------------------------------ */

static unmix_status multiply_add(void *subject)
{
    ceiling *c = subject;
    um_run(c->queue, UM_KERNEL_CEILING_FMA, UM_ANY_VARIANT, um_grid_2d(c->items, 1), UM_U32(ROUNDS),
           UM_REAL_ARGUMENT(factor), UM_REAL_ARGUMENT(addend), UM_BUF(&c->to));
    return um_queue_status(c->queue);
}

/* Chain i starts at i / UM_CEILING_CHAINS; after n rounds of x <- a x + (1 - a) it is 1 - a^n (1 - x0). */
static unmix_status verify_multiply_add(um_bench_base *b, ceiling *c, um_bench_line *line)
{
    const size_t item = UM_CEILING_CHAINS * c->vector, count = c->items * item;
    double *got = NULL;
    UM_TRY(UM_ALLOC(b->cx, &got, item, "ceiling"));
    UM_TRY(multiply_add(c));
    line->error = 0.0;
    for (size_t at = 0; at < count; at += count - item) { /* the first and the last work-item */
        um_read_reals(c->queue, &c->to, at, got, item);
        for (size_t i = 0; i < item; i++) {
            const double want = 1.0 - pow(factor, ROUNDS) * (1.0 - (double)(i / c->vector) / UM_CEILING_CHAINS);
            line->error = um_bench_worse(line->error, got[i], want, 1.0);
        }
    }
    free(got);
    UM_TRY(um_queue_status(c->queue));
    /* Each round adds half a unit of the last place, which the later ones keep at most. */
    line->bound = ROUNDS * 0.5 * um_bench_eps(b);
    return um_bench_accept(b, line->name, line->error, line->bound);
}

static unmix_status measure_multiply_add(um_bench_base *b, ceiling *c)
{
    um_bench_line line = um_bench_new_line(b, "multiply_add");
    const unmix_device_info *info = um_queue_info(b->queue);
    /* Enough work-items for every lane of every unit several times over. */
    c->items = (size_t)info->compute_units * (info->kind == UNMIX_DEVICE_CPU ? 32 : 8192);
    um_buffer_reals(b->queue, &c->to, c->items * UM_CEILING_CHAINS * c->vector, "multiply-adds");
    UM_TRY(um_queue_status(b->queue));
    UM_TRY(verify_multiply_add(b, c, &line));
    UM_TRY(um_bench_time(b, multiply_add, c, 5, &line));
    line.operations = 2.0 * ROUNDS * UM_CEILING_CHAINS * (double)(c->items * c->vector);
    line.peak = b->peak = line.operations / line.fastest;
    return b->sink(b->payload, &line);
}

/* --- copy --------------------------------------------------------------------------------------------------------- */

static unmix_status copy(void *subject)
{
    ceiling *c = subject;
    const size_t vectors = c->reals / c->vector;
    um_run(c->queue, UM_KERNEL_CEILING_COPY, UM_ANY_VARIANT, um_grid_2d((vectors + COPY_RUN - 1) / COPY_RUN, 1),
           UM_U32(vectors), UM_U32(COPY_RUN), UM_BUF(&c->from), UM_BUF(&c->to));
    return um_queue_status(c->queue);
}

/* A different pattern at the start, in the middle and at the end; all other reals are zero in both buffers. */
static unmix_status verify_copy(um_bench_base *b, ceiling *c, um_bench_line *line)
{
    const size_t places[] = {0, c->reals / 2, c->reals - PROBE};
    double probe[PROBE];
    um_fill_zero(c->queue, &c->from);
    um_fill_zero(c->queue, &c->to);
    for (size_t p = 0; p < 3; p++) {
        for (size_t i = 0; i < PROBE; i++)
            probe[i] = (double)(PROBE * p + i + 1);
        um_write_reals(c->queue, &c->from, places[p], probe, PROBE);
    }
    UM_TRY(copy(c));
    line->error = 0.0;
    for (size_t p = 0; p < 3; p++) {
        um_read_reals(c->queue, &c->to, places[p], probe, PROBE);
        for (size_t i = 0; i < PROBE; i++)
            line->error = um_bench_worse(line->error, probe[i], (double)(PROBE * p + i + 1), 1.0);
    }
    UM_TRY(um_queue_status(c->queue));
    line->bound = 0.0;
    return um_bench_accept(b, line->name, line->error, line->bound);
}

static unmix_status measure_copy(um_bench_base *b, ceiling *c)
{
    um_bench_line line = um_bench_new_line(b, "copy");
    const size_t largest = (size_t)um_queue_info(b->queue)->largest_buffer_bytes / 2;
    const size_t bytes = copy_bytes < largest ? copy_bytes : largest, real = um_queue_real_size(b->queue);
    c->reals = bytes / real / 16 * 16; /* whole vectors of any width */
    um_buffer_reals(b->queue, &c->from, c->reals, "copy");
    um_buffer_reals(b->queue, &c->to, c->reals, "copy");
    UM_TRY(um_queue_status(b->queue));
    UM_TRY(verify_copy(b, c, &line));
    UM_TRY(um_bench_time(b, copy, c, 3, &line));
    line.bytes = 2.0 * (double)(c->reals * real);
    line.bandwidth = b->bandwidth = line.bytes / line.fastest;
    return b->sink(b->payload, &line);
}

unmix_status um_bench_ceilings(um_bench_base *b)
{
    ceiling c = {.queue = b->queue, .vector = um_queue_tuning(b->queue)->vector};
    unmix_status status = measure_multiply_add(b, &c);
    um_buffer_release(&c.to);
    if (status == UNMIX_OK)
        status = measure_copy(b, &c);
    um_buffer_release(&c.from);
    um_buffer_release(&c.to);
    return status;
}
