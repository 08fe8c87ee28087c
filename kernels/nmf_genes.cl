/* Genes: their sums A where panels of cells do not fold, then the step. */

/* ---- A gene by gene from the turned X, where panels do not fold ---- */

static inline void um_fold(const int how, const uint n, const uint m, __global const uint *restrict active,
                    __global const uint *restrict start, __global const uint *restrict cell,
                    __global const real *restrict x, __global const realv *restrict W, __global const realv *restrict H,
                    __global realv *restrict A)
{
    const uint j = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (j < m) {
        const uint r = active[slot];
        const uint last = start[j + 1];
        const um_sum zero = UM_SUM_ZERO;
        um_sum sum[UM_KV];
        realv h[UM_KV], p[UM_KV];
        for (uint v = 0; v < UM_KV; v++) {
            h[v] = H[((size_t)r * m + j) * UM_KV + v];
            sum[v] = zero;
        }
        for (uint from = start[j], to; from < last; from = to) {
            to = from + min(1024u, last - from);
            um_project(how, from, to, cell, x, W + (size_t)r * n * UM_KV, h, p);
            for (uint v = 0; v < UM_KV; v++)
                UM_SUM_ADD(sum[v], p[v]);
        }
        for (uint v = 0; v < UM_KV; v++)
            A[((size_t)slot * m + j) * UM_KV + v] = UM_SUM_VALUE(sum[v]);
    }
}

UM_KERNEL void um_nmf_fold(const uint n, const uint m, __global const uint *restrict active,
                           __global const uint *restrict start, __global const uint *restrict cell,
                           __global const real *restrict x, __global const realv *restrict W,
                           __global const realv *restrict H, __global realv *restrict A)
{
    um_fold(UM_HALS, n, m, active, start, cell, x, W, H, A);
}

UM_KERNEL void um_nmf_fold_kl(const uint n, const uint m, __global const uint *restrict active,
                              __global const uint *restrict start, __global const uint *restrict cell,
                              __global const real *restrict x, __global const realv *restrict W,
                              __global const realv *restrict H, __global realv *restrict A)
{
    um_fold(UM_KL, n, m, active, start, cell, x, W, H, A);
}

/* ---- Genes: panels of `per` genes x slots; A has `parts` partial sums ---- */

#define UM_GENES_ARGUMENTS                                                                   \
    const uint n, const uint m, const uint K, const uint sweeps, const uint per, const uint panels, const uint parts, const uint missing,    \
        const real l1, const real l2, __global const uint *restrict active, __global const uint *restrict lost_start,    \
        __global const uint *restrict lost_cell, __global real *restrict y, __global const realv *restrict W,    \
        __global const realv *restrict G, __global const realv *restrict A, __global realv *restrict H,    \
        __global real *restrict statistics
#define UM_GENES_PASSED                                                                      \
    n, m, K, sweeps, per, panels, parts, missing, l1, l2, active, lost_start, lost_cell, y, W, G, A, H, statistics

static inline void um_genes(const int how, UM_GENES_ARGUMENTS)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(m, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        G += (size_t)slot * UM_G_ROWS * UM_KV;
        A += (size_t)slot * parts * m * UM_KV;
        um_statistics s = UM_STATISTICS_ZERO;
        for (uint first = panel * per; first < last; first += UM_VW) {
            realv h[UM_KP], p[UM_KP], row[UM_KV], loadings[UM_KV];
            um_lost lost = {.any = 0, .at = lost_cell, .F = W, .y = y + (size_t)slot * missing};
            for (uint i = 0; i < UM_VW; i++) {
                const uint j = first + i;
                const int inside = j < last;
                um_find_lost(&lost, i, inside, lost_start, j);
                for (uint v = 0; v < UM_KV; v++) {
                    um_sum sum = UM_SUM_ZERO;
                    for (uint part = 0; part < parts && inside; part++)
                        UM_SUM_ADD(sum, A[((size_t)part * m + j) * UM_KV + v]);
                    row[v] = UM_SUM_VALUE(sum);
                    loadings[v] = inside ? H[(size_t)j * UM_KV + v] : (realv)(0);
                }
                um_to_lane(K, i, row, p);
                um_to_lane(K, i, loadings, h);
            }
            const realv violation = um_step(how, K, sweeps, l1, l2, p, (__global const real *)G, &lost, h);
            um_count(K, violation, h, p, &lost, &s);
            for (uint i = 0; i < UM_VW && first + i < last; i++) {
                um_from_lane(K, i, h, loadings);
                for (uint v = 0; v < UM_KV; v++)
                    H[(size_t)(first + i) * UM_KV + v] = loadings[v];
            }
        }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * 3);
    }
}

UM_KERNEL void um_nmf_genes_hals(UM_GENES_ARGUMENTS)
{
    um_genes(UM_HALS, UM_GENES_PASSED);
}

UM_KERNEL void um_nmf_genes_mu(UM_GENES_ARGUMENTS)
{
    um_genes(UM_MU, UM_GENES_PASSED);
}

UM_KERNEL void um_nmf_genes_kl(UM_GENES_ARGUMENTS)
{
    um_genes(UM_KL, UM_GENES_PASSED);
}
