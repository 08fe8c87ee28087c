/* Gram matrices F' F and column sums: tiles of UM_RUN rows in reals, then over the tiles. */

/*
 * First dimension of the grid: tiles x strips, where a strip is UM_STRIP rows of G (row K for the sums): what a row of F
 * adds to them is formed from one reading of it.
 */
UM_KERNEL void um_nmf_gram(const uint rows, const uint K, const uint tiles, __global const uint *restrict active,
                           __global const realv *restrict F, __global realv *restrict partial)
{
    const uint strips = (K + UM_STRIP) / UM_STRIP;
    const uint item = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (item < tiles * strips) {
        const uint tile = item / strips, t = item % strips * UM_STRIP;
        const uint last = min(rows, (tile + 1) * UM_RUN);
        realv sum[UM_STRIP][UM_KV];
        for (uint u = 0; u < UM_STRIP; u++)
            for (uint v = 0; v < UM_KV; v++)
                sum[u][v] = (realv)(0);
        F += (size_t)active[slot] * rows * UM_KV;
        for (uint i = tile * UM_RUN; i < last; i++) {
            __global const realv *f = F + (size_t)i * UM_KV;
#pragma unroll
            for (uint u = 0; u < UM_STRIP; u++) {
                const real share = t + u < K ? ((__global const real *)f)[t + u] : (real)1;
                for (uint v = 0; v < UM_KV; v++)
                    sum[u][v] = fma((realv)(share), f[v], sum[u][v]);
            }
        }
        for (uint u = 0; u < UM_STRIP && t + u <= K; u++)
            for (uint v = 0; v < UM_KV; v++)
                partial[(((size_t)slot * tiles + tile) * (K + 1) + t + u) * UM_KV + v] = sum[u][v];
    }
}

/* G of every slot: rows 0 .. K-1 with l2 on the diagonal, and the sums behind row UM_KP. */
UM_KERNEL void um_nmf_gram_sum(const uint K, const uint tiles, const real l2, __global const realv *restrict partial,
                               __global realv *restrict G)
{
    const uint t = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (t <= K) {
        __global realv *to = G + ((size_t)slot * UM_G_ROWS + (t < K ? t : UM_KP)) * UM_KV;
        for (uint v = 0; v < UM_KV; v++) {
            um_sum sum = UM_SUM_ZERO;
            for (uint tile = 0; tile < tiles; tile++)
                UM_SUM_ADD(sum, partial[(((size_t)slot * tiles + tile) * (K + 1) + t) * UM_KV + v]);
            to[v] = UM_SUM_VALUE(sum);
        }
        if (t < K)
            ((__global real *)to)[t] += l2;
    }
}
