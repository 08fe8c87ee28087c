/* Vectors from memory, and sums of many vectors at once, for kernels whose vectors run along what is summed. */
#if UM_VW == 1
#define UM_AT(pointer) (*(pointer))
#else
#define UM_AT(pointer) UM_JOIN(vload, UM_VW)(0, (pointer))
#endif

#if UM_VW > 1
/* Sums of neighbours: those of a, then those of b. */
static inline realv um_pairs(const realv a, const realv b)
{
    return (realv)(a.even, b.even) + (realv)(a.odd, b.odd);
}
#endif

/* Element i of the result is the sum over the elements of t[i]. */
static inline realv um_sums_of(realv *t)
{
#if UM_VW >= 16
#pragma unroll
    for (uint i = 0; i < 8; i++)
        t[i] = um_pairs(t[2 * i], t[2 * i + 1]);
#endif
#if UM_VW >= 8
#pragma unroll
    for (uint i = 0; i < 4; i++)
        t[i] = um_pairs(t[2 * i], t[2 * i + 1]);
#endif
#if UM_VW >= 4
#pragma unroll
    for (uint i = 0; i < 2; i++)
        t[i] = um_pairs(t[2 * i], t[2 * i + 1]);
#endif
#if UM_VW >= 2
    t[0] = um_pairs(t[0], t[1]);
#endif
    return t[0];
}
