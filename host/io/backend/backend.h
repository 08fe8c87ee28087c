/* Which store a path is: the one place that names the backends. */
#ifndef UM_BACKEND_H
#define UM_BACKEND_H

#include "io/store/store_write.h"

/* 1 when the path begins like a store; 0 otherwise, also when it cannot be read. */
int um_is_store(const char *path);

/* Opens for reading; to be closed, also after a failure. INPUT: missing, no store, cut off, locked, damaged. */
unmix_status um_store_open(unmix_context *cx, const char *path, um_store *store);

/* Begins to write to `temporary` what messages call `path`; um_writer_finish() says how it went. */
void um_store_write(um_writer *writer, unmix_context *cx, const char *path, const char *temporary);

#endif
