/*
 * The exact solver: sequential quadratic programming, one small problem per sample, all samples at once.
 *
 *   20 EM passes; then, until the gap of a sample is below the tolerance:
 *   fold, h = w k / yhat^2;  gap = log max_j m_j;  H = sum_g h_g a_g a_g';  min 1/2 d'Hd + g'd, d >= -tau E;
 *   line search over four step lengths in one pass, else an EM step;  E scaled to sum_j D_j E_j = T.
 */
#include "deconvolve/solve/exact.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "device/trust.h"

enum { EM_PASSES = 20 };

/*
 * Most samples need 4 to 8 steps. One that is not done after so many is beyond single precision: it gets the careful
 * kernels, which compute in double from the same numbers.
 */
enum { CAREFUL_AFTER = 10 };

static void allocate(um_exact *x, um_batch *batch)
{
    const size_t width = um_batch_width(batch, batch->capacity), M = batch->M;
    um_queue *q = batch->queue;
    x->E = um_batch_add_state(batch, M, "exposures");
    x->D = um_batch_add_state(batch, M, "scales of the sources");
    x->T = um_batch_add_state(batch, 1, "totals");
    x->active = um_batch_add_state(batch, 1, "active samples");
    um_batch_reserve_curvature(batch, &x->h);
    um_gram_open(batch, &x->gram);
    um_buffer_reals(q, &x->fold, M * width, "multipliers");
    um_buffer_reals(q, &x->d, M * width, "directions");
    um_buffer_reals(q, &x->top, width, "gaps");
    um_buffer_reals(q, &x->slope, width, "slopes");
    um_buffer_reals(q, &x->decrease, width, "decreases");
    um_buffer_reals(q, &x->trial, (size_t)batch->tiles * UM_STEPS * width, "step lengths");
    const size_t rows = um_gram_rows(&x->gram);
    um_buffer_allocate(q, &x->W, um_product_size(rows * width, sizeof(double), 1), "quadratic programs");
    um_buffer_allocate(q, &x->work, um_product_size((6 * M + rows) * width, sizeof(double), 1), "quadratic programs");
}

static unmix_status open_exact(um_batch *batch, const unmix_deconvolve_options *options, void **state)
{
    um_exact *x = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &x, 1, "exact"));
    *state = x;
    x->tolerance = options->tolerance;
    x->max_steps = options->max_iterations;
    UM_TRY(UM_ALLOC(batch->cx, &x->values, batch->capacity * batch->M, "exact"));
    UM_TRY(UM_ALLOC(batch->cx, &x->keep, batch->capacity, "exact"));
    allocate(x, batch);
    return um_queue_status(batch->queue);
}

static void close_exact(void *state)
{
    um_exact *x = state;
    if (!x)
        return;
    um_gram_close(&x->gram);
    um_buffer *buffers[] = {&x->h, &x->fold, &x->d, &x->top, &x->slope, &x->decrease, &x->trial, &x->W, &x->work};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    free(x->values);
    free(x->keep);
    free(x);
}

/* Everything from T is spread evenly: E_j = T / sum D. */
static void start_even(um_exact *x, um_batch *batch, const double *T)
{
    const size_t n = batch->count, M = batch->M;
    double all = 0.0;
    for (size_t j = 0; j < M; j++)
        all += batch->problem->D[j];
    for (size_t j = 0; j < M; j++)
        for (size_t i = 0; i < n; i++)
            x->values[j * n + i] = T[batch->column[i]] / all;
    um_batch_set(batch, x->E, x->values);
}

/* Near a solution, but inside: a source at zero gets a thousandth of its share, scaled to sum_j D_j E_j = T. */
static void start_near(um_exact *x, um_batch *batch, const double *E, const double *D, const double *T)
{
    const size_t n = batch->count, M = batch->M;
    for (size_t i = 0; i < n; i++) {
        const double *solution = E + batch->column[i] * M, total = T[batch->column[i]];
        double predicted = 0.0;
        for (size_t j = 0; j < M; j++) {
            x->values[j * n + i] = fmax(solution[j], 1e-3 * total / (D[j] * (double)M));
            predicted += D[j] * x->values[j * n + i];
        }
        for (size_t j = 0; j < M; j++)
            x->values[j * n + i] *= total / predicted;
    }
    um_batch_set(batch, x->E, x->values);
}

/* D and T of each sample, and everyone active. */
static void start_scales(um_exact *x, um_batch *batch, const double *D, const double *T)
{
    const size_t n = batch->count, M = batch->M;
    for (size_t j = 0; j < M; j++)
        for (size_t i = 0; i < n; i++)
            x->values[j * n + i] = D[j];
    um_batch_set(batch, x->D, x->values);
    for (size_t i = 0; i < n; i++)
        x->values[i] = T[batch->column[i]];
    um_batch_set(batch, x->T, x->values);
    for (size_t i = 0; i < n; i++) {
        x->values[i] = 1.0;
        x->keep[i] = 1;
    }
    um_batch_set(batch, x->active, x->values);
    x->live = n;
}

void um_exact_em_passes(um_exact *x, um_batch *batch)
{
    for (int pass = 0; pass < EM_PASSES; pass++) {
        um_batch_pass(batch, x->E);
        um_run(batch->queue, UM_KERNEL_EM_STEP, batch->variant, um_batch_step_grid(batch), UM_U32(batch->M),
               UM_U32(batch->ld), UM_U32(batch->tiles), UM_U32(0), UM_REAL_ARGUMENT(0.0), UM_BUF(&batch->fold),
               UM_BUF(&batch->D), UM_BUF(&x->active->buffer), UM_BUF(&x->E->buffer));
    }
}

/* Whether step number `steps` takes the careful kernels; in double precision the ordinary ones are as good. */
static int is_careful(const um_batch *batch, long steps)
{
    return steps >= CAREFUL_AFTER && !batch->sparse.used && um_queue_real_size(batch->queue) == sizeof(float) &&
           um_queue_info(batch->queue)->has_double;
}

void um_exact_evaluate(um_exact *x, um_batch *batch)
{
    if (x->careful)
        um_run(batch->queue, UM_KERNEL_CURVATURE_CAREFUL, batch->variant, um_grid_2d(batch->ld, batch->tiles),
               UM_U32(batch->M), UM_U32(batch->ld), UM_BUF(&batch->A), UM_BUF(&batch->w), UM_BUF(&batch->k),
               UM_BUF(&x->E->buffer), UM_BUF(&batch->fold), UM_BUF(&x->h));
    else
        um_batch_pass_curvature(batch, x->E, &x->h);
    um_run(batch->queue, UM_KERNEL_FOLD_SUM, batch->variant, um_grid_2d(batch->ld, 1), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_BUF(&batch->fold), UM_BUF(&x->D->buffer), UM_BUF(&x->T->buffer),
           UM_BUF(&x->E->buffer), UM_BUF(&x->fold), UM_BUF(&x->top));
}

/* The Hessians of all samples. */
static void form_hessians(um_exact *x, um_batch *batch)
{
    if (x->careful)
        um_run(batch->queue, UM_KERNEL_GRAM_CAREFUL, batch->variant, um_grid_2d(batch->ld, x->gram.blocks),
               UM_U32(batch->M), UM_U32(batch->ld), UM_U32(batch->padded_genes), UM_BUF(&batch->A), UM_BUF(&x->h),
               UM_BUF(&x->W));
    else
        um_gram_form(batch, &x->gram, &x->h);
}

void um_exact_programs(um_exact *x, um_batch *batch)
{
    /* Above the rounding of the Hessians, which are summed over tiles of 256 genes. */
    const double ridge = x->careful || um_queue_real_size(batch->queue) == sizeof(double) ? 1e-12 : 1e-6;
    um_run(batch->queue, UM_KERNEL_QP, batch->variant, um_grid_2d(batch->ld, 1), UM_U32(batch->M), UM_U32(batch->ld),
           UM_U32(x->careful), UM_REAL_ARGUMENT(ridge), UM_BUF(&x->gram.H), UM_BUF(&x->W), UM_BUF(&x->D->buffer),
           UM_BUF(&x->fold), UM_BUF(&x->E->buffer), UM_BUF(&x->top), UM_BUF(&x->work), UM_BUF(&x->d), UM_BUF(&x->slope),
           UM_BUF(&x->decrease));
}

void um_exact_search(um_exact *x, um_batch *batch)
{
    um_batch_line_search(batch, x->E, &x->d, &x->trial);
}

/* One SQP step from what um_exact_evaluate() left. */
static void step(um_exact *x, um_batch *batch)
{
    form_hessians(x, batch);
    um_exact_programs(x, batch);
    um_exact_search(x, batch);
    um_run(batch->queue, UM_KERNEL_SQP_UPDATE, batch->variant, um_grid_2d(batch->ld, 1), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_BUF(&x->trial), UM_BUF(&x->D->buffer), UM_BUF(&x->T->buffer),
           UM_BUF(&x->fold), UM_BUF(&x->d), UM_BUF(&x->slope), UM_BUF(&x->decrease), UM_BUF(&x->active->buffer),
           UM_BUF(&x->E->buffer));
}

/* Keeps the exposures of samples that are done and lets them go; half of the tolerance is left to the last evaluation. */
static unmix_status judge(um_exact *x, um_batch *batch, um_fit *fit, long steps)
{
    const size_t n = batch->count, M = batch->M;
    double *top = x->values;
    um_batch_read_row(batch, &x->top, top);
    UM_TRY(um_queue_status(batch->queue));
    size_t done = 0;
    for (size_t i = 0; i < n; i++) {
        if (!x->keep[i])
            continue;
        UM_TRY(um_trust(batch->queue, &top[i], 1, "the multipliers of exact"));
        const size_t s = batch->column[i];
        fit->converged[s] = log(top[i]) <= 0.5 * x->tolerance;
        fit->iterations[s] = (double)steps;
        fit->gap[s] = fmax(log(top[i]), 0.0); /* below 0 by rounding, and by what the eps of the loss takes */
        if (fit->converged[s] > 0.0 || steps >= x->max_steps) {
            x->keep[i] = 2; /* done in this look */
            done++;
        }
    }
    if (!done)
        return UNMIX_OK;
    x->live -= done;
    um_batch_get(batch, x->E, x->values);
    UM_TRY(um_queue_status(batch->queue));
    for (size_t i = 0; i < n; i++)
        if (x->keep[i] == 2) {
            double *E = fit->E + batch->column[i] * M;
            for (size_t j = 0; j < M; j++)
                E[j] = x->values[j * n + i];
            UM_TRY(um_trust(batch->queue, E, M, "the exposures of exact"));
            x->keep[i] = 0;
        }
    return um_batch_let_go(batch, x->active, x->keep, x->live);
}

static unmix_status run(um_exact *x, um_batch *batch, um_fit *fit, double progress_done, double progress_share)
{
    const size_t total = batch->count;
    for (long steps = 0;; steps++) {
        x->careful = is_careful(batch, steps);
        um_exact_evaluate(x, batch);
        const size_t before = batch->count;
        UM_TRY(judge(x, batch, fit, steps));
        UM_TRY(um_progress(batch->cx, progress_done + progress_share * (double)(total - x->live) / (double)total,
                           "exact: %ld steps, %zu of %zu samples done", steps, total - x->live, total));
        if (!x->live)
            return um_queue_finish(batch->queue);
        if (batch->count < before)
            um_exact_evaluate(x, batch); /* what it left was laid out for the larger batch */
        step(x, batch);
    }
}

void um_exact_start(um_exact *x, um_batch *batch, const double *T)
{
    start_even(x, batch, T);
    start_scales(x, batch, batch->problem->D, T);
}

static unmix_status fit_exact(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share)
{
    um_exact *x = state;
    um_exact_start(x, batch, sums->T);
    um_exact_em_passes(x, batch);
    UM_TRY(um_queue_status(batch->queue));
    return run(x, batch, fit, done, share);
}

unmix_status um_exact_refit(void *state, um_batch *batch, const double *E, const double *D, const double *T, um_fit *fit)
{
    um_exact *x = state;
    start_near(x, batch, E, D, T);
    start_scales(x, batch, D, T);
    UM_TRY(um_queue_status(batch->queue));
    return run(x, batch, fit, 0.0, 1.0);
}

static const unmix_method_option options[] = {
    {"tolerance", "a sample stops when its gap is below this"},
    {"max-iterations", ""},
    {"bootstrap", ""},
    {"permutations", ""},
    {NULL, NULL},
};

const um_method um_exact_method = {
    .traits = {.method = UNMIX_METHOD_EXACT,
               .name = "exact",
               .description = "the optimum itself, with a proven bound for each sample",
               .objective = UM_LIKELIHOOD_TEXT,
               .options = options,
               .tolerance = {1e-6, 1e-9},
               .max_iterations = 100,
               .intercept = 1,
               .gap = 1,
               .errors = 1},
    .open = open_exact,
    .fit = fit_exact,
    .close = close_exact,
};
