/*
 * What is done with every entry of a cell (or gene), the zeros of X too, by losses that need them: UM_VW columns at a time,
 * above() and below() of the entries, 0 where one is missing or behind the last column.
 */

/* What is left of the entries of a row of X, and of what is missing there. */
typedef struct {
    __global const uint *index, *lost;
    __global const real *x;
    uint at, to, lost_at, lost_to;
} um_row;

/* x of columns first .. first + UM_VW - 1, and whether each counts (1, else 0). Padding adds a 0 to the entry before. */
static inline void um_next_columns(um_row *row, const uint first, const uint columns, realv *x, realv *there)
{
    real values[UM_VW], counts[UM_VW];
    for (uint i = 0; i < UM_VW; i++) {
        values[i] = (real)0;
        counts[i] = first + i < columns ? (real)1 : (real)0;
    }
    for (; row->at < row->to && row->index[row->at] < first + UM_VW; row->at++)
        values[row->index[row->at] - first] += row->x[row->at];
    for (; row->lost_at < row->lost_to && row->lost[row->lost_at] < first + UM_VW; row->lost_at++)
        counts[row->lost[row->lost_at] - first] = (real)0;
    for (uint i = 0; i < UM_VW; i++) {
        ((real *)x)[i] = values[i];
        ((real *)there)[i] = counts[i];
    }
}

/* yhat of these columns, of the last one behind it. */
static inline realv um_expect_columns(const uint first, const uint columns, __global const realv *restrict F, const realv *w)
{
    realv t[UM_VW];
    for (uint i = 0; i < UM_VW; i++) {
        __global const realv *f = F + (size_t)min(first + i, columns - 1) * UM_KV;
        t[i] = f[0] * w[0];
        for (uint v = 1; v < UM_KV; v++)
            t[i] = fma(f[v], w[v], t[i]);
    }
    return um_sums_of(t);
}

/*
 * above() and below() of these columns. Where yhat is 0 every product w_t f_t is: the entry says nothing about a w_t above
 * 0, and a power of 0 must not meet a factor of 0.
 */
static inline void um_next_shares(const int how, const real beta, um_row *row, const uint first, const uint columns,
                                  __global const realv *restrict F, const realv *w, realv *above, realv *below)
{
    realv x, there;
    um_next_columns(row, first, columns, &x, &there);
    const realv y = um_expect_columns(first, columns, F, w);
    um_both(how, beta, x, y, above, below);
    *above = there == (realv)(0) || y == (realv)(0) || x == (realv)(0) ? (realv)(0) : *above;
    *below = there == (realv)(0) || y == (realv)(0) ? (realv)(0) : *below;
}

/* p and d over columns first .. last - 1, in tiles of UM_RUN, as long sums in reals lose digits. */
static inline void um_project_every(const int how, const real beta, um_row *row, const uint first, const uint last,
                                    const uint columns, __global const realv *restrict F, const realv *w, realv *p, realv *d)
{
    for (uint v = 0; v < UM_KV; v++)
        p[v] = d[v] = (realv)(0);
    for (uint tile = first; tile < last; tile += UM_RUN) {
        realv above[UM_KV], below[UM_KV];
        for (uint v = 0; v < UM_KV; v++)
            above[v] = below[v] = (realv)(0);
        for (uint at = tile; at < min(last, tile + UM_RUN); at += UM_VW) {
            realv a, b;
            um_next_shares(how, beta, row, at, columns, F, w, &a, &b);
            for (uint i = 0; i < UM_VW; i++) {
                __global const realv *f = F + (size_t)min(at + i, columns - 1) * UM_KV;
                for (uint v = 0; v < UM_KV; v++) {
                    above[v] = fma((realv)(((const real *)&a)[i]), f[v], above[v]);
                    below[v] = fma((realv)(((const real *)&b)[i]), f[v], below[v]);
                }
            }
        }
        for (uint v = 0; v < UM_KV; v++) {
            p[v] += above[v];
            d[v] += below[v];
        }
    }
}

/* A_j += above w and B_j += below w over every entry of a cell; B stands behind A. */
static inline void um_fold_every(const int how, const real beta, um_row *row, const uint columns,
                                 __global const realv *restrict F, const realv *w, __global realv *restrict A)
{
    __global realv *B = A + (size_t)columns * UM_KV;
    for (uint at = 0; at < columns; at += UM_VW) {
        realv above, below;
        um_next_shares(how, beta, row, at, columns, F, w, &above, &below);
        for (uint i = 0; i < UM_VW && at + i < columns; i++)
            for (uint v = 0; v < UM_KV; v++) {
                const size_t to = (size_t)(at + i) * UM_KV + v;
                A[to] = fma((realv)(((const real *)&above)[i]), w[v], A[to]);
                B[to] = fma((realv)(((const real *)&below)[i]), w[v], B[to]);
            }
    }
}

/* The loss of every entry of a cell. */
static inline real um_loss_every(const int how, const real beta, um_row *row, const uint columns,
                                 __global const realv *restrict F, const realv *w)
{
    realv sum = (realv)(0);
    for (uint at = 0; at < columns; at += UM_VW) {
        realv x, there;
        um_next_columns(row, at, columns, &x, &there);
        const realv loss = um_entry_loss(how, beta, x, um_expect_columns(at, columns, F, w));
        sum += there > (realv)(0) ? loss : (realv)(0);
    }
    return um_over_lanes(sum);
}
