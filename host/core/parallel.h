/* The same work on several threads of the host. */
#ifndef UM_PARALLEL_H
#define UM_PARALLEL_H

/* Cores of the machine, 1 to 64. */
unsigned um_cores(void);

/*
 * Calls work(state, t) for t = 0 .. threads-1, each on a thread of its own as far as the system gives them, and waits for
 * all. The work must not touch the context: it is one thread's.
 */
void um_parallel(unsigned threads, void (*work)(void *state, unsigned thread), void *state);

#endif
