#include "deconvolve/problem/counts.h"

#include <stdlib.h>

#include "core/memory.h"

enum { BITS = 64 };

unmix_status um_counts_open(unmix_context *cx, um_counts *counts, size_t genes)
{
    *counts = (um_counts){.genes = genes};
    UM_TRY(UM_ALLOC(cx, &counts->gene, genes, "counts"));
    UM_TRY(UM_ALLOC(cx, &counts->value, genes, "counts"));
    UM_TRY(UM_ALLOC(cx, &counts->sum, genes, "counts"));
    return UM_ALLOC(cx, &counts->seen, genes / BITS + 1, "counts");
}

void um_counts_clear(um_counts *counts)
{
    free(counts->gene);
    free(counts->value);
    free(counts->sum);
    free(counts->seen);
    *counts = (um_counts){0};
}

/* Position of the lowest bit that is set; bits is not 0. */
static unsigned lowest_bit(uint64_t bits)
{
#if defined(__GNUC__)
    return (unsigned)__builtin_ctzll(bits);
#else
    unsigned n = 0;
    while (!(bits >> n & 1))
        n++;
    return n;
#endif
}

void um_counts_take(um_counts *counts, const um_problem *problem, const um_block *block, size_t column)
{
    for (size_t at = block->start[column]; at < block->start[column + 1]; at++) {
        const uint32_t g = problem->gene_of_row[block->row[at]];
        if (g == UM_NO_GENE || !(block->value[at] > 0.0))
            continue;
        counts->sum[g] += block->value[at];
        counts->seen[g / BITS] |= (uint64_t)1 << g % BITS;
    }
    counts->n = 0;
    for (size_t word = 0; word <= counts->genes / BITS; word++) { /* the bits come out in order: no sort is needed */
        uint64_t bits = counts->seen[word];
        counts->seen[word] = 0;
        for (; bits; bits &= bits - 1) {
            const uint32_t g = (uint32_t)(word * BITS + lowest_bit(bits));
            counts->gene[counts->n] = g;
            counts->value[counts->n++] = counts->sum[g];
            counts->sum[g] = 0.0;
        }
    }
}

size_t um_counts_above_zero(const um_problem *problem, const um_block *block, size_t column)
{
    size_t n = 0;
    for (size_t at = block->start[column]; at < block->start[column + 1]; at++)
        n += problem->gene_of_row[block->row[at]] != UM_NO_GENE && block->value[at] > 0.0;
    return n;
}
