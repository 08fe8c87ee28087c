/* The figures of gene programs. */
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "report/figures.h"
#include "report/heat.h"

enum { TOP_GENES = 12, LISTED_GENES = 30, NAME = 26, MATRIX = 600 };

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
    for (size_t begin = 0, end = 0; begin < m->items; begin = end) {
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
    const um_cells_figure usages = {
        .values = &p->usages, .name = "usages", .title = "Usages of the programs", .label = "usage",
        .caption = "How much of each program every cell uses; each program has a scale of its own."};
    const um_cells_figure scores = {
        .values = &p->scores, .name = "scores", .title = "Gene scores of the programs", .label = "score", .symmetric = 1,
        .caption = "Score of the genes of each cluster in every cell, in standard deviations."};
    UM_TRY(um_figure_of_cells(cx, figures, p, &usages));
    if (p->scores.values)
        UM_TRY(um_figure_of_cells(cx, figures, p, &scores));
    return p->history && p->looks > 1 ? history(cx, figures, p) : UNMIX_OK;
}
