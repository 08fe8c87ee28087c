/* What is said about each of many files alike is said once, with their number. */
#ifndef UM_GATHERED_H
#define UM_GATHERED_H

#include "core/names.h"

typedef struct um_gathered {
    unmix_context *cx;
    unmix_log_callback log; /* the caller's */
    void *payload;
    um_names pending; /* said about the present file */
    um_names kinds;   /* messages without what is the file's own: its path, its sample */
    um_names first;   /* the first message of each kind, */
    um_names paths;   /* and its file */
    size_t *count;    /* files that it is said about */
    unmix_log_level *level;
    size_t count_capacity, level_capacity;
} um_gathered;

/*
 * From now on warnings and notes of the context wait; details pass. `gathered` is zero-initialised and must end with
 * um_gathered_end() before the public function returns.
 */
void um_gathered_begin(unmix_context *cx, um_gathered *gathered);

/* What was said since the last call is about this file, whose only sample is called so (NULL: has several). */
unmix_status um_gathered_file(um_gathered *gathered, const char *path, const char *sample);

/* Says it: "PATH: ..." as it came, or "PATH and 9 more files: ...". */
void um_gathered_end(um_gathered *gathered);

#endif
