/* The small quadratic programs of the samples in a vector are solved side by side with selects instead of branches. */
#define UM_SWEEPS 30 /* of coordinate descent; an active-set method on Cholesky factors follows */
#if UM_FP64 || UM_DOUBLE
#define UM_SETTLED ((wide)1e-13) /* a multiplier above 1 + this frees a source from its bound */
#else
#define UM_SETTLED ((wide)1e-7f)
#endif

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
        const widev tau = (UM_TO_WIDE(top[column]) > (widev)((wide)1 + (wide)UM_TAU_GAP)) ? (widev)((wide)UM_TAU) : one;

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
