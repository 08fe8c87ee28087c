/* Parts of figures whose columns are samples or cells in an order: neighbours together where there are too many. */
#ifndef UM_REPORT_HEAT_H
#define UM_REPORT_HEAT_H

#include "core/matrix.h"
#include "report/figure.h"

/* Items in an order, `per` of them a column; the last column may have fewer. */
typedef struct um_columns {
    size_t items, per, count;
    const size_t *order;
    const um_names *names;
    const um_names *groups; /* NULL or empty: none */
    const size_t *group;    /* of each item */
    const double *linkage;  /* of the items in this order, items - 1 rows; NULL: none */
    const char *noun;       /* "samples" */
} um_columns;

/* Chooses `per` so that there are at most `most` columns. */
void um_columns_fit(um_columns *columns, size_t most);

/* Mean over the items of column c of values[item * step]; NaN are left out, NaN where all are. */
double um_column_mean(const um_columns *columns, size_t c, const double *values, size_t step);

/* ", each column the mean of 4 of them" where that is so. */
void um_columns_say(um_text *caption, const um_columns *columns);

/* Points for a plot of these columns: wide enough for few, never wider than the page. */
double um_columns_width(const um_columns *columns, double most);

/* Room below for the names of items, or for a label instead; above for groups or a tree. */
double um_columns_below(const um_columns *columns, double width);
double um_columns_above(const um_columns *columns, double width);

/* Writes columns, named, column_name[], column_font, column_label, groups, group_name[], group_end[], upright. */
void um_columns_write(um_figure *figure, const um_columns *columns, double width);

/* The datablock $tree: n leaves at 0 .. n-1 in this order, branches of the linkage above them. */
void um_figure_tree(um_figure *figure, size_t n, const size_t *order, const double *linkage);

typedef struct um_heat {
    um_columns columns;
    const um_matrix *values; /* items x rows */
    const double *edge;      /* of each item: points along the lower edge; NULL: none */
    const char *edge_label;
    const char *colour_label, *palette;
    int symmetric; /* colours from -high to high */
} um_heat;

/* Size and everything that heatmap.gp wants; caption and table are the caller's. */
void um_figure_heat(um_figure *figure, const um_heat *heat);

#endif
