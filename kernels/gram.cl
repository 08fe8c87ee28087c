/*
 * Weighted Gram matrices of all samples at once:  H_n = sum_g h_gn a_g a_g'   (Hessians, Fisher information, sandwich).
 *
 * H is kept in blocks of 4 x 4 sources, lower triangle of blocks: block (I, J), I >= J, is number I (I + 1) / 2 + J, and
 * entry (i, j) of it stands at row 16 block + 4 i + j of a matrix with ld vectors. A work-item forms one block for one
 * vector of samples over one chunk of genes: t_i = a_i h, then 16 multiply-adds for 4 multiplications, so the table of
 * pairwise products is never stored. Sums run over UM_TILE genes in registers, tiles and chunks are added behind that.
 *
 * A  genes x UM_STRIDE (padded with zeros to whole blocks).  h  genes x ld.  partial  chunks x blocks x 16 x ld.
 * Second dimension of the grid: blocks x chunks, blocks first.
 */
UM_KERNEL void um_gram(const uint M, const uint ld, const uint tiles, const uint blocks, const uint chunk_tiles,
                       __global const real *restrict A, __global const realv *restrict h, __global realv *restrict partial)
{
    const uint column = (uint)get_global_id(0);
    const uint block = (uint)get_global_id(1) % blocks;
    const uint chunk = (uint)get_global_id(1) / blocks;
    if (column < ld) {
        uint I = 0;
        while ((I + 1) * (I + 2) / 2 <= block)
            I++;
        const uint J = block - I * (I + 1) / 2;
        const uint last_tile = min(tiles, (chunk + 1) * chunk_tiles);
        realv total[4][4];
#pragma unroll
        for (uint i = 0; i < 4; i++)
#pragma unroll
            for (uint j = 0; j < 4; j++)
                total[i][j] = (realv)(0);
        for (uint tile = chunk * chunk_tiles; tile < last_tile; tile++) {
            realv sum[4][4];
#pragma unroll
            for (uint i = 0; i < 4; i++)
#pragma unroll
                for (uint j = 0; j < 4; j++)
                    sum[i][j] = (realv)(0);
            for (uint g = tile * UM_TILE; g < (tile + 1) * UM_TILE; g++) {
                __global const real *a = A + (size_t)g * UM_STRIDE;
                const realv weight = h[(size_t)g * ld + column];
#pragma unroll
                for (uint i = 0; i < 4; i++) {
                    const realv t = (realv)(a[4 * I + i]) * weight;
#pragma unroll
                    for (uint j = 0; j < 4; j++)
                        sum[i][j] = fma((realv)(a[4 * J + j]), t, sum[i][j]);
                }
            }
#pragma unroll
            for (uint i = 0; i < 4; i++)
#pragma unroll
                for (uint j = 0; j < 4; j++)
                    total[i][j] += sum[i][j];
        }
        __global realv *to = partial + ((size_t)chunk * blocks + block) * 16 * ld + column;
#pragma unroll
        for (uint i = 0; i < 4; i++)
#pragma unroll
            for (uint j = 0; j < 4; j++)
                to[(size_t)(4 * i + j) * ld] = total[i][j];
    }
}

/* H <- the chunks added up. Second dimension of the grid: 16 blocks. */
UM_KERNEL void um_gram_sum(const uint ld, const uint rows, const uint chunks, __global const realv *restrict partial,
                           __global realv *restrict H)
{
    const uint column = (uint)get_global_id(0);
    const uint row = (uint)get_global_id(1);
    if (column < ld) {
        um_sum sum = UM_SUM_ZERO;
        for (uint c = 0; c < chunks; c++)
            UM_SUM_ADD(sum, partial[((size_t)c * rows + row) * ld + column]);
        H[(size_t)row * ld + column] = UM_SUM_VALUE(sum);
    }
}
