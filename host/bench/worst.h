/* The largest error of many: what is not a number is the worst of all. */
#ifndef UM_WORST_H
#define UM_WORST_H

#include <math.h>

/* The larger one; infinity when either is NaN, which fmax() would leave out. */
static inline double um_worst(double worst, double error)
{
    return isnan(worst) || isnan(error) ? INFINITY : fmax(worst, error);
}

#endif
