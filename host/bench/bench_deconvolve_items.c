/* The kernels: each is run once at the point, compared with double on the host, then timed. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "bench/bench_deconvolve.h"
#include "bench/bench_deconvolve_reference.h"
#include "device/constants.h"

/* Sums of positive terms, each of which took about M operations: a tile of additions in reals, then in double. */
static double sum_bound(const um_bench *b)
{
    return ((double)um_queue_tuning(b->base.queue)->tile + (double)b->batch.M + 8.0) * 0.5 * um_bench_eps(&b->base);
}

/* Calls compare() with the reference of each sample that is checked. */
typedef void (*compare_sample)(um_bench *b, const um_reference *reference, size_t sample, um_bench_check *check);

static unmix_status compare(um_bench *b, compare_sample sample, um_bench_check *check)
{
    um_reference reference = {0};
    unmix_status status = um_reference_open(b->base.cx, &reference, &b->problem);
    for (size_t i = 0; i < b->n_checked && status == UNMIX_OK; i++) {
        const size_t n = b->checked[i];
        um_reference_pass(&reference, &b->block, n, b->point + n, b->base.options->samples);
        sample(b, &reference, n, check);
        status = um_queue_status(b->base.queue);
    }
    check->verified = b->n_checked;
    um_reference_clear(&reference);
    return status;
}

static double cell_operations(const um_bench *b, double each)
{
    return each * (double)b->problem.genes.count * (double)b->batch.M * (double)b->base.options->samples;
}

/* Two products of genes x sources x samples. */
static double pass_operations(const void *subject)
{
    const um_bench *b = subject;
    return cell_operations(b, 4.0);
}

/* Counts and signatures once. */
static double pass_bytes(const void *subject)
{
    const um_bench *b = subject;
    const double G = (double)b->problem.genes.count, N = (double)b->base.options->samples, M = (double)b->batch.M;
    return G * (N + M) * (double)um_queue_real_size(b->base.queue);
}

/* --- the fused pass ----------------------------------------------------------------------------------------------- */

static unmix_status run_pass(void *subject)
{
    um_bench *b = subject;
    um_batch_pass(&b->batch, b->exact->E);
    return um_queue_status(b->base.queue);
}

static void compare_fold(um_bench *b, const um_reference *r, size_t n, um_bench_check *check)
{
    const size_t M = b->batch.M, width = b->batch.width;
    for (size_t j = 0; j < M; j++) {
        double sum = 0.0, part;
        for (size_t t = 0; t < b->batch.tiles; t++) {
            um_read_reals(b->base.queue, &b->batch.fold, (t * M + j) * width + n, &part, 1);
            sum += part;
        }
        check->error = um_bench_worse(check->error, sum, r->fold[j], r->fold[j]);
    }
}

static unmix_status verify_pass(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    um_bench_to_point(b);
    UM_TRY(run_pass(b));
    check->bound = sum_bound(b);
    return compare(b, compare_fold, check);
}

static unmix_status run_pass_loss(void *subject)
{
    um_bench *b = subject;
    um_batch_pass_loss(&b->batch, b->exact->E);
    return um_queue_status(b->base.queue);
}

static void compare_loss(um_bench *b, const um_reference *r, size_t n, um_bench_check *check)
{
    compare_fold(b, r, n, check);
    check->error = um_bench_worse(check->error, b->values[n], r->loss, r->loss_scale);
}

static unmix_status verify_pass_loss(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    um_bench_to_point(b);
    UM_TRY(run_pass_loss(b));
    um_batch_read_loss(&b->batch, b->values);
    check->bound = sum_bound(b);
    return compare(b, compare_loss, check);
}

static unmix_status run_em(void *subject)
{
    um_bench *b = subject;
    um_batch *batch = &b->batch;
    um_batch_pass(batch, b->exact->E);
    um_run(b->base.queue, UM_KERNEL_EM_STEP, batch->variant, um_batch_step_grid(batch), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_U32(0), UM_REAL_ARGUMENT(0.0), UM_BUF(&batch->fold),
           UM_BUF(&batch->D), UM_BUF(&b->exact->active->buffer), UM_BUF(&b->exact->E->buffer));
    return um_queue_status(b->base.queue);
}

static void compare_em(um_bench *b, const um_reference *r, size_t n, um_bench_check *check)
{
    const size_t N = b->base.options->samples;
    for (size_t j = 0; j < b->batch.M; j++) {
        const double want = b->point[j * N + n] * r->fold[j] / b->problem.D[j];
        check->error = um_bench_worse(check->error, b->values[j * N + n], want, want);
    }
}

static unmix_status verify_em(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    um_bench_to_point(b);
    UM_TRY(run_em(b));
    um_batch_get(&b->batch, b->exact->E, b->values);
    check->bound = sum_bound(b);
    return compare(b, compare_em, check);
}

/* --- Hessians ----------------------------------------------------------------------------------------------------- */

static unmix_status run_gram(void *subject)
{
    um_bench *b = subject;
    um_gram_form(&b->batch, &b->exact->gram, &b->exact->h);
    return um_queue_status(b->base.queue);
}

static void compare_gram(um_bench *b, const um_reference *r, size_t n, um_bench_check *check)
{
    for (size_t i = 0; i < b->batch.M; i++)
        for (size_t j = 0; j <= i; j++) {
            double got = NAN;
            const double want = um_reference_gram(r, i, j);
            um_read_reals(b->base.queue, &b->exact->gram.H, um_gram_entry(i, j) * b->batch.width + n, &got, 1);
            check->error = um_bench_worse(check->error, got, want, want);
        }
}

static unmix_status verify_gram(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    um_bench_to_point(b);
    um_exact_evaluate(b->exact, &b->batch);
    UM_TRY(run_gram(b));
    /* yhat enters twice, and the tiles of a chunk are added in reals. */
    check->bound = sum_bound(b) + (b->batch.M + b->exact->gram.chunk_tiles) * 0.5 * um_bench_eps(&b->base);
    return compare(b, compare_gram, check);
}

static double gram_operations(const void *subject)
{
    const um_bench *b = subject;
    return cell_operations(b, (double)b->batch.M + 1.0);
}

/* --- steps of the exact solver ------------------------------------------------------------------------------------ */

static unmix_status run_programs(void *subject)
{
    um_bench *b = subject;
    um_exact_programs(b->exact, &b->batch);
    return um_queue_status(b->base.queue);
}

/* By how much of the decrease a quadratic program may be short. */
static const double programs_short = 0.1;

/* The Hessians and what belongs to them at the point, and the directions in values. */
static unmix_status solve_programs(um_bench *b)
{
    const size_t N = b->base.options->samples;
    um_bench_to_point(b);
    um_exact_evaluate(b->exact, &b->batch);
    UM_TRY(run_gram(b));
    UM_TRY(run_programs(b));
    for (size_t j = 0; j < b->batch.M; j++)
        um_read_reals(b->base.queue, &b->exact->d, j * b->batch.width, b->values + j * N, N);
    return um_queue_status(b->base.queue);
}

/*
 * 1/2 d'Hd + g'd in double at the device's d against the least value, and the value that the device gave itself. The
 * kernel may end a few sources short of the minimum (its rounds are limited), so its value may be short by a part; what
 * must hold exactly is d >= -tau E and that the value is right for its d.
 */
static void compare_programs(um_bench *b, const um_reference *r, size_t n, um_bench_check *check)
{
    const size_t M = b->batch.M, N = b->base.options->samples;
    double top = NAN, given = NAN, outside = 0.0;
    um_read_reals(b->base.queue, &b->exact->top, n, &top, 1);
    um_read_reals(b->base.queue, &b->exact->decrease, n, &given, 1);
    const double tau = top > 1.0 + UM_TAU_GAP ? UM_TAU : 1.0;
    for (size_t j = 0; j < M; j++)
        outside = um_worst(outside, -(b->values[j * N + n] / (tau * b->point[j * N + n]) + 1.0) - um_bench_eps(&b->base));
    double value = NAN;
    const double least = um_reference_program(r, b->point + n, b->values + n, N, tau, &value);
    check->error = um_bench_worse(check->error, value, least, fabs(least));
    check->error = um_bench_worse(check->error, given, value, fabs(least));
    check->error = um_bench_worse(check->error, fmax(outside, 0.0), 0.0, 1.0);
}

static unmix_status verify_programs(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    UM_TRY(solve_programs(b));
    check->bound = programs_short;
    return compare(b, compare_programs, check);
}

static unmix_status run_search(void *subject)
{
    um_bench *b = subject;
    um_exact_search(b->exact, &b->batch);
    return um_queue_status(b->base.queue);
}

static void compare_search(um_bench *b, const um_reference *r, size_t n, um_bench_check *check)
{
    const size_t N = b->base.options->samples, width = b->batch.width;
    double part;
    for (size_t i = 0; i < UM_STEPS; i++) {
        double sum = 0.0, scale = 0.0;
        for (size_t tile = 0; tile < b->batch.tiles; tile++) {
            um_read_reals(b->base.queue, &b->exact->trial, (tile * UM_STEPS + i) * width + n, &part, 1);
            sum += part;
        }
        const double want = um_reference_search(r, b->values + n, N, um_step_length[i], &scale);
        if (isinf(want) && isinf(sum))
            continue; /* refused by both */
        check->error = um_bench_worse(check->error, sum, want, scale);
    }
}

static unmix_status verify_search(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    UM_TRY(solve_programs(b));
    UM_TRY(run_search(b));
    check->bound = sum_bound(b);
    return compare(b, compare_search, check);
}

/* --- Adam --------------------------------------------------------------------------------------------------------- */

/* Of a first step: the moments are divided by C1 and C2. The second moment starts at spread (E D)^2, not at 0, so that the
 * step depends on the size of the gradient and not on its sign alone. */
static const double rate = 0.01, spread = 0.001;
#define C1 (1.0 - UM_ADAM_FIRST)
#define C2 (1.0 - UM_ADAM_SECOND)

static unmix_status run_adam(void *subject)
{
    um_bench *b = subject;
    um_batch *batch = &b->batch;
    const um_exact *x = b->exact;
    um_batch_pass(batch, x->E);
    um_run(b->base.queue, UM_KERNEL_ADAM_STEP, batch->variant, um_batch_step_grid(batch), UM_U32(batch->M),
           UM_U32(batch->ld), UM_U32(batch->tiles), UM_U32(batch->problem->n_types), UM_REAL_ARGUMENT(0.0),
           UM_REAL_ARGUMENT(0.0), UM_REAL_ARGUMENT(C1), UM_REAL_ARGUMENT(C2), UM_BUF(&batch->fold), UM_BUF(&batch->D),
           UM_BUF(&x->active->buffer), UM_BUF(&b->rate->buffer), UM_BUF(&b->unit->buffer), UM_BUF(&b->theta->buffer),
           UM_BUF(&b->first->buffer), UM_BUF(&b->second->buffer), UM_BUF(&x->E->buffer));
    return um_queue_status(b->base.queue);
}

static void set_all(um_bench *b, um_state *state, double value)
{
    for (size_t i = 0; i < state->rows * b->base.options->samples; i++)
        b->values[i] = value;
    um_batch_set(&b->batch, state, b->values);
}

static void compare_adam(um_bench *b, const um_reference *r, size_t n, um_bench_check *check)
{
    const size_t N = b->base.options->samples;
    for (size_t j = 0; j < b->batch.M; j++) {
        const double E = b->point[j * N + n], D = b->problem.D[j], g = E * (D - r->fold[j]);
        const double moment = UM_ADAM_SECOND * spread * E * D * E * D + C2 * g * g;
        const double want = E * exp(-rate * g / (sqrt(moment / C2) + UM_ADAM_TINY));
        check->error = um_bench_worse(check->error, b->values[j * N + n], want, want);
    }
}

static unmix_status verify_adam(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    const size_t N = b->base.options->samples;
    um_bench_to_point(b);
    set_all(b, b->rate, rate);
    set_all(b, b->unit, 1.0);
    set_all(b, b->first, 0.0);
    for (size_t i = 0; i < b->batch.M * N; i++)
        b->values[i] = spread * pow(b->point[i] * b->problem.D[i / N], 2.0);
    um_batch_set(&b->batch, b->second, b->values);
    for (size_t i = 0; i < b->batch.M * N; i++)
        b->values[i] = log(fmax(b->point[i], 1e-30));
    um_batch_set(&b->batch, b->theta, b->values);
    UM_TRY(run_adam(b));
    um_batch_get(&b->batch, b->exact->E, b->values);
    /* theta is a logarithm of up to 1e9 kept in reals, 21 units; the gradient moves it by the rate times its error. */
    check->bound = 64.0 * um_bench_eps(&b->base) + rate * sum_bound(b);
    return compare(b, compare_adam, check);
}

enum { LEAST = 3 };

const um_bench_item um_bench_kernels[] = {
    {"multipliers", UNMIX_BENCH_EM, verify_pass, run_pass, pass_operations, pass_bytes, LEAST},
    {"multipliers_loss", UNMIX_BENCH_EM, verify_pass_loss, run_pass_loss, pass_operations, pass_bytes, LEAST},
    {"em_iteration", UNMIX_BENCH_EM, verify_em, run_em, pass_operations, pass_bytes, LEAST},
    {"gram", UNMIX_BENCH_GRAM, verify_gram, run_gram, gram_operations, pass_bytes, LEAST},
    {"quadratic_programs", UNMIX_BENCH_EXACT, verify_programs, run_programs, NULL, NULL, LEAST},
    {"line_search", UNMIX_BENCH_EXACT, verify_search, run_search, pass_operations, pass_bytes, LEAST},
    {"adam_step", UNMIX_BENCH_GD, verify_adam, run_adam, pass_operations, pass_bytes, LEAST},
};
const size_t um_bench_kernel_count = sizeof um_bench_kernels / sizeof um_bench_kernels[0];
