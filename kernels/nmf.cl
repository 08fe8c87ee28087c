/*
 * Non-negative matrix factorisation X ~ W H, one pass over X an iteration. Formulas and layout; then a file each for the
 * losses, what is missing, the steps, entries of X, every entry, cells, genes, Gram matrices, the value of a loss, and cells
 * of a dense X (nmf_*.cl).
 *
 *   cells   p = above(X_i, W_i H) H'      above, below, step: nmf_losses.cl; of X alone where a loss has squares
 *           W_i <- step(W_i, p, G = H H')
 *           A += W_i' above(X_i)          at once, while the cell's entries are in the nearest cache
 *   genes   H_j <- step(H_j, A_j, G = W' W)
 *
 * Missing entries: y = yhat of each is kept while its cell or gene takes the step, and its share is taken out of slope,
 * curvature and total again; a loss that visits every entry leaves them out.
 *
 * Layout. Where entries of X are visited, vectors run along the programs: UM_KV vectors hold the UM_KP >= K programs, zeros
 * behind K. W is cells x UM_KV and H genes x UM_KV (turned), replicate after replicate. A step is taken by UM_VW cells (or
 * genes) side by side. Row t of G is at t UM_KV, total at UM_KP UM_KV. Entries of a cell stand at start[i] <= at <
 * start[i + 1], padded with x = 0 to a multiple of 16. `active` says which replicate a slot (the second dimension of the
 * grid) works for; A, G, y and the statistics are kept by slot, factors by replicate.
 *
 *   UM_FOLD  1: a work-item takes a panel of cells and adds to A of its own (CPU); the genes add those up. At most 1024
 *               cells are added in reals.
 *            0: panels are UM_VW cells, and A is formed gene by gene from the turned X (GPU), 1024 entries in reals.
 */
#define UM_KP (UM_KV * UM_VW)
#define UM_G_ROWS (UM_KP + 1)
#define UM_NMF_EPS ((real)UM_NMF_TINY)

/* Part of a sum over all entries below which what is left of it without the missing ones is rounding. */
#if UM_DOUBLE
#define UM_NMF_LITTLE 1e-12
#else
#define UM_NMF_LITTLE 1e-5f
#endif

/* A sum over cells or genes. */
#if UM_FP64
typedef double um_total;
#define UM_TOTAL_ZERO 0.0
#define UM_TOTAL_ADD(total, x) ((total) += (double)(x))
#define UM_TOTAL_VALUE(total) ((real)(total))
#else
typedef struct {
    real high, low;
} um_total;
#define UM_TOTAL_ZERO {(real)0, (real)0}
#define UM_TOTAL_ADD(total, x) um_total_add(&(total), (x))
#define UM_TOTAL_VALUE(total) ((total).high + (total).low)
static inline void um_total_add(um_total *total, const real x)
{
    const real high = total->high + x;
    const real part = high - total->high;
    total->low += (total->high - (high - part)) + (x - part);
    total->high = high;
}
#endif

/* The sum over the elements. */
static inline real um_over_lanes(const realv a)
{
    real total = ((const real *)&a)[0];
    for (uint i = 1; i < UM_VW; i++)
        total += ((const real *)&a)[i];
    return total;
}

/*
 * Rows as vectors along the programs to and from lane i of vectors along cells. Every element is written once, in a loop of
 * known length: with one over K, or with zeros written first, PoCL 3.1 loses what is written where UM_KP is 4 or less.
 */
static inline void um_to_lane(const uint K, const uint i, const realv *row, realv *w)
{
    for (uint t = 0; t < UM_KP; t++)
        ((real *)&w[t])[i] = t < K ? ((const real *)row)[t] : (real)0;
}

static inline void um_from_lane(const uint K, const uint i, const realv *w, realv *row)
{
    for (uint t = 0; t < UM_KP; t++)
        ((real *)row)[t] = t < K ? ((const real *)&w[t])[i] : (real)0;
}
