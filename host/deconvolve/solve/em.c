/*
 * Expectation-maximisation: E_j <- E_j m_j, m_j = fold_j / D_j. The log-likelihood never decreases.
 * Start E = total counts / C, intercept 0.05 total counts. A sample stops when |change of NLL| per iteration is below
 * tolerance x (NLL + 1), looked at every 10 iterations.
 */
#include "deconvolve/solve/iterate.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

enum { LOOK_EVERY = 10 };

typedef struct um_em {
    double tolerance;
    double l1;
    long max_iterations;
    um_state *E;
    um_state *active;
    double *previous; /* NLL of each column at its last look */
} um_em;

static unmix_status open_em(um_batch *batch, const unmix_deconvolve_options *options, void **state)
{
    um_em *self = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &self, 1, "em"));
    *state = self;
    self->tolerance = options->tolerance;
    self->l1 = options->l1;
    self->max_iterations = options->max_iterations;
    UM_TRY(UM_ALLOC(batch->cx, &self->previous, batch->capacity, "em"));
    self->E = um_batch_add_state(batch, batch->M, "exposures");
    self->active = um_batch_add_state(batch, 1, "active samples");
    return um_queue_status(batch->queue);
}

static void close_em(void *state)
{
    um_em *em = state;
    if (em)
        free(em->previous);
    free(em);
}

static int judge(void *state, const um_look *look, um_fit *fit)
{
    um_em *em = state;
    const double change = fabs(em->previous[look->sample] - look->nll) / LOOK_EVERY;
    const int whole = look->iteration > 0 && look->iteration % LOOK_EVERY == 0; /* not cut off between two looks */
    const int converged = whole && change < em->tolerance * (look->nll + 1.0);
    em->previous[look->sample] = look->nll;
    if (converged || look->iteration >= em->max_iterations)
        um_fit_keep(fit, look);
    return converged;
}

static void step(void *state, um_batch *batch, long iteration)
{
    const um_em *em = state;
    (void)iteration;
    um_run(batch->queue, UM_KERNEL_EM_STEP, batch->variant, um_batch_step_grid(batch), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_U32(batch->problem->n_types), UM_REAL_ARGUMENT(em->l1),
           UM_BUF(&batch->fold), UM_BUF(&batch->D), UM_BUF(&em->active->buffer), UM_BUF(&em->E->buffer));
}

/* E_j = total / C, intercept 0.05 total. */
static unmix_status start(um_em *em, um_batch *batch, const double *totals)
{
    double *values = NULL;
    const size_t C = batch->problem->n_types, n = batch->count;
    UM_TRY(UM_ALLOC(batch->cx, &values, batch->M * n, "exposures"));
    for (size_t j = 0; j < batch->M; j++)
        for (size_t i = 0; i < n; i++)
            values[j * n + i] = totals[batch->column[i]] * (j < C ? 1.0 / (double)C : 0.05);
    um_batch_set(batch, em->E, values);
    for (size_t i = 0; i < n; i++)
        values[i] = 1.0;
    um_batch_set(batch, em->active, values);
    free(values);
    return um_queue_status(batch->queue);
}

static unmix_status fit_em(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share)
{
    um_em *em = state;
    UM_TRY(start(em, batch, sums->total));
    const um_iteration how = {
        .name = "em",
        .look_every = LOOK_EVERY,
        .max_iterations = em->max_iterations,
        .sure = LONG_MAX,
        .state = em,
        .E = em->E,
        .active = em->active,
        .judge = judge,
        .step = step,
    };
    return um_iterate(batch, &how, fit, done, share);
}

static const unmix_method_option options[] = {
    {"tolerance", UM_LOSS_TOLERANCE_TEXT},
    {"max-iterations", ""},
    {"l1", "reads taken off at each step"},
    {"m-step", "counts is the update as viewmastR publishes it, for comparison; it ignores lengths"},
    {"bootstrap", ""},
    {"permutations", ""},
    {NULL, NULL},
};

const um_method um_em_method = {
    .traits = {.method = UNMIX_METHOD_EM,
               .name = "em",
               .description = "the same optimum by expectation-maximisation",
               .objective = UM_LIKELIHOOD_TEXT,
               .options = options,
               .tolerance = {1e-6, 1e-6},
               .max_iterations = 1000,
               .intercept = 1,
               .nll = 1,
               .errors = 1},
    .open = open_em,
    .fit = fit_em,
    .close = close_em,
};
