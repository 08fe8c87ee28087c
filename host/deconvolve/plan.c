#include "deconvolve/plan.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/order.h"

/*
 * Bytes of all workers together. More samples at once make nothing faster beyond this: on a CPU device and host share
 * the memory and its caches; a GPU is filled by its own bound on the counts (um_batch_fitting()).
 */
static const double most_on_cpu = 256.0 * 1048576.0, most_on_host = 1024.0 * 1048576.0;

/* Host memory that is not opened with the worker: the block, and the states of its samples while they are packed. */
static double while_working(const um_worker *w)
{
    const double entry = sizeof(uint32_t) + sizeof(double);
    const double columns = (double)(w->job->at_once + w->permutations.columns);
    double bytes = 2.0 * entry * w->job->cohort->entries * columns; /* arrays grow by doubling */
    for (size_t id = 0; id < UM_PATHS; id++) {
        const um_batch *batch = &w->path[id].batch;
        for (size_t s = 0; s < batch->n_states; s++)
            bytes += (double)sizeof(double) * (double)batch->state[s].rows * (double)batch->capacity;
    }
    return bytes;
}

unmix_status um_plan_of(um_job *job, size_t slot, um_plan *plan)
{
    um_worker worker = {0};
    um_queue *queue = NULL;
    *plan = (um_plan){0};
    unmix_context *cx = unmix_context_new(); /* its own: what does not fit here is no failure of the run */
    if (!cx)
        return UNMIX_ERROR_MEMORY;
    unmix_status status = um_queue_open_counting(cx, job->device, slot, &queue);
    if (status == UNMIX_OK) {
        status = um_worker_open(cx, &worker, job, slot, queue);
        size_t largest = 0;
        plan->device = (double)um_queue_counted(queue, &largest);
        plan->largest = (double)largest;
        plan->host = (double)cx->asked + while_working(&worker);
        um_worker_close(&worker);
    }
    unmix_context_free(cx);
    return status;
}

/* What a plan is compared with, from a queue on the device that `sharing` workers use. */
static double excess(const um_plan *plan, const um_queue *queue, double sharing, double workers)
{
    const unmix_device_info *info = um_queue_info(queue);
    const double memory = (double)info->memory_bytes;
    const double at_once = plan->largest / (double)um_queue_largest(queue);
    if (info->kind == UNMIX_DEVICE_CPU)
        return fmax(at_once, (plan->device + plan->host) * workers / fmin(most_on_cpu, memory / 4.0));
    return fmax(at_once, fmax(plan->device * sharing / (memory / 2.0), plan->host * workers / most_on_host));
}

/* The most that stands in the sparse batch of a block. */
static size_t most_nonzeros(const um_job *job, const um_queue *queue)
{
    const um_cohort *cohort = job->cohort;
    const size_t N = cohort->source->columns->count, vector = um_queue_tuning(queue)->vector;
    size_t most = 0, sum = 0;
    for (size_t i = 0; i < N; i++) {
        sum = i % job->at_once ? sum : 0;
        if (cohort->used[i] && um_job_path_of(job, queue, i) == UM_PATH_SPARSE)
            sum += um_round_up(cohort->nonzeros[i], vector);
        most = sum > most ? sum : most;
    }
    return most;
}

/* How many times too large blocks of at_once samples are, on the worst of the devices. */
static double too_large(um_job *job, um_queue *const *queue, size_t workers)
{
    double worst = 0.0;
    for (size_t w = 0; w < workers; w++) {
        um_plan plan;
        size_t sharing = 0;
        for (size_t v = 0; v < workers; v++)
            sharing += (size_t)um_device_is_same(job->device, w, v);
        job->nonzeros = most_nonzeros(job, queue[w]);
        const unmix_status status = um_plan_of(job, w, &plan);
        worst = fmax(worst, status == UNMIX_OK ? excess(&plan, queue[w], (double)sharing, (double)workers) : 2.0);
    }
    return worst;
}

/* Dense samples take most, so one of them is enough to make the blocks small. */
static size_t busy_size(um_job *job, const um_queue *queue)
{
    const um_cohort *cohort = job->cohort;
    const size_t N = cohort->source->columns->count;
    double nonzeros = 0.0;
    size_t n_dense = 0;
    for (size_t i = 0; i < N; i++) {
        n_dense += cohort->used[i] && um_job_path_of(job, queue, i) == UM_PATH_DENSE;
        nonzeros += (double)cohort->nonzeros[i];
    }
    job->fits_path[UM_PATH_DENSE] |= n_dense > 0;
    job->fits_path[UM_PATH_SPARSE] |= n_dense < cohort->n_used;
    for (um_path_id id = UM_PATH_DENSE; id < UM_PATHS; id++)
        job->takes_path[id] |= job->fits_path[id];
    return n_dense ? um_batch_fitting(queue, job->problem)
                   : um_batch_fitting_sparse(queue, job->problem, nonzeros / (double)N);
}

static unmix_status make_portions(unmix_context *cx, um_job *job)
{
    const um_cohort *cohort = job->cohort;
    const size_t N = cohort->source->columns->count;
    job->n_portions = (N + job->at_once - 1) / job->at_once;
    UM_TRY(UM_ALLOC(cx, &job->portion, job->n_portions, "samples"));
    size_t row = 0;
    for (size_t p = 0; p < job->n_portions; p++) {
        const size_t first = p * job->at_once, count = N - first < job->at_once ? N - first : job->at_once;
        job->portion[p] = (um_portion){first, count, row};
        for (size_t c = first; c < first + count; c++)
            row += cohort->used[c] != 0;
    }
    return UNMIX_OK;
}

static unmix_status choose(unmix_context *cx, um_job *job, um_queue *const *queue, size_t workers)
{
    const um_tuning *tuning = um_queue_tuning(queue[0]);
    const size_t step = (size_t)tuning->vector * tuning->vectors, N = job->cohort->source->columns->count;
    job->takes_path[UM_PATH_DENSE] = job->options->errors || job->options->bootstrap;
    job->at_once = workers > 1 ? um_round_up((N + workers - 1) / workers, step) : N;
    for (size_t w = 0; w < workers; w++) {
        const size_t busy = busy_size(job, queue[w]);
        job->at_once = busy < job->at_once ? busy : job->at_once;
    }
    for (double times; (times = too_large(job, queue, workers)) > 1.0 && job->at_once > step;) {
        const size_t less = (size_t)((double)job->at_once / times) / step * step,
                     below = (job->at_once - 1) / step * step;
        job->at_once = less < step ? step : less < below ? less : below;
    }
    if (job->options->stop == UNMIX_STOP_TOGETHER && job->at_once < N)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT,
                       "--stop together fits all %zu samples at once, and here is room for %zu; leave it out, or give fewer samples",
                       N, job->at_once);
    return make_portions(cx, job);
}

unmix_status um_plan_blocks(unmix_context *cx, um_job *job, size_t workers)
{
    um_queue **queue = NULL;
    unmix_status status = UM_ALLOC(cx, &queue, workers, "workers");
    for (size_t w = 0; w < workers && status == UNMIX_OK; w++)
        status = um_queue_open_counting(cx, job->device, w, &queue[w]);
    if (status == UNMIX_OK)
        status = choose(cx, job, queue, workers);
    for (size_t w = 0; queue && w < workers; w++)
        um_queue_close(queue[w]);
    free(queue);
    return status;
}
