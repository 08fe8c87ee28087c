/*
 * Weighted non-negative least squares of all samples (music, nnls). With the molecules Y_gn = s_n k_gn / c_g (s_n makes
 * them sum to 100), c_g the reads a molecule, and rows a_g = c_g d_g:
 *
 *   yhat_gn = sum_j a_gj x_jn / c_g      v_gn = sum_j V_gj u_jn      r = Y - yhat
 *   weight_gn = 1 / (nu + r^2 + v)                     compat: r^2 times the weight before, as MuSiC publishes it
 *   h_gn = w_g weight_gn / c_g^2  where k > 0, else 0
 *   fold_jn = sum_g h_gn s_n k_gn a_gj   (= D' W Y; the Gram matrix D' W D = sum_g h a_g a_g' is gram.cl's)
 *
 * Layouts as in tile.cl; V like A; s 1 x ld; h genes x ld. A work-item takes one vector of samples and one tile of
 * genes. The normal equations square the condition of D, so what enters them is summed in the working type,
 * also where reals are float: fold and the moments are of that type.
 */

/* fold of a tile from the products h s k of its genes. */
static inline void um_ls_fold(const uint M, const uint ld, const uint column, const uint tile, __global const real *restrict A,
                       const widev *product, __global widev *restrict fold)
{
    for (uint j = 0; j < M; j++) {
        widev sum = (widev)(0);
        for (uint i = 0; i < UM_TILE; i++)
            sum = fma((widev)((wide)A[(size_t)(tile * UM_TILE + i) * UM_STRIDE + j]), product[i], sum);
        fold[((size_t)tile * M + j) * ld + column] = sum;
    }
}

/* The plain problem: all weights 1. share[g] = 1 / c_g. */
UM_KERNEL void um_ls_start(const uint M, const uint ld, __global const real *restrict A,
                           __global const real *restrict share, __global const real *restrict w,
                           __global const realv *restrict k, __global const realv *restrict s,
                           __global realv *restrict h, __global widev *restrict fold)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld) {
        widev product[UM_TILE];
        for (uint i = 0; i < UM_TILE; i++) {
            const uint g = tile * UM_TILE + i;
            const realv count = k[(size_t)g * ld + column];
            const realv weight = (count > (realv)(0)) ? (realv)(w[g] * share[g] * share[g]) : (realv)(0);
            h[(size_t)g * ld + column] = weight;
            product[i] = UM_TO_WIDE(weight) * (UM_TO_WIDE(s[column]) * UM_TO_WIDE(count));
        }
        um_ls_fold(M, ld, column, tile, A, product, fold);
    }
}

/* The weights that the solution x asks for. u_j: square of the share of the counts that type j makes, times 100. */
UM_KERNEL void um_ls_weights(const uint M, const uint ld, const uint compat, const real nu,
                             __global const real *restrict A, __global const real *restrict V,
                             __global const real *restrict share, __global const real *restrict w,
                             __global const realv *restrict k, __global const realv *restrict s,
                             __global const realv *restrict x, __global const realv *restrict u,
                             __global realv *restrict h, __global widev *restrict fold)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld) {
        widev product[UM_TILE];
        for (uint first = 0; first < UM_TILE; first += UM_GU) {
            const uint g = tile * UM_TILE + first;
            realv y[UM_GU], v[UM_GU];
            um_expected(M, ld, column, A + (size_t)g * UM_STRIDE, x, (real)0, y);
            um_expected(M, ld, column, V + (size_t)g * UM_STRIDE, u, (real)0, v);
#pragma unroll
            for (uint i = 0; i < UM_GU; i++) {
                const size_t at = (size_t)(g + i) * ld + column;
                const real own = w[g + i] * share[g + i] * share[g + i];
                const realv count = k[at], scaled = s[column] * count;
                const realv r = (scaled - y[i]) * (realv)(share[g + i]);
                const realv before = compat && own > (real)0 ? h[at] / (realv)(own) : (realv)(1);
                const realv next = (realv)(own) / ((realv)(nu) + r * r * before + v[i]);
                const realv weight = (count > (realv)(0)) ? next : (realv)(0);
                h[at] = weight;
                product[first + i] = UM_TO_WIDE(weight) * (UM_TO_WIDE(s[column]) * UM_TO_WIDE(count));
            }
        }
        um_ls_fold(M, ld, column, tile, A, product, fold);
    }
}

/*
 * What the fit leaves, for R^2 and the variances.  moments  tiles x UM_LS_MOMENTS x ld: over the genes with counts how many,
 * Y, Y^2, r, r^2, w weight r^2.
 */
UM_KERNEL void um_ls_moments(const uint M, const uint ld, __global const real *restrict A,
                             __global const real *restrict share, __global const realv *restrict k,
                             __global const realv *restrict s, __global const realv *restrict x,
                             __global const realv *restrict h, __global widev *restrict moments)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld) {
        widev sum[UM_LS_MOMENTS];
        for (uint m = 0; m < UM_LS_MOMENTS; m++)
            sum[m] = (widev)(0);
        for (uint g = tile * UM_TILE; g < (tile + 1) * UM_TILE; g++) {
            const widev y = um_wide_expected(M, ld, column, A + (size_t)g * UM_STRIDE, x, (real)0);
            const widev count = UM_TO_WIDE(k[(size_t)g * ld + column]), one = (widev)((wide)share[g]);
            const widev used = (count > (widev)(0)) ? (widev)(1) : (widev)(0);
            const widev scaled = UM_TO_WIDE(s[column]) * count, left = used * (scaled - y), r = left * one,
                        Y = scaled * one;
            sum[0] += used;
            sum[1] += Y;
            sum[2] += Y * Y;
            sum[3] += r;
            sum[4] += r * r;
            sum[5] += UM_TO_WIDE(h[(size_t)g * ld + column]) * left * left;
        }
        for (uint m = 0; m < UM_LS_MOMENTS; m++)
            moments[((size_t)tile * UM_LS_MOMENTS + m) * ld + column] = sum[m];
    }
}

/* Tiles added up: rows x ld. Second dimension of the grid: rows. */
UM_KERNEL void um_ls_sum(const uint ld, const uint rows, const uint tiles, __global const widev *restrict partial,
                         __global widev *restrict sums)
{
    const uint column = (uint)get_global_id(0);
    const uint row = (uint)get_global_id(1);
    if (column < ld) {
        widev sum = (widev)(0);
        for (uint t = 0; t < tiles; t++)
            sum += partial[((size_t)t * rows + row) * ld + column];
        sums[(size_t)row * ld + column] = sum;
    }
}
