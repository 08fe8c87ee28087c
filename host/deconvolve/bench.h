/*
 * Benchmark of the kernels and methods on one device (see include/unmix/bench.h). bench.c is the order of things,
 * bench_stage.c the data, bench_items.c and bench_fits.c what is measured, bench_reference.c the answers in double.
 */
#ifndef UM_BENCH_H
#define UM_BENCH_H

#include "deconvolve/exact.h"
#include "deconvolve/simulate.h"
#include "unmix/bench.h"

enum { UM_BENCH_CHECKED = 12, UM_BENCH_EXTRAS = 4 };

/* A further number of a line. */
typedef struct um_bench_extra {
    const char *key;
    double value;
} um_bench_extra;

typedef struct um_bench_line {
    const char *name;
    size_t genes, types, samples;
    double median, fastest;    /* seconds */
    size_t repeats;
    double operations, bytes;  /* of one run, unpadded; NaN: not counted */
    double peak, bandwidth;    /* the ceilings: operations and bytes a second; NaN: not measured */
    double error, bound;
    size_t verified;           /* samples compared; 0: none */
    um_bench_extra extra[UM_BENCH_EXTRAS]; /* up to the first without a key */
} um_bench_line;

typedef unmix_status (*um_bench_sink)(void *payload, const um_bench_line *line);

/* A whole fit by one method, in a batch of its own. */
typedef struct um_bench_fit {
    const um_solver *solver;
    unmix_deconvolve_options options;
    um_batch batch;
    void *state;
    um_fit fit;
} um_bench_fit;

/* Everything on the stage of a run: the cohort, the problem, a batch with the states that the kernels need. */
typedef struct um_bench {
    unmix_context *cx;
    um_queue *queue;
    const unmix_bench_options *options;
    um_bench_sink sink;
    void *payload;
    double peak, bandwidth;
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

/* What an item found out about itself before it is timed. */
typedef struct um_bench_check {
    double error, bound;
    size_t verified;
    um_bench_extra extra[UM_BENCH_EXTRAS];
} um_bench_check;

/* One run of what is timed; waiting for the device is left to the caller. */
typedef unmix_status (*um_bench_work)(void *subject);

typedef struct um_bench_item {
    const char *name;
    unmix_bench_part part;
    unmix_status (*verify)(um_bench *bench, um_bench_check *check);
    um_bench_work run;                           /* the subject is the um_bench */
    double (*operations)(const um_bench *bench); /* NULL: not counted */
    double (*bytes)(const um_bench *bench);
    size_t least;                                /* repeats */
} um_bench_item;

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

/* The ceilings: their lines are given out, and peak and bandwidth set. */
unmix_status um_bench_ceilings(um_bench *bench);

/* Verifies, times and gives out one item. */
unmix_status um_bench_measure(um_bench *bench, const um_bench_item *item);

/* Repeats `run` for as long as the options say and fills in median, fastest and repeats. */
unmix_status um_bench_time(um_bench *bench, um_bench_work run, void *subject, size_t least, um_bench_line *line);

/* A line with nothing measured yet. */
um_bench_line um_bench_new_line(const um_bench *bench, const char *name);

/* WRONG_DEVICE unless error <= bound; an error that is not a number is wrong too. */
unmix_status um_bench_accept(const um_bench *bench, const char *name, double error, double bound);

/* The larger of `worst` and |got - want| / scale; infinite for a NaN. */
double um_bench_worse(double worst, double got, double want, double scale);

#endif
