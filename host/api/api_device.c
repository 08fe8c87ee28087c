/* unmix_device_self_test(): every kernel family of every room. Listing and opening are in host/device. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/self_test_deconvolve.h"
#include "bench/self_test_linalg.h"
#include "bench/self_test_programs.h"
#include "unmix/device.h"

typedef struct test_report {
    unmix_self_test_callback callback;
    void *payload;
    char wrong[400]; /* names of the families that failed */
} test_report;

static unmix_status run_family(unmix_context *cx, unmix_device *device, const um_self_test_family *family, test_report *report)
{
    unmix_self_test test = {.family = family->name};
    um_queue *queue = NULL;
    UM_TRY(um_queue_open(cx, device, &queue));
    const unmix_status status = family->run(cx, queue, &test.error, &test.bound);
    um_queue_close(queue);
    if (status == UNMIX_ERROR_WRONG_DEVICE) { /* found out before there was something to compare */
        unmix_error_clear(cx);
        test.error = INFINITY;
    } else {
        UM_TRY(status);
    }
    test.passed = test.error <= test.bound;
    if (!test.passed) {
        const size_t used = strlen(report->wrong);
        (void)snprintf(report->wrong + used, sizeof report->wrong - used, "%s%s", used ? ", " : "", family->name);
    }
    if (report->callback)
        report->callback(report->payload, &test);
    return UNMIX_OK;
}

unmix_status unmix_device_self_test(unmix_context *cx, unmix_device *device, unmix_self_test_callback callback, void *payload)
{
    UM_TRY(um_begin(cx));
    test_report report = {.callback = callback, .payload = payload};
    for (size_t i = 0; i < um_linalg_self_test_count; i++)
        UM_TRY(run_family(cx, device, &um_linalg_self_tests[i], &report));
    for (size_t i = 0; i < um_deconvolve_self_test_count; i++)
        UM_TRY(run_family(cx, device, &um_deconvolve_self_tests[i], &report));
    for (size_t i = 0; i < um_programs_self_test_count; i++)
        UM_TRY(run_family(cx, device, &um_programs_self_tests[i], &report));
    if (report.wrong[0])
        return UM_FAIL(cx, UNMIX_ERROR_WRONG_DEVICE, "%s computes wrongly: %s; use another --device or another driver",
                       unmix_device_get_info(device)->name, report.wrong);
    return UNMIX_OK;
}
