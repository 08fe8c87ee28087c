#include "io/hdf5/hdf5_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if H5_VERSION_GE(1, 13, 0)
#include <H5FDdevelop.h> /* where newer versions declare what a driver consists of */
#endif

/* Bytes after which the writer is asked again whether to go on. */
#define ASK_BYTES ((uint64_t)32 << 20)

/* H5FD_t comes first: HDF5 sees this as one. */
typedef struct open_file {
    H5FD_t base;
    um_h5_disk *disk;
    int descriptor;
    haddr_t allocated; /* end of the addresses that HDF5 has given out */
    haddr_t end;       /* of what is on the disk */
} open_file;

/* What the access properties carry. */
typedef struct info {
    um_h5_disk *disk;
} info;

static void fail(open_file *file)
{
    if (!file->disk->reason)
        file->disk->reason = errno ? errno : EIO;
}

static H5FD_t *open_disk(const char *name, unsigned flags, hid_t access, haddr_t limit)
{
    const info *given = H5Pget_driver_info(access);
    open_file *file = calloc(1, sizeof *file);
    (void)limit;
    if (!given || !file || !(flags & H5F_ACC_RDWR)) {
        free(file);
        return NULL;
    }
    file->disk = given->disk;
    file->descriptor = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file->descriptor < 0) {
        fail(file);
        free(file);
        return NULL;
    }
    return &file->base;
}

static herr_t close_disk(H5FD_t *base)
{
    open_file *file = (open_file *)base;
    if (close(file->descriptor) != 0)
        fail(file);
    free(file);
    return 0;
}

static int compare(const H5FD_t *a, const H5FD_t *b)
{
    return a == b ? 0 : a < b ? -1 : 1;
}

static herr_t query(const H5FD_t *base, unsigned long *flags)
{
    (void)base;
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_DATA_SIEVE |
             H5FD_FEAT_AGGREGATE_SMALLDATA;
    return 0;
}

static haddr_t get_allocated(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const open_file *)base)->allocated;
}

static herr_t set_allocated(H5FD_t *base, H5FD_mem_t type, haddr_t address)
{
    (void)type;
    ((open_file *)base)->allocated = address;
    return 0;
}

static haddr_t get_end(const H5FD_t *base, H5FD_mem_t type)
{
    (void)type;
    return ((const open_file *)base)->end;
}

/* What was never written reads as zeros. */
static herr_t read_disk(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, void *buffer)
{
    open_file *file = (open_file *)base;
    char *to = buffer;
    (void)type, (void)transfer;
    while (size) {
        const ssize_t got = pread(file->descriptor, to, size, (off_t)address);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail(file);
        if (got <= 0)
            break;
        to += got;
        size -= (size_t)got;
        address += (haddr_t)got;
    }
    memset(to, 0, size);
    return 0;
}

static herr_t write_disk(H5FD_t *base, H5FD_mem_t type, hid_t transfer, haddr_t address, size_t size, const void *buffer)
{
    open_file *file = (open_file *)base;
    const char *from = buffer;
    (void)type, (void)transfer;
    if (address + size > file->end)
        file->end = address + size;
    const uint64_t before = file->disk->written;
    file->disk->written += size;
    if (before / ASK_BYTES != file->disk->written / ASK_BYTES && file->disk->stop &&
        file->disk->stop(file->disk->payload) && !file->disk->reason)
        file->disk->reason = EINTR;
    while (size && !file->disk->reason) {
        const ssize_t written = pwrite(file->descriptor, from, size, (off_t)address);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            fail(file);
            break;
        }
        from += written;
        size -= (size_t)written;
        address += (haddr_t)written;
    }
    return 0;
}

static herr_t truncate_disk(H5FD_t *base, hid_t transfer, hbool_t closing)
{
    open_file *file = (open_file *)base;
    (void)transfer, (void)closing;
    if (file->end == file->allocated || file->disk->reason)
        return 0;
    if (ftruncate(file->descriptor, (off_t)file->allocated) != 0)
        fail(file);
    file->end = file->allocated;
    return 0;
}

static const H5FD_class_t driver = {
#ifdef H5FD_CLASS_VERSION
    .version = H5FD_CLASS_VERSION,
    .value = (H5FD_class_value_t)600, /* of the range for drivers that are not registered with the makers of HDF5 */
#endif
    .name = "unmix",
    .maxaddr = (haddr_t)INT64_MAX,
    .fc_degree = H5F_CLOSE_WEAK,
    .fapl_size = sizeof(info),
    .open = open_disk,
    .close = close_disk,
    .cmp = compare,
    .query = query,
    .get_eoa = get_allocated,
    .set_eoa = set_allocated,
    .get_eof = get_end,
    .read = read_disk,
    .write = write_disk,
    .truncate = truncate_disk,
    .fl_map = H5FD_FLMAP_DICHOTOMY,
};

hid_t um_h5_disk_access(um_h5_disk *disk)
{
    const info given = {disk};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    const hid_t id = H5FDregister(&driver);
    const int set = access >= 0 && id >= 0 && H5Pset_driver(access, id, &given) >= 0;
    if (id >= 0)
        (void)H5FDunregister(id); /* the property list keeps it while it is in use */
    if (set)
        return access;
    if (access >= 0)
        (void)H5Pclose(access);
    return -1;
}
