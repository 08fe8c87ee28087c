/*
 * The verdict on types: for every sample those that its data cannot tell apart (inseparable.h), in words with the interval
 * of their sum, and over all samples how often each two are together.
 */
#ifndef UM_VERDICT_TYPES_H
#define UM_VERDICT_TYPES_H

#include "deconvolve/certify/result.h"

/*
 * Keeps the groups of the sample in row `row`, whose proportions are there already. group, low, high: C, as
 * um_inseparable_find() gives them; group NULL: not known. Errors: MEMORY.
 */
unmix_status um_result_judge_types(unmix_context *cx, um_result *result, size_t row, const uint16_t *group,
                                   const double *low, const double *high);

/* Counts the samples with such types into the summary, and those of every two types into `inseparable`. */
void um_result_count_types(um_result *result);

/*
 * What is worth saying of the types, "" where there is nothing: the two that are inseparable in most samples, and how
 * many others there are.
 */
void um_result_describe_types(const um_result *result, char *text, size_t size);

#endif
