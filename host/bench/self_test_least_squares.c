/* A known answer for music: two rounds of weights on a small problem, beside the same in double on the host. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "bench/self_test_deconvolve.h"
#include "deconvolve/solve/method.h"
#include "linalg/nnls.h"

/* More than a tile, and a part of a vector. */
enum { GENES = 601, TYPES = 5, SAMPLES = 19, ROUNDS = 2 };

static const double nu = 1e-4;

typedef struct test_case {
    um_problem problem;
    um_block block;
    size_t column[SAMPLES];
    double E[SAMPLES * TYPES], unweighted[SAMPLES * TYPES], variance[SAMPLES * TYPES];
    double r2[SAMPLES], iterations[SAMPLES], converged[SAMPLES];
    um_batch batch;
    um_nnls nnls;
} test_case;

static unmix_status make_problem(unmix_context *cx, um_problem *p)
{
    um_random random;
    um_random_start(&random, 2, "self-test", "least squares");
    p->n_types = p->n_sources = TYPES;
    for (size_t g = 0; g < GENES; g++)
        UM_TRY(um_names_add(cx, &p->genes, "g", 1));
    UM_TRY(UM_ALLOC(cx, &p->A, GENES * TYPES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->variance, GENES * TYPES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->abundance, TYPES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->D, TYPES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->w, GENES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->factor, GENES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->gene_of_row, GENES, "self-test"));
    for (size_t g = 0; g < GENES; g++) {
        p->gene_of_row[g] = (uint32_t)g;
        p->w[g] = g % 3 ? 1.0 : 0.5;
        p->factor[g] = (double)(1u << g % 5); /* powers of two: exact in single precision */
        for (size_t j = 0; j < TYPES; j++) {
            const double share = exp(um_random_normal(&random)) / GENES;
            p->A[g * TYPES + j] = (double)(float)(share * p->factor[g]);
            p->variance[g * TYPES + j] = (double)(float)(share * share * um_random_uniform(&random));
            p->D[j] += p->w[g] * p->A[g * TYPES + j];
        }
    }
    for (size_t j = 0; j < TYPES; j++)
        p->abundance[j] = 1.0;
    return UNMIX_OK;
}

static unmix_status make_counts(unmix_context *cx, test_case *t)
{
    um_random random;
    um_random_start(&random, 3, "self-test", "least squares");
    UM_TRY(um_block_begin(cx, &t->block, SAMPLES));
    UM_TRY(um_block_reserve(cx, &t->block, 0, GENES * SAMPLES));
    for (size_t n = 0; n < SAMPLES; n++) {
        t->column[n] = n;
        for (size_t g = 0; g < GENES; g++) {
            double y = 0.0;
            for (size_t j = 0; j < TYPES; j++)
                y += t->problem.A[g * TYPES + j] * (double)((n + j) % TYPES) * 1e4;
            t->block.row[n * GENES + g] = (uint32_t)g;
            t->block.value[n * GENES + g] = um_random_poisson(&random, y);
        }
        t->block.start[n + 1] = (n + 1) * GENES;
    }
    return UNMIX_OK;
}

/* The weighted problem of sample n, of x <- its solution. */
static void solve(test_case *t, size_t n, const double *weight, double scale, double *x)
{
    const um_problem *p = &t->problem;
    double H[TYPES * TYPES] = {0}, b[TYPES] = {0};
    for (size_t g = 0; g < GENES; g++) {
        const double k = t->block.value[n * GENES + g], *a = p->A + g * TYPES;
        const double h = k > 0.0 ? p->w[g] * weight[g] / (p->factor[g] * p->factor[g]) : 0.0;
        for (size_t i = 0; i < TYPES; i++) {
            b[i] += h * scale * k * a[i];
            for (size_t j = 0; j < TYPES; j++)
                H[i * TYPES + j] += h * a[i] * a[j];
        }
    }
    um_nnls_solve(&t->nnls, H, b, x);
}

/* E of sample n after ROUNDS rounds and the first, which has no round before it. */
static void answer(test_case *t, size_t n, double *E)
{
    const um_problem *p = &t->problem;
    double weight[GENES], x[TYPES] = {0}, total = 0.0;
    for (size_t g = 0; g < GENES; g++) {
        weight[g] = 1.0;
        total += t->block.value[n * GENES + g] / p->factor[g];
    }
    const double scale = 100.0 / total;
    solve(t, n, weight, scale, x);
    for (int round = 0; round <= ROUNDS; round++) {
        for (size_t g = 0; g < GENES; g++) {
            double y = 0.0, v = 0.0;
            for (size_t j = 0; j < TYPES; j++) {
                y += p->A[g * TYPES + j] * x[j];
                v += p->variance[g * TYPES + j] * x[j] * x[j];
            }
            const double r = (scale * t->block.value[n * GENES + g] - y) / p->factor[g];
            weight[g] = 1.0 / (nu + r * r + v);
        }
        solve(t, n, weight, scale, x);
    }
    for (size_t j = 0; j < TYPES; j++)
        E[j] = x[j] / scale;
}

static unmix_status fit(unmix_context *cx, um_queue *queue, test_case *t)
{
    const unmix_deconvolve_options options = {.tolerance = 1e-300, .max_iterations = ROUNDS};
    um_fit found = {.E = t->E,
                    .unweighted = t->unweighted,
                    .variance = t->variance,
                    .r2 = t->r2,
                    .iterations = t->iterations,
                    .converged = t->converged};
    const um_sums none = {NULL, NULL};
    void *state = NULL;
    UM_TRY(um_batch_open(cx, &t->batch, queue, &t->problem, t->problem.D, SAMPLES));
    unmix_status status = um_music_method.open(&t->batch, &options, &state);
    um_batch_load(&t->batch, &t->block, t->column, SAMPLES);
    if (status == UNMIX_OK)
        status = um_music_method.fit(state, &t->batch, &none, &found, 0.0, 1.0);
    um_music_method.close(state);
    return status;
}

static unmix_status run(unmix_context *cx, um_queue *queue, test_case *t, double *error)
{
    UM_TRY(make_problem(cx, &t->problem));
    UM_TRY(make_counts(cx, t));
    UM_TRY(um_nnls_open(cx, &t->nnls, TYPES));
    UM_TRY(fit(cx, queue, t));
    for (size_t n = 0; n < SAMPLES; n++) {
        double want[TYPES], all = 0.0;
        answer(t, n, want);
        for (size_t j = 0; j < TYPES; j++)
            all += want[j];
        for (size_t j = 0; j < TYPES; j++)
            *error = um_worst(*error, fabs(t->E[n * TYPES + j] - want[j]) / all);
        *error = um_worst(*error, t->r2[n] > 0.0 && t->r2[n] <= 1.0 ? 0.0 : 1.0);
        for (size_t j = 0; j < TYPES; j++)
            *error = um_worst(*error, t->variance[n * TYPES + j] >= 0.0 ? 0.0 : 1.0);
    }
    return UNMIX_OK;
}

unmix_status um_self_test_least_squares(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    test_case *t = NULL;
    *error = 0.0;
    /* cond(D) is about 10; three rounds of weights, each of which has r to some u of the molecules. */
    *bound = um_queue_real_size(queue) == sizeof(double) ? 1e-9 : um_queue_info(queue)->has_double ? 1e-4 : 1e-3;
    UM_TRY(UM_ALLOC(cx, &t, 1, "self-test"));
    const unmix_status status = run(cx, queue, t, error);
    um_batch_clear(&t->batch);
    um_problem_clear(&t->problem);
    um_block_clear(&t->block);
    um_nnls_close(&t->nnls);
    free(t);
    return status;
}
