/*
 * Whether the model explains a sample: good, doubtful or poor, with the reasons in words. It never says that the
 * proportions are right: a model can explain a sample well with the wrong types or the wrong units.
 *
 * The limits lie between fits of sets with known truth and fits that are wrong by making (names of genes permuted,
 * logarithms as signatures, lengths applied twice, foreign signatures, a type left out); bench/verdicts prints all of
 * them, the README says which pass.
 */
#ifndef UM_VERDICT_H
#define UM_VERDICT_H

#include "deconvolve/certify/result.h"
#include "deconvolve/problem/cohort.h"

/* What is known about a sample after its fit; NaN: not known, and not judged. */
typedef struct um_evidence {
    double correlation;   /* of counts and predicted counts over the genes; NaN: one side is constant, which is judged */
    double deviance_r2;   /* 1 - NLL / NLL of the null model */
    double background;    /* intercept fraction */
    double gap;           /* nats a read */
    double p_value;       /* of permutations */
    double length_slope;  /* of what is left of the counts on the lengths of the genes, in logarithms, */
    double length_correlation; /* and how closely it follows them */
    double dominance;     /* share of the counts that the UM_DOMINANT largest genes have */
    const char *dominant; /* their names, "A, B, C" */
    double counts;        /* reads or molecules; NaN where the values are no counts (TPM, CPM) */
    size_t types;         /* C */
    size_t genes;         /* that take part */
    size_t matched;       /* in all inputs, also those without weight */
    size_t genes_least;   /* of the input that has fewest */
} um_evidence;

/* The class, and its reasons separated by "; " in text[size], the weightiest first; "" for a good fit. */
unmix_fit um_verdict(const um_evidence *evidence, char *text, size_t size);

/*
 * The verdict of the sample in row `row` of the result (already filled), which is column `column` of the cohort; kept in
 * the result. Errors: MEMORY.
 */
unmix_status um_result_judge(unmix_context *cx, um_result *result, size_t row, const um_metrics *metrics,
                             const um_cohort *cohort, size_t column, const unmix_method_traits *method);

/* Counts the verdicts of all samples into the summary, and finds the worst. */
void um_result_count_fits(um_result *result);

#endif
