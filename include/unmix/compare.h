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
    size_t n_intervals; /* number of values of b that an interval of a stands for; 0 without intervals */
    double held;        /* share of them that lie in it, NaN without any */
    double width;       /* mean width of these intervals, likewise */
} unmix_agreement;

/*
 * Compares a and b (rows are samples, columns are types) over the samples and types that both have, as they stand; the
 * others are named in a note. Entry 0 is "all", then one entry a type, in the order of a. Freed with
 * unmix_comparison_free(). Errors: INPUT (nothing in common), MEMORY.
 */
UNMIX_API unmix_status unmix_compare(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *b,
                                     unmix_comparison **comparison);

/*
 * Likewise, of a result and the truth: besides, how often its intervals hold the truth. lower and upper have the rows and
 * columns of a (unmix_intervals_read(), or "lower" and "upper" of unmix_result_matrix()), NaN where there is no interval;
 * both NULL: none. Errors: as above; INPUT where they are of other samples or types.
 */
UNMIX_API unmix_status unmix_compare_truth(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *lower,
                                           const unmix_matrix *upper, const unmix_matrix *truth,
                                           unmix_comparison **comparison);
UNMIX_API size_t unmix_comparison_count(const unmix_comparison *comparison);
UNMIX_API const unmix_agreement *unmix_comparison_entry(const unmix_comparison *comparison, size_t i);
UNMIX_API void unmix_comparison_free(unmix_comparison *comparison);

/*
 * Receives one difference of two results: the member ("obsm/proportions/B", "metrics.tsv"), the first place in it where the
 * two differ ("[3]", "line 2, field 4", "shape", "" for the member itself), and what each has there.
 */
typedef void (*unmix_difference_callback)(void *payload, const char *member, const char *place, const char *a, const char *b);

/*
 * Whether two results, files or folders of deconvolve, nmf, consensus or score, are the same but for what differs from run
 * to run (unmix/run.h): every member's type, shape and values to the bit. Any other files are compared byte by byte.
 * *differences becomes the number of members that differ. Errors: INPUT (missing, damaged, one a folder and the other a
 * file), MEMORY, INTERRUPTED.
 */
UNMIX_API unmix_status unmix_compare_exact(unmix_context *cx, const char *a, const char *b, unmix_difference_callback callback,
                                           void *payload, size_t *differences);

#ifdef __cplusplus
}
#endif
#endif
