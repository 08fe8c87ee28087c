#include "core/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

size_t um_product_size(size_t a, size_t b, size_t c)
{
    if (b && a > SIZE_MAX / b)
        return SIZE_MAX;
    const size_t ab = a * b;
    if (c && ab > SIZE_MAX / c)
        return SIZE_MAX;
    return ab * c;
}

unmix_status um_alloc_(unmix_context *cx, void **out, size_t count, size_t size, const char *what)
{
    *out = NULL;
    const size_t bytes = um_product_size(count, size, 1);
    if (bytes == SIZE_MAX)
        return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "%s: %zu x %zu bytes do not fit into memory", what, count, size);
    *out = calloc(count ? count : 1, size);
    if (!*out)
        return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "%s: cannot allocate %zu bytes", what, bytes);
    cx->asked += bytes;
    return UNMIX_OK;
}

unmix_status um_grow_(unmix_context *cx, void **pointer, size_t *capacity, size_t needed, size_t size, const char *what)
{
    if (needed <= *capacity && *pointer)
        return UNMIX_OK;
    size_t target = *capacity < 16 ? 16 : *capacity;
    while (target < needed)
        target = target > SIZE_MAX / 2 ? SIZE_MAX : target * 2;
    const size_t bytes = um_product_size(target, size, 1);
    void *grown = bytes == SIZE_MAX ? NULL : realloc(*pointer, bytes);
    if (!grown)
        return UM_FAIL(cx, UNMIX_ERROR_MEMORY, "%s: cannot allocate %zu x %zu bytes", what, target, size);
    *pointer = grown;
    cx->asked += bytes - *capacity * size;
    *capacity = target;
    return UNMIX_OK;
}

size_t um_peak_memory(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0)
        return 0;
    return (size_t)usage.ru_maxrss * 1024; /* Linux reports kilobytes */
}

double um_seconds(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0.0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
