/* Agreement of two tables of proportions: two results, or a result and the truth. */
#ifndef UNMIX_COMPARE_H
#define UNMIX_COMPARE_H

#include "data.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct unmix_comparison unmix_comparison;

/* Agreement over one type, or over all. NaN where it is not defined (fewer than two values, or a constant side). */
typedef struct unmix_agreement {
    const char *scope; /* "all" or the type; owned by the comparison */
    size_t n;          /* number of pairs of values */
    double r;          /* Pearson */
    double rho;        /* Spearman, ties get mean ranks */
    double rmse;
    double mae;
} unmix_agreement;

/*
 * Compares a and b (rows are samples, columns are types) over the samples and types that both have, as they stand; the
 * others are named in a note. Entry 0 is "all", then one entry a type, in the order of a. Freed with
 * unmix_comparison_free(). Errors: INPUT (nothing in common), MEMORY.
 */
UNMIX_API unmix_status unmix_compare(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *b,
                                     unmix_comparison **comparison);
UNMIX_API size_t unmix_comparison_count(const unmix_comparison *comparison);
UNMIX_API const unmix_agreement *unmix_comparison_entry(const unmix_comparison *comparison, size_t i);
UNMIX_API void unmix_comparison_free(unmix_comparison *comparison);

#ifdef __cplusplus
}
#endif
#endif
