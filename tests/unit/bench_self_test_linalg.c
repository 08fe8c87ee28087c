/* Which product runs where, and shapes that do not fit. The numbers: tests/kernel/linalg_product.c. */
#include "linalg/product.h"

#include <string.h>

#include "bench/self_test_linalg.h"
#include "testing/testing.h"

static unmix_context *cx;
static unmix_device *device;
static um_queue *queue;

static int begin(void **state)
{
    (void)state;
    cx = um_test_context();
    assert_ok(cx, unmix_device_open(cx, "auto", UNMIX_SINGLE, &device));
    assert_ok(cx, um_queue_open(cx, device, &queue));
    return 0;
}

static int end(void **state)
{
    (void)state;
    um_queue_close(queue);
    unmix_device_close(device);
    unmix_context_free(cx);
    return 0;
}

static void clblast_only_for_large_deep_products_on_a_gpu(void **state)
{
    (void)state;
    const int gpu = um_queue_info(queue)->kind == UNMIX_DEVICE_GPU;
    assert_int_equal(um_product_choose(queue, 20000, 22, 81), UM_PRODUCT_OWN);
    assert_int_equal(um_product_choose(queue, 8, 4096, 8), UM_PRODUCT_OWN);
    assert_int_equal(um_product_choose(queue, 4096, 63, 1 << 20), UM_PRODUCT_OWN);
    assert_int_equal(um_product_choose(queue, 4096, 4096, 4096), gpu ? UM_PRODUCT_CLBLAST : UM_PRODUCT_OWN);
}

static void matrices_round_trip_with_padding(void **state)
{
    (void)state;
    double values[5 * 3], back[5 * 3];
    for (size_t i = 0; i < 15; i++)
        values[i] = (double)i - 7.0;
    um_dense m;
    um_dense_allocate(queue, &m, 5, 3, "m");
    um_dense_write(queue, &m, values);
    um_dense_read(queue, &m, back);
    assert_ok(cx, um_queue_finish(queue));
    assert_memory_equal(values, back, sizeof values);
    assert_true(m.stride >= 3);
    um_dense_release(&m);
    assert_null(m.buffer.memory);
    um_dense_release(&m);
}

static void shapes_that_do_not_fit_are_a_mistake(void **state)
{
    (void)state;
    um_dense a, b, c;
    um_dense_allocate(queue, &a, 4, 3, "a");
    um_dense_allocate(queue, &b, 2, 5, "b");
    um_dense_allocate(queue, &c, 4, 5, "c");
    um_product(queue, UM_PRODUCT_OWN, &a, &b, &c);
    assert_int_equal(um_queue_status(queue), UNMIX_ERROR_INTERNAL);
    um_dense_release(&a);
    um_dense_release(&b);
    um_dense_release(&c);
}

static void self_tests_pass(void **state)
{
    (void)state;
    assert_true(um_linalg_self_test_count > 0);
    for (size_t i = 0; i < um_linalg_self_test_count; i++) {
        double error = -1.0, bound = -1.0;
        assert_ok(cx, um_linalg_self_tests[i].run(cx, queue, &error, &bound));
        if (!(error >= 0.0 && error <= bound))
            fail_msg("%s: error %g, bound %g", um_linalg_self_tests[i].name, error, bound);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(clblast_only_for_large_deep_products_on_a_gpu, begin, end),
        cmocka_unit_test_setup_teardown(matrices_round_trip_with_padding, begin, end),
        cmocka_unit_test_setup_teardown(shapes_that_do_not_fit_are_a_mistake, begin, end),
        cmocka_unit_test_setup_teardown(self_tests_pass, begin, end),
    };
    return um_run_group(tests);
}
