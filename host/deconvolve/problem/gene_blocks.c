#include "deconvolve/problem/gene_blocks.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/order.h"

/* Blocks wanted in all; more of them say less each, fewer are no sample. */
enum { BLOCKS = 30 };

typedef struct ranked_gene {
    size_t type;
    double share;
    uint32_t gene;
} ranked_gene;

void um_gene_blocks_clear(um_gene_blocks *blocks)
{
    free(blocks->first);
    free(blocks->gene);
    *blocks = (um_gene_blocks){0};
}

static int by_type_and_share(const void *a, const void *b)
{
    const ranked_gene *x = a, *y = b;
    if (x->type != y->type)
        return UM_ORDER(x->type, y->type);
    return x->share != y->share ? UM_ORDER(y->share, x->share) : UM_ORDER(x->gene, y->gene);
}

static void rank_genes(const um_problem *problem, const double *share, ranked_gene *ranked)
{
    const size_t C = problem->n_types, M = problem->n_sources;
    for (size_t g = 0; g < problem->genes.count; g++) {
        const double *A = problem->A + g * M;
        ranked[g] = (ranked_gene){0, share[g], (uint32_t)g};
        for (size_t j = 1; j < C; j++)
            ranked[g].type = A[j] > A[ranked[g].type] ? j : ranked[g].type;
    }
    qsort(ranked, problem->genes.count, sizeof *ranked, by_type_and_share);
}

/* Cuts the genes from..to of a type into parts by the root of their shares. */
static void cut(const ranked_gene *ranked, size_t from, size_t to, size_t parts, um_gene_blocks *blocks)
{
    double total = 0.0, sum = 0.0;
    size_t last = parts;
    for (size_t i = from; i < to; i++)
        total += sqrt(ranked[i].share);
    for (size_t i = from; i < to; i++) {
        const double root = sqrt(ranked[i].share);
        sum += root;
        const double at = total > 0.0 ? (double)parts * (sum - root / 2.0) / total : 0.0;
        const size_t part = at < (double)parts ? (size_t)at : parts - 1;
        if (part != last)
            blocks->first[blocks->n++] = i;
        last = part;
        blocks->gene[i] = ranked[i].gene;
    }
}

unmix_status um_gene_blocks_form(unmix_context *cx, const um_problem *problem, const double *share, um_gene_blocks *blocks)
{
    const size_t G = problem->genes.count, C = problem->n_types;
    const double each = round((double)BLOCKS / (double)C);
    const size_t parts = each > 1.0 ? (size_t)each : 1;
    ranked_gene *ranked = NULL;
    UM_TRY(UM_ALLOC(cx, &blocks->first, parts * C + 1, "blocks of genes"));
    UM_TRY(UM_ALLOC(cx, &blocks->gene, G, "blocks of genes"));
    UM_TRY(UM_ALLOC(cx, &ranked, G, "blocks of genes"));
    rank_genes(problem, share, ranked);
    for (size_t from = 0, to; from < G; from = to) {
        to = from;
        while (to < G && ranked[to].type == ranked[from].type)
            to++;
        cut(ranked, from, to, parts, blocks);
    }
    blocks->first[blocks->n] = G;
    free(ranked);
    return UNMIX_OK;
}
