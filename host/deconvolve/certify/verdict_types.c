#include "deconvolve/certify/verdict_types.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

typedef struct words {
    char *text;
    size_t size, capacity;
} words;

static unmix_status add(unmix_context *cx, words *w, const char *format, ...) UM_PRINTF(3, 4);

static unmix_status add(unmix_context *cx, words *w, const char *format, ...)
{
    char piece[300];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    const size_t length = strlen(piece);
    UM_TRY(UM_GROW(cx, &w->text, &w->capacity, w->size + length + 1, "verdict"));
    memcpy(w->text + w->size, piece, length + 1);
    w->size += length;
    return UNMIX_OK;
}

/* "CD4 + CD8: cannot be told apart, together 0.410 to 0.470" */
static unmix_status add_group(unmix_context *cx, words *w, const um_result *result, const uint16_t *group,
                              uint16_t number, double low, double high)
{
    const char *before = w->size ? "; " : "";
    for (size_t j = 0; j < result->proportions.columns.count; j++) {
        if (group[j] != number)
            continue;
        UM_TRY(add(cx, w, "%s%.250s", before, um_name(&result->proportions.columns, j)));
        before = " + ";
    }
    return add(cx, w, ": cannot be told apart, together %.3f to %.3f", low, high);
}

unmix_status um_result_judge_types(unmix_context *cx, um_result *result, size_t row, const uint16_t *group,
                                   const double *low, const double *high)
{
    const size_t C = result->proportions.columns.count;
    words w = {0};
    unmix_status status = UNMIX_OK;
    uint16_t seen = 0; /* groups are numbered in the order of their first types */
    for (size_t j = 0; group && j < C && status == UNMIX_OK; j++)
        if (group[j] > seen)
            status = add_group(cx, &w, result, group, seen = group[j], low[j], high[j]);
    if (group)
        memcpy(result->type_group + row * C, group, C * sizeof *group);
    if (status != UNMIX_OK) {
        free(w.text);
        return status;
    }
    free(result->types_text[row]); /* a sample is judged again where memory ran out after it */
    result->types_text[row] = w.text;
    return status;
}

void um_result_count_types(um_result *result)
{
    const size_t C = result->proportions.columns.count;
    for (size_t row = 0; result->type_group && row < result->proportions.rows.count; row++) {
        const uint16_t *group = result->type_group + row * C;
        size_t members = 0;
        for (size_t i = 0; i < C; i++) {
            members += group[i] > 0;
            for (size_t j = 0; group[i] && j < C; j++)
                um_row(&result->inseparable, i)[j] += group[j] == group[i];
        }
        result->summary.inseparable += members > 0;
    }
}

void um_result_describe_types(const um_result *result, char *text, size_t size)
{
    const size_t C = result->proportions.columns.count;
    size_t first = 0, second = 0, others = 0;
    double most = 0.0;
    text[0] = '\0';
    for (size_t i = 0; result->type_group && i < C; i++)
        for (size_t j = 0; j < i; j++) {
            const double samples = um_row(&result->inseparable, i)[j];
            others += samples > 0.0;
            if (samples > most) {
                most = samples;
                first = j;
                second = i;
            }
        }
    if (!(most > 0.0))
        return;
    (void)snprintf(text, size, "types: '%.60s' and '%.60s' cannot be told apart in %.0f of %zu samples: look at their sum",
                   um_name(&result->proportions.columns, first), um_name(&result->proportions.columns, second), most,
                   result->proportions.rows.count);
    if (others > 1)
        (void)snprintf(text + strlen(text), size - strlen(text), "; %zu other pair%s in some", others - 1,
                       others > 2 ? "s" : "");
}
