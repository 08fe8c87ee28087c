#include "core/parallel.h"

#include <pthread.h>

#include "core/processors.h"

enum { MAX_THREADS = 64 };

typedef struct part {
    void (*work)(void *state, unsigned thread);
    void *state;
    unsigned thread;
} part;

static void *run_part(void *argument)
{
    const part *p = argument;
    p->work(p->state, p->thread);
    return NULL;
}

unsigned um_threads(const unmix_context *cx)
{
    return cx->threads > MAX_THREADS ? MAX_THREADS : cx->threads;
}

void unmix_set_threads(unmix_context *cx, unsigned threads)
{
    cx->threads = threads ? threads : um_processors();
}

unsigned unmix_get_threads(const unmix_context *cx)
{
    return cx->threads;
}

void um_parallel(unsigned threads, void (*work)(void *state, unsigned thread), void *state)
{
    part parts[MAX_THREADS];
    pthread_t ids[MAX_THREADS];
    int started[MAX_THREADS] = {0};
    for (unsigned t = 1; t < threads; t++) {
        parts[t] = (part){work, state, t};
        started[t] = pthread_create(&ids[t], NULL, run_part, &parts[t]) == 0;
    }
    work(state, 0);
    for (unsigned t = 1; t < threads; t++) {
        if (started[t])
            (void)pthread_join(ids[t], NULL);
        else
            work(state, t); /* no thread was to be had */
    }
}
