/* Figures with a field for each name: points, or counts in squares where the points would be too many. */
#ifndef UM_REPORT_PANELS_H
#define UM_REPORT_PANELS_H

#include "report/figure.h"

enum { UM_PANEL_POINTS = 6000, /* more points in all fields together are counted in squares */
       UM_PANEL_BINS = 28 };

typedef struct um_panels {
    size_t count;
    const um_names *names;
    const size_t *which; /* name of each field; NULL: in order */
    const char *x_label, *y_label;
    double low_x, high_x, low_y, high_y;
    const double *own; /* upper end of y of each field; NULL: high_y */
    int diagonal, dense, bars;
} um_panels;

/* Size and what panels.gp wants but $points and note[]. */
void um_figure_panels(um_figure *figure, const um_panels *panels);

/* Between two fields in $points. */
void um_panel_next(um_figure *figure);

/* Counts of n points in the squares of a field (log10 of 1 + count), as its part of $points. */
unmix_status um_panel_squares(unmix_context *cx, um_figure *figure, const um_panels *panels, double top, size_t n,
                              const double *x, const double *y);

#endif
