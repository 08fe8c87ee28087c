/* What a plan says is what is allocated; blocks and workers, and half of them where there is no room, change no result.
 */
#include "deconvolve/plan.h"

#include <stdio.h>
#include <string.h>

#include "deconvolve/crew.h"
#include "deconvolve_run.h"

enum { G = 320, C = 7, N = 150 };

static unmix_context *cx;
static inputs in;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    in = inputs_draw(cx, G, C, N, 40000.0, 0.1, 5);
    return 0;
}

static int end(void **state)
{
    (void)state;
    inputs_clear(&in);
    unmix_context_free(cx);
    return 0;
}

/* A whole run with the parts in hand: the plan for the blocks that were chosen, and what the device really gave at
 * most. */
static void check_plan(unmix_deconvolve_options options, const char *tuning)
{
    unmix_device *device = inputs_device(cx, UNMIX_SINGLE);
    const um_method *method = um_method_for(options.method);
    um_source bulk;
    um_problem problem = {0};
    um_cohort cohort = {0};
    um_evaluator evaluator = {0};
    um_result result = {0};
    um_plan plan;
    size_t peak = 0, without = 0;
    assert_ok(cx, unmix_device_tune(cx, device, tuning));
    options.tolerance = 1e-6;
    options.max_iterations = 20;
    options.errors = options.errors && method->traits.errors;
    options.intercept = options.intercept && method->traits.intercept;
    um_source_of_matrix(&bulk, &in.counts);
    assert_ok(cx, um_problem_stage(cx, &problem, &in.signatures, &bulk, NULL, &options));
    assert_ok(cx, um_cohort_open(cx, &cohort, &bulk, &problem, &options, N));
    assert_ok(cx, um_evaluator_open(cx, &evaluator, &problem));
    assert_ok(cx, um_result_open(cx, &result, &problem, bulk.columns, &method->traits, &options));
    um_job job = {.device = device, .options = &options, .method = method, .problem = &problem, .D = problem.D,
                  .cohort = &cohort, .evaluator = &evaluator, .result = &result,
                  .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    assert_ok(cx, um_plan_blocks(cx, &job, 1));
    assert_ok(cx, um_plan_of(&job, 0, &plan));
    assert_ok(cx, um_crew_run(cx, &job, 1, &without));
    assert_int_equal(um_device_bytes(device, 0, &peak), 0); /* all was given back */
    if (!((double)peak <= plan.device))
        fail_msg("%s: planned %g bytes, allocated %zu", method->traits.name, plan.device, peak);
    /* Everything is opened before the work, so the plan is no guess: it is exact. */
    assert_true((double)peak >= plan.device);
    assert_true(plan.largest <= plan.device && plan.largest > 0.0 && plan.host > 0.0);
    free(job.portion);
    um_result_clear(&result);
    um_evaluator_close(&evaluator);
    um_cohort_clear(&cohort);
    um_problem_clear(&problem);
    unmix_device_close(device);
}

static void what_is_planned_is_what_is_allocated(void **state)
{
    static const unmix_method methods[] = {UNMIX_METHOD_EXACT, UNMIX_METHOD_EM, UNMIX_METHOD_GD, UNMIX_METHOD_NNLS};
    static const char *const tunings[] = {"", "sparse=100", "sparse=0", "largest-buffer=1"};
    (void)state;
    for (size_t m = 0; m < 4; m++)
        for (size_t t = 0; t < 4; t++)
            for (size_t bootstrap = 0; bootstrap < 6; bootstrap += 5) {
                unmix_deconvolve_options options = inputs_options();
                options.method = methods[m];
                options.bootstrap = methods[m] == UNMIX_METHOD_EXACT ? bootstrap : 0;
                check_plan(options, tunings[t]);
            }
}

/* The result on devices opened as `selector` with a tuning. */
static um_result deconvolve_on(const char *selector, const char *tuning)
{
    unmix_device *device = NULL;
    unmix_deconvolve_options options = inputs_options();
    options.bootstrap = 4;
    assert_ok(cx, unmix_device_open(cx, selector, UNMIX_SINGLE, &device));
    assert_ok(cx, unmix_device_tune(cx, device, tuning));
    um_result result = inputs_deconvolve(cx, device, &in, &options);
    unmix_device_close(device);
    return result;
}

static void assert_same(const um_matrix *one, const um_matrix *two)
{
    assert_int_equal(one->rows.count, two->rows.count);
    assert_memory_equal(one->values, two->values, one->rows.count * one->columns.count * sizeof *one->values);
}

static void blocks_and_workers_change_no_result(void **state)
{
    static const char *const runs[][2] = {{"auto", "memory=2"}, {"auto,auto", ""}, {"auto,auto,auto", "memory=4"}};
    (void)state;
    unmix_set_threads(cx, 3);
    um_result want = deconvolve_on("auto", "");
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        um_result got = deconvolve_on(runs[i][0], runs[i][1]);
        assert_same(&want.exposures, &got.exposures);
        assert_same(&want.metrics, &got.metrics);
        assert_same(&want.standard_errors, &got.standard_errors);
        assert_same(&want.lower, &got.lower);
        assert_same(&want.upper, &got.upper);
        assert_same(&want.low, &got.low);
        assert_same(&want.high, &got.high);
        assert_true(want.summary.largest_gap == got.summary.largest_gap && want.summary.r2 == got.summary.r2);
        assert_int_equal(want.summary.converged, got.summary.converged);
        um_result_clear(&got);
    }
    um_result_clear(&want);
    unmix_set_threads(cx, 0);
}

/* Keeps the last fraction, 2 when it went back. */
static int stop_in_the_fit(void *payload, const char *stage, double fraction)
{
    double *last = payload;
    if (strncmp(stage, "exact", 5) != 0)
        return 0;
    *last = fraction < *last ? 2.0 : fraction;
    return 1;
}

/* Stopped in one of several workers: all end, and the caller's context has the failure. */
static void several_workers_can_be_interrupted(void **state)
{
    (void)state;
    unmix_device *device = NULL;
    um_source bulk;
    um_result result = {0};
    double last = -1.0;
    const unmix_deconvolve_options options = inputs_options();
    unmix_set_threads(cx, 3);
    assert_ok(cx, unmix_device_open(cx, "auto,auto,auto", UNMIX_SINGLE, &device));
    um_source_of_matrix(&bulk, &in.counts);
    unmix_set_progress(cx, stop_in_the_fit, &last);
    assert_refused(cx, um_deconvolve(cx, device, &in.signatures, NULL, &bulk, NULL, NULL, NULL, &options, &result),
                   UNMIX_ERROR_INTERRUPTED, "interrupted while exact");
    unmix_set_progress(cx, NULL, NULL);
    assert_true(last >= 0.0 && last <= 1.0);
    assert_int_equal(um_device_bytes(device, 0, NULL), 0);
    unmix_device_close(device);
    unmix_set_threads(cx, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_planned_is_what_is_allocated),
        cmocka_unit_test(blocks_and_workers_change_no_result),
        cmocka_unit_test(several_workers_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, begin, end) != 0 ? 1 : 0;
}
