#include "programs/nmf/loadings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/parallel.h"
#include "programs/cells/pass.h"

/* A sweep that moves no loading by more than this part of the largest ends the descent of a gene. */
static const double SETTLED = 1e-10;
enum { MOST_SWEEPS = 2000 };

typedef struct least_squares {
    size_t k, genes;
    const double *W;
    double *gram;      /* k x k: W'W over all cells */
    double *product;   /* genes x k: X'W */
    double **lost;     /* of each gene: k x k over the cells where it is missing, or NULL */
    double *loadings;  /* genes x k */
    unsigned threads;
} least_squares;

static void add_outer(double *matrix, const double *w, size_t k)
{
    for (size_t t = 0; t < k; t++)
        for (size_t u = 0; u < k; u++)
            matrix[t * k + u] += w[t] * w[u];
}

static unmix_status add_entry(unmix_context *cx, least_squares *s, size_t gene, double x, const double *w)
{
    if (isnan(x)) {
        if (!s->lost[gene])
            UM_TRY(UM_ALLOC(cx, &s->lost[gene], s->k * s->k, "loadings"));
        add_outer(s->lost[gene], w, s->k);
        return UNMIX_OK;
    }
    for (size_t t = 0; t < s->k; t++)
        s->product[gene * s->k + t] += x * w[t];
    return UNMIX_OK;
}

static unmix_status add_cells(unmix_context *cx, least_squares *s, const um_cells *cells, um_pass *pass)
{
    um_pass_begin(pass, cells->source, "loadings of");
    for (;;) {
        UM_TRY(um_pass_next(cx, pass));
        const um_block *block = &pass->block;
        if (!block->count)
            return UNMIX_OK;
        um_cells_apply(cells, pass->first, &pass->block);
        for (size_t c = 0; c < block->count; c++) {
            const double *w = s->W + (pass->first + c) * s->k;
            add_outer(s->gram, w, s->k);
            for (size_t i = block->start[c]; i < block->start[c + 1]; i++)
                UM_TRY(add_entry(cx, s, block->row[i], block->value[i], w));
        }
    }
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Cyclic coordinate descent on 1/2 v'Gv - p'v, v >= 0. */
static void descend(size_t k, const double *G, const double *p, double *v)
{
    for (size_t sweep = 0; sweep < MOST_SWEEPS; sweep++) {
        double moved = 0, largest = 0;
        for (size_t t = 0; t < k; t++) {
            double slope = -p[t];
            for (size_t u = 0; u < k; u++)
                slope += G[t * k + u] * v[u];
            const double from = v[t];
            if (G[t * k + t] > 0)
                v[t] = larger(from - slope / G[t * k + t], 0);
            moved = larger(moved, fabs(v[t] - from));
            largest = larger(largest, v[t]);
        }
        if (moved <= SETTLED * largest)
            return;
    }
}

/* Every gene is a problem of its own. What is missing becomes the Gram matrix of the cells where the gene is there. */
static void solve_part(void *state, unsigned thread)
{
    least_squares *s = state;
    const size_t k = s->k, first = s->genes * thread / s->threads, last = s->genes * (thread + 1) / s->threads;
    for (size_t g = first; g < last; g++) {
        double *own = s->lost[g];
        for (size_t i = 0; own && i < k * k; i++)
            own[i] = s->gram[i] - own[i];
        memset(s->loadings + g * k, 0, k * sizeof *s->loadings);
        descend(k, own ? own : s->gram, s->product + g * k, s->loadings + g * k);
    }
}

unmix_status um_loadings(unmix_context *cx, const um_cells *cells, size_t k, const double *W, double *loadings)
{
    least_squares s = {.k = k, .genes = cells->source->rows->count, .W = W, .loadings = loadings,
                       .threads = um_threads(cx)};
    um_pass pass = {0};
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &s.gram, k * k, "loadings"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &s.product, um_product_size(s.genes, k, 1), "loadings"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &s.lost, s.genes, "loadings"));
    UM_TRY_GOTO(status, done, add_cells(cx, &s, cells, &pass));
    um_parallel(s.threads, solve_part, &s);
done:
    um_pass_clear(&pass);
    for (size_t g = 0; s.lost && g < s.genes; g++)
        free(s.lost[g]);
    free(s.lost);
    free(s.gram);
    free(s.product);
    return status;
}
