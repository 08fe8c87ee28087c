/* Devices: listing, choosing, opening. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "device/opencl.h"

typedef struct device_list {
    unmix_device_info *info;
    cl_device_id *id;
    size_t count;
    size_t info_capacity, id_capacity;
} device_list;

/* A text property without leading blanks (some drivers pad the device name). */
static void get_text(cl_device_id id, cl_device_info what, char *text, size_t size)
{
    char raw[1024] = "";
    (void)clGetDeviceInfo(id, what, sizeof raw - 1, raw, NULL);
    const char *start = raw;
    while (isspace((unsigned char)*start))
        start++;
    (void)snprintf(text, size, "%s", start);
    for (size_t n = strlen(text); n && isspace((unsigned char)text[n - 1]); n--)
        text[n - 1] = '\0';
}

static int has_double(cl_device_id id)
{
    cl_device_fp_config config = 0; /* the property exists only with the extension; an error means no */
    if (clGetDeviceInfo(id, CL_DEVICE_DOUBLE_FP_CONFIG, sizeof config, &config, NULL) != CL_SUCCESS)
        return 0;
    return config != 0;
}

static void describe(cl_platform_id platform, cl_device_id id, size_t p, size_t d, unmix_device_info *info)
{
    *info = (unmix_device_info){0};
    (void)snprintf(info->selector, sizeof info->selector, "%zu:%zu", p, d);
    (void)clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof info->platform - 1, info->platform, NULL);
    get_text(id, CL_DEVICE_NAME, info->name, sizeof info->name);
    get_text(id, CL_DEVICE_VENDOR, info->vendor, sizeof info->vendor);
    get_text(id, CL_DRIVER_VERSION, info->driver, sizeof info->driver);
    get_text(id, CL_DEVICE_VERSION, info->version, sizeof info->version);
    cl_device_type type = 0;
    (void)clGetDeviceInfo(id, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    info->kind = type & CL_DEVICE_TYPE_GPU ? UNMIX_DEVICE_GPU : type & CL_DEVICE_TYPE_CPU ? UNMIX_DEVICE_CPU : UNMIX_DEVICE_OTHER;
    info->has_double = has_double(id);
    cl_uint units = 0;
    cl_ulong memory = 0, largest = 0, local = 0;
    (void)clGetDeviceInfo(id, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof units, &units, NULL);
    (void)clGetDeviceInfo(id, CL_DEVICE_GLOBAL_MEM_SIZE, sizeof memory, &memory, NULL);
    (void)clGetDeviceInfo(id, CL_DEVICE_MAX_MEM_ALLOC_SIZE, sizeof largest, &largest, NULL);
    (void)clGetDeviceInfo(id, CL_DEVICE_LOCAL_MEM_SIZE, sizeof local, &local, NULL);
    info->compute_units = units;
    info->memory_bytes = memory;
    info->largest_buffer_bytes = largest;
    info->local_bytes = local;
}

static void list_clear(device_list *list)
{
    free(list->info);
    free(list->id);
    *list = (device_list){0};
}

static unmix_status list_platform(unmix_context *cx, device_list *list, cl_platform_id platform, size_t p)
{
    cl_device_id ids[64];
    cl_uint n = 0;
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 64, ids, &n) != CL_SUCCESS)
        return UNMIX_OK; /* a platform without a usable device */
    for (size_t d = 0; d < n && d < 64; d++) {
        UM_TRY(UM_GROW(cx, &list->info, &list->info_capacity, list->count + 1, "device list"));
        UM_TRY(UM_GROW(cx, &list->id, &list->id_capacity, list->count + 1, "device list"));
        describe(platform, ids[d], p, d, &list->info[list->count]);
        list->id[list->count++] = ids[d];
    }
    return UNMIX_OK;
}

static unmix_status list_devices(unmix_context *cx, device_list *list)
{
    cl_platform_id platforms[32];
    cl_uint n = 0;
    const cl_int code = clGetPlatformIDs(32, platforms, &n);
    if (code != CL_SUCCESS && code != -1001) /* -1001: no platform */
        return UM_FAIL(cx, UNMIX_ERROR_DEVICE, "clGetPlatformIDs: %s", um_opencl_error(code));
    for (size_t p = 0; p < n && p < 32; p++)
        UM_TRY(list_platform(cx, list, platforms[p], p));
    return UNMIX_OK;
}

unmix_status unmix_device_list(unmix_context *cx, unmix_device_info **list, size_t *count)
{
    UM_TRY(um_begin(cx));
    device_list devices = {0};
    *list = NULL;
    *count = 0;
    const unmix_status status = list_devices(cx, &devices);
    if (status == UNMIX_OK) {
        *list = devices.info;
        *count = devices.count;
        devices.info = NULL;
    }
    list_clear(&devices);
    return status;
}

void unmix_device_list_free(unmix_device_info *list)
{
    free(list);
}

static int contains_ignoring_case(const char *text, const char *part)
{
    const size_t length = strlen(part);
    for (; *text; text++) {
        size_t i = 0;
        while (i < length && text[i] && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == length)
            return 1;
    }
    return 0;
}

static size_t find_kind(const device_list *list, unmix_device_kind kind)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->info[i].kind == kind)
            return i;
    return list->count;
}

/* Position of the device that the selector means, or list->count. */
static size_t select_device(const device_list *list, const char *selector)
{
    if (!selector || strcmp(selector, "auto") == 0) {
        const size_t gpu = find_kind(list, UNMIX_DEVICE_GPU);
        const size_t cpu = find_kind(list, UNMIX_DEVICE_CPU);
        return gpu < list->count ? gpu : cpu < list->count ? cpu : 0;
    }
    if (strcmp(selector, "cpu") == 0)
        return find_kind(list, UNMIX_DEVICE_CPU);
    if (strcmp(selector, "gpu") == 0)
        return find_kind(list, UNMIX_DEVICE_GPU);
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->info[i].selector, selector) == 0)
            return i;
    for (size_t i = 0; i < list->count; i++)
        if (*selector && (contains_ignoring_case(list->info[i].name, selector) ||
                          contains_ignoring_case(list->info[i].platform, selector)))
            return i;
    return list->count;
}

/* Work-items that a group may have in its first dimension, which is the one that groups extend in. */
static size_t largest_group(cl_device_id id)
{
    size_t group = 1, items[16] = {0};
    (void)clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_GROUP_SIZE, sizeof group, &group, NULL);
    (void)clGetDeviceInfo(id, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizeof items, items, NULL);
    return items[0] && items[0] < group ? items[0] : group;
}

static unsigned native_vector(cl_device_id id, unmix_precision precision)
{
    cl_uint width = 0;
    const cl_device_info what =
        precision == UNMIX_SINGLE ? CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT : CL_DEVICE_NATIVE_VECTOR_WIDTH_DOUBLE;
    (void)clGetDeviceInfo(id, what, sizeof width, &width, NULL);
    return width;
}

static unmix_status open_device(unmix_context *cx, cl_device_id id, const unmix_device_info *info,
                                unmix_precision precision, um_device **device)
{
    cl_int code = CL_SUCCESS;
    if (precision == UNMIX_DOUBLE && !info->has_double)
        return UM_FAIL(cx, UNMIX_ERROR_NO_DEVICE,
                       "%s has no double precision (fp64); use --precision single or another --device", info->name);
    UM_TRY(UM_ALLOC(cx, device, 1, "device"));
    um_device *opened = *device;
    opened->info = *info;
    opened->precision = precision;
    opened->id = id;
    opened->largest_group = largest_group(id);
    opened->tuning = um_tuning_for(info->kind, precision, native_vector(id, precision));
    (void)pthread_mutex_init(&opened->lock, NULL);
    opened->context = clCreateContext(NULL, 1, &id, NULL, NULL, &code);
    return code == CL_SUCCESS ? UNMIX_OK
                              : UM_FAIL(cx, UNMIX_ERROR_NO_DEVICE, "cannot use %s: clCreateContext: %s", info->name,
                                        um_opencl_error(code));
}

/* The next slot: the device itself, once more when it is open already. */
static unmix_status add_slot(unmix_context *cx, const device_list *list, size_t chosen, unmix_precision precision,
                             unmix_device *device)
{
    if (device->count == UM_MAX_SLOTS)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "more than %d devices", UM_MAX_SLOTS);
    for (size_t i = 0; i < device->count && !device->slot[device->count]; i++)
        if (device->slot[i]->id == list->id[chosen])
            device->slot[device->count] = device->slot[i];
    if (!device->slot[device->count])
        UM_TRY(open_device(cx, list->id[chosen], &list->info[chosen], precision, &device->slot[device->count]));
    device->count++;
    return UNMIX_OK;
}

/* Slots for one element of a list of selectors; none when nothing fits. */
static unmix_status add_element(unmix_context *cx, const device_list *list, const char *element,
                                unmix_precision precision, unmix_device *device)
{
    const int gpus = element && strcmp(element, "gpu:all") == 0, cpus = element && strcmp(element, "cpu:all") == 0;
    if (gpus || cpus) {
        for (size_t i = 0; i < list->count; i++)
            if (list->info[i].kind == (gpus ? UNMIX_DEVICE_GPU : UNMIX_DEVICE_CPU))
                UM_TRY(add_slot(cx, list, i, precision, device));
        return UNMIX_OK;
    }
    const size_t chosen = select_device(list, element);
    return chosen < list->count ? add_slot(cx, list, chosen, precision, device) : UNMIX_OK;
}

static unmix_status add_list(unmix_context *cx, const device_list *list, const char *selector,
                             unmix_precision precision, unmix_device *device)
{
    for (const char *at = selector;; at++) {
        char element[256];
        const size_t length = strcspn(at, ","), before = device->count;
        (void)snprintf(element, sizeof element, "%.*s", (int)(length < 255 ? length : 255), at);
        UM_TRY(add_element(cx, list, element, precision, device));
        if (device->count == before)
            return UM_FAIL(cx, UNMIX_ERROR_NO_DEVICE,
                           "no device fits '%s' of '%s'; see `unmix devices` for what there is", element, selector);
        at += length;
        if (!*at)
            return UNMIX_OK;
    }
}

static unmix_status open_all(unmix_context *cx, const device_list *list, const char *selector,
                             unmix_precision precision, unmix_device *device)
{
    if (!list->count)
        return UM_FAIL(
            cx, UNMIX_ERROR_NO_DEVICE,
            "no OpenCL device found; install a driver (for a CPU: the package pocl-opencl-icd) and check that "
            "its cache folder can be written");
    UM_TRY(add_element(cx, list, selector, precision, device)); /* a name may have a comma in it */
    if (device->count)
        return UNMIX_OK;
    if (strchr(selector, ','))
        return add_list(cx, list, selector, precision, device);
    return UM_FAIL(cx, UNMIX_ERROR_NO_DEVICE, "no device fits '%s'; see `unmix devices` for what there is", selector);
}

unmix_status unmix_device_open(unmix_context *cx, const char *selector, unmix_precision precision, unmix_device **device)
{
    UM_TRY(um_begin(cx));
    *device = NULL;
    device_list list = {0};
    unmix_device *opened = NULL;
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, list_devices(cx, &list));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &opened, 1, "device"));
    status = open_all(cx, &list, selector, precision, opened);
done:
    list_clear(&list);
    if (status != UNMIX_OK) {
        unmix_device_close(opened);
        return status;
    }
    *device = opened;
    return UNMIX_OK;
}

static void close_device(um_device *device)
{
    um_programs_release(device);
    if (device->context)
        (void)clReleaseContext(device->context);
    (void)pthread_mutex_destroy(&device->lock);
    free(device);
}

/* The first slot that holds the device of `slot`. */
static size_t first_slot(const unmix_device *device, size_t slot)
{
    size_t first = 0;
    while (device->slot[first] != device->slot[slot])
        first++;
    return first;
}

void unmix_device_close(unmix_device *device)
{
    if (!device)
        return;
    for (size_t i = UM_MAX_SLOTS; i-- > 0;) /* from the last on: the others are still there to be compared with */
        if (device->slot[i] && first_slot(device, i) == i)
            close_device(device->slot[i]);
    free(device);
}

const unmix_device_info *unmix_device_get_info(const unmix_device *device)
{
    return &device->slot[0]->info;
}

size_t unmix_device_count(const unmix_device *device)
{
    return device->count;
}

const unmix_device_info *unmix_device_get_info_of(const unmix_device *device, size_t index)
{
    return &device->slot[index]->info;
}

int um_device_is_same(const unmix_device *device, size_t slot, size_t other)
{
    return device->slot[slot] == device->slot[other];
}

int um_device_is_alike(const unmix_device *device, size_t slot, size_t other)
{
    const unmix_device_info *one = &device->slot[slot]->info, *two = &device->slot[other]->info;
    return strcmp(one->name, two->name) == 0 && strcmp(one->driver, two->driver) == 0;
}

unmix_precision unmix_device_get_precision(const unmix_device *device)
{
    return device->slot[0]->precision;
}

unmix_status unmix_device_tune(unmix_context *cx, unmix_device *device, const char *changes)
{
    UM_TRY(um_begin(cx));
    for (size_t i = 0; i < device->count; i++) {
        um_tuning tuning = device->slot[i]->tuning;
        const char *wrong = um_tuning_change(&tuning, changes);
        if (wrong)
            return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "tuning '%s': %s", changes, wrong);
        device->slot[i]->tuning = tuning;
    }
    return UNMIX_OK;
}
