/*
 * Numbers that kernels and host must agree on, each written once. On the host they are constants, UM_NAME; every program
 * is built with all of them as options, -DUM_NAME=value, and kernels know no default. What differs between devices is not
 * here but in tuning.h.
 */
#ifndef UM_CONSTANTS_H
#define UM_CONSTANTS_H

/* X(name, whole number) */
#define UM_SHARED_COUNTS(X)                                                                                     \
    X(RUN, 256)           /* at most so many terms are summed in reals before the sums are combined in double */    \
    X(BAND, 8)            /* rows of a sparse Gram matrix that a work-item forms */                                 \
    X(LS_MOMENTS, 6)      /* sums that a least-squares fit leaves of a sample, least_squares.cl */                  \
    X(CEILING_CHAINS, 16) /* chains of multiply-adds of a work-item, ceiling.cl */

/* X(name, real number): with a point or an exponent, as a kernel may read it as a float */
#define UM_SHARED_NUMBERS(X)                                                                  \
    X(LIKELIHOOD_EPS, 1e-10) /* of log(yhat + eps) */                                         \
    X(ADAM_FIRST, 0.9)       /* decay of the mean of gradients */                             \
    X(ADAM_SECOND, 0.999)    /* decay of the mean of their squares */                         \
    X(ADAM_TINY, 1e-8)       /* beside the root of that */

enum {
#define UM_ENTRY(name, value) UM_##name = (value),
    UM_SHARED_COUNTS(UM_ENTRY)
#undef UM_ENTRY
};

#define UM_ENTRY(name, value) static const double UM_##name = (value);
UM_SHARED_NUMBERS(UM_ENTRY)
#undef UM_ENTRY

#endif
