/*
 * Dense products of matrices on the device: own kernel for thin ones, CLBlast for the large and deep ones on a GPU.
 * Which one runs is decided by device and shape in one place, um_product_path().
 */
#ifndef UM_PRODUCT_H
#define UM_PRODUCT_H

#include "device/queue.h"

/* rows x columns reals on the device, row-major, rows `stride` reals apart. */
typedef struct um_dense {
    um_buffer buffer;
    size_t rows, columns, stride;
} um_dense;

/*
 * Room for a matrix; rows are padded to whole vectors and to the unroll of the kernels, and everything is zero.
 * Released with um_dense_release().
 */
void um_dense_allocate(um_queue *queue, um_dense *matrix, size_t rows, size_t columns, const char *what);
void um_dense_release(um_dense *matrix);

/* Transfers of all elements, row-major without padding. */
void um_dense_write(um_queue *queue, um_dense *matrix, const double *values);
void um_dense_read(um_queue *queue, const um_dense *matrix, double *values);

typedef enum um_product_path { UM_PRODUCT_OWN, UM_PRODUCT_CLBLAST } um_product_path;

/* The path for a product of rows x inner times inner x columns. */
um_product_path um_product_choose(const um_queue *queue, size_t rows, size_t inner, size_t columns);

/* C = A B on the given path. */
void um_product(um_queue *queue, um_product_path path, const um_dense *A, const um_dense *B, um_dense *C);

#endif
