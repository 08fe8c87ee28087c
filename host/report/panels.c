#include "report/panels.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

static size_t fields_across(size_t count)
{
    return count <= 3 ? count : count <= 9 ? 3 : count <= 16 ? 4 : count <= 30 ? 5 : 6;
}

static double field_height(size_t across)
{
    return across <= 1 ? 260 : across == 2 ? 230 : across == 3 ? 190 : across == 4 ? 165 : 145;
}

void um_figure_panels(um_figure *figure, const um_panels *panels)
{
    const size_t across = fields_across(panels->count), down = (panels->count + across - 1) / across;
    const double width = across == 1 ? 480 : across == 2 ? 720 : 960;
    const um_frame frame = {.left = 22, .right = 4, .top = 2, .bottom = 18, .width = width,
                            .height = 20 + field_height(across) * (double)down};
    um_figure_frame(figure, &frame);
    um_text_format(&figure->script, "panels = %zu\nacross = %zu\ndiagonal = %d\ndense = %d\nbars = %d\nbins = %d\n",
                   panels->count, across, panels->diagonal, panels->dense, panels->bars, UM_PANEL_BINS);
    um_figure_text(figure, "palette", "density");
    um_figure_set(figure, "inner", 36);
    um_figure_set(figure, "low_x", panels->low_x);
    um_figure_set(figure, "high_x", panels->high_x);
    um_figure_set(figure, "low_y", panels->low_y);
    um_figure_set(figure, "high_y", panels->high_y);
    um_figure_text(figure, "x_label", panels->x_label);
    um_figure_text(figure, "y_label", panels->y_label);
    um_figure_labels(figure, "panel_name", panels->names, panels->which, panels->count, across >= 5 ? 20 : 34);
    um_text_format(&figure->script, "array own[%zu]\narray note[%zu]\n", panels->count, panels->count);
    for (size_t p = 0; p < panels->count; p++) {
        um_text_format(&figure->script, "own[%zu] = ", p + 1);
        um_text_number(&figure->script, panels->own ? panels->own[p] : 0, 6);
        um_text_format(&figure->script, "\nnote[%zu] = ''\n", p + 1);
    }
}

void um_panel_next(um_figure *figure)
{
    um_text_put(&figure->script, "\n\n");
}

static size_t square_of(double value, double low, double high)
{
    const double at = floor((value - low) / (high - low) * UM_PANEL_BINS);
    return at < 0 ? 0 : at >= UM_PANEL_BINS ? UM_PANEL_BINS - 1 : (size_t)at;
}

unmix_status um_panel_squares(unmix_context *cx, um_figure *figure, const um_panels *panels, double top, size_t n,
                              const double *x, const double *y)
{
    double *count = NULL;
    UM_TRY(UM_ALLOC(cx, &count, UM_PANEL_BINS * UM_PANEL_BINS, "squares"));
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]) && !isnan(y[i]))
            count[square_of(y[i], panels->low_y, top) * UM_PANEL_BINS + square_of(x[i], panels->low_x, panels->high_x)]++;
    for (size_t s = 0; s < UM_PANEL_BINS * UM_PANEL_BINS; s++) {
        if (count[s] > 0)
            um_text_number(&figure->script, log10(1 + count[s]), 3);
        else
            um_text_put(&figure->script, "NaN");
        um_text_put(&figure->script, (s + 1) % UM_PANEL_BINS ? " " : "\n");
    }
    free(count);
    return figure->script.status;
}
