/* Benchmark of the library on a device: each part verified, then timed, beside what the device can do at most. */
#ifndef UNMIX_BENCH_H
#define UNMIX_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "data.h"
#include "device.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum unmix_bench_part {
    UNMIX_BENCH_ALL,   /* the deconvolution: em to gd */
    UNMIX_BENCH_EM,    /* the fused pass, alone and with the loss, and an iteration of em */
    UNMIX_BENCH_GRAM,  /* the Hessians of all samples */
    UNMIX_BENCH_EXACT, /* the quadratic programs, the line search, a whole fit */
    UNMIX_BENCH_GD,    /* an Adam step, 3,000 iterations of gd */
    UNMIX_BENCH_NMF    /* factorisations: start, iterations, whole fits, fits of resampled cells */
} unmix_bench_part;

typedef struct unmix_bench_options {
    unmix_bench_part part;
    size_t genes;   /* 18879 */
    size_t types;   /* 21; the intercept comes to these */
    size_t samples; /* 81 */
    double seconds; /* 1: how long each item is repeated; at least 3 times, whole fits at least once */
    uint64_t seed;  /* 42, of what is simulated and of starts */
    size_t cells;         /* 10000; these and the following are for nmf */
    size_t program_genes; /* 2000 */
    double density;       /* 0.075: part of the simulated entries that lie above zero */
    size_t components;    /* 10 */
    size_t replicates;    /* 8: fits of resampled cells */
    const unmix_source *source; /* NULL: simulated cells; else these, all genes, values as they are; borrowed */
} unmix_bench_options;

UNMIX_API void unmix_bench_options_init(unmix_bench_options *options);

/* Receives one JSON object, one line without newline, as soon as it is measured. */
typedef void (*unmix_bench_callback)(void *payload, const char *json_line);

/*
 * Measures on the cohort that unmix_simulate() draws for the same sizes and seed. Lines come in this order: the ceilings
 * (`multiply_add`, `copy`), `start` (building the kernels and the first pass; the driver's cache on disk may be warm, which
 * cannot be known), then the items. Keys: bench, device, driver, platform, version, precision, the sizes (genes, types,
 * samples; of nmf genes, cells, components, and there is no line `start`), and
 *
 *   seconds, fastest, repeats          median and fastest of one run
 *   cpu_seconds                        the least of one run, of all threads on the host
 *   gflops, gbs                        work and compulsory traffic over `seconds`; null where not counted
 *   peak_fraction, copy_fraction       of the ceilings of this run
 *   error, bound, verified             largest error against double on the host, what is allowed, samples (cells) compared
 *
 * An item that computes wrongly is not timed. Errors: WRONG_DEVICE, ARGUMENT, DEVICE, MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_bench(unmix_context *cx, unmix_device *device, const unmix_bench_options *options,
                                   unmix_bench_callback callback, void *payload);

#ifdef __cplusplus
}
#endif
#endif
