/* Inside host/device only: the OpenCL side of device and queue. */
#ifndef UM_OPENCL_H
#define UM_OPENCL_H

#include <pthread.h>

#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "device/build.h"
#include "device/limits.h"
#include "device/queue.h"

typedef struct um_program {
    um_program_id id;
    char options[UM_OPTIONS_SIZE];
    cl_program program;
    struct um_program *next;
} um_program;

/* A kernel of one queue: its arguments are set before each launch, which two threads must not do at once. */
typedef struct um_kernel {
    um_variant variant;
    cl_kernel kernel;
    size_t group; /* it was built for */
    struct um_kernel *next;
} um_kernel;

struct um_queue {
    unmix_context *cx;
    unmix_status status;
    um_device *device;
    um_tuning tuning; /* the device's when the queue was opened */
    um_limits limits;
    cl_command_queue commands;
    um_kernel *kernels[UM_KERNEL_COUNT]; /* by variant, created on first use */
    float *staging; /* for converting transfers; NULL where reals are double */
    int counting;   /* 1: nothing is done but to count what is asked for: */
    size_t counted, counted_largest;
};

/* Read-only once it is open, but for what is behind the lock: several threads may open queues on it. */
struct um_device {
    unmix_device_info info;
    unmix_precision precision;
    um_tuning tuning;
    size_t largest_group; /* work-items, of any kernel */
    cl_device_id id;
    cl_context context;
    um_program *programs; /* cache in memory, by program and options; vendors cache on disk */
    size_t bytes, peak;   /* of the buffers that there are now, and at most so far */
    pthread_mutex_t lock; /* of the programs and bytes */
};

enum { UM_MAX_SLOTS = 64 };

/* What a selector means: devices, of which one may stand there several times. */
struct unmix_device {
    um_device *slot[UM_MAX_SLOTS];
    size_t count;
};

/* Nothing is to be done: after a failure, or because the queue only counts. */
static inline int um_queue_idle(const um_queue *queue)
{
    return queue->status != UNMIX_OK || queue->counting;
}

/* Name of an OpenCL error, for example "CL_OUT_OF_RESOURCES". */
const char *um_opencl_error(cl_int code);

/* The kernel for a variant, built on first use. NULL after a failure, which the queue then holds. */
const um_kernel *um_kernel_get(um_queue *queue, um_kernel_id id, um_variant variant);

/* Releases the kernels of a queue, and all programs of a device. */
void um_kernels_release(um_queue *queue);
void um_programs_release(um_device *device);

#endif
