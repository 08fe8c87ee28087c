/* Large matrices of observations x variables into AnnData files, block by block. */
#ifndef UM_H5AD_SPILL_H
#define UM_H5AD_SPILL_H

#include "core/spill.h"
#include "io/anndata/h5ad_encode.h"

/* As an array of float64, the same bytes as um_h5ad_put_array() would store. */
void um_h5ad_put_reals(um_writer *writer, um_node parent, const char *name, um_spill *spill);

/*
 * In the smallest form: a csr_matrix where at most half of the numbers are not zero, else an array; whole numbers below
 * 2^31 as 32-bit integers, others as float64.
 */
void um_h5ad_put_counts(um_writer *writer, um_node parent, const char *name, um_spill *spill);

#endif
