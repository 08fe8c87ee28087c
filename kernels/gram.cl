/*
 * Weighted Gram matrices of all samples at once:  H_n = sum_g h_gn a_g a_g'   (Hessians, Fisher information, sandwich).
 *
 * H is kept in blocks of 4 x 4 sources, lower triangle of blocks: block (I, J), I >= J, is number I (I + 1) / 2 + J, and
 * entry (i, j) of it stands at row 16 block + 4 i + j of a matrix with ld vectors. A work-item forms `per` blocks one
 * after the other for one vector of samples over one chunk of genes, UM_GRAM_GENES genes at a time: with t_i = a_i h, a
 * block takes 16 multiply-adds a gene, so the table of pairwise products is never stored. Blocks on the diagonal and
 * those of the last sources leave out what is known or zero.
 *
 * CPU: an item forms all blocks, so that its genes stay in the nearest cache, and keeps t for a row of blocks.
 * GPU: an item forms one block, and t stays in registers.
 *
 * A  genes x UM_STRIDE (padded with zeros to whole blocks).  h  genes x ld.  partial  chunks x blocks x 16 x ld.
 * Second dimension of the grid: parts x chunks, parts first, where a part is `per` blocks.
 */
#if UM_STAGE
#define UM_GRAM_KEEP 0
#define UM_GRAM_GENES 256
#else
#define UM_GRAM_KEEP 1
#define UM_GRAM_GENES 64 /* 64 x (4 t + h + a row of A) fit 32 kB */
#endif

/* Entry (i, j), i >= j, in the block layout of gram.cl and the row it stands in. */
static inline size_t um_entry(const uint i, const uint j)
{
    const uint I = i / UM_BLOCK, J = j / UM_BLOCK;
    return (size_t)(I * (I + 1) / 2 + J) * (UM_BLOCK * UM_BLOCK) + (i % UM_BLOCK) * UM_BLOCK + j % UM_BLOCK;
}

/*
 * Adds the genes [first, last) to a block; starts it when `fresh`. `rows` (2 or 4) and `diagonal` are literals: rows
 * beyond are padding, and on the diagonal j > i is the mirror image.
 */
__attribute__((always_inline)) static inline void
um_gram_block(__global const real *restrict A, __global const realv *restrict h, const realv (*restrict t)[UM_BLOCK],
                          __global realv *restrict to, const uint stride, const uint ld, const uint first,
                          const uint last, const uint I, const uint J, const uint rows, const int diagonal, const int fresh)
{
    realv sum[UM_BLOCK][UM_BLOCK];
#pragma unroll
    for (uint i = 0; i < UM_BLOCK; i++)
#pragma unroll
        for (uint j = 0; j < UM_BLOCK; j++)
            sum[i][j] = (realv)(0);
    for (uint g = first; g < last; g++) {
        __global const real *a = A + (size_t)g * stride;
#if !UM_GRAM_KEEP
        const realv weight = h[(size_t)g * ld];
#endif
#pragma unroll
        for (uint i = 0; i < UM_BLOCK; i++)
            if (i < rows) {
#if UM_GRAM_KEEP
                const realv product = t[g - first][i];
#else
                const realv product = (realv)(a[UM_BLOCK * I + i]) * weight;
#endif
#pragma unroll
                for (uint j = 0; j < UM_BLOCK; j++)
                    if (!diagonal || j <= i)
                        sum[i][j] = fma((realv)(a[UM_BLOCK * J + j]), product, sum[i][j]);
            }
    }
#pragma unroll
    for (uint i = 0; i < UM_BLOCK; i++)
#pragma unroll
        for (uint j = 0; j < UM_BLOCK; j++) {
            const size_t at = (size_t)(UM_BLOCK * i + j) * ld;
            const realv part = diagonal && j > i ? sum[j][i] : sum[i][j];
            to[at] = fresh ? part : to[at] + part;
        }
}

UM_KERNEL void um_gram(const uint M, const uint ld, const uint tiles, const uint blocks, const uint per,
                       const uint chunk_tiles, __global const real *restrict A, __global const realv *restrict h,
                       __global realv *restrict partial)
{
    const uint column = (uint)get_global_id(0);
    const uint parts = (blocks + per - 1) / per;
    const uint first_block = (uint)get_global_id(1) % parts * per;
    const uint last_block = min(blocks, first_block + per);
    const uint chunk = (uint)get_global_id(1) / parts;
    if (column < ld) {
        const uint begin = chunk * chunk_tiles * UM_TILE, end = min(tiles, (chunk + 1) * chunk_tiles) * UM_TILE;
        uint first_row = 0;
        while ((first_row + 1) * (first_row + 2) / 2 <= first_block)
            first_row++;
#if UM_GRAM_KEEP
        realv t[UM_GRAM_GENES][UM_BLOCK];
#else
        realv (*t)[UM_BLOCK] = 0;
#endif
        for (uint first = begin; first < end; first += UM_GRAM_GENES) {
            const uint last = min(end, first + UM_GRAM_GENES);
            uint I = first_row, J = first_block - I * (I + 1) / 2;
            for (uint block = first_block; block < last_block; block++) {
#if UM_GRAM_KEEP
                if (J == 0 || block == first_block)
                    for (uint g = first; g < last; g++) {
                        const realv weight = h[(size_t)g * ld + column];
#pragma unroll
                        for (uint i = 0; i < UM_BLOCK; i++)
                            t[g - first][i] = (realv)(A[(size_t)g * UM_STRIDE + UM_BLOCK * I + i]) * weight;
                    }
#endif
                __global realv *to = partial + ((size_t)chunk * blocks + block) * (UM_BLOCK * UM_BLOCK) * ld + column;
                const int fresh = first == begin, few = M - UM_BLOCK * I <= UM_BLOCK / 2;
                if (I == J && few)
                    um_gram_block(A, h + column, t, to, UM_STRIDE, ld, first, last, I, J, UM_BLOCK / 2, 1, fresh);
                else if (I == J)
                    um_gram_block(A, h + column, t, to, UM_STRIDE, ld, first, last, I, J, UM_BLOCK, 1, fresh);
                else if (few)
                    um_gram_block(A, h + column, t, to, UM_STRIDE, ld, first, last, I, J, UM_BLOCK / 2, 0, fresh);
                else
                    um_gram_block(A, h + column, t, to, UM_STRIDE, ld, first, last, I, J, UM_BLOCK, 0, fresh);
                if (++J > I) {
                    I++;
                    J = 0;
                }
            }
        }
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
