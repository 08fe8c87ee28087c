/*
 * The pass of nmf_cells.cl for X of which most is not zero: cells x genes, row-major, zeros and missing entries
 * as 0. Needs UM_FOLD. UM_DENSE_CELLS cells at a time share what is read of H and of A:
 *
 *   cells   p[i] += x[i][j] H_j     over the genes j, i = 0 .. UM_DENSE_CELLS - 1 in registers
 *           step
 *           A_j += x[i][j] w[i]     over i, the sum in registers
 *
 * Squares alone: the Kullback-Leibler divergence divides every entry, and those that are zero come for nothing in
 * nmf_cells.cl; what visits every entry there gains nothing here.
 */
#if UM_FOLD

/* Sums that fill half of the registers. */
#define UM_DENSE_MOST (UM_KV <= 2 ? 8 : UM_KV <= 4 ? 4 : 2)
#define UM_DENSE_CELLS (UM_VW < UM_DENSE_MOST ? UM_VW : UM_DENSE_MOST)

/* In tiles of genes, as long sums in reals lose digits. */
static inline void um_dense_project(const uint m, __global const real *const *x, __global const realv *restrict H,
                             realv p[][UM_KV])
{
    for (uint i = 0; i < UM_DENSE_CELLS; i++)
        for (uint v = 0; v < UM_KV; v++)
            p[i][v] = (realv)(0);
    for (uint tile = 0; tile < m; tile += UM_RUN) {
        realv sum[UM_DENSE_CELLS][UM_KV];
#pragma unroll
        for (uint i = 0; i < UM_DENSE_CELLS; i++)
            for (uint v = 0; v < UM_KV; v++)
                sum[i][v] = (realv)(0);
        for (uint j = tile; j < min(m, tile + UM_RUN); j++) {
#pragma unroll
            for (uint i = 0; i < UM_DENSE_CELLS; i++)
                for (uint v = 0; v < UM_KV; v++)
                    sum[i][v] = fma((realv)(x[i][j]), H[(size_t)j * UM_KV + v], sum[i][v]);
        }
#pragma unroll
        for (uint i = 0; i < UM_DENSE_CELLS; i++)
            for (uint v = 0; v < UM_KV; v++)
                p[i][v] += sum[i][v];
    }
}

static inline void um_dense_fold(const uint m, __global const real *const *x, realv w[][UM_KV], __global realv *restrict A)
{
    for (uint j = 0; j < m; j++)
        for (uint v = 0; v < UM_KV; v++) {
            realv a = A[(size_t)j * UM_KV + v];
#pragma unroll
            for (uint i = 0; i < UM_DENSE_CELLS; i++)
                a = fma((realv)(x[i][j]), w[i][v], a);
            A[(size_t)j * UM_KV + v] = a;
        }
}

#define UM_DENSE_ARGUMENTS                                                                   \
    const uint n, const uint m, const uint K, const uint sweeps, const uint per, const uint panels, const uint missing, const real l1,    \
        const real l2, const real beta, __global const uint *restrict active, __global const uint *restrict uses,    \
        __global const real *restrict x, __global const uint *restrict lost_start,    \
        __global const uint *restrict lost_gene, __global real *restrict y, __global const realv *restrict H,    \
        __global const realv *restrict G, __global realv *restrict W, __global realv *restrict A,    \
        __global real *restrict statistics
#define UM_DENSE_PASSED                                                                      \
    n, m, K, sweeps, per, panels, missing, l1, l2, beta, active, uses, x, lost_start, lost_gene, y, H, G, W, A, statistics

static inline void um_dense_cells(const int how, UM_DENSE_ARGUMENTS)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(n, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        uses += (size_t)r * n;
        G += (size_t)slot * UM_G_ROWS * UM_KV;
        A += ((size_t)slot * panels + panel) * m * UM_KV;
        um_statistics s = UM_STATISTICS_ZERO;
        for (size_t i = 0; i < (size_t)m * UM_KV; i++)
            A[i] = (realv)(0);
        for (uint first = panel * per; first < last; first += UM_VW) {
            realv w[UM_KP], p[UM_KP], rows[UM_VW][UM_KV];
            __global const real *cell[UM_VW];
            int inside[UM_VW];
            um_lost lost = {.any = 0, .at = lost_gene, .F = H, .y = y + (size_t)slot * missing};
            for (uint i = 0; i < UM_VW; i++) { /* lanes behind the last cell read it again */
                cell[i] = x + (size_t)min(first + i, last - 1) * m;
                inside[i] = first + i < last && uses[min(first + i, last - 1)];
            }
            for (uint i = 0; i < UM_VW; i += UM_DENSE_CELLS)
                um_dense_project(m, cell + i, H, rows + i);
            for (uint i = 0; i < UM_VW; i++) {
                realv usage[UM_KV];
                um_find_lost(&lost, i, inside[i], lost_start, first + i);
                for (uint v = 0; v < UM_KV; v++) {
                    usage[v] = inside[i] ? W[(size_t)(first + i) * UM_KV + v] : (realv)(0);
                    rows[i][v] = inside[i] ? rows[i][v] : (realv)(0);
                }
                um_to_lane(K, i, rows[i], p);
                um_to_lane(K, i, usage, w);
            }
            const realv violation = um_step(how, K, sweeps, l1, l2, beta, p, p, (__global const real *)G, &lost, w);
            um_count(K, violation, w, p, &lost, &s);
            for (uint i = 0; i < UM_VW; i++) { /* lanes that take no part have w = 0 */
                um_from_lane(K, i, w, rows[i]);
                for (uint v = 0; v < UM_KV && inside[i]; v++)
                    W[(size_t)(first + i) * UM_KV + v] = rows[i][v];
            }
            for (uint i = 0; i < UM_VW; i += UM_DENSE_CELLS)
                um_dense_fold(m, cell + i, rows + i, A);
        }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * UM_NMF_PER_PANEL);
    }
}

UM_KERNEL void um_nmf_dense_hals(UM_DENSE_ARGUMENTS)
{
    um_dense_cells(UM_HALS, UM_DENSE_PASSED);
}

UM_KERNEL void um_nmf_dense_mu(UM_DENSE_ARGUMENTS)
{
    um_dense_cells(UM_MU, UM_DENSE_PASSED);
}

#endif
