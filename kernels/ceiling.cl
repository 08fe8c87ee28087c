/*
 * What the machine can do at most, for `unmix bench`: a rate of multiply-adds and a rate of memory.
 *
 * um_ceiling_fma   each work-item runs UM_CEILING_CHAINS independent chains  x <- a x + b,  `rounds` times, and writes the chains
 *                  (UM_CEILING_CHAINS vectors). 16 chains hide the latency of a multiply-add on every device, and fit 32
 *                  registers.
 * um_ceiling_copy  to <- from, `count` vectors; a group copies UM_WG x run vectors that lie together.
 */
UM_KERNEL void um_ceiling_fma(const uint rounds, const real a, const real b, __global realv *restrict out)
{
    const size_t item = get_global_id(0);
    const realv multiplier = (realv)(a), addend = (realv)(b);
    realv x[UM_CEILING_CHAINS];
#pragma unroll
    for (uint c = 0; c < UM_CEILING_CHAINS; c++)
        x[c] = (realv)((real)c / (real)UM_CEILING_CHAINS);
    for (uint r = 0; r < rounds; r++) {
#pragma unroll
        for (uint c = 0; c < UM_CEILING_CHAINS; c++)
            x[c] = fma(multiplier, x[c], addend);
    }
#pragma unroll
    for (uint c = 0; c < UM_CEILING_CHAINS; c++)
        out[item * UM_CEILING_CHAINS + c] = x[c];
}

UM_KERNEL void um_ceiling_copy(const uint count, const uint run, __global const realv *restrict from,
                               __global realv *restrict to)
{
    const uint lane = (uint)get_local_id(0);
    const uint first = (uint)(get_global_id(0) - get_local_id(0)) * run + lane;
    for (uint s = 0; s < run; s++) {
        const uint at = first + s * UM_WG;
        if (at < count)
            to[at] = from[at];
    }
}
