/*
 * Benchmark of the kernels and methods on one device (see include/unmix/bench.h). bench_deconvolve.c is the order of things,
 * *_stage.c the data, *_items.c and *_fits.c what is measured, *_reference.c the answers in double.
 */
#ifndef UM_BENCH_DECONVOLVE_H
#define UM_BENCH_DECONVOLVE_H

#include "deconvolve/solve/exact.h"
#include "deconvolve/simulate/simulated_cohort.h"
#include "bench/timing.h"

enum { UM_BENCH_CHECKED = 12 };

/* A whole fit by one method, in a batch of its own. */
typedef struct um_bench_fit {
    const um_method *method;
    unmix_deconvolve_options options;
    um_batch batch;
    void *state;
    um_fit fit;
} um_bench_fit;

/* Everything on the stage of a run: the cohort, the problem, a batch with the states that the kernels need. */
typedef struct um_bench {
    um_bench_base base;
    um_simulation simulation;
    um_problem problem;
    um_block block;
    size_t *column;
    double *total, *T;     /* N */
    um_batch batch;
    um_exact *exact;
    um_state *theta, *first, *second, *unit, *rate;
    double *point;         /* M x N: the exposures after the EM passes of exact, where all kernels are measured */
    double *values;        /* M x N: what a kernel gave */
    um_bench_fit fit;
    size_t checked[UM_BENCH_CHECKED], n_checked; /* samples that are compared */
} um_bench;

extern const um_bench_item um_bench_kernels[], um_bench_fits[];
extern const size_t um_bench_kernel_count, um_bench_fit_count;

/* Runs the benchmark. */
unmix_status um_bench_run(unmix_context *cx, unmix_device *device, const unmix_bench_options *options, um_bench_sink sink,
                          void *payload);

/* --- the pieces, for the other files and the tests ---------------------------------------------------------------- */

/* The data and the batch; `bench` is zero-initialised. um_bench_clear() also after a failure. */
unmix_status um_bench_open(unmix_context *cx, unmix_device *device, const unmix_bench_options *options, um_bench *bench);
void um_bench_clear(um_bench *bench);

/* Releases what the last whole fit left. */
void um_bench_fit_close(um_bench_fit *fit);

/* Builds the kernels and runs the EM passes to the point, where everything is measured; the line `start`. */
unmix_status um_bench_start(um_bench *bench);

/* Puts the exposures of all samples back to the point. */
void um_bench_to_point(um_bench *bench);

#endif
