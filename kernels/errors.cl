/*
 * Weights of the Gram matrices behind the standard errors, at the solution E:
 *
 *   Fisher information   h_gn = w_g / (yhat_gn + eps)
 *   sandwich             h_gn = residual_gn^2,  residual = score / (1 - lev),  score = w_g (k_gn - yhat_gn) / yhat_gn,
 *                        lev_gn = min(0.99, w_g / yhat_gn  a_g' F_n^-1 a_g)
 *
 * A work-item takes one vector of samples and one tile of genes, UM_GU genes at a time. F^-1 comes in the block layout
 * of gram.cl, lower triangle, off-diagonal entries doubled.
 */
UM_KERNEL void um_fisher_weights(const uint M, const uint ld, __global const real *restrict A,
                                 __global const real *restrict w, __global const realv *restrict E,
                                 __global realv *restrict h)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld)
        for (uint g = tile * UM_TILE; g < (tile + 1) * UM_TILE; g += UM_GU) {
            realv y[UM_GU];
            um_expected(M, ld, column, A + (size_t)g * UM_STRIDE, E, UM_EPS, y);
#pragma unroll
            for (uint u = 0; u < UM_GU; u++)
                h[(size_t)(g + u) * ld + column] = um_count_information((realv)(w[g + u]), y[u]);
        }
}

UM_KERNEL void um_sandwich_weights(const uint M, const uint ld, __global const real *restrict A,
                                   __global const real *restrict w, __global const realv *restrict k,
                                   __global const realv *restrict E, __global const realv *restrict inverse,
                                   __global realv *restrict h, __global realv *restrict residual,
                                   __global realv *restrict score)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld)
        for (uint g = tile * UM_TILE; g < (tile + 1) * UM_TILE; g += UM_GU) {
            __global const real *rows = A + (size_t)g * UM_STRIDE;
            realv y[UM_GU], form[UM_GU];
            um_expected(M, ld, column, rows, E, UM_EPS, y);
#pragma unroll
            for (uint u = 0; u < UM_GU; u++)
                form[u] = (realv)(0);
            for (uint i = 0; i < UM_M; i++) {
                realv t[UM_GU];
#pragma unroll
                for (uint u = 0; u < UM_GU; u++)
                    t[u] = (realv)(0);
                for (uint j = 0; j <= i; j++) {
                    const realv f = inverse[um_entry(i, j) * ld + column];
#pragma unroll
                    for (uint u = 0; u < UM_GU; u++)
                        t[u] = fma((realv)(rows[u * UM_STRIDE + j]), f, t[u]);
                }
#pragma unroll
                for (uint u = 0; u < UM_GU; u++)
                    form[u] = fma((realv)(rows[u * UM_STRIDE + i]), t[u], form[u]);
            }
#pragma unroll
            for (uint u = 0; u < UM_GU; u++) {
                const realv weight = (realv)(w[g + u]);
                const realv leverage =
                    clamp(um_count_information(weight, y[u]) * form[u], (realv)(0), (realv)((real)99 / 100));
                const size_t at = (size_t)(g + u) * ld + column;
                const realv s = um_count_score(weight, k[at], y[u]);
                const realv r = s / ((realv)(1) - leverage);
                h[at] = r * r;
                residual[at] = r;
                score[at] = s;
            }
        }
}
