/* The threads of what the program is linked with: PoCL's and those under LAPACK. */
#ifndef THREADS_H
#define THREADS_H

/*
 * Binds them to `threads`; to be called before OpenCL and LAPACK are. asked: the user said so, which goes before what the
 * environment says. OpenBLAS reads its environment and starts its threads, which spin for a while, before main(); so where
 * it was told otherwise the program starts itself anew, as `argv`. Returns 0, or -1 when memory is exhausted.
 */
int threads_bind(unsigned threads, int asked, char *const argv[]);

#endif
