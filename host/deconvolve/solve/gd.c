/*
 * Gradient descent: E = E0 exp(theta), Adam on theta with the analytic gradient E_j D_j (1 - m_j).
 *
 * Phase 1, the null model, has its optimum in closed form: E0 = T / D_M (without an intercept T / sum_j D_j).
 * Phase 2 starts at theta ~ Normal(start exposure, 0.1) for the types, keyed by (seed, name of the type), and 0 for the intercept.
 * Loss = NLL + l1 (NLL/100) sum E/E0 + l2 (NLL/100) sum (E/E0)^2 over the types. Looked at every 100 steps: a sample
 * stops when the relative change of its loss is below the tolerance and that of its sparsity below 1e-4; the rate halves
 * when the loss rose; the result is the look with the lowest loss.
 */
#include "deconvolve/solve/iterate.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/random.h"
#include "device/constants.h"

enum { LOOK_EVERY = 100 };

static const double start_sd = 0.1;
static const double present = 1e-4;            /* share of a sample's total above which a type counts as present */
static const double sparsity_tolerance = 1e-4;

/*
 * A step of Adam moves theta by (1 - b1) / sqrt(1 - b2) = 3.2 rates at most; a theta of 20 takes no E of real data out of
 * the range of single precision, squared gradients included. A larger rate can get there by itself.
 */
static const double most_per_step = 3.2, room = 20.0;

typedef struct um_gd {
    double tolerance, l1, l2, learning_rate;
    long max_iterations;
    size_t n_types;
    double *theta_start; /* M */
    um_state *E, *active, *E0, *theta, *first, *second, *rate, *loss;
    /* For each column of the block: */
    double *unit;     /* E0 */
    double *rate_now;
    double *last;     /* loss at the last look */
    double *best;     /* lowest loss */
    double *sparsity; /* at the last look */
} um_gd;

static unmix_status draw_start(unmix_context *cx, um_gd *gd, const um_problem *problem,
                               const unmix_deconvolve_options *options)
{
    UM_TRY(UM_ALLOC(cx, &gd->theta_start, problem->n_sources, "gd"));
    for (size_t j = 0; j < problem->n_types; j++) {
        um_random random;
        um_random_start(&random, options->seed, "gd exposures", um_name(&problem->types, j));
        gd->theta_start[j] = options->start_exposure + start_sd * um_random_normal(&random);
    }
    return UNMIX_OK; /* the intercept starts at 0 */
}

static unmix_status open_gd(um_batch *batch, const unmix_deconvolve_options *options, void **state)
{
    um_gd *self = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &self, 1, "gd"));
    *state = self;
    self->tolerance = options->tolerance;
    self->l1 = options->l1;
    self->l2 = options->l2;
    self->learning_rate = options->learning_rate;
    self->max_iterations = options->max_iterations;
    self->n_types = batch->problem->n_types;
    UM_TRY(draw_start(batch->cx, self, batch->problem, options));
    double **arrays[] = {&self->unit, &self->rate_now, &self->last, &self->best, &self->sparsity};
    for (size_t a = 0; a < sizeof arrays / sizeof arrays[0]; a++)
        UM_TRY(UM_ALLOC(batch->cx, arrays[a], batch->capacity, "gd"));
    self->E = um_batch_add_state(batch, batch->M, "exposures");
    self->theta = um_batch_add_state(batch, batch->M, "log exposures");
    self->first = um_batch_add_state(batch, batch->M, "first moments");
    self->second = um_batch_add_state(batch, batch->M, "second moments");
    self->active = um_batch_add_state(batch, 1, "active samples");
    self->E0 = um_batch_add_state(batch, 1, "units");
    self->rate = um_batch_add_state(batch, 1, "learning rates");
    self->loss = um_batch_add_state(batch, 1, "losses");
    return um_queue_status(batch->queue);
}

static void close_gd(void *state)
{
    um_gd *gd = state;
    if (!gd)
        return;
    free(gd->theta_start);
    free(gd->unit);
    free(gd->rate_now);
    free(gd->last);
    free(gd->best);
    free(gd->sparsity);
    free(gd);
}

/* The penalised loss and the share of types that are present. */
static double loss_of(const um_gd *gd, const um_look *look, double *sparsity)
{
    double sum = 0.0, squares = 0.0, total = 0.0;
    size_t n_present = 0;
    for (size_t j = 0; j < look->M; j++)
        total += look->E[j * look->stride];
    for (size_t j = 0; j < gd->n_types; j++) {
        const double e = look->E[j * look->stride], x = e / gd->unit[look->sample];
        sum += x;
        squares += x * x;
        n_present += e > present * total;
    }
    *sparsity = (double)n_present / (double)gd->n_types;
    return look->nll * (1.0 + 0.01 * (gd->l1 * sum + gd->l2 * squares));
}

static int judge(void *state, const um_look *look, um_fit *fit)
{
    um_gd *gd = state;
    const size_t s = look->sample;
    double sparsity = 0.0;
    const double loss = loss_of(gd, look, &sparsity), last = gd->last[s];
    const int first = look->iteration == 0;
    if (first || loss < gd->best[s]) {
        gd->best[s] = loss;
        um_fit_keep(fit, look);
    }
    if (!first && loss > last)
        gd->rate_now[s] *= 0.5;
    const int converged = !first && fabs(last - loss) < gd->tolerance * loss &&
                          fabs(sparsity - gd->sparsity[s]) < sparsity_tolerance;
    gd->last[s] = loss;
    gd->sparsity[s] = sparsity;
    return converged;
}

static void judged(void *state, um_batch *batch)
{
    const um_gd *gd = state;
    double *rate = NULL;
    um_queue_fail(batch->queue, UM_ALLOC(batch->cx, &rate, batch->count, "learning rates"));
    for (size_t i = 0; rate && i < batch->count; i++)
        rate[i] = gd->rate_now[batch->column[i]];
    if (rate)
        um_batch_set(batch, gd->rate, rate);
    free(rate);
}

static void step(void *state, um_batch *batch, long iteration)
{
    const um_gd *gd = state;
    const double c1 = 1.0 - pow(UM_ADAM_FIRST, (double)iteration), c2 = 1.0 - pow(UM_ADAM_SECOND, (double)iteration);
    if (gd->l1 > 0.0 || gd->l2 > 0.0)
        um_run(batch->queue, UM_KERNEL_LOSS_SUM, batch->variant, um_grid_2d(batch->ld, 1), UM_U32(batch->tiles),
               UM_U32(batch->ld), UM_BUF(&batch->loss), UM_BUF(&gd->loss->buffer));
    um_run(batch->queue, UM_KERNEL_ADAM_STEP, batch->variant, um_batch_step_grid(batch), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_U32(gd->n_types), UM_REAL_ARGUMENT(gd->l1),
           UM_REAL_ARGUMENT(gd->l2), UM_REAL_ARGUMENT(c1), UM_REAL_ARGUMENT(c2), UM_BUF(&batch->fold),
           UM_BUF(&batch->D), UM_BUF(&gd->loss->buffer), UM_BUF(&gd->rate->buffer), UM_BUF(&gd->E0->buffer),
           UM_BUF(&gd->theta->buffer), UM_BUF(&gd->first->buffer), UM_BUF(&gd->second->buffer), UM_BUF(&gd->E->buffer));
}

/* theta, E and the moments of the samples in the batch at the start. `values` has room for M x count. */
static void start_states(um_gd *gd, um_batch *batch, double *values)
{
    const size_t n = batch->count, M = batch->M;
    for (size_t j = 0; j < M; j++)
        for (size_t i = 0; i < n; i++)
            values[j * n + i] = gd->theta_start[j];
    um_batch_set(batch, gd->theta, values);
    for (size_t j = 0; j < M; j++)
        for (size_t i = 0; i < n; i++)
            values[j * n + i] = gd->unit[batch->column[i]] * exp(gd->theta_start[j]);
    um_batch_set(batch, gd->E, values);
    for (size_t i = 0; i < M * n; i++)
        values[i] = 0.0;
    um_batch_set(batch, gd->first, values);
    um_batch_set(batch, gd->second, values);
    for (size_t i = 0; i < n; i++)
        values[i] = 1.0;
    um_batch_set(batch, gd->active, values);
    um_batch_set(batch, gd->loss, values);
    for (size_t i = 0; i < n; i++)
        values[i] = gd->unit[batch->column[i]];
    um_batch_set(batch, gd->E0, values);
}

static unmix_status start(um_gd *gd, um_batch *batch, const double *T)
{
    const um_problem *problem = batch->problem;
    double all = 0.0, *values = NULL;
    for (size_t j = 0; j < problem->n_sources; j++)
        all += problem->D[j];
    const double divisor = problem->n_sources > problem->n_types ? problem->D[problem->n_types] : all;
    for (size_t i = 0; i < batch->count; i++) {
        gd->unit[batch->column[i]] = T[batch->column[i]] / divisor;
        gd->rate_now[batch->column[i]] = gd->learning_rate;
    }
    UM_TRY(UM_ALLOC(batch->cx, &values, batch->M * batch->count, "exposures"));
    start_states(gd, batch, values);
    free(values);
    return um_queue_status(batch->queue);
}

static unmix_status fit_gd(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share)
{
    um_gd *gd = state;
    UM_TRY(start(gd, batch, sums->T));
    const um_iteration how = {
        .name = "gd",
        .look_every = LOOK_EVERY,
        .max_iterations = gd->max_iterations,
        .sure = (long)fmin(room / (most_per_step * gd->learning_rate), (double)gd->max_iterations),
        .loss_in_every_pass = gd->l1 > 0.0 || gd->l2 > 0.0,
        .state = gd,
        .E = gd->E,
        .active = gd->active,
        .judge = judge,
        .judged = judged,
        .step = step,
    };
    return um_iterate(batch, &how, fit, done, share);
}

static const unmix_method_option options[] = {
    {"tolerance", UM_LOSS_TOLERANCE_TEXT},
    {"max-iterations", ""},
    {"l1", "1 is about 1% of the loss"},
    {"l2", "1 is about 1% of the loss"},
    {"learning-rate", "first step size"},
    {"start-exposure", "log of the exposures at the start, where the background alone is 0"},
    {"bootstrap", ""},
    {NULL, NULL},
};

const um_method um_gd_method = {
    .traits = {.method = UNMIX_METHOD_GD,
               .name = "gd",
               .description = "the same optimum by gradient descent (Adam)",
               .objective = UM_LIKELIHOOD_TEXT,
               .options = options,
               .tolerance = {1e-6, 1e-6},
               .max_iterations = 10000,
               .intercept = 1,
               .nll = 1,
               .errors = 1},
    .open = open_gd,
    .fit = fit_gd,
    .close = close_gd,
};
