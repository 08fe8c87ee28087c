/* The workers of a run: one for each device that was opened, side by side on threads of the host. */
#ifndef UM_CREW_H
#define UM_CREW_H

#include "deconvolve/worker.h"

/* Workers for a run of `samples` samples: at most the devices that were opened and the threads of the context. */
size_t um_crew_size(const unmix_context *cx, const unmix_device *device, size_t samples);

/*
 * Works through all portions of the job with `size` workers. Equal devices take portions as they become free, different
 * ones each every size-th. Messages and progress of the workers come one at a time; of several failures the one of the
 * first samples is recorded. *n_without_errors: samples whose gap is too large for standard errors.
 */
unmix_status um_crew_run(unmix_context *cx, um_job *job, size_t size, size_t *n_without_errors);

#endif
