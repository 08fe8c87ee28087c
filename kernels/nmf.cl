/*
 * Non-negative matrix factorisation X ~ W H, one pass over X an iteration:
 *
 *   cells   p = X_i H'            (kl: the counts are divided by yhat = W_i H first)
 *           W_i <- step(W_i, p, G = H H')
 *           A += W_i' X_i         at once, while the cell's entries are in the nearest cache
 *   genes   H_j <- step(H_j, A_j, G = W' W)
 *
 *   hals    for t in 0 .. K-1:  w_t <- max(0, w_t - slope_t / G_tt),  slope = G w - p + l1      (l2 is in G's diagonal)
 *   mu      w <- w p / (G w + l1)
 *   kl      w <- w p / (total + l1 + l2 w),  total = sum over the rows of the other factor
 *
 * Missing entries: y = yhat of each is kept while its cell or gene takes the step, and its share is taken out of slope,
 * curvature and total again.
 *
 * Layout. Where entries of X are visited, vectors run along the programs: UM_KV vectors hold the UM_KP >= K programs, zeros
 * behind K. W is cells x UM_KV and H genes x UM_KV (turned), replicate after replicate. A step is taken by UM_VW cells (or
 * genes) side by side. Row t of G is at t UM_KV, total at UM_KP UM_KV. Entries of a cell stand at start[i] <= at <
 * start[i + 1], padded with x = 0 to a multiple of 16. `active` says which replicate a slot (the second dimension of the
 * grid) works for; A, G, y and the statistics are kept by slot, factors by replicate.
 *
 *   UM_FOLD  1: a work-item takes a panel of cells and adds to A of its own (CPU); the genes add those up. At most 1024
 *               cells are added in reals.
 *            0: panels are UM_VW cells, and A is formed gene by gene from the turned X (GPU), 1024 entries in reals.
 */
#ifndef UM_KV
#define UM_KV 1
#endif
#ifndef UM_FOLD
#define UM_FOLD 1
#endif
#define UM_KP (UM_KV * UM_VW)
#define UM_G_ROWS (UM_KP + 1)
#define UM_NMF_EPS ((real)1.1920928955078125e-7f) /* scikit-learn's: in place of a zero denominator, below yhat */

/* Part of a sum over all entries below which what is left of it without the missing ones is rounding. */
#if UM_DOUBLE
#define UM_NMF_LITTLE 1e-12
#else
#define UM_NMF_LITTLE 1e-5f
#endif

enum { UM_HALS, UM_MU, UM_KL };

/* A sum over cells or genes. */
#if UM_FP64
typedef double um_total;
#define UM_TOTAL_ZERO 0.0
#define UM_TOTAL_ADD(total, x) ((total) += (double)(x))
#define UM_TOTAL_VALUE(total) ((real)(total))
#else
typedef struct {
    real high, low;
} um_total;
#define UM_TOTAL_ZERO {(real)0, (real)0}
#define UM_TOTAL_ADD(total, x) um_total_add(&(total), (x))
#define UM_TOTAL_VALUE(total) ((total).high + (total).low)
static inline void um_total_add(um_total *total, const real x)
{
    const real high = total->high + x;
    const real part = high - total->high;
    total->low += (total->high - (high - part)) + (x - part);
    total->high = high;
}
#endif

/* What is missing in UM_VW cells (or genes): entries from[i] .. to[i] - 1 of lane i, rows at[] of the other factor F. */
typedef struct {
    uint from[UM_VW], to[UM_VW];
    int any;
    __global const uint *at;
    __global const realv *F;
    __global real *y;
} um_lost;

/* Lane i is that of cell c, or of none. */
static inline void um_find_lost(um_lost *lost, const uint i, const int inside, __global const uint *restrict start, const uint c)
{
    lost->from[i] = inside ? start[c] : 0;
    lost->to[i] = inside ? start[c + 1] : 0;
    lost->any |= lost->to[i] > lost->from[i];
}

static inline __global const real *um_lost_row(const um_lost *lost, const uint entry)
{
    return (__global const real *)(lost->F + (size_t)lost->at[entry] * UM_KV);
}

/* y of all missing entries. */
static inline void um_expect_lost(const uint K, const um_lost *lost, const realv *w)
{
    for (uint i = 0; i < UM_VW; i++)
        for (uint e = lost->from[i]; e < lost->to[i]; e++) {
            __global const real *f = um_lost_row(lost, e);
            real y = (real)0;
            for (uint t = 0; t < K; t++)
                y = fma(((const real *)&w[t])[i], f[t], y);
            lost->y[e] = y;
        }
}

/* Takes the share of what is missing out of slope and curvature of program t. */
static inline void um_take_lost(const uint t, const um_lost *lost, realv *slope, realv *curvature)
{
    for (uint i = 0; i < UM_VW; i++) {
        um_total first = UM_TOTAL_ZERO, second = UM_TOTAL_ZERO;
        for (uint e = lost->from[i]; e < lost->to[i]; e++) {
            const real f = um_lost_row(lost, e)[t];
            UM_TOTAL_ADD(first, f * lost->y[e]);
            UM_TOTAL_ADD(second, f * f);
        }
        ((real *)slope)[i] -= UM_TOTAL_VALUE(first);
        ((real *)curvature)[i] -= UM_TOTAL_VALUE(second);
    }
}

static inline void um_move_lost(const uint t, const um_lost *lost, const realv change)
{
    for (uint i = 0; i < UM_VW; i++)
        for (uint e = lost->from[i]; e < lost->to[i]; e++)
            lost->y[e] = fma(((const real *)&change)[i], um_lost_row(lost, e)[t], lost->y[e]);
}

/* start + row t of G times w. */
static inline realv um_times_gram(const uint t, const uint K, __global const real *restrict G, const realv *w, const realv start)
{
    __global const real *row = G + t * UM_KP;
    realv even = start, odd = (realv)(0); /* two chains of additions */
    for (uint s = 0; s + 1 < K; s += 2) {
        even = fma((realv)(row[s]), w[s], even);
        odd = fma((realv)(row[s + 1]), w[s + 1], odd);
    }
    if (K % 2)
        even = fma((realv)(row[K - 1]), w[K - 1], even);
    return even + odd;
}

/*
 * Sweeps over the programs; yields the sum of the projected gradient of the first one, each taken before its own step. A
 * program that the entries there say nothing about stays as it is, and its gradient, which is rounding, does not count.
 */
static inline realv um_step_hals(const uint K, const uint sweeps, const real l1, const realv *p,
                          __global const real *restrict G, const um_lost *lost, realv *w)
{
    realv violation = (realv)(0);
    if (lost->any)
        um_expect_lost(K, lost, w);
    for (uint step = 0; step < sweeps * K; step++) {
        const uint t = step % K;
        const real whole = G[t * UM_KP + t];
        const realv at = w[t];
        realv slope = um_times_gram(t, K, G, w, (realv)(l1) - p[t]), curvature = (realv)(whole);
        if (lost->any)
            um_take_lost(t, lost, &slope, &curvature);
        const realv least = (realv)(UM_NMF_LITTLE * whole), to = fmax(at - slope / curvature, (realv)(0));
        const realv projected = fabs(at == (realv)(0) ? fmin(slope, (realv)(0)) : slope);
        if (step < K)
            violation += curvature < least ? (realv)(0) : projected;
        w[t] = curvature > least ? to : at;
        if (lost->any)
            um_move_lost(t, lost, w[t] - at);
    }
    return violation;
}

static inline realv um_positive(const realv d)
{
    return d == (realv)(0) ? (realv)(UM_NMF_EPS) : d;
}

static inline void um_step_mu(const uint K, const real l1, const realv *p, __global const real *restrict G, const um_lost *lost,
                       realv *w)
{
    realv d[UM_KP], unused = (realv)(0);
    if (lost->any)
        um_expect_lost(K, lost, w);
    for (uint t = 0; t < K; t++) {
        d[t] = um_times_gram(t, K, G, w, (realv)(l1));
        const realv least = (realv)(UM_NMF_LITTLE) * d[t];
        if (lost->any) {
            um_take_lost(t, lost, &d[t], &unused);
            d[t] = fmax(d[t], least);
        }
    }
    for (uint t = 0; t < K; t++)
        w[t] *= p[t] / um_positive(d[t]);
}

static inline void um_step_kl(const uint K, const real l1, const real l2, const realv *p, __global const real *restrict G,
                       const um_lost *lost, realv *w)
{
    for (uint t = 0; t < K; t++) {
        const real whole = G[UM_KP * UM_KP + t];
        realv d = (realv)(whole);
        for (uint i = 0; i < UM_VW && lost->any; i++) {
            um_total share = UM_TOTAL_ZERO;
            for (uint e = lost->from[i]; e < lost->to[i]; e++)
                UM_TOTAL_ADD(share, um_lost_row(lost, e)[t]);
            ((real *)&d)[i] -= UM_TOTAL_VALUE(share);
        }
        w[t] *= p[t] / um_positive(fma((realv)(l2), w[t], fmax(d, (realv)(UM_NMF_LITTLE * whole)) + (realv)(l1)));
    }
}

/* `how` is a literal, so only one of these remains. */
static inline realv um_step(const int how, const uint K, const uint sweeps, const real l1, const real l2, const realv *p,
                     __global const real *restrict G, const um_lost *lost, realv *w)
{
    if (how == UM_HALS)
        return um_step_hals(K, sweeps, l1, p, G, lost, w);
    if (how == UM_MU)
        um_step_mu(K, l1, p, G, lost, w);
    else
        um_step_kl(K, l1, l2, p, G, lost, w);
    return (realv)(0);
}

/* x / yhat of the UM_VW entries from `at` on. */
static inline realv um_ratios(__global const uint *restrict index, __global const real *restrict x,
                       __global const realv *restrict F, const realv *w)
{
    realv t[UM_VW];
#pragma unroll
    for (uint i = 0; i < UM_VW; i++) {
        __global const realv *f = F + (size_t)index[i] * UM_KV;
        t[i] = f[0] * w[0];
        for (uint v = 1; v < UM_KV; v++)
            t[i] = fma(f[v], w[v], t[i]);
    }
    return UM_AT(x) / fmax(um_sums_of(t), (realv)(UM_NMF_EPS));
}

/* What the UM_VW entries from `at` on are multiplied with. */
static inline realv um_shares(const int how, const uint at, __global const uint *restrict index, __global const real *restrict x,
                       __global const realv *restrict F, const realv *w)
{
    return how == UM_KL ? um_ratios(index + at, x + at, F, w) : UM_AT(x + at);
}

/* p = sum over entries of x (kl: x / yhat) times the entry's row of F, in several chains of additions. */
#define UM_CHAINS (UM_VW < 4 ? 1 : UM_KV == 1 ? 4 : 2)
static inline void um_project(const int how, const uint from, const uint to, __global const uint *restrict index,
                       __global const real *restrict x, __global const realv *restrict F, const realv *w, realv *p)
{
    realv sum[UM_CHAINS][UM_KV];
    for (uint c = 0; c < UM_CHAINS; c++)
        for (uint v = 0; v < UM_KV; v++)
            sum[c][v] = (realv)(0);
    for (uint at = from; at < to; at += UM_VW) {
        const realv share = um_shares(how, at, index, x, F, w);
#pragma unroll
        for (uint i = 0; i < UM_VW; i++) {
            __global const realv *f = F + (size_t)index[at + i] * UM_KV;
            for (uint v = 0; v < UM_KV; v++)
                sum[i % UM_CHAINS][v] = fma((realv)(((const real *)&share)[i]), f[v], sum[i % UM_CHAINS][v]);
        }
    }
    for (uint v = 0; v < UM_KV; v++) {
        p[v] = sum[0][v];
        for (uint c = 1; c < UM_CHAINS; c++)
            p[v] += sum[c][v];
    }
}

/* A_j += x (kl: x / yhat) w over the entries of a cell. */
static inline void um_fold_cell(const int how, const uint from, const uint to, __global const uint *restrict index,
                         __global const real *restrict x, __global const realv *restrict F, const realv *w,
                         __global realv *restrict A)
{
    for (uint at = from; at < to; at += UM_VW) {
        const realv share = um_shares(how, at, index, x, F, w);
#pragma unroll
        for (uint i = 0; i < UM_VW; i++) {
            __global realv *a = A + (size_t)index[at + i] * UM_KV;
            for (uint v = 0; v < UM_KV; v++)
                a[v] = fma((realv)(((const real *)&share)[i]), w[v], a[v]);
        }
    }
}

/* The sum over the elements. */
static inline real um_over_lanes(const realv a)
{
    real total = ((const real *)&a)[0];
    for (uint i = 1; i < UM_VW; i++)
        total += ((const real *)&a)[i];
    return total;
}

/*
 * Rows as vectors along the programs to and from lane i of vectors along cells. Every element is written once, in a loop of
 * known length: with one over K, or with zeros written first, PoCL 3.1 loses what is written where UM_KP is 4 or less.
 */
static inline void um_to_lane(const uint K, const uint i, const realv *row, realv *w)
{
    for (uint t = 0; t < UM_KP; t++)
        ((real *)&w[t])[i] = t < K ? ((const real *)row)[t] : (real)0;
}

static inline void um_from_lane(const uint K, const uint i, const realv *w, realv *row)
{
    for (uint t = 0; t < UM_KP; t++)
        ((real *)row)[t] = t < K ? ((const real *)&w[t])[i] : (real)0;
}

/*
 * What the host needs of a panel: the violation of hals, sum of w p (the cross term of the loss), sum over missing
 * entries of yhat^2.
 */
typedef struct {
    um_total violation, cross, lost;
} um_statistics;
#define UM_STATISTICS_ZERO {UM_TOTAL_ZERO, UM_TOTAL_ZERO, UM_TOTAL_ZERO}

static inline void um_put_statistics(const um_statistics *s, __global real *restrict to)
{
    to[0] = UM_TOTAL_VALUE(s->violation);
    to[1] = UM_TOTAL_VALUE(s->cross);
    to[2] = UM_TOTAL_VALUE(s->lost);
}

/* After the step. */
static inline void um_count(const uint K, const realv violation, const realv *w, const realv *p, const um_lost *lost,
                     um_statistics *s)
{
    realv cross = w[0] * p[0];
    for (uint t = 1; t < K; t++)
        cross = fma(w[t], p[t], cross);
    UM_TOTAL_ADD(s->violation, um_over_lanes(violation));
    UM_TOTAL_ADD(s->cross, um_over_lanes(cross));
    if (lost->any) {
        um_expect_lost(K, lost, w);
        for (uint i = 0; i < UM_VW; i++)
            for (uint e = lost->from[i]; e < lost->to[i]; e++)
                UM_TOTAL_ADD(s->lost, lost->y[e] * lost->y[e]);
    }
}

/* ---- Cells: panels of `per` cells x slots ---- */

#define UM_CELLS_ARGUMENTS                                                                   \
    const uint n, const uint m, const uint K, const uint sweeps, const uint per, const uint panels, const uint missing, const real l1,    \
        const real l2, __global const uint *restrict active, __global const uint *restrict uses,    \
        __global const uint *restrict start, __global const uint *restrict gene, __global const real *restrict x,    \
        __global const uint *restrict lost_start, __global const uint *restrict lost_gene, __global real *restrict y,    \
        __global const realv *restrict H, __global const realv *restrict G, __global realv *restrict W,    \
        __global realv *restrict A, __global real *restrict statistics
#define UM_CELLS_PASSED                                                                      \
    n, m, K, sweeps, per, panels, missing, l1, l2, active, uses, start, gene, x, lost_start, lost_gene, y, H, G, W, A, statistics

static inline void um_cells(const int how, UM_CELLS_ARGUMENTS)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(n, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        uses += (size_t)r * n;
        G += (size_t)slot * UM_G_ROWS * UM_KV;
        um_statistics s = UM_STATISTICS_ZERO;
#if UM_FOLD
        A += ((size_t)slot * panels + panel) * m * UM_KV;
        for (size_t i = 0; i < (size_t)m * UM_KV; i++)
            A[i] = (realv)(0);
#endif
        for (uint first = panel * per; first < last; first += UM_VW) {
            realv w[UM_KP], p[UM_KP], row[UM_KV], usage[UM_KV];
            um_lost lost = {.any = 0, .at = lost_gene, .F = H, .y = y + (size_t)slot * missing};
            for (uint i = 0; i < UM_VW; i++) {
                const uint c = first + i;
                const int inside = c < last && uses[min(c, last - 1)];
                um_find_lost(&lost, i, inside, lost_start, c);
                for (uint v = 0; v < UM_KV; v++) {
                    usage[v] = inside ? W[(size_t)c * UM_KV + v] : (realv)(0);
                    row[v] = (realv)(0);
                }
                if (inside)
                    um_project(how, start[c], start[c + 1], gene, x, H, usage, row);
                um_to_lane(K, i, row, p);
                um_to_lane(K, i, usage, w);
            }
            const realv violation = um_step(how, K, sweeps, l1, l2, p, (__global const real *)G, &lost, w);
            um_count(K, violation, w, p, &lost, &s);
            for (uint i = 0; i < UM_VW; i++) {
                const uint c = first + i;
                if (c < last && uses[min(c, last - 1)]) {
                    um_from_lane(K, i, w, usage);
                    for (uint v = 0; v < UM_KV; v++)
                        W[(size_t)c * UM_KV + v] = usage[v];
#if UM_FOLD
                    um_fold_cell(how, start[c], start[c + 1], gene, x, H, usage, A);
#endif
                }
            }
        }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * 3);
    }
}

UM_KERNEL void um_nmf_cells_hals(UM_CELLS_ARGUMENTS)
{
    um_cells(UM_HALS, UM_CELLS_PASSED);
}

UM_KERNEL void um_nmf_cells_mu(UM_CELLS_ARGUMENTS)
{
    um_cells(UM_MU, UM_CELLS_PASSED);
}

UM_KERNEL void um_nmf_cells_kl(UM_CELLS_ARGUMENTS)
{
    um_cells(UM_KL, UM_CELLS_PASSED);
}

/* ---- A gene by gene from the turned X, where panels do not fold ---- */

static inline void um_fold(const int how, const uint n, const uint m, __global const uint *restrict active,
                    __global const uint *restrict start, __global const uint *restrict cell,
                    __global const real *restrict x, __global const realv *restrict W, __global const realv *restrict H,
                    __global realv *restrict A)
{
    const uint j = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (j < m) {
        const uint r = active[slot];
        const uint last = start[j + 1];
        const um_sum zero = UM_SUM_ZERO;
        um_sum sum[UM_KV];
        realv h[UM_KV], p[UM_KV];
        for (uint v = 0; v < UM_KV; v++) {
            h[v] = H[((size_t)r * m + j) * UM_KV + v];
            sum[v] = zero;
        }
        for (uint from = start[j], to; from < last; from = to) {
            to = from + min(1024u, last - from);
            um_project(how, from, to, cell, x, W + (size_t)r * n * UM_KV, h, p);
            for (uint v = 0; v < UM_KV; v++)
                UM_SUM_ADD(sum[v], p[v]);
        }
        for (uint v = 0; v < UM_KV; v++)
            A[((size_t)slot * m + j) * UM_KV + v] = UM_SUM_VALUE(sum[v]);
    }
}

UM_KERNEL void um_nmf_fold(const uint n, const uint m, __global const uint *restrict active,
                           __global const uint *restrict start, __global const uint *restrict cell,
                           __global const real *restrict x, __global const realv *restrict W,
                           __global const realv *restrict H, __global realv *restrict A)
{
    um_fold(UM_HALS, n, m, active, start, cell, x, W, H, A);
}

UM_KERNEL void um_nmf_fold_kl(const uint n, const uint m, __global const uint *restrict active,
                              __global const uint *restrict start, __global const uint *restrict cell,
                              __global const real *restrict x, __global const realv *restrict W,
                              __global const realv *restrict H, __global realv *restrict A)
{
    um_fold(UM_KL, n, m, active, start, cell, x, W, H, A);
}

/* ---- Genes: panels of `per` genes x slots; A has `parts` partial sums ---- */

#define UM_GENES_ARGUMENTS                                                                   \
    const uint n, const uint m, const uint K, const uint sweeps, const uint per, const uint panels, const uint parts, const uint missing,    \
        const real l1, const real l2, __global const uint *restrict active, __global const uint *restrict lost_start,    \
        __global const uint *restrict lost_cell, __global real *restrict y, __global const realv *restrict W,    \
        __global const realv *restrict G, __global const realv *restrict A, __global realv *restrict H,    \
        __global real *restrict statistics
#define UM_GENES_PASSED                                                                      \
    n, m, K, sweeps, per, panels, parts, missing, l1, l2, active, lost_start, lost_cell, y, W, G, A, H, statistics

static inline void um_genes(const int how, UM_GENES_ARGUMENTS)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(m, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        G += (size_t)slot * UM_G_ROWS * UM_KV;
        A += (size_t)slot * parts * m * UM_KV;
        um_statistics s = UM_STATISTICS_ZERO;
        for (uint first = panel * per; first < last; first += UM_VW) {
            realv h[UM_KP], p[UM_KP], row[UM_KV], loadings[UM_KV];
            um_lost lost = {.any = 0, .at = lost_cell, .F = W, .y = y + (size_t)slot * missing};
            for (uint i = 0; i < UM_VW; i++) {
                const uint j = first + i;
                const int inside = j < last;
                um_find_lost(&lost, i, inside, lost_start, j);
                for (uint v = 0; v < UM_KV; v++) {
                    um_sum sum = UM_SUM_ZERO;
                    for (uint part = 0; part < parts && inside; part++)
                        UM_SUM_ADD(sum, A[((size_t)part * m + j) * UM_KV + v]);
                    row[v] = UM_SUM_VALUE(sum);
                    loadings[v] = inside ? H[(size_t)j * UM_KV + v] : (realv)(0);
                }
                um_to_lane(K, i, row, p);
                um_to_lane(K, i, loadings, h);
            }
            const realv violation = um_step(how, K, sweeps, l1, l2, p, (__global const real *)G, &lost, h);
            um_count(K, violation, h, p, &lost, &s);
            for (uint i = 0; i < UM_VW && first + i < last; i++) {
                um_from_lane(K, i, h, loadings);
                for (uint v = 0; v < UM_KV; v++)
                    H[(size_t)(first + i) * UM_KV + v] = loadings[v];
            }
        }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * 3);
    }
}

UM_KERNEL void um_nmf_genes_hals(UM_GENES_ARGUMENTS)
{
    um_genes(UM_HALS, UM_GENES_PASSED);
}

UM_KERNEL void um_nmf_genes_mu(UM_GENES_ARGUMENTS)
{
    um_genes(UM_MU, UM_GENES_PASSED);
}

UM_KERNEL void um_nmf_genes_kl(UM_GENES_ARGUMENTS)
{
    um_genes(UM_KL, UM_GENES_PASSED);
}

/* ---- Gram matrices F' F and column sums: tiles of 256 rows in reals, then over the tiles ---- */

/*
 * First dimension of the grid: tiles x strips, where a strip is UM_STRIP rows of G (row K for the sums): what a row of F
 * adds to them is formed from one reading of it.
 */
#define UM_STRIP 4u
UM_KERNEL void um_nmf_gram(const uint rows, const uint K, const uint tiles, __global const uint *restrict active,
                           __global const realv *restrict F, __global realv *restrict partial)
{
    const uint strips = (K + UM_STRIP) / UM_STRIP;
    const uint item = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (item < tiles * strips) {
        const uint tile = item / strips, t = item % strips * UM_STRIP;
        const uint last = min(rows, (tile + 1) * 256u);
        realv sum[UM_STRIP][UM_KV];
        for (uint u = 0; u < UM_STRIP; u++)
            for (uint v = 0; v < UM_KV; v++)
                sum[u][v] = (realv)(0);
        F += (size_t)active[slot] * rows * UM_KV;
        for (uint i = tile * 256u; i < last; i++) {
            __global const realv *f = F + (size_t)i * UM_KV;
#pragma unroll
            for (uint u = 0; u < UM_STRIP; u++) {
                const real share = t + u < K ? ((__global const real *)f)[t + u] : (real)1;
                for (uint v = 0; v < UM_KV; v++)
                    sum[u][v] = fma((realv)(share), f[v], sum[u][v]);
            }
        }
        for (uint u = 0; u < UM_STRIP && t + u <= K; u++)
            for (uint v = 0; v < UM_KV; v++)
                partial[(((size_t)slot * tiles + tile) * (K + 1) + t + u) * UM_KV + v] = sum[u][v];
    }
}

/* G of every slot: rows 0 .. K-1 with l2 on the diagonal, and the sums behind row UM_KP. */
UM_KERNEL void um_nmf_gram_sum(const uint K, const uint tiles, const real l2, __global const realv *restrict partial,
                               __global realv *restrict G)
{
    const uint t = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (t <= K) {
        __global realv *to = G + ((size_t)slot * UM_G_ROWS + (t < K ? t : UM_KP)) * UM_KV;
        for (uint v = 0; v < UM_KV; v++) {
            um_sum sum = UM_SUM_ZERO;
            for (uint tile = 0; tile < tiles; tile++)
                UM_SUM_ADD(sum, partial[(((size_t)slot * tiles + tile) * (K + 1) + t) * UM_KV + v]);
            to[v] = UM_SUM_VALUE(sum);
        }
        if (t < K)
            ((__global real *)to)[t] += l2;
    }
}

/*
 * The part of the Kullback-Leibler divergence that needs the entries: sum of x log(x / yhat) - x, minus yhat over what is
 * missing, a number a panel (statistics as above, the other two zero).
 */
UM_KERNEL void um_nmf_divergence(const uint n, const uint m, const uint per, const uint panels,
                                 __global const uint *restrict active, __global const uint *restrict uses,
                                 __global const uint *restrict start, __global const uint *restrict gene,
                                 __global const real *restrict x, __global const uint *restrict lost_start,
                                 __global const uint *restrict lost_gene, __global const realv *restrict W,
                                 __global const realv *restrict H, __global real *restrict statistics)
{
    const uint panel = (uint)get_global_id(0), slot = (uint)get_global_id(1);
    if (panel < panels) {
        const uint r = active[slot], last = min(n, (panel + 1) * per);
        H += (size_t)r * m * UM_KV;
        W += (size_t)r * n * UM_KV;
        uses += (size_t)r * n;
        um_statistics s = UM_STATISTICS_ZERO;
        for (uint c = panel * per; c < last; c++)
            if (uses[c]) {
                realv w[UM_KV], sum = (realv)(0);
                for (uint v = 0; v < UM_KV; v++)
                    w[v] = W[(size_t)c * UM_KV + v];
                for (uint at = start[c]; at < start[c + 1]; at += UM_VW) {
                    const realv count = UM_AT(x + at), ratio = um_ratios(gene + at, x + at, H, w);
                    sum += count > (realv)(0) ? count * (log(ratio) - (realv)(1)) : (realv)(0);
                }
                UM_TOTAL_ADD(s.cross, um_over_lanes(sum));
                for (uint i = lost_start[c]; i < lost_start[c + 1]; i++) {
                    realv y = (realv)(0);
                    for (uint v = 0; v < UM_KV; v++)
                        y = fma(w[v], H[(size_t)lost_gene[i] * UM_KV + v], y);
                    UM_TOTAL_ADD(s.cross, -um_over_lanes(y));
                }
            }
        um_put_statistics(&s, statistics + ((size_t)slot * panels + panel) * 3);
    }
}
