/*
 * One EM iteration at the published size, verified and then timed: JSON lines with the median of many iterations.
 * Usage: bench_em [device] [tuning, for example "vector=8 genes=4"] [genes types samples]
 *
 * Floor: 4 G M N operations (two products) at the device's multiply-add rate; see bench/README in the host map.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "deconvolve/batch.h"

enum { ITERATIONS = 100, WARM_UP = 10 };

typedef struct setting {
    um_problem problem;
    um_block block;
    size_t *column;
    double *E, *active, *one;
    size_t G, M, N;
} setting;

static double draw(um_random *random)
{
    return exp(1.5 * um_random_normal(random));
}

static unmix_status make(unmix_context *cx, setting *s)
{
    um_random random;
    um_random_start(&random, 42, "bench", "em");
    const size_t G = s->G, M = s->M, N = s->N;
    for (size_t g = 0; g < G; g++)
        UM_TRY(um_names_add(cx, &s->problem.genes, "g", 1));
    s->problem.n_sources = M;
    s->problem.n_types = M - 1;
    UM_TRY(UM_ALLOC(cx, &s->problem.A, G * M, "A"));
    UM_TRY(UM_ALLOC(cx, &s->problem.D, M, "D"));
    UM_TRY(UM_ALLOC(cx, &s->problem.w, G, "w"));
    UM_TRY(UM_ALLOC(cx, &s->problem.gene_of_row, G, "map"));
    for (size_t g = 0; g < G; g++) {
        s->problem.w[g] = 1.0;
        s->problem.gene_of_row[g] = (uint32_t)g;
        for (size_t j = 0; j < M; j++)
            s->problem.D[j] += s->problem.A[g * M + j] = (double)(float)(draw(&random) / (double)G);
    }
    UM_TRY(um_block_begin(cx, &s->block, N));
    UM_TRY(um_block_reserve(cx, &s->block, 0, G * N));
    UM_TRY(UM_ALLOC(cx, &s->column, N, "columns"));
    UM_TRY(UM_ALLOC(cx, &s->E, M * N, "E"));
    UM_TRY(UM_ALLOC(cx, &s->active, N, "active"));
    for (size_t n = 0; n < N; n++) {
        for (size_t g = 0; g < G; g++) {
            s->block.row[n * G + g] = (uint32_t)g;
            s->block.value[n * G + g] = floor(100.0 * draw(&random));
        }
        s->block.start[n + 1] = (n + 1) * G;
        s->column[n] = n;
        s->active[n] = 1.0;
        for (size_t j = 0; j < M; j++)
            s->E[j * N + n] = (double)(float)(1e5 * (1.0 + um_random_uniform(&random)));
    }
    return UNMIX_OK;
}

/* One iteration for sample n in double. */
static void reference(const setting *s, size_t n, double *next)
{
    for (size_t j = 0; j < s->M; j++)
        next[j] = 0.0;
    for (size_t g = 0; g < s->G; g++) {
        double y = 0.0;
        for (size_t j = 0; j < s->M; j++)
            y += s->problem.A[g * s->M + j] * s->E[j * s->N + n];
        for (size_t j = 0; j < s->M; j++)
            next[j] += s->problem.A[g * s->M + j] * s->block.value[n * s->G + g] / (y + 1e-10);
    }
    for (size_t j = 0; j < s->M; j++)
        next[j] *= s->E[j * s->N + n] / s->problem.D[j];
}

static void iterate(um_batch *batch, const um_state *E, const um_state *active)
{
    um_batch_pass(batch, E);
    um_run(batch->queue, UM_KERNEL_EM_STEP, um_batch_step_grid(batch), UM_U32(batch->M), UM_U32(batch->ld),
           UM_U32(batch->tiles), UM_U32(batch->problem->n_types), UM_REAL_ARGUMENT(0.0), UM_BUF(&batch->fold),
           UM_BUF(&batch->D), UM_BUF(&active->buffer), UM_BUF(&E->buffer));
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static unmix_status bench(unmix_context *cx, unmix_device *device, setting *s)
{
    um_batch batch = {0};
    um_queue *queue = um_queue_begin(device, cx);
    UM_TRY(make(cx, s));
    UM_TRY(um_batch_open(cx, &batch, queue, &s->problem, s->problem.D, s->N));
    um_state *E = um_batch_add_state(&batch, s->M, "E"), *active = um_batch_add_state(&batch, 1, "active");
    um_batch_load(&batch, &s->block, s->column, s->N);
    um_batch_set(&batch, E, s->E);
    um_batch_set(&batch, active, s->active);
    const double started = um_seconds();
    iterate(&batch, E, active);
    UM_TRY(um_queue_finish(queue));
    const double first = um_seconds() - started;

    double *got = NULL, *want = NULL, worst = 0.0;
    UM_TRY(UM_ALLOC(cx, &got, s->M * s->N, "E"));
    UM_TRY(UM_ALLOC(cx, &want, s->M, "E"));
    um_batch_get(&batch, E, got);
    for (size_t n = 0; n < s->N; n += s->N / 4 + 1) {
        reference(s, n, want);
        for (size_t j = 0; j < s->M; j++)
            worst = fmax(worst, fabs(got[j * s->N + n] / want[j] - 1.0));
    }
    /* Within a tile 256 float additions, then M products: errors stay near (256 + M) eps / 2 in the worst case. */
    if (!(worst < 280.0 * 1.2e-7))
        return UM_FAIL(cx, UNMIX_ERROR_WRONG_DEVICE, "the iteration is off by %g relative", worst);

    double seconds[ITERATIONS];
    for (int i = -WARM_UP; i < ITERATIONS; i++) {
        const double before = um_seconds();
        iterate(&batch, E, active);
        UM_TRY(um_queue_finish(queue));
        if (i >= 0)
            seconds[i] = um_seconds() - before;
    }
    qsort(seconds, ITERATIONS, sizeof seconds[0], ascending);
    const double median = seconds[ITERATIONS / 2], work = 4.0 * (double)s->G * (double)s->M * (double)s->N;
    const unmix_device_info *info = unmix_device_get_info(device);
    const um_tuning *t = um_queue_tuning(queue);
    printf("{\"bench\": \"em\", \"device\": \"%s\", \"driver\": \"%s\", \"version\": \"%s\", \"genes\": %zu, \"sources\": %zu, "
           "\"samples\": %zu, \"vector\": %u, \"vectors\": %u, \"unroll\": %u, \"tile\": %u, \"relative_error\": %.2g, "
           "\"first_seconds\": %.4g, \"seconds_per_iteration\": %.6g, \"fastest\": %.6g, \"gflops\": %.4g}\n",
           info->name, info->driver, unmix_version(), s->G, s->M, s->N, t->vector, t->vectors, t->genes, t->tile, worst, first,
           median, seconds[0], work / median * 1e-9);
    free(got);
    free(want);
    um_batch_clear(&batch);
    return UNMIX_OK;
}

int main(int argc, char **argv)
{
    unmix_context *cx = unmix_context_new();
    unmix_device *device = NULL;
    setting s = {.G = 18879, .M = 22, .N = 81};
    if (argc > 5) {
        s.G = strtoul(argv[3], NULL, 10);
        s.M = strtoul(argv[4], NULL, 10) + 1;
        s.N = strtoul(argv[5], NULL, 10);
    }
    if (!cx)
        return 1;
    unmix_status status = unmix_device_open(cx, argc > 1 ? argv[1] : "auto", UNMIX_SINGLE, &device);
    if (status == UNMIX_OK && argc > 2)
        status = unmix_device_tune(cx, device, argv[2]);
    if (status == UNMIX_OK)
        status = bench(cx, device, &s);
    if (status != UNMIX_OK)
        fprintf(stderr, "bench_em: %s\n", unmix_error_message(cx));
    um_problem_clear(&s.problem);
    um_block_clear(&s.block);
    free(s.column);
    free(s.E);
    free(s.active);
    unmix_device_close(device);
    unmix_context_free(cx);
    return unmix_status_exit(status);
}
