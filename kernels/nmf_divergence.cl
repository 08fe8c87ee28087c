/*
 * The part of a loss that needs the entries, where its steps do not give it: a number a panel (statistics as in
 * nmf_steps.cl, the other two zero). kl: sum of x log(x / yhat) - x, minus yhat over what is missing.
 */
#define UM_DIVERGENCE_ARGUMENTS                                                              \
    const uint n, const uint m, const uint per, const uint panels, const real beta, __global const uint *restrict active,    \
        __global const uint *restrict uses, __global const uint *restrict start, __global const uint *restrict gene,    \
        __global const real *restrict x, __global const uint *restrict lost_start,    \
        __global const uint *restrict lost_gene, __global const realv *restrict W, __global const realv *restrict H,    \
        __global real *restrict statistics
#define UM_DIVERGENCE_PASSED                                                                 \
    n, m, per, panels, beta, active, uses, start, gene, x, lost_start, lost_gene, W, H, statistics

/* Of the entries of a cell, from .. to - 1. */
static inline real um_loss_entries(const int how, const real beta, const uint from, const uint to,
                                   __global const uint *restrict gene, __global const real *restrict x,
                                   __global const realv *restrict H, const realv *w)
{
    realv sum = (realv)(0);
    for (uint at = from; at < to; at += UM_VW)
        sum += um_entry_loss(how, beta, UM_AT(x + at), um_expect(gene + at, H, w));
    return um_over_lanes(sum);
}

static inline void um_divergence(const int how, UM_DIVERGENCE_ARGUMENTS)
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
                realv w[UM_KV];
                for (uint v = 0; v < UM_KV; v++)
                    w[v] = W[(size_t)c * UM_KV + v];
                if (UM_EVERY(how)) {
                    um_row row = {gene, lost_gene, x, start[c], start[c + 1], lost_start[c], lost_start[c + 1]};
                    UM_TOTAL_ADD(s.cross, um_loss_every(how, beta, &row, m, H, w));
                    continue;
                }
                UM_TOTAL_ADD(s.cross, um_loss_entries(how, beta, start[c], start[c + 1], gene, x, H, w));
                for (uint i = lost_start[c]; i < lost_start[c + 1]; i++) {
                    realv y = (realv)(0);
                    for (uint v = 0; v < UM_KV; v++)
                        y = fma(w[v], H[(size_t)lost_gene[i] * UM_KV + v], y);
                    UM_TOTAL_ADD(s.cross, -um_over_lanes(y));
                }
            }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * UM_NMF_PER_PANEL);
    }
}

#define UM_DIVERGENCE(name, how)                                                             \
    UM_KERNEL void um_nmf_divergence_##name(UM_DIVERGENCE_ARGUMENTS)                         \
    {                                                                                        \
        um_divergence(how, UM_DIVERGENCE_PASSED);                                            \
    }
UM_NMF_RATIOS(UM_DIVERGENCE)
