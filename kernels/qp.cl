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
 * The programs of the samples in a vector are solved side by side with selects instead of branches.
 */
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

/* The scaled program of the samples of a vector: S with unit diagonal and what stands in `work`, one after the other. */
typedef struct {
    __global widev *S, *x, *r, *s, *low, *p, *held, *L;
} um_qp_program;

static inline um_qp_program um_qp_layout(const uint M, const uint ld, __global widev *S, __global widev *work)
{
    const size_t rows = (size_t)M * ld;
    const um_qp_program q = {S, work, work + rows, work + 2 * rows, work + 3 * rows, work + 4 * rows, work + 5 * rows,
                             work + 6 * rows};
    return q;
}

/* r <- g + S x, all scaled. */
static inline void um_qp_gradient(const uint M, const uint ld, const uint column, const um_qp_program q,
                                  __global const realv *restrict D, __global const realv *restrict fold)
{
    for (uint i = 0; i < M; i++) {
        const size_t in = (size_t)i * ld + column;
        widev sum = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * q.s[(size_t)i * ld];
        for (uint j = 0; j < M; j++)
            sum += um_H(q.S, ld, i, j) * q.x[(size_t)j * ld];
        q.r[(size_t)i * ld] = sum;
    }
}

/* S <- H (unless `careful`: it is there), scaled to a unit diagonal; x = 0, its gradient and its bounds. */
static inline void um_qp_scale(const uint M, const uint ld, const uint column, const um_qp_program q, const uint careful,
                               const widev tau, __global const realv *restrict H, __global const realv *restrict D,
                               __global const realv *restrict fold, __global const realv *restrict E)
{
    const widev one = (widev)(1), zero = (widev)(0);
    for (uint i = 0; i < M; i++) {
        const size_t ai = (size_t)i * ld, in = ai + column;
        for (uint j = 0; !careful && j <= i; j++)
            q.S[um_entry(i, j) * ld] = UM_TO_WIDE(H[um_entry(i, j) * ld + column]);
        const widev diagonal = q.S[um_entry(i, i) * ld];
        const widev scale = (diagonal > zero) ? one / sqrt(diagonal) : one;
        for (uint j = 0; j < i; j++)
            q.S[um_entry(i, j) * ld] *= scale * q.s[(size_t)j * ld];
        q.S[um_entry(i, i) * ld] = one;
        q.s[ai] = scale;
        q.x[ai] = zero;
        q.r[ai] = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * scale;
        q.low[ai] = -tau * UM_TO_WIDE(E[in]) / scale;
    }
}

/* Cyclic coordinate descent. */
static inline void um_qp_descend(const uint M, const uint ld, const um_qp_program q)
{
    for (uint sweep = 0; sweep < UM_SWEEPS; sweep++)
        for (uint j = 0; j < M; j++) {
            const size_t at = (size_t)j * ld;
            const widev next = fmax(q.x[at] - q.r[at], q.low[at]);
            const widev step = next - q.x[at];
            q.x[at] = next;
            for (uint i = 0; i < M; i++)
                q.r[(size_t)i * ld] += um_H(q.S, ld, i, j) * step;
        }
}

/* p <- the step to the minimum over the sources that are not held. Returns how much of it the bounds allow. */
static inline widev um_qp_step(const uint M, const uint ld, const um_qp_program q, const widev tiny)
{
    const widev one = (widev)(1), zero = (widev)(0);
    /* Cholesky of the free part; a source that is held has a unit row. */
    for (uint i = 0; i < M; i++) {
        const size_t ai = (size_t)i * ld;
        for (uint j = 0; j <= i; j++) {
            const widev both = (one - q.held[ai]) * (one - q.held[(size_t)j * ld]);
            widev sum = i == j ? one + tiny : q.S[um_entry(i, j) * ld] * both;
            for (uint c = 0; c < j; c++)
                sum -= q.L[um_entry(i, c) * ld] * q.L[um_entry(j, c) * ld];
            q.L[um_entry(i, j) * ld] = i == j ? sqrt(fmax(sum, tiny)) : sum / q.L[um_entry(j, j) * ld];
        }
        widev rhs = -q.r[ai] * (one - q.held[ai]);
        for (uint c = 0; c < i; c++)
            rhs -= q.L[um_entry(i, c) * ld] * q.p[(size_t)c * ld];
        q.p[ai] = rhs / q.L[um_entry(i, i) * ld];
    }
    widev length = one;
    for (uint i = M; i-- > 0;) {
        const size_t ai = (size_t)i * ld;
        widev sum = q.p[ai];
        for (uint c = i + 1; c < M; c++)
            sum -= q.L[um_entry(c, i) * ld] * q.p[(size_t)c * ld];
        sum /= q.L[um_entry(i, i) * ld];
        q.p[ai] = sum;
        const widev reach = (q.low[ai] - q.x[ai]) / fmin(sum, (widev)(-(wide)1e-30f));
        length = (q.x[ai] + sum < q.low[ai]) ? fmin(length, fmax(reach, zero)) : length;
    }
    return length;
}

/* Takes that much of the step, and holds who is in its way. */
static inline void um_qp_move(const uint M, const uint ld, const um_qp_program q, const widev settled, const widev length)
{
    const widev one = (widev)(1), zero = (widev)(0);
    const widev taken = (settled > zero) ? zero : length;
    for (uint i = 0; i < M; i++) {
        const size_t ai = (size_t)i * ld;
        const widev next = q.x[ai] + taken * q.p[ai];
        const widev near = (wide)1e-9f * (fabs(q.low[ai]) + fabs(next));
        const widev stop = (settled <= zero && next <= q.low[ai] + near && q.p[ai] < zero) ? one : zero;
        q.x[ai] = (stop > zero) ? q.low[ai] : next;
        q.held[ai] = fmax(q.held[ai], stop);
    }
}

/* Frees those at their bound that the gradient pulls inward, after a whole step. Returns 1 where there were any. */
static inline widev um_qp_free(const uint M, const uint ld, const uint column, const um_qp_program q, const widev settled,
                               const widev length, __global const realv *restrict D)
{
    const widev one = (widev)(1), zero = (widev)(0);
    widev freed = zero;
    for (uint i = 0; i < M; i++) {
        const size_t ai = (size_t)i * ld;
        const widev slack = UM_SETTLED * UM_TO_WIDE(D[ai + column]) * q.s[ai];
        const widev go = (settled <= zero && length >= one && q.held[ai] > zero && q.r[ai] < -slack) ? one : zero;
        q.held[ai] -= go;
        freed = fmax(freed, go);
    }
    return freed;
}

/*
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
        const um_qp_program q = um_qp_layout(M, ld, W + column, work + column);
        const widev one = (widev)(1), zero = (widev)(0), tiny = (widev)(ridge);
        const widev tau = (UM_TO_WIDE(top[column]) > (widev)((wide)1 + (wide)UM_TAU_GAP)) ? (widev)((wide)UM_TAU) : one;

        um_qp_scale(M, ld, column, q, careful, tau, H, D, fold, E);
        um_qp_descend(M, ld, q);
        um_qp_gradient(M, ld, column, q, D, fold);
        for (uint i = 0; i < M; i++) {
            const size_t at = (size_t)i * ld;
            q.held[at] = (q.x[at] <= q.low[at] && q.r[at] >= zero) ? one : zero;
        }

        widev settled = zero; /* 1: solved; the sample waits for the others of the vector and changes no more */
        for (uint round = 0; round < 2 * M + 10; round++) {
            const widev length = um_qp_step(M, ld, q, tiny);
            um_qp_move(M, ld, q, settled, length);
            um_qp_gradient(M, ld, column, q, D, fold);
            const widev freed = um_qp_free(M, ld, column, q, settled, length, D);
            settled = (length >= one && freed <= zero) ? one : settled;
            if (UM_ALL(settled > zero))
                break;
        }

        widev value = zero, gradient = zero;
        for (uint j = 0; j < M; j++) {
            const size_t at = (size_t)j * ld, in = at + column;
            const widev g = (UM_TO_WIDE(D[in]) - UM_TO_WIDE(fold[in])) * q.s[at];
            value += (wide)0.5f * q.x[at] * (q.r[at] + g);
            gradient += q.x[at] * g;
            d[in] = UM_FROM_WIDE(q.x[at] * q.s[at]);
        }
        slope[column] = UM_FROM_WIDE(gradient);
        decrease[column] = UM_FROM_WIDE(value);
    }
}
