/*
 * Draws of what might have been otherwise, to first order in the gradient D - fold at the solution E:
 *
 *   u_jn = sum_g A_gj (h_gn (dA E)_gn - sign_g residual_gn) - dA_gj score_gn
 *
 * dA  another reference, A's layout (tile.cl); h  curvature, w k / (yhat + eps)^2.  sign  genes, 1 or -1: other counts, as
 * in the wild bootstrap; residual and score of errors.cl.  A work-item takes one vector of samples and one tile.
 * partial  tiles x M x ld.
 */
UM_KERNEL void um_draw_shift(const uint M, const uint ld, __global const real *restrict A,
                             __global const real *restrict dA, __global const real *restrict sign,
                             __global const realv *restrict E, __global const realv *restrict h,
                             __global const realv *restrict residual, __global const realv *restrict score,
                             __global realv *restrict partial)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld) {
        realv shift[UM_MAX_SOURCES];
        for (uint j = 0; j < UM_M; j++)
            shift[j] = (realv)(0);
        for (uint g = tile * UM_TILE; g < (tile + 1) * UM_TILE; g += UM_GU) {
            __global const real *rows = A + (size_t)g * UM_STRIDE, *other = dA + (size_t)g * UM_STRIDE;
            realv own[UM_GU], s[UM_GU];
            um_expected(M, ld, column, other, E, (real)0, own);
#pragma unroll
            for (uint u = 0; u < UM_GU; u++) {
                const size_t at = (size_t)(g + u) * ld + column;
                own[u] = h[at] * own[u] - (realv)(sign[g + u]) * residual[at];
                s[u] = score[at];
            }
            for (uint j = 0; j < UM_M; j++) {
                realv sum = shift[j];
#pragma unroll
                for (uint u = 0; u < UM_GU; u++) {
                    sum = fma((realv)(rows[u * UM_STRIDE + j]), own[u], sum);
                    sum = fma((realv)(-other[u * UM_STRIDE + j]), s[u], sum);
                }
                shift[j] = sum;
            }
        }
        for (uint j = 0; j < UM_M; j++)
            partial[((size_t)tile * UM_M + j) * ld + column] = shift[j];
    }
}

/* to <- rows index[first], index[first + 1], ... of `from`, both with ld vectors in a row; zeros for what is no row (2^32 - 1). */
UM_KERNEL void um_gather_genes(const uint ld, const uint first, __global const uint *restrict index,
                               __global const realv *restrict from, __global realv *restrict to)
{
    const uint column = (uint)get_global_id(0);
    const uint row = (uint)get_global_id(1);
    if (column < ld) {
        const uint gene = index[first + row];
        to[(size_t)row * ld + column] = gene == 0xffffffffu ? (realv)(0) : from[(size_t)gene * ld + column];
    }
}
