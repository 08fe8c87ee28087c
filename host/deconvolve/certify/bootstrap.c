#include "deconvolve/certify/bootstrap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "deconvolve/solve/exact.h"

unmix_status um_bootstrap_open(um_batch *batch, const unmix_deconvolve_options *options, size_t columns,
                               um_bootstrap *bootstrap)
{
    const um_problem *p = batch->problem;
    const size_t n = columns; /* E, T and the fit are indexed by the columns of the block */
    unmix_context *cx = batch->cx;
    *bootstrap = (um_bootstrap){.replicates = options->bootstrap, .seed = options->seed};
    UM_TRY(um_exact_method.open(batch, options, &bootstrap->exact));
    UM_TRY(UM_ALLOC(cx, &bootstrap->fit.E, um_product_size(n, p->n_sources, 1), "bootstrap"));
    UM_TRY(UM_ALLOC(cx, &bootstrap->fit.nll, n, "bootstrap"));
    UM_TRY(UM_ALLOC(cx, &bootstrap->fit.gap, n, "bootstrap"));
    UM_TRY(UM_ALLOC(cx, &bootstrap->fit.iterations, n, "bootstrap"));
    UM_TRY(UM_ALLOC(cx, &bootstrap->fit.converged, n, "bootstrap"));
    UM_TRY(UM_ALLOC(cx, &bootstrap->w, p->genes.count, "bootstrap"));
    UM_TRY(UM_ALLOC(cx, &bootstrap->D, p->n_sources, "bootstrap"));
    UM_TRY(UM_ALLOC(cx, &bootstrap->T, n, "bootstrap"));
    return UM_ALLOC(cx, &bootstrap->draws, um_product_size(batch->capacity, p->n_types, bootstrap->replicates), "bootstrap");
}

void um_bootstrap_close(um_bootstrap *bootstrap)
{
    um_exact_method.close(bootstrap->exact);
    free(bootstrap->fit.E);
    free(bootstrap->fit.nll);
    free(bootstrap->fit.gap);
    free(bootstrap->fit.iterations);
    free(bootstrap->fit.converged);
    free(bootstrap->w);
    free(bootstrap->D);
    free(bootstrap->T);
    free(bootstrap->draws);
}

/* w, D and T of replicate r. A source that no drawn gene expresses keeps D = 1: its multiplier is then 0. */
static void draw(um_bootstrap *bootstrap, const um_problem *p, const um_block *block, const size_t *column, size_t n, size_t r)
{
    const size_t G = p->genes.count, M = p->n_sources;
    um_random random;
    char name[32];
    (void)snprintf(name, sizeof name, "%zu", r);
    um_random_start(&random, bootstrap->seed, "bootstrap", name);
    memset(bootstrap->w, 0, G * sizeof *bootstrap->w);
    for (size_t draws = 0; draws < G; draws++) {
        const size_t g = um_random_below(&random, G);
        bootstrap->w[g] += p->w[g];
    }
    memset(bootstrap->D, 0, M * sizeof *bootstrap->D);
    for (size_t g = 0; g < G; g++)
        for (size_t j = 0; j < M; j++)
            bootstrap->D[j] += bootstrap->w[g] * p->A[g * M + j];
    for (size_t j = 0; j < M; j++)
        if (!(bootstrap->D[j] > 0.0))
            bootstrap->D[j] = 1.0;
    for (size_t i = 0; i < n; i++) {
        double T = 0.0;
        for (size_t at = block->start[column[i]]; at < block->start[column[i] + 1]; at++) {
            const uint32_t g = p->gene_of_row[block->row[at]];
            if (g != UM_NO_GENE)
                T += bootstrap->w[g] * block->value[at];
        }
        bootstrap->T[column[i]] = T;
    }
}

static void collect(um_bootstrap *bootstrap, const um_problem *p, const size_t *column, size_t n, const double *cell_size,
                    size_t r)
{
    const size_t C = p->n_types, M = p->n_sources, R = bootstrap->replicates;
    for (size_t i = 0; i < n; i++) {
        const double *E = bootstrap->fit.E + column[i] * M;
        double cells = 0.0;
        for (size_t j = 0; j < C; j++)
            cells += cell_size ? E[j] / cell_size[j] : E[j];
        for (size_t j = 0; j < C; j++) {
            const double own = cell_size ? E[j] / cell_size[j] : E[j];
            bootstrap->draws[(i * C + j) * R + r] = (float)(cells > 0.0 ? own / cells : 0.0);
        }
    }
}

static int ascending(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

double um_bootstrap_percentile(const float *sorted, size_t n, double q)
{
    const double at = fmin(fmax(q * (double)(n + 1), 1.0), (double)n) - 1.0;
    const size_t below = (size_t)at, above = below + 1 < n ? below + 1 : below;
    return (double)sorted[below] + (at - (double)below) * ((double)sorted[above] - (double)sorted[below]);
}

unmix_status um_bootstrap_form(um_bootstrap *bootstrap, um_batch *batch, const um_block *block, const size_t *column, size_t n,
                               const double *E, const double *cell_size, double *low, double *high)
{
    const um_problem *p = batch->problem;
    const size_t R = bootstrap->replicates;
    um_batch_load(batch, block, column, n);
    for (size_t r = 0; r < R; r++) {
        UM_TRY(um_progress(batch->cx, (double)r / (double)R, "bootstrap: replicate %zu of %zu", r + 1, R));
        draw(bootstrap, p, block, column, n, r);
        um_write_reals(batch->queue, &batch->w, 0, bootstrap->w, p->genes.count);
        UM_TRY(um_exact_refit(bootstrap->exact, batch, E, bootstrap->D, bootstrap->T, &bootstrap->fit));
        collect(bootstrap, p, column, n, cell_size, r);
    }
    um_write_reals(batch->queue, &batch->w, 0, p->w, p->genes.count);
    for (size_t c = 0; c < n * p->n_types; c++) {
        float *draws = bootstrap->draws + c * R;
        qsort(draws, R, sizeof *draws, ascending);
        low[c] = um_bootstrap_percentile(draws, R, 0.025);
        high[c] = um_bootstrap_percentile(draws, R, 0.975);
    }
    return um_queue_status(batch->queue);
}
