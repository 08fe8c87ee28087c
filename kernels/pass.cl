/*
 * The one primitive of deconvolution, in one pass over the counts, with the formulas of likelihood_*.cl:
 *
 *   fold_jn = sum_g A_gj ratio_gn                (Poisson: w k / (yhat + eps); multiplier m_jn = fold_jn / D_j)
 *   loss_n  = sum_g w_g deviance_gn              (only um_multipliers_loss)
 *   h_gn    = curvature_gn                       (only um_curvature)
 *
 * Layouts: as in tile.cl; w  genes.  k  genes x ld vectors.
 *          fold  tiles x M x ld vectors and loss  tiles x ld vectors: partial sums, combined by who reads them.
 *
 * A work-item takes UM_NV vectors of samples and one tile: yhat of UM_GU genes become ratios and are folded back at once,
 * so nothing of size genes x samples is stored. On a GPU a group shares UM_GU rows of A in local memory, UM_STAGE reals; 0:
 * every item reads them from A.
 */
/* What the pass gives beside the fold; a literal at every call, so that the compiler drops what is not asked for. */
#define UM_FOLD_ONLY 0
#define UM_WITH_LOSS 1
#define UM_WITH_CURVATURE 2

static inline void um_pass(const uint M, const uint ld, __global const real *restrict A, __global const real *restrict w,
                    __global const realv *restrict k, __global const realv *restrict E, __global realv *restrict fold,
                    __global realv *restrict extra, __local real *restrict stage, const int what)
{
    const uint lane = (uint)get_local_id(0);
    const uint wanted = (uint)get_global_id(0) * UM_NV;
    const uint column = min(wanted, ld - UM_NV); /* items beyond the last column repeat it and write nothing */
    const uint tile = (uint)get_global_id(1);

    realv folded[UM_MAX_SOURCES][UM_NV];
    realv lost[UM_NV];
    for (uint j = 0; j < UM_M; j++)
        for (uint v = 0; v < UM_NV; v++)
            folded[j][v] = (realv)(0);
    for (uint v = 0; v < UM_NV; v++)
        lost[v] = (realv)(0);

    for (uint g = tile * UM_TILE; g < (tile + 1) * UM_TILE; g += UM_GU) {
        __global const real *source_rows = A + (size_t)g * UM_STRIDE;
#if UM_STAGE
        barrier(CLK_LOCAL_MEM_FENCE);
        for (uint i = lane; i < UM_GU * UM_STRIDE; i += UM_WG)
            stage[i] = source_rows[i];
        barrier(CLK_LOCAL_MEM_FENCE);
        __local const real *rows = stage;
#else
        __global const real *rows = source_rows;
#endif
        realv y[UM_GU * UM_NV];
#pragma unroll
        for (uint i = 0; i < UM_GU * UM_NV; i++)
            y[i] = (realv)(0);

        for (uint j = 0; j < UM_M; j++) {
            realv e[UM_NV];
#pragma unroll
            for (uint v = 0; v < UM_NV; v++)
                e[v] = E[(size_t)j * ld + column + v];
            UM_ADD_SOURCE(y, rows, j, UM_NV, e)
        }

#pragma unroll
        for (uint u = 0; u < UM_GU; u++) {
            const realv weight = (realv)(w[g + u]);
#pragma unroll
            for (uint v = 0; v < UM_NV; v++) {
                const realv count = k[(size_t)(g + u) * ld + column + v];
                const realv expected = y[u * UM_NV + v] + UM_EPS;
                if (what == UM_WITH_LOSS)
                    lost[v] = fma(weight, um_count_deviance(count, expected), lost[v]);
                y[u * UM_NV + v] = um_count_ratio(weight, count, expected);
                if (what == UM_WITH_CURVATURE && wanted < ld)
                    extra[(size_t)(g + u) * ld + column + v] = um_count_curvature(weight, count, expected);
            }
        }

        for (uint j = 0; j < UM_M; j++) {
            realv f[UM_NV];
#pragma unroll
            for (uint v = 0; v < UM_NV; v++)
                f[v] = folded[j][v];
#pragma unroll
            for (uint u = 0; u < UM_GU; u++) {
                const realv a = (realv)(rows[u * UM_STRIDE + j]);
#pragma unroll
                for (uint v = 0; v < UM_NV; v++)
                    f[v] = fma(a, y[u * UM_NV + v], f[v]);
            }
#pragma unroll
            for (uint v = 0; v < UM_NV; v++)
                folded[j][v] = f[v];
        }
    }

    if (wanted < ld) {
        for (uint j = 0; j < UM_M; j++)
            for (uint v = 0; v < UM_NV; v++)
                fold[((size_t)tile * UM_M + j) * ld + column + v] = folded[j][v];
        if (what == UM_WITH_LOSS)
            for (uint v = 0; v < UM_NV; v++)
                extra[(size_t)tile * ld + column + v] = lost[v];
    }
}

#if UM_STAGE
#define UM_STAGE_SPACE __local real stage[UM_STAGE];
#else
#define UM_STAGE_SPACE __local real *stage = 0;
#endif

UM_KERNEL void um_multipliers(const uint M, const uint ld, __global const real *restrict A,
                              __global const real *restrict w, __global const realv *restrict k,
                              __global const realv *restrict E, __global realv *restrict fold)
{
    UM_STAGE_SPACE
    um_pass(M, ld, A, w, k, E, fold, 0, stage, UM_FOLD_ONLY);
}

UM_KERNEL void um_multipliers_loss(const uint M, const uint ld, __global const real *restrict A,
                                   __global const real *restrict w, __global const realv *restrict k,
                                   __global const realv *restrict E, __global realv *restrict fold,
                                   __global realv *restrict loss)
{
    UM_STAGE_SPACE
    um_pass(M, ld, A, w, k, E, fold, loss, stage, UM_WITH_LOSS);
}

UM_KERNEL void um_curvature(const uint M, const uint ld, __global const real *restrict A,
                            __global const real *restrict w, __global const realv *restrict k,
                            __global const realv *restrict E, __global realv *restrict fold, __global realv *restrict h)
{
    UM_STAGE_SPACE
    um_pass(M, ld, A, w, k, E, fold, h, stage, UM_WITH_CURVATURE);
}

/* loss_n over all tiles, combined in double: for the penalties of gradient descent. One work-item a vector of samples. */
UM_KERNEL void um_loss_sum(const uint tiles, const uint ld, __global const realv *restrict partial,
                           __global realv *restrict loss)
{
    const uint column = (uint)get_global_id(0);
    if (column < ld) {
        um_sum sum = UM_SUM_ZERO;
        for (uint t = 0; t < tiles; t++)
            UM_SUM_ADD(sum, partial[(size_t)t * ld + column]);
        loss[column] = UM_SUM_VALUE(sum);
    }
}
