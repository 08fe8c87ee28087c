/*
 * Steps of the exact solver (DESIGN 2.3). Everything here works on one vector of samples per work-item, without
 * barriers; the small problems of the samples in a vector are solved side by side with selects instead of branches.
 */

/* Working type of the small problems: double where the device has it. */
#if UM_FP64 || UM_DOUBLE
typedef UM_WIDE(double) widev;
typedef double wide;
#define UM_TO_WIDE UM_WIDE(convert_double)
#define UM_RIDGE ((wide)1e-12)
#else
typedef realv widev;
typedef real wide;
#define UM_TO_WIDE UM_WIDE(convert_float)
#define UM_RIDGE ((wide)1e-6f)
#endif
#define UM_FROM_WIDE UM_CONVERT_REAL

#define UM_SWEEPS 30 /* of coordinate descent at most; a Cholesky solve on the free sources follows */
#define UM_ROUNDS 10 /* of that solve: each either ends or fixes a source at its bound */
#define UM_STEPS 4   /* step lengths tried in one pass: 1, 1/4, 1/16, 1/64 */

/*
 * fold_jn over all tiles, and the largest multiplier after scaling to sum_j D_j E_j = T:
 *   top_n = max_j (fold_jn / D_j) sum_j D_j E_jn / T_n,   gap = log(top)
 */
UM_KERNEL void um_fold_sum(const uint M, const uint ld, const uint tiles, __global const realv *restrict partial,
                           __global const realv *restrict D, __global const realv *restrict T,
                           __global const realv *restrict E, __global realv *restrict fold, __global realv *restrict top)
{
    const uint column = (uint)get_global_id(0);
    if (column < ld) {
        widev largest = (widev)(0), predicted = (widev)(0);
        for (uint j = 0; j < M; j++) {
            um_sum sum = UM_SUM_ZERO;
            for (uint t = 0; t < tiles; t++)
                UM_SUM_ADD(sum, partial[((size_t)t * M + j) * ld + column]);
            const size_t at = (size_t)j * ld + column;
            const realv value = UM_SUM_VALUE(sum);
            const widev d = UM_TO_WIDE(D[at]);
            fold[at] = value;
            largest = fmax(largest, UM_TO_WIDE(value) / d);
            predicted += d * UM_TO_WIDE(E[at]);
        }
        top[column] = UM_FROM_WIDE(largest * predicted / UM_TO_WIDE(T[column]));
    }
}

/* Entry (i, j), i >= j, in the block layout of gram.cl and the row it stands in. */
inline size_t um_entry(const uint i, const uint j)
{
    const uint I = i / 4, J = j / 4;
    return (size_t)(I * (I + 1) / 2 + J) * 16 + (i % 4) * 4 + j % 4;
}

inline widev um_H(__global const realv *restrict H, const uint ld, const uint column, const uint i, const uint j)
{
    return UM_TO_WIDE(H[(i >= j ? um_entry(i, j) : um_entry(j, i)) * ld + column]);
}

/*
 * The small quadratic programs:  min 1/2 d'Hd + g'd,  d >= -tau E,  with g_j = D_j - fold_j; tau = 0.9 while the gap is
 * above 1e-3, then 1, so that exact zeros appear only near the end. In the scaled variables x_j = d_j sqrt(H_jj):
 * cyclic coordinate descent, then Newton steps on the sources that are not held at their bound.
 *
 * work  (5 M + 16 blocks) x ld widev: x, r, s, low, p and the Cholesky factor.  decrease: g'd + 1/2 d'Hd (<= 0).
 */
UM_KERNEL void um_qp(const uint M, const uint ld, __global const realv *restrict H, __global const realv *restrict D,
                     __global const realv *restrict fold, __global const realv *restrict E,
                     __global const realv *restrict top, __global widev *restrict work, __global realv *restrict d,
                     __global realv *restrict slope, __global realv *restrict decrease)
{
    const uint column = (uint)get_global_id(0);
    if (column < ld) {
        __global widev *x = work + column;
        __global widev *r = x + (size_t)M * ld;
        __global widev *s = r + (size_t)M * ld;
        __global widev *low = s + (size_t)M * ld;
        __global widev *p = low + (size_t)M * ld;
        __global widev *L = p + (size_t)M * ld;
        const widev one = (widev)(1), zero = (widev)(0);
        const widev tau = (UM_TO_WIDE(top[column]) > (widev)((wide)1 + (wide)1 / 1000)) ? (widev)((wide)9 / 10) : one;

        for (uint j = 0; j < M; j++) {
            const size_t at = (size_t)j * ld, in = at + column;
            const widev diagonal = um_H(H, ld, column, j, j);
            const widev scale = (diagonal > zero) ? one / sqrt(diagonal) : one;
            s[at] = scale;
            x[at] = zero;
            r[at] = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * scale;
            low[at] = -tau * UM_TO_WIDE(E[in]) / scale;
        }

        for (uint sweep = 0; sweep < UM_SWEEPS; sweep++)
            for (uint j = 0; j < M; j++) {
                const size_t at = (size_t)j * ld;
                const widev next = fmax(x[at] - r[at], low[at]);
                const widev step = (next - x[at]) * s[at];
                x[at] = next;
                for (uint i = 0; i < M; i++)
                    r[(size_t)i * ld] += um_H(H, ld, column, i, j) * s[(size_t)i * ld] * step;
            }

        for (uint round = 0; round < UM_ROUNDS; round++) {
            /* Cholesky of the free part; a source at its bound with the gradient pushing outward becomes a unit row. */
            for (uint i = 0; i < M; i++) {
                const size_t ai = (size_t)i * ld;
                const widev free_i = (x[ai] <= low[ai] && r[ai] >= zero) ? zero : one;
                for (uint j = 0; j <= i; j++) {
                    const size_t aj = (size_t)j * ld;
                    const widev free_j = (x[aj] <= low[aj] && r[aj] >= zero) ? zero : one;
                    widev sum = um_H(H, ld, column, i, j) * s[ai] * s[aj] * free_i * free_j;
                    if (i == j)
                        sum = (free_i > zero) ? sum + (widev)(UM_RIDGE) : one;
                    for (uint q = 0; q < j; q++)
                        sum -= L[um_entry(i, q) * ld] * L[um_entry(j, q) * ld];
                    L[um_entry(i, j) * ld] = i == j ? sqrt(fmax(sum, (widev)(UM_RIDGE))) : sum / L[um_entry(j, j) * ld];
                }
                widev rhs = -r[ai] * free_i;
                for (uint q = 0; q < i; q++)
                    rhs -= L[um_entry(i, q) * ld] * p[(size_t)q * ld];
                p[ai] = rhs / L[um_entry(i, i) * ld];
            }
            widev length = one;
            for (uint i = M; i-- > 0;) {
                const size_t ai = (size_t)i * ld;
                widev sum = p[ai];
                for (uint q = i + 1; q < M; q++)
                    sum -= L[um_entry(q, i) * ld] * p[(size_t)q * ld];
                sum /= L[um_entry(i, i) * ld];
                p[ai] = sum;
                const widev reach = (low[ai] - x[ai]) / fmin(sum, (widev)(-(wide)1e-30f));
                length = (x[ai] + sum < low[ai]) ? fmin(length, fmax(reach, zero)) : length;
            }
            /* Who stops the step is put on its bound exactly, so that the next round holds it. */
            for (uint i = 0; i < M; i++) {
                const size_t ai = (size_t)i * ld;
                const widev next = x[ai] + length * p[ai];
                const widev near = (wide)1e-9f * (fabs(low[ai]) + fabs(next));
                x[ai] = (next <= low[ai] + near && p[ai] < zero) ? low[ai] : next;
            }
            for (uint i = 0; i < M; i++) {
                const size_t in = (size_t)i * ld + column;
                widev sum = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * s[(size_t)i * ld];
                for (uint j = 0; j < M; j++)
                    sum += um_H(H, ld, column, i, j) * s[(size_t)i * ld] * s[(size_t)j * ld] * x[(size_t)j * ld];
                r[(size_t)i * ld] = sum;
            }
            widev unsettled = (length >= one) ? zero : one;
            for (uint i = 0; i < M; i++) { /* held, but the gradient points inward again */
                const size_t ai = (size_t)i * ld;
                unsettled = (x[ai] <= low[ai]) ? ((r[ai] < zero) ? one : unsettled) : unsettled;
            }
            if (UM_ALL(unsettled == zero))
                break;
        }

        widev value = zero, gradient = zero;
        for (uint j = 0; j < M; j++) {
            const size_t at = (size_t)j * ld, in = at + column;
            const widev g = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * s[at];
            value += (wide)0.5f * x[at] * (r[at] + g);
            gradient += x[at] * g;
            d[in] = UM_FROM_WIDE(x[at] * s[at]);
        }
        slope[column] = UM_FROM_WIDE(gradient);
        decrease[column] = UM_FROM_WIDE(value);
    }
}

/*
 * The line search, all step lengths t in one pass:  sum_g -w_g k_g log1p(t dy_g / (y_g + eps)) per tile; the linear part
 * t sum_j D_j d_j is added by who combines the tiles.  partial  tiles x UM_STEPS x ld.
 */
UM_KERNEL void um_line_search(const uint M, const uint ld, __global const real *restrict A,
                              __global const real *restrict w, __global const realv *restrict k,
                              __global const realv *restrict E, __global const realv *restrict d,
                              __global realv *restrict partial)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld) {
        realv sum[UM_STEPS];
        for (uint t = 0; t < UM_STEPS; t++)
            sum[t] = (realv)(0);
        for (uint g = tile * UM_TILE; g < (tile + 1) * UM_TILE; g += UM_GU) {
            __global const real *rows = A + (size_t)g * UM_STRIDE;
            realv y[UM_GU], dy[UM_GU];
#pragma unroll
            for (uint u = 0; u < UM_GU; u++)
                y[u] = dy[u] = (realv)(0);
            for (uint j = 0; j < UM_M; j++) {
                const realv e = E[(size_t)j * ld + column], step = d[(size_t)j * ld + column];
#pragma unroll
                for (uint u = 0; u < UM_GU; u++) {
                    const realv a = (realv)(rows[u * UM_STRIDE + j]);
                    y[u] = fma(a, e, y[u]);
                    dy[u] = fma(a, step, dy[u]);
                }
            }
            /* One logarithm in the code, not 32: unrolled they take longer to compile than to run. */
#pragma unroll 1
            for (uint u = 0; u < UM_GU; u++) {
                const realv count = (realv)(w[g + u]) * k[(size_t)(g + u) * ld + column];
                const realv ratio = dy[u] / (y[u] + UM_EPS);
                real t = (real)1;
#pragma unroll 1
                for (uint i = 0; i < UM_STEPS; i++, t *= (real)0.25f)
                    sum[i] -= (count > (realv)(0)) ? count * log1p(fmax(t * ratio, (realv)(-(real)1))) : (realv)(0);
            }
        }
        for (uint t = 0; t < UM_STEPS; t++)
            partial[((size_t)tile * UM_STEPS + t) * ld + column] = sum[t];
    }
}

/*
 * E <- E + t d with the longest t that satisfies Armijo's condition  phi(t) <= 1e-4 t g'd; a predicted decrease below
 * rounding takes the full step; without any, the EM step E_j <- E_j fold_j / D_j. Then scaled to sum_j D_j E_j = T.
 */
UM_KERNEL void um_sqp_update(const uint M, const uint ld, const uint tiles, __global const realv *restrict partial,
                             __global const realv *restrict D, __global const realv *restrict T,
                             __global const realv *restrict fold, __global const realv *restrict d,
                             __global const realv *restrict slope, __global const realv *restrict decrease,
                             __global const realv *restrict active, __global realv *restrict E)
{
    const uint column = (uint)get_global_id(0);
    if (column < ld) {
        const widev one = (widev)(1), zero = (widev)(0), none = (widev)(-1);
        const widev total = UM_TO_WIDE(T[column]), gradient = UM_TO_WIDE(slope[column]);
        widev linear = zero;
        for (uint j = 0; j < M; j++)
            linear += UM_TO_WIDE(D[(size_t)j * ld + column]) * UM_TO_WIDE(d[(size_t)j * ld + column]);
        widev chosen = none;
        wide t = (wide)1;
        for (uint i = 0; i < UM_STEPS; i++, t *= (wide)0.25f) {
            um_sum sum = UM_SUM_ZERO;
            for (uint tile = 0; tile < tiles; tile++)
                UM_SUM_ADD(sum, partial[((size_t)tile * UM_STEPS + i) * ld + column]);
            const widev change = UM_TO_WIDE(UM_SUM_VALUE(sum)) + t * linear;
            chosen = (chosen < zero && change <= (wide)1e-4f * t * gradient) ? (widev)(t) : chosen;
        }
        const wide rounding = UM_DOUBLE ? (wide)1e-14f : (wide)1e-7f;
        chosen = (UM_TO_WIDE(decrease[column]) > -rounding * total) ? one : chosen;

        widev predicted = zero;
        for (uint j = 0; j < M; j++) {
            const size_t at = (size_t)j * ld + column;
            const widev e = UM_TO_WIDE(E[at]), D_j = UM_TO_WIDE(D[at]);
            const widev em = e * UM_TO_WIDE(fold[at]) / D_j;
            predicted += D_j * ((chosen > zero) ? fmax(e + chosen * UM_TO_WIDE(d[at]), zero) : em);
        }
        for (uint j = 0; j < M; j++) {
            const size_t at = (size_t)j * ld + column;
            const widev e = UM_TO_WIDE(E[at]);
            const widev em = e * UM_TO_WIDE(fold[at]) / UM_TO_WIDE(D[at]);
            const widev next = ((chosen > zero) ? fmax(e + chosen * UM_TO_WIDE(d[at]), zero) : em) * total / predicted;
            E[at] = (active[column] > (realv)(0)) ? UM_FROM_WIDE(next) : E[at];
        }
    }
}
