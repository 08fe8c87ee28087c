/*
 * The same sums as in pass.cl, gram.cl and line_search.cl for samples that are mostly zeros: only their counts > 0 are
 * visited. A zero adds nothing to the multipliers, the curvature and the line search, and w yhat to the loss:
 *
 *   loss_n = sum_{k > 0} w (deviance - yhat)  +  sum_j D_j E_jn
 *
 * Layout: the non-zeros of sample n stand at start[n] <= i < start[n + 1]: gene[i], k[i] and w[i], the weight of the gene.
 * Every sample is padded to whole vectors with k = w = 0. A as in tile.cl, with UM_VW reals of padding at its end. What
 * comes out has the layouts of the dense kernels with one tile; `width` is the leading dimension in reals.
 *
 * One work-item a sample. Vectors run over the sources: UM_VW non-zeros at a time give UM_VW products of a row with E,
 * which are added up side by side. Sums run over UM_RUN non-zeros in reals, those are combined as in common.cl.
 */
#define UM_PARTS ((UM_MAX_SOURCES + UM_VW - 1) / UM_VW) /* vectors that hold all sources */

/* The sum over all elements. */
static inline wide um_across(const um_sum sum)
{
#if UM_FP64
    const widev value = sum;
#else
    const widev value = UM_SUM_VALUE(sum);
#endif
    const wide *element = (const wide *)&value;
    wide total = (wide)0;
    for (uint i = 0; i < UM_VW; i++)
        total += element[i];
    return total;
}

/* Column n of a matrix M x width as vectors over its rows; zeros behind the last row. */
static inline void um_column(const uint M, const uint width, const uint n, __global const real *restrict from, realv *to)
{
    real element[UM_PARTS * UM_VW];
    for (uint j = 0; j < UM_PARTS * UM_VW; j++)
        element[j] = j < UM_M ? from[(size_t)j * width + n] : (real)0;
    for (uint v = 0; v < UM_PARTS; v++)
        to[v] = UM_AT(element + v * UM_VW);
}

/* Where the rows of A of UM_VW non-zeros stand. */
static inline void um_rows(const uint M, __global const uint *restrict gene, size_t *row)
{
#pragma unroll
    for (uint i = 0; i < UM_VW; i++)
        row[i] = (size_t)gene[i] * UM_STRIDE;
}

/* Element i is the product of row i with e. */
static inline realv um_row_products(const uint parts, __global const real *restrict A, const size_t *row, const realv *e)
{
    realv t[UM_VW];
#pragma unroll
    for (uint i = 0; i < UM_VW; i++)
        t[i] = UM_AT(A + row[i]) * e[0];
    for (uint v = 1; v < parts; v++)
#pragma unroll
        for (uint i = 0; i < UM_VW; i++)
            t[i] = fma(UM_AT(A + row[i] + v * UM_VW), e[v], t[i]);
    return um_sums_of(t);
}

/* extra: loss (width) or h (as k). D is read for the loss only. */
static inline void um_sparse_pass(const uint M, const uint width, __global const real *restrict A,
                           __global const uint *restrict start, __global const uint *restrict gene,
                           __global const real *restrict w, __global const real *restrict k,
                           __global const real *restrict D, __global const real *restrict E, __global real *restrict fold,
                           __global real *restrict extra, const int what)
{
    const uint n = (uint)get_global_id(0);
    if (n < width) {
        const uint parts = (UM_M + UM_VW - 1) / UM_VW, end = start[n + 1];
        const um_sum none = UM_SUM_ZERO;
        realv e[UM_PARTS];
        um_sum total[UM_PARTS], loss = UM_SUM_ZERO;
        um_column(M, width, n, E, e);
        for (uint v = 0; v < parts; v++)
            total[v] = none;

        for (uint from = start[n]; from < end; from += UM_RUN) {
            const uint to = min(end, from + UM_RUN);
            realv even[UM_PARTS], odd[UM_PARTS], lost = (realv)(0), visited = (realv)(0);
            for (uint v = 0; v < parts; v++)
                even[v] = odd[v] = (realv)(0);
            for (uint at = from; at < to; at += UM_VW) {
                size_t row[UM_VW];
                um_rows(M, gene + at, row);
                const realv y = um_row_products(parts, A, row, e), expected = y + UM_EPS;
                const realv count = UM_AT(k + at), weight = UM_AT(w + at);
                const realv ratio = um_count_ratio(weight, count, expected);
                if (what == UM_WITH_LOSS) {
                    lost = fma(weight, um_count_deviance(count, expected), lost);
                    visited = fma(weight, expected, visited);
                }
                if (what == UM_WITH_CURVATURE) {
                    const realv h = um_count_curvature(weight, count, expected);
                    for (uint i = 0; i < UM_VW; i++)
                        extra[at + i] = ((const real *)&h)[i];
                }
                const real *r = (const real *)&ratio;
                for (uint v = 0; v < parts; v++) {
                    realv f = even[v], g = odd[v]; /* two chains of additions */
#pragma unroll
                    for (uint i = 0; i < UM_VW; i += 2)
                        f = fma((realv)(r[i]), UM_AT(A + row[i] + v * UM_VW), f);
#pragma unroll
                    for (uint i = 1; i < UM_VW; i += 2)
                        g = fma((realv)(r[i]), UM_AT(A + row[i] + v * UM_VW), g);
                    even[v] = f;
                    odd[v] = g;
                }
            }
            for (uint v = 0; v < parts; v++)
                UM_SUM_ADD(total[v], even[v] + odd[v]);
            UM_SUM_ADD(loss, lost);
            UM_SUM_ADD(loss, -visited);
        }

        for (uint v = 0; v < parts; v++) {
            const realv value = UM_SUM_VALUE(total[v]);
            for (uint i = 0; i < UM_VW && v * UM_VW + i < UM_M; i++)
                fold[(size_t)(v * UM_VW + i) * width + n] = ((const real *)&value)[i];
        }
        if (what == UM_WITH_LOSS) {
            wide all = um_across(loss);
            for (uint j = 0; j < UM_M; j++)
                all += (wide)D[j] * (wide)E[(size_t)j * width + n];
            extra[n] = (real)all;
        }
    }
}

UM_KERNEL void um_sparse_multipliers(const uint M, const uint width, __global const real *restrict A,
                                     __global const uint *restrict start, __global const uint *restrict gene,
                                     __global const real *restrict w, __global const real *restrict k,
                                     __global const real *restrict E, __global real *restrict fold)
{
    um_sparse_pass(M, width, A, start, gene, w, k, 0, E, fold, 0, UM_FOLD_ONLY);
}

UM_KERNEL void um_sparse_multipliers_loss(const uint M, const uint width, __global const real *restrict A,
                                          __global const uint *restrict start, __global const uint *restrict gene,
                                          __global const real *restrict w, __global const real *restrict k,
                                          __global const real *restrict D, __global const real *restrict E,
                                          __global real *restrict fold, __global real *restrict loss)
{
    um_sparse_pass(M, width, A, start, gene, w, k, D, E, fold, loss, UM_WITH_LOSS);
}

UM_KERNEL void um_sparse_curvature(const uint M, const uint width, __global const real *restrict A,
                                   __global const uint *restrict start, __global const uint *restrict gene,
                                   __global const real *restrict w, __global const real *restrict k,
                                   __global const real *restrict E, __global real *restrict fold,
                                   __global real *restrict h)
{
    um_sparse_pass(M, width, A, start, gene, w, k, 0, E, fold, h, UM_WITH_CURVATURE);
}

/* H_n = sum over non-zeros of h a a', in the block layout of gram.cl. Second dimension: UM_BAND sources i. */
UM_KERNEL void um_sparse_gram(const uint M, const uint width, __global const real *restrict A,
                              __global const uint *restrict start, __global const uint *restrict gene,
                              __global const real *restrict h, __global real *restrict H)
{
    const uint n = (uint)get_global_id(0);
    const uint first = (uint)get_global_id(1) * UM_BAND;
    if (n < width) {
        const uint end = start[n + 1];
        const um_sum none = UM_SUM_ZERO;
        for (uint j = 0; j < min(first + UM_BAND, UM_STRIDE); j += UM_VW) {
            __global const real *band = A + first, *right = A + j;
            um_sum total[UM_BAND];
            for (uint i = 0; i < UM_BAND; i++)
                total[i] = none;
            for (uint from = start[n]; from < end; from += UM_RUN) {
                const uint to = min(end, from + UM_RUN);
                realv sum[UM_BAND];
#pragma unroll
                for (uint i = 0; i < UM_BAND; i++)
                    sum[i] = (realv)(0);
                for (uint at = from; at < to; at++) {
                    const size_t row = (size_t)gene[at] * UM_STRIDE;
                    const realv t = UM_AT(right + row) * h[at];
                    __global const real *left = band + row;
#pragma unroll
                    for (uint i = 0; i < UM_BAND; i++)
                        sum[i] = fma((realv)(left[i]), t, sum[i]);
                }
#pragma unroll
                for (uint i = 0; i < UM_BAND; i++)
                    UM_SUM_ADD(total[i], sum[i]);
            }
            for (uint i = 0; i < UM_BAND && first + i < UM_STRIDE; i++) {
                const realv value = UM_SUM_VALUE(total[i]);
                for (uint l = 0; l < UM_VW && (j + l) / UM_BLOCK <= (first + i) / UM_BLOCK; l++)
                    H[um_entry(first + i, j + l) * width + n] = ((const real *)&value)[l];
            }
        }
    }
}

/* As um_line_search: partial  UM_STEPS x width. */
UM_KERNEL void um_sparse_line_search(const uint M, const uint width, __global const real *restrict A,
                                     __global const uint *restrict start, __global const uint *restrict gene,
                                     __global const real *restrict w, __global const real *restrict k,
                                     __global const real *restrict E, __global const real *restrict d,
                                     __global real *restrict partial)
{
    const uint n = (uint)get_global_id(0);
    if (n < width) {
        const uint parts = (UM_M + UM_VW - 1) / UM_VW, end = start[n + 1];
        const um_sum none = UM_SUM_ZERO;
        realv e[UM_PARTS], step[UM_PARTS];
        um_sum total[UM_STEPS];
        um_column(M, width, n, E, e);
        um_column(M, width, n, d, step);
        for (uint s = 0; s < UM_STEPS; s++)
            total[s] = none;
        for (uint from = start[n]; from < end; from += UM_RUN) {
            const uint to = min(end, from + UM_RUN);
            realv sum[UM_STEPS];
#pragma unroll
            for (uint s = 0; s < UM_STEPS; s++)
                sum[s] = (realv)(0);
            for (uint at = from; at < to; at += UM_VW) {
                size_t row[UM_VW];
                um_rows(M, gene + at, row);
                const realv y = um_row_products(parts, A, row, e), dy = um_row_products(parts, A, row, step);
                const realv weight = UM_AT(w + at), count = UM_AT(k + at), share = dy / (y + UM_EPS);
#pragma unroll 1
                for (uint s = 0; s < UM_STEPS; s++)
                    sum[s] -= um_count_gain(weight, count, um_step_length[s] * share);
            }
#pragma unroll
            for (uint s = 0; s < UM_STEPS; s++)
                UM_SUM_ADD(total[s], sum[s]);
        }
        for (uint s = 0; s < UM_STEPS; s++)
            partial[(size_t)s * width + n] = (real)um_across(total[s]);
    }
}
