/* Inside host/device only: the OpenCL side of device and queue. */
#ifndef UM_OPENCL_H
#define UM_OPENCL_H

#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include "device/queue.h"

typedef struct um_program {
    um_program_id id;
    char options[512];
    cl_program program;
    cl_kernel kernels[UM_KERNEL_COUNT]; /* created on first use */
    struct um_program *next;
} um_program;

struct um_queue {
    unmix_context *cx;
    unmix_status status;
    unmix_device *device;
    cl_command_queue commands;
    uint32_t sources;
    uint32_t programs; /* of a factorisation */
    float *staging; /* for converting transfers; NULL where reals are double */
};

struct unmix_device {
    unmix_device_info info;
    unmix_precision precision;
    um_tuning tuning;
    cl_device_id id;
    cl_context context;
    um_program *programs; /* cache in memory, by program and options; vendors cache on disk */
    um_queue queue;
};

/* Name of an OpenCL error, for example "CL_OUT_OF_RESOURCES". */
const char *um_opencl_error(cl_int code);

/* The kernel for the current tuning, built on first use. NULL after a failure, which the queue then holds. */
cl_kernel um_kernel_get(um_queue *queue, um_kernel_id id);

/* Releases all programs. */
void um_programs_release(unmix_device *device);

#endif
