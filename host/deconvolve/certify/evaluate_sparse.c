#include "deconvolve/certify/evaluate_sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "deconvolve/problem/counts.h"
#include "deconvolve/problem/likelihood.h"

/* The non-zeros of all samples, each at the place its column has in the block, for the sums over samples. */
typedef struct nonzeros {
    um_evaluation *call;
    const size_t *which;
    size_t n;
    uint32_t *gene;
    double *k, *y;
    size_t *count;     /* for each of which */
    um_counts *counts; /* for each thread */
    double **fold;     /* for each thread */
    unsigned threads;
} nonzeros;

/* Sums over what is visited, and of the weighted and plain yhat among it. */
static void visit(const um_evaluator *ev, const um_counts *counts, const double *E, double *fold, double *yhat,
                  um_sample_sums *s)
{
    const um_problem *problem = ev->problem;
    const size_t M = problem->n_sources;
    double y_visited = 0.0, yy_visited = 0.0, wy_visited = 0.0, null_visited = 0.0;
    memset(fold, 0, M * sizeof *fold);
    for (size_t i = 0; i < counts->n; i++)
        s->T += problem->w[counts->gene[i]] * counts->value[i];
    const double log_T = log(s->T);
    for (size_t i = 0; i < counts->n; i++) {
        const size_t g = counts->gene[i];
        const double *a = problem->A + g * M, w = problem->w[g], k = counts->value[i];
        double y = 0.0;
        for (size_t j = 0; j < M; j++)
            y += a[j] * E[j];
        const double r = UM_COUNT_RATIO(w, k, y), off2 = (k - y) * (k - y);
        for (size_t j = 0; j < M; j++)
            fold[j] += a[j] * r;
        s->nll += w * um_count_deviance(k, y);
        s->null_nll += w * um_null_deviance(ev, g, k, s->T, log_T);
        s->k += k, s->kk += k * k, s->ky += k * y;
        s->residual2 += off2;
        s->pearson2 += w * off2 / um_count_variance(y);
        s->relative += fabs(k - y) / (k + 1.0);
        y_visited += y, yy_visited += y * y, wy_visited += w * y, null_visited += w * problem->null[g];
        yhat[i] = y;
    }
    double weighted = 0.0;
    for (size_t i = 0; i < M; i++) {
        double row = 0.0;
        for (size_t j = 0; j < M; j++)
            row += ev->square[i * M + j] * E[j];
        s->yy += E[i] * row;
        s->y += E[i] * ev->column[i];
        weighted += E[i] * problem->D[i];
    }
    s->nll += weighted - wy_visited;
    s->pearson2 += weighted - wy_visited;
    s->null_nll += s->T * (ev->weight_null - null_visited);
    s->residual2 += s->yy - yy_visited;
    s->relative += s->y - y_visited;
}

static void predict(const um_problem *problem, const double *E, double *predicted)
{
    const size_t M = problem->n_sources;
    for (size_t g = 0; g < problem->genes.count; g++) {
        predicted[g] = 0.0;
        for (size_t j = 0; j < M; j++)
            predicted[g] += problem->A[g * M + j] * E[j];
    }
}

static void evaluate_share(void *state, unsigned thread)
{
    const nonzeros *z = state;
    const um_evaluation *call = z->call;
    const um_problem *problem = call->evaluator->problem;
    um_counts *counts = &z->counts[thread];
    for (size_t n = thread; n < z->n; n += z->threads) {
        const size_t i = z->which[n], c = call->column[i], at = call->block->start[c];
        const double *E = call->E + c * problem->n_sources;
        um_counts_take(counts, problem, call->block, c);
        visit(call->evaluator, counts, E, z->fold[thread], z->y + at, &call->sums[i]);
        memcpy(z->gene + at, counts->gene, counts->n * sizeof *counts->gene);
        memcpy(z->k + at, counts->value, counts->n * sizeof *counts->value);
        z->count[n] = counts->n;
        um_finish_metrics(problem, &call->sums[i], z->fold[thread], E, &call->metrics[i]);
        if (call->predicted)
            predict(problem, E, call->predicted + i * problem->genes.count);
    }
}

static void add_genes(const nonzeros *z)
{
    const um_evaluation *call = z->call;
    um_totals *totals = &call->evaluator->totals;
    const size_t M = call->evaluator->problem->n_sources;
    for (size_t n = 0; n < z->n; n++) {
        const size_t c = call->column[z->which[n]], first = call->block->start[c];
        const double *E = call->E + c * M;
        for (size_t at = first; at < first + z->count[n]; at++) {
            double *s = totals->gene + 5 * (size_t)z->gene[at];
            s[0] += z->k[at], s[2] += z->k[at] * z->k[at], s[4] += z->k[at] * z->y[at];
        }
        for (size_t i = 0; i < M; i++) {
            totals->E[i] += E[i];
            for (size_t j = 0; j < M; j++)
                totals->EE[i * M + j] += E[i] * E[j];
        }
    }
}

static unmix_status open_nonzeros(unmix_context *cx, nonzeros *z)
{
    const um_block *block = z->call->block;
    const um_problem *problem = z->call->evaluator->problem;
    const size_t room = block->start[block->count];
    UM_TRY(UM_ALLOC(cx, &z->gene, room, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &z->k, room, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &z->y, room, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &z->count, z->n, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &z->counts, z->threads, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &z->fold, z->threads, "evaluation"));
    for (unsigned t = 0; t < z->threads; t++) {
        UM_TRY(um_counts_open(cx, &z->counts[t], problem->genes.count));
        UM_TRY(UM_ALLOC(cx, &z->fold[t], problem->n_sources, "evaluation"));
    }
    return UNMIX_OK;
}

static void close_nonzeros(nonzeros *z)
{
    for (unsigned t = 0; t < z->threads; t++) {
        if (z->counts)
            um_counts_clear(&z->counts[t]);
        if (z->fold)
            free(z->fold[t]);
    }
    free(z->gene);
    free(z->k);
    free(z->y);
    free(z->count);
    free(z->counts);
    free(z->fold);
}

unmix_status um_evaluate_sparse(unmix_context *cx, um_evaluation *call, const size_t *which, size_t n)
{
    nonzeros z = {.call = call, .which = which, .n = n, .threads = call->evaluator->threads};
    const unmix_status status = open_nonzeros(cx, &z);
    if (status == UNMIX_OK) {
        um_parallel(z.threads, evaluate_share, &z);
        add_genes(&z);
    }
    close_nonzeros(&z);
    return status;
}
