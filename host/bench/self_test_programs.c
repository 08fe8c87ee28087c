#include "bench/self_test_programs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/random.h"
#include "programs/nmf/nmf_stage.h"

/* More than one panel and tile, parts of vectors and strips. */
enum { CELLS = 611, GENES = 173, PROGRAMS = 6 };

/* W and the turned H of one iteration: from the start, in double on the host. */
typedef struct sample {
    um_sparse X, missing;
    double x[CELLS * GENES];
    unsigned char lost[CELLS * GENES];
    double W[CELLS * PROGRAMS], T[GENES * PROGRAMS];     /* the start, then the answer */
    double W_got[CELLS * PROGRAMS], H[PROGRAMS * GENES]; /* for the device */
} sample;

/* A number that float holds exactly, so that the device and the host start from the same. */
static double rounded(double x)
{
    return (double)(float)x;
}

/* Of the entries (c * 7 + j * 3) % 11 below `missing` are missing. */
static unmix_status make_sample(unmix_context *cx, sample *s, unsigned missing)
{
    um_random random;
    size_t used = 0, lost = 0;
    um_random_start(&random, 1, "self-test", "factorisation");
    UM_TRY(um_sparse_allocate(cx, &s->X, CELLS, GENES, (size_t)CELLS * GENES));
    UM_TRY(um_sparse_allocate(cx, &s->missing, CELLS, GENES, (size_t)CELLS * GENES));
    for (size_t c = 0; c < CELLS; c++) {
        for (size_t j = 0; j < GENES; j++) {
            const double count = um_random_poisson(&random, 0.4 + 2.0 * (double)(c % 3 == j % 3));
            s->lost[c * GENES + j] = (c * 7 + j * 3) % 11 < missing;
            if (s->lost[c * GENES + j])
                s->missing.column[lost++] = (uint32_t)j;
            else if (count > 0) {
                s->x[c * GENES + j] = count;
                s->X.column[used] = (uint32_t)j;
                s->X.value[used++] = count;
            }
        }
        s->X.start[c + 1] = used;
        s->missing.start[c + 1] = lost;
    }
    for (size_t i = 0; i < CELLS * PROGRAMS; i++)
        s->W[i] = s->W_got[i] = rounded(0.5 + um_random_uniform(&random));
    for (size_t i = 0; i < GENES * PROGRAMS; i++)
        s->T[i] = s->H[i % PROGRAMS * GENES + i / PROGRAMS] = rounded(0.5 + um_random_uniform(&random));
    return UNMIX_OK;
}

/* ---- The answer ---- */

/* A row of one factor against the other, E; entry j of the row of X stands at x[j * stride], as does whether it is lost. */
typedef struct row {
    double *w;
    const double *E, *x;
    const unsigned char *lost;
    size_t stride, columns;
} row;

static double expected(const row *r, size_t j)
{
    double y = 0;
    for (size_t t = 0; t < PROGRAMS; t++)
        y += r->w[t] * r->E[j * PROGRAMS + t];
    return y;
}

/* Coordinate descent: the minimum over w_t of 1/2 sum (x - w E')^2. */
static void sweep(const row *r)
{
    for (size_t t = 0; t < PROGRAMS; t++) {
        double slope = 0, curvature = 0;
        for (size_t j = 0; j < r->columns; j++) {
            const double e = r->lost[j * r->stride] ? 0 : r->E[j * PROGRAMS + t];
            slope += e * (expected(r, j) - r->x[j * r->stride]);
            curvature += e * e;
        }
        r->w[t] = curvature > 0 ? fmax(r->w[t] - slope / curvature, 0) : r->w[t];
    }
}

/* The multiplicative update for a beta-divergence. */
static void multiply(const row *r, double beta)
{
    const double exponent = beta < 1 ? 1 / (2 - beta) : beta > 2 ? 1 / (beta - 1) : 1;
    double above[PROGRAMS] = {0}, below[PROGRAMS] = {0};
    for (size_t j = 0; j < r->columns; j++) {
        const double y = expected(r, j), share = r->x[j * r->stride] * pow(y, beta - 2);
        for (size_t t = 0; t < PROGRAMS && !r->lost[j * r->stride]; t++) {
            above[t] += share * r->E[j * PROGRAMS + t];
            below[t] += pow(y, beta - 1) * r->E[j * PROGRAMS + t];
        }
    }
    for (size_t t = 0; t < PROGRAMS; t++)
        r->w[t] *= below[t] > 0 ? pow(above[t] / below[t], exponent) : 1;
}

static void multiply_kl(const row *r)
{
    multiply(r, 1);
}

static void multiply_itakura_saito(const row *r)
{
    multiply(r, 0);
}

static void multiply_half(const row *r)
{
    multiply(r, 0.5);
}

static void answer(sample *s, void (*step)(const row *))
{
    for (size_t c = 0; c < CELLS; c++)
        step(&(row){s->W + c * PROGRAMS, s->T, s->x + c * GENES, s->lost + c * GENES, 1, GENES});
    for (size_t j = 0; j < GENES; j++)
        step(&(row){s->T + j * PROGRAMS, s->W, s->x + j, s->lost + j, GENES, CELLS});
}

/* ---- The device ---- */

static unmix_status iterate(unmix_context *cx, um_queue *queue, sample *s, const um_nmf_options *options)
{
    const um_nmf_data data = {&s->X, um_sparse_entries(&s->missing) ? &s->missing : NULL};
    const um_factors factors = {s->W_got, s->H};
    const uint32_t first = 0;
    um_nmf_stage stage;
    UM_TRY(um_nmf_stage_open(cx, queue, &data, options, 1, &stage));
    um_nmf_stage_load(&stage, 0, NULL, &factors);
    um_nmf_stage_activate(&stage, &first, 1);
    um_nmf_stage_begin(&stage, 1);
    um_nmf_stage_iterate(&stage, 1);
    um_nmf_stage_store(&stage, 0, &factors);
    const unmix_status status = um_queue_finish(queue);
    um_nmf_stage_close(&stage);
    return status;
}

/* The largest difference, of both factors, each relative to the largest entry of the factor. */
static double difference(const sample *s)
{
    double off[2] = {0, 0}, most[2] = {0, 0};
    for (size_t i = 0; i < CELLS * PROGRAMS; i++) {
        off[0] = um_worst(off[0], fabs(s->W_got[i] - s->W[i]));
        most[0] = fmax(most[0], s->W[i]);
    }
    for (size_t i = 0; i < GENES * PROGRAMS; i++) {
        off[1] = um_worst(off[1], fabs(s->H[i % PROGRAMS * GENES + i / PROGRAMS] - s->T[i]));
        most[1] = fmax(most[1], s->T[i]);
    }
    return um_worst(off[0] / most[0], off[1] / most[1]);
}

/* A method by its options, and its step on the host. */
typedef struct method {
    um_nmf_options options;
    void (*step)(const row *);
} method;

static const method hals = {{.solver = UM_NMF_HALS, .components = PROGRAMS, .max_iterations = 1}, sweep};
static const method kl = {{.solver = UM_NMF_MU, .loss = UM_NMF_KL, .components = PROGRAMS, .max_iterations = 1}, multiply_kl};
/* The value of a sample's zeros is not asked for. */
static const method itakura_saito = {
    {.solver = UM_NMF_MU, .loss = UM_NMF_ITAKURA_SAITO, .components = PROGRAMS, .max_iterations = 1}, multiply_itakura_saito};
static const method half = {
    {.solver = UM_NMF_MU, .loss = UM_NMF_BETA, .beta = 0.5, .components = PROGRAMS, .max_iterations = 1}, multiply_half};

static unmix_status run(unmix_context *cx, um_queue *queue, const method *how, unsigned missing, double *error)
{
    sample *s = NULL;
    UM_TRY(UM_ALLOC(cx, &s, 1, "self-test"));
    unmix_status status = make_sample(cx, s, missing);
    if (status == UNMIX_OK)
        status = iterate(cx, queue, s, &how->options);
    if (status == UNMIX_OK) {
        answer(s, how->step);
        *error = difference(s);
    }
    um_sparse_clear(&s->X);
    um_sparse_clear(&s->missing);
    free(s);
    return status;
}

/* Sums of at most CELLS terms, each the result of some operations on PROGRAMS programs. */
static double sum_bound(const um_queue *queue)
{
    return (CELLS + 4 * PROGRAMS) * 0.5 * um_queue_eps(queue);
}

/*
 * The error of a program of hals is that of its sums times the size of the sums over its step, about the number of
 * programs here (each explains a part of an entry), once for W and, with the errors of W, once more for H.
 */
static double hals_bound(const um_queue *queue)
{
    return 2 * PROGRAMS * sum_bound(queue);
}

static unmix_status test_hals(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = hals_bound(queue);
    return run(cx, queue, &hals, 0, error);
}

static unmix_status test_missing(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = hals_bound(queue);
    return run(cx, queue, &hals, 1, error);
}

/* All terms are positive: every quotient adds its errors, once for W and once for H. */
static unmix_status test_kl(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = 4 * sum_bound(queue);
    return run(cx, queue, &kl, 0, error);
}

static unmix_status test_kl_missing(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = 4 * sum_bound(queue);
    return run(cx, queue, &kl, 1, error);
}

/* Powers of yhat, at most the second, have its error as often; so has their sum, and the exponent is below 1. */
static unmix_status test_itakura_saito(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = 8 * sum_bound(queue);
    return run(cx, queue, &itakura_saito, 0, error);
}

static unmix_status test_beta_missing(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = 8 * sum_bound(queue);
    return run(cx, queue, &half, 1, error);
}

const um_self_test_family um_programs_self_tests[] = {{"factorisation", test_hals},
                                                      {"factorisation, KL", test_kl},
                                                      {"missing entries", test_missing},
                                                      {"missing entries, KL", test_kl_missing},
                                                      {"Itakura-Saito", test_itakura_saito},
                                                      {"missing entries, beta", test_beta_missing}};
const size_t um_programs_self_test_count = sizeof um_programs_self_tests / sizeof um_programs_self_tests[0];
