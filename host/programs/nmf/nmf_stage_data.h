/* X and the pattern of what is missing on their way to the device. */
#ifndef UM_NMF_STAGE_DATA_H
#define UM_NMF_STAGE_DATA_H

#include "programs/nmf/nmf_stage.h"

/*
 * Fills stage->X (sparse or, where stage->dense, dense), ->turned (where the device does not fold), ->lost and
 * ->lost_turned, whose buffers um_nmf_stage_close() releases. Errors: ARGUMENT (more than 2^32 entries), MEMORY, DEVICE.
 */
unmix_status um_nmf_stage_put(um_nmf_stage *stage, const um_nmf_data *data);

#endif
