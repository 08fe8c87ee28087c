/* The data of the benchmark: a simulated cohort, staged as deconvolve does it, and a batch with all of its samples. */
#include "bench/bench_deconvolve.h"

#include <stdlib.h>

#include "core/memory.h"

/* The cohort and its gene lengths. Weights are left at 1: weights of 0 would take genes out of the work that is counted. */
static unmix_status draw(um_bench *b, um_source *bulk, um_gene_table *table, double **length)
{
    const unmix_simulate_options o = {
        .genes = b->base.options->genes, .types = b->base.options->types, .samples = b->base.options->samples, .families = 7,
        .similarity = 0.8, .depth = 2e7, .dispersion = 0.1, .background = 0.02, .insert_size = 500.0,
        .seed = b->base.options->seed};
    UM_TRY(um_simulate(b->base.cx, &o, &b->simulation));
    const um_matrix *genes = &b->simulation.genes;
    UM_TRY(UM_ALLOC(b->base.cx, length, genes->rows.count, "gene table"));
    for (size_t g = 0; g < genes->rows.count; g++)
        (*length)[g] = genes->values[g * 2];
    *table = (um_gene_table){.origin = "bench", .genes = &genes->rows, .length = *length};
    um_source_of_matrix(bulk, &b->simulation.bulk);
    return UNMIX_OK;
}

static unmix_status stage(um_bench *b)
{
    const unmix_deconvolve_options options = {.intercept = 1, .insert_size = 500.0};
    um_source bulk = {0};
    um_gene_table table = {0};
    double *length = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, draw(b, &bulk, &table, &length));
    UM_TRY_GOTO(status, done, um_problem_stage(b->base.cx, &b->problem, &b->simulation.signatures, &bulk, &table, &options));
    UM_TRY_GOTO(status, done, um_source_read(b->base.cx, &bulk, 0, bulk.columns->count, &b->block));
done:
    um_source_close(&bulk);
    free(length);
    return status;
}

static unmix_status add_up(um_bench *b)
{
    const size_t N = b->base.options->samples;
    UM_TRY(UM_ALLOC(b->base.cx, &b->column, N, "samples"));
    UM_TRY(UM_ALLOC(b->base.cx, &b->total, N, "samples"));
    UM_TRY(UM_ALLOC(b->base.cx, &b->T, N, "samples"));
    for (size_t n = 0; n < N; n++) {
        b->column[n] = n;
        for (size_t at = b->block.start[n]; at < b->block.start[n + 1]; at++) {
            const uint32_t g = b->problem.gene_of_row[b->block.row[at]];
            b->total[n] += g == UM_NO_GENE ? 0.0 : b->block.value[at];
            b->T[n] += g == UM_NO_GENE ? 0.0 : b->problem.w[g] * b->block.value[at];
        }
    }
    return UNMIX_OK;
}

/* Samples spread over the batch, the first and the last among them: a fault in part of a vector must show. */
static void choose_checked(um_bench *b)
{
    const size_t N = b->base.options->samples;
    b->n_checked = N < UM_BENCH_CHECKED ? N : UM_BENCH_CHECKED;
    for (size_t i = 0; i < b->n_checked; i++)
        b->checked[i] = b->n_checked > 1 ? i * (N - 1) / (b->n_checked - 1) : 0;
}

static unmix_status open_batch(um_bench *b)
{
    const unmix_deconvolve_options options = {.tolerance = 1e-6, .max_iterations = 1};
    const size_t N = b->base.options->samples, M = b->problem.n_sources;
    void *state = NULL;
    UM_TRY(um_batch_open(b->base.cx, &b->batch, b->base.queue, &b->problem, b->problem.D, N));
    const unmix_status status = um_exact_method.open(&b->batch, &options, &state);
    b->exact = state;
    UM_TRY(status);
    b->theta = um_batch_add_state(&b->batch, M, "log exposures");
    b->first = um_batch_add_state(&b->batch, M, "first moments");
    b->second = um_batch_add_state(&b->batch, M, "second moments");
    b->unit = um_batch_add_state(&b->batch, 1, "units");
    b->rate = um_batch_add_state(&b->batch, 1, "learning rates");
    UM_TRY(UM_ALLOC(b->base.cx, &b->point, M * N, "exposures"));
    UM_TRY(UM_ALLOC(b->base.cx, &b->values, M * N, "exposures"));
    um_batch_load(&b->batch, &b->block, b->column, N);
    um_exact_start(b->exact, &b->batch, b->T);
    return um_queue_status(b->base.queue);
}

unmix_status um_bench_open(unmix_context *cx, unmix_device *device, const unmix_bench_options *options, um_bench *bench)
{
    bench->base.cx = cx;
    bench->base.options = options;
    bench->base.size[0] = (um_bench_size){"genes", options->genes};
    bench->base.size[1] = (um_bench_size){"types", options->types};
    bench->base.size[2] = (um_bench_size){"samples", options->samples};
    UM_TRY(um_queue_open(cx, device, &bench->base.queue));
    UM_TRY(stage(bench));
    UM_TRY(add_up(bench));
    choose_checked(bench);
    return open_batch(bench);
}

void um_bench_clear(um_bench *b)
{
    um_bench_fit_close(&b->fit);
    um_exact_method.close(b->exact);
    um_batch_clear(&b->batch);
    um_queue_close(b->base.queue);
    um_block_clear(&b->block);
    um_problem_clear(&b->problem);
    um_simulation_clear(&b->simulation);
    free(b->column);
    free(b->total);
    free(b->T);
    free(b->point);
    free(b->values);
    *b = (um_bench){0};
}

void um_bench_to_point(um_bench *b)
{
    um_batch_set(&b->batch, b->exact->E, b->point);
}
