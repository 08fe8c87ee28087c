#include "deconvolve/solve/iterate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "device/trust.h"

typedef struct looks {
    double *nll;         /* count */
    double *gap;         /* count */
    double *E;           /* M x count */
    unsigned char *keep; /* count: 1 while the sample iterates */
    size_t live;
    size_t total;
} looks;

static void looks_clear(looks *l)
{
    free(l->nll);
    free(l->gap);
    free(l->E);
    free(l->keep);
}

static unmix_status looks_open(unmix_context *cx, looks *l, const um_batch *batch)
{
    UM_TRY(UM_ALLOC(cx, &l->nll, batch->count, "iteration"));
    UM_TRY(UM_ALLOC(cx, &l->gap, batch->count, "iteration"));
    UM_TRY(UM_ALLOC(cx, &l->E, batch->count * batch->M, "iteration"));
    UM_TRY(UM_ALLOC(cx, &l->keep, batch->count, "iteration"));
    for (size_t i = 0; i < batch->count; i++) {
        l->keep[i] = 1;
        l->gap[i] = NAN;
    }
    l->live = l->total = batch->count;
    return UNMIX_OK;
}

void um_fit_keep(um_fit *fit, const um_look *look)
{
    for (size_t j = 0; j < look->M; j++)
        fit->E[look->sample * look->M + j] = look->E[j * look->stride];
    fit->nll[look->sample] = look->nll;
}

/* The losses of the samples that iterate. A method may leave the range of numbers by itself, but not in its first steps. */
static unmix_status check_losses(um_batch *batch, const um_iteration *how, const looks *l, long iteration)
{
    char what[64];
    (void)snprintf(what, sizeof what, "the losses of %s", how->name);
    for (size_t i = 0; iteration <= how->sure && i < batch->count; i++)
        if (l->keep[i])
            UM_TRY(um_trust(batch->queue, &l->nll[i], 1, what));
    return UNMIX_OK;
}

static void judge_all(um_batch *batch, const um_iteration *how, um_fit *fit, looks *l, long iteration)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (!l->keep[i])
            continue;
        const um_look look = {batch->column[i], iteration, l->nll[i], l->gap[i], l->E + i, batch->M, batch->count};
        const int converged = how->judge(how->state, &look, fit);
        fit->iterations[look.sample] = (double)iteration;
        fit->converged[look.sample] = converged;
        if (converged || iteration >= how->max_iterations) {
            l->keep[i] = 0;
            l->live--;
        }
    }
}

static unmix_status look(um_batch *batch, const um_iteration *how, um_fit *fit, looks *l, long iteration)
{
    um_batch_read_loss(batch, l->nll);
    if (how->gaps)
        how->gaps(how->state, batch, l->gap);
    um_batch_get(batch, how->E, l->E);
    UM_TRY(um_queue_status(batch->queue));
    UM_TRY(check_losses(batch, how, l, iteration));
    if (how->looked)
        how->looked(how->state, l->nll, batch->count, iteration);
    const size_t live = l->live, count = batch->count;
    judge_all(batch, how, fit, l, iteration);
    if (l->live < live)
        UM_TRY(um_batch_let_go(batch, how->active, l->keep, l->live));
    if (how->judged && l->live)
        how->judged(how->state, batch);
    if (l->live && batch->count < count)
        um_batch_pass_loss(batch, how->E); /* the sums of the pass were laid out for the larger batch */
    return um_queue_status(batch->queue);
}

static unmix_status run(um_batch *batch, const um_iteration *how, um_fit *fit, looks *l, double done, double share)
{
    for (long iteration = 0; l->live; iteration++) {
        const long since = iteration - how->look_first;
        const int looking = (since >= 0 && since % how->look_every == 0) || iteration >= how->max_iterations;
        if (looking || how->loss_in_every_pass)
            um_batch_pass_loss(batch, how->E);
        else
            um_batch_pass(batch, how->E);
        if (looking) {
            UM_TRY(look(batch, how, fit, l, iteration));
            const size_t finished = l->total - l->live;
            UM_TRY(um_progress(batch->cx, done + share * (double)finished / (double)l->total,
                               "%s: %ld iterations, %zu of %zu samples done", how->name, iteration, finished, l->total));
        }
        if (l->live)
            how->step(how->state, batch, iteration + 1);
    }
    return um_queue_finish(batch->queue);
}

unmix_status um_iterate(um_batch *batch, const um_iteration *how, um_fit *fit, double progress_done, double progress_share)
{
    looks l = {0};
    unmix_status status = looks_open(batch->cx, &l, batch);
    if (status == UNMIX_OK)
        status = run(batch, how, fit, &l, progress_done, progress_share);
    looks_clear(&l);
    return status;
}
