/* The metrics of the samples, one figure each. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "report/figures.h"
#include "report/heat.h"

enum { POINTS = 600, CURVE = 400 };

typedef struct metric {
    const char *name; /* of the figure */
    const char *column;
    const char *title, *label, *caption;
    int logarithmic;
    double line;      /* NAN: none */
    int from_zero;
    int mark;         /* samples that did not converge get a colour */
} metric;

/* clang-format off */
static const metric metrics[] = {
    {"correlation", "pearson", "Correlation of observed and predicted counts",
     "Pearson's r", "Pearson's correlation of observed and predicted counts over the genes with weight, sample by sample.",
     0, 1, 0, 0},
    {"residuals", "nrmse", "Residuals",
     "RMSE / mean count", "Root of the mean squared difference of observed and predicted counts, divided by the mean count "
     "of the sample.", 0, NAN, 1, 0},
    {"count_ratio", "count_ratio", "Predicted beside observed totals",
     "predicted / observed", "Total of the predicted counts divided by that of the observed ones; 1 is a fit that loses "
     "nothing.", 0, 1, 0, 0},
    {"intercept", "intercept_fraction", "Background",
     "intercept fraction", "Share of the uniform background in all molecules of the sample. A large one says that the "
     "signatures explain little of it: a type is missing, or the units are wrong.", 0, NAN, 1, 0},
    {"certificate", "gap", "Certificate",
     "gap (nats a read)", "How far the fit is from the best possible one, at most: no mixture has a log-likelihood higher "
     "by more than gap times the reads of the sample. The dashed line is at 1e-6. Zeros are drawn at the lower edge.",
     1, 1e-6, 0, 1},
    {"convergence", "iterations", "Convergence",
     "iterations", "Iterations until the sample met the stopping rule, or the most that were allowed.", 0, NAN, 1, 1},
    {"dispersion", "dispersion", "Dispersion",
     "Pearson dispersion", "Mean squared Pearson residual. 1 is the noise of counting; real data has far more, and proportions "
     "are less certain than counting noise says.", 1, 1, 0, 0},
};
/* clang-format on */

typedef struct series {
    const metric *m;
    const um_deconvolved *r;
    const double *value; /* of each sample */
    const double *open;  /* 1: did not converge */
    double low, high;    /* of the axis */
    size_t n_open;
} series;

static double smallest_above_zero(const series *s)
{
    double smallest = INFINITY;
    for (size_t i = 0; i < s->r->proportions.rows.count; i++)
        if (s->value[i] > 0 && s->value[i] < smallest)
            smallest = s->value[i];
    return isinf(smallest) ? 1e-12 : smallest;
}

/* The range of the axis: all values and the line, with some air. */
static void set_range(series *s)
{
    double low = s->m->from_zero ? 0 : INFINITY, high = -INFINITY;
    if (s->m->logarithmic) {
        low = smallest_above_zero(s);
        high = low;
    }
    for (size_t i = 0; i < s->r->proportions.rows.count; i++) {
        if (isnan(s->value[i]) || (s->m->logarithmic && s->value[i] <= 0))
            continue;
        low = s->value[i] < low ? s->value[i] : low;
        high = s->value[i] > high ? s->value[i] : high;
    }
    if (!isnan(s->m->line)) {
        low = s->m->line < low ? s->m->line : low;
        high = s->m->line > high ? s->m->line : high;
    }
    if (isinf(low) || isinf(high))
        low = 0, high = 1;
    if (s->m->logarithmic) {
        s->low = pow(10, floor(log10(low) - 0.05));
        s->high = pow(10, ceil(log10(high) + 0.05));
        return;
    }
    /* Differences of rounding are none: the axis would have no numbers. */
    const int same = high - low <= 1e-6 * fabs(high);
    const double air = same ? fabs(high) * 0.1 + 1e-9 : (high - low) * 0.06;
    s->low = s->m->from_zero ? 0 : low - air;
    s->high = high + air;
}

static double drawn(const series *s, double value)
{
    return s->m->logarithmic && value < s->low ? s->low : value;
}

static void write_points(um_text *script, const series *s)
{
    for (size_t i = 0; i < s->r->proportions.rows.count; i++) {
        const size_t sample = s->r->order[i];
        um_text_format(script, "%zu ", i);
        um_text_number(script, drawn(s, s->value[sample]), 5);
        um_text_format(script, " %d\n", s->m->mark && s->open[sample] > 0);
    }
}

/* Quantiles from the smallest to the largest, on an axis of as many columns as there are samples. */
static unmix_status write_curve(unmix_context *cx, um_text *script, const series *s)
{
    size_t n = s->r->proportions.rows.count;
    const double end = (double)(n - 1);
    double *sorted = NULL;
    UM_TRY(UM_ALLOC(cx, &sorted, n, "metrics"));
    for (size_t i = 0; i < n; i++)
        sorted[i] = s->value[i];
    um_sort_numbers(sorted, &n);
    for (size_t q = 0; q < CURVE && n; q++) {
        const double share = (double)q / (CURVE - 1);
        um_text_number(script, share * end, 6);
        um_text_put(script, " ");
        um_text_number(script, drawn(s, um_quantile(sorted, n, share)), 5);
        um_text_put(script, "\n");
    }
    free(sorted);
    return UNMIX_OK;
}

static void write_table(um_text *table, const series *s)
{
    um_text_format(table, "sample\t%s%s\n", s->m->column, s->m->mark ? "\tconverged" : "");
    for (size_t i = 0; i < s->r->proportions.rows.count; i++) {
        const size_t sample = s->r->order[i];
        um_text_field(table, um_name(&s->r->proportions.rows, sample));
        um_text_put(table, "\t");
        um_text_number(table, s->value[sample], 5);
        um_text_put(table, !s->m->mark ? "\n" : s->open[sample] > 0 ? "\tno\n" : "\tyes\n");
    }
}

static void say_samples(um_figure *f, const series *s, int curve)
{
    um_text_put(&f->caption, s->m->caption);
    if (curve)
        um_text_put(&f->caption, " Samples are sorted by this number: the line goes through all of them.");
    if (s->m->mark && s->n_open)
        um_text_format(&f->caption, " %zu of %zu samples did not converge.", s->n_open, s->r->proportions.rows.count);
    else if (s->m->mark)
        um_text_put(&f->caption, " All samples converged.");
}

static unmix_status draw(unmix_context *cx, um_figures *figures, series *s)
{
    const size_t n = s->r->proportions.rows.count;
    const int curve = n > POINTS, marked = s->m->mark && s->n_open && !curve;
    um_columns columns = {.items = n, .order = s->r->order, .names = &s->r->proportions.rows, .noun = "samples"};
    um_figure *f;
    um_columns_fit(&columns, n);
    UM_TRY(um_figure_begin(cx, figures, s->m->name, s->m->title, &f));
    um_frame frame = {.left = 66, .right = 12, .top = marked ? 20 : 8};
    const double width = um_columns_width(&columns, 960 - frame.left - frame.right);
    frame.width = frame.left + width + frame.right;
    frame.bottom = um_columns_below(&columns, width);
    frame.height = frame.top + 190 + frame.bottom;
    um_figure_frame(f, &frame);
    um_columns_write(f, &columns, width);
    if (curve)
        um_text_put(&f->script, "column_label = 'samples, sorted by this number'\n");
    um_figure_text(f, "value_label", s->m->label);
    um_figure_text(f, "marked", marked ? "did not converge" : "");
    um_text_format(&f->script, "logarithmic = %d\ncurve = %d\n", s->m->logarithmic, curve);
    um_figure_set(f, "low", s->low);
    um_figure_set(f, "high", s->high);
    if (isnan(s->m->line))
        um_text_put(&f->script, "line = NaN\n");
    else
        um_figure_set(f, "line", s->m->line);
    um_figure_data(f, "samples");
    if (curve)
        UM_TRY(write_curve(cx, &f->script, s));
    else
        write_points(&f->script, s);
    um_figure_data_end(f);
    say_samples(f, s, curve);
    write_table(&f->table, s);
    return um_figure_end(cx, f, "samples.gp");
}

unmix_status um_figures_of_metrics(unmix_context *cx, um_figures *figures, const um_deconvolved *r)
{
    const size_t n = r->proportions.rows.count;
    double *value = NULL, *open = NULL;
    size_t n_open = 0;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &value, n, "metrics"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &open, n, "metrics"));
    const int known = um_deconvolved_metric(r, "converged", open);
    for (size_t i = 0; i < n; i++) {
        open[i] = known && open[i] == 0;
        n_open += open[i] > 0;
    }
    for (size_t m = 0; m < sizeof metrics / sizeof metrics[0] && status == UNMIX_OK; m++) {
        if (!um_deconvolved_metric(r, metrics[m].column, value))
            continue;
        series s = {.m = &metrics[m], .r = r, .value = value, .open = open, .n_open = n_open};
        set_range(&s);
        status = draw(cx, figures, &s);
    }
done:
    free(value);
    free(open);
    return status;
}
