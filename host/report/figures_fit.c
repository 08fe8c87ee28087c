/* Observed against predicted counts, and what is left between them: one walk over both matrices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "report/figures.h"

enum { FIT_BINS = 100, LEFT_BINS = 61, RUN = 64 };

static const double most_left = 6; /* doublings, up and down, that the residuals are shown for */

/* What is counted over all genes and samples in common. */
typedef struct tally {
    size_t n, samples, genes;
    double k, kk, squares;                 /* sums of counts, their squares, squared differences */
    double x, xx, y, yy, xy;               /* of log1p of observed and predicted counts */
    double high;                           /* of log1p of both */
    double fit[FIT_BINS * FIT_BINS];       /* predicted (rows) x observed */
    double left[LEFT_BINS * FIT_BINS];     /* residual (rows) x predicted */
} tally;

typedef struct walk {
    unmix_context *cx;
    const um_source *predicted, *bulk;
    size_t *gene;   /* of each gene of the bulk: that of `predicted`, or UM_NOT_FOUND */
    size_t *column; /* of each predicted sample: that of the bulk, or UM_NOT_FOUND */
    unsigned char *used;  /* of each gene of `predicted`: is in the bulk, and has weight */
    double *observed, *expected; /* RUN x genes of `predicted` */
    um_block block;
} walk;

static void clear(walk *w)
{
    free(w->gene);
    free(w->column);
    free(w->used);
    free(w->observed);
    free(w->expected);
    um_block_clear(&w->block);
}

/* For each name of `from` its place in `to`. */
static unmix_status places(unmix_context *cx, const um_names *from, const um_names *to, size_t **place)
{
    um_names index = {0};
    UM_TRY(UM_ALLOC(cx, place, from->count, "names"));
    unmix_status status = um_names_copy(cx, &index, to);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t i = 0; i < from->count && status == UNMIX_OK; i++)
        (*place)[i] = um_names_find(&index, um_name(from, i));
    um_names_clear(&index);
    return status;
}

static unmix_status open_walk(walk *w, const double *weight)
{
    const size_t G = w->predicted->rows->count;
    UM_TRY(places(w->cx, w->bulk->rows, w->predicted->rows, &w->gene));
    UM_TRY(places(w->cx, w->predicted->columns, w->bulk->columns, &w->column));
    UM_TRY(UM_ALLOC(w->cx, &w->used, G, "genes"));
    UM_TRY(UM_ALLOC(w->cx, &w->observed, um_product_size(RUN, G, 1), "counts"));
    UM_TRY(UM_ALLOC(w->cx, &w->expected, um_product_size(RUN, G, 1), "counts"));
    for (size_t g = 0; g < w->bulk->rows->count; g++)
        if (w->gene[g] != UM_NOT_FOUND && (!weight || weight[w->gene[g]] > 0))
            w->used[w->gene[g]] = 1;
    return UNMIX_OK;
}

static unmix_status check_common(const walk *w, const tally *t)
{
    if (t->genes && t->samples)
        return UNMIX_OK;
    return UM_FAIL(w->cx, UNMIX_ERROR_INPUT, "%s and %s have no %s in common, so observed and predicted counts cannot be set "
                   "beside each other", w->predicted->origin, w->bulk->origin, t->genes ? "sample" : "gene");
}

/* Columns first .. first+count as rows of G numbers; rows of the source go to place[row] (NULL: as they are). */
static unmix_status read_dense(walk *w, const um_source *source, size_t first, size_t count, const size_t *place,
                               double *values)
{
    const size_t G = w->predicted->rows->count;
    UM_TRY(um_source_read(w->cx, source, first, count, &w->block));
    memset(values, 0, count * G * sizeof *values);
    for (size_t c = 0; c < count; c++)
        for (size_t i = w->block.start[c]; i < w->block.start[c + 1]; i++) {
            const size_t g = place ? place[w->block.row[i]] : w->block.row[i];
            if (g != UM_NOT_FOUND && !isnan(w->block.value[i]))
                values[c * G + g] += w->block.value[i];
        }
    return UNMIX_OK;
}

/* How many samples from `first` on stand side by side in the bulk too; 0: the first is not there. */
static size_t run_from(const walk *w, size_t first)
{
    size_t count = 0;
    if (w->column[first] == UM_NOT_FOUND)
        return 0;
    while (count < RUN && first + count < w->predicted->columns->count &&
           w->column[first + count] == w->column[first] + count)
        count++;
    return count;
}

typedef void (*visitor)(tally *t, double observed, double predicted);

static unmix_status visit(walk *w, tally *t, visitor see)
{
    const size_t G = w->predicted->rows->count, n = w->predicted->columns->count;
    for (size_t first = 0; first < n;) {
        const size_t count = run_from(w, first);
        if (count == 0) {
            first++;
            continue;
        }
        UM_TRY(um_progress(w->cx, (double)first / (double)n, "observed and predicted counts: sample %zu of %zu", first, n));
        UM_TRY(read_dense(w, w->predicted, first, count, NULL, w->expected));
        UM_TRY(read_dense(w, w->bulk, w->column[first], count, w->gene, w->observed));
        for (size_t i = 0; i < count * G; i++)
            if (w->used[i % G])
                see(t, w->observed[i], w->expected[i]);
        first += count;
    }
    return UNMIX_OK;
}

static void see_range(tally *t, double k, double y)
{
    const double x = log1p(k), z = log1p(y);
    t->high = x > t->high ? x : t->high;
    t->high = z > t->high ? z : t->high;
}

static size_t bin_of(double value, double low, double high, size_t bins)
{
    const double at = floor((value - low) / (high - low) * (double)bins);
    return at < 0 ? 0 : at >= (double)bins ? bins - 1 : (size_t)at;
}

static void see_values(tally *t, double k, double y)
{
    const double x = log1p(k), z = log1p(y), left = (x - z) / log(2);
    t->n++;
    t->k += k;
    t->kk += k * k;
    t->squares += (k - y) * (k - y);
    t->x += x;
    t->xx += x * x;
    t->y += z;
    t->yy += z * z;
    t->xy += x * z;
    t->fit[bin_of(z, 0, t->high, FIT_BINS) * FIT_BINS + bin_of(x, 0, t->high, FIT_BINS)]++;
    t->left[bin_of(left, -most_left, most_left, LEFT_BINS) * FIT_BINS + bin_of(z, 0, t->high, FIT_BINS)]++;
}

/* ---- Figures ---- */

static double r2_of_counts(const tally *t)
{
    return 1 - t->squares / (t->kk - t->k * t->k / (double)t->n);
}

static double r_of_logs(const tally *t)
{
    const double n = (double)t->n;
    return (t->xy - t->x * t->y / n) / sqrt((t->xx - t->x * t->x / n) * (t->yy - t->y * t->y / n));
}

static void write_squares(um_text *script, const double *count, size_t rows)
{
    for (size_t s = 0; s < rows * FIT_BINS; s++) {
        if (count[s] > 0)
            um_text_number(script, log10(count[s]), 3);
        else
            um_text_put(script, "NaN");
        um_text_put(script, (s + 1) % FIT_BINS ? " " : "\n");
    }
}

/* Counts as they are at their place on an axis of log1p. */
static void write_tics(um_text *script, const char *axis, double high)
{
    um_text_format(script, "set %stics ('0' 0", axis);
    for (double count = 1; log1p(count) <= high; count *= 10) {
        um_text_format(script, ", '%.0f' ", count);
        um_text_number(script, log1p(count), 6);
    }
    um_text_put(script, ")\n");
}

static void write_table(um_text *table, const tally *t)
{
    const struct {
        const char *name;
        double value;
    } rows[] = {{"genes", (double)t->genes},         {"samples", (double)t->samples},
                {"values", (double)t->n},            {"r2_of_counts", r2_of_counts(t)},
                {"r_of_log1p", r_of_logs(t)},        {"r2_of_log1p", r_of_logs(t) * r_of_logs(t)},
                {"rmse", sqrt(t->squares / (double)t->n)}};
    um_text_put(table, "number\tvalue\n");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        um_text_format(table, "%s\t", rows[i].name);
        um_text_number(table, rows[i].value, 6);
        um_text_put(table, "\n");
    }
}

static void frame_of(um_figure *f, const tally *t, double plot_width, double plot_height)
{
    const um_frame frame = {.left = 78, .right = 84, .top = 22, .bottom = 44, .width = 78 + plot_width + 84,
                            .height = 22 + plot_height + 44};
    um_figure_frame(f, &frame);
    um_figure_text(f, "palette", "density");
    um_figure_set(f, "x_low", 0);
    um_figure_set(f, "x_bins", FIT_BINS);
    um_figure_set(f, "x_step", t->high / FIT_BINS);
    write_tics(&f->script, "x", t->high);
}

static unmix_status draw_fit(unmix_context *cx, um_figures *figures, const tally *t)
{
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, "fit", "Observed against predicted counts", &f));
    frame_of(f, t, 460, 460);
    um_figure_set(f, "y_low", 0);
    um_figure_set(f, "y_bins", FIT_BINS);
    um_figure_set(f, "y_step", t->high / FIT_BINS);
    um_text_put(&f->script, "diagonal = 1\nx_label = 'observed count'\ny_label = 'predicted count'\n");
    write_tics(&f->script, "y", t->high);
    um_text_put(&f->script, "note = 'R\xC2\xB2 = ");
    um_text_number(&f->script, r2_of_counts(t), 4);
    um_text_put(&f->script, " of the counts, ");
    um_text_number(&f->script, r_of_logs(t) * r_of_logs(t), 4);
    um_text_put(&f->script, " of log(1 + count)'\n");
    um_figure_data(f, "counts");
    write_squares(&f->script, t->fit, FIT_BINS);
    um_figure_data_end(f);
    um_text_format(&f->caption, "How many genes of how many samples have which counts, on axes of log(1 + count): %zu genes with "
                                "weight in %zu samples. R\xC2\xB2 is ", t->genes, t->samples);
    um_text_number(&f->caption, r2_of_counts(t), 4);
    um_text_put(&f->caption, " of the counts and ");
    um_text_number(&f->caption, r_of_logs(t) * r_of_logs(t), 4);
    um_text_put(&f->caption, " of their logarithms.");
    write_table(&f->table, t);
    return um_figure_end(cx, f, "counts.gp");
}

/* Row s of the squares: the residual in its middle, and how many. */
static void write_left_table(um_text *table, const tally *t)
{
    um_text_put(table, "log2_observed_over_predicted\tvalues\n");
    for (size_t r = 0; r < LEFT_BINS; r++) {
        double sum = 0;
        for (size_t c = 0; c < FIT_BINS; c++)
            sum += t->left[r * FIT_BINS + c];
        um_text_number(table, -most_left + ((double)r + 0.5) * 2 * most_left / LEFT_BINS, 3);
        um_text_format(table, "\t%.0f\n", sum);
    }
}

static unmix_status draw_left(unmix_context *cx, um_figures *figures, const tally *t)
{
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, "residuals_by_count", "Residuals by predicted count", &f));
    frame_of(f, t, 640, 260);
    um_figure_set(f, "y_low", -most_left);
    um_figure_set(f, "y_bins", LEFT_BINS);
    um_figure_set(f, "y_step", 2 * most_left / LEFT_BINS);
    um_text_put(&f->script, "diagonal = 0\nx_label = 'predicted count'\n"
                            "y_label = 'log2 ((observed + 1) / (predicted + 1))'\nnote = ''\nset ytics 2\n");
    um_figure_data(f, "counts");
    write_squares(&f->script, t->left, LEFT_BINS);
    um_figure_data_end(f);
    um_text_put(&f->caption, "What the fit leaves, in doublings of (count + 1); values beyond 6 are in the outermost rows. A band "
                             "that bends away from 0 says that the model misses the same way for genes of that size.");
    write_left_table(&f->table, t);
    return um_figure_end(cx, f, "counts.gp");
}

static unmix_status count_all(walk *w, const double *weight, tally *t)
{
    UM_TRY(open_walk(w, weight));
    for (size_t g = 0; g < w->predicted->rows->count; g++)
        t->genes += w->used[g];
    for (size_t i = 0; i < w->predicted->columns->count; i++)
        t->samples += w->column[i] != UM_NOT_FOUND;
    UM_TRY(check_common(w, t));
    UM_TRY(visit(w, t, see_range));
    t->high = t->high > 0 ? t->high * 1.0001 : 1;
    return visit(w, t, see_values);
}

unmix_status um_figures_of_fit(unmix_context *cx, um_figures *figures, const um_source *predicted,
                               const um_source *bulk, const double *weight)
{
    walk w = {.cx = cx, .predicted = predicted, .bulk = bulk};
    tally *t = NULL;
    unmix_status status = UM_ALLOC(cx, &t, 1, "counts");
    if (status == UNMIX_OK)
        status = count_all(&w, weight, t);
    if (status == UNMIX_OK)
        status = draw_fit(cx, figures, t);
    if (status == UNMIX_OK)
        status = draw_left(cx, figures, t);
    free(t);
    clear(&w);
    return status;
}
