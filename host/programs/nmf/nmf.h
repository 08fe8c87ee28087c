/* Fits of the factorisation of nmf_problem.h on a device. */
#ifndef UM_NMF_H
#define UM_NMF_H

#include "programs/nmf/nmf_problem.h"
#include "unmix/device.h"

typedef struct um_nmf_fit {
    size_t iterations;
    int converged;
    double loss;     /* without penalties, evaluated in double on the host */
    double *history; /* of the loss with penalties at every tenth iteration, as the device saw it; owned */
    size_t looks;    /* entries of history */
} um_nmf_fit;

void um_nmf_fit_clear(um_nmf_fit *fit);

/* One fit. Errors: ARGUMENT, INPUT (values below 0 or out of the range of the precision), MEMORY, DEVICE, INTERRUPTED. */
unmix_status um_nmf(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_nmf_options *options,
                    um_factors *factors, um_nmf_fit *fit);

/*
 * `count` independent fits over one copy of X on the device, as many at a time as fit it. Replicate r uses the cells c
 * with uses[r * n + c] != 0 (uses NULL: all); rows of W of other cells become 0. A replicate's result does not depend on
 * the others.
 */
unmix_status um_nmf_many(unmix_context *cx, unmix_device *device, const um_nmf_data *data, const um_nmf_options *options,
                         size_t count, const unsigned char *uses, um_factors *factors, um_nmf_fit *fits);

#endif
