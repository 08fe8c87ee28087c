#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/opencl.h"

/* Transfers convert between double and float through a small piece of host memory. */
enum { STAGING = 1 << 18 };

static unmix_status open_commands(um_queue *queue)
{
    um_device *device = queue->device;
    cl_int code = CL_SUCCESS;
    if (device->precision == UNMIX_SINGLE)
        UM_TRY(UM_ALLOC(queue->cx, &queue->staging, STAGING, "transfer buffer"));
    queue->commands = clCreateCommandQueue(device->context, device->id, 0, &code);
    return code == CL_SUCCESS ? UNMIX_OK
                              : UM_FAIL(queue->cx, UNMIX_ERROR_NO_DEVICE, "cannot use %s: clCreateCommandQueue: %s",
                                        device->info.name, um_opencl_error(code));
}

static unmix_status allocate_queue(unmix_context *cx, unmix_device *device, size_t slot, um_queue **queue)
{
    UM_TRY(UM_ALLOC(cx, queue, 1, "queue"));
    (*queue)->cx = cx;
    (*queue)->device = device->slot[slot];
    (*queue)->tuning = device->slot[slot]->tuning;
    (*queue)->limits =
        um_limits_of(device->slot[slot]->largest_group, device->slot[slot]->info.local_bytes, &(*queue)->tuning);
    return UNMIX_OK;
}

unmix_status um_queue_open_on(unmix_context *cx, unmix_device *device, size_t slot, um_queue **queue)
{
    UM_TRY(allocate_queue(cx, device, slot, queue));
    const unmix_status status = open_commands(*queue);
    if (status != UNMIX_OK) {
        um_queue_close(*queue);
        *queue = NULL;
    }
    return status;
}

unmix_status um_queue_open(unmix_context *cx, unmix_device *device, um_queue **queue)
{
    return um_queue_open_on(cx, device, 0, queue);
}

unmix_status um_queue_open_counting(unmix_context *cx, unmix_device *device, size_t slot, um_queue **queue)
{
    UM_TRY(allocate_queue(cx, device, slot, queue));
    (*queue)->counting = 1;
    return UNMIX_OK;
}

size_t um_queue_counted(const um_queue *queue, size_t *largest)
{
    *largest = queue->counted_largest;
    return queue->counted;
}

void um_queue_close(um_queue *queue)
{
    if (!queue)
        return;
    um_kernels_release(queue);
    if (queue->commands)
        (void)clReleaseCommandQueue(queue->commands);
    free(queue->staging);
    free(queue);
}

unmix_status um_queue_status(const um_queue *queue)
{
    return queue->status;
}

void um_queue_fail(um_queue *queue, unmix_status status)
{
    if (queue->status == UNMIX_OK)
        queue->status = status;
}

void um_queue_refuse(um_queue *queue, const char *what)
{
    if (queue->status == UNMIX_OK)
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_INTERNAL, "%s", what);
}

/* Records an OpenCL failure of the call `what` at file:line. */
static void check(um_queue *queue, cl_int code, const char *what, const char *file, int line)
{
    if (code != CL_SUCCESS && queue->status == UNMIX_OK)
        queue->status = um_fail_(
            queue->cx, code == CL_MEM_OBJECT_ALLOCATION_FAILURE ? UNMIX_ERROR_MEMORY : UNMIX_ERROR_DEVICE, file, line,
            "%s failed on %s: %s (%d)", what, queue->device->info.name, um_opencl_error(code), code);
}
#define CHECK(queue, code, what) check((queue), (code), (what), __FILE__, __LINE__)

unmix_status um_queue_finish(um_queue *queue)
{
    if (!um_queue_idle(queue))
        CHECK(queue, clFinish(queue->commands), "clFinish");
    return queue->status;
}

const um_tuning *um_queue_tuning(const um_queue *queue)
{
    return &queue->tuning;
}

size_t um_queue_real_size(const um_queue *queue)
{
    return queue->device->precision == UNMIX_DOUBLE ? sizeof(double) : sizeof(float);
}

const unmix_device_info *um_queue_info(const um_queue *queue)
{
    return &queue->device->info;
}

/* A transfer outside the buffer is a mistake of ours: found here, not by the device. */
static int inside(um_queue *queue, const um_buffer *buffer, size_t first, size_t count)
{
    if (um_queue_idle(queue))
        return 0;
    const size_t size = um_queue_real_size(queue);
    if ((first + count) * size <= buffer->bytes)
        return 1;
    queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_INTERNAL, "transfer of %zu reals at %zu leaves a buffer of %zu bytes",
                            count, first, buffer->bytes);
    return 0;
}

void um_write_reals(um_queue *queue, um_buffer *buffer, size_t first, const double *values, size_t count)
{
    if (!inside(queue, buffer, first, count))
        return;
    if (queue->device->precision == UNMIX_DOUBLE) {
        if (count)
            CHECK(queue, clEnqueueWriteBuffer(queue->commands, buffer->memory, CL_TRUE, first * sizeof(double),
                                              count * sizeof(double), values, 0, NULL, NULL), "clEnqueueWriteBuffer");
        return;
    }
    for (size_t done = 0; done < count && queue->status == UNMIX_OK;) {
        const size_t part = count - done < STAGING ? count - done : STAGING;
        for (size_t i = 0; i < part; i++)
            queue->staging[i] = (float)values[done + i];
        CHECK(queue, clEnqueueWriteBuffer(queue->commands, buffer->memory, CL_TRUE, (first + done) * sizeof(float),
                                          part * sizeof(float), queue->staging, 0, NULL, NULL), "clEnqueueWriteBuffer");
        done += part;
    }
}

void um_read_reals(um_queue *queue, const um_buffer *buffer, size_t first, double *values, size_t count)
{
    if (!inside(queue, buffer, first, count))
        return;
    if (queue->device->precision == UNMIX_DOUBLE) {
        if (count)
            CHECK(queue, clEnqueueReadBuffer(queue->commands, buffer->memory, CL_TRUE, first * sizeof(double),
                                             count * sizeof(double), values, 0, NULL, NULL), "clEnqueueReadBuffer");
        return;
    }
    for (size_t done = 0; done < count && queue->status == UNMIX_OK;) {
        const size_t part = count - done < STAGING ? count - done : STAGING;
        CHECK(queue, clEnqueueReadBuffer(queue->commands, buffer->memory, CL_TRUE, (first + done) * sizeof(float),
                                         part * sizeof(float), queue->staging, 0, NULL, NULL), "clEnqueueReadBuffer");
        for (size_t i = 0; i < part; i++)
            values[done + i] = (double)queue->staging[i];
        done += part;
    }
}

size_t um_queue_wide_size(const um_queue *queue)
{
    return queue->device->info.has_double ? sizeof(double) : um_queue_real_size(queue);
}

void um_read_wide(um_queue *queue, const um_buffer *buffer, double *values, size_t count)
{
    if (um_queue_wide_size(queue) == um_queue_real_size(queue)) {
        um_read_reals(queue, buffer, 0, values, count);
        return;
    }
    if (um_queue_idle(queue) || !count)
        return;
    if (count > buffer->bytes / sizeof *values) {
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_INTERNAL, "transfer of %zu doubles leaves a buffer of %zu bytes",
                                count, buffer->bytes);
        return;
    }
    CHECK(
        queue,
        clEnqueueReadBuffer(queue->commands, buffer->memory, CL_TRUE, 0, count * sizeof *values, values, 0, NULL, NULL),
        "clEnqueueReadBuffer");
}

void um_write_indices(um_queue *queue, um_buffer *buffer, const uint32_t *values, size_t count)
{
    if (um_queue_idle(queue) || !count)
        return;
    if (count > buffer->bytes / sizeof *values) {
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_INTERNAL, "transfer of %zu indices leaves a buffer of %zu bytes", count,
                                buffer->bytes);
        return;
    }
    CHECK(queue, clEnqueueWriteBuffer(queue->commands, buffer->memory, CL_TRUE, 0, count * sizeof *values, values, 0, NULL,
                                      NULL), "clEnqueueWriteBuffer");
}

/* One rectangle of rows x columns, already in reals. */
static void write_rectangle(um_queue *queue, um_buffer *buffer, size_t stride, size_t row, size_t column,
                            const void *reals, size_t rows, size_t columns)
{
    const size_t size = um_queue_real_size(queue);
    const size_t to[3] = {column * size, row, 0};
    const size_t from[3] = {0, 0, 0};
    const size_t region[3] = {columns * size, rows, 1};
    CHECK(queue, clEnqueueWriteBufferRect(queue->commands, buffer->memory, CL_TRUE, to, from, region, stride * size, 0,
                                          columns * size, 0, reals, 0, NULL, NULL), "clEnqueueWriteBufferRect");
}

void um_write_columns(um_queue *queue, um_buffer *buffer, size_t stride, size_t first, const double *values, size_t rows,
                      size_t columns)
{
    if (!rows || !columns || !inside(queue, buffer, (rows - 1) * stride + first, columns))
        return;
    if (queue->device->precision == UNMIX_DOUBLE) {
        write_rectangle(queue, buffer, stride, 0, first, values, rows, columns);
        return;
    }
    for (size_t row = 0; columns > STAGING && row < rows; row++)
        um_write_reals(queue, buffer, row * stride + first, values + row * columns, columns);
    const size_t rows_at_once = STAGING / columns; /* 0: done above, a row at a time */
    for (size_t row = 0; rows_at_once && row < rows && queue->status == UNMIX_OK; row += rows_at_once) {
        const size_t part = rows - row < rows_at_once ? rows - row : rows_at_once;
        for (size_t i = 0; i < part * columns; i++)
            queue->staging[i] = (float)values[row * columns + i];
        write_rectangle(queue, buffer, stride, row, first, queue->staging, part, columns);
    }
}

void um_fill_zero(um_queue *queue, um_buffer *buffer)
{
    if (um_queue_idle(queue))
        return;
    const cl_uchar zero = 0;
    CHECK(queue, clEnqueueFillBuffer(queue->commands, buffer->memory, &zero, 1, 0, buffer->bytes, 0, NULL, NULL),
          "clEnqueueFillBuffer");
}

static int signature_fits(um_queue *queue, um_kernel_id id, const um_argument *arguments, size_t count,
                          const char *file, int line)
{
    const um_kernel_entry *entry = &um_kernel_table[id];
    if (strlen(entry->signature) != count) {
        queue->status = um_fail_(queue->cx, UNMIX_ERROR_INTERNAL, file, line, "%s: %zu arguments, expected %zu",
                                 entry->function, count, strlen(entry->signature));
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        const int empty = arguments[i].kind == 'b' && !arguments[i].buffer->memory;
        if (arguments[i].kind == entry->signature[i] && !empty)
            continue;
        queue->status = um_fail_(queue->cx, UNMIX_ERROR_INTERNAL, file, line, "%s: argument %zu is %s'%c', expected '%c'",
                                 entry->function, i + 1, empty ? "an empty " : "", arguments[i].kind, entry->signature[i]);
        return 0;
    }
    return 1;
}

static cl_int set_argument(const um_queue *queue, cl_kernel kernel, cl_uint index, const um_argument *argument)
{
    const float single = (float)argument->real;
    const cl_mem memory = argument->buffer ? argument->buffer->memory : NULL;
    switch (argument->kind) {
    case 'b':
        return clSetKernelArg(kernel, index, sizeof memory, &memory);
    case 'u':
        return clSetKernelArg(kernel, index, sizeof argument->whole, &argument->whole);
    default:
        return queue->device->precision == UNMIX_DOUBLE ? clSetKernelArg(kernel, index, sizeof argument->real, &argument->real)
                                                        : clSetKernelArg(kernel, index, sizeof single, &single);
    }
}

void um_prepare(um_queue *queue, um_kernel_id id, um_variant variant)
{
    if (!um_queue_idle(queue))
        (void)um_kernel_get(queue, id, variant);
}

/*
 * A grid with more groups in its second dimension than a launch may have is launched in pieces; kernels count in that
 * dimension by get_global_id(), which begins at the offset.
 */
static void launch(um_queue *queue, const um_kernel *kernel, const char *function, um_grid grid, const char *file, int line)
{
    const size_t width = (grid.x + kernel->group - 1) / kernel->group * kernel->group, most = queue->limits.rows;
    if (queue->status == UNMIX_OK && (width > UINT32_MAX || grid.y > UINT32_MAX))
        queue->status = um_fail_(queue->cx, UNMIX_ERROR_INTERNAL, file, line,
                                 "%s: a grid of %zu x %zu, where kernels count to 4294967295; less at once is needed",
                                 function, grid.x, grid.y);
    if (grid.y > most && queue->status == UNMIX_OK)
        um_detail(queue->cx, "%s: %zu rows of groups in pieces of %zu", function, grid.y, most);
    const size_t local[2] = {kernel->group, 1};
    for (size_t done = 0; width && done < grid.y && queue->status == UNMIX_OK; done += most) {
        const size_t offset[2] = {0, done};
        const size_t global[2] = {width, grid.y - done < most ? grid.y - done : most};
        check(queue, clEnqueueNDRangeKernel(queue->commands, kernel->kernel, 2, done ? offset : NULL, global, local, 0, NULL,
                                            NULL), function, file, line);
    }
}

void um_run_(um_queue *queue, um_kernel_id id, um_variant variant, um_grid grid, const um_argument *arguments,
             size_t count, const char *file, int line)
{
    if (um_queue_idle(queue) || !signature_fits(queue, id, arguments, count, file, line))
        return;
    const um_kernel *kernel = um_kernel_get(queue, id, variant);
    if (!kernel)
        return;
    for (size_t i = 0; i < count; i++)
        check(queue, set_argument(queue, kernel->kernel, (cl_uint)i, &arguments[i]), um_kernel_table[id].function, file, line);
    launch(queue, kernel, um_kernel_table[id].function, grid, file, line);
}
