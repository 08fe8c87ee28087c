/* Cells: panels of `per` cells x slots. */

#define UM_CELLS_ARGUMENTS                                                                   \
    const uint n, const uint m, const uint K, const uint sweeps, const uint per, const uint panels, const uint missing, const real l1,    \
        const real l2, const real beta, __global const uint *restrict active, __global const uint *restrict uses,    \
        __global const uint *restrict start, __global const uint *restrict gene, __global const real *restrict x,    \
        __global const uint *restrict lost_start, __global const uint *restrict lost_gene, __global real *restrict y,    \
        __global const realv *restrict H, __global const realv *restrict G, __global realv *restrict W,    \
        __global realv *restrict A, __global real *restrict statistics
#define UM_CELLS_PASSED                                                                      \
    n, m, K, sweeps, per, panels, missing, l1, l2, beta, active, uses, start, gene, x, lost_start, lost_gene, y, H, G, W, A, statistics

static inline void um_cells(const int how, UM_CELLS_ARGUMENTS)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(n, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        uses += (size_t)r * n;
        G += (size_t)slot * UM_G_ROWS * UM_KV;
        um_statistics s = UM_STATISTICS_ZERO;
#if UM_FOLD
        A += ((size_t)slot * panels + panel) * UM_SUMS(how) * m * UM_KV;
        for (size_t i = 0; i < (size_t)UM_SUMS(how) * m * UM_KV; i++)
            A[i] = (realv)(0);
#endif
        for (uint first = panel * per; first < last; first += UM_VW) {
            realv w[UM_KP], p[UM_KP], d[UM_KP], row[UM_KV], second[UM_KV], usage[UM_KV];
            um_lost lost = {.any = 0, .at = lost_gene, .F = H, .y = y + (size_t)slot * missing};
            for (uint i = 0; i < UM_VW; i++) {
                const uint c = first + i;
                const int inside = c < last && uses[min(c, last - 1)];
                um_find_lost(&lost, i, inside, lost_start, c);
                for (uint v = 0; v < UM_KV; v++) {
                    usage[v] = inside ? W[(size_t)c * UM_KV + v] : (realv)(0);
                    row[v] = second[v] = (realv)(0);
                }
                if (inside && UM_EVERY(how)) {
                    um_row entries = {gene, lost_gene, x, start[c], start[c + 1], lost_start[c], lost_start[c + 1]};
                    um_project_every(how, beta, &entries, 0, m, m, H, usage, row, second);
                } else if (inside)
                    um_project(how, beta, start[c], start[c + 1], gene, x, H, usage, row);
                um_to_lane(K, i, row, p);
                um_to_lane(K, i, second, d);
                um_to_lane(K, i, usage, w);
            }
            const realv violation = um_step(how, K, sweeps, l1, l2, beta, p, d, (__global const real *)G, &lost, w);
            um_count(K, violation, w, p, &lost, &s);
            for (uint i = 0; i < UM_VW; i++) {
                const uint c = first + i;
                if (c < last && uses[min(c, last - 1)]) {
                    um_from_lane(K, i, w, usage);
                    for (uint v = 0; v < UM_KV; v++)
                        W[(size_t)c * UM_KV + v] = usage[v];
#if UM_FOLD
                    if (UM_EVERY(how)) {
                        um_row entries = {gene, lost_gene, x, start[c], start[c + 1], lost_start[c], lost_start[c + 1]};
                        um_fold_every(how, beta, &entries, m, H, usage, A);
                    } else
                        um_fold_cell(how, beta, start[c], start[c + 1], gene, x, H, usage, A);
#endif
                }
            }
        }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * UM_NMF_PER_PANEL);
    }
}

#define UM_CELLS(name, how)                                                                  \
    UM_KERNEL void um_nmf_cells_##name(UM_CELLS_ARGUMENTS)                                   \
    {                                                                                        \
        um_cells(how, UM_CELLS_PASSED);                                                      \
    }
UM_NMF_STEPS(UM_CELLS)
