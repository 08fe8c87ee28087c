/*
 * One Adam step on log exposures, analytic gradient (theta = log(E / E0), so dE/dtheta = E):
 *
 *   g_jn = E_jn (D_j - fold_jn) + lambda_n [ l1 x + 2 l2 x^2 ],  x = E_jn / E0_n, lambda_n = NLL_n / 100, types only
 *   u <- b1 u + (1 - b1) g          v <- b2 v + (1 - b2) g^2
 *   theta <- theta - rate_n (u / c1) / (sqrt(v / c2) + 1e-8),   c1 = 1 - b1^t, c2 = 1 - b2^t
 *   E <- E0 exp(theta)
 *
 * `loss` is NLL_n, read only when l1 or l2 is not 0. One work-item a source (second dimension) and vector of samples.
 */
UM_KERNEL void um_adam_step(const uint M, const uint ld, const uint tiles, const uint penalised, const real l1,
                            const real l2, const real c1, const real c2, __global const realv *restrict fold,
                            __global const real *restrict D, __global const realv *restrict loss,
                            __global const realv *restrict rate, __global const realv *restrict E0,
                            __global realv *restrict theta, __global realv *restrict first,
                            __global realv *restrict second, __global realv *restrict E)
{
    const uint column = (uint)get_global_id(0);
    const uint j = (uint)get_global_id(1);
    if (column < ld) {
        const real b1 = (real)UM_ADAM_FIRST, b2 = (real)UM_ADAM_SECOND, tiny = (real)UM_ADAM_TINY;
        um_sum sum = UM_SUM_ZERO;
        for (uint t = 0; t < tiles; t++)
            UM_SUM_ADD(sum, fold[((size_t)t * M + j) * ld + column]);
        const size_t at = (size_t)j * ld + column;
        const realv e = E[at];
        const realv unit = E0[column];
        realv g = e * ((realv)(D[j]) - UM_SUM_VALUE(sum));
        if (j < penalised && (l1 > (real)0 || l2 > (real)0)) {
            const realv x = e / unit;
            g += loss[column] / (real)100 * x * ((realv)(l1) + (real)2 * (realv)(l2) * x);
        }
        const realv u = b1 * first[at] + ((real)1 - b1) * g;
        const realv v = b2 * second[at] + ((real)1 - b2) * g * g;
        const realv step = rate[column] * (u / c1) / (sqrt(v / c2) + (realv)(tiny));
        const realv moved = theta[at] - step;
        first[at] = u;
        second[at] = v;
        theta[at] = moved;
        E[at] = unit * exp(moved);
    }
}
