#include "deconvolve/solve/gram.h"

/*
 * Work-items per vector of samples that keep every unit busy; more only cost memory for partial sums. On a CPU an item
 * forms all blocks of its genes, which then stay in the nearest cache; on a GPU one block, whose sums stay in registers.
 */
enum { CPU_ITEMS = 32, GPU_ITEMS = 400 };

void um_gram_open(um_batch *batch, um_gram *gram)
{
    const uint32_t n = (batch->M + UM_BLOCK - 1) / UM_BLOCK;
    const int cpu = um_queue_info(batch->queue)->kind == UNMIX_DEVICE_CPU;
    *gram = (um_gram){.blocks = n * (n + 1) / 2};
    const size_t reals = um_gram_rows(gram) * um_batch_width(batch, batch->capacity);
    um_buffer_reals(batch->queue, &gram->H, reals, "Hessians");
    if (batch->sparse.used)
        return; /* a work-item adds up a whole sample: there are no partial sums */
    gram->per = cpu ? gram->blocks : 1;
    gram->parts = (gram->blocks + gram->per - 1) / gram->per;
    uint32_t chunks = (cpu ? CPU_ITEMS : GPU_ITEMS) / gram->parts;
    /* Partial sums may take four times the room of the counts: with very many sources fewer chunks do. */
    const uint32_t roomy = (uint32_t)(4 * batch->padded_genes / um_gram_rows(gram));
    chunks = chunks > roomy ? roomy : chunks;
    chunks = chunks < 1 ? 1 : chunks > batch->tiles ? batch->tiles : chunks;
    gram->chunk_tiles = (batch->tiles + chunks - 1) / chunks;
    gram->chunks = (batch->tiles + gram->chunk_tiles - 1) / gram->chunk_tiles;
    um_buffer_reals(batch->queue, &gram->partial, gram->chunks * reals, "sums of the Hessians");
}

void um_gram_close(um_gram *gram)
{
    um_buffer_release(&gram->partial);
    um_buffer_release(&gram->H);
}

static void form_sparse(um_batch *batch, um_gram *gram, const um_buffer *h)
{
    const um_grid grid = um_grid_2d(batch->width, (batch->M + UM_BAND - 1) / UM_BAND);
    um_run(batch->queue, UM_KERNEL_SPARSE_GRAM, batch->variant, grid,
           UM_U32(batch->M), UM_U32(batch->width), UM_BUF(&batch->A), UM_BUF(&batch->sparse.start),
           UM_BUF(&batch->sparse.gene), UM_BUF(h), UM_BUF(&gram->H));
}

void um_gram_form_of(um_batch *batch, um_gram *gram, const um_buffer *A, uint32_t tiles, const um_buffer *h)
{
    const uint32_t chunks = (tiles + gram->chunk_tiles - 1) / gram->chunk_tiles;
    um_run(batch->queue, UM_KERNEL_GRAM, batch->variant, um_grid_2d(batch->ld, (size_t)gram->parts * chunks),
           UM_U32(batch->M), UM_U32(batch->ld), UM_U32(tiles), UM_U32(gram->blocks), UM_U32(gram->per),
           UM_U32(gram->chunk_tiles), UM_BUF(A), UM_BUF(h), UM_BUF(&gram->partial));
    um_run(batch->queue, UM_KERNEL_GRAM_SUM, batch->variant, um_grid_2d(batch->ld, um_gram_rows(gram)),
           UM_U32(batch->ld), UM_U32(um_gram_rows(gram)), UM_U32(chunks), UM_BUF(&gram->partial), UM_BUF(&gram->H));
}

void um_gram_form(um_batch *batch, um_gram *gram, const um_buffer *h)
{
    if (batch->sparse.used)
        form_sparse(batch, gram, h);
    else
        um_gram_form_of(batch, gram, &batch->A, batch->tiles, h);
}
