/*
 * Dense product C = A B for thin A: A rows x inner (row-major, rows `stride` reals apart), B inner x ld vectors,
 * C rows x ld vectors.
 * `inner` is small (sources), so a work-item keeps UM_GU rows of one vector of C in registers and reads B once.
 * Rows are padded to a multiple of UM_GU. The large, deep products go to CLBlast on a GPU (host/linalg/product.c).
 */

UM_KERNEL void um_product(const uint inner, const uint stride, const uint ld, __global const real *restrict A,
                          __global const realv *restrict B, __global realv *restrict C)
{
    const uint column = (uint)get_global_id(0);
    const size_t row = get_global_id(1) * UM_GU;
    if (column < ld) {
        realv c[UM_GU];
#pragma unroll
        for (uint u = 0; u < UM_GU; u++)
            c[u] = (realv)(0);
        for (uint i = 0; i < inner; i++) {
            const realv b = B[(size_t)i * ld + column];
#pragma unroll
            for (uint u = 0; u < UM_GU; u++)
                c[u] = fma((realv)(A[(row + u) * stride + i]), b, c[u]);
        }
#pragma unroll
        for (uint u = 0; u < UM_GU; u++)
            C[(row + u) * ld + column] = c[u];
    }
}
