/* Whether a path can be read at all. */
#ifndef UM_READABLE_H
#define UM_READABLE_H

#include "core/diagnostics.h"

/*
 * Fails with UNMIX_ERROR_INPUT when path is missing, a folder, unreadable or empty: one line saying which. "-" is standard input. Every
 * reader calls it first.
 */
unmix_status um_check_readable(unmix_context *cx, const char *path);

/* 1 when an ordinary file begins like an HDF5 file; 0 otherwise, also when it cannot be read. */
int um_is_hdf5(const char *path);

#endif
