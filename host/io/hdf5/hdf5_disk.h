/*
 * The file below HDF5 when we write. HDF5 defers its writes: on a full disk its own driver fails at close, cannot close,
 * and tries again when the process ends. This one keeps the first reason and lets HDF5 finish in peace; the writer asks
 * for it. Nothing of the file is held in memory, and it ends where HDF5's addresses end.
 */
#ifndef UM_HDF5_DISK_H
#define UM_HDF5_DISK_H

#include <hdf5.h>
#include <stdint.h>

typedef struct um_h5_disk {
    int reason;       /* errno of the first failure; 0: none */
    uint64_t written; /* bytes so far */
    int (*stop)(void *payload); /* asked now and then while much is written; 1 ends it as a failure would. Or NULL */
    void *payload;
} um_h5_disk;

/* A list of access properties for H5Fcreate() that writes this way; `disk` must outlive the file. -1 on failure. */
hid_t um_h5_disk_access(um_h5_disk *disk);

#endif
