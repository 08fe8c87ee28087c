/*
 * What every benchmark needs (see include/unmix/bench.h): the ceilings of a device, items that are verified and then timed,
 * and lines. What is measured is in bench_deconvolve.h and bench_programs.h.
 */
#ifndef UM_TIMING_H
#define UM_TIMING_H

#include "bench/worst.h"
#include "device/queue.h"
#include "unmix/bench.h"

enum { UM_BENCH_EXTRAS = 4, UM_BENCH_SIZES = 3 };

/* A further number of a line. */
typedef struct um_bench_extra {
    const char *key;
    double value;
} um_bench_extra;

/* What the data are, in numbers: "genes", 18879. */
typedef struct um_bench_size {
    const char *key;
    size_t value;
} um_bench_size;

typedef struct um_bench_line {
    const char *name;
    um_bench_size size[UM_BENCH_SIZES];
    double median, fastest;    /* seconds */
    double processor;          /* the least, of all threads of this process */
    size_t repeats;
    double operations, bytes;  /* of one run, unpadded; NaN: not counted */
    double peak, bandwidth;    /* the ceilings: operations and bytes a second; NaN: not measured */
    double error, bound;
    size_t verified;           /* samples (cells, genes) compared; 0: none */
    um_bench_extra extra[UM_BENCH_EXTRAS]; /* up to the first without a key */
} um_bench_line;

typedef unmix_status (*um_bench_sink)(void *payload, const um_bench_line *line);

/* What the items of a run have in common. */
typedef struct um_bench_base {
    unmix_context *cx;
    um_queue *queue;
    const unmix_bench_options *options;
    um_bench_size size[UM_BENCH_SIZES];
    um_bench_sink sink;
    void *payload;
    double peak, bandwidth;
} um_bench_base;

/* What an item found out about itself before it is timed. */
typedef struct um_bench_check {
    double error, bound;
    size_t verified;
    um_bench_extra extra[UM_BENCH_EXTRAS];
} um_bench_check;

/* One run of what is timed; waiting for the device is left to the caller. */
typedef unmix_status (*um_bench_work)(void *subject);

/* The subject is the um_bench or um_programs_bench. */
typedef struct um_bench_item {
    const char *name;
    unmix_bench_part part;
    unmix_status (*verify)(void *subject, um_bench_check *check);
    um_bench_work run;
    double (*operations)(const void *subject); /* NULL: not counted */
    double (*bytes)(const void *subject);
    size_t least;                              /* repeats */
} um_bench_item;

/* The ceilings: their lines are given out, and peak and bandwidth set. */
unmix_status um_bench_ceilings(um_bench_base *base);

/* Verifies, times and gives out one item; all that belong to the part that was asked for. */
unmix_status um_bench_measure(um_bench_base *base, void *subject, const um_bench_item *item);
unmix_status um_bench_measure_part(um_bench_base *base, void *subject, const um_bench_item *items, size_t count);

/* Repeats `run` for as long as the options say and fills in median, fastest and repeats. */
unmix_status um_bench_time(um_bench_base *base, um_bench_work run, void *subject, size_t least, um_bench_line *line);

/* A line with nothing measured yet. */
um_bench_line um_bench_new_line(const um_bench_base *base, const char *name);

/* WRONG_DEVICE unless error <= bound; an error that is not a number is wrong too. */
unmix_status um_bench_accept(const um_bench_base *base, const char *name, double error, double bound);

/* The larger of `worst` and |got - want| / scale; infinite for a NaN. */
double um_bench_worse(double worst, double got, double want, double scale);

/* The spacing of reals around 1. */
double um_bench_eps(const um_bench_base *base);

#endif
