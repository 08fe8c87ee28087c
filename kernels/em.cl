/*
 * The M-step: combine the tiles, divide, update where the sample is still active.
 *
 *   m_jn = (sum over tiles of fold_jn) / D_j
 *   E_jn <- E_jn m_jn,  then for penalised sources  E_jn <- max(E_jn - l1, 0)
 *
 * D = 1 gives the M-step that counts reads. One work-item a source (second dimension) and vector of samples.
 */
UM_KERNEL void um_em_step(const uint M, const uint ld, const uint tiles, const uint penalised, const real l1,
                          __global const realv *restrict fold, __global const real *restrict D,
                          __global const realv *restrict active, __global realv *restrict E)
{
    const uint column = (uint)get_global_id(0);
    const uint j = (uint)get_global_id(1);
    if (column < ld) {
        um_sum sum = UM_SUM_ZERO;
        for (uint t = 0; t < tiles; t++)
            UM_SUM_ADD(sum, fold[((size_t)t * M + j) * ld + column]);
        const realv before = E[(size_t)j * ld + column];
        realv after = before * (UM_SUM_VALUE(sum) / (realv)(D[j]));
        if (j < penalised)
            after = fmax(after - (realv)(l1), (realv)(0));
        E[(size_t)j * ld + column] = (active[column] > (realv)(0)) ? after : before;
    }
}
