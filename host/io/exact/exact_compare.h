/*
 * Whether two results, files or folders, are the same but for what differs from run to run. Every member is compared:
 * type, shape, every value to the bit, attributes of HDF5 objects. How a file stores them (chunks, compression, order)
 * does not count.
 */
#ifndef UM_EXACT_COMPARE_H
#define UM_EXACT_COMPARE_H

#include "io/exact/exact_parts.h"

/* Errors: INPUT (missing, one a folder and the other a file, damaged), MEMORY, INTERRUPTED. */
unmix_status um_exact_compare(um_exact *exact);

#endif
