#include "deconvolve/certify/evaluate_dense.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "deconvolve/problem/likelihood.h"

enum { LANES = 8, GENES = 4 };

/*
 * Vectors as wide as the machine has them. Products and sums stay apart (C11 without extensions does not contract them),
 * so every machine gives the same bytes.
 */
#if defined(__x86_64__) && defined(__gnu_linux__) && defined(__GNUC__) && !defined(__clang__) &&                            \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define WIDE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define WIDE
#endif

/* Working arrays of one thread: the inner loops run over the lanes. */
typedef struct lanes {
    double *k;    /* G x LANES */
    double *y;    /* G x LANES */
    double *E;    /* M x LANES */
    double *fold; /* M x LANES */
    double *own;  /* M: the fold of one sample */
} lanes;

typedef struct round_of_groups {
    um_evaluation *call;
    const size_t *which;
    size_t n, first; /* samples; where the round starts */
    lanes *lanes;    /* for each thread */
    unsigned threads;
} round_of_groups;

static unmix_status lanes_open(unmix_context *cx, lanes *l, size_t G, size_t M)
{
    UM_TRY(UM_ALLOC(cx, &l->k, um_product_size(G, LANES, 1), "evaluation"));
    UM_TRY(UM_ALLOC(cx, &l->y, um_product_size(G, LANES, 1), "evaluation"));
    UM_TRY(UM_ALLOC(cx, &l->E, M * LANES, "evaluation"));
    UM_TRY(UM_ALLOC(cx, &l->fold, M * LANES, "evaluation"));
    return UM_ALLOC(cx, &l->own, M, "evaluation");
}

static void lanes_clear(lanes *l)
{
    free(l->k);
    free(l->y);
    free(l->E);
    free(l->fold);
    free(l->own);
}

static size_t samples_in_group(const round_of_groups *r, unsigned thread)
{
    const size_t first = r->first + (size_t)thread * LANES;
    return first >= r->n ? 0 : r->n - first < LANES ? r->n - first : LANES;
}

static void spread(lanes *l, const um_evaluation *call, const size_t *which, size_t n)
{
    const um_problem *problem = call->evaluator->problem;
    const size_t M = problem->n_sources;
    memset(l->k, 0, problem->genes.count * LANES * sizeof *l->k);
    memset(l->E, 0, M * LANES * sizeof *l->E);
    memset(l->fold, 0, M * LANES * sizeof *l->fold);
    for (size_t i = 0; i < n; i++) {
        const size_t c = call->column[which[i]];
        for (size_t at = call->block->start[c]; at < call->block->start[c + 1]; at++) {
            const uint32_t g = problem->gene_of_row[call->block->row[at]];
            if (g != UM_NO_GENE)
                l->k[(size_t)g * LANES + i] += call->block->value[at];
        }
        for (size_t j = 0; j < M; j++)
            l->E[j * LANES + i] = call->E[c * M + j];
    }
}

/* LANES doubles that are worked on together; compilers that lack wide registers split them. */
typedef double vector __attribute__((vector_size(LANES * sizeof(double))));

/* y = A E and fold = A' (w k / (y + eps)), GENES genes at a time; behind the last gene it is repeated, with r = 0. */
WIDE static void pass(size_t G, size_t M, const double *restrict A, const double *restrict w, const double *restrict k,
                      const double *restrict E, double *restrict y, double *restrict fold)
{
    for (size_t g = 0; g < G; g += GENES) {
        const size_t last = G - 1 - g;
        const double *a0 = A + g * M, *a1 = a0 + (last < 1 ? last : 1) * M, *a2 = a0 + (last < 2 ? last : 2) * M,
                     *a3 = a0 + (last < 3 ? last : 3) * M;
        vector sum[GENES] = {{0}}, r[GENES] = {{0}};
        for (size_t j = 0; j < M; j++) {
            vector e;
            memcpy(&e, E + j * LANES, sizeof e);
            sum[0] += a0[j] * e;
            sum[1] += a1[j] * e;
            sum[2] += a2[j] * e;
            sum[3] += a3[j] * e;
        }
        for (size_t u = 0; u <= last && u < GENES; u++) {
            vector count;
            memcpy(&count, k + (g + u) * LANES, sizeof count);
            memcpy(y + (g + u) * LANES, &sum[u], sizeof sum[u]);
            r[u] = UM_COUNT_RATIO(w[g + u], count, sum[u]);
        }
        for (size_t j = 0; j < M; j++) {
            vector f;
            memcpy(&f, fold + j * LANES, sizeof f);
            f += a0[j] * r[0];
            f += a1[j] * r[1];
            f += a2[j] * r[2];
            f += a3[j] * r[3];
            memcpy(fold + j * LANES, &f, sizeof f);
        }
    }
}

/* Adds what is left of a count, in logarithms, beside the length of its gene. */
static void add_length(double l, double k, double y, um_sample_sums *s)
{
    const double w = fmin(k + y, 100.0), z = log((k + 1.0) / (y + 1.0));
    s->length.w += w, s->length.l += w * l, s->length.z += w * z;
    s->length.ll += w * l * l, s->length.zz += w * z * z, s->length.lz += w * l * z;
}

static void measure(const lanes *l, const um_evaluator *ev, size_t i, um_sample_sums *to)
{
    const um_problem *problem = ev->problem;
    const size_t G = problem->genes.count;
    um_sample_sums s = {0};
    for (size_t g = 0; g < G; g++)
        s.T += problem->w[g] * l->k[g * LANES + i];
    const double log_T = log(s.T);
    for (size_t g = 0; g < G; g++) {
        const double k = l->k[g * LANES + i], y = l->y[g * LANES + i], w = problem->w[g], off2 = (k - y) * (k - y);
        s.nll += w * um_count_deviance(k, y);
        s.null_nll += w * um_null_deviance(ev, g, k, s.T, log_T);
        s.k += k, s.y += y, s.kk += k * k, s.yy += y * y, s.ky += k * y;
        s.residual2 += off2;
        s.pearson2 += w * (k > 0.0 ? off2 / um_count_variance(y) : y);
        s.relative += fabs(k - y) / (k + 1.0);
        if (ev->log_length)
            add_length(ev->log_length[g], k, y, &s);
    }
    *to = s;
}

static void evaluate_group(void *state, unsigned thread)
{
    const round_of_groups *r = state;
    const um_evaluation *call = r->call;
    const um_problem *problem = call->evaluator->problem;
    const size_t G = problem->genes.count, M = problem->n_sources, n = samples_in_group(r, thread);
    const size_t *which = r->which + r->first + (size_t)thread * LANES;
    lanes *l = &r->lanes[thread];
    if (!n)
        return;
    spread(l, call, which, n);
    pass(G, M, problem->A, problem->w, l->k, l->E, l->y, l->fold);
    for (size_t i = 0; i < n; i++) {
        measure(l, call->evaluator, i, &call->sums[which[i]]);
        for (size_t j = 0; j < M; j++)
            l->own[j] = l->fold[j * LANES + i];
        um_finish_metrics(problem, &call->sums[which[i]], l->own, call->E + call->column[which[i]] * M,
                          &call->metrics[which[i]]);
        for (size_t g = 0; call->predicted && g < G; g++)
            call->predicted[which[i] * G + g] = l->y[g * LANES + i];
    }
}

/* Each thread adds up its share of the genes, over the samples of the round in their order. */
static void add_genes(void *state, unsigned thread)
{
    const round_of_groups *r = state;
    const um_evaluator *ev = r->call->evaluator;
    const size_t G = ev->problem->genes.count;
    for (size_t g = G * thread / r->threads; g < G * (thread + 1) / r->threads; g++) {
        double *s = ev->totals.gene + 5 * g;
        for (unsigned t = 0; t < r->threads; t++)
            for (size_t i = 0; i < samples_in_group(r, t); i++) {
                const double k = r->lanes[t].k[g * LANES + i], y = r->lanes[t].y[g * LANES + i];
                s[0] += k, s[1] += y, s[2] += k * k, s[3] += y * y, s[4] += k * y;
            }
    }
}

unmix_status um_evaluate_dense(unmix_context *cx, um_evaluation *call, const size_t *which, size_t n)
{
    const um_problem *problem = call->evaluator->problem;
    const size_t groups = (n + LANES - 1) / LANES;
    round_of_groups r = {.call = call, .which = which, .n = n, .threads = call->evaluator->threads};
    if (r.threads > groups)
        r.threads = (unsigned)groups;
    unmix_status status = UM_ALLOC(cx, &r.lanes, r.threads, "evaluation");
    for (unsigned t = 0; t < r.threads && status == UNMIX_OK; t++)
        status = lanes_open(cx, &r.lanes[t], problem->genes.count, problem->n_sources);
    for (; r.first < n && status == UNMIX_OK; r.first += (size_t)r.threads * LANES) {
        um_parallel(r.threads, evaluate_group, &r);
        um_parallel(r.threads, add_genes, &r);
    }
    for (unsigned t = 0; r.lanes && t < r.threads; t++)
        lanes_clear(&r.lanes[t]);
    free(r.lanes);
    return status;
}
