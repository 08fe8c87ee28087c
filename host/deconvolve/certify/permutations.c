#include "deconvolve/certify/permutations.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/random.h"
#include "deconvolve/certify/evaluate.h"
#include "device/trust.h"

static const char what[] = "permutations";

static unmix_status open_fit(unmix_context *cx, um_permutations *p, size_t columns)
{
    const size_t n = um_product_size(columns, p->problem->n_sources, 1);
    UM_TRY(UM_ALLOC(cx, &p->fit.E, n, what));
    UM_TRY(UM_ALLOC(cx, &p->fit.nll, columns, what));
    UM_TRY(UM_ALLOC(cx, &p->fit.gap, columns, what));
    UM_TRY(UM_ALLOC(cx, &p->fit.iterations, columns, what));
    UM_TRY(UM_ALLOC(cx, &p->fit.converged, columns, what));
    if (p->method->traits.variances) {
        UM_TRY(UM_ALLOC(cx, &p->fit.r2, columns, what));
        UM_TRY(UM_ALLOC(cx, &p->fit.variance, n, what));
    }
    return p->method->traits.unweighted ? UM_ALLOC(cx, &p->fit.unweighted, n, what) : UNMIX_OK;
}

unmix_status um_permutations_open(unmix_context *cx, um_permutations *p, const um_problem *problem, const um_method *method,
                                  const unmix_deconvolve_options *options, size_t columns)
{
    const size_t G = problem->genes.count;
    *p = (um_permutations){.problem = problem, .method = method, .count = options->permutations, .seed = options->seed,
                           .columns = columns};
    UM_TRY(um_evaluator_open(cx, &p->evaluator, problem));
    UM_TRY(um_counts_open(cx, &p->counts, G));
    UM_TRY(UM_ALLOC(cx, &p->gene, G, what));
    UM_TRY(UM_ALLOC(cx, &p->place, G, what));
    UM_TRY(UM_ALLOC(cx, &p->row, G, what));
    UM_TRY(UM_ALLOC(cx, &p->column, columns, what));
    UM_TRY(UM_ALLOC(cx, &p->total, columns, what));
    UM_TRY(UM_ALLOC(cx, &p->T, columns, what));
    UM_TRY(UM_ALLOC(cx, &p->metrics, columns, what));
    for (uint32_t g = 0; g < G; g++)
        p->gene[g] = g;
    for (uint32_t row = 0; row < problem->n_rows; row++)
        if (problem->gene_of_row[row] != UM_NO_GENE)
            p->row[problem->gene_of_row[row]] = row;
    for (size_t c = 0; c < columns; c++)
        p->column[c] = c;
    return open_fit(cx, p, columns);
}

void um_permutations_close(um_permutations *p)
{
    um_evaluator_close(&p->evaluator);
    um_counts_clear(&p->counts);
    um_block_clear(&p->block);
    free(p->gene);
    free(p->place);
    free(p->row);
    free(p->column);
    free(p->total);
    free(p->T);
    free(p->metrics);
    free(p->fit.E);
    free(p->fit.nll);
    free(p->fit.gap);
    free(p->fit.iterations);
    free(p->fit.converged);
    free(p->fit.unweighted);
    free(p->fit.r2);
    free(p->fit.variance);
    *p = (um_permutations){0};
}

/* place[i]: a gene for the i-th count of the sample, all different (the first steps of Fisher and Yates, taken back). */
static void draw_places(um_permutations *p, const char *sample, size_t permutation)
{
    const size_t G = p->problem->genes.count, n = p->counts.n;
    um_random random;
    char purpose[48];
    (void)snprintf(purpose, sizeof purpose, "permutation %zu", permutation);
    um_random_start(&random, p->seed, purpose, sample);
    for (size_t i = 0; i < n; i++) {
        const size_t other = i + um_random_below(&random, G - i);
        const uint32_t gene = p->gene[other];
        p->gene[other] = p->gene[i];
        p->gene[i] = gene;
        p->place[i] = (uint32_t)other;
    }
    for (size_t i = n; i-- > 0;) {
        const uint32_t other = p->place[i], gene = p->gene[i];
        p->gene[i] = p->gene[other];
        p->gene[other] = gene;
        p->place[i] = gene;
    }
}

/* Column `to` of the block: the counts of the sample that was taken, in another order. */
static unmix_status put_permuted(unmix_context *cx, um_permutations *p, size_t to)
{
    const um_counts *counts = &p->counts;
    const size_t used = p->block.start[to];
    UM_TRY(um_block_reserve(cx, &p->block, used, counts->n));
    p->total[to] = p->T[to] = 0.0;
    for (size_t i = 0; i < counts->n; i++) {
        p->block.row[used + i] = p->row[p->place[i]];
        p->block.value[used + i] = counts->value[i];
        p->total[to] += counts->value[i];
        p->T[to] += p->problem->w[p->place[i]] * counts->value[i];
    }
    p->block.start[to + 1] = used + counts->n;
    return UNMIX_OK;
}

/* Number c of the permuted samples of all: permutation c % P of sample c / P. */
static unmix_status fill(unmix_context *cx, um_permutations *p, const um_to_permute *samples, const um_result *result,
                         size_t first, size_t n)
{
    UM_TRY(um_block_begin(cx, &p->block, n));
    for (size_t c = 0; c < n; c++) {
        const size_t i = (first + c) / p->count, b = (first + c) % p->count;
        if (c == 0 || b == 0)
            um_counts_take(&p->counts, p->problem, samples->block, samples->column[i]);
        draw_places(p, um_name(&result->metrics.rows, samples->row[i]), b);
        UM_TRY(put_permuted(cx, p, c));
    }
    return UNMIX_OK;
}

/* No correlation: below all that are one. */
static double rank_of(double r)
{
    return isnan(r) ? -2.0 : r;
}

unmix_status um_permutations_form(um_permutations *p, um_batch *batch, void *state, const um_to_permute *samples,
                                  um_result *result)
{
    unmix_context *cx = batch->cx;
    const size_t all = samples->n * p->count, at_once = batch->capacity < p->columns ? batch->capacity : p->columns;
    const um_sums sums = {p->total, p->T};
    for (size_t i = 0; i < samples->n; i++)
        result->p_value[samples->row[i]] = 1.0;
    for (size_t first = 0, n = 0; first < all; first += n) {
        n = all - first < at_once ? all - first : at_once;
        UM_TRY(um_progress(cx, (double)first / (double)all, "permutations: %zu of %zu fitted", first, all));
        UM_TRY(fill(cx, p, samples, result, first, n));
        um_batch_load(batch, &p->block, p->column, n);
        UM_TRY(p->method->fit(state, batch, &sums, &p->fit, (double)first / (double)all, (double)n / (double)all));
        UM_TRY(um_trust(batch->queue, p->fit.E, n * p->problem->n_sources, "the exposures of permuted samples"));
        UM_TRY(um_evaluate(cx, &p->evaluator, &p->block, p->column, n, p->fit.E, p->metrics, NULL));
        for (size_t c = 0; c < n; c++) {
            const size_t row = samples->row[(first + c) / p->count];
            const double r = um_row(&result->metrics, row)[UM_METRIC_pearson];
            result->p_value[row] += rank_of(p->metrics[c].pearson) >= rank_of(r);
        }
    }
    for (size_t i = 0; i < samples->n; i++)
        result->p_value[samples->row[i]] /= 1.0 + (double)p->count;
    return UNMIX_OK;
}
