/*
 * um_curvature() and um_gram() once more, with products and sums in the working type, for the few samples that do not
 * arrive in single precision. There sums over a tile carry a relative error of some 1e-7 to 1e-6: more than a gap of 1e-6
 * allows where single genes decide, and all there is of a Hessian in a direction in which two sources are nearly alike.
 */
UM_KERNEL void um_curvature_careful(const uint M, const uint ld, __global const real *restrict A,
                                    __global const real *restrict w, __global const realv *restrict k,
                                    __global const realv *restrict E, __global realv *restrict fold,
                                    __global realv *restrict h)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld) {
        widev ratio[UM_TILE];
        for (uint i = 0; i < UM_TILE; i++) {
            const uint g = tile * UM_TILE + i;
            const widev y = um_wide_expected(M, ld, column, A + (size_t)g * UM_STRIDE, E, UM_EPS);
            const widev weight = (widev)((wide)w[g]), count = UM_TO_WIDE(k[(size_t)g * ld + column]);
            ratio[i] = um_wide_ratio(weight, count, y);
            h[(size_t)g * ld + column] = UM_FROM_WIDE(um_wide_curvature(weight, count, y));
        }
        for (uint j = 0; j < M; j++) {
            widev sum = (widev)(0);
            for (uint i = 0; i < UM_TILE; i++)
                sum += (widev)((wide)A[(size_t)(tile * UM_TILE + i) * UM_STRIDE + j]) * ratio[i];
            fold[((size_t)tile * M + j) * ld + column] = UM_FROM_WIDE(sum);
        }
    }
}

/*
 * One block of 4 x 4 over all genes. As in um_gram_block(), `rows` (2 or 4) and `diagonal` are literals that leave out what
 * is padding or known.
 */
__attribute__((always_inline)) static inline void
um_gram_careful_block(__global const real *restrict A, __global const realv *restrict h, __global widev *restrict to,
                      const uint stride, const uint ld, const uint genes, const uint I, const uint J, const uint rows,
                      const int diagonal)
{
    widev sum[UM_BLOCK][UM_BLOCK];
#pragma unroll
    for (uint i = 0; i < UM_BLOCK; i++)
#pragma unroll
        for (uint j = 0; j < UM_BLOCK; j++)
            sum[i][j] = (widev)(0);
    for (uint g = 0; g < genes; g++) {
        __global const real *a = A + (size_t)g * stride;
        const widev weight = UM_TO_WIDE(h[(size_t)g * ld]);
#pragma unroll
        for (uint i = 0; i < UM_BLOCK; i++)
            if (i < rows) {
                const widev t = (widev)((wide)a[UM_BLOCK * I + i]) * weight;
#pragma unroll
                for (uint j = 0; j < UM_BLOCK; j++)
                    if (!diagonal || j <= i)
                        sum[i][j] = fma((widev)((wide)a[UM_BLOCK * J + j]), t, sum[i][j]);
            }
    }
#pragma unroll
    for (uint i = 0; i < UM_BLOCK; i++)
#pragma unroll
        for (uint j = 0; j < UM_BLOCK; j++)
            to[(size_t)(UM_BLOCK * i + j) * ld] = diagonal && j > i ? sum[j][i] : sum[i][j];
}

/* Where um_gram() sums in chunks, here a work-item takes one block over all genes. */
UM_KERNEL void um_gram_careful(const uint M, const uint ld, const uint genes, __global const real *restrict A,
                               __global const realv *restrict h, __global widev *restrict H)
{
    const uint column = (uint)get_global_id(0);
    const uint block = (uint)get_global_id(1);
    if (column < ld) {
        uint I = 0;
        while ((I + 1) * (I + 2) / 2 <= block)
            I++;
        const uint J = block - I * (I + 1) / 2;
        __global widev *to = H + (size_t)block * (UM_BLOCK * UM_BLOCK) * ld + column;
        const int few = M - UM_BLOCK * I <= UM_BLOCK / 2;
        if (I == J && few)
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, UM_BLOCK / 2, 1);
        else if (I == J)
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, UM_BLOCK, 1);
        else if (few)
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, UM_BLOCK / 2, 0);
        else
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, UM_BLOCK, 0);
    }
}
