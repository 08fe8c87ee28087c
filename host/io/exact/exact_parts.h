/* A comparison of results, and what the comparison of each kind of file needs. */
#ifndef UM_EXACT_PARTS_H
#define UM_EXACT_PARTS_H

#include "core/diagnostics.h"

/*
 * Receives one difference: the member ("obsm/proportions/B", "metrics.tsv"), the first place in it where the two differ
 * ("[3]", "line 2, field 4", "shape"; "" where it is the member itself), and what stands there in each.
 */
typedef void (*um_exact_tell)(void *payload, const char *member, const char *place, const char *a, const char *b);

typedef struct um_exact {
    unmix_context *cx;
    const char *path[2];
    const char *const *groups; /* of uns, ending with NULL: `run` in them (in a run.json also at its top) is left out */
    um_exact_tell tell;
    void *payload;
    size_t differences; /* members that differ */
} um_exact;

/* Two files that are compared, and what their members are called beyond their own name (in a folder: "bulk.h5ad/"). */
typedef struct um_exact_files {
    um_exact *exact;
    const char *path[2];
    const char *prefix;
} um_exact_files;

/* Counts a difference and hands it out. */
void um_exact_differs(const um_exact_files *files, const char *member, const char *place, const char *a, const char *b);

/* A member that only one of the two has: side 0 or 1. */
void um_exact_alone(const um_exact_files *files, const char *member, int side);

/* 1 for the members that may differ: PREFIXGROUP/run. */
int um_exact_is_apart(const um_exact_files *files, const char *prefix, const char *member);

/* above/name, to be freed; name alone where above is "". */
unmix_status um_exact_join(unmix_context *cx, const char *above, const char *name, char **path);

/* In io/hdf5, which alone sees that library. */
unmix_status um_exact_hdf5(const um_exact_files *files);
unmix_status um_exact_json(const um_exact_files *files);
unmix_status um_exact_bytes(const um_exact_files *files, const char *member);

#endif
