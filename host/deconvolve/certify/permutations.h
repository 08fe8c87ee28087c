/*
 * How often a fit as close as a sample's comes about by chance: its counts are given to the genes that take part in a
 * random order (which is what permuting the names of its genes does) and fitted as it was, P times.
 *
 *   p = (1 + #{b : r_b >= r}) / (1 + P),  r the Pearson correlation of counts and predicted counts
 *
 * A prediction that does not differ between genes has no correlation and ranks below all others. The permuted samples are
 * further columns of the same problem, as many at once as the batch takes. A draw depends on (seed, name of the sample,
 * number of the permutation) and on the genes in the order of their names, so on nothing else in the run.
 */
#ifndef UM_PERMUTATIONS_H
#define UM_PERMUTATIONS_H

#include "deconvolve/certify/evaluator.h"
#include "deconvolve/certify/result.h"
#include "deconvolve/problem/counts.h"
#include "deconvolve/solve/method.h"

typedef struct um_permutations {
    const um_problem *problem;
    const um_method *method;
    size_t count; /* P; 0: none are wanted */
    uint64_t seed;
    size_t columns;      /* permuted samples at once, at most */
    um_evaluator evaluator;
    um_counts counts;    /* of one sample */
    uint32_t *gene;      /* G: 0, 1, ... between draws */
    uint32_t *place;     /* G: where the counts of the last draw went */
    uint32_t *row;       /* G: of each gene, one of its rows in the source */
    um_block block;      /* the permuted samples */
    size_t *column;      /* 0, 1, ... */
    double *total, *T;   /* of the columns */
    um_fit fit;
    um_metrics *metrics;
} um_permutations;

/* For up to `columns` permuted samples at once. Released with um_permutations_close(). */
unmix_status um_permutations_open(unmix_context *cx, um_permutations *permutations, const um_problem *problem,
                                  const um_method *method, const unmix_deconvolve_options *options, size_t columns);
void um_permutations_close(um_permutations *permutations);

/* Samples of a block that were fitted: column[i] is in row[i] of the result. */
typedef struct um_to_permute {
    const um_block *block;
    const size_t *column, *row;
    size_t n;
} um_to_permute;

/* Sets p_value of the samples, by `batch`, whose method has the state `state`. */
unmix_status um_permutations_form(um_permutations *permutations, um_batch *batch, void *state, const um_to_permute *samples,
                                  um_result *result);

#endif
