/*
 * Benchmark of the factorisations on one device (see include/unmix/bench.h, part nmf). bench_programs.c is the order of
 * things, *_data.c the data, *_items.c what is measured, *_reference.c the answers in double.
 */
#ifndef UM_BENCH_PROGRAMS_H
#define UM_BENCH_PROGRAMS_H

#include "core/source.h"
#include "bench/timing.h"
#include "programs/nmf/factorise.h"
#include "programs/nmf/nmf_stage.h"

typedef struct um_programs_bench {
    um_bench_base base;
    unmix_device *device;
    um_sparse X;
    um_nmf_data data;
    um_factors start;              /* from which every item begins */
    um_factors work;               /* what an item gave */
    um_factorise_options factorise; /* of the item */
    um_nmf_stage stage;            /* of an iteration */
    um_nmf_statistics cells, genes; /* that it reported */
    um_factorised *fits;           /* of the whole fits: `count` of them at once */
    size_t count;
    unsigned char *uses;           /* count x cells, or NULL */
} um_programs_bench;

extern const um_bench_item um_programs_bench_items[];
extern const size_t um_programs_bench_item_count;

/* Runs the benchmark on the values of `source`, as they are, or on simulated ones (NULL). */
unmix_status um_programs_bench_run(unmix_context *cx, unmix_device *device, const unmix_bench_options *options,
                                   const um_source *source, um_bench_sink sink, void *payload);

/* --- the pieces, for the other files and the tests ---------------------------------------------------------------- */

/* The data and the start; `bench` is zero-initialised. um_programs_bench_clear() also after a failure. */
unmix_status um_programs_bench_open(unmix_context *cx, unmix_device *device, const unmix_bench_options *options,
                                    const um_source *source, um_programs_bench *bench);
void um_programs_bench_clear(um_programs_bench *bench);

/* Releases what the last item left. */
void um_programs_bench_leave(um_programs_bench *bench);

/*
 * Iterations in double from `factors`, in place, without penalties and missing entries; stopped as nmf.c does with hals,
 * otherwise after max_iterations. Cells with uses[c] == 0 take no part. Errors: MEMORY.
 */
unmix_status um_programs_reference(unmix_context *cx, const um_sparse *X, const unsigned char *uses,
                                   const um_nmf_options *options, um_factors *factors, size_t *iterations);

#endif
