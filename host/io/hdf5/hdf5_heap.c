#include "io/hdf5/hdf5_heap.h"

#include <stdlib.h>

/* Text on heaps is not compressed; a piece that several elements share is something that writers hardly do. */
enum { SHARED = 16, BLOCK = 1 << 18 };
#define LEAST ((size_t)1 << 20)

typedef struct block {
    struct block *next;
    size_t size, used;
    char bytes[];
} block;

static block *add_block(um_h5_heap *heap, size_t size)
{
    size = size > BLOCK ? size : BLOCK;
    block *const added = malloc(sizeof *added + size);
    if (!added)
        return NULL;
    added->next = heap->blocks;
    added->size = size;
    added->used = 0;
    heap->blocks = added;
    return added;
}

static void *take(size_t size, void *payload)
{
    um_h5_heap *const heap = payload;
    block *last = heap->blocks;
    size = (size + 15) & ~(size_t)15;
    if (size > heap->most - heap->used) {
        heap->refused = 1;
        return NULL;
    }
    if (!last || last->size - last->used < size)
        last = add_block(heap, size);
    if (!last)
        return NULL;
    heap->used += size;
    last->used += size;
    return last->bytes + last->used - size;
}

static void give_back(void *memory, void *payload)
{
    (void)memory, (void)payload; /* all at once, um_h5_heap_empty() */
}

unmix_status um_h5_heap_begin(unmix_context *cx, const um_h5_file *file, hid_t object, um_h5_heap *heap)
{
    *heap = (um_h5_heap){.transfer = H5Pcreate(H5P_DATASET_XFER)};
    heap->most = file->size < SIZE_MAX / SHARED - LEAST ? (size_t)file->size * SHARED + LEAST : SIZE_MAX;
    if (heap->transfer >= 0 && H5Pset_vlen_mem_manager(heap->transfer, take, heap, give_back, heap) >= 0)
        return UNMIX_OK;
    um_h5_heap_end(heap);
    return UM_H5_FAIL(cx, file, object, "cannot be read");
}

void um_h5_heap_empty(um_h5_heap *heap)
{
    for (block *at = heap->blocks; at;) {
        block *const next = at->next;
        free(at);
        at = next;
    }
    heap->blocks = NULL;
}

void um_h5_heap_end(um_h5_heap *heap)
{
    um_h5_heap_empty(heap);
    um_h5_release(heap->transfer);
    *heap = (um_h5_heap){.transfer = -1};
}

unmix_status um_h5_heap_fail(unmix_context *cx, const um_h5_file *file, hid_t object, const um_h5_heap *heap)
{
    if (!heap->refused)
        return UM_H5_FAIL(cx, file, object, "cannot be read");
    return UM_FAIL(cx, UNMIX_ERROR_INPUT,
                   "%s: '%s' claims more than %zu MB of text, more than a file of %llu bytes can hold; the file is damaged",
                   file->path, um_h5_place_of(object).text, heap->most >> 20, (unsigned long long)file->size);
}
