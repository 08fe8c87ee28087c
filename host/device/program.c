/*
 * Programs and kernels: built on first use from the embedded files. A device keeps its programs by (program, options),
 * a queue its kernels by (kernel, variant).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/embedded.h"
#include "device/opencl.h"

const um_kernel_entry um_kernel_table[UM_KERNEL_COUNT] = {
#define UM_ENTRY(id, program, function, signature) {UM_PROGRAM_##program, function, signature},
    UM_KERNELS(UM_ENTRY)
#undef UM_ENTRY
};

const char *const um_program_files[UM_PROGRAM_COUNT] = {
#define UM_ENTRY(id, files) files,
    UM_PROGRAMS(UM_ENTRY)
#undef UM_ENTRY
};

enum { MAX_FILES = 8 };

static const um_embedded_file *find_file(const char *name, size_t length)
{
    for (size_t i = 0; i < um_embedded_count; i++)
        if (strlen(um_embedded_files[i].name) == length && strncmp(um_embedded_files[i].name, name, length) == 0)
            return &um_embedded_files[i];
    return NULL;
}

/* Everything that the source depends on is in the options, so they are the key of the cache. */
static void write_options(const um_queue *queue, um_program_id id, um_variant variant, char *options, size_t size)
{
    const unmix_device *device = queue->device;
    const um_tuning *t = &queue->tuning;
    const uint32_t sources = variant.sources ? variant.sources : 1, room = (sources + 127) / 128 * 128;
    const um_rank rank = um_tuning_rank(t, variant.programs);
    const unsigned vector = id == UM_PROGRAM_NMF ? rank.vector : t->vector;
    char numbers[64];
    if (id == UM_PROGRAM_NMF)
        (void)snprintf(numbers, sizeof numbers, "-DUM_KV=%u -DUM_FOLD=%u", rank.vectors, t->fold);
    else
        (void)snprintf(numbers, sizeof numbers, t->fixed_sources ? "-DUM_SOURCES=%uu" : "-DUM_MAX_SOURCES=%uu",
                       t->fixed_sources ? sources : room);
    (void)snprintf(options, size,
                   "-cl-std=CL1.2 -DUM_DOUBLE=%d -DUM_FP64=%d -DUM_VW=%u -DUM_NV=%u -DUM_GU=%u -DUM_TILE=%u -DUM_WG=%u "
                   "-DUM_STAGE=%u %s",
                   device->precision == UNMIX_DOUBLE, device->info.has_double ? 1 : 0, vector, t->vectors, t->genes,
                   t->tile, t->group, t->stage, numbers);
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

/* Source text: for each file a #line, so that compiler messages name it, then the file. */
static cl_program create_program(um_queue *queue, um_program_id id)
{
    char lines[MAX_FILES][64];
    const char *parts[2 * MAX_FILES];
    size_t sizes[2 * MAX_FILES];
    cl_uint n = 0;
    const char *files = um_program_files[id];
    while (*files && n < 2 * MAX_FILES) {
        const size_t length = strcspn(files, " ");
        const um_embedded_file *file = find_file(files, length);
        if (!file) {
            queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_INTERNAL, "kernel file '%.*s' is not embedded", (int)length, files);
            return NULL;
        }
        char *line = lines[n / 2];
        (void)snprintf(line, sizeof lines[0], "#line 1 \"kernels/%s\"\n", file->name);
        parts[n] = line;
        sizes[n] = strlen(line);
        parts[n + 1] = (const char *)file->bytes;
        sizes[n + 1] = file->size;
        n += 2;
        files += length + (files[length] == ' ');
    }
    cl_int code = CL_SUCCESS;
    cl_program program = clCreateProgramWithSource(queue->device->context, n, parts, sizes, &code);
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
static um_program *get_program(um_queue *queue, um_program_id id, um_variant variant)
{
    char options[sizeof((um_program *)0)->options];
    write_options(queue, id, variant, options, sizeof options);
    (void)pthread_mutex_lock(&queue->device->lock);
    um_program *program = find_or_build(queue, id, options);
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

cl_kernel um_kernel_get(um_queue *queue, um_kernel_id id, um_variant variant)
{
    um_kernel *entry = find_kernel(queue, id, variant);
    if (entry)
        return entry->kernel;
    um_program *program = get_program(queue, um_kernel_table[id].program, variant);
    if (!program)
        return NULL;
    queue->status = UM_ALLOC(queue->cx, &entry, 1, "kernel");
    if (queue->status != UNMIX_OK)
        return NULL;
    cl_int code = CL_SUCCESS;
    entry->kernel = clCreateKernel(program->program, um_kernel_table[id].function, &code);
    if (code != CL_SUCCESS) {
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_DEVICE, "clCreateKernel(%s): %s", um_kernel_table[id].function,
                                um_opencl_error(code));
        free(entry);
        return NULL;
    }
    entry->variant = variant;
    entry->next = queue->kernels[id];
    queue->kernels[id] = entry;
    return entry->kernel;
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

void um_programs_release(unmix_device *device)
{
    while (device->programs) {
        um_program *program = device->programs;
        device->programs = program->next;
        (void)clReleaseProgram(program->program);
        free(program);
    }
}
