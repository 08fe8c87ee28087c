#include "bench/self_test_deconvolve.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/random.h"
#include "deconvolve/problem/batch.h"
#include "deconvolve/problem/likelihood.h"
#include "deconvolve/solve/gram.h"
#include "deconvolve/solve/method.h"
#include "device/constants.h"

/* More than one tile, more than one group, nothing a round number; the last samples are in a part of a vector. */
enum { GENES = 779, SOURCES = 7, SAMPLES = 53 };

typedef struct sample_problem {
    um_problem problem;
    um_block block;
    size_t column[SAMPLES];
    double E[SOURCES * SAMPLES], row[SOURCES * SAMPLES];
    double fold[SOURCES * SAMPLES]; /* the answer in double */
    double loss[SAMPLES], loss_scale[SAMPLES];
    um_batch batch;
    um_state *states[6]; /* E, then rows as needed */
} sample_problem;

/* A number that float holds exactly, so that the device and the host start from the same. */
static double rounded(double x)
{
    return (double)(float)x;
}

static unmix_status make_problem(unmix_context *cx, sample_problem *s)
{
    um_random random;
    um_random_start(&random, 1, "self-test", "problem");
    um_problem *p = &s->problem;
    p->n_sources = SOURCES;
    p->n_types = SOURCES - 1;
    for (size_t g = 0; g < GENES; g++)
        UM_TRY(um_names_add(cx, &p->genes, "g", 1));
    UM_TRY(UM_ALLOC(cx, &p->A, GENES * SOURCES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->D, SOURCES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->w, GENES, "self-test"));
    UM_TRY(UM_ALLOC(cx, &p->gene_of_row, GENES, "self-test"));
    for (size_t g = 0; g < GENES; g++) {
        p->gene_of_row[g] = (uint32_t)g;
        p->w[g] = g % 3 == 0 ? 0.5 : 1.0;
        for (size_t j = 0; j < SOURCES; j++) {
            p->A[g * SOURCES + j] = rounded(um_random_uniform(&random) / GENES);
            p->D[j] += p->w[g] * p->A[g * SOURCES + j];
        }
    }
    UM_TRY(um_block_begin(cx, &s->block, SAMPLES));
    UM_TRY(um_block_reserve(cx, &s->block, 0, GENES * SAMPLES));
    for (size_t n = 0; n < SAMPLES; n++) {
        s->column[n] = n;
        for (size_t g = 0; g < GENES; g++) {
            s->block.row[n * GENES + g] = (uint32_t)g;
            s->block.value[n * GENES + g] = g % 11 == 0 ? 0.0 : um_random_poisson(&random, 20.0);
        }
        s->block.start[n + 1] = (n + 1) * GENES;
        for (size_t j = 0; j < SOURCES; j++)
            s->E[j * SAMPLES + n] = rounded(1000.0 * (1.0 + um_random_uniform(&random)));
    }
    return UNMIX_OK;
}

/* yhat of gene g at exposures that stand `stride` apart. */
static double expected(const um_problem *p, size_t g, const double *E, size_t stride)
{
    double y = 0.0;
    for (size_t j = 0; j < SOURCES; j++)
        y += p->A[g * SOURCES + j] * E[j * stride];
    return y;
}

/* What the device should say, by the host's likelihood; that is tested by itself in tests/unit/deconvolve_likelihood.c. */
static void answer(sample_problem *s)
{
    const um_problem *p = &s->problem;
    for (size_t n = 0; n < SAMPLES; n++)
        for (size_t g = 0; g < GENES; g++) {
            const double k = s->block.value[n * GENES + g];
            const double y = expected(p, g, s->E + n, SAMPLES);
            for (size_t j = 0; j < SOURCES; j++)
                s->fold[j * SAMPLES + n] += UM_COUNT_RATIO(p->w[g], k, y) * p->A[g * SOURCES + j];
            s->loss[n] += p->w[g] * (um_count_deviance(k, y) + UM_LIKELIHOOD_EPS);
            s->loss_scale[n] += p->w[g] * (k + y);
        }
}

/* The batch with its counts, E in the first state and `n` more states of `rows` rows. */
static unmix_status open_problem(unmix_context *cx, um_queue *queue, sample_problem *s, size_t n, const size_t *rows)
{
    UM_TRY(make_problem(cx, s));
    answer(s);
    UM_TRY(um_batch_open(cx, &s->batch, queue, &s->problem, s->problem.D, SAMPLES));
    s->states[0] = um_batch_add_state(&s->batch, SOURCES, "self-test");
    for (size_t i = 0; i < n; i++)
        s->states[i + 1] = um_batch_add_state(&s->batch, rows[i], "self-test");
    um_batch_load(&s->batch, &s->block, s->column, SAMPLES);
    um_batch_set(&s->batch, s->states[0], s->E);
    um_batch_pass_loss(&s->batch, s->states[0]);
    return um_queue_status(queue);
}

static void close_problem(sample_problem *s)
{
    um_batch_clear(&s->batch);
    um_problem_clear(&s->problem);
    um_block_clear(&s->block);
}

static void set_constant(sample_problem *s, um_state *state, double value)
{
    for (size_t i = 0; i < state->rows * SAMPLES; i++)
        s->row[i] = value;
    um_batch_set(&s->batch, state, s->row);
}

static double largest_relative(const double *got, const double *want, size_t n)
{
    double worst = 0.0;
    for (size_t i = 0; i < n; i++)
        worst = um_worst(worst, fabs(got[i] - want[i]) / fabs(want[i]));
    return worst;
}

/* Sums of up to UM_RUN positive terms, each the result of SOURCES + 3 operations. */
static double sum_bound(const um_queue *queue)
{
    return (UM_RUN + SOURCES + 3) * 0.5 * um_queue_eps(queue);
}

/* multipliers: an EM step with D = the problem's and all samples active gives E fold / D. */
static unmix_status em_step(unmix_context *cx, um_queue *queue, sample_problem *s, double *error)
{
    const size_t rows[] = {1};
    UM_TRY(open_problem(cx, queue, s, 1, rows));
    set_constant(s, s->states[1], 1.0);
    um_run(queue, UM_KERNEL_EM_STEP, s->batch.variant, um_batch_step_grid(&s->batch), UM_U32(SOURCES),
           UM_U32(s->batch.ld), UM_U32(s->batch.tiles), UM_U32(SOURCES - 1), UM_REAL_ARGUMENT(0.0),
           UM_BUF(&s->batch.fold), UM_BUF(&s->batch.D), UM_BUF(&s->states[1]->buffer), UM_BUF(&s->states[0]->buffer));
    um_batch_get(&s->batch, s->states[0], s->row);
    UM_TRY(um_queue_finish(queue));
    for (size_t i = 0; i < SOURCES * SAMPLES; i++)
        s->fold[i] *= s->E[i] / s->problem.D[i / SAMPLES];
    *error = largest_relative(s->row, s->fold, SOURCES * SAMPLES);
    return UNMIX_OK;
}

static unmix_status loss(unmix_context *cx, um_queue *queue, sample_problem *s, double *error)
{
    const size_t rows[] = {1};
    double got[SAMPLES];
    UM_TRY(open_problem(cx, queue, s, 1, rows));
    um_batch_read_loss(&s->batch, got);
    um_run(queue, UM_KERNEL_LOSS_SUM, s->batch.variant, um_grid_2d(s->batch.ld, 1), UM_U32(s->batch.tiles),
           UM_U32(s->batch.ld), UM_BUF(&s->batch.loss), UM_BUF(&s->states[1]->buffer));
    um_batch_get(&s->batch, s->states[1], s->row);
    UM_TRY(um_queue_finish(queue));
    for (size_t n = 0; n < SAMPLES; n++)
        *error = um_worst(*error, um_worst(fabs(got[n] - s->loss[n]), fabs(s->row[n] - s->loss[n])) / s->loss_scale[n]);
    return UNMIX_OK;
}

/* One step from zero moments moves every log exposure by the rate, against the sign of the gradient. */
static unmix_status adam_step(unmix_context *cx, um_queue *queue, sample_problem *s, double *error)
{
    static const double rate = 0.01, unit = 512.0;
    const size_t rows[] = {1, 1, SOURCES, SOURCES, SOURCES};
    UM_TRY(open_problem(cx, queue, s, 5, rows));
    set_constant(s, s->states[1], rate);
    set_constant(s, s->states[2], unit);
    set_constant(s, s->states[4], 0.0);
    set_constant(s, s->states[5], 0.0);
    for (size_t i = 0; i < SOURCES * SAMPLES; i++)
        s->row[i] = log(s->E[i] / unit);
    um_batch_set(&s->batch, s->states[3], s->row);
    um_run(queue, UM_KERNEL_ADAM_STEP, s->batch.variant, um_batch_step_grid(&s->batch), UM_U32(SOURCES),
           UM_U32(s->batch.ld), UM_U32(s->batch.tiles), UM_U32(SOURCES - 1), UM_REAL_ARGUMENT(0.0),
           UM_REAL_ARGUMENT(0.0), UM_REAL_ARGUMENT(1.0 - UM_ADAM_FIRST), UM_REAL_ARGUMENT(1.0 - UM_ADAM_SECOND), UM_BUF(&s->batch.fold),
           UM_BUF(&s->batch.D), UM_BUF(&s->states[1]->buffer), UM_BUF(&s->states[1]->buffer),
           UM_BUF(&s->states[2]->buffer), UM_BUF(&s->states[3]->buffer), UM_BUF(&s->states[4]->buffer),
           UM_BUF(&s->states[5]->buffer), UM_BUF(&s->states[0]->buffer));
    um_batch_get(&s->batch, s->states[0], s->row);
    UM_TRY(um_queue_finish(queue));
    for (size_t i = 0; i < SOURCES * SAMPLES; i++) {
        const double gradient = s->E[i] * (s->problem.D[i / SAMPLES] - s->fold[i]);
        s->fold[i] = s->E[i] * exp(-rate * gradient / (fabs(gradient) + UM_ADAM_TINY));
    }
    *error = largest_relative(s->row, s->fold, SOURCES * SAMPLES);
    return UNMIX_OK;
}

/* The largest error of the Hessians, relative to each entry: all terms are positive. */
static void compare_gram(const sample_problem *s, const double *H, double *error)
{
    const um_problem *p = &s->problem;
    for (size_t n = 0; n < SAMPLES; n++) {
        double want[SOURCES][SOURCES] = {{0}};
        for (size_t g = 0; g < GENES; g++) {
            const double y = expected(p, g, s->E + n, SAMPLES);
            const double h = um_count_curvature(p->w[g], s->block.value[n * GENES + g], y);
            for (size_t i = 0; i < SOURCES; i++)
                for (size_t j = 0; j <= i; j++)
                    want[i][j] += h * p->A[g * SOURCES + i] * p->A[g * SOURCES + j];
        }
        for (size_t i = 0; i < SOURCES; i++)
            for (size_t j = 0; j <= i; j++)
                *error = um_worst(*error, fabs(H[um_gram_entry(i, j) * SAMPLES + n] / want[i][j] - 1.0));
    }
}

/* With the direction d = E the line search has w k log1p(t y / (y + eps)) of every count and step length t. */
static void compare_line_search(const sample_problem *s, const double *partial, double *error)
{
    const um_problem *p = &s->problem;
    for (size_t n = 0; n < SAMPLES; n++) {
        double want[UM_STEPS] = {0};
        for (size_t g = 0; g < GENES; g++) {
            const double y = expected(p, g, s->E + n, SAMPLES);
            for (size_t step = 0; step < UM_STEPS; step++)
                want[step] -= um_count_gain(p->w[g], s->block.value[n * GENES + g],
                                            um_step_length[step] * y / (y + UM_LIKELIHOOD_EPS));
        }
        for (size_t step = 0; step < UM_STEPS; step++)
            *error = um_worst(*error, fabs(partial[step * SAMPLES + n] / want[step] - 1.0));
    }
}

/* Everything that visits the counts above zero only; `values` has room for the Hessians. */
static unmix_status sparse_sums(um_queue *queue, sample_problem *s, um_gram *gram, um_buffer *h, um_buffer *trial,
                                double *values, double *error)
{
    const um_state fold = {s->batch.fold, SOURCES}, H = {gram->H, um_gram_rows(gram)}, line = {*trial, UM_STEPS};
    double loss[SAMPLES];
    um_batch_read_loss(&s->batch, loss);
    um_batch_get(&s->batch, &fold, s->row);
    um_batch_pass_curvature(&s->batch, s->states[0], h);
    um_gram_form(&s->batch, gram, h);
    um_batch_get(&s->batch, &H, values);
    UM_TRY(um_queue_status(queue));
    *error = largest_relative(s->row, s->fold, SOURCES * SAMPLES);
    /* Zeros come in through D E, which has no eps: the loss is less by eps for each unit of weight. */
    double weight = 0.0;
    for (size_t g = 0; g < GENES; g++)
        weight += s->problem.w[g];
    for (size_t n = 0; n < SAMPLES; n++)
        *error = um_worst(*error, fabs(loss[n] - (s->loss[n] - UM_LIKELIHOOD_EPS * weight)) / s->loss_scale[n]);
    compare_gram(s, values, error);
    um_batch_line_search(&s->batch, s->states[0], &s->states[0]->buffer, trial);
    um_batch_get(&s->batch, &line, values);
    UM_TRY(um_queue_finish(queue));
    compare_line_search(s, values, error);
    return UNMIX_OK;
}

static unmix_status sparse(unmix_context *cx, um_queue *queue, sample_problem *s, double *error)
{
    um_gram gram = {0};
    um_buffer h = {0}, trial = {0};
    double *values = NULL;
    UM_TRY(make_problem(cx, s));
    answer(s);
    UM_TRY(um_batch_open_sparse(cx, &s->batch, queue, &s->problem, s->problem.D, SAMPLES));
    s->states[0] = um_batch_add_state(&s->batch, SOURCES, "self-test");
    um_gram_open(&s->batch, &gram);
    um_buffer_reals(queue, &trial, UM_STEPS * um_batch_width(&s->batch, SAMPLES), "self-test");
    um_queue_fail(queue, UM_ALLOC(cx, &values, um_gram_rows(&gram) * SAMPLES, "self-test"));
    um_batch_load(&s->batch, &s->block, s->column, SAMPLES);
    um_batch_set(&s->batch, s->states[0], s->E);
    um_batch_pass_loss(&s->batch, s->states[0]);
    unmix_status status = um_queue_status(queue);
    if (status == UNMIX_OK)
        status = sparse_sums(queue, s, &gram, &h, &trial, values, error);
    um_gram_close(&gram);
    um_buffer_release(&h);
    um_buffer_release(&trial);
    free(values);
    return status;
}

static unmix_status gram(unmix_context *cx, um_queue *queue, sample_problem *s, double *error)
{
    um_gram gram = {0};
    um_state h = {{0}, 0};
    double *H = NULL;
    unmix_status status = open_problem(cx, queue, s, 0, NULL);
    if (status == UNMIX_OK) {
        um_gram_open(&s->batch, &gram);
        um_buffer_reals(queue, &h.buffer, s->batch.padded_genes * s->batch.width, "self-test");
        um_batch_pass_curvature(&s->batch, s->states[0], &h.buffer);
        um_gram_form(&s->batch, &gram, &h.buffer);
        um_queue_fail(queue, UM_ALLOC(cx, &H, um_gram_rows(&gram) * SAMPLES, "self-test"));
        const um_state view = {gram.H, um_gram_rows(&gram)};
        if (H)
            um_batch_get(&s->batch, &view, H);
        status = um_queue_finish(queue);
    }
    if (status == UNMIX_OK)
        compare_gram(s, H, error);
    free(H);
    um_buffer_release(&h.buffer);
    um_gram_close(&gram);
    return status;
}

/* The largest multiplier of sample n at E (SOURCES values) after scaling to sum D E = T, in double; its log is the gap. */
static double gap_at(const sample_problem *s, size_t n, const double *E)
{
    const um_problem *p = &s->problem;
    double fold[SOURCES] = {0}, T = 0.0, predicted = 0.0, largest = 0.0;
    for (size_t g = 0; g < GENES; g++) {
        const double *a = p->A + g * SOURCES, k = s->block.value[n * GENES + g];
        const double y = expected(p, g, E, 1);
        T += p->w[g] * k;
        for (size_t j = 0; j < SOURCES; j++)
            fold[j] += UM_COUNT_RATIO(p->w[g], k, y) * a[j];
    }
    for (size_t j = 0; j < SOURCES; j++) {
        predicted += p->D[j] * E[j];
        largest = um_worst(largest, fold[j] / p->D[j]);
    }
    return fabs(log(largest * predicted / T));
}

/* The whole exact solver: every sample must come to its optimum, as the host sees it. */
static unmix_status solve(unmix_context *cx, um_queue *queue, sample_problem *s, double *error)
{
    unmix_deconvolve_options options = {.tolerance = 1e-6, .max_iterations = 50};
    double T[SAMPLES] = {0}, E[SOURCES * SAMPLES], unused[4][SAMPLES];
    um_fit fit = {.E = E, .nll = unused[0], .gap = unused[1], .iterations = unused[2], .converged = unused[3]};
    const um_sums sums = {T, T};
    void *state = NULL;
    UM_TRY(make_problem(cx, s));
    for (size_t n = 0; n < SAMPLES; n++)
        for (size_t g = 0; g < GENES; g++)
            T[n] += s->problem.w[g] * s->block.value[n * GENES + g];
    UM_TRY(um_batch_open(cx, &s->batch, queue, &s->problem, s->problem.D, SAMPLES));
    unmix_status status = um_exact_method.open(&s->batch, &options, &state);
    um_batch_load(&s->batch, &s->block, s->column, SAMPLES);
    if (status == UNMIX_OK)
        status = um_exact_method.fit(state, &s->batch, &sums, &fit, 0.0, 1.0);
    um_exact_method.close(state);
    for (size_t n = 0; status == UNMIX_OK && n < SAMPLES; n++)
        *error = um_worst(*error, gap_at(s, n, E + n * SOURCES));
    return status;
}

typedef unmix_status (*step_test)(unmix_context *cx, um_queue *queue, sample_problem *s, double *error);

static unmix_status with_problem(unmix_context *cx, um_queue *queue, step_test test, double *error)
{
    sample_problem *s = NULL;
    *error = 0.0;
    UM_TRY(UM_ALLOC(cx, &s, 1, "self-test"));
    const unmix_status status = test(cx, queue, s, error);
    close_problem(s);
    free(s);
    return status;
}

static unmix_status test_em(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = sum_bound(queue);
    return with_problem(cx, queue, em_step, error);
}

static unmix_status test_loss(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = sum_bound(queue);
    return with_problem(cx, queue, loss, error);
}

static unmix_status test_adam(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = 32.0 * um_queue_eps(queue); /* log and exp of numbers near 1, and b1 = 0.9f in the moments */
    return with_problem(cx, queue, adam_step, error);
}

static unmix_status test_gram(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = 2.0 * sum_bound(queue); /* the weight has yhat squared */
    return with_problem(cx, queue, gram, error);
}

static unmix_status test_exact(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = 1e-6; /* the tolerance that is asked for */
    return with_problem(cx, queue, solve, error);
}

static unmix_status test_sparse(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *bound = sum_bound(queue) + 4.0 * SOURCES * um_queue_eps(queue); /* yhat enters the curvature squared */
    return with_problem(cx, queue, sparse, error);
}

const um_self_test_family um_deconvolve_self_tests[] = {
    {"multipliers and EM step", test_em}, {"Poisson loss", test_loss}, {"Adam step", test_adam},
    {"Gram matrices", test_gram},         {"exact solver", test_exact}, {"sparse counts", test_sparse},
    {"least squares", um_self_test_least_squares}};
const size_t um_deconvolve_self_test_count = sizeof um_deconvolve_self_tests / sizeof um_deconvolve_self_tests[0];
