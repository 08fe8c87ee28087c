/* Objects of one HDF5 file into another as they are. Inside hdf5/ only. */
#ifndef UM_HDF5_COPY_H
#define UM_HDF5_COPY_H

#include "io/store/store_write.h"

/* What um_writer_backend says of them. */
void um_h5_copy(um_writer *writer, um_node source, const char *member, um_node target, const char *name,
                um_referred referred);
void um_h5_copy_all(um_writer *writer, um_node source, um_node target, um_names *except, um_referred referred);
void um_h5_copy_attributes(um_writer *writer, um_node source, um_node target, const char *except);
um_node um_h5_copy_field(um_writer *writer, um_node records, const char *field, um_node target);
void um_h5_refer_to_copies(um_writer *writer, um_node source, um_node target, const char *attribute);
void um_h5_remove(um_writer *writer, um_node group, const char *name);

#endif
