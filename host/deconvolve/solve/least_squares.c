/*
 * Non-negative least squares (nnls), and MuSiC's iterated weights for it (music), on the molecules Y = s k / c of a
 * sample scaled to sum 100. The model is Y_g = sum_j D_gj q_j with the basis D of a reference, or signatures; the
 * signatures of the problem are D with columns divided by their sums, so x_j = q_j sum_j is an exposure in units of Y.
 *
 *   q0 = NNLS(1);  weight_g = 1 / (nu + r_g^2 + sum_c (q_c S_c)^2 variance_gc);  q = NNLS(weight);  p = q / sum q
 *   again, until sum |p - p before| < tolerance
 *
 * r = Y - D q; with music_compat r^2 is multiplied by the weight before it, as MuSiC's code does. Then
 *
 *   R^2 = 1 - var(Y - D q) / var(Y)      var p = diag((D'WD)^+) mean(weight r^2) / (sum q)^2
 *
 * Genes without counts take no part in a sample. Weights, Gram matrices and right-hand sides of all samples are formed
 * on the device (least_squares_stage.h); the problems of C unknowns that are left are solved on the host.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "deconvolve/solve/least_squares_stage.h"
#include "deconvolve/solve/method.h"
#include "linalg/small.h"

/* A Gram matrix with a smaller eigenvalue (relative, unit diagonal) is singular. */
static const double singular_below = 1e-12;

static unmix_status open_any(um_batch *batch, const unmix_deconvolve_options *options, int weighted, void **state)
{
    um_least_squares *l = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &l, 1, "least squares"));
    *state = l;
    l->tolerance = options->tolerance;
    l->max_iterations = options->max_iterations;
    l->weighted = weighted;
    l->compat = options->music_compat;
    return um_ls_open(l, batch);
}

static unmix_status open_music(um_batch *batch, const unmix_deconvolve_options *options, void **state)
{
    return open_any(batch, options, 1, state);
}

static unmix_status open_nnls(um_batch *batch, const unmix_deconvolve_options *options, void **state)
{
    return open_any(batch, options, 0, state);
}

static void close_any(void *state)
{
    if (state)
        um_ls_close(state);
    free(state);
}

static void solve_part(void *state, unsigned thread)
{
    um_least_squares *l = state;
    const size_t M = l->batch->M, width = l->batch->width, n = l->batch->count;
    double *matrix = l->matrix + thread * M * M, *rhs = l->nnls[thread].z;
    for (size_t i = n * thread / l->threads; i < n * (thread + 1) / l->threads; i++) {
        if (!l->keep[i])
            continue;
        um_ls_take_gram(l, i, matrix);
        for (size_t j = 0; j < M; j++) /* z is free until the solver has taken it over */
            rhs[j] = l->rhs[j * width + i];
        um_nnls_solve(&l->nnls[thread], matrix, rhs, l->solution + i * M);
    }
}

static void solve_all(um_least_squares *l)
{
    um_parallel(l->threads, solve_part, l);
}

/* p = q / sum q with q_j = x_j / size_j; returns sum q. */
static double proportions(const um_problem *problem, const double *x, double *p)
{
    double all = 0.0;
    for (size_t j = 0; j < problem->n_types; j++) {
        p[j] = problem->cell_size ? x[j] / problem->cell_size[j] : x[j];
        all += p[j];
    }
    for (size_t j = 0; j < problem->n_types; j++)
        p[j] /= all;
    return all;
}

/* How far the proportions moved; they take the place of those before. */
static double update_p(const um_problem *problem, const double *x, double *before, double *room)
{
    double moved = 0.0;
    (void)proportions(problem, x, room);
    for (size_t j = 0; j < problem->n_types; j++) {
        moved += fabs(room[j] - before[j]);
        before[j] = room[j];
    }
    return moved;
}

/* E of a sample in reads: x in units of Y over the scale. */
static void keep_exposures(const um_least_squares *l, const um_batch *batch, size_t i, double *E)
{
    for (size_t j = 0; j < batch->M; j++)
        E[batch->column[i] * batch->M + j] = l->solution[i * batch->M + j] / l->scale[i];
}

/* R^2 and the variances of sample i from its moments and its Gram matrix. */
static unmix_status keep_quality(um_least_squares *l, um_batch *batch, size_t i, um_fit *fit)
{
    const size_t M = batch->M, width = batch->width, column = batch->column[i];
    double m[UM_LS_MOMENTS], *p = l->nnls[0].z, *inverse = l->matrix;
    for (size_t k = 0; k < UM_LS_MOMENTS; k++)
        m[k] = l->sums[k * width + i];
    const double spread = m[2] - m[1] * m[1] / m[0], left = m[4] - m[3] * m[3] / m[0];
    fit->r2[column] = spread > 0.0 ? 1.0 - left / spread : NAN;
    um_ls_take_gram(l, i, inverse);
    UM_TRY(um_small_inverse(batch->cx, inverse, M, singular_below, NULL, NULL));
    const double all = proportions(batch->problem, l->solution + i * M, p);
    for (size_t j = 0; j < M; j++) {
        const double size = batch->problem->cell_size ? batch->problem->cell_size[j] : 1.0;
        fit->variance[column * M + j] = inverse[j * M + j] / (size * size) * (m[5] / m[0]) / (all * all);
    }
    return UNMIX_OK;
}

/* Takes the results of the samples with keep 2; they are done. */
static unmix_status take_done(um_least_squares *l, um_batch *batch, um_fit *fit)
{
    UM_TRY(um_ls_form_moments(l, batch));
    for (size_t i = 0; i < batch->count; i++)
        if (l->keep[i] == 2) {
            keep_exposures(l, batch, i, fit->E);
            UM_TRY(keep_quality(l, batch, i, fit));
            l->keep[i] = 0;
        }
    return UNMIX_OK;
}

/* Packs the samples that go on, once half of the batch is done. */
static unmix_status pack(um_least_squares *l, um_batch *batch, size_t live)
{
    const size_t M = batch->M;
    if (!live || live > batch->count / 2)
        return UNMIX_OK;
    size_t to = 0;
    for (size_t i = 0; i < batch->count; i++)
        if (l->keep[i]) {
            memmove(l->solution + to * M, l->solution + i * M, M * sizeof *l->solution);
            memmove(l->p + to * M, l->p + i * M, M * sizeof *l->p);
            l->scale[to++] = l->scale[i];
        }
    um_batch_keep(batch, l->keep);
    memset(l->keep, 1, batch->count);
    return um_queue_status(batch->queue);
}

/* Which samples are done after `iterations` rounds; returns their number. */
static size_t judge(um_least_squares *l, const um_batch *batch, um_fit *fit, long iterations)
{
    const size_t M = batch->M;
    size_t done = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (!l->keep[i])
            continue;
        const double moved = update_p(batch->problem, l->solution + i * M, l->p + i * M, l->nnls[0].z);
        const size_t column = batch->column[i];
        fit->iterations[column] = (double)iterations;
        fit->converged[column] = iterations > 0 && moved < l->tolerance;
        if (fit->converged[column] > 0.0 || iterations >= l->max_iterations) {
            l->keep[i] = 2;
            done++;
        }
    }
    return done;
}

/* The plain problem, with which both methods begin. */
static unmix_status solve_plain(um_least_squares *l, um_batch *batch)
{
    um_ls_start(l, batch);
    UM_TRY(um_ls_form_systems(l, batch));
    solve_all(l);
    return UNMIX_OK;
}

static unmix_status fit_nnls(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share)
{
    um_least_squares *l = state;
    (void)sums;
    UM_TRY(solve_plain(l, batch));
    for (size_t i = 0; i < batch->count; i++) {
        fit->iterations[batch->column[i]] = fit->converged[batch->column[i]] = 1.0;
        l->keep[i] = 2;
    }
    UM_TRY(take_done(l, batch, fit));
    return um_progress(batch->cx, done + share, "nnls");
}

static unmix_status fit_music(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share)
{
    um_least_squares *l = state;
    const size_t total = batch->count;
    (void)sums;
    UM_TRY(solve_plain(l, batch));
    for (size_t i = 0; i < total; i++)
        keep_exposures(l, batch, i, fit->unweighted);
    size_t live = total;
    for (long iterations = 0; live; iterations++) {
        um_ls_form_weights(l, batch);
        UM_TRY(um_ls_form_systems(l, batch));
        solve_all(l);
        const size_t finished = judge(l, batch, fit, iterations);
        if (finished)
            UM_TRY(take_done(l, batch, fit));
        live -= finished;
        UM_TRY(um_progress(batch->cx, done + share * (double)(total - live) / (double)total,
                           "music: %ld rounds, %zu of %zu samples done", iterations + 1, total - live, total));
        UM_TRY(pack(l, batch, live));
    }
    return UNMIX_OK;
}

#define OBJECTIVE "least squares on counts divided by lengths"

static const unmix_method_option music_options[] = {
    {"tolerance", "a sample stops when its proportions move by less than this in sum"},
    {"max-iterations", ""},
    {"music-compat", "weigh the residual of the weighted system, as the published code does, instead of the plain one"},
    {"permutations", ""},
    {NULL, NULL},
};

static const unmix_method_option nnls_options[] = {{"permutations", ""}, {NULL, NULL}};

const um_method um_music_method = {
    .traits = {.method = UNMIX_METHOD_MUSIC,
               .name = "music",
               .description = "MuSiC's weighted least squares on a reference with several subjects",
               .objective = OBJECTIVE,
               .options = music_options,
               .tolerance = {0.01, 0.01},
               .max_iterations = 1000,
               .needs_reference = 1,
               .takes_basis = 1,
               .variances = 1,
               .unweighted = 1},
    .every_gene = 1,
    .open = open_music,
    .fit = fit_music,
    .close = close_any,
};

const um_method um_nnls_method = {
    .traits = {.method = UNMIX_METHOD_NNLS,
               .name = "nnls",
               .description = "plain non-negative least squares",
               .objective = OBJECTIVE,
               .options = nnls_options,
               .tolerance = {1e-6, 1e-6},
               .max_iterations = 1,
               .takes_basis = 1,
               .variances = 1},
    .every_gene = 1,
    .open = open_nnls,
    .fit = fit_nnls,
    .close = close_any,
};
