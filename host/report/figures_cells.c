/* Programs in cells: at their places where these are known, else as a heatmap. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "report/figures.h"
#include "report/heat.h"

enum { MOST_SPOTS = 12000, GRID = 110, NAME = 26, CELL_COLUMNS = 1200 };


static void write_cells(um_text *table, const um_found_programs *p, const um_matrix *values)
{
    um_text_put(table, "cell");
    for (size_t t = 0; t < values->columns.count; t++) {
        um_text_put(table, "\t");
        um_text_field(table, um_name(&values->columns, t));
    }
    um_text_put(table, p->places.values ? "\tx\ty\n" : "\n");
    for (size_t i = 0; i < values->rows.count; i++) {
        um_text_field(table, um_name(&values->rows, i));
        for (size_t t = 0; t < values->columns.count; t++) {
            um_text_put(table, "\t");
            um_text_number(table, um_row(values, i)[t], 4);
        }
        for (size_t c = 0; c < 2 && p->places.values; c++) {
            um_text_put(table, "\t");
            um_text_number(table, um_row(&p->places, i)[c], 6);
        }
        um_text_put(table, "\n");
    }
}

typedef struct box {
    double low[2], high[2];
} box;

static box box_of(const um_matrix *places)
{
    box b = {{INFINITY, INFINITY}, {-INFINITY, -INFINITY}};
    for (size_t i = 0; i < places->rows.count; i++)
        for (size_t c = 0; c < 2; c++) {
            const double at = um_row(places, i)[c];
            b.low[c] = at < b.low[c] ? at : b.low[c];
            b.high[c] = at > b.high[c] ? at : b.high[c];
        }
    for (size_t c = 0; c < 2; c++) {
        if (!(b.high[c] > b.low[c])) {
            b.low[c] = isfinite(b.low[c]) ? b.low[c] - 1 : 0;
            b.high[c] = b.low[c] + 2;
        }
        const double air = (b.high[c] - b.low[c]) * 0.03;
        b.low[c] -= air;
        b.high[c] += air;
    }
    return b;
}

static void write_spots(um_text *script, const um_matrix *places, const um_matrix *values, size_t program)
{
    for (size_t i = 0; i < values->rows.count; i++) {
        const double numbers[3] = {um_row(places, i)[0], um_row(places, i)[1], um_row(values, i)[program]};
        if (isnan(numbers[0]) || isnan(numbers[1]))
            continue;
        for (size_t c = 0; c < 3; c++) {
            um_text_number(script, numbers[c], c < 2 ? 6 : 4);
            um_text_put(script, c < 2 ? " " : "\n");
        }
    }
}

/* Means over squares of the plane, as a matrix of GRID x GRID. */
static unmix_status write_grid(unmix_context *cx, um_text *script, const um_matrix *places, const um_matrix *values,
                               size_t program, const box *b)
{
    double *sum = NULL, *n = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &sum, GRID * GRID, "grid"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &n, GRID * GRID, "grid"));
    for (size_t i = 0; i < values->rows.count; i++) {
        size_t at[2];
        if (isnan(um_row(places, i)[0]) || isnan(um_row(places, i)[1]))
            continue;
        for (size_t c = 0; c < 2; c++) {
            const double place = (um_row(places, i)[c] - b->low[c]) / (b->high[c] - b->low[c]) * GRID;
            at[c] = place >= GRID ? GRID - 1 : (size_t)place;
        }
        sum[at[1] * GRID + at[0]] += um_row(values, i)[program];
        n[at[1] * GRID + at[0]]++;
    }
    for (size_t s = 0; s < GRID * GRID; s++) {
        if (n[s] > 0)
            um_text_number(script, sum[s] / n[s], 3);
        else
            um_text_put(script, "NaN");
        um_text_put(script, (s + 1) % GRID ? " " : "\n");
    }
done:
    free(sum);
    free(n);
    return status;
}

/* The colour scale: programs have scales of their own; scores share one, the same on both sides of 0. */
static void write_scales(um_figure *f, const um_matrix *values, int symmetric)
{
    const size_t k = values->columns.count;
    double all = 0;
    um_text_format(&f->script, "array top[%zu]\n", k);
    for (size_t t = 0; t < k; t++) {
        double most = 0;
        for (size_t i = 0; i < values->rows.count; i++)
            most = fabs(um_row(values, i)[t]) > most ? fabs(um_row(values, i)[t]) : most;
        all = most > all ? most : all;
        um_text_format(&f->script, "top[%zu] = ", t + 1);
        um_text_number(&f->script, most > 0 ? most : 1, 5);
        um_text_put(&f->script, "\n");
    }
    for (size_t t = 0; t < k && symmetric; t++) {
        um_text_format(&f->script, "top[%zu] = ", t + 1);
        um_text_number(&f->script, all > 3 ? 3 : all > 0 ? all : 1, 5);
        um_text_put(&f->script, "\n");
    }
    um_text_format(&f->script, "symmetric = %d\n", symmetric);
}

static unmix_status on_places(unmix_context *cx, um_figure *f, const um_found_programs *p, const um_matrix *values,
                              int symmetric)
{
    const size_t k = values->columns.count, across = k <= 3 ? k : k <= 8 ? 4 : 5, down = (k + across - 1) / across;
    const box b = box_of(&p->places);
    const double ratio = (b.high[1] - b.low[1]) / (b.high[0] - b.low[0]), each = 960.0 / (double)across;
    const double body = (each - 66) * (ratio < 0.3 ? 0.3 : ratio > 2 ? 2 : ratio);
    const int grid = values->rows.count * k > MOST_SPOTS;
    const um_frame frame = {.left = 4, .right = 4, .top = 2, .bottom = 4, .width = 960,
                            .height = 6 + (double)down * (body + 30)};
    um_figure_frame(f, &frame);
    um_text_format(&f->script, "panels = %zu\nacross = %zu\ngrid = %d\nbins = %d\n", k, across, grid, GRID);
    um_figure_text(f, "palette", symmetric ? "diverging" : "viridis");
    um_figure_set(f, "spot", sqrt((each - 66) * body / (double)values->rows.count) * 0.06 + 0.1);
    um_figure_set(f, "low_x", b.low[0]);
    um_figure_set(f, "high_x", b.high[0]);
    um_figure_set(f, "low_y", b.low[1]);
    um_figure_set(f, "high_y", b.high[1]);
    um_figure_labels(f, "panel_name", &values->columns, NULL, k, NAME);
    write_scales(f, values, symmetric);
    um_figure_data(f, "spots");
    for (size_t t = 0; t < k; t++) {
        um_text_put(&f->script, t ? "\n\n" : "");
        if (grid)
            UM_TRY(write_grid(cx, &f->script, &p->places, values, t, &b));
        else
            write_spots(&f->script, &p->places, values, t);
    }
    um_figure_data_end(f);
    if (symmetric)
        um_text_put(&f->caption, " Scores beyond 3 have the colour of 3.");
    if (grid)
        um_text_format(&f->caption, " There are %zu cells: colours are means over squares.", values->rows.count);
    return um_figure_end(cx, f, "spots.gp");
}

typedef struct ranked {
    size_t cell, program;
    double share;
} ranked;

static int by_program(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->program != y->program)
        return x->program < y->program ? -1 : 1;
    const int order = (x->share < y->share) - (x->share > y->share);
    return order ? order : (x->cell > y->cell) - (x->cell < y->cell);
}

/* Cells by their program with the largest share of the usages, then by that share. */
static unmix_status order_cells(unmix_context *cx, const um_matrix *usages, size_t **order)
{
    const size_t n = usages->rows.count, k = usages->columns.count;
    double *total = NULL;
    ranked *cells = NULL;
    unmix_status status;
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, order, n, "cells"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &cells, n, "cells"));
    UM_TRY_GOTO(status, done, UM_ALLOC(cx, &total, k, "programs"));
    for (size_t i = 0; i < n * k; i++)
        total[i % k] += usages->values[i];
    for (size_t i = 0; i < n; i++) {
        double sum = 0, best = -1;
        cells[i].cell = i;
        for (size_t t = 0; t < k; t++) {
            const double scaled = total[t] > 0 ? um_row(usages, i)[t] / total[t] : 0;
            sum += scaled;
            if (scaled > best) {
                best = scaled;
                cells[i].program = t;
            }
        }
        cells[i].share = sum > 0 ? best / sum : 0;
    }
    qsort(cells, n, sizeof *cells, by_program);
    for (size_t i = 0; i < n; i++)
        (*order)[i] = cells[i].cell;
done:
    free(total);
    free(cells);
    return status;
}

static unmix_status as_heat(unmix_context *cx, um_figure *f, const um_found_programs *p, const um_cells_figure *what)
{
    const um_matrix *const values = what->values;
    size_t *order = NULL;
    unmix_status status = order_cells(cx, &p->usages, &order);
    if (status == UNMIX_OK) {
        um_heat heat = {.columns = {.items = values->rows.count, .order = order, .names = &values->rows, .noun = "cells"},
                        .values = values,
                        .colour_label = what->label,
                        .palette = what->symmetric ? "diverging" : "viridis",
                        .symmetric = what->symmetric};
        um_columns_fit(&heat.columns, CELL_COLUMNS);
        um_figure_heat(f, &heat);
        um_text_put(&f->caption, " Cells stand by their largest program.");
        um_columns_say(&f->caption, &heat.columns);
        status = um_figure_end(cx, f, "heatmap.gp");
    }
    free(order);
    return status;
}

unmix_status um_figure_of_cells(unmix_context *cx, um_figures *figures, const um_found_programs *p,
                                const um_cells_figure *what)
{
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, what->name, what->title, &f));
    um_text_put(&f->caption, what->caption);
    write_cells(&f->table, p, what->values);
    return p->places.values ? on_places(cx, f, p, what->values, what->symmetric) : as_heat(cx, f, p, what);
}
