/* Parts of a factorisation and whole ones: each is compared with double on the host, then timed. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "bench/bench_programs.h"
#include "programs/nmf/loss.h"

enum { RESAMPLE_SWEEPS = 3, /* as consensus fits them */ KL_ITERATIONS = 100, LEAST = 3 };

static double entries(const um_programs_bench *b)
{
    return (double)um_sparse_entries(&b->X);
}

/* Values and columns of X once. */
static double bytes_of_X(const void *subject)
{
    const um_programs_bench *b = subject;
    return entries(b) * (double)(um_queue_real_size(b->base.queue) + sizeof(uint32_t));
}

static void to_start(um_programs_bench *b)
{
    const size_t k = b->base.options->components;
    memcpy(b->work.W, b->start.W, b->X.rows * k * sizeof *b->work.W);
    memcpy(b->work.H, b->start.H, b->X.columns * k * sizeof *b->work.H);
}

static um_factorise_options options_of(const um_programs_bench *b, um_nmf_solver solver, um_nmf_loss loss)
{
    return (um_factorise_options){
        .nmf = {.solver = solver, .loss = loss, .components = b->base.options->components, .tolerance = 1e-4,
                .max_iterations = 1000},
        .start = UM_NMF_START_NNDSVDA, .seed = (uint32_t)b->base.options->seed};
}

/* --- one iteration ------------------------------------------------------------------------------------------------ */

/* hals is judged after every iteration, the others now and then. */
static unmix_status run_iteration(void *subject)
{
    um_programs_bench *b = subject;
    um_nmf_stage_iterate(&b->stage, 1);
    if (b->factorise.nmf.solver == UM_NMF_HALS)
        UM_TRY(um_nmf_stage_statistics(&b->stage, 1, &b->cells, &b->genes));
    return um_queue_status(b->base.queue);
}

static double largest(const double *values, size_t count)
{
    double most = 0;
    for (size_t i = 0; i < count; i++)
        most = fmax(most, values[i]);
    return most;
}

/* Beside the largest number of the factor. */
static void compare_factor(const double *got, const double *want, size_t count, um_bench_check *check)
{
    const double scale = largest(want, count);
    for (size_t i = 0; i < count; i++)
        check->error = um_bench_worse(check->error, got[i], want[i], scale);
}

static unmix_status iterate_once(um_programs_bench *b)
{
    const uint32_t active = 0;
    um_programs_bench_leave(b);
    b->factorise.nmf.max_iterations = 1;
    UM_TRY(um_nmf_stage_open(b->base.cx, b->base.queue, &b->data, &b->factorise.nmf, 1, &b->stage));
    um_nmf_stage_load(&b->stage, 0, NULL, &b->start);
    um_nmf_stage_activate(&b->stage, &active, 1);
    um_nmf_stage_begin(&b->stage, 1);
    UM_TRY(run_iteration(b));
    um_nmf_stage_store(&b->stage, 0, &b->work);
    return um_queue_status(b->base.queue);
}

static unmix_status verify_iteration(um_programs_bench *b, um_bench_check *check)
{
    const size_t k = b->base.options->components, n = b->X.rows, m = b->X.columns;
    double *got = NULL;
    size_t iterations = 0;
    UM_TRY(iterate_once(b));
    UM_TRY(UM_ALLOC(b->base.cx, &got, (n + m) * k, "usages"));
    memcpy(got, b->work.W, n * k * sizeof *got);
    memcpy(got + n * k, b->work.H, m * k * sizeof *got);
    to_start(b);
    const unmix_status status = um_programs_reference(b->base.cx, &b->X, NULL, &b->factorise.nmf, &b->work, &iterations);
    compare_factor(got, b->work.W, n * k, check);
    compare_factor(got + n * k, b->work.H, m * k, check);
    check->verified = n;
    /* Sums of up to 1024 in reals, and what a program is off by moves those behind it in the sweep. */
    check->bound = (1024 + 2 * (double)k) * (double)k * 0.5 * um_bench_eps(&b->base);
    free(got);
    return status;
}

static unmix_status verify_hals(void *subject, um_bench_check *check)
{
    um_programs_bench *b = subject;
    b->factorise = options_of(b, UM_NMF_HALS, UM_NMF_FROBENIUS);
    return verify_iteration(b, check);
}

static unmix_status verify_mu(void *subject, um_bench_check *check)
{
    um_programs_bench *b = subject;
    b->factorise = options_of(b, UM_NMF_MU, UM_NMF_FROBENIUS);
    return verify_iteration(b, check);
}

static unmix_status verify_kl(void *subject, um_bench_check *check)
{
    um_programs_bench *b = subject;
    b->factorise = options_of(b, UM_NMF_MU, UM_NMF_KL);
    return verify_iteration(b, check);
}

/* Two products with X, a Gram matrix of each factor (half of it and the sums), and its product with the factor. */
static double operations(const void *subject)
{
    const um_programs_bench *b = subject;
    const double k = (double)b->base.options->components, rows = (double)(b->X.rows + b->X.columns);
    return 4 * entries(b) * k + rows * (k * (k + 1) + 2 * k * k);
}

/* yhat of every entry twice, before and after the usages have moved, comes to the two products; no Gram matrices. */
static double kl_operations(const void *subject)
{
    const um_programs_bench *b = subject;
    const double k = (double)b->base.options->components, rows = (double)(b->X.rows + b->X.columns);
    return entries(b) * (8 * k + 2) + 4 * rows * k;
}

/* --- whole fits: start, upload, iterations and the loss in double ------------------------------------------------- */

static unmix_status run_fits(void *subject)
{
    um_programs_bench *b = subject;
    for (size_t r = 0; r < b->count; r++)
        um_factorised_clear(&b->fits[r]);
    return um_factorise_many(b->base.cx, b->device, &b->data, &b->factorise, b->count, b->uses, b->fits);
}

/* The loss that the same iterations reach in double; that of the first fit alone. */
static unmix_status verify_fits(um_programs_bench *b, size_t count, um_bench_check *check)
{
    double loss = NAN, nothing = NAN;
    size_t iterations = 0;
    UM_TRY(UM_ALLOC(b->base.cx, &b->fits, count, "fits"));
    b->count = count;
    UM_TRY(run_fits(b));
    UM_TRY(um_nmf_start(b->base.cx, &b->data, b->uses, b->factorise.start, b->factorise.nmf.components, b->factorise.seed,
                        &b->work));
    UM_TRY(um_programs_reference(b->base.cx, &b->X, b->uses, &b->factorise.nmf, &b->work, &iterations));
    UM_TRY(um_nmf_evaluate(b->base.cx, &b->data, &b->factorise.nmf, &b->work, b->uses,
                           &loss));
    UM_TRY(um_nmf_evaluate_nothing(b->base.cx, &b->data, &b->factorise.nmf, &nothing));
    /* A fit that leaves nearly nothing is compared with what there was to fit. */
    check->error = um_bench_worse(0, b->fits[0].fit.loss, loss, fmax(loss, 0.1 * nothing));
    check->bound = 1e-5; /* rounding may end the iterations a little earlier or later, where they hardly move */
    check->verified = b->X.rows;
    check->extra[0] = (um_bench_extra){"iterations", (double)b->fits[0].fit.iterations};
    check->extra[1] = (um_bench_extra){"loss", b->fits[0].fit.loss};
    check->extra[2] = (um_bench_extra){"reference_iterations", (double)iterations};
    return UNMIX_OK;
}

static unmix_status verify_hals_fit(void *subject, um_bench_check *check)
{
    um_programs_bench *b = subject;
    um_programs_bench_leave(b);
    b->factorise = options_of(b, UM_NMF_HALS, UM_NMF_FROBENIUS);
    return verify_fits(b, 1, check);
}

static unmix_status verify_kl_fit(void *subject, um_bench_check *check)
{
    um_programs_bench *b = subject;
    um_programs_bench_leave(b);
    b->factorise = options_of(b, UM_NMF_MU, UM_NMF_KL);
    b->factorise.nmf.tolerance = 0;
    b->factorise.nmf.max_iterations = KL_ITERATIONS;
    return verify_fits(b, 1, check);
}

static unmix_status verify_replicates(void *subject, um_bench_check *check)
{
    um_programs_bench *b = subject;
    const size_t n = b->X.rows, count = b->base.options->replicates;
    size_t *scratch = NULL;
    um_programs_bench_leave(b);
    b->factorise = options_of(b, UM_NMF_HALS, UM_NMF_FROBENIUS);
    b->factorise.nmf.sweeps = RESAMPLE_SWEEPS; /* held against the loss that one sweep an iteration ends at */
    UM_TRY(UM_ALLOC(b->base.cx, &b->uses, um_product_size(count, n, 1), "resampled cells"));
    UM_TRY(UM_ALLOC(b->base.cx, &scratch, n, "resampled cells"));
    um_resample_cells(n, 0.8, b->base.options->seed, count, b->uses, scratch);
    free(scratch);
    const unmix_status status = verify_fits(b, count, check);
    check->extra[3] = (um_bench_extra){"replicates", (double)count};
    return status;
}

/* --- the start ---------------------------------------------------------------------------------------------------- */

static unmix_status run_start(void *subject)
{
    um_programs_bench *b = subject;
    return um_nmf_start(b->base.cx, &b->data, NULL, b->factorise.start, b->base.options->components,
                        b->factorise.seed, &b->work);
}

static double length(const double *values, size_t count, size_t stride)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i * stride] * values[i * stride];
    return sqrt(sum);
}

/*
 * The first program is a singular triplet: X'w = s h with s = |w| |h|, to rounding, where there are more cells than genes;
 * X h = s w otherwise. Loadings below 1e-6 became zero.
 */
static unmix_status verify_start(void *subject, um_bench_check *check)
{
    um_programs_bench *b = subject;
    const um_sparse *X = &b->X;
    const size_t k = b->base.options->components, rows = X->rows, columns = X->columns;
    double *product = NULL;
    um_programs_bench_leave(b);
    b->factorise = options_of(b, UM_NMF_HALS, UM_NMF_FROBENIUS);
    b->factorise.start = UM_NMF_START_NNDSVD;
    UM_TRY(run_start(b));
    UM_TRY(UM_ALLOC(b->base.cx, &product, rows + columns, "products"));
    for (size_t c = 0; c < rows; c++)
        for (size_t i = X->start[c]; i < X->start[c + 1]; i++) {
            product[c] += X->value[i] * b->work.H[X->column[i]];
            product[rows + X->column[i]] += X->value[i] * b->work.W[c * k];
        }
    const double s = length(b->work.W, rows, k) * length(b->work.H, columns, 1);
    const int tall = rows >= columns;
    for (size_t i = 0; i < (tall ? columns : rows); i++) {
        const double want = s * (tall ? b->work.H[i] : b->work.W[i * k]);
        check->error = um_bench_worse(check->error, product[tall ? rows + i : i], want, s);
    }
    check->verified = rows;
    check->bound = 2e-6;
    free(product);
    return UNMIX_OK;
}

const um_bench_item um_programs_bench_items[] = {
    {"nmf_start", UNMIX_BENCH_NMF, verify_start, run_start, NULL, NULL, LEAST},
    {"hals_iteration", UNMIX_BENCH_NMF, verify_hals, run_iteration, operations, bytes_of_X, LEAST},
    {"mu_iteration", UNMIX_BENCH_NMF, verify_mu, run_iteration, operations, bytes_of_X, LEAST},
    {"kl_iteration", UNMIX_BENCH_NMF, verify_kl, run_iteration, kl_operations, bytes_of_X, LEAST},
    {"hals_fit", UNMIX_BENCH_NMF, verify_hals_fit, run_fits, NULL, NULL, 1},
    {"kl_fit", UNMIX_BENCH_NMF, verify_kl_fit, run_fits, NULL, NULL, 1},
    {"hals_replicates", UNMIX_BENCH_NMF, verify_replicates, run_fits, NULL, NULL, 1},
};
const size_t um_programs_bench_item_count = sizeof um_programs_bench_items / sizeof um_programs_bench_items[0];
