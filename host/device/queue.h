/*
 * Work on a device as a straight list of calls. The queue is sticky: after the first failure every call is a no-op, and
 * one check at the end reports the first failing site. No OpenCL type appears here, so that the rooms above need none.
 *
 *     um_run(q, UM_KERNEL_EM_STEP, variant, um_grid_2d(columns, M), UM_U32(M), ..., UM_BUF(&fold), ...);
 *     um_read_reals(q, &E, 0, exposures, count);
 *     return um_queue_status(q);
 */
#ifndef UM_QUEUE_H
#define UM_QUEUE_H

#include <stdint.h>

#include "core/diagnostics.h"
#include "device/kernels.h"
#include "device/tuning.h"
#include "unmix/device.h"

typedef struct um_queue um_queue;
typedef struct um_device um_device;

/*
 * A queue of its own on the first device that was opened, for one thread at a time; as many as wanted may be open side
 * by side. Errors go to `cx`. It keeps the tuning that the device has now. Errors: MEMORY, NO_DEVICE. Who opened it
 * closes it, before the device and after releasing its buffers; NULL is allowed.
 */
unmix_status um_queue_open(unmix_context *cx, unmix_device *device, um_queue **queue);
void um_queue_close(um_queue *queue);

/* The same on device number `slot` of those that were opened. */
unmix_status um_queue_open_on(unmix_context *cx, unmix_device *device, size_t slot, um_queue **queue);

/*
 * A queue that does nothing but count: what would be allocated on it in all, and the largest buffer. Everything that is
 * opened on it has the size that it would have, and is empty.
 */
unmix_status um_queue_open_counting(unmix_context *cx, unmix_device *device, size_t slot, um_queue **queue);
size_t um_queue_counted(const um_queue *queue, size_t *largest);

/* Bytes of the buffers of all queues on a device: now, and (may be NULL) the most so far. */
size_t um_device_bytes(unmix_device *device, size_t slot, size_t *peak);

/* Whether two of the devices that were opened are the very same, and whether they have the same name and driver. */
int um_device_is_same(const unmix_device *device, size_t slot, size_t other);
int um_device_is_alike(const unmix_device *device, size_t slot, size_t other);

/* UNMIX_OK, or the status of the first failure (already recorded in the context). */
unmix_status um_queue_status(const um_queue *queue);

/* Waits for everything and gives the status. */
unmix_status um_queue_finish(um_queue *queue);

/* The tuning that the queue works with and the size of its reals in bytes (4 or 8). */
const um_tuning *um_queue_tuning(const um_queue *queue);
size_t um_queue_real_size(const um_queue *queue);
const unmix_device_info *um_queue_info(const um_queue *queue);

/* Bytes that a buffer may have. */
size_t um_queue_largest(const um_queue *queue);

/*
 * What the kernels of a launch are built for. Sources: a build constant where the device wants it, elsewhere it sets
 * how much room kernels keep. Programs: kernels of factorisations keep room for them, um_tuning_rank(). 0: does not
 * matter.
 */
typedef struct um_variant {
    uint32_t sources, programs;
} um_variant;

#define UM_ANY_VARIANT ((um_variant){0})

/* Memory on the device. Contents are not defined until written. */
typedef struct um_buffer {
    void *memory;
    size_t bytes;
    um_device *device; /* where the bytes count */
} um_buffer;

/* Allocates at least one byte; a failure names `what` and the sizes. Released with um_buffer_release(). */
void um_buffer_allocate(um_queue *queue, um_buffer *buffer, size_t bytes, const char *what);
void um_buffer_release(um_buffer *buffer); /* NULL memory is allowed; zeroes the buffer */

/* Room for count reals. */
void um_buffer_reals(um_queue *queue, um_buffer *buffer, size_t count, const char *what);

/* Blocking transfers of `count` reals from element `first` on; the host side is always double. */
void um_write_reals(um_queue *queue, um_buffer *buffer, size_t first, const double *values, size_t count);
void um_read_reals(um_queue *queue, const um_buffer *buffer, size_t first, double *values, size_t count);

/*
 * The working type of kernels that sum more carefully than in reals: double where the device has it. Its size in bytes,
 * and a blocking transfer to the host.
 */
size_t um_queue_wide_size(const um_queue *queue);
void um_read_wide(um_queue *queue, const um_buffer *buffer, double *values, size_t count);

/* Room for count 32-bit indices, and a blocking transfer of all of them. */
void um_buffer_indices(um_queue *queue, um_buffer *buffer, size_t count, const char *what);
void um_write_indices(um_queue *queue, um_buffer *buffer, const uint32_t *values, size_t count);

/*
 * Writes values (rows x columns, row-major) into columns first .. first+columns of a matrix on the device whose rows
 * are `stride` reals apart. Blocking.
 */
void um_write_columns(um_queue *queue, um_buffer *buffer, size_t stride, size_t first, const double *values, size_t rows,
                      size_t columns);

/* Fills the whole buffer with zero bytes. */
void um_fill_zero(um_queue *queue, um_buffer *buffer);

/* Work-items wanted; the launch rounds x up to the group size. */
typedef struct um_grid {
    size_t x, y;
} um_grid;

static inline um_grid um_grid_2d(size_t x, size_t y)
{
    return (um_grid){x, y};
}

/* One kernel argument. Build with the macros only. */
typedef struct um_argument {
    char kind; /* as in the signature */
    const um_buffer *buffer;
    uint32_t whole;
    double real;
} um_argument;

#define UM_BUF(b) ((um_argument){.kind = 'b', .buffer = (b)})
#define UM_U32(x) ((um_argument){.kind = 'u', .whole = (uint32_t)(x)})
#define UM_REAL_ARGUMENT(x) ((um_argument){.kind = 'r', .real = (x)})

#define um_run(queue, id, variant, grid, ...)                                                \
    um_run_((queue), (id), (variant), (grid), (const um_argument[]){__VA_ARGS__},            \
            sizeof((const um_argument[]){__VA_ARGS__}) / sizeof(um_argument), __FILE__, __LINE__)
void um_run_(um_queue *queue, um_kernel_id id, um_variant variant, um_grid grid, const um_argument *arguments,
             size_t count, const char *file, int line);

/* Builds the program of a kernel without launching it, so that a benchmark can time the two apart. */
void um_prepare(um_queue *queue, um_kernel_id id, um_variant variant);

/* Fails the queue with a status that is recorded in the context already; the first failure stays. */
void um_queue_fail(um_queue *queue, unmix_status status);

/* Fails the queue for a mistake of the caller that has no context of its own; `what` says which. */
void um_queue_refuse(um_queue *queue, const char *what);

#endif
