/* The counts of a sparse batch; inside batch only. */
#ifndef UM_BATCH_SPARSE_H
#define UM_BATCH_SPARSE_H

#include "deconvolve/problem/batch.h"

void um_sparse_open(um_batch *batch);
void um_batch_sparse_clear(um_batch_sparse *sparse);

/* Writes the counts of the columns of the batch to the device; makes room for them. */
void um_sparse_load(um_batch *batch);

#endif
