/* Arguments of the public functions. */
#ifndef UM_ARGUMENT_H
#define UM_ARGUMENT_H

#include "core/diagnostics.h"

/* Refuses NULL, naming the function and the argument. */
#define UM_NEED(cx, argument)                                                                \
    do {                                                                                     \
        if (!(argument))                                                                     \
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "%s: '" #argument "' must not be NULL", __func__); \
    } while (0)

#endif
