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
 *   beta   see um_entry_loss()        x y^(b - 2)    sum of y^(b - 1) f over every entry   w (p / (d + l1 + l2 w))^g
 *
 *   g = 1 / (2 - b) for b < 1, 1 / (b - 1) for b > 2, else 1 (Fevotte, Idier, Neural Computation 23, 2011)
 *
 * A loss that visits every entry, the zeros of X too, has d = sum over every entry of below(y) f; UM_EVERY(how) is 1.
 * `how` is a literal wherever it is passed, so only one case of each function remains.
 */
enum { UM_HALS, UM_MU, UM_KL, UM_STEPS_OF_ENTRIES, UM_BETA };

/* X(name, how): the steps, a kernel each for cells and for genes; and those whose sums need y, a fold and a divergence. */
#define UM_NMF_STEPS(X) X(hals, UM_HALS) X(mu, UM_MU) X(kl, UM_KL) X(beta, UM_BETA)
#define UM_NMF_RATIOS(X) X(kl, UM_KL) X(beta, UM_BETA)

#define UM_RATIO(how) ((how) >= UM_KL)
#define UM_EVERY(how) ((how) > UM_STEPS_OF_ENTRIES)
#if UM_VW == 1
#define UM_ANY(condition) (condition)
#else
#define UM_ANY(condition) any(condition)
#endif
#define UM_SUMS(how) (UM_EVERY(how) ? 2 : 1) /* p, and d */

/* That of Itakura-Saito (beta 0) without a logarithm. */
static inline realv um_power(const realv y, const real exponent)
{
    if (exponent == (real)-2)
        return (realv)(1) / y / y;
    return pow(y, (realv)(exponent));
}

/* y as scikit-learn takes it: floored where its power is below 0. */
static inline realv um_base(const realv y, const real exponent)
{
    return exponent < (real)0 ? fmax(y, (realv)(UM_NMF_EPS)) : y;
}

/* What an entry's row is multiplied with in p. */
static inline realv um_above(const int how, const real beta, const realv x, const realv y)
{
    return how == UM_KL ? x / fmax(y, (realv)(UM_NMF_EPS)) : x;
}

/*
 * The same, and what it is multiplied with in d, of losses that visit every entry: y^(b - 1) is y^(b - 2) y where neither is
 * floored, or both are.
 */
static inline void um_both(const int how, const real beta, const realv x, const realv y, realv *above, realv *below)
{
    const realv power = um_power(um_base(y, beta - (real)2), beta - (real)2);
    *above = x * power;
    *below = power * um_base(y, beta - (real)1);
    if (beta > (real)1 && beta < (real)2 && UM_ANY(y < (realv)(UM_NMF_EPS)))
        *below = y < (realv)(UM_NMF_EPS) ? pow(y, (realv)(beta - (real)1)) : *below;
}

/* p / d to this power is what the step multiplies with, of losses that visit every entry. */
static inline realv um_quotient(const int how, const real beta, const realv quotient)
{
    if (how != UM_BETA || (beta >= (real)1 && beta <= (real)2))
        return quotient;
    return pow(quotient, (realv)(beta < (real)1 ? (real)1 / ((real)2 - beta) : (real)1 / (beta - (real)1)));
}

/* What a step makes smaller than this becomes 0, of losses that visit every entry. */
static inline real um_least(const int how, const real beta)
{
    return how == UM_BETA && beta < (real)1 ? (real)2.220446049250313e-16f : (real)0; /* eps of double, as scikit-learn */
}

/*
 * The loss of an entry: of kl without y, which comes from sums of the factors. beta: [x^b + (b - 1) y^b - b x y^(b - 1)] /
 * (b (b - 1)), and x / y - log(x / y) - 1 for b = 0; x counts where it is above eps, as in scikit-learn.
 */
static inline realv um_entry_loss(const int how, const real beta, const realv x, const realv y)
{
    if (how == UM_BETA) {
        const realv floored = fmax(y, (realv)(UM_NMF_EPS)), quotient = x / floored;
        if (beta == (real)0)
            return (x > (realv)(UM_NMF_EPS) ? quotient - log(quotient) : (realv)(0)) - (realv)(1);
        const realv of_x = pow(x, (realv)(beta)) - beta * x * pow(floored, (realv)(beta - (real)1));
        const realv sum = (beta - (real)1) * pow(y, (realv)(beta)) + (x > (realv)(UM_NMF_EPS) ? of_x : (realv)(0));
        return sum / (beta * (beta - (real)1));
    }
    return x > (realv)(0) ? x * (log(um_above(UM_KL, beta, x, y)) - (realv)(1)) : (realv)(0);
}
