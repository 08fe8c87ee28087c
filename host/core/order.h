/* Orders for qsort() and bsearch(), ascending; a NaN is equal to everything. */
#ifndef UM_ORDER_H
#define UM_ORDER_H

#include <stddef.h>

/* -1, 0 or 1: how the one stands to the other. */
#define UM_ORDER(one, other) (((one) > (other)) - ((one) < (other)))

int um_by_double(const void *a, const void *b);
int um_by_size(const void *a, const void *b);   /* size_t */
int um_by_uint32(const void *a, const void *b);
int um_by_text(const void *a, const void *b);   /* const char *, as strcmp() */

/* The smallest multiple of `to` that is at least n. */
static inline size_t um_round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

#endif
