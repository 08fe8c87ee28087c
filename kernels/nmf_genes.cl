/* Genes: their sums A where panels of cells do not fold, then the step. */

/* ---- A gene by gene from the turned X, where panels do not fold ---- */

#define UM_FOLD_ARGUMENTS                                                                    \
    const uint n, const uint m, const real beta, __global const uint *restrict active, __global const uint *restrict start,    \
        __global const uint *restrict cell, __global const real *restrict x, __global const uint *restrict lost_start,    \
        __global const uint *restrict lost_cell, __global const realv *restrict W, __global const realv *restrict H,    \
        __global realv *restrict A
#define UM_FOLD_PASSED n, m, beta, active, start, cell, x, lost_start, lost_cell, W, H, A

/* W is that of the replicate, A that of the gene. */
static inline void um_fold_entries(const int how, const real beta, const uint from, const uint last,
                                   __global const uint *restrict cell, __global const real *restrict x,
                                   __global const realv *restrict W, const realv *h, __global realv *restrict A)
{
    const um_sum zero = UM_SUM_ZERO;
    um_sum sum[UM_KV];
    realv p[UM_KV];
    for (uint v = 0; v < UM_KV; v++)
        sum[v] = zero;
    for (uint at = from, to; at < last; at = to) {
        to = at + min(UM_NMF_RUN, last - at);
        um_project(how, beta, at, to, cell, x, W, h, p);
        for (uint v = 0; v < UM_KV; v++)
            UM_SUM_ADD(sum[v], p[v]);
    }
    for (uint v = 0; v < UM_KV; v++)
        A[v] = UM_SUM_VALUE(sum[v]);
}

/* Cells that take no part have W = 0, so that they are not counted. */
static inline void um_fold_columns(const int how, const real beta, um_row *row, const uint n,
                                   __global const realv *restrict W, const realv *h, __global realv *restrict A,
                                   __global realv *restrict B)
{
    const um_sum zero = UM_SUM_ZERO;
    um_sum above[UM_KV], below[UM_KV];
    realv p[UM_KV], d[UM_KV];
    for (uint v = 0; v < UM_KV; v++)
        above[v] = below[v] = zero;
    for (uint at = 0; at < n; at += UM_NMF_RUN) {
        um_project_every(how, beta, row, at, min(n, at + UM_NMF_RUN), n, W, h, p, d);
        for (uint v = 0; v < UM_KV; v++) {
            UM_SUM_ADD(above[v], p[v]);
            UM_SUM_ADD(below[v], d[v]);
        }
    }
    for (uint v = 0; v < UM_KV; v++) {
        A[v] = UM_SUM_VALUE(above[v]);
        B[v] = UM_SUM_VALUE(below[v]);
    }
}

static inline void um_fold(const int how, UM_FOLD_ARGUMENTS)
{
    const uint j = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (j < m) {
        const uint r = active[slot];
        realv h[UM_KV];
        for (uint v = 0; v < UM_KV; v++)
            h[v] = H[((size_t)r * m + j) * UM_KV + v];
        W += (size_t)r * n * UM_KV;
        A += ((size_t)slot * UM_SUMS(how) * m + j) * UM_KV;
        if (UM_EVERY(how)) {
            um_row row = {cell, lost_cell, x, start[j], start[j + 1], lost_start[j], lost_start[j + 1]};
            um_fold_columns(how, beta, &row, n, W, h, A, A + (size_t)m * UM_KV);
        } else
            um_fold_entries(how, beta, start[j], start[j + 1], cell, x, W, h, A);
    }
}

UM_KERNEL void um_nmf_fold(UM_FOLD_ARGUMENTS)
{
    um_fold(UM_MU, UM_FOLD_PASSED);
}

#define UM_FOLD_RATIOS(name, how)                                                            \
    UM_KERNEL void um_nmf_fold_##name(UM_FOLD_ARGUMENTS)                                     \
    {                                                                                        \
        um_fold(how, UM_FOLD_PASSED);                                                        \
    }
UM_NMF_RATIOS(UM_FOLD_RATIOS)

/* ---- Genes: panels of `per` genes x slots; A has `parts` partial sums ---- */

#define UM_GENES_ARGUMENTS                                                                   \
    const uint n, const uint m, const uint K, const uint sweeps, const uint per, const uint panels, const uint parts, const uint missing,    \
        const real l1, const real l2, const real beta, __global const uint *restrict active, __global const uint *restrict lost_start,    \
        __global const uint *restrict lost_cell, __global real *restrict y, __global const realv *restrict W,    \
        __global const realv *restrict G, __global const realv *restrict A, __global realv *restrict H,    \
        __global real *restrict statistics
#define UM_GENES_PASSED                                                                      \
    n, m, K, sweeps, per, panels, parts, missing, l1, l2, beta, active, lost_start, lost_cell, y, W, G, A, H, statistics

/* The sum of a vector over the parts of A, which lie `rows` rows apart. */
static inline realv um_add_parts(const uint parts, const uint rows, const int inside, __global const realv *restrict A)
{
    um_sum sum = UM_SUM_ZERO;
    for (uint part = 0; part < parts && inside; part++)
        UM_SUM_ADD(sum, A[(size_t)part * rows * UM_KV]);
    return UM_SUM_VALUE(sum);
}

static inline void um_genes(const int how, UM_GENES_ARGUMENTS)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(m, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        G += (size_t)slot * UM_G_ROWS * UM_KV;
        A += (size_t)slot * parts * UM_SUMS(how) * m * UM_KV;
        um_statistics s = UM_STATISTICS_ZERO;
        for (uint first = panel * per; first < last; first += UM_VW) {
            realv h[UM_KP], p[UM_KP], d[UM_KP], row[UM_KV], second[UM_KV], loadings[UM_KV];
            um_lost lost = {.any = 0, .at = lost_cell, .F = W, .y = y + (size_t)slot * missing};
            for (uint i = 0; i < UM_VW; i++) {
                const uint j = first + i;
                const int inside = j < last;
                um_find_lost(&lost, i, inside, lost_start, j);
                for (uint v = 0; v < UM_KV; v++) {
                    row[v] = um_add_parts(parts, UM_SUMS(how) * m, inside, A + (size_t)j * UM_KV + v);
                    second[v] = um_add_parts(parts, UM_SUMS(how) * m, inside && UM_EVERY(how), A + (size_t)(m + j) * UM_KV + v);
                    loadings[v] = inside ? H[(size_t)j * UM_KV + v] : (realv)(0);
                }
                um_to_lane(K, i, row, p);
                um_to_lane(K, i, second, d);
                um_to_lane(K, i, loadings, h);
            }
            const realv violation = um_step(how, K, sweeps, l1, l2, beta, p, d, (__global const real *)G, &lost, h);
            um_count(K, violation, h, p, &lost, &s);
            for (uint i = 0; i < UM_VW && first + i < last; i++) {
                um_from_lane(K, i, h, loadings);
                for (uint v = 0; v < UM_KV; v++)
                    H[(size_t)(first + i) * UM_KV + v] = loadings[v];
            }
        }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * UM_NMF_PER_PANEL);
    }
}

#define UM_GENES(name, how)                                                                  \
    UM_KERNEL void um_nmf_genes_##name(UM_GENES_ARGUMENTS)                                   \
    {                                                                                        \
        um_genes(how, UM_GENES_PASSED);                                                      \
    }
UM_NMF_STEPS(UM_GENES)
