/* Dense products through host/linalg on our own kernel (and, on a GPU, CLBlast), against sums in double. */
#include "linalg/product.h"

#include "kernel/rig.h"

static const rig_case cases[] = {
    {UNMIX_SINGLE, ""},
    {UNMIX_SINGLE, "vector=1 vectors=1 group=64 stage=1 fixed-sources=1 tile=64"},
    {UNMIX_SINGLE, "vector=4 vectors=1 genes=4 group=8"},
    {UNMIX_SINGLE, "group=7"},
    {UNMIX_DOUBLE, ""},
    {UNMIX_DOUBLE, "vector=2 vectors=3 genes=4 tile=128 group=1"},
};

typedef struct shape {
    size_t rows, inner, columns;
} shape;

static const shape shapes[] = {{1, 1, 1},      {2, 2, 1},     {255, 22, 15}, {256, 61, 16},
                               {257, 127, 17}, {773, 22, 33}, {5003, 22, 2}, {8, 128, 32},
                               {300, 129, 97}, {7, 1, 31},    {1, 253, 97}};

static double *draw(rig *r, size_t count)
{
    double *values = rig_new(count, 0.0);
    for (size_t i = 0; i < count; i++)
        values[i] = rig_real(r, um_random_normal(&r->random));
    return values;
}

static void check_product(rig *r, shape s, um_product_path path)
{
    char where[80];
    (void)snprintf(where, sizeof where, "%zu x %zu x %zu", s.rows, s.inner, s.columns);
    double *a = draw(r, s.rows * s.inner), *b = draw(r, s.inner * s.columns), *c = rig_new(s.rows * s.columns, NAN);
    um_dense A, B, C;
    um_dense_allocate(r->queue, &A, s.rows, s.inner, "A");
    um_dense_allocate(r->queue, &B, s.inner, s.columns, "B");
    um_dense_allocate(r->queue, &C, s.rows, s.columns, "C");
    um_dense_write(r->queue, &A, a);
    um_dense_write(r->queue, &B, b);
    um_dense_write(r->queue, &C, c); /* poison */
    um_product(r->queue, path, &A, &B, &C);
    um_dense_read(r->queue, &C, c);
    assert_ok(r->cx, um_queue_finish(r->queue));
    for (size_t i = 0; i < s.rows; i++)
        for (size_t j = 0; j < s.columns; j++) {
            double sum = 0.0, size = 0.0;
            for (size_t l = 0; l < s.inner; l++) {
                sum += a[i * s.inner + l] * b[l * s.columns + j];
                size += fabs(a[i * s.inner + l] * b[l * s.columns + j]);
            }
            /* inner additions, each off by u of a part of the sum of sizes; the first product is exact inside fma */
            rig_check(c[i * s.columns + j], sum, ((double)s.inner + 1.0) * r->u * size, "C", i, j, where);
        }
    um_dense_release(&A);
    um_dense_release(&B);
    um_dense_release(&C);
    free(a);
    free(b);
    free(c);
}

static void product_equals_the_sum(void **state)
{
    rig r = rig_open(*state);
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
        check_product(&r, shapes[i], UM_PRODUCT_OWN);
    if (um_queue_info(r.queue)->kind == UNMIX_DEVICE_GPU && !*((const rig_case *)*state)->tuning)
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
            check_product(&r, shapes[i], UM_PRODUCT_CLBLAST);
    rig_close(&r);
}

/* The kernel by itself: a stride larger than the depth, NaN in what is not part of A, canaries behind C. */
static void product_stays_within_its_rows(void **state)
{
    rig r = rig_open(*state);
    enum { ROWS = 5, INNER = 3, STRIDE = 11, COLUMNS = 6 };
    const size_t rows = rig_round_up(ROWS, r.tuning.genes), width = rig_round_up(COLUMNS, r.tuning.vector);
    double *a = rig_new(rows * STRIDE, NAN), *b = rig_new(INNER * width, NAN);
    for (size_t i = 0; i < ROWS; i++)
        for (size_t l = 0; l < INNER; l++)
            a[i * STRIDE + l] = (double)(i + 1) * (double)(l + 1);
    for (size_t l = 0; l < INNER; l++)
        for (size_t j = 0; j < COLUMNS; j++)
            b[l * width + j] = (double)(j + 1);
    um_buffer A = rig_input(&r, a, rows * STRIDE), B = rig_input(&r, b, INNER * width),
              C = rig_output(&r, rows * width);
    const size_t ld = width / r.tuning.vector;
    um_run(r.queue, UM_KERNEL_PRODUCT, r.variant, um_grid_2d(ld, rows / r.tuning.genes), UM_U32(INNER), UM_U32(STRIDE),
           UM_U32(ld), UM_BUF(&A), UM_BUF(&B), UM_BUF(&C));
    double *c = rig_read(&r, &C, rows * width, "C");
    for (size_t i = 0; i < ROWS; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            rig_check(c[i * width + j], 6.0 * (double)(i + 1) * (double)(j + 1), 0.0, "C", i, j, "whole numbers");
    free(a);
    free(b);
    free(c);
    um_buffer_release(&A);
    um_buffer_release(&B);
    rig_close(&r);
}

int main(void)
{
    enum { CASES = sizeof cases / sizeof cases[0] };
    struct CMUnitTest tests[2 * CASES];
    const size_t n = rig_add_tests(tests, cases, CASES, "product", product_equals_the_sum);
    (void)rig_add_tests(tests + n, cases, CASES, "within its rows", product_stays_within_its_rows);
    return um_run_group(tests);
}
