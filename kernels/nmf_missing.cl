/* What is missing: y = yhat of each such entry, and its share in slope and curvature of a step. */

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
