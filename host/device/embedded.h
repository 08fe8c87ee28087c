/* The kernel files as they were at build time; made by tools/cmake/EmbedKernels.cmake. */
#ifndef UM_EMBEDDED_H
#define UM_EMBEDDED_H

#include <stddef.h>

typedef struct um_embedded_file {
    const char *name;
    const unsigned char *bytes;
    size_t size;
} um_embedded_file;

extern const um_embedded_file um_embedded_files[];
extern const size_t um_embedded_count;

#endif
