#include "unmix/compare.h"

#include <stdlib.h>

#include "api/api_argument.h"
#include "api/api_handles.h"
#include "core/memory.h"
#include "deconvolve/certify/agreement.h"

struct unmix_comparison {
    um_comparison comparison;
};

unmix_status unmix_compare(unmix_context *cx, const unmix_matrix *a, const unmix_matrix *b,
                           unmix_comparison **comparison)
{
    UM_TRY(um_begin(cx));
    UM_NEED(cx, comparison);
    *comparison = NULL;
    UM_NEED(cx, a);
    UM_NEED(cx, b);
    unmix_comparison *made = NULL;
    UM_TRY(UM_ALLOC(cx, &made, 1, "comparison"));
    const unmix_status status = um_compare(cx, &a->matrix, &b->matrix, &made->comparison);
    if (status != UNMIX_OK) {
        free(made);
        return status;
    }
    *comparison = made;
    return UNMIX_OK;
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
