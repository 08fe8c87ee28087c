/*
 * Steps of the exact solver (DESIGN 2.3). Everything here works on one vector of samples per work-item, without
 * barriers; the small problems of the samples in a vector are solved side by side with selects instead of branches.
 */

/* Working type of the small problems: double where the device has it. */
#if UM_FP64 || UM_DOUBLE
typedef UM_WIDE(double) widev;
typedef double wide;
#define UM_TO_WIDE UM_WIDE(convert_double)
#define UM_SETTLED ((wide)1e-13) /* a multiplier above 1 + this frees a source from its bound */
#else
typedef realv widev;
typedef real wide;
#define UM_TO_WIDE UM_WIDE(convert_float)
#define UM_SETTLED ((wide)1e-7f)
#endif
#define UM_FROM_WIDE UM_CONVERT_REAL

#define UM_SWEEPS 30 /* of coordinate descent; an active-set method on Cholesky factors follows */
#define UM_STEPS 4   /* step lengths tried in one pass */

/*
 * A step that leaves a gene with counts less than a thousandth of its yhat is refused, also where the likelihood as a
 * whole gains: the model does not reach that far, and the way back up from eps is 30 doublings. 0.9 is for just that case, a
 * source that a gene needs on its way to nearly nothing: the quadratic program ends at zero, and 1/4 takes nine steps for
 * a factor of ten.
 */
#define UM_STARVED (-(real)999 / 1000)
__constant real um_step_length[UM_STEPS] = {(real)1, (real)9 / 10, (real)1 / 4, (real)1 / 16};

/* What a gene adds when its yhat changes by that share: count log1p(change), -infinity where it would starve. */
static inline realv um_search_term(const realv count, const realv change)
{
    const realv kept = (change < (realv)(UM_STARVED)) ? (realv)(-(real)1) : change;
    return (count > (realv)(0)) ? count * log1p(kept) : (realv)(0);
}

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
        /* A sample that the bootstrap left without a count is as good as it gets. */
        const widev total = UM_TO_WIDE(T[column]);
        top[column] = UM_FROM_WIDE((total > (widev)(0)) ? largest * predicted / total : (widev)(1));
    }
}

/* Entry (i, j), i >= j, in the block layout of gram.cl and the row it stands in. */
static inline size_t um_entry(const uint i, const uint j)
{
    const uint I = i / 4, J = j / 4;
    return (size_t)(I * (I + 1) / 2 + J) * 16 + (i % 4) * 4 + j % 4;
}

/*
 * um_curvature() and um_gram() once more, with products and sums in the working type, for the few samples that do not
 * arrive in single precision. There sums over a tile carry a relative error of some 1e-7 to 1e-6: more than a gap of 1e-6
 * allows where single genes decide, and all there is of a Hessian in a direction in which two sources are nearly alike.
 */
UM_KERNEL void um_curvature_careful(const uint M, const uint ld, __global const real *restrict A,
                                    __global const real *restrict w, __global const realv *restrict k,
                                    __global const realv *restrict E, __global realv *restrict fold,
                                    __global realv *restrict h)
{
    const uint column = (uint)get_global_id(0);
    const uint tile = (uint)get_global_id(1);
    if (column < ld) {
        widev ratio[UM_TILE];
        for (uint i = 0; i < UM_TILE; i++) {
            const uint g = tile * UM_TILE + i;
            widev y = (widev)((wide)UM_EPS);
            for (uint j = 0; j < M; j++)
                y += (widev)((wide)A[(size_t)g * UM_STRIDE + j]) * UM_TO_WIDE(E[(size_t)j * ld + column]);
            ratio[i] = (widev)((wide)w[g]) * UM_TO_WIDE(k[(size_t)g * ld + column]) / y;
            h[(size_t)g * ld + column] = UM_FROM_WIDE(ratio[i] / y);
        }
        for (uint j = 0; j < M; j++) {
            widev sum = (widev)(0);
            for (uint i = 0; i < UM_TILE; i++)
                sum += (widev)((wide)A[(size_t)(tile * UM_TILE + i) * UM_STRIDE + j]) * ratio[i];
            fold[((size_t)tile * M + j) * ld + column] = UM_FROM_WIDE(sum);
        }
    }
}

/*
 * One block of 4 x 4 over all genes. As in um_gram_block(), `rows` (2 or 4) and `diagonal` are literals that leave out what
 * is padding or known.
 */
__attribute__((always_inline)) static inline void
um_gram_careful_block(__global const real *restrict A, __global const realv *restrict h, __global widev *restrict to,
                      const uint stride, const uint ld, const uint genes, const uint I, const uint J, const uint rows,
                      const int diagonal)
{
    widev sum[4][4];
#pragma unroll
    for (uint i = 0; i < 4; i++)
#pragma unroll
        for (uint j = 0; j < 4; j++)
            sum[i][j] = (widev)(0);
    for (uint g = 0; g < genes; g++) {
        __global const real *a = A + (size_t)g * stride;
        const widev weight = UM_TO_WIDE(h[(size_t)g * ld]);
#pragma unroll
        for (uint i = 0; i < 4; i++)
            if (i < rows) {
                const widev t = (widev)((wide)a[4 * I + i]) * weight;
#pragma unroll
                for (uint j = 0; j < 4; j++)
                    if (!diagonal || j <= i)
                        sum[i][j] = fma((widev)((wide)a[4 * J + j]), t, sum[i][j]);
            }
    }
#pragma unroll
    for (uint i = 0; i < 4; i++)
#pragma unroll
        for (uint j = 0; j < 4; j++)
            to[(size_t)(4 * i + j) * ld] = diagonal && j > i ? sum[j][i] : sum[i][j];
}

/* Where um_gram() sums in chunks, here a work-item takes one block over all genes. */
UM_KERNEL void um_gram_careful(const uint M, const uint ld, const uint genes, __global const real *restrict A,
                               __global const realv *restrict h, __global widev *restrict H)
{
    const uint column = (uint)get_global_id(0);
    const uint block = (uint)get_global_id(1);
    if (column < ld) {
        uint I = 0;
        while ((I + 1) * (I + 2) / 2 <= block)
            I++;
        const uint J = block - I * (I + 1) / 2;
        __global widev *to = H + (size_t)block * 16 * ld + column;
        const int few = M - 4 * I <= 2;
        if (I == J && few)
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, 2, 1);
        else if (I == J)
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, 4, 1);
        else if (few)
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, 2, 0);
        else
            um_gram_careful_block(A, h + column, to, UM_STRIDE, ld, genes, I, J, 4, 0);
    }
}

static inline widev um_H(__global const widev *restrict H, const uint ld, const uint i, const uint j)
{
    return H[(i >= j ? um_entry(i, j) : um_entry(j, i)) * ld];
}

/* r <- g + H x, all scaled. */
static inline void um_qp_gradient(const uint M, const uint ld, const uint column, __global const widev *restrict H,
                           __global const realv *restrict D, __global const realv *restrict fold,
                           __global const widev *restrict s, __global const widev *restrict x, __global widev *restrict r)
{
    for (uint i = 0; i < M; i++) {
        const size_t in = (size_t)i * ld + column;
        widev sum = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * s[(size_t)i * ld];
        for (uint j = 0; j < M; j++)
            sum += um_H(H, ld, i, j) * x[(size_t)j * ld];
        r[(size_t)i * ld] = sum;
    }
}

/*
 * The small quadratic programs:  min 1/2 d'Hd + g'd,  d >= -tau E,  with g_j = D_j - fold_j; tau = 0.9 while the gap is
 * above 1e-3, then 1, so that exact zeros appear only near the end. In the scaled variables x_j = d_j sqrt(H_jj):
 * cyclic coordinate descent, then an active-set method. Each of its rounds solves for the sources that are not held at
 * their bound. Those in the way of the step are held from then on; a step that meets none frees those that the gradient
 * pulls inward; without any the problem is solved. (Who is held must be remembered: judged by the gradient alone, a source
 * at its bound with a gradient that is only rounding stops every step before it begins.)
 *
 * `ridge` is added to the unit diagonal, so that a singular H (twin sources, fewer counts than sources) has a factor: it
 * must exceed the rounding of H. The rounds take it out again: they are steps of the proximal point method.
 *
 * H  of um_gram_sum(), to be converted into W; with careful = 1 W holds the matrix already, from um_gram_careful().
 * W  16 blocks x ld, gets scaled.  work  (6 M + 16 blocks) x ld: x, r, s, low, p, held and the factor.
 * slope: g'd.  decrease: g'd + 1/2 d'Hd (<= 0).
 */
UM_KERNEL void um_qp(const uint M, const uint ld, const uint careful, const real ridge, __global const realv *restrict H,
                     __global widev *restrict W, __global const realv *restrict D, __global const realv *restrict fold,
                     __global const realv *restrict E, __global const realv *restrict top, __global widev *restrict work,
                     __global realv *restrict d, __global realv *restrict slope, __global realv *restrict decrease)
{
    const uint column = (uint)get_global_id(0);
    if (column < ld) {
        __global widev *S = W + column; /* H, then scaled to unit diagonal */
        __global widev *x = work + column;
        __global widev *r = x + (size_t)M * ld;
        __global widev *s = r + (size_t)M * ld;
        __global widev *low = s + (size_t)M * ld;
        __global widev *p = low + (size_t)M * ld;
        __global widev *held = p + (size_t)M * ld;
        __global widev *L = held + (size_t)M * ld;
        const widev one = (widev)(1), zero = (widev)(0), tiny = (widev)(ridge);
        const widev tau = (UM_TO_WIDE(top[column]) > (widev)((wide)1 + (wide)1 / 1000)) ? (widev)((wide)9 / 10) : one;

        for (uint i = 0; i < M; i++) {
            const size_t ai = (size_t)i * ld, in = ai + column;
            for (uint j = 0; !careful && j <= i; j++)
                S[um_entry(i, j) * ld] = UM_TO_WIDE(H[um_entry(i, j) * ld + column]);
            const widev diagonal = S[um_entry(i, i) * ld];
            const widev scale = (diagonal > zero) ? one / sqrt(diagonal) : one;
            for (uint j = 0; j < i; j++)
                S[um_entry(i, j) * ld] *= scale * s[(size_t)j * ld];
            S[um_entry(i, i) * ld] = one;
            s[ai] = scale;
            x[ai] = zero;
            r[ai] = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * scale;
            low[ai] = -tau * UM_TO_WIDE(E[in]) / scale;
        }

        for (uint sweep = 0; sweep < UM_SWEEPS; sweep++)
            for (uint j = 0; j < M; j++) {
                const size_t at = (size_t)j * ld;
                const widev next = fmax(x[at] - r[at], low[at]);
                const widev step = next - x[at];
                x[at] = next;
                for (uint i = 0; i < M; i++)
                    r[(size_t)i * ld] += um_H(S, ld, i, j) * step;
            }
        um_qp_gradient(M, ld, column, S, D, fold, s, x, r);
        for (uint i = 0; i < M; i++) {
            const size_t at = (size_t)i * ld;
            held[at] = (x[at] <= low[at] && r[at] >= zero) ? one : zero;
        }

        widev settled = zero; /* 1: solved; the sample waits for the others of the vector and changes no more */
        for (uint round = 0; round < 2 * M + 10; round++) {
            /* Cholesky of the free part; a source that is held has a unit row. */
            for (uint i = 0; i < M; i++) {
                const size_t ai = (size_t)i * ld;
                for (uint j = 0; j <= i; j++) {
                    const widev both = (one - held[ai]) * (one - held[(size_t)j * ld]);
                    widev sum = i == j ? one + tiny : S[um_entry(i, j) * ld] * both;
                    for (uint q = 0; q < j; q++)
                        sum -= L[um_entry(i, q) * ld] * L[um_entry(j, q) * ld];
                    L[um_entry(i, j) * ld] = i == j ? sqrt(fmax(sum, tiny)) : sum / L[um_entry(j, j) * ld];
                }
                widev rhs = -r[ai] * (one - held[ai]);
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
            const widev taken = (settled > zero) ? zero : length;
            for (uint i = 0; i < M; i++) {
                const size_t ai = (size_t)i * ld;
                const widev next = x[ai] + taken * p[ai];
                const widev near = (wide)1e-9f * (fabs(low[ai]) + fabs(next));
                const widev stop = (settled <= zero && next <= low[ai] + near && p[ai] < zero) ? one : zero;
                x[ai] = (stop > zero) ? low[ai] : next;
                held[ai] = fmax(held[ai], stop);
            }
            um_qp_gradient(M, ld, column, S, D, fold, s, x, r);
            widev freed = zero;
            for (uint i = 0; i < M; i++) {
                const size_t ai = (size_t)i * ld;
                const widev slack = UM_SETTLED * UM_TO_WIDE(D[ai + column]) * s[ai];
                const widev go = (settled <= zero && length >= one && held[ai] > zero && r[ai] < -slack) ? one : zero;
                held[ai] -= go;
                freed = fmax(freed, go);
            }
            settled = (length >= one && freed <= zero) ? one : settled;
            if (UM_ALL(settled > zero))
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
#pragma unroll 1
                for (uint i = 0; i < UM_STEPS; i++)
                    sum[i] -= um_search_term(count, um_step_length[i] * ratio);
            }
        }
        for (uint t = 0; t < UM_STEPS; t++)
            partial[((size_t)tile * UM_STEPS + t) * ld + column] = sum[t];
    }
}

/*
 * E <- E + t d with the longest t that satisfies Armijo's condition  phi(t) <= 1e-4 t g'd; without any, the EM step
 * E_j <- E_j fold_j / D_j. Then scaled to sum_j D_j E_j = T. phi is known to some u sum_j D_j |d_j|: where the predicted
 * decrease is smaller than that, the full step is taken unless phi(1) rises by more.
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
        widev linear = zero, rounding = zero, whole = zero;
        for (uint j = 0; j < M; j++) {
            const widev part = UM_TO_WIDE(D[(size_t)j * ld + column]) * UM_TO_WIDE(d[(size_t)j * ld + column]);
            linear += part;
            rounding += fabs(part);
        }
        rounding *= UM_DOUBLE ? (wide)1e-15f : (wide)3e-7f;
        widev chosen = none;
        for (uint i = 0; i < UM_STEPS; i++) {
            const wide t = (wide)um_step_length[i];
            um_sum sum = UM_SUM_ZERO;
            for (uint tile = 0; tile < tiles; tile++)
                UM_SUM_ADD(sum, partial[((size_t)tile * UM_STEPS + i) * ld + column]);
            const widev change = UM_TO_WIDE(UM_SUM_VALUE(sum)) + t * linear;
            whole = i ? whole : change;
            chosen = (chosen < zero && change <= (wide)1e-4f * t * gradient) ? (widev)(t) : chosen;
        }
        chosen = (UM_TO_WIDE(decrease[column]) > -rounding && whole <= rounding) ? one : chosen;

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
