/*
 * Non-negative matrix factorisation X ~ W H: X cells x genes (n x m), W usages (n x k), H programs (k x m).
 *
 *   frobenius   1/2 sum (x - WH)^2 + penalties         kl   sum [ x log(x / WH) - x + WH ] + penalties
 *   itakura-saito, beta: losses.h
 *   penalties   m alpha_W [ l1_ratio sum W + (1 - l1_ratio)/2 sum W^2 ] + n alpha_H [ the same of H ]
 *
 * Sums run over the entries that are not missing. Solvers: hals, one cyclic sweep over the programs for W and one for H
 * an iteration (scikit-learn's coordinate descent, with its stopping rule); mu, the multiplicative updates of Lee and
 * Seung. Penalties are scaled as in scikit-learn.
 */
#ifndef UM_NMF_PROBLEM_H
#define UM_NMF_PROBLEM_H

#include "core/sparse.h"
#include "unmix/programs.h"

typedef enum um_nmf_solver { UM_NMF_HALS, UM_NMF_MU } um_nmf_solver;
typedef enum um_nmf_loss { /* of losses.h */
#define UM_ENTRY(NAME) UM_NMF_##NAME,
    UNMIX_NMF_LOSSES(UM_ENTRY)
#undef UM_ENTRY
} um_nmf_loss;

typedef struct um_nmf_options {
    um_nmf_solver solver; /* one that minimises the loss */
    um_nmf_loss loss;
    size_t components;     /* k */
    double tolerance;      /* 1e-4 */
    size_t max_iterations; /* 1000 */
    double alpha_W, alpha_H, l1_ratio;
    int fixed_programs; /* 1: H stays as given, usages alone are fitted */
    size_t sweeps;      /* hals: over the programs for each product with X; 0 counts as 1, which is scikit-learn's. More
                           cost little and save iterations (Gillis and Glineur, Neural Computation 24, 2012) */
    double beta;        /* of losses that have none of their own */
} um_nmf_options;

/* The data: what is not in X is zero, except the entries of `missing` (a pattern; NULL: none), which X does not have. */
typedef struct um_nmf_data {
    const um_sparse *X;
    const um_sparse *missing;
} um_nmf_data;

/* W is cells x k and H is k x genes, both row-major; the start on entry, the fit on return. Owned by the caller. */
typedef struct um_factors {
    double *W;
    double *H;
} um_factors;

#endif
