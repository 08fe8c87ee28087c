/*
 * The Poisson likelihood of one count in double: all that the host knows of it, as kernels/likelihood_poisson.cl has it for
 * the device. k: the count; y: yhat, without eps; w: the weight of the gene.
 *
 * Here eps stands in the logarithm and the quotients only, so that zeros add exactly w yhat: the loss of the kernels, whose
 * zeros are visited, is larger by eps for each unit of weight.
 */
#ifndef UM_LIKELIHOOD_H
#define UM_LIKELIHOOD_H

#include <math.h>

#include "device/constants.h"

/* w k / (y + eps), the ratio that is folded back. A macro, so that y and k may also be vectors of doubles. */
#define UM_COUNT_RATIO(w, k, y) ((w) * (k) / ((y) + UM_LIKELIHOOD_EPS))

/* The variance of a count with that mean, for residuals in units of it. */
static inline double um_count_variance(double y)
{
    return y + UM_LIKELIHOOD_EPS;
}

/* w k / (y + eps)^2 */
static inline double um_count_curvature(double w, double k, double y)
{
    return w * k / ((y + UM_LIKELIHOOD_EPS) * (y + UM_LIKELIHOOD_EPS));
}

/* w / y, what the curvature is on average; y > 0. */
static inline double um_count_information(double w, double y)
{
    return w / y;
}

/* k log(k / (y + eps)) - k + y, with 0 log 0 = 0. Near k = y the difference is taken through log1p. */
double um_count_deviance(double k, double y);

/* The same for k > 0, where the logarithms are known; log_y is looked at only for y > 0.01. */
static inline double um_count_deviance_from_logs(double k, double y, double log_k, double log_y)
{
    /* log(y + eps) = log y + eps / y, up to (eps / y)^2 / 2 < 1e-16 */
    const double log_expected = y > 1e-2 ? log_y + UM_LIKELIHOOD_EPS / y : log(y + UM_LIKELIHOOD_EPS);
    return k * (log_k - log_expected) - k + y;
}

/*
 * w k log1p(share): what the log-likelihood gains when y + eps grows by that share of it, but for the part linear in it.
 * -infinity where a gene with counts would keep less than a thousandth of its yhat: such a step is refused.
 */
double um_count_gain(double w, double k, double share);

#endif
