/*
 * yhat of a tile of genes, the loop that all kernels over counts begin with:
 *
 *   yhat_gn = sum_j A_gj E_jn
 *
 * A  genes x M, row-major, rows UM_STRIDE apart.  E  M x ld vectors. A work-item takes one tile of at most UM_TILE genes,
 * UM_GU genes at a time, so that their yhat stay in registers. Genes are padded to a multiple of UM_TILE with A = 0,
 * w = 0, k = 0.
 *
 * CPU: UM_WG = 1, explicit vectors, A straight from the cache. GPU: UM_VW = 1, and the number of sources is a constant
 * (UM_SOURCES), so that sums over them stay in registers. There is room for UM_MAX_SOURCES.
 */
#ifdef UM_SOURCES
#define UM_M UM_SOURCES
#else
#define UM_M M
#endif
#define UM_STRIDE ((UM_M + UM_BLOCK - 1) / UM_BLOCK * UM_BLOCK) /* rows of A are padded with zeros */

/*
 * One source's part, of `nv` vectors of samples: y[u * nv + v] += A_uj e[v] for the genes of the rows. A macro, because rows
 * may also lie in local memory. This order of the products is the fastest: the other one, v outside, costs 3% of a pass.
 */
#define UM_ADD_SOURCE(y, rows, j, nv, e)                                                   \
    _Pragma("unroll") for (uint u = 0; u < UM_GU; u++)                                     \
    {                                                                                      \
        const realv a = (realv)((rows)[u * UM_STRIDE + (j)]);                              \
        _Pragma("unroll") for (uint v = 0; v < (nv); v++)                                  \
            (y)[u * (nv) + v] = fma(a, (e)[v], (y)[u * (nv) + v]);                         \
    }

/* y[u] <- from + sum_j A_uj E_j of UM_GU genes. */
static inline void um_expected(const uint M, const uint ld, const uint column, __global const real *restrict rows,
                               __global const realv *restrict E, const real from, realv *y)
{
#pragma unroll
    for (uint u = 0; u < UM_GU; u++)
        y[u] = (realv)(from);
    for (uint j = 0; j < UM_M; j++) {
        const realv e[1] = {E[(size_t)j * ld + column]};
        UM_ADD_SOURCE(y, rows, j, 1, e)
    }
}

/* The same of one gene in the working type. */
static inline widev um_wide_expected(const uint M, const uint ld, const uint column, __global const real *restrict row,
                                     __global const realv *restrict E, const real from)
{
    widev y = (widev)((wide)from);
    for (uint j = 0; j < UM_M; j++)
        y = fma((widev)((wide)row[j]), UM_TO_WIDE(E[(size_t)j * ld + column]), y);
    return y;
}
