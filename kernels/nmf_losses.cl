/*
 * The losses: all that the other files know of them. p and d are what a step takes of a row (a cell, or a gene) with
 * factor w, its entries x of X and their yhat y, f being the rows of the other factor:
 *
 *   p = sum over the entries of above(x, y) f
 *
 *   step   loss                       above          d                                     step
 *   hals   1/2 (x - y)^2              x                                                    see um_step_hals()
 *   mu     1/2 (x - y)^2              x              G w                                   w p / (d + l1)
 *   kl     x log(x / y) - x + y       x / y          sum of f over all rows                w p / (d + l1 + l2 w)
 *
 * A loss that visits every entry, the zeros of X too, has d = sum over every entry of below(y) f; UM_EVERY(how) is 1.
 * `how` is a literal wherever it is passed, so only one case of each function remains.
 */
enum { UM_HALS, UM_MU, UM_KL, UM_STEPS_OF_ENTRIES };

/* X(name, how): the steps, a kernel each for cells and for genes; and those whose sums need y, a fold and a divergence. */
#define UM_NMF_STEPS(X) X(hals, UM_HALS) X(mu, UM_MU) X(kl, UM_KL)
#define UM_NMF_RATIOS(X) X(kl, UM_KL)

#define UM_RATIO(how) ((how) >= UM_KL)
#define UM_EVERY(how) ((how) > UM_STEPS_OF_ENTRIES)
#define UM_SUMS(how) (UM_EVERY(how) ? 2 : 1) /* p, and d */

/* What an entry's row is multiplied with in p. */
static inline realv um_above(const int how, const real beta, const realv x, const realv y)
{
    return how == UM_KL ? x / fmax(y, (realv)(UM_NMF_EPS)) : x;
}

/* In d, of losses that visit every entry. */
static inline realv um_below(const int how, const real beta, const realv y)
{
    return (realv)(1);
}

/* p / d to this power is what the step multiplies with, of losses that visit every entry. */
static inline realv um_quotient(const int how, const real beta, const realv quotient)
{
    return quotient;
}

/* What a step makes smaller than this becomes 0, of losses that visit every entry. */
static inline real um_least(const int how, const real beta)
{
    return (real)0;
}

/* The loss of an entry: of kl without y, which comes from sums of the factors. */
static inline realv um_entry_loss(const int how, const real beta, const realv x, const realv y)
{
    return x > (realv)(0) ? x * (log(um_above(UM_KL, beta, x, y)) - (realv)(1)) : (realv)(0);
}
