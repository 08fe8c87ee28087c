/*
 * Programs and kernels: built on first use from the embedded files. A device keeps its programs by (program, options),
 * a queue its kernels by (kernel, variant).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/build.h"
#include "device/opencl.h"

const um_kernel_entry um_kernel_table[UM_KERNEL_COUNT] = {
#define UM_ENTRY(id, program, function, signature) {UM_PROGRAM_##program, function, signature},
    UM_KERNELS(UM_ENTRY)
#undef UM_ENTRY
};

static um_build build_of(const um_queue *queue, um_program_id id, um_variant variant)
{
    return (um_build){.program = id,
                      .precision = queue->device->precision,
                      .has_double = queue->device->info.has_double,
                      .tuning = queue->tuning,
                      .sources = variant.sources,
                      .programs = variant.programs};
}

/* The first line of the build log that says "error", or the first line at all. */
static void first_error(char *log)
{
    char *error = strstr(log, "error");
    char *line = error ? error : log;
    while (line > log && line[-1] != '\n')
        line--;
    memmove(log, line, strlen(line) + 1);
    log[strcspn(log, "\n")] = '\0';
}

static void report_build_failure(um_queue *queue, cl_program program, um_program_id id, cl_int code)
{
    size_t size = 0;
    char *log = NULL;
    (void)clGetProgramBuildInfo(program, queue->device->id, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    if (um_alloc_(queue->cx, (void **)&log, size + 1, 1, "build log") != UNMIX_OK)
        return;
    (void)clGetProgramBuildInfo(program, queue->device->id, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    um_detail(queue->cx, "%s", log);
    first_error(log);
    queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_DEVICE,
                            "%s (driver %s) cannot build the kernels %s: %s: %s; try another --device",
                            queue->device->info.name, queue->device->info.driver, um_program_files[id],
                            um_opencl_error(code), log);
    free(log);
}

static cl_program create_program(um_queue *queue, um_program_id id)
{
    char *text = NULL;
    queue->status = um_build_text(queue->cx, um_program_files[id], &text);
    if (queue->status != UNMIX_OK)
        return NULL;
    cl_int code = CL_SUCCESS;
    cl_program program = clCreateProgramWithSource(queue->device->context, 1, (const char **)&text, NULL, &code);
    free(text);
    if (code != CL_SUCCESS)
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_DEVICE, "clCreateProgramWithSource: %s", um_opencl_error(code));
    return code == CL_SUCCESS ? program : NULL;
}

/* With the programs locked. */
static um_program *find_or_build(um_queue *queue, um_program_id id, const char *options)
{
    for (um_program *p = queue->device->programs; p; p = p->next)
        if (p->id == id && strcmp(p->options, options) == 0)
            return p;

    cl_program program = create_program(queue, id);
    if (!program)
        return NULL;
    const double started = um_seconds();
    const cl_int code = clBuildProgram(program, 1, &queue->device->id, options, NULL, NULL);
    um_detail(queue->cx, "built %s (%s) in %.2f s", um_program_files[id], options, um_seconds() - started);
    um_program *entry = NULL;
    if (code != CL_SUCCESS) {
        report_build_failure(queue, program, id, code);
        (void)clReleaseProgram(program);
        return NULL;
    }
    queue->status = UM_ALLOC(queue->cx, &entry, 1, "program");
    if (queue->status != UNMIX_OK) {
        (void)clReleaseProgram(program);
        return NULL;
    }
    entry->id = id;
    (void)snprintf(entry->options, sizeof entry->options, "%s", options);
    entry->program = program;
    entry->next = queue->device->programs;
    queue->device->programs = entry;
    return entry;
}

/* A thread that needs what another one is building waits for it. */
static um_program *get_program(um_queue *queue, const um_build *build)
{
    char options[sizeof((um_program *)0)->options];
    um_build_options(build, options, sizeof options);
    (void)pthread_mutex_lock(&queue->device->lock);
    um_program *program = find_or_build(queue, build->program, options);
    (void)pthread_mutex_unlock(&queue->device->lock);
    return program;
}

static um_kernel *find_kernel(const um_queue *queue, um_kernel_id id, um_variant variant)
{
    for (um_kernel *k = queue->kernels[id]; k; k = k->next)
        if (k->variant.sources == variant.sources && k->variant.programs == variant.programs)
            return k;
    return NULL;
}

/* NULL after a failure. */
static cl_kernel create_kernel(um_queue *queue, um_kernel_id id, const um_build *build)
{
    const um_program *program = get_program(queue, build);
    if (!program)
        return NULL;
    cl_int code = CL_SUCCESS;
    cl_kernel kernel = clCreateKernel(program->program, um_kernel_table[id].function, &code);
    if (code == CL_SUCCESS)
        return kernel;
    queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_DEVICE, "clCreateKernel(%s): %s", um_kernel_table[id].function,
                            um_opencl_error(code));
    return NULL;
}

/* 1, or 0 after the build was made smaller; the queue fails where it cannot be. A driver that says nothing is believed. */
static int kernel_fits(um_queue *queue, um_kernel_id id, cl_kernel kernel, um_build *build)
{
    size_t group = build->tuning.group;
    cl_ulong local = 0;
    cl_device_id device = queue->device->id;
    (void)clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_WORK_GROUP_SIZE, sizeof group, &group, NULL);
    (void)clGetKernelWorkGroupInfo(kernel, device, CL_KERNEL_LOCAL_MEM_SIZE, sizeof local, &local, NULL);
    const int fits = um_limits_check(&queue->limits, group, local, build);
    if (fits < 0)
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_DEVICE,
                                "%s: %s takes %llu bytes of local memory (of %zu) and runs in groups of %zu; try another "
                                "--device", queue->device->info.name, um_kernel_table[id].function,
                                (unsigned long long)local, queue->limits.local, group);
    return fits > 0;
}

const um_kernel *um_kernel_get(um_queue *queue, um_kernel_id id, um_variant variant)
{
    um_kernel *entry = find_kernel(queue, id, variant);
    if (entry)
        return entry;
    um_build build = build_of(queue, um_kernel_table[id].program, variant);
    um_limits_fit(&queue->limits, &build);
    cl_kernel kernel = create_kernel(queue, id, &build);
    while (kernel && !kernel_fits(queue, id, kernel, &build)) {
        (void)clReleaseKernel(kernel);
        kernel = queue->status == UNMIX_OK ? create_kernel(queue, id, &build) : NULL;
    }
    if (!kernel)
        return NULL;
    queue->status = UM_ALLOC(queue->cx, &entry, 1, "kernel");
    if (queue->status != UNMIX_OK) {
        (void)clReleaseKernel(kernel);
        return NULL;
    }
    *entry = (um_kernel){.variant = variant, .kernel = kernel, .group = build.tuning.group, .next = queue->kernels[id]};
    queue->kernels[id] = entry;
    return entry;
}

void um_kernels_release(um_queue *queue)
{
    for (size_t id = 0; id < UM_KERNEL_COUNT; id++)
        while (queue->kernels[id]) {
            um_kernel *entry = queue->kernels[id];
            queue->kernels[id] = entry->next;
            (void)clReleaseKernel(entry->kernel);
            free(entry);
        }
}

void um_programs_release(um_device *device)
{
    while (device->programs) {
        um_program *program = device->programs;
        device->programs = program->next;
        (void)clReleaseProgram(program->program);
        free(program);
    }
}
