/* The one hot loop of the host: a sum of rows of a thin matrix. */
#ifndef UM_COMBINE_H
#define UM_COMBINE_H

#include <stddef.h>
#include <stdint.h>

enum { UM_LANES = 8 }; /* doubles of a vector; rows of thin matrices are padded to them */

/*
 * sum[0 .. stride) += value[0] A[row[0]] + value[1] A[row[1]] + ..., in this order, where A[r] are the `stride` doubles
 * from A + r * stride. A and sum are aligned to UM_LANES doubles, stride is a multiple of UM_LANES.
 */
typedef void um_combine(const uint32_t *row, const double *value, size_t count, const double *A, size_t stride,
                        double *sum);

/* The variant for the vector unit of this machine. All variants give the same bytes. */
um_combine *um_combine_best(void);

#endif
