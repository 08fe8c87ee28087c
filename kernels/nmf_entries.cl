/* What is done with the entries of a cell (or gene): products with the other factor, and folding into its sums. */

/* yhat of the UM_VW rows index[]. */
static inline realv um_expect(__global const uint *restrict index, __global const realv *restrict F, const realv *w)
{
    realv t[UM_VW];
#pragma unroll
    for (uint i = 0; i < UM_VW; i++) {
        __global const realv *f = F + (size_t)index[i] * UM_KV;
        t[i] = f[0] * w[0];
        for (uint v = 1; v < UM_KV; v++)
            t[i] = fma(f[v], w[v], t[i]);
    }
    return um_sums_of(t);
}

/* What the UM_VW entries from `at` on are multiplied with. */
static inline realv um_shares(const int how, const real beta, const uint at, __global const uint *restrict index,
                       __global const real *restrict x, __global const realv *restrict F, const realv *w)
{
    return !UM_RATIO(how) ? UM_AT(x + at) : um_above(how, beta, UM_AT(x + at), um_expect(index + at, F, w));
}

/* p = sum over entries of above(x, yhat) times the entry's row of F, in several chains of additions. */
#define UM_CHAINS (UM_VW < 4 ? 1 : UM_KV == 1 ? 4 : 2)
static inline void um_project(const int how, const real beta, const uint from, const uint to, __global const uint *restrict index,
                       __global const real *restrict x, __global const realv *restrict F, const realv *w, realv *p)
{
    realv sum[UM_CHAINS][UM_KV];
    for (uint c = 0; c < UM_CHAINS; c++)
        for (uint v = 0; v < UM_KV; v++)
            sum[c][v] = (realv)(0);
    for (uint at = from; at < to; at += UM_VW) {
        const realv share = um_shares(how, beta, at, index, x, F, w);
#pragma unroll
        for (uint i = 0; i < UM_VW; i++) {
            __global const realv *f = F + (size_t)index[at + i] * UM_KV;
            for (uint v = 0; v < UM_KV; v++)
                sum[i % UM_CHAINS][v] = fma((realv)(((const real *)&share)[i]), f[v], sum[i % UM_CHAINS][v]);
        }
    }
    for (uint v = 0; v < UM_KV; v++) {
        p[v] = sum[0][v];
        for (uint c = 1; c < UM_CHAINS; c++)
            p[v] += sum[c][v];
    }
}

/* A_j += above(x, yhat) w over the entries of a cell. */
static inline void um_fold_cell(const int how, const real beta, const uint from, const uint to, __global const uint *restrict index,
                         __global const real *restrict x, __global const realv *restrict F, const realv *w,
                         __global realv *restrict A)
{
    for (uint at = from; at < to; at += UM_VW) {
        const realv share = um_shares(how, beta, at, index, x, F, w);
#pragma unroll
        for (uint i = 0; i < UM_VW; i++) {
            __global realv *a = A + (size_t)index[at + i] * UM_KV;
            for (uint v = 0; v < UM_KV; v++)
                a[v] = fma((realv)(((const real *)&share)[i]), w[v], a[v]);
        }
    }
}
