/* Whole fits, from counts in host memory to exposures in host memory. The result is evaluated in double. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "bench/bench_deconvolve.h"
#include "deconvolve/certify/evaluate.h"

enum { GD_STEPS = 3000 };

void um_bench_fit_close(um_bench_fit *f)
{
    if (f->method)
        f->method->close(f->state);
    um_batch_clear(&f->batch);
    free(f->fit.E);
    free(f->fit.nll);
    free(f->fit.gap);
    free(f->fit.iterations);
    free(f->fit.converged);
    *f = (um_bench_fit){0};
}

static unmix_status open_fit(um_bench *b, const um_method *method, const unmix_deconvolve_options *options)
{
    um_bench_fit *f = &b->fit;
    const size_t N = b->base.options->samples;
    um_bench_fit_close(f);
    f->method = method;
    f->options = *options;
    UM_TRY(UM_ALLOC(b->base.cx, &f->fit.E, N * b->problem.n_sources, "exposures"));
    double **arrays[] = {&f->fit.nll, &f->fit.gap, &f->fit.iterations, &f->fit.converged};
    for (size_t a = 0; a < sizeof arrays / sizeof arrays[0]; a++)
        UM_TRY(UM_ALLOC(b->base.cx, arrays[a], N, "samples"));
    UM_TRY(um_batch_open(b->base.cx, &f->batch, b->base.queue, &b->problem, b->problem.D, N));
    return method->open(&f->batch, &f->options, &f->state);
}

static unmix_status run_fit(void *subject)
{
    um_bench *b = subject;
    um_bench_fit *f = &b->fit;
    const um_sums sums = {b->total, b->T};
    um_batch_load(&f->batch, &b->block, b->column, b->base.options->samples);
    return f->method->fit(f->state, &f->batch, &sums, &f->fit, 0.0, 1.0);
}

/* The fit evaluated in double, and how long that takes. */
static unmix_status evaluate(um_bench *b, um_metrics *metrics, double *seconds)
{
    um_evaluator evaluator = {0};
    const double started = um_seconds();
    unmix_status status = um_evaluator_open(b->base.cx, &evaluator, &b->problem);
    if (status == UNMIX_OK)
        status = um_evaluate(b->base.cx, &evaluator, &b->block, b->column, b->base.options->samples, b->fit.fit.E, metrics, NULL);
    um_evaluator_close(&evaluator);
    *seconds = um_seconds() - started;
    return status;
}

static double most(const double *values, size_t count)
{
    double largest = 0.0;
    for (size_t i = 0; i < count; i++)
        largest = fmax(largest, values[i]);
    return largest;
}

/* One fit; metrics[N] are freed by the caller. */
static unmix_status fit_once(um_bench *b, const um_method *method, const unmix_deconvolve_options *options,
                             um_metrics **metrics, um_bench_check *check)
{
    const size_t N = b->base.options->samples;
    double seconds = 0.0;
    UM_TRY(UM_ALLOC(b->base.cx, metrics, N, "metrics"));
    UM_TRY(open_fit(b, method, options));
    UM_TRY(run_fit(b));
    UM_TRY(evaluate(b, *metrics, &seconds));
    double gap = 0.0;
    for (size_t n = 0; n < N; n++)
        gap = um_bench_worse(gap, (*metrics)[n].gap, 0.0, 1.0);
    check->verified = N;
    check->extra[0] = (um_bench_extra){"iterations", most(b->fit.fit.iterations, N)};
    check->extra[1] = (um_bench_extra){"gap", gap};
    check->extra[2] = (um_bench_extra){"evaluation_seconds", seconds};
    return UNMIX_OK;
}

/* exact: the certificate, in double, is the proof. */
static unmix_status verify_exact(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    const double tolerance = um_queue_real_size(b->base.queue) == sizeof(float) ? 1e-6 : 1e-9;
    const unmix_deconvolve_options options = {.intercept = 1, .tolerance = tolerance, .max_iterations = 100};
    um_metrics *metrics = NULL;
    const unmix_status status = fit_once(b, &um_exact_method, &options, &metrics, check);
    check->error = check->extra[1].value;
    check->bound = tolerance;
    free(metrics);
    return status;
}

/* gd never stops early here; the loss that the device saw at its result is compared with double. */
static unmix_status verify_gd(void *subject, um_bench_check *check)
{
    um_bench *b = subject;
    const unmix_deconvolve_options options = {
        .method = UNMIX_METHOD_GD, .intercept = 1, .max_iterations = GD_STEPS, .learning_rate = 0.01,
        .start_exposure = -10.0,
        .seed = b->base.options->seed};
    um_metrics *metrics = NULL;
    const unmix_status status = fit_once(b, &um_gd_method, &options, &metrics, check);
    for (size_t n = 0; n < b->base.options->samples && status == UNMIX_OK; n++)
        check->error = um_bench_worse(check->error, b->fit.fit.nll[n], metrics[n].nll, metrics[n].nll + b->T[n]);
    check->bound = ((double)um_queue_tuning(b->base.queue)->tile + b->batch.M + 8.0) * 0.5 * um_bench_eps(&b->base);
    free(metrics);
    return status;
}

const um_bench_item um_bench_fits[] = {
    {"exact", UNMIX_BENCH_EXACT, verify_exact, run_fit, NULL, NULL, 1},
    {"gd", UNMIX_BENCH_GD, verify_gd, run_fit, NULL, NULL, 1},
};
const size_t um_bench_fit_count = sizeof um_bench_fits / sizeof um_bench_fits[0];
