/* The same work on several threads of the host. */
#ifndef UM_PARALLEL_H
#define UM_PARALLEL_H

#include "core/diagnostics.h"

/* Threads that a part of the library may keep busy, 1 to 64: unmix_set_threads(). The only place to ask. */
unsigned um_threads(const unmix_context *cx);

/*
 * Calls work(state, t) for t = 0 .. threads-1, each on a thread of its own as far as the system gives them, and waits for
 * all. The work must not touch the context: it is one thread's.
 */
void um_parallel(unsigned threads, void (*work)(void *state, unsigned thread), void *state);

#endif
