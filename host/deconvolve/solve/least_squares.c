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
 * on the device (kernels/least_squares.cl, gram.cl); the problems of C unknowns that are left are solved on the host.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "deconvolve/solve/gram.h"
#include "deconvolve/solve/solver.h"
#include "linalg/nnls.h"
#include "linalg/small.h"

enum { MOMENTS = 6, MUSIC_MAX_ITERATIONS = 1000 };

/* Of MuSiC: the weight of a gene without residual and variance is 1 / nu, and a sample's molecules add up to this. */
static const double music_nu = 1e-4, molecules = 100.0;

/* A Gram matrix with a smaller eigenvalue (relative, unit diagonal) is singular. */
static const double singular_below = 1e-12;

typedef struct least_squares {
    double tolerance;
    long max_iterations;
    int weighted, compat, careful;
    um_state *x, *u, *s;
    um_state *kept;    /* h where its next value depends on it (compat), so that it is packed with the samples; or NULL */
    um_buffer plain;   /* h otherwise */
    um_buffer *h;      /* genes x ld */
    um_buffer share, V, fold, b, H, moments, moment;
    um_gram gram;
    unsigned threads;
    um_nnls *nnls;        /* one for each thread */
    double *matrix;       /* threads x M x M */
    /* Of the samples in the batch, each with its unknowns side by side: */
    double *solution, *p, *scale;
    unsigned char *keep;
    double *values;       /* rows x count, as the device has them */
    double *rhs, *grams, *sums;
    um_batch *batch;
} least_squares;

static size_t wide_rows(const least_squares *l)
{
    return um_gram_rows(&l->gram);
}

static void open_device(least_squares *l, um_batch *batch)
{
    um_queue *q = batch->queue;
    const size_t width = um_batch_width(batch, batch->capacity), M = batch->M, wide = um_queue_wide_size(q);
    l->x = um_batch_add_state(batch, M, "exposures");
    l->s = um_batch_add_state(batch, 1, "scales of the samples");
    if (l->compat)
        l->kept = um_batch_add_state(batch, batch->padded_genes, "weights");
    else
        um_buffer_reals(q, &l->plain, um_product_size(batch->padded_genes, width, 1), "weights");
    l->h = l->kept ? &l->kept->buffer : &l->plain;
    l->u = um_batch_add_state(batch, M, "shares of the types");
    um_gram_open(batch, &l->gram);
    /* In single precision the Gram matrices are summed in double, where the device can. */
    l->careful = wide > um_queue_real_size(q);
    if (l->careful)
        um_buffer_allocate(q, &l->H, um_product_size(wide_rows(l) * width, wide, 1), "Gram matrices");
    um_buffer_allocate(q, &l->fold, um_product_size(batch->tiles * M * width, wide, 1), "right-hand sides");
    um_buffer_allocate(q, &l->b, um_product_size(M * width, wide, 1), "right-hand sides");
    um_buffer_allocate(q, &l->moments, um_product_size(batch->tiles * MOMENTS * width, wide, 1), "moments");
    um_buffer_allocate(q, &l->moment, um_product_size(MOMENTS * width, wide, 1), "moments");
}

/* What the device needs of the genes: 1 / c_g, and for music the variances. */
static unmix_status write_genes(least_squares *l, um_batch *batch)
{
    const um_problem *problem = batch->problem;
    const size_t G = problem->genes.count;
    double *share = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &share, G, "gene lengths"));
    for (size_t g = 0; g < G; g++)
        share[g] = 1.0 / problem->factor[g];
    um_batch_write_genes(batch, &l->share, share, 1, 1);
    free(share);
    if (l->weighted)
        um_batch_write_genes(batch, &l->V, problem->variance, problem->n_types, ((size_t)batch->M + 3) / 4 * 4);
    return um_queue_status(batch->queue);
}

static unmix_status open_host(least_squares *l, um_batch *batch)
{
    unmix_context *cx = batch->cx;
    const size_t n = batch->capacity, M = batch->M, rows = wide_rows(l), width = um_batch_width(batch, n);
    l->threads = um_cores();
    UM_TRY(UM_ALLOC(cx, &l->nnls, l->threads, "least squares"));
    for (unsigned t = 0; t < l->threads; t++)
        UM_TRY(um_nnls_open(cx, &l->nnls[t], M));
    UM_TRY(UM_ALLOC(cx, &l->matrix, um_product_size(l->threads, M, M), "least squares"));
    UM_TRY(UM_ALLOC(cx, &l->solution, um_product_size(n, M, 1), "exposures"));
    UM_TRY(UM_ALLOC(cx, &l->p, um_product_size(n, M, 1), "exposures"));
    UM_TRY(UM_ALLOC(cx, &l->scale, n, "samples"));
    UM_TRY(UM_ALLOC(cx, &l->keep, n, "samples"));
    UM_TRY(UM_ALLOC(cx, &l->values, um_product_size(n, M, 1), "exposures"));
    UM_TRY(UM_ALLOC(cx, &l->rhs, um_product_size(width, M, 1), "right-hand sides"));
    UM_TRY(UM_ALLOC(cx, &l->sums, um_product_size(width, MOMENTS, 1), "moments"));
    return UM_ALLOC(cx, &l->grams, um_product_size(width, rows, 1), "Gram matrices");
}

static unmix_status open_any(um_batch *batch, const unmix_deconvolve_options *options, int weighted, void **state)
{
    least_squares *l = NULL;
    UM_TRY(UM_ALLOC(batch->cx, &l, 1, "least squares"));
    *state = l;
    l->tolerance = options->tolerance;
    l->max_iterations = options->max_iterations;
    l->weighted = weighted;
    l->compat = options->music_compat;
    open_device(l, batch);
    UM_TRY(um_queue_status(batch->queue));
    UM_TRY(open_host(l, batch));
    return write_genes(l, batch);
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
    least_squares *l = state;
    if (!l)
        return;
    um_gram_close(&l->gram);
    um_buffer *buffers[] = {&l->plain, &l->share, &l->V, &l->fold, &l->b, &l->H, &l->moments, &l->moment};
    for (size_t b = 0; b < sizeof buffers / sizeof buffers[0]; b++)
        um_buffer_release(buffers[b]);
    for (unsigned t = 0; l->nnls && t < l->threads; t++)
        um_nnls_close(&l->nnls[t]);
    double *arrays[] = {l->matrix, l->solution, l->p, l->scale, l->values, l->rhs, l->sums, l->grams};
    for (size_t a = 0; a < sizeof arrays / sizeof arrays[0]; a++)
        free(arrays[a]);
    free(l->nnls);
    free(l->keep);
    free(l);
}

static um_grid tiles_of(const um_batch *batch)
{
    return um_grid_2d(batch->ld, batch->tiles);
}

/* Sums over tiles (rows x ld) read to the host. */
static void read_sums(um_batch *batch, const um_buffer *partial, const um_buffer *sums, size_t rows, double *values)
{
    um_run(batch->queue, UM_KERNEL_LS_SUM, batch->variant, um_grid_2d(batch->ld, rows), UM_U32(batch->ld), UM_U32(rows),
           UM_U32(batch->tiles), UM_BUF(partial), UM_BUF(sums));
    um_read_wide(batch->queue, sums, values, rows * batch->width);
}

/* H and b of all samples, for the weights that lie in h. */
static unmix_status form_systems(least_squares *l, um_batch *batch)
{
    um_queue *q = batch->queue;
    if (l->careful)
        um_run(q, UM_KERNEL_GRAM_CAREFUL, batch->variant, um_grid_2d(batch->ld, l->gram.blocks), UM_U32(batch->M),
               UM_U32(batch->ld), UM_U32(batch->padded_genes), UM_BUF(&batch->A), UM_BUF(l->h), UM_BUF(&l->H));
    else
        um_gram_form(batch, &l->gram, l->h);
    um_read_wide(q, l->careful ? &l->H : &l->gram.H, l->grams, wide_rows(l) * batch->width);
    read_sums(batch, &l->fold, &l->b, batch->M, l->rhs);
    return um_queue_status(q);
}

/* Sample i's Gram matrix, both triangles. */
static void take_gram(const least_squares *l, size_t i, double *matrix)
{
    const size_t M = l->batch->M, width = l->batch->width;
    for (size_t a = 0; a < M; a++)
        for (size_t b = 0; b <= a; b++)
            matrix[a * M + b] = matrix[b * M + a] = l->grams[um_gram_entry(a, b) * width + i];
}

static void solve_part(void *state, unsigned thread)
{
    least_squares *l = state;
    const size_t M = l->batch->M, width = l->batch->width, n = l->batch->count;
    double *matrix = l->matrix + thread * M * M, *rhs = l->nnls[thread].z;
    for (size_t i = n * thread / l->threads; i < n * (thread + 1) / l->threads; i++) {
        if (!l->keep[i])
            continue;
        take_gram(l, i, matrix);
        for (size_t j = 0; j < M; j++) /* z is free until the solver has taken it over */
            rhs[j] = l->rhs[j * width + i];
        um_nnls_solve(&l->nnls[thread], matrix, rhs, l->solution + i * M);
    }
}

static void solve_all(least_squares *l)
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

/* The solutions to the device. */
static void write_solutions(least_squares *l, um_batch *batch)
{
    const size_t n = batch->count, M = batch->M;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < M; j++)
            l->values[j * n + i] = l->solution[i * M + j];
    um_batch_set(batch, l->x, l->values);
}

/* The weights that the solutions ask for. */
static void form_weights(least_squares *l, um_batch *batch)
{
    const size_t n = batch->count, M = batch->M;
    write_solutions(l, batch);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < M; j++) {
            const double share = l->solution[i * M + j] / batch->problem->abundance[j];
            l->values[j * n + i] = share * share;
        }
    um_batch_set(batch, l->u, l->values);
    um_run(batch->queue, UM_KERNEL_LS_WEIGHTS, batch->variant, tiles_of(batch), UM_U32(M), UM_U32(batch->ld),
           UM_U32(l->compat), UM_REAL_ARGUMENT(music_nu), UM_BUF(&batch->A), UM_BUF(&l->V), UM_BUF(&l->share),
           UM_BUF(&batch->w), UM_BUF(&batch->k), UM_BUF(&l->s->buffer), UM_BUF(&l->x->buffer), UM_BUF(&l->u->buffer),
           UM_BUF(l->h), UM_BUF(&l->fold));
}

/* s of each sample: its molecules over the genes that take part add up to 100. */
static void start(least_squares *l, um_batch *batch)
{
    const um_problem *problem = batch->problem;
    for (size_t i = 0; i < batch->count; i++) {
        const size_t c = batch->column[i];
        double total = 0.0;
        for (size_t at = batch->block->start[c]; at < batch->block->start[c + 1]; at++) {
            const uint32_t g = problem->gene_of_row[batch->block->row[at]];
            if (g != UM_NO_GENE)
                total += batch->block->value[at] / problem->factor[g];
        }
        l->scale[i] = molecules / total;
        l->keep[i] = 1;
    }
    memset(l->solution, 0, batch->count * batch->M * sizeof *l->solution);
    memset(l->p, 0, batch->count * batch->M * sizeof *l->p);
    um_batch_set(batch, l->s, l->scale);
    um_run(batch->queue, UM_KERNEL_LS_START, batch->variant, tiles_of(batch), UM_U32(batch->M), UM_U32(batch->ld),
           UM_BUF(&batch->A), UM_BUF(&l->share), UM_BUF(&batch->w), UM_BUF(&batch->k), UM_BUF(&l->s->buffer),
           UM_BUF(l->h), UM_BUF(&l->fold));
}

/* E of a sample in reads: x in units of Y over the scale. */
static void keep_exposures(const least_squares *l, const um_batch *batch, size_t i, double *E)
{
    for (size_t j = 0; j < batch->M; j++)
        E[batch->column[i] * batch->M + j] = l->solution[i * batch->M + j] / l->scale[i];
}

/* R^2 and the variances of sample i from its moments and its Gram matrix. */
static unmix_status keep_quality(least_squares *l, um_batch *batch, size_t i, um_fit *fit)
{
    const size_t M = batch->M, width = batch->width, column = batch->column[i];
    double m[MOMENTS], *p = l->nnls[0].z, *inverse = l->matrix;
    for (size_t k = 0; k < MOMENTS; k++)
        m[k] = l->sums[k * width + i];
    const double spread = m[2] - m[1] * m[1] / m[0], left = m[4] - m[3] * m[3] / m[0];
    fit->r2[column] = spread > 0.0 ? 1.0 - left / spread : NAN;
    take_gram(l, i, inverse);
    UM_TRY(um_small_inverse(batch->cx, inverse, M, singular_below, NULL, NULL));
    const double all = proportions(batch->problem, l->solution + i * M, p);
    for (size_t j = 0; j < M; j++) {
        const double size = batch->problem->cell_size ? batch->problem->cell_size[j] : 1.0;
        fit->variance[column * M + j] = inverse[j * M + j] / (size * size) * (m[5] / m[0]) / (all * all);
    }
    return UNMIX_OK;
}

/* Takes the results of the samples with keep 2; they are done. */
static unmix_status take_done(least_squares *l, um_batch *batch, um_fit *fit)
{
    write_solutions(l, batch);
    um_run(batch->queue, UM_KERNEL_LS_MOMENTS, batch->variant, tiles_of(batch), UM_U32(batch->M), UM_U32(batch->ld),
           UM_BUF(&batch->A), UM_BUF(&l->share), UM_BUF(&batch->k), UM_BUF(&l->s->buffer), UM_BUF(&l->x->buffer),
           UM_BUF(l->h), UM_BUF(&l->moments));
    read_sums(batch, &l->moments, &l->moment, MOMENTS, l->sums);
    UM_TRY(um_queue_status(batch->queue));
    for (size_t i = 0; i < batch->count; i++)
        if (l->keep[i] == 2) {
            keep_exposures(l, batch, i, fit->E);
            UM_TRY(keep_quality(l, batch, i, fit));
            l->keep[i] = 0;
        }
    return UNMIX_OK;
}

/* Packs the samples that go on, once half of the batch is done. */
static unmix_status pack(least_squares *l, um_batch *batch, size_t live)
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
static size_t judge(least_squares *l, const um_batch *batch, um_fit *fit, long iterations)
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
static unmix_status solve_plain(least_squares *l, um_batch *batch)
{
    l->batch = batch;
    start(l, batch);
    UM_TRY(form_systems(l, batch));
    solve_all(l);
    return UNMIX_OK;
}

static unmix_status fit_nnls(void *state, um_batch *batch, const um_sums *sums, um_fit *fit, double done, double share)
{
    least_squares *l = state;
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
    least_squares *l = state;
    const size_t total = batch->count;
    (void)sums;
    UM_TRY(solve_plain(l, batch));
    for (size_t i = 0; i < total; i++)
        keep_exposures(l, batch, i, fit->unweighted);
    size_t live = total;
    for (long iterations = 0; live; iterations++) {
        form_weights(l, batch);
        UM_TRY(form_systems(l, batch));
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

const um_solver um_music_solver = {"music", MUSIC_MAX_ITERATIONS, 1, open_music, fit_music, close_any};
const um_solver um_nnls_solver = {"nnls", 1, 1, open_nnls, fit_nnls, close_any};
