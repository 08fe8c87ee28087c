/*
 * A device that writes NaN: this file stands between host/device and OpenCL at linking. After each launch of one kernel
 * one of the buffers that it writes is filled with NaN. Include it once in a test that is linked with host/device.
 */
#ifndef UM_NAN_DEVICE_H
#define UM_NAN_DEVICE_H

#define CL_USE_DEPRECATED_OPENCL_1_2_APIS
#include <CL/cl.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device/kernels.h"

enum { NAN_KERNELS = 256, NAN_ARGUMENTS = 24, NAN_NONE = -1 };

/* The kernels that are there, with the buffers that they got last. */
static struct {
    cl_kernel kernel;
    int id; /* um_kernel_id */
    cl_mem buffer[NAN_ARGUMENTS];
} nan_kernel[NAN_KERNELS];

/* What was launched since it was last set to zero, and the arguments that are written, a bit each. */
static unsigned char nan_launched[UM_KERNEL_COUNT];
static unsigned nan_outputs[UM_KERNEL_COUNT];

/* The kernel and the argument to spoil. */
static int nan_target = NAN_NONE;
static unsigned nan_argument;

/* The function of the library that this one stands before. */
static void nan_find(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        abort();
    memcpy(function, &found, sizeof found);
}

cl_int clBuildProgram(cl_program program, cl_uint n, const cl_device_id *devices, const char *options,
                      void(CL_CALLBACK *notify)(cl_program, void *), void *payload)
{
    cl_int (*real)(cl_program, cl_uint, const cl_device_id *, const char *, void(CL_CALLBACK *)(cl_program, void *), void *);
    char more[8192];
    nan_find("clBuildProgram", &real);
    (void)snprintf(more, sizeof more, "%s -cl-kernel-arg-info", options);
    return real(program, n, devices, more, notify, payload);
}

/* Arguments that are buffers and not const. */
static unsigned nan_written(cl_kernel kernel, cl_uint count)
{
    unsigned written = 0;
    for (cl_uint a = 0; a < count && a < NAN_ARGUMENTS; a++) {
        cl_kernel_arg_address_qualifier where = 0;
        cl_kernel_arg_type_qualifier type = 0;
        if (clGetKernelArgInfo(kernel, a, CL_KERNEL_ARG_ADDRESS_QUALIFIER, sizeof where, &where, NULL) != CL_SUCCESS ||
            clGetKernelArgInfo(kernel, a, CL_KERNEL_ARG_TYPE_QUALIFIER, sizeof type, &type, NULL) != CL_SUCCESS)
            abort();
        if (where == CL_KERNEL_ARG_ADDRESS_GLOBAL && !(type & CL_KERNEL_ARG_TYPE_CONST))
            written |= 1u << a;
    }
    return written;
}

/* Where the kernel stands; for NULL where a new one can. */
static size_t nan_slot(cl_kernel kernel)
{
    for (size_t slot = 0; slot < NAN_KERNELS; slot++)
        if (nan_kernel[slot].kernel == kernel)
            return slot;
    abort();
}

cl_kernel clCreateKernel(cl_program program, const char *name, cl_int *code)
{
    cl_kernel (*real)(cl_program, const char *, cl_int *);
    nan_find("clCreateKernel", &real);
    const cl_kernel kernel = real(program, name, code);
    if (!kernel)
        return kernel;
    const size_t slot = nan_slot(NULL);
    memset(&nan_kernel[slot], 0, sizeof nan_kernel[slot]);
    nan_kernel[slot].kernel = kernel;
    while (strcmp(um_kernel_table[nan_kernel[slot].id].function, name) != 0)
        nan_kernel[slot].id++;
    cl_uint count = 0;
    (void)clGetKernelInfo(kernel, CL_KERNEL_NUM_ARGS, sizeof count, &count, NULL);
    nan_outputs[nan_kernel[slot].id] = nan_written(kernel, count);
    return kernel;
}

cl_int clReleaseKernel(cl_kernel kernel)
{
    cl_int (*real)(cl_kernel);
    nan_find("clReleaseKernel", &real);
    nan_kernel[nan_slot(kernel)].kernel = NULL;
    return real(kernel);
}

cl_int clSetKernelArg(cl_kernel kernel, cl_uint index, size_t size, const void *value)
{
    cl_int (*real)(cl_kernel, cl_uint, size_t, const void *);
    nan_find("clSetKernelArg", &real);
    if (index < NAN_ARGUMENTS && size == sizeof(cl_mem) && value)
        memcpy(&nan_kernel[nan_slot(kernel)].buffer[index], value, sizeof(cl_mem));
    return real(kernel, index, size, value);
}

/* All bits set is a NaN in single and in double. */
static void nan_spoil(cl_command_queue queue, cl_mem buffer)
{
    static const cl_uint pattern = 0xffffffffu;
    size_t bytes = 0;
    if (clGetMemObjectInfo(buffer, CL_MEM_SIZE, sizeof bytes, &bytes, NULL) != CL_SUCCESS ||
        clEnqueueFillBuffer(queue, buffer, &pattern, sizeof pattern, 0, bytes / sizeof pattern * sizeof pattern, 0, NULL,
                            NULL) != CL_SUCCESS)
        abort();
}

cl_int clEnqueueNDRangeKernel(cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,
                              const size_t *global, const size_t *local, cl_uint n, const cl_event *events, cl_event *event)
{
    cl_int (*real)(cl_command_queue, cl_kernel, cl_uint, const size_t *, const size_t *, const size_t *, cl_uint,
                   const cl_event *, cl_event *);
    nan_find("clEnqueueNDRangeKernel", &real);
    const cl_int code = real(queue, kernel, dimensions, offset, global, local, n, events, event);
    const size_t slot = nan_slot(kernel);
    nan_launched[nan_kernel[slot].id] = 1;
    if (nan_kernel[slot].id == nan_target)
        nan_spoil(queue, nan_kernel[slot].buffer[nan_argument]);
    return code;
}

#endif
