/* The figures of gene programs. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "report/figures.h"
#include "report/heat.h"

enum { TOP_GENES = 12, LISTED_GENES = 30, MOST_SPOTS = 12000, GRID = 110, NAME = 26, CELL_COLUMNS = 1200, MATRIX = 600 };

/* ---- Top genes ---- */

/* The genes with the largest loadings, best first, ties by their order; *count of them, all above 0. */
static void largest(const um_matrix *loadings, size_t program, size_t *gene, size_t *count)
{
    *count = 0;
    for (size_t g = 0; g < loadings->rows.count; g++) {
        const double value = um_row(loadings, g)[program];
        if (!(value > 0) || (*count == LISTED_GENES && value <= um_row(loadings, gene[LISTED_GENES - 1])[program]))
            continue;
        size_t at = *count < LISTED_GENES ? (*count)++ : LISTED_GENES - 1;
        for (; at > 0 && um_row(loadings, gene[at - 1])[program] < value; at--)
            gene[at] = gene[at - 1];
        gene[at] = g;
    }
}

static void write_top(um_figure *f, const um_matrix *loadings, size_t program, size_t shown)
{
    size_t gene[LISTED_GENES], count = 0;
    largest(loadings, program, gene, &count);
    for (size_t i = 0; i < count; i++) {
        um_text_field(&f->table, um_name(&loadings->columns, program));
        um_text_format(&f->table, "\t%zu\t", i + 1);
        um_text_field(&f->table, um_name(&loadings->rows, gene[i]));
        um_text_put(&f->table, "\t");
        um_text_number(&f->table, um_row(loadings, gene[i])[program], 5);
        um_text_put(&f->table, "\n");
    }
    um_text_format(&f->script, "axis_end[%zu] = ", program + 1);
    um_text_number(&f->script, um_axis_end(count ? um_row(loadings, gene[0])[program] : 1), 5);
    um_text_put(&f->script, "\n");
    for (size_t i = 0; i < shown; i++) {
        const size_t at = program * shown + i + 1;
        um_text_format(&f->script, "gene[%zu] = ", at);
        um_text_tic(&f->script, i < count ? um_name(&loadings->rows, gene[i]) : "", 16);
        um_text_format(&f->script, "\nloading[%zu] = ", at);
        um_text_number(&f->script, i < count ? um_row(loadings, gene[i])[program] : 0, 5);
        um_text_put(&f->script, "\n");
    }
}

static size_t across_of(size_t count)
{
    return count <= 4 ? (count ? count : 1) : count <= 12 ? 4 : 5;
}

static unmix_status top_genes(unmix_context *cx, um_figures *figures, const um_found_programs *p)
{
    const size_t k = p->loadings.columns.count, across = across_of(k), down = (k + across - 1) / across;
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, "top_genes", "Top genes of each program", &f));
    const um_frame frame = {.left = 4, .right = 4, .top = 2, .bottom = 4, .width = 960,
                            .height = 6 + (double)down * (TOP_GENES * 13 + 52)};
    um_figure_frame(f, &frame);
    um_text_format(&f->script, "panels = %zu\nacross = %zu\ngenes = %d\narray gene[%zu]\narray loading[%zu]\n", k, across,
                   TOP_GENES, k * TOP_GENES, k * TOP_GENES);
    um_text_format(&f->script, "array axis_end[%zu]\n", k);
    um_figure_labels(f, "panel_name", &p->loadings.columns, NULL, k, NAME);
    um_text_put(&f->table, "program\trank\tgene\tloading\n");
    for (size_t t = 0; t < k; t++)
        write_top(f, &p->loadings, t, TOP_GENES);
    um_text_format(&f->caption, "The %d genes with the largest loadings of each program, each field with an axis of its own; the "
                                "table lists %d.", TOP_GENES, LISTED_GENES);
    return um_figure_end(cx, f, "top_genes.gp");
}

/* ---- Cells ---- */

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

static unmix_status as_heat(unmix_context *cx, um_figure *f, const um_found_programs *p, const um_matrix *values,
                            const char *label, int symmetric)
{
    size_t *order = NULL;
    unmix_status status = order_cells(cx, &p->usages, &order);
    if (status == UNMIX_OK) {
        um_heat heat = {.columns = {.items = values->rows.count, .order = order, .names = &values->rows, .noun = "cells"},
                        .values = values, .colour_label = label, .palette = symmetric ? "diverging" : "viridis",
                        .symmetric = symmetric};
        um_columns_fit(&heat.columns, CELL_COLUMNS);
        um_figure_heat(f, &heat);
        um_text_put(&f->caption, " Cells stand by their largest program.");
        um_columns_say(&f->caption, &heat.columns);
        status = um_figure_end(cx, f, "heatmap.gp");
    }
    free(order);
    return status;
}

static unmix_status of_cells(unmix_context *cx, um_figures *figures, const um_found_programs *p, const um_matrix *values,
                             const char *name, const char *title, const char *caption, int symmetric)
{
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, name, title, &f));
    um_text_put(&f->caption, caption);
    write_cells(&f->table, p, values);
    return p->places.values ? on_places(cx, f, p, values, symmetric)
                            : as_heat(cx, f, p, values, symmetric ? "score" : "usage", symmetric);
}

/* ---- Lines ---- */

static unmix_status numbers(unmix_context *cx, um_figures *figures, const um_found_programs *p)
{
    const um_matrix *m = &p->numbers;
    const size_t across = across_of(m->columns.count), down = (m->columns.count + across - 1) / across;
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, p->consensus ? "clusters" : "ranks",
                           p->consensus ? "Stability and error by number of clusters" : "Error and stability by number of programs",
                           &f));
    const um_frame frame = {.left = 4, .right = 4, .top = 4, .bottom = 22, .width = 960, .height = 26 + (double)down * 170};
    um_figure_frame(f, &frame);
    um_text_format(&f->script, "panels = %zu\nacross = %zu\nchosen = %zu\nsize = 0.5\nx_label = '%s'\n", m->columns.count,
                   across, p->chosen, p->consensus ? "number of clusters" : "number of programs");
    um_figure_labels(f, "panel_name", &m->columns, NULL, m->columns.count, NAME);
    um_text_put(&f->table, p->consensus ? "clusters" : "components");
    for (size_t c = 0; c < m->columns.count; c++)
        um_text_format(&f->table, "\t%s", um_name(&m->columns, c));
    um_text_put(&f->table, "\n");
    um_figure_data(f, "lines");
    for (size_t r = 0; r < m->rows.count; r++) {
        um_text_put(&f->script, um_name(&m->rows, r));
        um_text_put(&f->table, um_name(&m->rows, r));
        for (size_t c = 0; c < m->columns.count; c++) {
            um_text_put(&f->script, " ");
            um_text_number(&f->script, um_row(m, r)[c], 6);
            um_text_put(&f->table, "\t");
            um_text_number(&f->table, um_row(m, r)[c], 6);
        }
        um_text_put(&f->script, "\n");
        um_text_put(&f->table, "\n");
    }
    um_figure_data_end(f);
    um_text_put(&f->caption, p->consensus
                                 ? "What is known of each number of clusters; the dashed line is the number that was chosen. Large "
                                   "silhouettes, cophenetic correlations and supports and few ambiguous pairs say that the "
                                   "programs come again; error is the share of the loss that they leave."
                                 : "What is known of each number of programs; the dashed line is the number that was chosen. error is "
                                   "the share of the loss that is left, stability the mean silhouette over resamples, held_out the "
                                   "mean loss of entries hidden from the fit.");
    return um_figure_end(cx, f, "lines.gp");
}

static unmix_status history(unmix_context *cx, um_figures *figures, const um_found_programs *p)
{
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, "history", "Loss", &f));
    const um_frame frame = {.left = 4, .right = 4, .top = 4, .bottom = 22, .width = 640, .height = 240};
    um_figure_frame(f, &frame);
    um_text_put(&f->script, "panels = 1\nacross = 1\nchosen = 0\nsize = 0.25\nx_label = 'look'\narray panel_name[1]\n"
                            "panel_name[1] = 'loss'\n");
    um_text_put(&f->table, "look\tloss\n");
    um_figure_data(f, "lines");
    for (size_t i = 0; i < p->looks; i++) {
        um_text_format(&f->script, "%zu ", i);
        um_text_number(&f->script, p->history[i], 8);
        um_text_put(&f->script, "\n");
        um_text_format(&f->table, "%zu\t", i);
        um_text_number(&f->table, p->history[i], 8);
        um_text_put(&f->table, "\n");
    }
    um_figure_data_end(f);
    um_text_put(&f->caption, "The loss each time it was looked at, every 10 iterations or so.");
    return um_figure_end(cx, f, "lines.gp");
}

/* ---- The consensus matrix ---- */

static void write_label_table(um_text *table, const um_found_consensus *m)
{
    um_text_put(table, "place\tcluster");
    for (size_t j = 0; j < m->items; j++)
        um_text_format(table, "\t%zu", j);
    um_text_put(table, "\n");
    for (size_t i = 0; i < m->items; i++) {
        um_text_format(table, "%zu\t%zu", i, m->label[i]);
        for (size_t j = 0; j < m->items; j++) {
            um_text_put(table, "\t");
            um_text_number(table, m->values[i * m->items + j], 3);
        }
        um_text_put(table, "\n");
    }
}

/* Leaves of the tree from left to right, by descending from its root. */
static unmix_status leaves_of(unmix_context *cx, const um_found_consensus *m, size_t **order)
{
    size_t *stack = NULL, used = 0, depth = 0;
    const size_t n = m->items;
    UM_TRY(UM_ALLOC(cx, order, n, "tree"));
    UM_TRY(UM_ALLOC(cx, &stack, n + 1, "tree"));
    stack[depth++] = n > 1 ? 2 * n - 2 : 0;
    while (depth && used < n) {
        const size_t node = stack[--depth];
        if (node < n) {
            (*order)[used++] = node;
        } else if (depth + 2 <= n + 1) {
            stack[depth++] = (size_t)m->linkage[4 * (node - n) + 1];
            stack[depth++] = (size_t)m->linkage[4 * (node - n)];
        }
    }
    free(stack);
    return UNMIX_OK;
}

/* Neighbours of the same cluster, as one piece of the strip. */
static void write_runs(um_text *script, const um_found_consensus *m)
{
    size_t runs = 0;
    um_text_format(script, "array run_begin[%zu]\narray run_end[%zu]\narray run_cluster[%zu]\n", m->items, m->items, m->items);
    for (size_t begin = 0, end; begin < m->items; begin = end) {
        for (end = begin + 1; end < m->items && m->label[end] == m->label[begin]; end++)
            ;
        runs++;
        um_text_format(script, "run_begin[%zu] = %zu.0; run_end[%zu] = %zu.0; run_cluster[%zu] = %zu\n", runs, begin, runs, end,
                       runs, m->label[begin]);
    }
    um_text_format(script, "runs = %zu\n", runs);
}

static unmix_status draw_matrix(unmix_context *cx, um_figure *f, const um_found_programs *p)
{
    const um_found_consensus *m = &p->matrix;
    const size_t per = (m->items + MATRIX - 1) / MATRIX, count = m->items / per;
    const double side = 560;
    size_t *order = NULL;
    if (m->linkage)
        UM_TRY(leaves_of(cx, m, &order));
    const um_frame frame = {.left = 74, .right = 84, .top = m->linkage ? 84 : 12, .bottom = 16, .width = 74 + side + 84,
                            .height = (m->linkage ? 84 : 12) + side + 16};
    um_figure_frame(f, &frame);
    um_figure_text(f, "palette", "cividis");
    um_text_format(&f->script, "items = %zu\nper = %zu\ncount = %zu\ntree = %d\n", m->items, per, count, m->linkage != NULL);
    write_runs(&f->script, m);
    um_figure_data(f, "values");
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            um_text_number(&f->script, m->values[i * per * m->items + j * per], 3);
            um_text_put(&f->script, j + 1 < count ? " " : "\n");
        }
    um_figure_data_end(f);
    if (m->linkage)
        um_figure_tree(f, m->items, order, m->linkage);
    free(order);
    if (per > 1)
        um_text_format(&f->caption, " Of %zu programs every %zu. is drawn.", m->items, per);
    return um_figure_end(cx, f, "consensus.gp");
}

static unmix_status consensus_matrix(unmix_context *cx, um_figures *figures, const um_found_programs *p)
{
    um_figure *f;
    UM_TRY(um_figure_begin(cx, figures, "consensus", "Consensus of the programs", &f));
    um_text_put(&f->caption, "How often two programs of resampled cells fell into the same cluster, of the times that both took part, "
                             "in the order of the tree above. Clusters that are real are squares of ones; the strip on the left "
                             "has their colours and numbers.");
    if (p->matrix.items <= 400)
        write_label_table(&f->table, &p->matrix);
    return draw_matrix(cx, f, p);
}

unmix_status um_figures_of_programs(unmix_context *cx, um_figures *figures, const um_found_programs *p)
{
    if (p->matrix.values)
        UM_TRY(consensus_matrix(cx, figures, p));
    if (p->numbers.values)
        UM_TRY(numbers(cx, figures, p));
    if (p->loadings.values)
        UM_TRY(top_genes(cx, figures, p));
    UM_TRY(of_cells(cx, figures, p, &p->usages, "usages", "Usages of the programs",
                    "How much of each program every cell uses; each program has a scale of its own.", 0));
    if (p->scores.values)
        UM_TRY(of_cells(cx, figures, p, &p->scores, "scores", "Gene scores of the programs",
                        "Score of the genes of each cluster in every cell, in standard deviations; colours end at \xC2\xB1 3.", 1));
    return p->history && p->looks > 1 ? history(cx, figures, p) : UNMIX_OK;
}
