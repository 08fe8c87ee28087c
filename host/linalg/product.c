#include "linalg/product.h"

#include <stdlib.h>

#include "core/memory.h"
#include "core/order.h"
#include "device/blas.h"

/* Below this many multiply-adds a GPU is not filled and the set-up of CLBlast (padding, transposing) costs more. */
static const double clblast_from = 64.0 * 1024.0 * 1024.0;

/* Below this depth our kernel reads B from registers once and is bound by memory, which CLBlast cannot better. */
static const size_t clblast_depth = 64;

void um_dense_allocate(um_queue *queue, um_dense *matrix, size_t rows, size_t columns, const char *what)
{
    const um_tuning *t = um_queue_tuning(queue);
    *matrix = (um_dense){.rows = rows, .columns = columns, .stride = um_round_up(columns, t->vector)};
    um_buffer_reals(queue, &matrix->buffer, um_product_size(um_round_up(rows, t->genes), matrix->stride, 1), what);
    um_fill_zero(queue, &matrix->buffer);
}

void um_dense_release(um_dense *matrix)
{
    um_buffer_release(&matrix->buffer);
    *matrix = (um_dense){0};
}

void um_dense_write(um_queue *queue, um_dense *matrix, const double *values)
{
    um_write_columns(queue, &matrix->buffer, matrix->stride, 0, values, matrix->rows, matrix->columns);
}

void um_dense_read(um_queue *queue, const um_dense *matrix, double *values)
{
    for (size_t r = 0; r < matrix->rows; r++)
        um_read_reals(queue, &matrix->buffer, r * matrix->stride, values + r * matrix->columns, matrix->columns);
}

um_product_path um_product_choose(const um_queue *queue, size_t rows, size_t inner, size_t columns)
{
    /* On a CPU CLBlast reaches a tenth of our kernel's rate and takes ten seconds to compile (bench/results). */
    if (um_queue_info(queue)->kind != UNMIX_DEVICE_GPU || inner < clblast_depth)
        return UM_PRODUCT_OWN;
    return (double)rows * (double)inner * (double)columns < clblast_from ? UM_PRODUCT_OWN : UM_PRODUCT_CLBLAST;
}

void um_product(um_queue *queue, um_product_path path, const um_dense *A, const um_dense *B, um_dense *C)
{
    if (A->columns != B->rows || C->rows != A->rows || C->columns != B->columns) {
        um_queue_refuse(queue, "a product of matrices whose shapes do not fit");
        return;
    }
    if (path == UM_PRODUCT_CLBLAST) {
        um_blas_product(queue, A->rows, B->columns, A->columns, &A->buffer, A->stride, &B->buffer, B->stride, &C->buffer,
                        C->stride);
        return;
    }
    const um_tuning *t = um_queue_tuning(queue);
    um_run(queue, UM_KERNEL_PRODUCT, UM_ANY_VARIANT,
           um_grid_2d(C->stride / t->vector, um_round_up(A->rows, t->genes) / t->genes), UM_U32(A->columns),
           UM_U32(A->stride), UM_U32(C->stride / t->vector), UM_BUF(&A->buffer), UM_BUF(&B->buffer),
           UM_BUF(&C->buffer));
}
