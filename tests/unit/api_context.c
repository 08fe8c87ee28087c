/* A failed public call leaves its message and nothing else: the next call with the same context starts clean. */
#include <string.h>

#include "testing/testing.h"
#include "unmix/unmix.h"

static const char *const genes[] = {"a", "b"}, *const samples[] = {"s"};
static const double values[] = {1, 2};

static void fail_to_read(unmix_context *cx)
{
    unmix_matrix *matrix = NULL;
    assert_int_equal(unmix_matrix_read(cx, "not-there.tsv", NULL, &matrix), UNMIX_ERROR_INPUT);
    assert_non_null(strstr(unmix_error_message(cx), "not-there.tsv"));
}

static void the_next_call_starts_clean(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_matrix *matrix = NULL;
    fail_to_read(cx);
    assert_int_equal(unmix_matrix_new(cx, 2, 1, genes, samples, values, &matrix), UNMIX_OK);
    assert_int_equal(unmix_error_status(cx), UNMIX_OK);
    assert_string_equal(unmix_error_message(cx), "");
    assert_string_equal(unmix_error_site(cx), "");
    unmix_matrix_free(matrix);
    unmix_context_free(cx);
}

static void a_device_opens_after_a_failure(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_device_info *list = NULL;
    unmix_device *device = NULL;
    size_t count = 0;
    fail_to_read(cx);
    assert_int_equal(unmix_device_list(cx, &list, &count), UNMIX_OK);
    unmix_device_list_free(list);
    fail_to_read(cx);
    assert_int_equal(unmix_device_open(cx, "auto", UNMIX_SINGLE, &device), UNMIX_OK);
    fail_to_read(cx);
    assert_int_equal(unmix_device_tune(cx, device, ""), UNMIX_OK);
    assert_int_equal(unmix_device_tune(cx, device, "vector=3"), UNMIX_ERROR_ARGUMENT);
    assert_non_null(strstr(unmix_error_message(cx), "vector"));
    unmix_device_close(device);
    unmix_context_free(cx);
}

/* The message is of the last call that failed, not of the first. */
static void each_failure_says_its_own(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_device *device = NULL;
    fail_to_read(cx);
    assert_int_equal(unmix_device_open(cx, "no such device", UNMIX_SINGLE, &device), UNMIX_ERROR_NO_DEVICE);
    assert_int_equal(unmix_error_status(cx), UNMIX_ERROR_NO_DEVICE);
    assert_null(strstr(unmix_error_message(cx), "not-there.tsv"));
    assert_non_null(strstr(unmix_error_message(cx), "no such device"));
    unmix_context_free(cx);
}

/* What has no way to fail leaves the message where it is. */
static void the_message_stays_until_then(void **state)
{
    (void)state;
    unmix_context *cx = um_test_context();
    unmix_deconvolve_options options;
    fail_to_read(cx);
    unmix_set_log(cx, NULL, NULL);
    unmix_set_progress(cx, NULL, NULL);
    unmix_deconvolve_options_init(&options);
    unmix_matrix_free(NULL);
    assert_int_equal(unmix_error_status(cx), UNMIX_ERROR_INPUT);
    assert_non_null(strstr(unmix_error_message(cx), "not-there.tsv"));
    unmix_context_free(cx);
}

static void without_a_context_nothing_is_done(void **state)
{
    (void)state;
    unmix_device *device = NULL;
    unmix_matrix *matrix = NULL;
    assert_int_equal(unmix_device_open(NULL, "auto", UNMIX_SINGLE, &device), UNMIX_ERROR_ARGUMENT);
    assert_int_equal(unmix_matrix_read(NULL, "x", NULL, &matrix), UNMIX_ERROR_ARGUMENT);
    assert_null(unmix_report_script(NULL, NULL, 0, UNMIX_DRAWING_SVG));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_call_starts_clean),      cmocka_unit_test(a_device_opens_after_a_failure),
        cmocka_unit_test(each_failure_says_its_own),       cmocka_unit_test(the_message_stays_until_then),
        cmocka_unit_test(without_a_context_nothing_is_done),
    };
    return um_run_group(tests);
}
