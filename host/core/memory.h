/* Checked allocation. Every allocation of the library goes through here or through a library's own allocator. */
#ifndef UM_MEMORY_H
#define UM_MEMORY_H

#include <stddef.h>

#include "core/diagnostics.h"

/*
 * Allocates count x size zeroed bytes into *out (never NULL on success, also for count 0). Fails with
 * UNMIX_ERROR_MEMORY on overflow or exhaustion; `what` names the thing for the message. The caller frees with free().
 */
unmix_status um_alloc_(unmix_context *cx, void **out, size_t count, size_t size, const char *what);
#define UM_ALLOC(cx, pointer, count, what) um_alloc_((cx), (void **)(pointer), (count), sizeof **(pointer), (what))

/* Grows *pointer to at least `needed` elements (doubling); new space is not zeroed. *capacity is updated. */
unmix_status um_grow_(unmix_context *cx, void **pointer, size_t *capacity, size_t needed, size_t size, const char *what);
#define UM_GROW(cx, pointer, capacity, needed, what)                                         \
    um_grow_((cx), (void **)(pointer), (capacity), (needed), sizeof **(pointer), (what))

/* a x b x c, or SIZE_MAX when that does not fit. */
size_t um_product_size(size_t a, size_t b, size_t c);

/* Largest resident size of this process so far, in bytes; 0 where the system does not say. */
size_t um_peak_memory(void);

/* Monotonic clock, seconds. */
double um_seconds(void);

#endif
