/*
 * How many samples a block of a run has, from the bytes that all its parts take: counts, sums over tiles, Hessians and
 * factors, states, error bars, bootstrap, transfers. They are not written down a second time: a worker is opened on a
 * queue that only counts, with a context that does so too, before any work. Blocks change no result.
 */
#ifndef UM_PLAN_H
#define UM_PLAN_H

#include "deconvolve/worker.h"

/* Bytes of one worker. */
typedef struct um_plan {
    double device, largest; /* all buffers, the largest one */
    double host;            /* the arrays for a block, and the block itself */
} um_plan;

/* What a worker takes on device number `slot` with job->at_once samples a block. Errors: MEMORY. */
unmix_status um_plan_of(um_job *job, size_t slot, um_plan *plan);

/*
 * Sets at_once, takes_path, nonzeros and the portions of the job, for `workers` workers: as many samples as keep the
 * devices busy, as far as their memory, their largest buffer and a sensible share of the host's allow. job->portion is
 * the caller's to free.
 */
unmix_status um_plan_blocks(unmix_context *cx, um_job *job, size_t workers);

#endif
