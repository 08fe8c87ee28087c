#include "report/shown_intervals.h"

#include <math.h>

#include "io/read.h"

static const double half_width = 1.959963984540054; /* of a 95% interval, in standard errors */

void um_shown_intervals_clear(um_shown_intervals *shown)
{
    um_matrix_clear(&shown->lower);
    um_matrix_clear(&shown->upper);
    *shown = (um_shown_intervals){0};
}

/* In the order of the proportions; left empty where the result does not have it. */
static unmix_status read_frame(unmix_context *cx, const char *path, const char *name, const um_matrix *proportions,
                               um_matrix *frame)
{
    UM_TRY(um_read_frame(cx, path, name, frame));
    if (!frame->values ||
        (frame->rows.count == proportions->rows.count && frame->columns.count == proportions->columns.count))
        return UNMIX_OK;
    return UM_FAIL(cx, UNMIX_ERROR_INPUT, "%s: %s is %zu x %zu, but proportions are %zu x %zu; run 'unmix deconvolve' again",
                   path, name, frame->rows.count, frame->columns.count, proportions->rows.count, proportions->columns.count);
}

static double within(double p)
{
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

/* From p and its standard errors, which lie in `upper`. */
static unmix_status form(unmix_context *cx, const um_matrix *proportions, um_shown_intervals *shown)
{
    const size_t n = proportions->rows.count * proportions->columns.count;
    UM_TRY(um_names_copy(cx, &shown->lower.rows, &proportions->rows));
    UM_TRY(um_names_copy(cx, &shown->lower.columns, &proportions->columns));
    UM_TRY(um_matrix_allocate(cx, &shown->lower));
    for (size_t i = 0; i < n; i++) {
        const double p = proportions->values[i], se = shown->upper.values[i];
        shown->lower.values[i] = isnan(se) ? NAN : within(p - half_width * se);
        shown->upper.values[i] = isnan(se) ? NAN : within(p + half_width * se);
    }
    return UNMIX_OK;
}

unmix_status um_shown_intervals_read(unmix_context *cx, const char *path, const um_matrix *proportions,
                                     um_shown_intervals *shown)
{
    static const struct {
        um_interval_source source;
        const char *lower, *upper; /* lower NULL: upper is not an end, but errors or variances */
    } sources[] = {{UM_INTERVALS_BOOTSTRAP, "bootstrap_low", "bootstrap_high"},
                   {UM_INTERVALS_DRAWN, "lower", "upper"},
                   {UM_INTERVALS_VARIANCES, NULL, "var_p"},
                   {UM_INTERVALS_ERRORS, NULL, "standard_errors"}};
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        const int ends = sources[i].lower != NULL;
        UM_TRY(read_frame(cx, path, sources[i].upper, proportions, &shown->upper));
        if (shown->upper.values && ends)
            UM_TRY(read_frame(cx, path, sources[i].lower, proportions, &shown->lower));
        if (shown->upper.values && (!ends || shown->lower.values)) {
            shown->source = sources[i].source;
            break;
        }
        um_matrix_clear(&shown->upper);
    }
    for (size_t i = 0; shown->source == UM_INTERVALS_VARIANCES && i < shown->upper.rows.count * shown->upper.columns.count; i++)
        shown->upper.values[i] = sqrt(shown->upper.values[i]);
    return shown->source == UM_INTERVALS_VARIANCES || shown->source == UM_INTERVALS_ERRORS ? form(cx, proportions, shown)
                                                                                          : UNMIX_OK;
}
