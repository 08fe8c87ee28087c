#include "unmix/compare.h"

#include <stdlib.h>

#include "api/api_argument.h"
#include "api/api_handles.h"
#include "api/api_programs.h"
#include "core/memory.h"
#include "deconvolve/certify/agreement.h"
#include "io/exact/exact_compare.h"

struct unmix_comparison {
    um_comparison comparison;
};

static unmix_status make(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *b, const um_interval_ends *ends,
                         unmix_comparison **comparison)
{
    unmix_comparison *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "comparison"));
    const unmix_status status = um_compare(cx, &a->matrix, &b->matrix, ends, &made->comparison);
    if (status != UNMIX_OK) {
        free(made);
        return status;
    }
    *comparison = made;
    return UNMIX_OK;
}

unmix_status unmix_compare(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *b,
                           unmix_comparison **comparison)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, comparison);
    *comparison = NULL;
    UM_NEED(cx, a);
    UM_NEED(cx, b);
    return make(cx, a, b, NULL, comparison);
}

unmix_status unmix_compare_truth(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *lower,
                                 const unmix_matrix *upper, const unmix_matrix *truth, unmix_comparison **comparison)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, comparison);
    *comparison = NULL;
    UM_NEED(cx, a);
    UM_NEED(cx, truth);
    if (!lower != !upper)
        return UM_FAIL(cx, UNMIX_ERROR_ARGUMENT, "'lower' and 'upper' belong together");
    if (!lower)
        return make(cx, a, truth, NULL, comparison);
    return make(cx, a, truth, &(um_interval_ends){&lower->matrix, &upper->matrix}, comparison);
}

size_t unmix_comparison_count(const unmix_comparison *comparison)
{
    return comparison ? comparison->comparison.count : 0;
}

const unmix_agreement *unmix_comparison_entry(const unmix_comparison *comparison, size_t i)
{
    return i < unmix_comparison_count(comparison) ? comparison->comparison.entries + i : NULL;
}

void unmix_comparison_free(unmix_comparison *comparison)
{
    if (!comparison)
        return;
    um_comparison_clear(&comparison->comparison);
    free(comparison);
}

unmix_status unmix_compare_exact(unmix_context *cx, const char *a, const char *b, unmix_difference_callback callback,
                                 void *payload, size_t *differences)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, a);
    UM_NEED(cx, b);
    UM_NEED(cx, callback);
    UM_NEED(cx, differences);
    const char *const groups[] = {"unmix", um_places_of_nmf.run, um_places_of_consensus.run, um_places_of_score.run, NULL};
    um_exact exact = {.cx = cx, .path = {a, b}, .groups = groups, .tell = callback, .payload = payload};
    const unmix_status status = um_exact_compare(&exact);
    *differences = exact.differences;
    return status;
}
