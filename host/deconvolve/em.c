#include "deconvolve/em.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

enum { LOOK_EVERY = 10, DEFAULT_MAX_ITERATIONS = 1000 };

struct um_em {
    double tolerance;
    double l1;
    long max_iterations;
    um_state *E;
    um_state *active;
    double *previous; /* NLL of each column at its last look */
};

unmix_status um_em_open(um_batch *batch, const unmix_deconvolve_options *options, um_em **em)
{
    UM_TRY(UM_ALLOC(batch->cx, em, 1, "em"));
    um_em *self = *em;
    self->tolerance = options->tolerance;
    self->l1 = options->l1;
    self->max_iterations = options->max_iterations ? options->max_iterations : DEFAULT_MAX_ITERATIONS;
    UM_TRY(UM_ALLOC(batch->cx, &self->previous, batch->capacity, "em"));
    self->E = um_batch_add_state(batch, batch->M, "exposures");
    self->active = um_batch_add_state(batch, 1, "active samples");
    return um_queue_status(batch->queue);
}

void um_em_close(um_em *em)
{
    if (em)
        free(em->previous);
    free(em);
}

static int judge(void *state, const um_look *look, um_fit *fit)
{
    um_em *em = state;
    const double change = fabs(em->previous[look->sample] - look->nll) / LOOK_EVERY;
    const int converged = look->iteration > 0 && change < em->tolerance * (look->nll + 1.0);
    em->previous[look->sample] = look->nll;
    if (converged || look->iteration >= em->max_iterations)
        um_fit_keep(fit, look);
    return converged;
}

static void step(void *state, um_batch *batch, long iteration)
{
    const um_em *em = state;
    (void)iteration;
    um_run(batch->queue, UM_KERNEL_EM_STEP, um_batch_step_grid(batch), UM_U32(batch->M), UM_U32(batch->ld),
           UM_U32(batch->tiles), UM_U32(batch->problem->n_types), UM_REAL_ARGUMENT(em->l1), UM_BUF(&batch->fold),
           UM_BUF(&batch->D), UM_BUF(&em->active->buffer), UM_BUF(&em->E->buffer));
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

unmix_status um_em_fit(um_em *em, um_batch *batch, const double *totals, um_fit *fit, double progress_done,
                       double progress_share)
{
    UM_TRY(start(em, batch, totals));
    const um_method method = {
        .name = "em",
        .look_every = LOOK_EVERY,
        .max_iterations = em->max_iterations,
        .state = em,
        .E = em->E,
        .active = em->active,
        .judge = judge,
        .step = step,
    };
    return um_iterate(batch, &method, fit, progress_done, progress_share);
}
