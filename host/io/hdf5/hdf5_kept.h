/* Chunks of a file that were expanded last, while there is room: several reads may share one. */
#ifndef UM_HDF5_KEPT_H
#define UM_HDF5_KEPT_H

#include <stddef.h>
#include <stdint.h>

typedef struct um_h5_kept um_h5_kept;

/* Which chunk: HDF5 gives no number to two datasets. */
typedef struct um_h5_chunk_key {
    int64_t dataset;
    size_t number;
} um_h5_chunk_key;

/* NULL when memory is exhausted; NULL may be freed. */
um_h5_kept *um_h5_kept_new(void);
void um_h5_kept_free(um_h5_kept *kept);

/* Makes room for `bytes` more. */
void um_h5_kept_widen(um_h5_kept *kept, size_t bytes);

/* The chunk, until the next one is added, or NULL. */
unsigned char *um_h5_kept_find(um_h5_kept *kept, um_h5_chunk_key key);

/* Takes over a chunk from malloc(), for which those go that were used the longest time ago. The newest always stays. */
void um_h5_kept_add(um_h5_kept *kept, um_h5_chunk_key key, unsigned char *chunk, size_t size);

#endif
