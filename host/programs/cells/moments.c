#include "programs/cells/moments.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

unmix_status um_moments_open(unmix_context *cx, um_moments *moments, size_t genes, size_t batches)
{
    *moments = (um_moments){.genes = genes, .batches = batches};
    unmix_status status = UM_ALLOC(cx, &moments->gene, um_product_size(genes, batches, 1), "moments of genes");
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &moments->cells, batches, "moments of genes");
    if (status != UNMIX_OK)
        um_moments_clear(moments);
    return status;
}

void um_moments_clear(um_moments *moments)
{
    free(moments->gene);
    free(moments->cells);
    *moments = (um_moments){0};
}

void um_moments_reset(um_moments *moments)
{
    memset(moments->gene, 0, moments->genes * moments->batches * sizeof *moments->gene);
    memset(moments->cells, 0, moments->batches * sizeof *moments->cells);
}
