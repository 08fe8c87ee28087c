#include "deconvolve/certify/remarks.h"

#include <math.h>
#include <stdio.h>

#include "deconvolve/certify/verdict_types.h"

/* The verdicts counted, and the worst named. */
static unmix_status remark_fit(unmix_context *cx, um_result *result)
{
    const unmix_summary *s = &result->summary;
    char text[1400];
    if (s->good == s->samples) {
        (void)snprintf(text, sizeof text,
                       "fit: all %zu good (the model explains the counts; whether the proportions are right it cannot say)",
                       s->samples);
        return um_result_add_remark(cx, result, UNMIX_LOG_NOTE, text);
    }
    (void)snprintf(text, sizeof text, "fit: %zu good, %zu doubtful, %zu poor; the worst is '%.200s' (%s): %s", s->good,
                   s->doubtful, s->poor, um_name(&result->metrics.rows, s->worst),
                   unmix_fit_name((unmix_fit)result->fit[s->worst]), result->fit_reasons[s->worst]);
    return um_result_add_remark(cx, result, UNMIX_LOG_WARNING, text);
}

static unmix_status remark_p_values(unmix_context *cx, um_result *result)
{
    const unmix_summary *s = &result->summary;
    char text[200];
    double least = 1.0, most = 0.0;
    if (!result->p_value)
        return UNMIX_OK;
    for (size_t row = 0; row < s->samples; row++) {
        least = fmin(least, result->p_value[row]);
        most = fmax(most, result->p_value[row]);
    }
    (void)snprintf(text, sizeof text, "permutations: %zu of %zu samples have a p-value of at most 0.05; they go from %.2g to %.2g",
                   s->significant, s->samples, least, most);
    return um_result_add_remark(cx, result, UNMIX_LOG_NOTE, text);
}

unmix_status um_result_make_remarks(unmix_context *cx, um_result *result)
{
    char text[400];
    UM_TRY(remark_fit(cx, result));
    UM_TRY(remark_p_values(cx, result));
    um_result_describe_types(result, text, sizeof text);
    return text[0] ? um_result_add_remark(cx, result, UNMIX_LOG_NOTE, text) : UNMIX_OK;
}
