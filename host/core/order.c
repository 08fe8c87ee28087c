#include "core/order.h"

#include <stdint.h>
#include <string.h>

int um_by_double(const void *a, const void *b)
{
    return UM_ORDER(*(const double *)a, *(const double *)b);
}

int um_by_size(const void *a, const void *b)
{
    return UM_ORDER(*(const size_t *)a, *(const size_t *)b);
}

int um_by_uint32(const void *a, const void *b)
{
    return UM_ORDER(*(const uint32_t *)a, *(const uint32_t *)b);
}

int um_by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}
