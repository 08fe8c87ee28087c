/*
 * Types that the data of one sample cannot tell apart, though others may: what is added to one of them the fit takes from
 * the other at hardly any cost, so that only the sum of their proportions is known.
 *
 * Two types are a pair when the errors of their exposures have a correlation of at most UM_INSEPARABLE_CORRELATION in
 * V = H^+ B H^+ (sandwich.h) and the half-width of the 95% interval of one of them is at least UM_INSEPARABLE_WIDTH of its
 * proportion and UM_INSEPARABLE_LEAST in all; also when they share a direction that H does not determine. Pairs that have a type in common are one
 * group. A type at zero takes part unless one Newton step towards its unbounded optimum,
 *
 *   -g_i / c_i,  c_i = H_ii - H_iF H_FF^+ H_Fi,  g = D - H E,
 *
 * ends more than 1.96 standard errors below zero.
 */
#ifndef UM_INSEPARABLE_H
#define UM_INSEPARABLE_H

#include <stdint.h>

#include "deconvolve/certify/sandwich.h"

#define UM_INSEPARABLE_CORRELATION (-0.8)
#define UM_INSEPARABLE_WIDTH 0.5
#define UM_INSEPARABLE_LEAST 0.01

/* Share of a type in directions that the data do not determine above which it has no error of its own. */
#define UM_HIDDEN_SHARE 1e-3

/*
 * `sandwich` is formed over the sources above zero, and may be formed anew over more. D: M. group (C): 0 for a type of
 * no group, else the number of its group, from 1 in the order of their first types; se (C): standard error of the
 * sum of the proportions of its group, 0 without one.
 */
unmix_status um_inseparable_find(unmix_context *cx, um_sandwich *sandwich, const um_mixture *mixture, const double *D,
                                 double cutoff, uint16_t *group, double *se);

#endif
