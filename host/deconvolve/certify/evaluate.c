#include "deconvolve/certify/evaluate.h"

#include <stdlib.h>

#include "core/memory.h"
#include "deconvolve/certify/evaluate_dense.h"
#include "deconvolve/certify/evaluate_sparse.h"
#include "deconvolve/problem/counts.h"

/* In the order of the samples, whatever thread each was evaluated on. */
static void add_to_totals(um_totals *totals, size_t genes, const um_sample_sums *s)
{
    totals->samples++;
    totals->n += (double)genes;
    totals->k += s->k;
    totals->kk += s->kk;
    totals->residual2 += s->residual2;
    totals->relative += s->relative;
    totals->nll += s->nll;
    totals->null_nll += s->null_nll;
}

static unmix_status evaluate(unmix_context *cx, um_evaluation *call, size_t *which, size_t n)
{
    const um_evaluator *ev = call->evaluator;
    const size_t G = ev->problem->genes.count;
    size_t n_sparse = 0, n_dense = 0; /* sparse from the front, dense from the back */
    for (size_t i = 0; i < n; i++) {
        const size_t nonzeros = um_counts_above_zero(ev->problem, call->block, call->column[i]);
        if ((double)nonzeros < ev->sparse_below * (double)G)
            which[n_sparse++] = i;
    }
    size_t *dense = which + n_sparse;
    for (size_t i = 0, s = 0; i < n; i++) {
        if (s < n_sparse && which[s] == i)
            s++;
        else
            dense[n_dense++] = i;
    }
    if (n_dense)
        UM_TRY(um_evaluate_dense(cx, call, dense, n_dense));
    return n_sparse ? um_evaluate_sparse(cx, call, which, n_sparse) : UNMIX_OK;
}

unmix_status um_evaluate(unmix_context *cx, um_evaluator *evaluator, const um_block *block, const size_t *column, size_t n,
                         const double *E, um_metrics *metrics, double *predicted)
{
    um_evaluation call = {
        .evaluator = evaluator, .block = block, .column = column, .E = E, .metrics = metrics, .predicted = predicted};
    size_t *which = NULL;
    unmix_status status = UM_ALLOC(cx, &call.sums, n, "evaluation");
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &which, n, "evaluation");
    if (status == UNMIX_OK)
        status = evaluate(cx, &call, which, n);
    for (size_t i = 0; i < n && status == UNMIX_OK; i++)
        add_to_totals(&evaluator->totals, evaluator->problem->genes.count, &call.sums[i]);
    free(call.sums);
    free(which);
    return status;
}
