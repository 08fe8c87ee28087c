#include "deconvolve/certify/similarity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "deconvolve/problem/likelihood.h"
#include "linalg/small.h"

/* Two types closer than this differ by less than a thousandth of their noise: no count of reads tells them apart. */
static const double same_correlation = 1.0 - 1e-6;

/* Eigenvalues of the scaled matrix below this, relative to the largest, are rounding of the signatures. */
static const double null_eigenvalue = 1e-10;

static unmix_status fisher(unmix_context *cx, const um_problem *p, double **matrix)
{
    const size_t M = p->n_sources;
    UM_TRY(UM_ALLOC(cx, matrix, M * M, "similarity of the signatures"));
    for (size_t g = 0; g < p->genes.count; g++) {
        const double *a = p->A + g * M;
        double y = 0.0;
        for (size_t j = 0; j < M; j++)
            y += a[j] / p->D[j];
        if (!(y > 0.0))
            continue;
        for (size_t i = 0; i < M; i++)
            for (size_t j = 0; j <= i; j++)
                (*matrix)[i * M + j] += um_count_information(p->w[g], y) * a[i] / p->D[i] * a[j] / p->D[j];
    }
    for (size_t i = 0; i < M; i++)
        for (size_t j = 0; j < i; j++) {
            const double r = (*matrix)[i * M + j] / sqrt((*matrix)[i * M + i] * (*matrix)[j * M + j]);
            (*matrix)[i * M + j] = (*matrix)[j * M + i] = r;
        }
    for (size_t i = 0; i < M; i++)
        (*matrix)[i * M + i] = 1.0;
    return UNMIX_OK;
}

static void find_closest(const um_problem *p, const double *matrix, um_similarity *s)
{
    s->correlation = NAN;
    for (size_t i = 0; i < p->n_types; i++)
        for (size_t j = 0; j < i; j++)
            if (!(matrix[i * p->n_sources + j] <= s->correlation)) {
                s->correlation = matrix[i * p->n_sources + j];
                s->first = j;
                s->second = i;
            }
}

static void warn_pairs(unmix_context *cx, const um_problem *p, const double *matrix)
{
    for (size_t i = 0; i < p->n_types; i++)
        for (size_t j = 0; j < i; j++)
            if (matrix[i * p->n_sources + j] > same_correlation)
                um_warn(cx, "types '%s' and '%s' cannot be told apart (correlation %.9f): only their sum means anything; merge them",
                        um_name(&p->types, j), um_name(&p->types, i), matrix[i * p->n_sources + j]);
}

/* A combination of types that adds up to nothing, beyond pairs: the types that take part in it. */
static void warn_combination(unmix_context *cx, const um_problem *p, const double *vectors, size_t v)
{
    char list[400] = "";
    for (size_t j = 0; j < p->n_types; j++) {
        const size_t used = strlen(list);
        if (fabs(vectors[j * p->n_sources + v]) > 0.05 && used + 80 < sizeof list)
            (void)snprintf(list + used, sizeof list - used, "%s'%.60s'", used ? ", " : "", um_name(&p->types, j));
    }
    um_warn(cx, "the signatures are linearly dependent: the types %s cannot be told apart", list);
}

unmix_status um_similarity_measure(unmix_context *cx, const um_problem *problem, um_similarity *similarity)
{
    const size_t M = problem->n_sources;
    double *matrix = NULL, *values = NULL, *vectors = NULL;
    unmix_status status = UNMIX_OK;
    UM_TRY_GOTO(status, done, fisher(cx, problem, &matrix));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &values, M, "similarity of the signatures"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &vectors, M * M, "similarity of the signatures"));
    find_closest(problem, matrix, similarity);
    UM_TRY_GOTO(status, done, um_small_eigen(cx, matrix, M, values, vectors));
    similarity->condition = values[0] > 1e-15 * values[M - 1] ? values[M - 1] / values[0] : INFINITY;
    warn_pairs(cx, problem, matrix);
    if (values[0] < null_eigenvalue * values[M - 1] && !(similarity->correlation > same_correlation))
        warn_combination(cx, problem, vectors, 0);
    if (problem->n_types > 1)
        um_note(cx, "most similar types: '%s' and '%s', correlation %.4f; condition number of the signatures %.3g",
                um_name(&problem->types, similarity->first), um_name(&problem->types, similarity->second),
                similarity->correlation, similarity->condition);
done:
    free(matrix);
    free(values);
    free(vectors);
    return status;
}
