#include "deconvolve/crew.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/parallel.h"

/* One member, with what it speaks through. */
typedef struct member {
    struct crew *crew;
    unmix_context *cx;
    um_worker worker;
    size_t index;
    size_t failed; /* number of the portion at which it failed */
    pthread_t thread;
    int started;
} member;

typedef struct crew {
    unmix_context *cx; /* the caller's, behind the lock */
    um_job *job;
    size_t size;
    member *members;
    int alike;         /* 1: all devices have the same name and driver */
    double fraction;   /* of the progress: it never goes back */
    pthread_mutex_t lock;
} crew;

size_t um_crew_size(const unmix_context *cx, const unmix_device *device, size_t samples)
{
    size_t size = unmix_device_count(device);
    size = size < um_threads(cx) ? size : um_threads(cx);
    return size < samples ? size : samples;
}

/* ---- The context of a member ---- */

static void forward_log(void *payload, unmix_log_level level, const char *message)
{
    crew *all = ((member *)payload)->crew;
    (void)pthread_mutex_lock(&all->lock);
    (level == UNMIX_LOG_WARNING ? um_warn : level == UNMIX_LOG_NOTE ? um_note : um_detail)(all->cx, "%s", message);
    (void)pthread_mutex_unlock(&all->lock);
}

static int forward_progress(void *payload, const char *stage, double fraction)
{
    crew *all = ((member *)payload)->crew;
    (void)pthread_mutex_lock(&all->lock);
    all->fraction = fraction > all->fraction ? fraction : all->fraction;
    const int stop = all->cx->progress ? all->cx->progress(all->cx->progress_payload, stage, all->fraction) : 0;
    (void)pthread_mutex_unlock(&all->lock);
    return stop;
}

/* ---- Work ---- */

/* The next portion for this member; n_portions: none is left. */
static size_t take(member *m)
{
    um_job *job = m->crew->job;
    (void)pthread_mutex_lock(&job->lock);
    size_t portion = job->stop ? job->n_portions : m->crew->alike ? job->next++ : m->index;
    portion = portion < job->n_portions ? portion : job->n_portions;
    (void)pthread_mutex_unlock(&job->lock);
    m->index = portion + m->crew->size; /* of different devices: every size-th */
    return portion;
}

static void stop(um_job *job)
{
    (void)pthread_mutex_lock(&job->lock);
    job->stop = 1;
    (void)pthread_cond_broadcast(&job->changed);
    (void)pthread_mutex_unlock(&job->lock);
}

static void work(member *m)
{
    um_job *job = m->crew->job;
    um_queue *queue = NULL;
    unmix_status status = um_queue_open_on(m->cx, job->device, m->worker.slot, &queue);
    if (status == UNMIX_OK)
        status = um_worker_open(m->cx, &m->worker, job, m->worker.slot, queue);
    if (status == UNMIX_ERROR_MEMORY && queue)
        status = um_worker_make_smaller(&m->worker);
    while (status == UNMIX_OK && (m->failed = take(m)) < job->n_portions)
        status = um_worker_run(&m->worker, &job->portion[m->failed], m->failed);
    if (status != UNMIX_OK)
        stop(job);
}

static void *work_in_a_thread(void *state)
{
    work(state);
    return NULL;
}

/* ---- The crew ---- */

static unmix_status open_member(crew *all, size_t i)
{
    member *m = &all->members[i];
    m->crew = all;
    m->index = m->worker.slot = i;
    m->worker.job = all->job;
    m->cx = all->cx;
    if (all->size == 1)
        return UNMIX_OK;
    m->cx = unmix_context_new();
    if (!m->cx)
        return UM_FAIL(all->cx, UNMIX_ERROR_MEMORY, "workers: out of memory");
    unmix_set_log(m->cx, forward_log, m);
    unmix_set_progress(m->cx, forward_progress, m);
    const unsigned threads = um_threads(all->cx) / (unsigned)all->size;
    unmix_set_threads(m->cx, threads ? threads : 1);
    return UNMIX_OK;
}

static unmix_status start(crew *all)
{
    for (size_t i = 1; i < all->size; i++) {
        member *m = &all->members[i];
        m->started = pthread_create(&m->thread, NULL, work_in_a_thread, m) == 0;
        if (!m->started) {
            stop(all->job);
            return UM_FAIL(all->cx, UNMIX_ERROR_MEMORY, "cannot start a thread for %zu devices", all->size);
        }
    }
    return UNMIX_OK;
}

/* The failure of the first samples among those of the members. */
static unmix_status pass_failure(crew *all)
{
    const member *first = NULL;
    for (size_t i = 0; i < all->size; i++) {
        const member *m = &all->members[i];
        if (m->cx && unmix_error_status(m->cx) != UNMIX_OK && (!first || m->failed < first->failed))
            first = m;
    }
    return !first || first->cx == all->cx ? unmix_error_status(all->cx) : um_pass_failure(all->cx, first->cx);
}

static void close_crew(crew *all)
{
    for (size_t i = 0; all->members && i < all->size; i++) {
        member *m = &all->members[i];
        if (m->worker.job)
            um_worker_close(&m->worker);
        if (m->cx != all->cx)
            unmix_context_free(m->cx);
    }
    free(all->members);
    (void)pthread_mutex_destroy(&all->lock);
}

unmix_status um_crew_run(unmix_context *cx, um_job *job, size_t size, size_t *n_without_errors)
{
    crew all = {.cx = cx, .job = job, .size = size, .alike = 1};
    (void)pthread_mutex_init(&all.lock, NULL);
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &all.members, size, "workers"));
    for (size_t i = 0; i < size; i++) {
        UM_TRY_GOTO(status, done, open_member(&all, i));
        all.alike = all.alike && um_device_is_alike(job->device, 0, i);
    }
    status = start(&all);
    if (status == UNMIX_OK)
        work(&all.members[0]);
    for (size_t i = 1; i < size; i++)
        if (all.members[i].started)
            (void)pthread_join(all.members[i].thread, NULL);
    status = pass_failure(&all);
    for (size_t i = 0; i < size; i++)
        *n_without_errors += all.members[i].worker.n_without_errors;
done:
    close_crew(&all);
    return status;
}
