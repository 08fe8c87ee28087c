/* Two tables of proportions against each other: two methods, or estimates and the truth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "report/figures.h"
#include "report/panels.h"

enum { NAME = 28, BINS = 90 };

/* The values of the samples and types in common: type by type, `samples` of each. */
typedef struct values {
    size_t samples, types;
    um_names names; /* of the types */
    double *x, *y;  /* types x samples */
    double high;    /* of all values */
    size_t *rank;   /* of each type by its mean, from 0 */
} values;

static void clear(values *v)
{
    um_names_clear(&v->names);
    free(v->x);
    free(v->y);
    free(v->rank);
}

/* Positions in `to` of what both have, and in `from`. */
static unmix_status match(unmix_context *cx, const um_names *from, const um_names *to, size_t *a, size_t *b, size_t *n)
{
    um_names index = {0};
    unmix_status status = um_names_copy(cx, &index, to);
    if (status == UNMIX_OK)
        status = um_names_index(cx, &index);
    for (size_t i = 0; i < from->count && status == UNMIX_OK; i++) {
        const size_t at = um_names_find(&index, um_name(from, i));
        if (at == UM_NOT_FOUND)
            continue;
        a[*n] = i;
        b[(*n)++] = at;
    }
    um_names_clear(&index);
    return status;
}

static unmix_status take(unmix_context *cx, const um_pair_of_results *pair, const size_t *const sample[2],
                         const size_t *const type[2], values *v)
{
    const size_t n = um_product_size(v->samples, v->types, 1);
    UM_TRY(UM_ALLOC(cx, &v->x, n, "values"));
    UM_TRY(UM_ALLOC(cx, &v->y, n, "values"));
    for (size_t t = 0; t < v->types; t++) {
        const char *name = um_name(&pair->x->columns, type[0][t]);
        UM_TRY(um_names_add(cx, &v->names, name, strlen(name)));
        for (size_t i = 0; i < v->samples; i++) {
            v->x[t * v->samples + i] = um_row(pair->x, sample[0][i])[type[0][t]];
            v->y[t * v->samples + i] = um_row(pair->y, sample[1][i])[type[1][t]];
        }
    }
    for (size_t i = 0; i < n; i++) {
        v->high = v->x[i] > v->high ? v->x[i] : v->high;
        v->high = v->y[i] > v->high ? v->y[i] : v->high;
    }
    v->high = um_axis_end(v->high);
    return UNMIX_OK;
}

static double mean_of(const values *v, size_t type)
{
    double sum = 0;
    for (size_t i = 0; i < v->samples; i++)
        sum += isnan(v->x[type * v->samples + i]) ? 0 : v->x[type * v->samples + i];
    return sum;
}

static void rank_types(values *v)
{
    for (size_t t = 0; t < v->types; t++)
        for (size_t other = 0; other < v->types; other++)
            v->rank[t] += mean_of(v, other) > mean_of(v, t) || (mean_of(v, other) == mean_of(v, t) && other < t);
}

static unmix_status collect(unmix_context *cx, const um_pair_of_results *pair, values *v)
{
    size_t *at[4] = {NULL, NULL, NULL, NULL};
    unmix_status status = UNMIX_OK;
    for (size_t i = 0; i < 4 && status == UNMIX_OK; i++)
        status = UM_ALLOC(cx, &at[i], i < 2 ? pair->x->rows.count : pair->x->columns.count, "names");
    if (status == UNMIX_OK)
        status = match(cx, &pair->x->rows, &pair->y->rows, at[0], at[1], &v->samples);
    if (status == UNMIX_OK)
        status = match(cx, &pair->x->columns, &pair->y->columns, at[2], at[3], &v->types);
    if (status == UNMIX_OK)
        status = take(cx, pair, (const size_t *const[]){at[0], at[1]}, (const size_t *const[]){at[2], at[3]}, v);
    if (status == UNMIX_OK)
        status = UM_ALLOC(cx, &v->rank, v->types, "types");
    if (status == UNMIX_OK)
        rank_types(v);
    for (size_t i = 0; i < 4; i++)
        free(at[i]);
    return status;
}

static void write_agreement(um_text *table, const um_pair_of_results *pair)
{
    um_text_put(table, "scope\tn\tr\trho\trmse\tmae\n");
    for (size_t e = 0; e < pair->n_entries; e++) {
        const unmix_agreement *a = &pair->entries[e];
        const double numbers[] = {a->r, a->rho, a->rmse, a->mae};
        um_text_field(table, a->scope);
        um_text_format(table, "\t%zu", a->n);
        for (size_t k = 0; k < 4; k++) {
            um_text_put(table, "\t");
            um_text_number(table, numbers[k], 5);
        }
        um_text_put(table, "\n");
    }
}

static void write_r(um_text *text, const unmix_agreement *a)
{
    um_text_put(text, "r = ");
    um_text_number(text, a->r, 4);
    um_text_put(text, ", RMSE ");
    um_text_number(text, a->rmse, 3);
}

/* ---- Methods ---- */

static size_t parts_of(const values *v)
{
    return v->types <= UM_COLOURS + 1 ? v->types : UM_COLOURS + 1;
}

static size_t part_of(const values *v, size_t type)
{
    const size_t most = parts_of(v);
    return v->rank[type] < most ? v->rank[type] : most - 1;
}

static void write_points(um_text *script, const values *v)
{
    for (size_t t = 0; t < v->types; t++)
        for (size_t i = 0; i < v->samples; i++) {
            um_text_number(script, v->x[t * v->samples + i], 4);
            um_text_put(script, " ");
            um_text_number(script, v->y[t * v->samples + i], 4);
            um_text_format(script, " %zu\n", part_of(v, t) + 1);
        }
}

static size_t square_of(const values *v, double value)
{
    const double at = value / v->high * BINS;
    return at >= BINS ? BINS - 1 : at > 0 ? (size_t)at : 0;
}

static unmix_status write_squares(unmix_context *cx, um_text *script, const values *v)
{
    double *count = NULL;
    UM_TRY(UM_ALLOC(cx, &count, BINS * BINS, "squares"));
    for (size_t i = 0; i < v->types * v->samples; i++)
        if (!isnan(v->x[i]) && !isnan(v->y[i]))
            count[square_of(v, v->y[i]) * BINS + square_of(v, v->x[i])]++;
    for (size_t s = 0; s < BINS * BINS; s++) {
        if (count[s] > 0)
            um_text_number(script, log10(count[s]), 3);
        else
            um_text_put(script, "NaN");
        um_text_put(script, (s + 1) % BINS ? " " : "\n");
    }
    free(count);
    return UNMIX_OK;
}

static void write_parts(um_figure *f, const values *v, size_t parts)
{
    um_text_format(&f->script, "parts = %zu\narray part_name[%zu]\n", parts, parts);
    for (size_t t = 0; t < v->types; t++) {
        if (v->types > parts && v->rank[t] + 1 >= parts)
            continue;
        um_text_format(&f->script, "part_name[%zu] = ", v->rank[t] + 1);
        um_text_quoted(&f->script, um_name(&v->names, t), NAME);
        um_text_put(&f->script, "\n");
    }
    if (v->types > parts)
        um_text_format(&f->script, "part_name[%zu] = '%zu others'\n", parts, v->types - parts + 1);
}

static unmix_status draw_methods(unmix_context *cx, um_figure *f, const um_pair_of_results *pair, const values *v)
{
    const int dense = v->samples * v->types > UM_PANEL_POINTS;
    const double key = um_room_for(&v->names, NAME, 10) + 30;
    const um_frame frame = {.left = 66, .right = dense || key < 78 ? 78 : key, .top = 22, .bottom = 42,
                            .width = 66 + 420 + (dense || key < 78 ? 78 : key), .height = 22 + 420 + 42};
    um_figure_frame(f, &frame);
    um_figure_colours(f);
    write_parts(f, v, parts_of(v));
    um_text_format(&f->script, "dense = %d\nbins = %d\n", dense, BINS);
    um_figure_text(f, "palette", "density");
    um_figure_set(f, "low", 0);
    um_figure_set(f, "high", v->high);
    um_figure_text(f, "x_label", pair->x_name);
    um_figure_text(f, "y_label", pair->y_name);
    um_text_put(&f->script, "note = '");
    write_r(&f->script, &pair->entries[0]);
    um_text_format(&f->script, ", %zu proportions'\n", pair->entries[0].n);
    um_figure_data(f, dense ? "counts" : "points");
    if (dense)
        UM_TRY(write_squares(cx, &f->script, v));
    else
        write_points(&f->script, v);
    um_figure_data_end(f);
    um_text_put(&f->caption, dense ? "Proportions of one result against the other; so many that they are counted in squares."
                                   : "Proportions of one result against the other, coloured by type.");
    um_text_put(&f->caption, " Over all types ");
    write_r(&f->caption, &pair->entries[0]);
    um_text_put(&f->caption, "; type by type below.");
    write_agreement(&f->table, pair);
    return um_figure_end(cx, f, "scatter.gp");
}

unmix_status um_figure_of_methods(unmix_context *cx, um_figures *figures, const um_pair_of_results *pair)
{
    values v = {0};
    um_figure *f;
    unmix_status status = collect(cx, pair, &v);
    if (status == UNMIX_OK)
        status = um_figure_begin(cx, figures, "methods", "One result against the other", &f);
    if (status == UNMIX_OK)
        status = draw_methods(cx, f, pair, &v);
    clear(&v);
    return status;
}

/* ---- Truth ---- */

static unmix_status draw_truth(unmix_context *cx, um_figure *f, const um_pair_of_results *pair, const values *v)
{
    const int dense = v->samples * v->types > UM_PANEL_POINTS;
    const um_panels panels = {.count = v->types, .names = &v->names, .x_label = "true proportion",
                              .y_label = "estimated proportion", .high_x = v->high, .high_y = v->high, .diagonal = 1,
                              .dense = dense};
    um_figure_panels(f, &panels);
    for (size_t t = 0; t < v->types && t + 1 < pair->n_entries; t++) {
        um_text_format(&f->script, "note[%zu] = '", t + 1);
        write_r(&f->script, &pair->entries[t + 1]);
        um_text_put(&f->script, "'\n");
    }
    um_figure_data(f, "points");
    for (size_t t = 0; t < v->types; t++) {
        const double *x = v->x + t * v->samples, *y = v->y + t * v->samples;
        if (t)
            um_panel_next(f);
        if (dense)
            UM_TRY(um_panel_squares(cx, f, &panels, v->high, v->samples, x, y));
        for (size_t i = 0; i < v->samples && !dense; i++) {
            um_text_number(&f->script, x[i], 4);
            um_text_put(&f->script, " ");
            um_text_number(&f->script, y[i], 4);
            um_text_put(&f->script, "\n");
        }
    }
    um_figure_data_end(f);
    um_text_put(&f->caption, "Estimated against true proportions, a field for each type, all on the same axes. Over all types ");
    write_r(&f->caption, &pair->entries[0]);
    um_text_put(&f->caption, dense ? ". Samples are counted in squares, darker is more." : ".");
    write_agreement(&f->table, pair);
    return um_figure_end(cx, f, "panels.gp");
}

unmix_status um_figure_of_truth(unmix_context *cx, um_figures *figures, const um_pair_of_results *pair)
{
    values v = {0};
    um_figure *f;
    unmix_status status = collect(cx, pair, &v);
    if (status == UNMIX_OK)
        status = um_figure_begin(cx, figures, "truth", "Estimated against true", &f);
    if (status == UNMIX_OK)
        status = draw_truth(cx, f, pair, &v);
    clear(&v);
    return status;
}
