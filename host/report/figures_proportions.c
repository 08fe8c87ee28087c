/* Proportions: a heatmap, and stacked bars in the same order. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "report/figures.h"
#include "report/heat.h"

enum { HEAT_COLUMNS = 1200, BAR_COLUMNS = 500, NAME = 28, TREE_SAMPLES = 300 };

static um_columns columns_of(const um_deconvolved *r, size_t most)
{
    um_columns columns = {.items = r->proportions.rows.count,
                          .order = r->order,
                          .names = &r->proportions.rows,
                          .groups = &r->groups,
                          .group = r->group,
                          .linkage = r->proportions.rows.count <= TREE_SAMPLES ? r->linkage : NULL,
                          .noun = "samples"};
    um_columns_fit(&columns, most);
    return columns;
}

/* Every proportion, samples in the order of the figure. */
static void write_table(um_text *table, const um_deconvolved *r, const double *background)
{
    const um_matrix *p = &r->proportions;
    um_text_put(table, "sample");
    um_text_put(table, r->groups.count ? "\tgroup" : "");
    for (size_t t = 0; t < p->columns.count; t++) {
        um_text_put(table, "\t");
        um_text_field(table, um_name(&p->columns, t));
    }
    um_text_put(table, background ? "\tintercept_fraction\n" : "\n");
    for (size_t i = 0; i < p->rows.count; i++) {
        const size_t sample = r->order[i];
        um_text_field(table, um_name(&p->rows, sample));
        if (r->groups.count) {
            um_text_put(table, "\t");
            um_text_field(table, um_name(&r->groups, r->group[sample]));
        }
        for (size_t t = 0; t < p->columns.count; t++) {
            um_text_put(table, "\t");
            um_text_number(table, um_row(p, sample)[t], 4);
        }
        if (background) {
            um_text_put(table, "\t");
            um_text_number(table, background[sample], 4);
        }
        um_text_put(table, "\n");
    }
}

static void say_order(um_text *caption, const um_deconvolved *r)
{
    if (r->groups.count)
        um_text_put(caption, " Samples stand by group.");
    else if (r->linkage)
        um_text_put(caption, " Samples stand in the order of a tree of their proportions (Ward, Euclidean), so that similar ones "
                             "are neighbours.");
    else
        um_text_put(caption, " Samples stand in the order of the file.");
}

static unmix_status heatmap(unmix_context *cx, um_figures *figures, const um_deconvolved *r, const double *background)
{
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, "proportions", "Proportions", &f));
    const um_heat heat = {.columns = columns_of(r, HEAT_COLUMNS),
                          .values = &r->proportions,
                          .edge = background,
                          .edge_label = "background",
                          .colour_label = "proportion",
                          .palette = "viridis"};
    um_figure_heat(f, &heat);
    um_text_put(&f->caption, "Share of each cell type (rows) in each sample (columns); a sample sums to 1.");
    if (background)
        um_text_put(&f->caption, " Points along the lower edge: share of the uniform background in all molecules; a large one "
                                 "says that the signatures explain little of the sample.");
    say_order(&f->caption, r);
    um_columns_say(&f->caption, &heat.columns);
    write_table(&f->table, r, background);
    return um_figure_end(cx, f, "heatmap.gp");
}

/* ---- Bars ---- */

/* The types with a colour of their own, and one part for all others together. */
typedef struct parts {
    size_t *type; /* by decreasing mean */
    double *mean;
    size_t own, count;
} parts;

static void rank_types(parts *p, const um_matrix *proportions)
{
    const size_t types = proportions->columns.count, n = proportions->rows.count;
    for (size_t t = 0; t < types; t++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++)
            sum += isnan(um_row(proportions, i)[t]) ? 0 : um_row(proportions, i)[t];
        size_t at = t;
        for (; at > 0 && p->mean[at - 1] < sum / (double)n; at--) {
            p->mean[at] = p->mean[at - 1];
            p->type[at] = p->type[at - 1];
        }
        p->mean[at] = sum / (double)n;
        p->type[at] = t;
    }
    p->own = types <= UM_COLOURS + 1 ? types : UM_COLOURS;
    p->count = types <= UM_COLOURS + 1 ? types : UM_COLOURS + 1;
}

static void write_bar(um_text *script, const um_columns *columns, size_t c, const parts *p, const um_matrix *proportions)
{
    const size_t types = proportions->columns.count;
    double sum[UM_COLOURS + 1] = {0}, running = 0;
    for (size_t t = 0; t < types; t++) {
        const size_t part = t < p->own ? t : p->count - 1;
        const double mean = um_column_mean(columns, c, proportions->values + p->type[t], types);
        sum[part] += isnan(mean) ? 0 : mean;
    }
    for (int side = 0; side < 2; side++) {
        um_text_number(script, (double)c - 0.5 + side, 7);
        running = 0;
        for (size_t part = 0; part < p->count; part++) {
            running += sum[part];
            um_text_put(script, " ");
            um_text_number(script, running > 1 ? 1 : running, 4);
        }
        um_text_put(script, "\n");
    }
}

static unmix_status part_names(unmix_context *cx, const parts *p, const um_matrix *proportions, um_names *names)
{
    char others[48];
    for (size_t part = 0; part < p->own; part++) {
        const char *name = um_name(&proportions->columns, p->type[part]);
        UM_TRY(um_names_add(cx, names, name, strlen(name)));
    }
    if (p->own == p->count)
        return UNMIX_OK;
    const int length = snprintf(others, sizeof others, "%zu others together", proportions->columns.count - p->own);
    return um_names_add(cx, names, others, (size_t)length);
}

static void write_means(um_text *table, const parts *p, const um_matrix *proportions)
{
    um_text_put(table, "type\tmean_proportion\n");
    for (size_t t = 0; t < proportions->columns.count; t++) {
        um_text_field(table, um_name(&proportions->columns, p->type[t]));
        um_text_put(table, "\t");
        um_text_number(table, p->mean[t], 4);
        um_text_put(table, "\n");
    }
}

static void write_bars(um_figure *f, const um_deconvolved *r, const parts *p, const um_names *names)
{
    const um_columns columns = columns_of(r, BAR_COLUMNS);
    um_frame frame = {.left = 66, .right = um_room_for(names, NAME, 10) + 30};
    const double width = um_columns_width(&columns, 960 - frame.left - frame.right);
    frame.width = frame.left + width + frame.right;
    frame.top = columns.groups->count ? um_columns_above(&columns, width) : 8;
    frame.bottom = um_columns_below(&columns, width);
    frame.height = frame.top + 260 + frame.bottom;
    um_figure_frame(f, &frame);
    um_figure_colours(f);
    um_columns_write(f, &columns, width);
    um_text_format(&f->script, "parts = %zu\narray colour_of[%zu]\n", p->count, p->count);
    for (size_t part = 0; part < p->count; part++)
        um_text_format(&f->script, "colour_of[%zu] = %zu\n", part + 1, part + 1);
    um_figure_labels(f, "part_name", names, NULL, p->count, NAME);
    um_figure_data(f, "bars");
    for (size_t c = 0; c < columns.count; c++)
        write_bar(&f->script, &columns, c, p, &r->proportions);
    um_figure_data_end(f);
    um_text_put(&f->caption, "The same proportions, stacked; samples in the same order.");
    if (p->own < p->count)
        um_text_format(&f->caption, " The %zu types that are largest on average have a colour of their own.", p->own);
    um_columns_say(&f->caption, &columns);
    write_means(&f->table, p, &r->proportions);
}

static unmix_status bars(unmix_context *cx, um_figures *figures, const um_deconvolved *r)
{
    const size_t types = r->proportions.columns.count;
    um_names names = {0};
    parts p = {0};
    um_figure *f;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &p.type, types, "types"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &p.mean, types, "types"));
    rank_types(&p, &r->proportions);
    UM_TRY_GOTO(status, done, part_names(cx, &p, &r->proportions, &names));
    UM_TRY_GOTO(status, done, um_figure_begin(cx, figures, "bars", "Composition of the samples", &f));
    write_bars(f, r, &p, &names);
    status = um_figure_end(cx, f, "bars.gp");
done:
    um_names_clear(&names);
    free(p.type);
    free(p.mean);
    return status;
}

unmix_status um_figures_of_proportions(unmix_context *cx, um_figures *figures, const um_deconvolved *result)
{
    double *background = NULL;
    UM_TRY(UM_ALLOC(cx, &background, result->proportions.rows.count, "background"));
    const int has = um_deconvolved_metric(result, "intercept_fraction", background);
    unmix_status status = heatmap(cx, figures, result, has ? background : NULL);
    if (status == UNMIX_OK)
        status = bars(cx, figures, result);
    free(background);
    return status;
}
