/* Paths: what stands there, and names within folders. */
#ifndef UM_PATHS_H
#define UM_PATHS_H

#include "core/diagnostics.h"

/* 1 for an existing folder, an ordinary file, a pipe or a device (which can be read only once; "-" is standard input); else 0. */
int um_is_folder(const char *path);
int um_is_file(const char *path);
int um_is_stream(const char *path);

/* 1 when `path` ends like that, in upper or lower case. */
int um_has_ending(const char *path, const char *ending);

/* folder/name with one '/' in between, to be freed. Errors: MEMORY. */
unmix_status um_file_in(unmix_context *cx, const char *folder, const char *name, char **path);

#endif
