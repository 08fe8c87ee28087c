/* Proportions with their intervals: of every sample, or, where these are too many, how wide they are for each type. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "report/figures.h"
#include "report/panels.h"

enum { MOST_INTERVALS = 3000, NAME = 30 };

typedef struct interval {
    size_t sample;
    double p, low, high;
} interval;

static interval interval_of(const um_deconvolved *r, size_t sample, size_t type)
{
    return (interval){.sample = sample,
                      .p = um_row(&r->proportions, sample)[type],
                      .low = um_row(&r->intervals.lower, sample)[type],
                      .high = um_row(&r->intervals.upper, sample)[type]};
}

static int by_proportion(const void *a, const void *b)
{
    const interval *x = a, *y = b;
    const int order = (x->p > y->p) - (x->p < y->p);
    return order ? order : (x->sample > y->sample) - (x->sample < y->sample);
}

static void write_row(um_text *table, const um_deconvolved *r, size_t type, const interval *v)
{
    um_text_field(table, um_name(&r->proportions.columns, type));
    um_text_put(table, "\t");
    um_text_field(table, um_name(&r->proportions.rows, v->sample));
    const double numbers[] = {v->p, v->low, v->high};
    for (size_t k = 0; k < 3; k++) {
        um_text_put(table, "\t");
        um_text_number(table, numbers[k], 4);
    }
    um_text_put(table, "\n");
}

static void write_type(um_figure *f, const um_deconvolved *r, size_t type, interval *all)
{
    const size_t n = r->proportions.rows.count;
    for (size_t i = 0; i < n; i++)
        all[i] = interval_of(r, i, type);
    qsort(all, n, sizeof *all, by_proportion);
    for (size_t i = 0; i < n; i++) {
        um_text_format(&f->script, "%zu ", i + 1);
        um_text_number(&f->script, all[i].p, 4);
        um_text_put(&f->script, " ");
        um_text_number(&f->script, all[i].low, 4);
        um_text_put(&f->script, " ");
        um_text_number(&f->script, all[i].high, 4);
        um_text_put(&f->script, "\n");
        write_row(&f->table, r, type, &all[i]);
    }
}

/* The upper end of the axis for each type: 0.01 and more, so that noise around zero does not look large. */
static void set_tops(const um_deconvolved *r, double *top)
{
    for (size_t t = 0; t < r->proportions.columns.count; t++) {
        top[t] = 0.01;
        for (size_t i = 0; i < r->proportions.rows.count; i++) {
            const interval v = interval_of(r, i, t);
            top[t] = v.p > top[t] ? v.p : top[t];
            top[t] = v.high > top[t] ? v.high : top[t];
        }
        top[t] = um_axis_end(top[t]);
    }
}

/* What lower and upper hold and leave out, by the words of uns['unmix']['intervals']. */
static void say_held(um_text *caption, const char *held)
{
    const int donors = strstr(held, "donors") != NULL, cells = strstr(held, "cells") != NULL;
    um_text_put(caption, " They hold that counts are drawn, that genes do not follow the model, ");
    um_text_put(caption, strstr(held, "misfit") ? "one by one and together" : "one by one");
    if (donors && cells)
        um_text_put(caption, ", and that other donors, or other cells of a type's only donor, might have made the signatures; not "
                             "a type that has no signature.");
    else if (donors)
        um_text_put(caption, ", and that other donors might have made the signatures; not a type that has no signature.");
    else if (cells)
        um_text_put(caption, ", and that other cells of the same donors might have made the signatures; not what donors differ "
                             "by, and so they are too narrow where donors differ.");
    else
        um_text_put(caption, "; not that other donors might have made the signatures, and so they are too narrow where donors "
                             "differ.");
}

static void say_source(um_text *caption, const um_deconvolved *r)
{
    switch (r->intervals.source) {
    case UM_INTERVALS_NONE:
        break;
    case UM_INTERVALS_BOOTSTRAP:
        um_text_put(caption, " Intervals are the 2.5% and 97.5% percentiles of the bootstrap over genes; that other donors "
                             "might have made the signatures is not in them.");
        break;
    case UM_INTERVALS_DRAWN:
        um_text_put(caption, " Intervals are lower and upper; a type at zero has an upper end, and there are none where the gap "
                             "is above 1e-4.");
        if (r->held[0])
            say_held(caption, r->held);
        break;
    case UM_INTERVALS_VARIANCES:
        um_text_put(caption, " Intervals are proportion \xC2\xB1 1.96 times the root of var_p, the variance that MuSiC states, "
                             "cut at 0 and 1.");
        break;
    case UM_INTERVALS_ERRORS:
        um_text_put(caption, " Intervals are proportion \xC2\xB1 1.96 standard errors, cut at 0 and 1. A type at exactly zero has "
                             "no standard error, and none is given where the gap is above 1e-4.");
        break;
    }
}

static void say(um_text *caption, const um_deconvolved *r, const unmix_agreement *agreement, const char *what)
{
    um_text_put(caption, what);
    say_source(caption, r);
    if (agreement && agreement->n_intervals)
        um_text_format(caption, " They held the truth in %.3g%% of %zu values.", 100 * agreement->held, agreement->n_intervals);
}

static unmix_status each(unmix_context *cx, um_figures *figures, const um_deconvolved *r,
                         const unmix_agreement *agreement)
{
    const size_t n = r->proportions.rows.count, types = r->proportions.columns.count;
    double *top = NULL;
    interval *all = NULL;
    um_figure *f;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &top, types, "intervals"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &all, n, "intervals"));
    set_tops(r, top);
    UM_TRY_GOTO(status, done, um_figure_begin(cx, figures, "intervals", "Proportions with 95% intervals", &f));
    const um_panels panels = {.count = types, .names = &r->proportions.columns, .x_label = "samples, sorted by proportion",
                              .y_label = "proportion", .high_x = (double)n + 0.5, .low_x = 0.5, .high_y = 1, .own = top,
                              .bars = 1};
    um_figure_panels(f, &panels);
    um_text_put(&f->table, "type\tsample\tproportion\tlow\thigh\n");
    um_figure_data(f, "points");
    for (size_t t = 0; t < types; t++) {
        if (t)
            um_panel_next(f);
        write_type(f, r, t, all);
    }
    um_figure_data_end(f);
    say(&f->caption, r, agreement, "A field for each type, with an axis of its own; samples are sorted by their proportion.");
    status = um_figure_end(cx, f, "panels.gp");
done:
    free(top);
    free(all);
    return status;
}

/* ---- How wide ---- */

static void write_widths(um_figure *f, const um_deconvolved *r, size_t type, double *width)
{
    static const double quantiles[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    size_t n = r->proportions.rows.count;
    for (size_t i = 0; i < n; i++) {
        const interval v = interval_of(r, i, type);
        width[i] = v.p > 0 ? (v.high - v.low) / 2 : NAN;
    }
    um_sort_numbers(width, &n);
    um_text_field(&f->table, um_name(&r->proportions.columns, type));
    um_text_format(&f->table, "\t%zu", n);
    um_text_format(&f->script, "%zu", type);
    for (size_t q = 0; q < 5; q++) {
        const double value = n ? um_quantile(width, n, quantiles[q]) : NAN;
        um_text_put(&f->script, " ");
        um_text_number(&f->script, value, 4);
        um_text_put(&f->table, "\t");
        um_text_number(&f->table, value, 4);
    }
    um_text_put(&f->script, "\n");
    um_text_put(&f->table, "\n");
}

static unmix_status widths(unmix_context *cx, um_figures *figures, const um_deconvolved *r,
                           const unmix_agreement *agreement)
{
    const size_t types = r->proportions.columns.count;
    double *width = NULL;
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, "intervals", "How wide the 95% intervals are", &f));
    UM_TRY(UM_ALLOC(cx, &width, r->proportions.rows.count, "intervals"));
    const double row = types <= 30 ? 17 : 12;
    const um_frame frame = {.left = um_room_for(&r->proportions.columns, NAME, 10), .right = 14, .top = 6, .bottom = 46,
                            .width = 800, .height = 52 + row * (double)(types > 4 ? types : 4)};
    um_figure_frame(f, &frame);
    um_text_format(&f->script, "rows = %zu\n", types);
    um_figure_set(f, "row_font", row < 14 ? 9 : 10);
    um_figure_text(f, "value_label", "half width of the interval");
    um_figure_tics(f, "row_name", &r->proportions.columns, NULL, types, NAME);
    um_text_put(&f->table, "type\tsamples\tq05\tq25\tmedian\tq75\tq95\n");
    um_figure_data(f, "ranges");
    for (size_t t = 0; t < types; t++)
        write_widths(f, r, t, width);
    um_figure_data_end(f);
    free(width);
    say(&f->caption, r, agreement, "Half of the width, over the samples in which the type is above zero: median (point), middle half "
                                   "(thick) and middle 90% (thin).");
    return um_figure_end(cx, f, "ranges.gp");
}

unmix_status um_figures_of_intervals(unmix_context *cx, um_figures *figures, const um_deconvolved *result,
                                     const unmix_agreement *agreement)
{
    if (result->intervals.source == UM_INTERVALS_NONE)
        return UNMIX_OK;
    if (result->proportions.rows.count * result->proportions.columns.count > MOST_INTERVALS)
        return widths(cx, figures, result, agreement);
    return each(cx, figures, result, agreement);
}
