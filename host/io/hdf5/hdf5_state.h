/* What a store has from HDF5. Inside hdf5/ only. */
#ifndef UM_HDF5_STATE_H
#define UM_HDF5_STATE_H

#include "io/hdf5/hdf5_disk.h"
#include "io/hdf5/hdf5_file.h"
#include "io/store/store_write.h"

typedef struct um_h5_state {
    um_h5_file file;
    um_h5_silence silence;
    um_h5_disk disk; /* of one that is written */
} um_h5_state;

static inline um_h5_state *um_h5_state_of(const um_store *store)
{
    return store->state;
}

static inline const um_h5_file *um_h5_file_of(um_node node)
{
    return &um_h5_state_of(node.store)->file;
}

static inline um_node um_h5_node(const um_store *store, hid_t id)
{
    return id < 0 ? UM_NO_NODE : (um_node){store, id};
}

#endif
