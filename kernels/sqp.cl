/*
 * A step of the exact solver: multipliers and gap (here), curvature and Hessians (pass.cl and gram.cl, or
 * careful.cl), the quadratic programs (qp.cl), the line search (line_search.cl), and the new exposures (here). Each works
 * on one vector of samples per work-item, without barriers.
 */

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
            const widev multiplier = UM_TO_WIDE(value) / d;
            largest = (multiplier > largest || multiplier != multiplier) ? multiplier : largest; /* NaN stays */
            predicted += d * UM_TO_WIDE(E[at]);
        }
        /* A sample that the bootstrap left without a count is as good as it gets. */
        const widev total = UM_TO_WIDE(T[column]);
        top[column] = UM_FROM_WIDE((total > (widev)(0)) ? largest * predicted / total : (widev)(1));
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
        widev linear = zero, rounding = zero, whole = zero, shortest = zero;
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
            shortest = change;
        }
        /* All of these are numbers where the device computes rightly; what is none must not end as an EM step. */
        const widev sane = gradient + UM_TO_WIDE(decrease[column]) + linear + shortest;
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
            E[at] = (active[column] > (realv)(0)) ? UM_FROM_WIDE((sane == sane) ? next : sane) : E[at];
        }
    }
}
