/*
 * The objects of a file, one after another. HDF5 follows links as it finds them, into other files and down any number of
 * groups; here a link that leads out of the file is refused, depth is bounded, and an object that several links lead to is
 * seen once.
 */
#ifndef UM_HDF5_VISIT_H
#define UM_HDF5_VISIT_H

#include "io/hdf5/hdf5_file.h"

/* Groups in groups. AnnData has 5. */
#define UM_H5_DEEPEST 64

/* What is done at a dataset; `place` is its path in the file. */
typedef unmix_status (*um_h5_at_dataset)(unmix_context *cx, const um_h5_file *file, hid_t dataset, const char *place);

/*
 * Goes through `object` (a file, group or dataset) and all below it. Soft links are left to what they lead to, and what
 * cannot be opened to whoever wants to read it. Errors: INPUT (a link into another file or of a kind that HDF5 does not
 * define, too deep), MEMORY, INTERRUPTED and what `at` gives.
 */
unmix_status um_h5_visit(unmix_context *cx, const um_h5_file *file, hid_t object, um_h5_at_dataset at);

/*
 * Refuses a file that points outside itself: by links, virtual datasets, or values that are stored in other files. What
 * was looked at once is not looked at again while it stays the same (its number, size and time).
 */
unmix_status um_h5_check_inside(unmix_context *cx, const um_h5_file *file);

#endif
