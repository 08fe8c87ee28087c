/* The device of the machine with the values of a CPU or of a GPU, so that kernels are tested as both compile them. */
#ifndef UM_TUNING_ROWS_H
#define UM_TUNING_ROWS_H

#include <stdio.h>

#include "device/tuning.h"
#include "testing/testing.h"

/* A device of that kind keeps its own values; another gets those of the table. */
static inline void um_tune_as(unmix_context *cx, unmix_device *device, unmix_device_kind kind)
{
    char text[256];
    const um_tuning t = um_tuning_for(kind, unmix_device_get_precision(device), 0);
    if (unmix_device_get_info(device)->kind == kind)
        return;
    (void)snprintf(text, sizeof text,
                   "vector=%u vectors=%u genes=%u tile=%u group=%u stage=%u fixed-sources=%u fold=%u dense=%u sparse=%u",
                   t.vector, t.vectors, t.genes, t.tile, t.group, t.stage, t.fixed_sources, t.fold, t.dense, t.sparse);
    assert_ok(cx, unmix_device_tune(cx, device, text));
}

#endif
