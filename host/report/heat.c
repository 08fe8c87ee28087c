#include "report/heat.h"

#include <math.h>
#include <stdlib.h>

enum { NAME = 30 /* letters shown of a name */, PAGE = 960 };

void um_columns_fit(um_columns *columns, size_t most)
{
    columns->per = columns->items <= most ? 1 : (columns->items + most - 1) / most;
    columns->count = (columns->items + columns->per - 1) / columns->per;
}

double um_column_mean(const um_columns *columns, size_t c, const double *values, size_t step)
{
    double sum = 0;
    size_t n = 0;
    for (size_t i = c * columns->per; i < (c + 1) * columns->per && i < columns->items; i++) {
        const double value = values[columns->order[i] * step];
        sum += isnan(value) ? 0 : value;
        n += isnan(value) ? 0 : 1;
    }
    return n ? sum / (double)n : NAN;
}

void um_columns_say(um_text *caption, const um_columns *columns)
{
    if (columns->per > 1)
        um_text_format(caption, " Each column is the mean of %zu neighbouring %s, because there are %zu.", columns->per,
                       columns->noun, columns->items);
}

static size_t n_groups(const um_columns *columns)
{
    return columns->groups ? columns->groups->count : 0;
}

double um_columns_width(const um_columns *columns, double most)
{
    const double wanted = 60.0 * (double)columns->count;
    return wanted > most ? most : wanted < 240 ? 240 : wanted;
}

/* Names are shown where each has 6.5 points and more. */
static int named(const um_columns *columns, double width)
{
    return columns->per == 1 && width / (double)columns->count >= 6.5;
}

static double font_of(const um_columns *columns, double width)
{
    const double size = width / (double)columns->count * 0.95;
    return size > 10 ? 10 : size;
}

/* 1 when some group is narrower than its name. */
static int upright(const um_columns *columns, double width)
{
    for (size_t g = 0; g < n_groups(columns); g++) {
        size_t members = 0;
        for (size_t i = 0; i < columns->items; i++)
            members += columns->group[i] == g;
        if ((double)um_letters(um_name(columns->groups, g)) * 6 + 4 > (double)members / (double)columns->items * width)
            return 1;
    }
    return 0;
}

double um_columns_below(const um_columns *columns, double width)
{
    return named(columns, width) ? um_room_for(columns->names, NAME, font_of(columns, width)) : 26;
}

double um_columns_above(const um_columns *columns, double width)
{
    if (n_groups(columns))
        return upright(columns, width) ? um_room_for(columns->groups, NAME, 9) + 4 : 20;
    return columns->linkage && columns->per == 1 ? 64 : 8;
}

/* Where each group ends, in columns. */
static void write_groups(um_figure *figure, const um_columns *columns)
{
    const size_t groups = n_groups(columns);
    size_t end = 0;
    um_text_format(&figure->script, "groups = %zu\n", groups);
    if (!groups)
        return;
    um_figure_labels(figure, "group_name", columns->groups, NULL, groups, NAME);
    um_text_format(&figure->script, "array group_end[%zu]\n", groups);
    for (size_t g = 0; g < groups; g++) {
        while (end < columns->items && columns->group[columns->order[end]] == g)
            end++;
        um_text_format(&figure->script, "group_end[%zu] = ", g + 1);
        um_text_number(&figure->script, (double)end / (double)columns->per - 0.5, 7);
        um_text_put(&figure->script, "\n");
    }
}

void um_columns_write(um_figure *figure, const um_columns *columns, double width)
{
    const int shown = named(columns, width);
    um_text_format(&figure->script, "columns = %zu\nnamed = %d\ncolumn_label = '%s, %s'\n", columns->count, shown,
                   columns->noun, n_groups(columns) ? "by group" : "in the order of the heatmap");
    um_figure_set(figure, "column_font", font_of(columns, width));
    um_text_format(&figure->script, "upright = %d\n", upright(columns, width));
    if (shown)
        um_figure_tics(figure, "column_name", columns->names, columns->order, columns->items, NAME);
    write_groups(figure, columns);
}

/* ---- The tree ---- */

/* A branch: down on the left, across, down on the right. */
static void write_branch(um_text *script, const double left[2], const double right[2], double height)
{
    const double corner[4][2] = {{left[0], left[1]}, {left[0], height}, {right[0], height}, {right[0], right[1]}};
    for (size_t i = 0; i < 4; i++) {
        um_text_number(script, corner[i][0], 6);
        um_text_put(script, " ");
        um_text_number(script, corner[i][1], 4);
        um_text_put(script, "\n");
    }
    um_text_put(script, "\n");
}

void um_figure_tree(um_figure *figure, size_t n, const size_t *order, const double *linkage)
{
    double(*node)[2] = calloc(2 * n, sizeof *node); /* place and height */
    if (!node) {
        figure->script.status = UM_FAIL(figure->script.cx, UNMIX_ERROR_MEMORY, "out of memory for a tree");
        return;
    }
    for (size_t i = 0; i < n; i++)
        node[order[i]][0] = (double)i;
    um_figure_data(figure, "tree");
    for (size_t m = 0; m + 1 < n; m++) {
        const double *z = linkage + 4 * m;
        const double *a = node[(size_t)z[0]], *b = node[(size_t)z[1]];
        node[n + m][0] = (a[0] + b[0]) / 2;
        node[n + m][1] = z[2];
        write_branch(&figure->script, a[0] < b[0] ? a : b, a[0] < b[0] ? b : a, z[2]);
    }
    um_figure_data_end(figure);
    free(node);
}

/* ---- The whole ---- */

static void write_values(um_figure *figure, const um_heat *heat)
{
    const size_t rows = heat->values->columns.count;
    double high = 0;
    um_figure_data(figure, "values");
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < heat->columns.count; c++) {
            const double value = um_column_mean(&heat->columns, c, heat->values->values + r, rows);
            high = fabs(value) > high ? fabs(value) : high;
            um_text_number(&figure->script, isnan(value) ? 0 : value, 4);
            um_text_put(&figure->script, c + 1 < heat->columns.count ? " " : "\n");
        }
    um_figure_data_end(figure);
    high = high > 0 ? high : 1;
    um_figure_set(figure, "low", heat->symmetric ? -high : 0);
    um_figure_set(figure, "high", high);
}

static void write_edge(um_figure *figure, const um_heat *heat)
{
    double high = 0;
    um_figure_data(figure, "edge");
    for (size_t c = 0; c < heat->columns.count; c++) {
        const double value = um_column_mean(&heat->columns, c, heat->edge, 1);
        high = value > high ? value : high;
        um_text_format(&figure->script, "%zu ", c);
        um_text_number(&figure->script, value, 4);
        um_text_put(&figure->script, "\n");
    }
    um_figure_data_end(figure);
    um_figure_text(figure, "edge_label", heat->edge_label);
    um_figure_set(figure, "edge_high", um_axis_end(high));
    um_figure_set(figure, "edge_size", heat->columns.count > 300 ? 0.2 : 0.45);
}

static double row_height(size_t rows)
{
    return rows <= 4 ? 34 : rows <= 14 ? 24 : rows <= 30 ? 17 : rows <= 80 ? 12 : 900.0 / (double)rows;
}

void um_figure_heat(um_figure *figure, const um_heat *heat)
{
    const size_t rows = heat->values->columns.count;
    const double edge = heat->edge ? 56 : 0, each = row_height(rows);
    const double left = um_room_for(&heat->values->columns, NAME, each * 0.85 < 10 ? each * 0.85 : 10) + (edge > 0 ? 8 : 0);
    um_frame frame = {.left = left < 66 ? 66 : left, .right = 78};
    const double width = um_columns_width(&heat->columns, PAGE - frame.left - frame.right);
    frame.width = frame.left + width + frame.right;
    frame.top = um_columns_above(&heat->columns, width);
    frame.bottom = um_columns_below(&heat->columns, width);
    const double body = each * (double)rows < 90 ? 90 : each * (double)rows;
    frame.height = frame.top + body + (edge > 0 ? edge + 6 : 0) + frame.bottom;
    um_figure_frame(figure, &frame);
    um_figure_text(figure, "palette", heat->palette);
    um_figure_text(figure, "colour_label", heat->colour_label);
    um_text_format(&figure->script, "rows = %zu\n", rows);
    um_figure_set(figure, "edge", edge);
    um_figure_set(figure, "bar", body < 170 ? body : 170);
    um_figure_set(figure, "row_font", each * 0.85 < 10 ? each * 0.85 : 10);
    um_figure_tics(figure, "row_name", &heat->values->columns, NULL, rows, NAME);
    um_columns_write(figure, &heat->columns, width);
    um_figure_text(figure, "column_label", heat->columns.noun);
    write_values(figure, heat);
    if (edge > 0)
        write_edge(figure, heat);
    const int tree = heat->columns.linkage && heat->columns.per == 1 && !n_groups(&heat->columns) && heat->columns.items > 1;
    um_text_format(&figure->script, "tree = %d\n", tree);
    if (tree)
        um_figure_tree(figure, heat->columns.items, heat->columns.order, heat->columns.linkage);
}
