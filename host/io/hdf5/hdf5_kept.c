#include "io/hdf5/hdf5_kept.h"

#include <stdlib.h>

/* Bytes that are kept without um_h5_kept_widen(), and chunks at most. */
enum { KEPT = 512 };
#define KEPT_BYTES ((size_t)4 << 20)

struct um_h5_kept {
    size_t most, bytes, time;
    struct slot {
        um_h5_chunk_key key;
        size_t size, used;
        unsigned char *chunk; /* NULL: free */
    } slot[KEPT];
};

um_h5_kept *um_h5_kept_new(void)
{
    um_h5_kept *const kept = calloc(1, sizeof *kept);
    if (kept)
        kept->most = KEPT_BYTES;
    return kept;
}

void um_h5_kept_free(um_h5_kept *kept)
{
    for (size_t i = 0; kept && i < KEPT; i++)
        free(kept->slot[i].chunk);
    free(kept);
}

void um_h5_kept_widen(um_h5_kept *kept, size_t bytes)
{
    kept->most += bytes;
}

unsigned char *um_h5_kept_find(um_h5_kept *kept, um_h5_chunk_key key)
{
    for (size_t i = 0; i < KEPT; i++) {
        struct slot *const s = &kept->slot[(key.number + i) % KEPT]; /* mostly the first */
        if (s->chunk && s->key.number == key.number && s->key.dataset == key.dataset) {
            s->used = ++kept->time;
            return s->chunk;
        }
    }
    return NULL;
}

static void drop(um_h5_kept *kept, struct slot *s)
{
    kept->bytes -= s->size;
    free(s->chunk);
    *s = (struct slot){0};
}

void um_h5_kept_add(um_h5_kept *kept, um_h5_chunk_key key, unsigned char *chunk, size_t size)
{
    struct slot *to = NULL;
    while (!to || (kept->bytes && kept->bytes + size > kept->most)) {
        struct slot *oldest = NULL;
        to = NULL;
        for (size_t i = 0; i < KEPT; i++) {
            struct slot *const s = &kept->slot[(key.number + KEPT - 1 - i) % KEPT]; /* the first one comes last */
            if (!s->chunk)
                to = s;
            else if (!oldest || s->used < oldest->used)
                oldest = s;
        }
        if (oldest && (!to || kept->bytes + size > kept->most))
            drop(kept, oldest);
    }
    *to = (struct slot){key, size, ++kept->time, chunk};
    kept->bytes += size;
}
