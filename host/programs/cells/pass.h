/* One pass over the cells of a source, in blocks of about the same number of entries. */
#ifndef UM_PASS_H
#define UM_PASS_H

#include "core/source.h"

typedef struct um_pass {
    const um_source *source;
    const char *doing; /* for the progress line, such as "looking at" */
    um_block block;    /* the cells first .. first + block.count; no cells: the pass is over */
    size_t first;
    size_t done, entries; /* cells and entries delivered so far */
} um_pass;

/* Begins, or begins again; the memory of the block is kept. */
void um_pass_begin(um_pass *pass, const um_source *source, const char *doing);

/* Reads the next block. Errors: those of the source, INTERRUPTED. */
unmix_status um_pass_next(unmix_context *cx, um_pass *pass);

void um_pass_clear(um_pass *pass);

#define UM_PASS_DROP UINT32_MAX

/* Row r of the block becomes row position[r]; where that is UM_PASS_DROP the entry goes. The order stays. */
void um_pass_keep(um_pass *pass, const uint32_t *position);

#endif
