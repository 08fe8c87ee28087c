/*
 * The one primitive of deconvolution, in one pass over the counts:
 *
 *   yhat_gn = sum_j A_gj E_jn
 *   fold_jn = sum_g w_g k_gn A_gj / (yhat_gn + eps)          (multiplier m_jn = fold_jn / D_j)
 *   loss_n  = sum_g w_g [ k log(k / (yhat + eps)) - k + yhat ]     (only um_multipliers_loss)
 *   h_gn    = w_g k_gn / (yhat_gn + eps)^2                         (only um_curvature)
 *
 * Layouts: A  genes x M, row-major, rows UM_STRIDE apart.  w  genes.  k  genes x ld vectors.  E  M x ld vectors.
 *          fold  tiles x M x ld vectors and loss  tiles x ld vectors: partial sums, combined by who reads them.
 *
 * A work-item takes UM_NV vectors of samples and one tile of at most UM_TILE genes, UM_GU genes at a time: their yhat
 * stay in registers, become w k / yhat and are folded back at once, so nothing of size genes x samples is stored.
 * Genes are padded to a multiple of UM_TILE with A = 0, w = 0, k = 0.
 *
 * CPU: UM_WG = 1, explicit vectors, A straight from the cache. GPU: UM_VW = 1, a group shares UM_GU rows of A in local
 * memory (UM_STAGE), and the number of sources is a constant (UM_SOURCES), so that the sums stay in registers.
 */
#ifndef UM_NV
#define UM_NV 1 /* vectors of samples a work-item */
#endif
#ifndef UM_GU
#define UM_GU 8 /* genes at a time; divides UM_TILE */
#endif
#ifndef UM_TILE
#define UM_TILE 256 /* genes summed in reals before the sums are combined in double */
#endif
#ifndef UM_STAGE
#define UM_STAGE 0 /* 1: rows of A through local memory */
#endif
#ifdef UM_SOURCES
#define UM_M UM_SOURCES
#undef UM_MAX_SOURCES
#define UM_MAX_SOURCES UM_SOURCES
#else
#define UM_M M
#endif
#define UM_STRIDE ((UM_M + 3u) / 4u * 4u) /* rows of A are padded with zeros to whole blocks of 4 */
#ifndef UM_MAX_SOURCES
#define UM_MAX_SOURCES 128 /* room for the sums of a work-item */
#endif
#if UM_DOUBLE
#define UM_SERIES_BELOW 0.00390625 /* 1/256: truncation t^6/4 = 9e-16, cancellation beyond 256 x 4e-16 */
#else
#define UM_SERIES_BELOW 0.0625f /* 1/16: truncation 1.5e-8, cancellation beyond 16 x 1.2e-7 */
#endif

/*
 * k log(k / y) - k + y, accurate where k and y are close: with t = (y - k) / k it is k (t - log1p(t)), and 0 log 0 = 0.
 * The difference loses digits for small |t|, where the series t^2/2 - t^3/3 + t^4/4 - ... takes over.
 */
static inline realv um_deviance(const realv k, const realv y)
{
    const realv positive = fmax(k, (realv)(1e-30f));
    const realv t = (y - k) / positive;
    const real one = (real)1;
    realv series = (realv)(-one / 7);
    series = fma(t, series, (realv)(one / 6));
    series = fma(t, series, (realv)(-one / 5));
    series = fma(t, series, (realv)(one / 4));
    series = fma(t, series, (realv)(-one / 3));
    series = fma(t, series, (realv)(one / 2));
    const realv near = k * t * t * series;
    const realv direct = k * log(positive / y) + (y - k);
    return (k > (realv)(0)) ? ((fabs(t) < (realv)(UM_SERIES_BELOW)) ? near : direct) : y;
}

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
        realv y[UM_GU][UM_NV];
#pragma unroll
        for (uint u = 0; u < UM_GU; u++)
#pragma unroll
            for (uint v = 0; v < UM_NV; v++)
                y[u][v] = (realv)(0);

        for (uint j = 0; j < UM_M; j++) {
            realv e[UM_NV];
#pragma unroll
            for (uint v = 0; v < UM_NV; v++)
                e[v] = E[(size_t)j * ld + column + v];
#pragma unroll
            for (uint u = 0; u < UM_GU; u++) {
                const realv a = (realv)(rows[u * UM_STRIDE + j]);
#pragma unroll
                for (uint v = 0; v < UM_NV; v++)
                    y[u][v] = fma(a, e[v], y[u][v]);
            }
        }

#pragma unroll
        for (uint u = 0; u < UM_GU; u++) {
            const realv weight = (realv)(w[g + u]);
#pragma unroll
            for (uint v = 0; v < UM_NV; v++) {
                const realv count = k[(size_t)(g + u) * ld + column + v];
                const realv expected = y[u][v] + UM_EPS;
                if (what == UM_WITH_LOSS)
                    lost[v] = fma(weight, um_deviance(count, expected), lost[v]);
                y[u][v] = weight * count / expected;
                if (what == UM_WITH_CURVATURE && wanted < ld)
                    extra[(size_t)(g + u) * ld + column + v] = y[u][v] / expected;
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
                    f[v] = fma(a, y[u][v], f[v]);
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
#define UM_STAGE_SPACE __local real stage[UM_GU * ((UM_MAX_SOURCES + 3) / 4 * 4)];
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
