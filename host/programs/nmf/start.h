/*
 * Where a factorisation starts, in double on the host: numerically scikit-learn's `init` with the same seed (checked
 * against 1.9.1 to 1e-8; NNDSVD: Boutsidis, Gallopoulos 2008).
 */
#ifndef UM_NMF_START_H
#define UM_NMF_START_H

#include "programs/nmf/nmf_problem.h"

typedef enum um_nmf_start_kind {
    UM_NMF_START_NNDSVDA, /* leading singular vectors, one sign of each; zeros become the mean of X */
    UM_NMF_START_NNDSVD,  /* the same with zeros, which multiplicative updates never leave */
    UM_NMF_START_RANDOM   /* |normal| sqrt(mean / k) */
} um_nmf_start_kind;

/*
 * Fills factors->W and ->H (allocated by the caller). Cells c with uses[c] == 0 (uses NULL: all are used) do not count:
 * the others start as if they were the whole matrix, and the rows of W of these become 0. Missing entries count as zeros:
 * in simulated sparse counts with 10 to 60 % missing the sweeps then came to the same loss sooner than from the means of
 * the genes, in dense data about as soon. The result does not depend on the number of threads.
 *
 * Errors: ARGUMENT (k is 0 or more than there are genes or used cells; an entry of X is negative or not finite), MEMORY.
 */
unmix_status um_nmf_start(unmix_context *cx, const um_nmf_data *data, const unsigned char *uses, um_nmf_start_kind kind,
                          size_t k, uint32_t seed, um_factors *factors);

#endif
