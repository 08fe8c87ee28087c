#include "device/trust.h"

#include <math.h>

#include "device/opencl.h"

unmix_status um_trust(um_queue *queue, const double *values, size_t count, const char *what)
{
    for (size_t i = 0; queue->status == UNMIX_OK && i < count; i++)
        if (!isfinite(values[i]))
            queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_WRONG_DEVICE,
                                    "%s computes wrongly: %s are not numbers; run `unmix devices`, use another --device",
                                    queue->device->info.name, what);
    return queue->status;
}
