/*
 * The part of the Kullback-Leibler divergence that needs the entries: sum of x log(x / yhat) - x, minus yhat over what is
 * missing, a number a panel (statistics as above, the other two zero).
 */
UM_KERNEL void um_nmf_divergence(const uint n, const uint m, const uint per, const uint panels,
                                 __global const uint *restrict active, __global const uint *restrict uses,
                                 __global const uint *restrict start, __global const uint *restrict gene,
                                 __global const real *restrict x, __global const uint *restrict lost_start,
                                 __global const uint *restrict lost_gene, __global const realv *restrict W,
                                 __global const realv *restrict H, __global real *restrict statistics)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(n, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        uses += (size_t)r * n;
        um_statistics s = UM_STATISTICS_ZERO;
        for (uint c = panel * per; c < last; c++)
            if (uses[c]) {
                realv w[UM_KV], sum = (realv)(0);
                for (uint v = 0; v < UM_KV; v++)
                    w[v] = W[(size_t)c * UM_KV + v];
                for (uint at = start[c]; at < start[c + 1]; at += UM_VW) {
                    const realv count = UM_AT(x + at), ratio = um_ratios(gene + at, x + at, H, w);
                    sum += count > (realv)(0) ? count * (log(ratio) - (realv)(1)) : (realv)(0);
                }
                UM_TOTAL_ADD(s.cross, um_over_lanes(sum));
                for (uint i = lost_start[c]; i < lost_start[c + 1]; i++) {
                    realv y = (realv)(0);
                    for (uint v = 0; v < UM_KV; v++)
                        y = fma(w[v], H[(size_t)lost_gene[i] * UM_KV + v], y);
                    UM_TOTAL_ADD(s.cross, -um_over_lanes(y));
                }
            }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * 3);
    }
}
