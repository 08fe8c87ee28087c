#include "deconvolve/certify/draws.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/order.h"
#include "core/parallel.h"
#include "core/random.h"
#include "deconvolve/certify/mixture.h"
#include "deconvolve/problem/deviations.h"
#include "device/trust.h"

static const double normal_975 = 1.959963984540054;
static const double half_chi_squared_95 = 1.920729410347062;

/* ---- Opening and closing ---- */

/* The numbers of each profile depend on its name alone, not on which others there are. */
static void draw_profiles(const um_problem *problem, um_draws *draws)
{
    for (size_t k = 0; k < problem->n_profiles; k++) {
        um_random random;
        um_random_start(&random, draws->seed, "another reference", um_name(&problem->profile_names, k));
        for (size_t r = 0; r < UM_DRAWS; r++)
            draws->z[r * problem->n_profiles + k] = um_random_normal(&random);
    }
}

/* Doubles of one sample in `own`: H, low, d, and the sums of squares down and up. */
static size_t own_size(size_t M)
{
    return M * M + 4 * M;
}

static unmix_status open_host(um_batch *batch, size_t blocks, um_draws *draws)
{
    const um_problem *p = batch->problem;
    const size_t n = batch->capacity, M = p->n_sources, T = draws->threads;
    UM_TRY(UM_ALLOC(batch->cx, &draws->z, um_product_size(p->n_profiles, UM_DRAWS, 1), "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->dA, um_product_size(p->genes.count, M, 1), "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->sign, p->genes.count, "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->gradient, um_product_size(n, M, 1), "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->shift, um_product_size(n, M, UM_DRAWS), "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->own, um_product_size(T, own_size(M), 1), "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->above, T * M, "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->programs, T, "intervals"));
    UM_TRY(UM_ALLOC(batch->cx, &draws->moves, T, "intervals"));
    for (size_t t = 0; t < T; t++) {
        UM_TRY(um_bounded_open(batch->cx, &draws->programs[t], M));
        UM_TRY(um_moves_open(batch->cx, &draws->moves[t], p->n_types, 2 * UM_DRAWS, blocks));
    }
    return UNMIX_OK;
}

unmix_status um_draws_open(um_batch *batch, const unmix_deconvolve_options *options, size_t blocks, um_draws *draws)
{
    const size_t M = batch->M;
    *draws = (um_draws){.seed = options->seed,
                        .threads = um_threads(batch->cx),
                        .gene_share = blocks > 1 ? sqrt(0.5) : 1.0,
                        .reference = options->intervals != UNMIX_INTERVALS_GENE && batch->problem->n_profiles > 0};
    UM_TRY(open_host(batch, blocks, draws));
    draw_profiles(batch->problem, draws);
    um_batch_write_genes(batch, &draws->device_dA, draws->dA, M, um_round_up(M, UM_BLOCK)); /* zeros */
    um_batch_write_genes(batch, &draws->device_sign, draws->sign, 1, 1);
    um_buffer_reals(batch->queue, &draws->sum.buffer, M * um_batch_width(batch, batch->capacity), "intervals");
    draws->sum.rows = M;
    um_batch_reserve_transfer(batch, M);
    return um_queue_status(batch->queue);
}

void um_draws_close(um_draws *draws)
{
    um_buffer_release(&draws->device_dA);
    um_buffer_release(&draws->device_sign);
    um_buffer_release(&draws->sum.buffer);
    for (size_t t = 0; draws->programs && t < draws->threads; t++)
        um_bounded_close(&draws->programs[t]);
    for (size_t t = 0; draws->moves && t < draws->threads; t++)
        um_moves_close(&draws->moves[t]);
    free(draws->programs);
    free(draws->moves);
    free(draws->z);
    free(draws->dA);
    free(draws->sign);
    free(draws->gradient);
    free(draws->shift);
    free(draws->own);
    free(draws->above);
}

/* ---- Shifts of the gradient, on the device ---- */

/* to (M x samples) <- what the tiles of batch->fold add up to. */
static void sum_tiles(um_draws *draws, um_batch *batch, double *to)
{
    const uint32_t row = batch->M * batch->ld;
    um_run(batch->queue, UM_KERNEL_LOSS_SUM, batch->variant, um_grid_2d(row, 1), UM_U32(batch->tiles), UM_U32(row),
           UM_BUF(&batch->fold), UM_BUF(&draws->sum.buffer));
    um_batch_get(batch, &draws->sum, to);
}

void um_draws_begin(um_draws *draws, um_batch *batch)
{
    const size_t n = batch->count;
    sum_tiles(draws, batch, draws->gradient);
    for (size_t j = 0; j < batch->M; j++)
        for (size_t i = 0; i < n; i++)
            draws->gradient[j * n + i] = batch->problem->D[j] - draws->gradient[j * n + i];
}

/* Signs of the genes, in the order of their names: those of draw r, whatever else is in the run. */
static void draw_signs(um_draws *draws, const um_problem *problem, size_t r)
{
    char number[24];
    um_random random;
    (void)snprintf(number, sizeof number, "%zu", r);
    um_random_start(&random, draws->seed, "other counts", number);
    uint64_t bits = 0;
    for (size_t g = 0; g < problem->genes.count; g++, bits >>= 1) {
        if (g % 64 == 0)
            bits = um_random_bits(&random);
        draws->sign[g] = bits & 1 ? draws->gene_share : -draws->gene_share;
    }
}

void um_draws_shift(um_draws *draws, um_batch *batch, const um_errors *errors, size_t r, const double *dA, const double *sign)
{
    const size_t G = batch->problem->genes.count;
    um_queue *q = batch->queue;
    if (dA)
        um_write_columns(q, &draws->device_dA, um_round_up(batch->M, UM_BLOCK), 0, dA, G, batch->M);
    um_write_reals(q, &draws->device_sign, 0, sign, G);
    um_run(q, UM_KERNEL_DRAW_SHIFT, batch->variant, um_grid_2d(batch->ld, batch->tiles), UM_U32(batch->M),
           UM_U32(batch->ld), UM_BUF(&batch->A), UM_BUF(&draws->device_dA), UM_BUF(&draws->device_sign),
           UM_BUF(&errors->E.buffer), UM_BUF(&errors->h), UM_BUF(&errors->residual), UM_BUF(&errors->score),
           UM_BUF(&batch->fold));
    sum_tiles(draws, batch, draws->shift + r * batch->M * batch->count);
}

/* ---- Where the solution moves, on the host ---- */

void um_draws_take(um_draws *draws, unsigned thread, const um_batch *batch, const um_errors *errors, size_t i, const double *E)
{
    const size_t M = batch->M;
    double *H = draws->own + thread * own_size(M), *low = H + M * M;
    unsigned char *above = draws->above + thread * M;
    um_gram_unpack(errors->H, M, batch->count, i, H);
    for (size_t j = 0; j < M; j++) {
        low[j] = -E[batch->column[i] * M + j];
        above[j] = low[j] < 0.0;
    }
    /* Above the rounding of the Hessians, which are summed over tiles of 256 genes. */
    const double ridge = um_queue_real_size(batch->queue) == sizeof(double) ? 1e-12 : 1e-6;
    um_bounded_take(&draws->programs[thread], H, low, ridge, above);
}

void um_draws_move(um_draws *draws, unsigned thread, const um_batch *batch, size_t i, size_t r, double times, double *d)
{
    const size_t M = batch->M, n = batch->count;
    const double *u = draws->shift + r * M * n;
    for (size_t j = 0; j < M; j++)
        d[j] = draws->gradient[j * n + i] + times * u[j * n + i];
    um_bounded_solve(&draws->programs[thread], d, d);
}

/* ---- Intervals ---- */

/* How far source j of sample i rises from zero until the likelihood speaks against it. */
static double likely_rise(const um_draws *draws, const um_batch *batch, const um_errors *errors, size_t i, size_t j)
{
    const size_t n = batch->count;
    const double g = fmax(draws->gradient[j * n + i], 0.0);
    const double H = errors->H[um_gram_entry(j, j) * n + i], B = errors->B[um_gram_entry(j, j) * n + i];
    const double most = half_chi_squared_95 * (B > H ? B / H : 1.0);
    return 2.0 * most / (g + sqrt(g * g + 2.0 * H * most)); /* the root of the quadratic in the form that does not cancel */
}

typedef struct forming {
    um_draws *draws;
    const um_batch *batch;
    const um_errors *errors;
    const double *E, *cell_size;
    const um_jackknife *jackknife;
    const um_error_rows *rows;
    double *lower, *upper;
} forming;

/* Adds the squares of what a draw changes the proportions by, apart for down and up; d (M) is where the solution moves. */
static void add_change(const um_mixture *mixture, const double *d, double *down, double *up)
{
    const double before = um_mixture_cells(mixture, NULL), after = um_mixture_cells(mixture, d);
    for (size_t j = 0; j < mixture->C && before > 0.0 && after > 0.0; j++) {
        const double change = um_mixture_change(mixture, d, j, before, after);
        *(change > 0.0 ? &up[j] : &down[j]) += change * change / UM_DRAWS;
    }
}

static void finish_sample(const forming *f, size_t i, const um_mixture *mixture, const double *down, const double *up)
{
    const double all = um_mixture_cells(mixture, NULL);
    for (size_t j = 0; j < mixture->C; j++) {
        const size_t at = f->batch->column[i] * mixture->C + j;
        const double part = um_mixture_part(mixture, NULL, j), p = all > 0.0 ? part / all : NAN;
        const double low = p - normal_975 * sqrt(down[j]);
        double high = p + normal_975 * sqrt(up[j]);
        if (!(part > 0.0)) {
            const double rise = likely_rise(f->draws, f->batch, f->errors, i, j) / (f->cell_size ? f->cell_size[j] : 1.0);
            high = fmax(high, rise / (all + rise));
        }
        f->lower[at] = isfinite(f->rows->se[at]) ? fmax(low, 0.0) : NAN;
        f->upper[at] = isfinite(f->rows->se[at]) ? fmin(high, 1.0) : NAN;
    }
}

/*
 * Adds the squares of what leaving out a block changes, to both sides. The noise of the genes one by one and their blocks are
 * two estimates of one variance: half of each counts (gene_share).
 */
static void add_blocks(const forming *f, size_t i, const um_mixture *mixture, um_moves *moves, double *down, double *up)
{
    moves->n_blocks = f->jackknife && f->jackknife->blocks.n > 1 ? f->jackknife->blocks.n : 0; /* one says nothing */
    moves->block_weight = f->jackknife ? um_jackknife_weight(f->jackknife) / 2.0 : 0.0;
    for (size_t b = 0; b < moves->n_blocks; b++) {
        const double *d = um_jackknife_move(f->jackknife, f->batch, b, i);
        const double before = um_mixture_cells(mixture, NULL), after = um_mixture_cells(mixture, d);
        moves->block[b] = d;
        for (size_t j = 0; j < mixture->C && before > 0.0 && after > 0.0; j++) {
            const double change = um_mixture_change(mixture, d, j, before, after);
            down[j] += moves->block_weight * change * change;
            up[j] += moves->block_weight * change * change;
        }
    }
}

/* The types that the sample cannot tell apart, from the moves of its draws. */
static void find_groups(const forming *f, size_t i, const um_mixture *mixture, um_moves *moves)
{
    const size_t at = f->batch->column[i] * moves->C;
    um_inseparable_find(moves, mixture, f->lower + at, f->upper + at, f->rows->group + at, f->rows->low + at,
                        f->rows->high + at);
}

static void form_part(void *state, unsigned thread)
{
    const forming *f = state;
    const size_t M = f->batch->M, n = f->batch->count, T = f->draws->threads;
    double *d = f->draws->own + thread * own_size(M) + M * M + M, *down = d + M, *up = down + M;
    um_moves *moves = &f->draws->moves[thread];
    for (size_t i = n * thread / T; i < n * (thread + 1) / T; i++) {
        const um_mixture mixture = {f->batch->problem->n_types, f->E + f->batch->column[i] * M, f->cell_size};
        memset(down, 0, 2 * M * sizeof *down);
        moves->n = 0;
        um_draws_take(f->draws, thread, f->batch, f->errors, i, f->E);
        for (size_t r = 0; r < UM_DRAWS; r++)
            for (int side = 1; side >= -1; side -= 2) {
                um_draws_move(f->draws, thread, f->batch, i, r, side, d);
                um_moves_add(moves, d);
                add_change(&mixture, d, down, up);
            }
        add_blocks(f, i, &mixture, moves, down, up);
        finish_sample(f, i, &mixture, down, up);
        find_groups(f, i, &mixture, moves);
    }
}

unmix_status um_draws_form(um_draws *draws, um_batch *batch, const um_errors *errors, const double *E, const double *cell_size,
                           const um_jackknife *jackknife, const um_error_rows *rows, double *lower, double *upper)
{
    for (size_t r = 0; r < UM_DRAWS; r++) {
        draw_signs(draws, batch->problem, r);
        if (draws->reference)
            um_deviations_draw(batch->problem, draws->z + r * batch->problem->n_profiles, draws->dA);
        um_draws_shift(draws, batch, errors, r, draws->reference ? draws->dA : NULL, draws->sign);
    }
    UM_TRY(um_queue_status(batch->queue));
    UM_TRY(um_trust(batch->queue, draws->gradient, batch->M * batch->count, "the gradients of the intervals"));
    UM_TRY(um_trust(batch->queue, draws->shift, UM_DRAWS * batch->M * batch->count, "the draws of the intervals"));
    forming f = {draws, batch, errors, E, cell_size, jackknife, rows, lower, upper};
    um_parallel(draws->threads, form_part, &f);
    return UNMIX_OK;
}
