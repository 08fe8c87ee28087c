#include "device/blas.h"

#include <clblast_c.h>

#include "device/opencl.h"

void um_blas_product(um_queue *queue, size_t m, size_t n, size_t k, const um_buffer *A, size_t a_stride, const um_buffer *B,
                     size_t b_stride, const um_buffer *C, size_t c_stride)
{
    if (queue->status != UNMIX_OK)
        return;
    CLBlastStatusCode code;
    if (queue->device->precision == UNMIX_DOUBLE)
        code = CLBlastDgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, m, n, k, 1.0, A->memory, 0,
                            a_stride, B->memory, 0, b_stride, 0.0, C->memory, 0, c_stride, &queue->commands, NULL);
    else
        code = CLBlastSgemm(CLBlastLayoutRowMajor, CLBlastTransposeNo, CLBlastTransposeNo, m, n, k, 1.0f, A->memory, 0,
                            a_stride, B->memory, 0, b_stride, 0.0f, C->memory, 0, c_stride, &queue->commands, NULL);
    if (code != CLBlastSuccess)
        um_queue_fail(queue, UM_FAIL(queue->cx, UNMIX_ERROR_DEVICE, "the product %zu x %zu x %zu failed on %s: CLBlast status %d",
                                     m, k, n, queue->device->info.name, (int)code));
}
