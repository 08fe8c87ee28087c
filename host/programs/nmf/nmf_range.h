/* Whether a factorisation may leave the range of numbers by itself, or only on a device that computes wrongly. */
#ifndef UM_NMF_RANGE_H
#define UM_NMF_RANGE_H

#include "core/sparse.h"

/*
 * 1 when the values of X, the larger penalty, or a program's start in W (cells x k) or H (k x genes) are so far from 1
 * that products of four of them, summed over some millions of cells and genes, need not fit into single precision.
 */
int um_nmf_may_leave_range(const um_sparse *X, double penalty, size_t k, const double *W, const double *H);

#endif
