/* CLBlast, behind the sticky queue. */
#ifndef UM_BLAS_H
#define UM_BLAS_H

#include "device/queue.h"

/* C (m x n) = A (m x k) B (k x n), row-major with the given strides in reals. A failure names CLBlast's status. */
void um_blas_product(um_queue *queue, size_t m, size_t n, size_t k, const um_buffer *A, size_t a_stride, const um_buffer *B,
                     size_t b_stride, const um_buffer *C, size_t c_stride);

#endif
