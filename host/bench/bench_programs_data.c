/* The data of the benchmark of factorisations, read or drawn, and the start from which every item begins. */
#include "bench/bench_programs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "programs/cells/cells.h"

/* ---- Data ---- */

enum { PROBE = 32 }; /* cells from which the depth is found */

/* Usages and programs are gamma with shape 0.3: a few programs a cell, a few genes a program. */
static void draw_gamma(um_random *random, double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = um_random_gamma(random, 0.3) + 1e-3;
}

/* Means of the next cell. */
static void draw_mean(um_random *random, const double *programs, size_t k, size_t m, double *usage, double *mean)
{
    draw_gamma(random, usage, k);
    memset(mean, 0, m * sizeof *mean);
    for (size_t t = 0; t < k; t++)
        for (size_t j = 0; j < m; j++)
            mean[j] += usage[t] * programs[t * m + j];
}

/* Part of the entries that lie above zero when the counts are Poisson with these means. */
static double expected_density(const double *mean, size_t count, double scale)
{
    double above = 0;
    for (size_t i = 0; i < count; i++)
        above += 1 - exp(-scale * mean[i]);
    return above / (double)count;
}

/* What the means are multiplied with, so that the wanted part of the entries lies above zero. */
static double scale_for(const double *mean, size_t count, double density)
{
    double low = 0, high = 1;
    while (expected_density(mean, count, high) < density && high < 1e12)
        high *= 2;
    for (int i = 0; i < 30; i++) {
        const double middle = 0.5 * (low + high);
        *(expected_density(mean, count, middle) < density ? &low : &high) = middle;
    }
    return high;
}

static unmix_status draw_cell(unmix_context *cx, um_sparse *X, size_t cell, um_random *random, const double *mean,
                              double scale)
{
    size_t at = X->start[cell];
    UM_TRY(um_sparse_reserve(cx, X, at + X->columns));
    for (size_t j = 0; j < X->columns; j++) {
        const double count = um_random_poisson(random, scale * mean[j]);
        X->column[at] = (uint32_t)j;
        X->value[at] = log1p(count);
        at += count > 0;
    }
    X->start[cell + 1] = at;
    return UNMIX_OK;
}

/* Logged counts of cells that mix `components` programs. */
static unmix_status draw(um_programs_bench *b)
{
    const unmix_bench_options *o = b->base.options;
    const size_t k = o->components, m = o->program_genes, most = um_product_size(k > PROBE ? k : PROBE, m, 1);
    unmix_context *cx = b->base.cx;
    double *programs = NULL, *usage = NULL, *mean = NULL;
    um_random random;
    unmix_status status;
    um_random_start(&random, o->seed, "bench", "nmf");
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &programs, most, "programs"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &usage, k, "usages"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &mean, most, "means"));
    UM_TRY_GOTO(status, done, um_sparse_allocate(cx, &b->X, o->cells, m, m));
    draw_gamma(&random, programs, k * m);
    for (size_t c = 0; c < PROBE; c++)
        draw_mean(&random, programs, k, m, usage, mean + c * m);
    const double scale = scale_for(mean, PROBE * m, o->density);
    for (size_t c = 0; c < o->cells; c++) {
        draw_mean(&random, programs, k, m, usage, mean);
        UM_TRY_GOTO(status, done, draw_cell(cx, &b->X, c, &random, mean, scale));
    }
done:
    free(programs);
    free(usage);
    free(mean);
    return status;
}

static unmix_status take(um_programs_bench *b, const um_source *source)
{
    const um_cells_options as_they_are = {.kind = UM_CELLS_DETECT};
    um_cells cells = {0};
    um_sparse missing = {0};
    size_t *gene = NULL;
    const size_t genes = source->rows->count;
    unmix_status status;
    UM_TRY_GOTO(status, done, um_cells_look(b->base.cx, &cells, source, &as_they_are, NULL, 1));
    UM_TRY_GOTO(status, done, UM_ALLOC(b->base.cx, &gene, genes, "genes"));
    for (size_t j = 0; j < genes; j++)
        gene[j] = j;
    UM_TRY_GOTO(status, done, um_cells_read(b->base.cx, &cells, gene, genes, &b->X, &missing));
    if (missing.rows)
        status = UM_FAIL(b->base.cx, UNMIX_ERROR_INPUT, "%s: bench needs data without missing entries", source->origin);
done:
    free(gene);
    um_sparse_clear(&missing);
    um_cells_clear(&cells);
    return status;
}

static unmix_status allocate(um_programs_bench *b, um_factors *factors)
{
    const size_t k = b->base.options->components;
    UM_TRY(UM_ALLOC(b->base.cx, &factors->W, um_product_size(b->X.rows, k, 1), "usages"));
    return UM_ALLOC(b->base.cx, &factors->H, um_product_size(b->X.columns, k, 1), "programs");
}

/* ---- Opening ---- */

unmix_status um_programs_bench_open(unmix_context *cx, unmix_device *device, const unmix_bench_options *options,
                                    const um_source *source, um_programs_bench *b)
{
    b->base.cx = cx;
    b->base.options = options;
    b->device = device;
    UM_TRY(um_queue_open(cx, device, &b->base.queue));
    UM_TRY(source ? take(b, source) : draw(b));
    b->data.X = &b->X;
    b->base.size[0] = (um_bench_size){"genes", b->X.columns};
    b->base.size[1] = (um_bench_size){"cells", b->X.rows};
    b->base.size[2] = (um_bench_size){"components", options->components};
    UM_TRY(allocate(b, &b->start));
    UM_TRY(allocate(b, &b->work));
    return um_nmf_start(cx, &b->data, NULL, UM_NMF_START_NNDSVDA, options->components, (uint32_t)options->seed, &b->start);
}

void um_programs_bench_leave(um_programs_bench *b)
{
    for (size_t r = 0; r < b->count; r++)
        um_factorised_clear(&b->fits[r]);
    free(b->fits);
    free(b->uses);
    b->fits = NULL;
    b->uses = NULL;
    b->count = 0;
    um_nmf_stage_close(&b->stage);
}

void um_programs_bench_clear(um_programs_bench *b)
{
    um_programs_bench_leave(b);
    um_queue_close(b->base.queue);
    um_sparse_clear(&b->X);
    free(b->start.W);
    free(b->start.H);
    free(b->work.W);
    free(b->work.H);
    *b = (um_programs_bench){0};
}
