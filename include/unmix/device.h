/* OpenCL devices: which there are, which one to use, and whether it computes rightly. */
#ifndef UNMIX_DEVICE_H
#define UNMIX_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "context.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct unmix_device unmix_device;

typedef enum unmix_device_kind { UNMIX_DEVICE_CPU, UNMIX_DEVICE_GPU, UNMIX_DEVICE_OTHER } unmix_device_kind;

typedef enum unmix_precision { UNMIX_SINGLE, UNMIX_DOUBLE } unmix_precision;

typedef struct unmix_device_info {
    char selector[24];  /* "P:D", platform and device number, as unmix_device_open() takes it */
    char platform[96];
    char name[160];
    char vendor[96];
    char driver[96];
    char version[128];
    unmix_device_kind kind;
    int has_double;         /* the device reports fp64 */
    unsigned compute_units;
    uint64_t memory_bytes;  /* global memory */
    uint64_t largest_buffer_bytes;
    uint64_t local_bytes;
} unmix_device_info;

/*
 * Lists all devices of all platforms. *list (count entries) is freed by the caller with unmix_device_list_free().
 * No platform or no device is not an error: *count is 0. Errors: MEMORY, DEVICE.
 */
UNMIX_API unmix_status unmix_device_list(unmix_context *cx, unmix_device_info **list, size_t *count);
UNMIX_API void unmix_device_list_free(unmix_device_info *list);

/*
 * Opens a device. `selector` is "auto" (a GPU if there is one, else a CPU), "cpu", "gpu", "P:D" (numbers as listed) or
 * part of a device or platform name, case ignored. NULL is "auto". Freed with unmix_device_close().
 *
 * Several devices: "gpu:all", "cpu:all", or selectors between commas ("0:0,1:0"; the same one may stand there twice, at
 * most 64). unmix_deconvolve() then computes on all of them side by side, each with a thread of the host, as far as
 * unmix_set_threads() allows. Samples go to whichever of equal devices (name and driver) is free, and results do not
 * depend on it; on different devices samples are shared out by their order, and results agree to rounding. Everything
 * else uses the first.
 *
 * Errors: NO_DEVICE (nothing fits, or double precision on a device without it), DEVICE, MEMORY.
 */
UNMIX_API unmix_status unmix_device_open(unmix_context *cx, const char *selector, unmix_precision precision,
                                         unmix_device **device);
UNMIX_API void unmix_device_close(unmix_device *device);

/* What is known about the open device; of several about the first, or about number `index`, which is below the count.
 */
UNMIX_API size_t unmix_device_count(const unmix_device *device);
UNMIX_API const unmix_device_info *unmix_device_get_info_of(const unmix_device *device, size_t index);
UNMIX_API const unmix_device_info *unmix_device_get_info(const unmix_device *device);
UNMIX_API unmix_precision unmix_device_get_precision(const unmix_device *device);

/*
 * Changes tuning values of the device, "vector=8 group=64" (host/device/tuning.h lists them): for tests and benchmarks;
 * results differ in rounding only. Errors: ARGUMENT.
 */
UNMIX_API unmix_status unmix_device_tune(unmix_context *cx, unmix_device *device, const char *changes);

/* One known-answer test: the largest error of a kernel family against double precision on the host, and its bound. */
typedef struct unmix_self_test {
    const char *family; /* "multipliers", "em", "adam", "product", ... */
    int passed;
    double error; /* relative to the scale of the result */
    double bound;
} unmix_self_test;

typedef void (*unmix_self_test_callback)(void *payload, const unmix_self_test *test);

/*
 * Runs every kernel family of the library on data with a known answer and reports each through `callback` (may be NULL).
 * Errors: WRONG_DEVICE when one fails (the message names the device and the families), DEVICE, MEMORY.
 */
UNMIX_API unmix_status unmix_device_self_test(unmix_context *cx, unmix_device *device, unmix_self_test_callback callback,
                                              void *payload);

#ifdef __cplusplus
}
#endif
#endif
