#include "bench/self_test_linalg.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "linalg/product.h"

/* Whole numbers up to 15 and a depth that keeps sums under 2^24: the product is exact in float, so any error is wrong. */
static double element(size_t row, size_t column)
{
    return (double)((row * 7 + column * 3) % 16);
}

typedef struct operands {
    um_dense A, B, C;
    double *a, *b, *c;
} operands;

static void operands_clear(operands *o)
{
    um_dense_release(&o->A);
    um_dense_release(&o->B);
    um_dense_release(&o->C);
    free(o->a);
    free(o->b);
    free(o->c);
}

static unmix_status multiply(unmix_context *cx, um_queue *queue, um_product_path path, size_t m, size_t k, size_t n, operands *o)
{
    UM_TRY(UM_ALLOC(cx, &o->a, m * k, "self-test"));
    UM_TRY(UM_ALLOC(cx, &o->b, k * n, "self-test"));
    UM_TRY(UM_ALLOC(cx, &o->c, m * n, "self-test"));
    for (size_t r = 0; r < m; r++)
        for (size_t i = 0; i < k; i++)
            o->a[r * k + i] = element(r, i);
    for (size_t i = 0; i < k; i++)
        for (size_t c = 0; c < n; c++)
            o->b[i * n + c] = element(i, c);
    um_dense_allocate(queue, &o->A, m, k, "self-test");
    um_dense_allocate(queue, &o->B, k, n, "self-test");
    um_dense_allocate(queue, &o->C, m, n, "self-test");
    um_dense_write(queue, &o->A, o->a);
    um_dense_write(queue, &o->B, o->b);
    um_product(queue, path, &o->A, &o->B, &o->C);
    um_dense_read(queue, &o->C, o->c);
    return um_queue_finish(queue);
}

static unmix_status test_path(unmix_context *cx, um_queue *queue, um_product_path path, size_t m, size_t k, size_t n,
                              double *error)
{
    operands o = {0};
    const unmix_status status = multiply(cx, queue, path, m, k, n, &o);
    for (size_t r = 0; status == UNMIX_OK && r < m; r++)
        for (size_t c = 0; c < n; c++) {
            double sum = 0.0;
            for (size_t i = 0; i < k; i++)
                sum += element(r, i) * element(i, c);
            *error = um_worst(*error, fabs(o.c[r * n + c] - sum));
        }
    operands_clear(&o);
    return status;
}

static unmix_status test_own(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *error = *bound = 0.0;
    UM_TRY(test_path(cx, queue, UM_PRODUCT_OWN, 1, 1, 1, error));
    return test_path(cx, queue, UM_PRODUCT_OWN, 261, 23, 83, error);
}

/* The path that the device would take for a large product: CLBlast on a GPU. */
static unmix_status test_large(unmix_context *cx, um_queue *queue, double *error, double *bound)
{
    *error = *bound = 0.0;
    return test_path(cx, queue, um_product_choose(queue, 4096, 256, 4096), 130, 200, 70, error);
}

const um_self_test_family um_linalg_self_tests[] = {{"product", test_own}, {"large product", test_large}};
const size_t um_linalg_self_test_count = sizeof um_linalg_self_tests / sizeof um_linalg_self_tests[0];
