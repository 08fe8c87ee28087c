#include "deconvolve/problem/likelihood.h"

static const double eps = UM_LIKELIHOOD_EPS;

double um_count_deviance(double k, double y)
{
    if (!(k > 0.0))
        return y;
    const double t = (y + eps - k) / k;
    return fabs(t) < 0.5 ? k * (t - log1p(t)) - eps : k * log(k / (y + eps)) - k + y;
}

double um_count_gain(double w, double k, double share)
{
    if (!(w * k > 0.0))
        return 0.0;
    return share < UM_STARVED ? -INFINITY : w * k * log1p(share);
}
