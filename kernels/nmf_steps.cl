/* The steps of nmf.cl for UM_VW cells (or genes) side by side, by solver and loss, and what they report. */

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
    for (uint t = 0; t < UM_KP; t++) /* of known length, as in um_to_lane(): PoCL 3.1 loses what it writes otherwise */
        w[t] = t < K ? w[t] * (p[t] / um_positive(d[t])) : (realv)(0);
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

/* Of a loss that visits every entry, d among what it visited. */
static inline void um_step_every(const int how, const uint K, const real l1, const real l2, const real beta, const realv *p,
                          const realv *d, realv *w)
{
    for (uint t = 0; t < UM_KP; t++) {
        const realv to = w[t] * um_quotient(how, beta, p[t] / um_positive(fma((realv)(l2), w[t], d[t] + (realv)(l1))));
        const realv kept = to < (realv)(um_least(how, beta)) ? (realv)(0) : to;
        w[t] = t < K ? kept : (realv)(0);
    }
}

/* `how` is a literal, so only one of these remains; d is of losses that visit every entry. */
static inline realv um_step(const int how, const uint K, const uint sweeps, const real l1, const real l2, const real beta,
                     const realv *p, const realv *d, __global const real *restrict G, const um_lost *lost, realv *w)
{
    if (how == UM_HALS)
        return um_step_hals(K, sweeps, l1, p, G, lost, w);
    if (how == UM_MU)
        um_step_mu(K, l1, p, G, lost, w);
    else if (how == UM_KL)
        um_step_kl(K, l1, l2, p, G, lost, w);
    else
        um_step_every(how, K, l1, l2, beta, p, d, w);
    return (realv)(0);
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
