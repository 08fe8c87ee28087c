/* Memory on a device, and what there is of it. */
#include "core/memory.h"
#include "device/opencl.h"

size_t um_queue_largest(const um_queue *queue)
{
    const uint64_t largest = queue->device->info.largest_buffer_bytes;
    const uint64_t tuned = (uint64_t)queue->tuning.largest_buffer << 20;
    return (size_t)(tuned && tuned < largest ? tuned : largest);
}

static void count_buffer(um_queue *queue, um_buffer *buffer, size_t bytes)
{
    buffer->bytes = bytes;
    queue->counted += bytes;
    queue->counted_largest = bytes > queue->counted_largest ? bytes : queue->counted_largest;
}

/* 0: the device gives no more; `most` is for tests of devices that have less than they say. */
static int take_bytes(um_device *device, size_t bytes, size_t most)
{
    (void)pthread_mutex_lock(&device->lock);
    const int given = !most || device->bytes + bytes <= most;
    device->bytes += given ? bytes : 0;
    device->peak = device->bytes > device->peak ? device->bytes : device->peak;
    (void)pthread_mutex_unlock(&device->lock);
    return given;
}

static void give_bytes(um_device *device, size_t bytes)
{
    (void)pthread_mutex_lock(&device->lock);
    device->bytes -= bytes;
    (void)pthread_mutex_unlock(&device->lock);
}

static void create_buffer(um_queue *queue, um_buffer *buffer, size_t bytes, const char *what)
{
    cl_int code = CL_MEM_OBJECT_ALLOCATION_FAILURE;
    cl_mem memory = NULL;
    if (take_bytes(queue->device, bytes, (size_t)queue->tuning.memory << 20)) {
        memory = clCreateBuffer(queue->device->context, CL_MEM_READ_WRITE, bytes, NULL, &code);
        if (code != CL_SUCCESS)
            give_bytes(queue->device, bytes);
    }
    if (code == CL_SUCCESS)
        *buffer = (um_buffer){memory, bytes, queue->device};
    else
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_MEMORY, "%s: cannot allocate %.3g MB on %s: %s", what,
                                (double)bytes / 1e6, queue->device->info.name, um_opencl_error(code));
}

void um_buffer_allocate(um_queue *queue, um_buffer *buffer, size_t bytes, const char *what)
{
    const size_t largest = um_queue_largest(queue);
    *buffer = (um_buffer){0};
    if (queue->status != UNMIX_OK)
        return;
    if (queue->counting)
        count_buffer(queue, buffer, bytes ? bytes : 1);
    else if (bytes == SIZE_MAX || bytes > largest)
        queue->status = UM_FAIL(queue->cx, UNMIX_ERROR_MEMORY,
                                "%s: %.3g MB are more than %s allocates at once (%.3g MB)", what, (double)bytes / 1e6,
                                queue->device->info.name, (double)largest / 1e6);
    else
        create_buffer(queue, buffer, bytes ? bytes : 1, what);
}

void um_buffer_release(um_buffer *buffer)
{
    if (buffer->memory) {
        (void)clReleaseMemObject(buffer->memory);
        give_bytes(buffer->device, buffer->bytes);
    }
    *buffer = (um_buffer){0};
}

void um_buffer_reals(um_queue *queue, um_buffer *buffer, size_t count, const char *what)
{
    um_buffer_allocate(queue, buffer, um_product_size(count, um_queue_real_size(queue), 1), what);
}

void um_buffer_indices(um_queue *queue, um_buffer *buffer, size_t count, const char *what)
{
    um_buffer_allocate(queue, buffer, um_product_size(count, sizeof(uint32_t), 1), what);
}

size_t um_device_bytes(unmix_device *device, size_t slot, size_t *peak)
{
    um_device *one = device->slot[slot];
    (void)pthread_mutex_lock(&one->lock);
    const size_t bytes = one->bytes;
    if (peak)
        *peak = one->peak;
    (void)pthread_mutex_unlock(&one->lock);
    return bytes;
}
