/*
 * The Poisson likelihood of one count: all that the kernels know of it. yhat = A E, y = yhat + eps, w the weight of the gene:
 *
 *   deviance      k log(k / y) - k + y        what a count adds to the loss, before its weight
 *   ratio         w k / y                     w (1 - d deviance / dy): the gradient in E_j is D_j - sum_g A_gj ratio_g
 *   curvature     w k / y^2                   w d^2 deviance / dy^2
 *   gain          w k log1p(share)            w (deviance before - deviance after y grows by share y) + w share y; the sum of
 *                                             the last term over the genes is linear in the step and known from D
 *   information   w / y                       the mean of the curvature
 *   score         w (k - y) / y               minus the slope of w deviance
 *
 * The host has the same in double in host/deconvolve/problem/likelihood.h. eps keeps logarithms and quotients finite; ratio
 * and curvature are exact derivatives of the loss with it. Another likelihood is another file with these names. sparse.cl
 * works for those only that, as this one, have deviance y and ratio, curvature and gain 0 where k = 0.
 */
#define UM_EPS ((real)UM_LIKELIHOOD_EPS)

#if UM_DOUBLE
#define UM_SERIES_BELOW 0.00390625 /* 1/256: truncation t^6/4 = 9e-16, cancellation beyond 256 x 4e-16 */
#else
#define UM_SERIES_BELOW 0.0625f /* 1/16: truncation 1.5e-8, cancellation beyond 16 x 1.2e-7 */
#endif

/*
 * k log(k / y) - k + y, accurate where k and y are close: with t = (y - k) / k it is k (t - log1p(t)), and 0 log 0 = 0.
 * The difference loses digits for small |t|, where the series t^2/2 - t^3/3 + t^4/4 - ... takes over.
 */
static inline realv um_count_deviance(const realv k, const realv y)
{
    const realv positive = fmax(k, (realv)(1e-30f));
    const realv t = (y - k) / positive;
    const real one = (real)1;
    realv series = (realv)(-one / 7);
    series = fma(t, series, (realv)(one / 6));
    series = fma(t, series, (realv)(-one / 5));
    series = fma(t, series, (realv)(one / 4));
    series = fma(t, series, (realv)(-one / 3));
    series = fma(t, series, (realv)(one / 2));
    const realv near = k * t * t * series;
    const realv direct = k * log(positive / y) + (y - k);
    return (k > (realv)(0)) ? ((fabs(t) < (realv)(UM_SERIES_BELOW)) ? near : direct) : y;
}

static inline realv um_count_ratio(const realv w, const realv k, const realv y)
{
    return w * k / y;
}

static inline realv um_count_curvature(const realv w, const realv k, const realv y)
{
    return um_count_ratio(w, k, y) / y;
}

static inline realv um_count_information(const realv w, const realv y)
{
    return w / y;
}

static inline realv um_count_score(const realv w, const realv k, const realv y)
{
    return w * (k - y) / y;
}

/* Ratio and curvature in the working type. */
static inline widev um_wide_ratio(const widev w, const widev k, const widev y)
{
    return w * k / y;
}

static inline widev um_wide_curvature(const widev w, const widev k, const widev y)
{
    return um_wide_ratio(w, k, y) / y;
}

/*
 * A step that leaves a gene with counts less than a thousandth of its yhat is refused (-infinity), also where the
 * likelihood as a whole gains: the model does not reach that far, and the way back up from eps is 30 doublings.
 */
static inline realv um_count_gain(const realv w, const realv k, const realv share)
{
    const realv count = w * k;
    const realv kept = (share < (realv)((real)UM_STARVED)) ? (realv)(-(real)1) : share;
    return (count > (realv)(0)) ? count * log1p(kept) : (realv)(0);
}
