/*
 * Numbers that kernels and host must agree on, each written once. On the host they are constants, UM_NAME; every program
 * is built with all of them as options, -DUM_NAME=value, and kernels know no default. What differs between devices is not
 * here but in tuning.h.
 */
#ifndef UM_CONSTANTS_H
#define UM_CONSTANTS_H

/* X(name, whole number) */
#define UM_SHARED_COUNTS(X)                                                                                     \
    X(BLOCK, 4)           /* sources on a side of a block of a Gram matrix; rows of A are padded to whole blocks */ \
    X(STEPS, 4)           /* step lengths of a line search, UM_STEP_LENGTHS */                                      \
    X(STRIP, 4)           /* rows of a Gram matrix of programs that a work-item forms */                            \
    X(NMF_RUN, 1024)      /* entries of a gene, or cells of a panel, that are summed in reals, nmf.cl */            \
    X(NMF_PER_PANEL, 3)   /* numbers that a panel of cells or genes reports, nmf_steps.cl */                       \
    X(RUN, 256)           /* at most so many terms are summed in reals before the sums are combined in double */    \
    X(BAND, 8)            /* rows of a sparse Gram matrix that a work-item forms */                                 \
    X(LS_MOMENTS, 6)      /* sums that a least-squares fit leaves of a sample, least_squares.cl */                  \
    X(CEILING_CHAINS, 16) /* chains of multiply-adds of a work-item, ceiling.cl */

/* X(name, real number): with a point or an exponent, as a kernel may read it as a float */
#define UM_SHARED_NUMBERS(X)                                                                  \
    X(LIKELIHOOD_EPS, 1e-10) /* of log(yhat + eps) */                                         \
    X(STARVED, -0.999)       /* a step that changes yhat of a gene with counts by less is refused */ \
    UM_STEP_LENGTHS(X)                                                                        \
    X(TAU, 0.9)              /* part of the way to zero that a step may go while the gap is above UM_TAU_GAP */ \
    X(TAU_GAP, 1e-3)                                                                          \
    X(NMF_TINY, 1.1920928955078125e-7) /* scikit-learn's: in place of a zero denominator, below yhat */ \
    X(ADAM_FIRST, 0.9)       /* decay of the mean of gradients */                             \
    X(ADAM_SECOND, 0.999)    /* decay of the mean of their squares */                         \
    X(ADAM_TINY, 1e-8)       /* beside the root of that */

/* The step lengths of the line search, longest first; line_search.cl says why these. */
#define UM_STEP_LENGTHS(X) \
    X(STEP_1, 1.0)         \
    X(STEP_2, 0.9)         \
    X(STEP_3, 0.25)        \
    X(STEP_4, 0.0625)

enum {
#define UM_ENTRY(name, value) UM_##name = (value),
    UM_SHARED_COUNTS(UM_ENTRY)
#undef UM_ENTRY
};

#define UM_ENTRY(name, value) static const double UM_##name = (value);
UM_SHARED_NUMBERS(UM_ENTRY)
#undef UM_ENTRY

static const double um_step_length[] = {
#define UM_ENTRY(name, value) (value),
    UM_STEP_LENGTHS(UM_ENTRY)
#undef UM_ENTRY
};
_Static_assert(sizeof um_step_length / sizeof um_step_length[0] == UM_STEPS, "as many step lengths as UM_STEPS says");

#endif
