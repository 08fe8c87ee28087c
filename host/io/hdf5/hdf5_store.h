/* HDF5 as a store (store/store.h), read and written. */
#ifndef UM_HDF5_STORE_H
#define UM_HDF5_STORE_H

#include "io/store/store_write.h"

extern const um_store_backend um_hdf5_backend;
extern const um_writer_backend um_hdf5_writer;

#endif
