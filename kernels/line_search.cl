/*
 * The step lengths of the line search, all tried in one pass. 0.9 is for a source that a gene needs on its way to nearly
 * nothing: the quadratic program ends at zero, the gene would starve (likelihood_*.cl), and 1/4 takes nine steps for a
 * factor of ten.
 */
__constant real um_step_length[UM_STEPS] = {(real)UM_STEP_1, (real)UM_STEP_2, (real)UM_STEP_3, (real)UM_STEP_4};

/*
 * The line search, all step lengths t in one pass:  -sum_g gain_g(t dy_g / (y_g + eps)) per tile; the linear part
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
            for (uint j = 0; j < UM_M; j++) { /* both at once: the rows are read once */
                const realv e[1] = {E[(size_t)j * ld + column]}, step[1] = {d[(size_t)j * ld + column]};
                UM_ADD_SOURCE(y, rows, j, 1, e)
                UM_ADD_SOURCE(dy, rows, j, 1, step)
            }
            /* One logarithm in the code, not 32: unrolled they take longer to compile than to run. */
#pragma unroll 1
            for (uint u = 0; u < UM_GU; u++) {
                const realv weight = (realv)(w[g + u]), count = k[(size_t)(g + u) * ld + column];
                const realv share = dy[u] / (y[u] + UM_EPS);
#pragma unroll 1
                for (uint i = 0; i < UM_STEPS; i++)
                    sum[i] -= um_count_gain(weight, count, um_step_length[i] * share);
            }
        }
        for (uint t = 0; t < UM_STEPS; t++)
            partial[((size_t)tile * UM_STEPS + t) * ld + column] = sum[t];
    }
}
