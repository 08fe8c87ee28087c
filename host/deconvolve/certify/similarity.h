/*
 * How well the signatures can be told apart, before anything is fitted: the Fisher information of an equal mixture,
 * F = sum w / yhat a a', scaled to unit diagonal. Its off-diagonal entries are correlations of types as the model sees
 * them, its condition number says how much noise is amplified.
 */
#ifndef UM_SIMILARITY_H
#define UM_SIMILARITY_H

#include "deconvolve/problem/problem.h"

typedef struct um_similarity {
    double condition;      /* of the scaled matrix; INFINITY when it is singular */
    double correlation;    /* largest between two types; NaN with one type */
    size_t first, second;  /* those two */
} um_similarity;

/* Measures, and warns with the names of types that cannot be told apart. */
unmix_status um_similarity_measure(unmix_context *cx, const um_problem *problem, um_similarity *similarity);

#endif
